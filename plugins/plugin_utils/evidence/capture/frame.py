# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One frame of a capture, and which frames need not be looked at."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple


class CaptureError(Exception):
    """The file is no capture that can be read; the text says why and what to do."""


class Frame(NamedTuple):
    """A frame as the file holds it.

    ``number`` counts from 1, as Wireshark does; ``time`` is nanoseconds since 1970 (UTC), 0 where the file has none;
    ``link`` is a LINKTYPE number; the frame is ``data[start:end]``, and had ``wire`` bytes.
    """

    number: int
    time: int
    link: int
    data: bytes
    start: int
    end: int
    wire: int


class Layout(NamedTuple):
    """Where a frame has the bytes that tell its flow (addresses and ports), and those that say that it matters.

    Offsets in bytes from the start of the frame; it matters where the byte at ``flags_at`` has a bit of ``mask``.
    """

    key_at: int
    key_size: int
    flags_at: int
    mask: int


class Skip:
    """Flows whose frames are skipped by a look at a few bytes.

    It is only ever a hint to readers, which may yield such frames nevertheless.
    """

    def __init__(self) -> None:
        self.layouts: dict[Layout, set[bytes]] = {}

    def add(self, layout: Layout, key: bytes) -> None:
        self.layouts.setdefault(layout, set()).add(key)

    def remove(self, key: bytes) -> None:
        for keys in self.layouts.values():
            keys.discard(key)

    def clear(self) -> None:
        for keys in self.layouts.values():
            keys.clear()

    def compiled(self, head: str, data_at: int) -> tuple[list[tuple[Struct, set[bytes], int]], int]:
        """(a Struct for each layout, its keys and its mask; bytes that the longest Struct reads).

        Args:
            head: format of the record's header up to what is needed of it.
            data_at: where in the record the frame begins.
        """
        result = []
        longest = 0
        for (key_at, key_size, flags_at, mask), keys in self.layouts.items():
            gap = data_at + key_at - Struct(head).size
            struct = Struct(f"{head}{gap}x{key_size}s{flags_at - key_at - key_size}xB")
            longest = max(longest, struct.size)
            result.append((struct, keys, mask))
        return result, longest
