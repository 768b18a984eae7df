# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The frames of a pcapng file: any sections and interfaces, in either byte order.

Source of the format: draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from .frame import CaptureError, Frame, Skip
from .pcap import MAX_FRAME
from .trouble import Trouble
from .window import Window

SECTION = 0x0A0D0D0A
INTERFACE, OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET = 1, 2, 3, 6
MAX_BLOCK = 16 * 1024 * 1024
"""Most bytes of a block that has to be in memory."""
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_HEAD = 32
"""Bytes of a block that are looked at before its frame."""
_DATA_AT = 28
_TIME_RESOLUTION, _TIME_OFFSET = 9, 14


@dataclass(frozen=True)
class Interface:
    """What a section says of an interface; a time in the file is ``ticks / per_second`` seconds after ``offset``."""

    link: int
    snap: int
    per_second: int
    offset: int

    def time(self, ticks: int) -> int:
        """Nanoseconds since 1970; 0 where the file tells none."""
        return ticks * 1_000_000_000 // self.per_second + self.offset * 1_000_000_000


def _interface(data: bytes, start: int, end: int, order: str) -> Interface:
    """The interface that the block's body describes."""
    link, snap = Struct(f"{order}H2xI").unpack_from(data, start)
    per_second, seconds = 1_000_000, 0
    option = Struct(f"{order}HH")
    offset = start + 8
    while offset + 4 <= end:
        code, size = option.unpack_from(data, offset)
        offset += 4
        if code == 0 or offset + size > end:
            break
        if code == _TIME_RESOLUTION and size == 1:
            power = data[offset] & 0x7F
            per_second = 2**power if data[offset] & 0x80 else 10**power
        elif code == _TIME_OFFSET and size == 8:
            (seconds,) = Struct(f"{order}q").unpack_from(data, offset)
        offset += size + (-size) % 4
    return Interface(link, snap, per_second, seconds)


class _Section:
    """How to read the blocks of one section."""

    def __init__(self, order: str) -> None:
        self.order = order
        self.interfaces: list[Interface] = []
        self._words = Struct(f"{order}IIIII")
        self._old = Struct(f"{order}HHIIII")
        self._size = Struct(f"{order}I")

    def frame(self, kind: int, number: int, data: bytes, offset: int, total: int) -> Frame | str:
        """The frame of a block, or what is wrong with it."""
        if kind == SIMPLE_PACKET:
            if not self.interfaces:
                return "frames of an interface that the file does not describe are not read"
            interface = self.interfaces[0]
            (wire,) = self._size.unpack_from(data, offset + 8)
            size = max(0, min(wire, total - 16, interface.snap or wire))
            return Frame(number, 0, interface.link, data, offset + 12, offset + 12 + size, wire)
        if kind == ENHANCED_PACKET:
            index, high, low, size, wire = self._words.unpack_from(data, offset + 8)
        else:
            index, _drops, high, low, size, wire = self._old.unpack_from(data, offset + 8)
        if size > total - _HEAD or size > MAX_FRAME:
            return "frames that are longer than the block that holds them, or than can be, are not read"
        if index >= len(self.interfaces):
            return "frames of an interface that the file does not describe are not read"
        interface = self.interfaces[index]
        start = offset + _DATA_AT
        return Frame(number, interface.time(high << 32 | low), interface.link, data, start, start + size, wire)


def _section(data: bytes, offset: int) -> _Section | None:
    order = _ORDERS.get(data[offset + 8 : offset + 12])
    return None if order is None else _Section(order)


def frames(window: Window, skip: Skip, trouble: Trouble) -> Iterator[Frame]:
    """The frames that ``skip`` does not let out.

    Raises:
        CaptureError: the first block is not that of a section.
    """
    section = _section(window.data, 0)
    if section is None:
        raise CaptureError("begins as a pcapng file does, but its byte order can't be told: it is damaged")
    offset = number = 0
    packets = {ENHANCED_PACKET, SIMPLE_PACKET, OLD_PACKET}
    while True:
        data, end = window.data, window.end
        compiled, need = skip.compiled(f"{section.order}II", _DATA_AT)
        block = Struct(f"{section.order}II").unpack_from
        safe = end - 12 if window.eof else end - max(need, _HEAD)
        known = len(skip.layouts)
        want = _HEAD
        again = False
        while offset <= safe:
            for struct, keys, mask in compiled:
                kind, total, key, flags = struct.unpack_from(data, offset)
                if key in keys and not flags & mask and kind == ENHANCED_PACKET and total > _HEAD:
                    number += 1
                    offset += total
                    break
            else:
                kind, total = block(data, offset)
                if kind == SECTION:
                    found = _section(data, offset)
                    if found is None:
                        trouble.cut(f"at byte {window.base + offset} a section begins whose byte order can't be told")
                        return
                    section, again = found, True
                    (total,) = Struct(f"{section.order}I").unpack_from(data, offset + 4)
                if total < 12 or total % 4:
                    trouble.cut(f"at byte {window.base + offset} a block of {total} bytes begins, which can't be")
                    return
                if kind == INTERFACE or kind in packets:
                    if total > MAX_BLOCK:
                        trouble.cut(f"at byte {window.base + offset} a block of {total} bytes begins: too long")
                        return
                    if offset + total > end:
                        want = total
                        break
                    if kind == INTERFACE and total >= 20:
                        section.interfaces.append(_interface(data, offset + 8, offset + total - 4, section.order))
                    elif kind in packets:
                        number += 1
                        trouble.frames = number
                        frame = section.frame(kind, number, data, offset, total)
                        if isinstance(frame, str):
                            trouble.cut(frame)
                        else:
                            if frame.time:
                                trouble.saw(frame.time)
                            yield frame
                offset += total
                if again or len(skip.layouts) != known:
                    break
        trouble.frames = number
        if again or len(skip.layouts) != known:
            continue
        if window.eof:
            if offset != end or window.short:
                trouble.cut(f"the file ends within a block, after frame {number}")
            return
        offset = window.more(offset, want)
