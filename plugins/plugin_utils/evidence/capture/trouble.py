# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was wrong with a capture, and how far it reaches. Nothing that could not be read is silent."""

from __future__ import annotations

from collections import Counter

LIMIT = 50
"""Most warnings of one file."""


class Trouble:
    """Warnings of one file, each told once, with how often it happened.

    ``truncated``: something of the file was not read. ``frames``: how many it has, as far as it was read. ``first`` and
    ``last``: the times of the frames, nanoseconds since 1970, 0 where there are none.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self.truncated = False
        self.frames = 0
        self.first = 0
        self.last = 0

    def saw(self, time: int) -> None:
        """A frame of this time is in the file."""
        if not self.first:
            self.first = time
        if time > self.last:
            self.last = time

    def note(self, text: str) -> None:
        """Something that may matter."""
        if text in self._counts or len(self._counts) < LIMIT:
            self._counts[text] += 1

    def cut(self, text: str) -> None:
        """Something that was not read, and what it is."""
        self.truncated = True
        self.note(text)

    def warnings(self) -> list[str]:
        return [text if count == 1 else f"{text} ({count} times)" for text, count in self._counts.items()]
