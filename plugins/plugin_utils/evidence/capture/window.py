# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file read piece by piece: a capture may be larger than the memory."""

from __future__ import annotations

from typing import BinaryIO

CHUNK = 512 * 1024
"""Bytes read at a time: few enough to stay in the processor's cache."""


class Window:
    """The part of a file that is in memory: ``data[:end]``, which stands at ``base`` of the file.

    Behind the end of the file come ``PAD`` zeros, so that what reads a fixed number of bytes needs no check.
    """

    PAD = 256

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.data = b""
        self.base = 0
        self.end = 0
        self.eof = False
        self.short = False
        """What was to be skipped goes beyond the end of the file."""

    def more(self, offset: int, want: int = 1) -> int:
        """Forgets what is before ``offset`` and reads on, until ``want`` bytes are there from it; where it is now.

        At the end of the file there may be less. An offset beyond what is in memory skips.
        """
        rest = b""
        self.base += offset
        if offset <= self.end:
            rest = self.data[offset : self.end]
        elif self.eof:
            self.short = True
        else:
            left = offset - self.end
            while left > 0:
                piece = self._stream.read(min(left, CHUNK))
                if not piece:
                    self.eof = self.short = True
                    break
                left -= len(piece)
        pieces = [rest]
        size = len(rest)
        while not self.eof and (size < want or len(pieces) == 1):
            piece = self._stream.read(max(CHUNK, want - size))
            if not piece:
                self.eof = True
            pieces.append(piece)
            size += len(piece)
        self.end = size
        if self.eof:
            pieces.append(bytes(self.PAD))
        self.data = b"".join(pieces)
        return 0
