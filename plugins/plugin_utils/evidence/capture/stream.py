# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One direction of a TCP connection, put in order: retransmission, reordering, overlap, wrapped numbers."""

from __future__ import annotations

WINDOW = 1 << 31
AHEAD_LIMIT = 256 * 1024
"""Most bytes that are kept while one before them is missing."""


def distance(later: int, earlier: int) -> int:
    """How far a sequence number is after another; negative: before it. Numbers wrap at 2^32 (RFC 9293, 3.4)."""
    return (later - earlier + WINDOW) % (2 * WINDOW) - WINDOW


class Stream:
    """Bytes in the order in which they were sent.

    Where segments overlap, the bytes that were in order first count. ``next`` is the number of the next byte, None
    before anything is known. ``lost``: bytes are missing for good, and nothing is put in order any more.
    """

    __slots__ = ("_acked", "_ahead", "_held", "delivered", "lost", "next")

    def __init__(self) -> None:
        self.next: int | None = None
        self.lost = False
        self.delivered = 0
        self._ahead: dict[int, bytes] = {}
        self._held = 0
        self._acked: int | None = None

    def start(self, seq: int) -> int:
        """The number of the next byte; of the first one, which a SYN tells, where nothing is known yet."""
        if self.next is None:
            self.next = seq % (2 * WINDOW)
        return self.next

    def add(self, seq: int, data: bytes, missing: int = 0) -> bytes:
        """Takes a segment and returns the bytes that are in order now.

        Args:
            seq: number of its first byte.
            data: its bytes, as far as they were captured.
            missing: bytes at its end that were not captured.
        """
        if self.lost:
            return b""
        ahead = distance(seq, self.start(seq))
        if ahead > 0:
            self._keep(seq, data)
            return b""
        fresh = data[-ahead:] if ahead else data
        parts = [fresh]
        self._advance(seq, len(fresh))
        if missing and ahead + len(data) + missing > 0:
            self.give_up()
        elif self._ahead:
            parts.extend(self._follow())
        return b"".join(parts)

    def acknowledge(self, ack: int) -> None:
        """The other side has all bytes before this number."""
        if self._acked is None or distance(ack, self._acked) > 0:
            self._acked = ack

    def incomplete(self, *, closed: bool) -> bool:
        """Bytes are missing that were sent: cut off, or acknowledged and not seen. ``closed``: a FIN was seen.

        Not told before the end, because captures may hold an acknowledgement before what it acknowledges.
        """
        if self.lost or self._ahead:
            return True
        if self.next is None or self._acked is None:
            return False
        return distance(self._acked, self.next) > (1 if closed else 0)

    def give_up(self) -> None:
        """What is missing is not in the capture."""
        self.lost = True
        self._ahead.clear()
        self._held = 0

    def _advance(self, seq: int, size: int) -> None:
        self.next = (self.start(seq) + size) % (2 * WINDOW)
        self.delivered += size

    def _keep(self, seq: int, data: bytes) -> None:
        if not data:
            return
        if self._held + len(data) > AHEAD_LIMIT:
            self.give_up()
            return
        old = self._ahead.get(seq, b"")
        if len(data) > len(old):
            self._ahead[seq] = old + data[len(old) :]
            self._held += len(data) - len(old)

    def _follow(self) -> list[bytes]:
        """The kept bytes that are in order now."""
        parts = []
        for seq in sorted(self._ahead, key=lambda one: distance(one, self.next or 0)):
            behind = distance(seq, self.start(seq))
            if behind > 0:
                break
            data = self._ahead.pop(seq)
            self._held -= len(data)
            if behind + len(data) > 0:
                parts.append(data[-behind:] if behind else data)
                self._advance(seq, behind + len(data))
        return parts
