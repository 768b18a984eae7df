# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stream of bytes -> batches of whole lines, of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

LINE_LIMIT = 65_536
"""Bytes of a line that are kept; what follows them is dropped and counted."""


class Batch(NamedTuple):
    """Whole lines with their line breaks: ``data[start:end]``, which is left where it was read to save the copy."""

    data: bytes
    start: int
    end: int

    def text(self) -> bytes:
        """The lines on their own."""
        return self.data[self.start : self.end]


class Lines:
    """Batches of lines of a source, about as big as its pieces, and how many bytes of too long lines were dropped."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.dropped = 0
        self._pieces = pieces
        # Windows exports events as XML without a single line break.
        self._xml = False

    def batches(self) -> Iterator[Batch]:
        """None is empty, and only the last one may end without a line break.

        A line that two pieces have a part of is a batch of its own.
        """
        carry, dropping, first = b"", False, True
        for block in self._pieces:
            if first:
                self._xml, first = block[:200].lstrip().startswith((b"<Events", b"<Event ", b"<?xml")), False
            if self._xml:
                block = block.replace(b"<Event ", b"\n<Event ")
            if dropping:
                ends = [at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0]
                if not ends:
                    self.dropped += len(block)
                    continue
                self.dropped += min(ends)
                block, dropping = block[min(ends) :], False
            cut = (block.rfind(b"\n") + 1) or (block.rfind(b"\r") + 1)
            if cut:
                begin = 0
                if carry:
                    begin = (block.find(b"\n") + 1) or (block.find(b"\r") + 1)
                    line = carry + block[:begin]
                    yield Batch(line, 0, len(line))
                if begin < cut:
                    yield Batch(block, begin, cut)
                carry = block[cut:]
            else:
                carry += block
            if len(carry) > LINE_LIMIT:
                self.dropped += len(carry) - LINE_LIMIT
                yield Batch(carry, 0, LINE_LIMIT)
                carry, dropping = b"", True
        if carry:
            yield Batch(carry, 0, len(carry))

    def lines(self, part: bytes) -> list[str]:
        """The lines of a batch or of a part of it as text, without line breaks, none longer than the limit."""
        try:
            lines = part.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        except UnicodeDecodeError:
            lines = [_text(line) for line in part.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")]
        if lines and not lines[-1]:
            lines.pop()
        for number, line in enumerate(lines):
            if len(line) > LINE_LIMIT:
                self.dropped += len(line) - LINE_LIMIT
                lines[number] = line[:LINE_LIMIT]
        return lines


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
