# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a batch of a big raw log is worth parsing: the records around a few byte strings, found without a line loop.

Only SoftwareDistribution.log and Change.log as WSUS writes them, with tabs, are read this way, and only beyond the
beginning of a file: text that was pasted is never that big.
"""

from __future__ import annotations

import re

# Every record at level Error or Warning, and of the others what the table of signatures knows of them.
ANCHORS = (
    b" UTC\tError\t",
    b" UTC\tWarning\t",
    b"AdminDataAccess.StartSubscriptionManually",
    b"SCHANNEL Protocol",
    # A longer text is found in less time, and no other component reports events.
    b"ReportEvent\tEventId=38",
    b"ReportEvent\tEventId=501,Type=",
    b"ProcessWebServiceProxyException found",
)
_COUNTED = b" UTC\t"
_HEAD = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,7})? UTC\t[A-Z][a-z]{3,6}\t[A-Za-z]")
_WINDOW = 4096
_SPARSE = 2048
"""With more than one hit in so many bytes the batch is parsed as a whole, which is no slower then."""


def _raw(batch: bytes) -> bool:
    """Whether beginning, middle and end look as WSUS writes them."""
    for start in (0, max(0, len(batch) // 2 - _WINDOW // 2), max(0, len(batch) - _WINDOW)):
        lines = batch[start : start + _WINDOW].split(b"\n")[1:-1]
        known = sum(1 for line in lines if _HEAD.match(line) or line[:3] in (b"   ", b"\r", b""))
        if not any(_HEAD.match(line) for line in lines) or known < len(lines) * 0.9:
            return False
    return True


def _head_before(batch: bytes, position: int) -> int:
    """Where the record that ``position`` is in begins; 0 where it began in the batch before."""
    while True:
        found = batch.rfind(b"\n2", 0, position)
        if found < 0 or _HEAD.match(batch, found + 1):
            return found + 1
        position = found + 1


def _head_after(batch: bytes, position: int) -> int:
    """Where the next record begins, or the batch ends."""
    while True:
        found = batch.find(b"\n2", position)
        if found < 0:
            return len(batch)
        if _HEAD.match(batch, found + 1):
            return found + 1
        position = found + 2


def _hits(batch: bytes) -> list[int] | None:
    """Places of the anchors, in order; None where there are too many."""
    hits: list[int] = []
    most = len(batch) // _SPARSE
    for anchor in ANCHORS:
        position = batch.find(anchor)
        while position >= 0:
            hits.append(position)
            if len(hits) > most:
                return None
            position = batch.find(anchor, position + len(anchor))
    return sorted(hits)


def relevant(batch: bytes) -> tuple[list[bytes], int] | None:
    """The parts of a batch that have to be parsed, whole records each, and how many records are in the others.

    The first and the last record are always among them, as they go on from the batch before or in the next one.
    None where the batch has to be parsed as a whole.
    """
    if not _raw(batch):
        return None
    hits = _hits(batch)
    if hits is None:
        return None
    first, last = _head_after(batch, 0), _head_before(batch, len(batch))
    parts = [(0, first)]
    for hit in [*hits, last]:
        if hit >= parts[-1][1]:
            parts.append((_head_before(batch, hit + 1) if hit != last else last, _head_after(batch, hit)))
    texts = [batch[start:end] for start, end in parts]
    return texts, batch.count(_COUNTED) - sum(text.count(_COUNTED) for text in texts)
