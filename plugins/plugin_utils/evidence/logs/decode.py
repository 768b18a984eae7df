# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bytes of a log -> bytes in UTF-8 (or an old code page), without NULs, whatever they were written as.

UTF-8 and UTF-16 with and without a byte order mark; where programs have added text in another one of these to a file,
each part is read as what it is. The result does not depend on how the bytes are cut into chunks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .model import LogError

SNIFFED = 4096
"""Bytes that decide how a log is read."""
PIECE = 1 << 20
"""Bytes that are read and passed on at once."""
_HELD = 1000
_UTF8, _LITTLE, _BIG = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"
_MAGIC = {
    b"ElfFile": "an event log (.evtx). Export its events as text or XML, or name the log where it lies on the host",
    b"PK\x03\x04": "a zip archive. Unpack it first",
    b"\x1f\x8b": "compressed by gzip. Unpack it first",
    b"MSCF": "a cabinet file. Unpack it first",
}
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\0")) + b"\x7f"
# What only text in ASCII looks like within UTF-16, of both byte orders: other script would need the same luck 16 times.
_ASCII_IN = {
    "utf-16-le": re.compile(rb"[\t\n\r\x20-\x7e]{32,}(?!\0)"),
    "utf-16-be": re.compile(rb"(?<!\0)[\t\n\r\x20-\x7e]{32,}"),
}


def exact(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of ``size``; the last one is shorter."""
    held: list[bytes] = []
    have = 0
    for chunk in chunks:
        if have + len(chunk) < size:
            held.append(chunk)
            have += len(chunk)
            if len(held) > _HELD:
                held = [b"".join(held)]
            continue
        data = b"".join([*held, chunk]) if held else chunk
        whole = len(data) - len(data) % size
        for start in range(0, whole, size):
            yield data[start : start + size]
        have = len(data) - whole
        # Nothing, not an empty text: what a chunk is joined with costs a copy of the chunk.
        held = [data[whole:]] if have else []
    if have:
        yield b"".join(held)


def encoding_of(head: bytes) -> str:
    """How the log with this beginning is written: ``utf-8``, ``utf-8-sig``, ``utf-16-le`` or ``utf-16-be``.

    Raises:
        LogError: ``binary``: it is no text.
    """
    if head.startswith(_UTF8):
        return "utf-8-sig"
    if head.startswith((_LITTLE, _BIG)):
        return "utf-16-le" if head.startswith(_LITTLE) else "utf-16-be"
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise LogError("binary", f"It is no text but {what}.")
    pairs = max(1, len(head) // 2)
    first, second = head[: pairs * 2 : 2].count(0) / pairs, head[1 : pairs * 2 : 2].count(0) / pairs
    if len(head) >= 16 and min(first, second) < 0.1 and max(first, second) > 0.4:
        return "utf-16-le" if second > first else "utf-16-be"
    odd = len(head) - len(head.translate(None, _CONTROL))
    if odd > len(head) * 0.05 or head.count(0) > len(head) * 0.3:
        raise LogError("binary", "It is no text. Name a log file, or text pasted from one.")
    return "utf-8"


def _wide(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """UTF-8 of UTF-16, with parts in ASCII left as they are."""
    newline = "\n".encode(encoding)
    narrow = _ASCII_IN[encoding]

    def utf8(data: bytes) -> bytes:
        return data.decode(encoding, "replace").encode("utf-8", "replace").replace(b"\0", b"")

    def converted(data: bytes) -> bytes:
        result, done = [], 0
        for match in narrow.finditer(data):
            result += [utf8(data[done : match.start()]), match.group()]
            done = match.end()
        return b"".join([*result, utf8(data[done:])])

    data = b""
    for piece in pieces:
        data += piece
        # Whole lines, so that no pair of bytes and no run of ASCII is cut; a longer line is cut anyway.
        cut = data.rfind(newline)
        if cut < 0 and len(data) >= 2 * PIECE:
            cut = len(data) - len(data) % 2 - len(newline)
        if cut >= 0:
            yield converted(data[: cut + len(newline)])
            data = data[cut + len(newline) :]
    yield converted(data)


def decoded(chunks: Iterable[bytes]) -> tuple[str, Iterator[bytes]]:
    """The encoding, and the text as bytes in UTF-8 or, where these are not valid, an old code page.

    It comes in pieces of at most about ``PIECE`` bytes, which do not depend on how the bytes were cut into chunks.

    Raises:
        LogError: it is no text, or the source fails. The iterator may raise what the source raises.
    """
    pieces = exact(chunks, PIECE)
    head = next(pieces, b"")
    encoding = encoding_of(head[:SNIFFED])

    def text() -> Iterator[bytes]:
        mark = next((mark for mark in (_UTF8, _LITTLE, _BIG) if head.startswith(mark)), b"")

        def rest() -> Iterator[bytes]:
            yield head[len(mark) :]
            yield from pieces

        if encoding.startswith("utf-16"):
            yield from _wide(rest(), encoding)
            return
        for piece in rest():
            # UTF-16 that was added to it, or space that was reserved and never written.
            yield piece.translate(None, b"\0") if b"\0" in piece else piece

    return encoding, text()
