# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a batch of a big raw log is worth parsing: the records around a few byte strings, found without a line loop.

Only SoftwareDistribution.log and Change.log as WSUS writes them, with tabs, are read this way, and only beyond the
beginning of a file: text that was pasted is never that big.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .blocks import Batch

# Every record at level Error or Warning, and of the others what the table of signatures knows of them. A longer text is
# found in less time, so they are as long as can be: the columns around a text say which component writes it.
ANCHORS = (
    b" UTC\tError\t",
    b" UTC\tWarning\t",
    b"AdminDataAccess.StartSubscriptionManually",
    b"SCHANNEL Protocol",
    b"EventLogEventReporter.ReportEvent\tEventId=38",
    b"EventLogEventReporter.ReportEvent\tEventId=501,",
    b"WebServiceCommunicationHelper.ProcessWebServiceProxyException\t",
)
_RARE = {b"SCHANNEL Protocol": 2}
"""Where an anchor has a letter that these logs seldom have: a single byte is found in a tenth of the time of a text."""
_COUNTED = b" UTC\t"
_HEAD = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,7})? UTC\t[A-Z][a-z]{3,6}\t[A-Za-z]")
_WINDOW = 4096
_SPARSE = 2048
"""With more than one hit in so many bytes the batch is parsed as a whole, which is no slower then."""
_SELDOM = 512
"""With a letter more than once in so many bytes it is quicker to look for the text."""


def _raw(batch: Batch) -> bool:
    """Whether beginning, middle and end look as WSUS writes them."""
    data, first, end = batch
    for start in (first, max(first, (first + end - _WINDOW) // 2), max(first, end - _WINDOW)):
        lines = data[start : min(start + _WINDOW, end)].split(b"\n")[1:-1]
        others = [line for line in lines if not _HEAD.match(line)]
        odd = sum(1 for line in others if line[:3] not in (b"   ", b"\r", b""))
        if len(others) == len(lines) or odd > len(lines) * 0.1:
            return False
    return True


def _head_before(batch: Batch, position: int) -> int:
    """Where the record that ``position`` is in begins; the start of the batch where it began in the one before."""
    while True:
        found = batch.data.rfind(b"\n2", batch.start, position)
        if found < 0:
            return batch.start
        if _HEAD.match(batch.data, found + 1):
            return found + 1
        position = found + 1


def _head_after(batch: Batch, position: int) -> int:
    """Where the next record begins, or the batch ends."""
    while True:
        found = batch.data.find(b"\n2", position, batch.end)
        if found < 0:
            return batch.end
        if _HEAD.match(batch.data, found + 1):
            return found + 1
        position = found + 2


def _places(batch: Batch, anchor: bytes) -> Iterator[int]:
    """Where the anchor is, in order."""
    data, position, end = batch
    at = _RARE.get(anchor)
    if at is not None:
        letter = anchor[at : at + 1]
        tries = (end - position) // _SELDOM
        found = data.find(letter, position + at, end)
        while found >= 0 and tries:
            if data.startswith(anchor, found - at, end):
                yield found - at
            tries -= 1
            found = data.find(letter, found + 1, end)
        if found < 0:
            return
        position = found - at
    position = data.find(anchor, position, end)
    while position >= 0:
        yield position
        position = data.find(anchor, position + len(anchor), end)


def _hits(batch: Batch) -> list[int] | None:
    """Places of the anchors, in order; None where there are too many."""
    hits: list[int] = []
    most = (batch.end - batch.start) // _SPARSE
    for anchor in ANCHORS:
        for position in _places(batch, anchor):
            hits.append(position)
            if len(hits) > most:
                return None
    return sorted(hits)


def relevant(batch: Batch) -> tuple[list[bytes], int] | None:
    """The parts of a batch that have to be parsed, whole records each, and how many records are in the others.

    The first and the last record are always among them, as they go on from the batch before or in the next one.
    None where the batch has to be parsed as a whole.
    """
    if not _raw(batch):
        return None
    hits = _hits(batch)
    if hits is None:
        return None
    data, start, end = batch
    first, last = _head_after(batch, start), _head_before(batch, end)
    parts = [(start, first)]
    for hit in [*hits, last]:
        if hit >= parts[-1][1]:
            parts.append((_head_before(batch, hit + 1) if hit != last else last, _head_after(batch, hit)))
    skipped = data.count(_COUNTED, start, end) - sum(data.count(_COUNTED, *part) for part in parts)
    return [data[begin:stop] for begin, stop in parts if begin < stop], skipped
