# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One small file out of a cabinet, which every .cab and .msu is ([MS-CAB], "Cabinet File Format").

Of the three ways of compression, none and MSZIP are read. LZX is not: its decoder would be larger than what it is for.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

_HEADER = struct.Struct("<4s4xI4xI4xBBHHHHH")
_FOLDER = struct.Struct("<IHH")
_FILE = struct.Struct("<IIH6x")
_BLOCK = struct.Struct("<4xHH")
_PREVIOUS, _NEXT, _RESERVED = 1, 2, 4
_STORED, _MSZIP = 0, 1
_WINDOW = 32_768
"""Most bytes of one block, and what a block of MSZIP may look back to."""
_NAME_LIMIT = 260
_FILES_LIMIT = 65_535


class CabinetError(Exception):
    """It is no cabinet, a damaged one, or one that is not read here; the text says which."""


@dataclass(frozen=True)
class _Member:
    name: str
    size: int
    offset: int
    folder: int


def extract(stream: BinaryIO, wanted: Callable[[str], bool], limit: int) -> bytes | None:
    """The content of the first file whose name is ``wanted`` and that is no longer than ``limit`` bytes; else None.

    Raises:
        CabinetError: it can't be read.
        OSError: the file can't be.
    """
    try:
        return _extract(stream, wanted, limit)
    except (struct.error, zlib.error) as problem:
        raise CabinetError(f"it is damaged ({problem})") from None


def _extract(stream: BinaryIO, wanted: Callable[[str], bool], limit: int) -> bytes | None:
    signature, _size, files_at, _minor, _major, folders, files, flags, _set, _number = _HEADER.unpack(
        _read(stream, _HEADER.size)
    )
    if signature != b"MSCF":
        raise CabinetError("it is no cabinet")
    if flags & (_PREVIOUS | _NEXT):
        raise CabinetError("it is one part of a cabinet")
    reserved_folder = reserved_block = 0
    if flags & _RESERVED:
        reserved, reserved_folder, reserved_block = struct.unpack("<HBB", _read(stream, 4))
        _read(stream, reserved)
    table: list[tuple[int, int, int]] = []
    for _index in range(folders):
        start, blocks, compression = _FOLDER.unpack(_read(stream, _FOLDER.size))
        table.append((start, blocks, compression))
        _read(stream, reserved_folder)
    stream.seek(files_at)
    for _index in range(min(files, _FILES_LIMIT)):
        size, offset, folder = _FILE.unpack(_read(stream, _FILE.size))
        member = _Member(_name(stream), size, offset, folder)
        if wanted(member.name) and size <= limit:
            if folder >= len(table):
                raise CabinetError("it is damaged (a file of no folder)")
            start, blocks, compression = table[folder]
            return _content(stream, member, start, blocks, compression, reserved_block)
    return None


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise CabinetError("it ends too early")
    return data


def _name(stream: BinaryIO) -> str:
    found = bytearray()
    while (char := _read(stream, 1)) != b"\0":
        found += char
        if len(found) > _NAME_LIMIT:
            raise CabinetError("it is damaged (a name without end)")
    return found.decode("utf-8", "replace")


def _content(stream: BinaryIO, member: _Member, start: int, blocks: int, compression: int, reserved: int) -> bytes:
    """A folder is one stream of bytes in blocks; a block of MSZIP may need all before it."""
    kind = compression & 0x0F
    if kind not in (_STORED, _MSZIP):
        raise CabinetError("it is compressed by " + {2: "Quantum", 3: "LZX"}.get(kind, f"method {kind}"))
    end = member.offset + member.size
    stream.seek(start)
    found, position, before = bytearray(), 0, b""
    for _index in range(blocks):
        if position >= end:
            break
        packed, size = _BLOCK.unpack(_read(stream, _BLOCK.size))
        _read(stream, reserved)
        if size > _WINDOW:
            raise CabinetError("it is damaged (a block too long)")
        if kind == _STORED and position + size <= member.offset:
            stream.seek(packed, 1)
        else:
            data = _read(stream, packed)
            before = data if kind == _STORED else _inflated(data, before)
            if len(before) != size:
                raise CabinetError("it is damaged (a block of another length)")
            found += before[max(0, member.offset - position) : max(0, end - position)]
        position += size
    if len(found) != member.size:
        raise CabinetError("it ends too early")
    return bytes(found)


def _inflated(data: bytes, before: bytes) -> bytes:
    if data[:2] != b"CK":
        raise CabinetError("it is damaged (no block of MSZIP)")
    return zlib.decompressobj(-15, before).decompress(data[2:], _WINDOW + 1)
