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

# Every record at level Error or Warning, and of the others what the table of signatures knows of them.
LEVELS = (b" UTC\tError\t", b" UTC\tWarning\t")
# A longer text is found in less time, so the component that writes a text is a part of it.
TEXTS = (
    b"AdminDataAccess.StartSubscriptionManually",
    b"SCHANNEL Protocol",
    b"EventLogEventReporter.ReportEvent\tEventId=38",
    b"EventLogEventReporter.ReportEvent\tEventId=501,",
    b"WebServiceCommunicationHelper.ProcessWebServiceProxyException\t",
)
ANCHORS = LEVELS + TEXTS
_RARE = {b"SCHANNEL Protocol": 2}
"""Where an anchor has a letter that these logs seldom have: a single byte is found in a tenth of the time of a text."""
_ANY_LEVEL, _INFO = b" UTC\t", b" UTC\tInfo\t"
_HEAD = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,7})? UTC\t[A-Z][a-z]{3,6}\t[A-Za-z]")
_WINDOW = 4096
_SPARSE = 2048
"""With more than one hit in so many bytes the batch is parsed as a whole, which is no slower then."""
LEVEL_WINDOW = 1 << 14
"""Bytes that are asked at once for whether there is any level but Info in them."""
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


def _places(batch: Batch, text: bytes) -> Iterator[int]:
    """Where the text is, in order."""
    data, position, end = batch
    at = _RARE.get(text)
    if at is not None:
        letter = text[at : at + 1]
        tries = (end - position) // _SELDOM
        found = data.find(letter, position + at, end)
        while found >= 0 and tries:
            if data.startswith(text, found - at, end):
                yield found - at
            tries -= 1
            found = data.find(letter, found + 1, end)
        if found < 0:
            return
        position = found - at
    position = data.find(text, position, end)
    while position >= 0:
        yield position
        position = data.find(text, position + len(text), end)


def _windows(batch: Batch) -> Iterator[Batch]:
    """The batch in parts of about the same size, whole lines each."""
    data, start, end = batch
    while start < end:
        wanted = start + LEVEL_WINDOW
        stop = end
        if wanted < end:
            stop = (data.rfind(b"\n", start, wanted) + 1) or (data.find(b"\n", wanted, end) + 1) or end
        yield Batch(data, start, stop)
        start = stop


def places(batch: Batch) -> tuple[list[int], int] | None:
    """Where the anchors are, in order, and how many records begin in the batch; None where there are too many."""
    hits: list[int] = []
    heads = 0
    most = (batch.end - batch.start) // _SPARSE
    for window in _windows(batch):
        all_levels = batch.data.count(_ANY_LEVEL, window.start, window.end)
        heads += all_levels
        # Where each level is Info there is no other, and two searches are saved.
        if all_levels != batch.data.count(_INFO, window.start, window.end):
            for level in LEVELS:
                hits.extend(_places(window, level))
            if len(hits) > most:
                return None
    for text in TEXTS:
        for position in _places(batch, text):
            hits.append(position)
            if len(hits) > most:
                return None
    return sorted(hits), heads


def relevant(batch: Batch) -> tuple[list[bytes], int] | None:
    """The parts of a batch that have to be parsed, whole records each, and how many records are in the others.

    The first and the last record are always among them, as they go on from the batch before or in the next one.
    None where the batch has to be parsed as a whole.
    """
    found = places(batch) if _raw(batch) else None
    if found is None:
        return None
    hits, heads = found
    data, start, end = batch
    first, last = _head_after(batch, start), _head_before(batch, end)
    parts = [(start, first)]
    for hit in [*hits, last]:
        if hit >= parts[-1][1]:
            parts.append((_head_before(batch, hit + 1) if hit != last else last, _head_after(batch, hit)))
    skipped = heads - sum(data.count(_ANY_LEVEL, begin, stop) for begin, stop in parts)
    return [data[begin:stop] for begin, stop in parts], skipped
