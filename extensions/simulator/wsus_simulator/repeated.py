# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Output of any length that takes no memory."""

from __future__ import annotations


class Repeated:
    """`before`, `piece` so many times, and `after`: read by its length and by slices, as bytes are."""

    def __init__(self, before: bytes, piece: bytes, times: int, after: bytes) -> None:
        self._before, self._piece, self._times, self._after = before, piece, times, after

    def __len__(self) -> int:
        return len(self._before) + len(self._piece) * self._times + len(self._after)

    def __getitem__(self, wanted: slice) -> bytes:
        start, stop, step = wanted.indices(len(self))
        assert step == 1
        first, last = len(self._before), len(self) - len(self._after)
        return (
            self._before[start:stop]
            + self._middle(max(start, first) - first, min(stop, last) - first)
            + self._after[max(start - last, 0) : max(stop - last, 0)]
        )

    def _middle(self, start: int, stop: int) -> bytes:
        if stop <= start:
            return b""
        size = len(self._piece)
        skipped = start // size
        block = self._piece * (-(-stop // size) - skipped)
        return block[start - skipped * size : stop - skipped * size]
