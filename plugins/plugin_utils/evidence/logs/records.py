# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of a log -> records, whatever framing they have, and also where it changes within a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import windows_events
from .framings import (
    CCM_BEGIN,
    CCM_END,
    ROTATED,
    TAIL_BEGIN,
    ccm_record,
    cmtrace_record,
    opens,
    paragraph_records,
    site_server_records,
    softdist_head,
)
from .model import Record

RECORD_LIMIT = 65_536
"""Characters of a record that are kept; further lines of it are dropped and counted."""
PARAGRAPH_LIMIT = 200
"""Lines without columns that are looked at together."""
# A tail or an end that was wrapped lies within so many lines.
_TAIL_LINES = 5
# Half of the lines of failures: nothing begins or ends with one of them that has none of these marks.
_STACK = ("   at ", "   --- ")
_MARKS = (CCM_BEGIN, TAIL_BEGIN, "SMS_")


class Records:
    """Makes records of lines. Feed it all lines of a source, then ``end()`` it."""

    def __init__(self) -> None:
        self.dropped = 0
        self._head: Record | None = None
        self._lines: list[str] = []
        self._size = 0
        self._blank = False

    def feed(self, lines: Iterable[str]) -> Iterator[Record]:
        """The records that end in these lines."""
        for line in lines:
            if not line or line.isspace():
                if self._head is None and self._lines:
                    yield from self._flush()
                self._blank = True
                continue
            yield from self._line(line)
            self._blank = False

    def end(self) -> Iterator[Record]:
        """The record that was still open."""
        yield from self._flush()

    def _line(self, line: str) -> Iterator[Record]:
        head = self._head
        if line[0] == "2" and (head is None or head.framing == "softdist") and TAIL_BEGIN not in line:
            found = softdist_head(line)  # nearly every line of a big log
            if found is not None:
                yield from self._flush()
                self._open(found, found.text)
                return
        if head is not None and head.framing == "ccm":
            yield from self._in_ccm(line)
            return
        if head is not None and line.startswith(_STACK) and not any(mark in line for mark in _MARKS):
            self._append(line)
            return
        begin = line[:200]
        if CCM_BEGIN in begin:
            yield from self._flush()
            self._open(Record("ccm", ""), line.lstrip("\ufeff"))
            yield from self._in_ccm(None)
            return
        if head is not None and head.framing == "windows_event":
            event = windows_events.begins(line) and (self._blank or not windows_events.is_field(line))
            if not event and softdist_head(line) is None:
                self._append(line)
                return
        if TAIL_BEGIN in line or (head is None and TAIL_BEGIN in "".join(self._lines[-_TAIL_LINES:])):
            yield from self._in_tail(line)
            return
        found = softdist_head(line)
        if found is not None:
            yield from self._flush()
            self._open(found, found.text)
            return
        if windows_events.begins(line):
            yield from self._flush()
            self._open(Record("windows_event", ""), line)
            return
        found = cmtrace_record(line)
        if found is not None:
            if self._lines and head is None and not opens(line):
                self._lines.append(found.text)
                found.text = "\n".join(self._lines)
                self._lines = []
            yield from self._flush()
            yield found
            return
        if line.strip() == ROTATED:
            yield from self._flush()
            return
        # A message without columns, or more of the record that is open.
        if head is not None and self._lines != [""] and opens(line):
            yield from self._flush()
        if head is None and len(self._lines) >= PARAGRAPH_LIMIT:
            yield from self._flush()
        self._append(line)

    def _in_ccm(self, line: str | None) -> Iterator[Record]:
        if line is not None:
            if line.startswith(CCM_BEGIN):  # the one before was cut
                yield from self._flush()
                self._open(Record("ccm", ""), line)
            else:
                self._append(line, keep=CCM_END in line)
        end = "\n".join(self._lines[-_TAIL_LINES:])
        text = "\n".join(self._lines) if CCM_END in end else ""
        while text:
            made = ccm_record(text)
            if made is None:
                break
            record, text = made
            yield record
            self._reset()
            if CCM_BEGIN not in text:
                if text.strip():
                    self._append(text.strip())
                return
            text = text[text.find(CCM_BEGIN) :]
            self._open(Record("ccm", ""), text)

    def _in_tail(self, line: str) -> Iterator[Record]:
        """A line with a site server's tail, or with a part of it: what came before without columns is its message."""
        if self._head is not None:
            yield from self._flush()
        self._append(line)
        found, rest = site_server_records("\n".join(self._lines))
        if not found:  # a wrap may be anywhere within the tail
            before, last = self._lines[:-_TAIL_LINES], self._lines[-_TAIL_LINES:]
            found, rest = site_server_records("\n".join([*before, "".join(last)]))
        if found:
            self._reset()
            if rest.strip():
                self._append(rest.strip())
            yield from found
        elif len(self._lines) >= PARAGRAPH_LIMIT:
            yield from self._flush()

    def _open(self, head: Record, text: str) -> None:
        self._head, self._lines, self._size = head, [text], len(text)

    def _append(self, line: str, *, keep: bool = False) -> None:
        if self._size + len(line) > RECORD_LIMIT and not keep:
            self.dropped += len(line)
            return
        self._size += len(line)
        self._lines.append(line)

    def _reset(self) -> None:
        self._head, self._lines, self._size = None, [], 0

    def _flush(self) -> Iterator[Record]:
        head, lines = self._head, self._lines
        self._reset()
        if head is None:
            if lines:
                yield from paragraph_records(lines)
        elif head.framing == "windows_event":
            yield windows_events.event_record("\n".join(lines))
        else:
            head.text = "\n".join(lines).strip("\n")
            yield head
