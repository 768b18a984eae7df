# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Frames as a host hands them out (docs/reference/capture_host.md, "frames") -> a pcapng file.

pcapng: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html, blocks of sections 4.1 to 4.3.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from .answer import AnswerError

FRAME_LIMIT = 256 * 1024
"""Most bytes of a frame; what is offloaded to a network card may be larger than 64 KiB."""
INTERFACES_LIMIT = 1_000
_HEAD = struct.Struct("<qII")
_ETHERNET = 1
_RESOLUTION = 7
"""Times count tenths of microseconds (10^-7 s), as Windows does."""


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def _section() -> bytes:
    return _block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def _interface(number: int) -> bytes:
    name = f"interface {number}".encode()
    options = struct.pack("<HH", 2, len(name)) + name + bytes(-len(name) % 4)
    options += struct.pack("<HHB3x", 9, 1, _RESOLUTION) + bytes(4)
    return _block(1, struct.pack("<HHI", _ETHERNET, 0, 0) + options)


def _packet(place: int, time: int, frame: bytes) -> bytes:
    return _block(6, struct.pack("<5I", place, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame)) + frame)


def write_pcapng(frames: BinaryIO, target: BinaryIO) -> int:
    """Writes all frames, one at a time; returns how many.

    Raises:
        AnswerError: what is in ``frames`` is not what was agreed upon.
    """
    target.write(_section())
    places: dict[int, int] = {}
    count = 0
    while head := frames.read(_HEAD.size):
        if len(head) < _HEAD.size:
            raise AnswerError("malformed_answer", f"frame {count + 1} of the capture is cut off")
        time, interface, length = _HEAD.unpack(head)
        if time < 0 or length > FRAME_LIMIT:
            raise AnswerError("malformed_answer", f"frame {count + 1} of the capture has no sensible time or length")
        frame = frames.read(length)
        if len(frame) < length:
            raise AnswerError("malformed_answer", f"frame {count + 1} of the capture is cut off")
        if interface not in places:
            if len(places) == INTERFACES_LIMIT:
                raise AnswerError("malformed_answer", f"the capture is of more than {INTERFACES_LIMIT:,} interfaces")
            places[interface] = len(places)
            target.write(_interface(interface))
        target.write(_packet(places[interface], time, frame))
        count += 1
    return count
