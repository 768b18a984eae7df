# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sources -> result: what of each record is of interest, and what is told of each source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ...text import clean
from .blocks import Lines
from .decode import decoded
from .merge import Events, message_of
from .model import LogError, LogSource, Record
from .quick import relevant
from .records import Records
from .signatures import Signature, Signatures, compact, host_of, load_signatures
from .startups import Startups, protocols_in

QUICK = True
"""Whether of sources with more than one batch only what may be of interest is parsed (quick.py)."""
SAMPLES = 5
SAMPLE_LIMIT = 300


@dataclass
class Source:
    """What is told of one source; ``framing`` is that of most of its records."""

    path: str
    encoding: str | None = None
    size: int = 0
    dropped: int = 0
    error: dict[str, str] | None = None
    first: str | None = None
    last: str | None = None
    framings: dict[str, int] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """All records, whether of interest or not."""
        return sum(self.framings.values())

    def as_dict(self) -> dict[str, Any]:
        """As ``log_info`` returns it."""
        framing = max(self.framings, key=lambda name: self.framings[name], default=None)
        return {
            "path": self.path,
            "framing": framing,
            "encoding": self.encoding,
            "size": self.size,
            "records": self.records,
            "first": self.first,
            "last": self.last,
            "dropped": self.dropped,
            "error": self.error,
        }


@dataclass
class LogResult:
    """What the logs say. ``as_dict()`` is the public shape."""

    events: list[dict[str, Any]]
    startups: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    unclassified: dict[str, Any]
    left_out: dict[str, int]

    @property
    def readable(self) -> bool:
        """Whether anything could be read: a source without an error, or records before it."""
        return any(source["error"] is None or source["records"] for source in self.sources)

    def as_dict(self) -> dict[str, Any]:
        """As ``log_info`` returns it."""
        return {
            "events": self.events,
            "startups": self.startups,
            "records": sum(source["records"] for source in self.sources),
            "sources": self.sources,
            "unclassified": self.unclassified,
            "left_out": self.left_out,
        }


def read_logs(
    sources: Iterable[LogSource], since: str | None = None, signatures: Signatures | None = None
) -> LogResult:
    """Reads all sources.

    A source that can't be read has an ``error`` in the result; what came before the error is kept.

    Args:
        sources: each is read once, in their order; of rotated logs the older one first.
        since: ``yyyy-MM-ddTHH:mm:ss.fffZ``. Of records before it only the number is told. A record without a
            time is taken for as old as the last one before it that has one.
        signatures: in place of the collection's own.
    """
    reader = _Reader(since, signatures or load_signatures())
    return reader.result([reader.read(source) for source in sources])


class _Reader:
    def __init__(self, since: str | None, signatures: Signatures) -> None:
        self._since = since
        self._signatures = signatures
        self._events = Events()
        self._startups = Startups()
        self._unclassified = 0
        # The same failure comes again and again, and only its columns differ.
        self._judged = lru_cache(maxsize=64)(self._judge)
        self._samples: dict[str, dict[str, Any]] = {}

    def read(self, source: LogSource) -> Source:
        """Reads one source to its end or to its first error."""
        told = Source(clean(source.name, 1_000))
        try:
            told.encoding, pieces = decoded(_until_error(source.chunks, told))
        except LogError as problem:
            told.error = {"code": problem.code, "message": problem.message}
            return told
        lines, records = Lines(pieces), Records()
        self._lines(lines, records, told)
        for record in records.end():
            self._record(record, told)
        told.dropped = lines.dropped + records.dropped
        return told

    def _lines(self, lines: Lines, records: Records, told: Source) -> None:
        batches = lines.batches()
        held = next(batches, None)
        small = True
        while held is not None:
            batch, held = held, next(batches, None)
            small = small and held is None
            found = None if small or not QUICK else relevant(batch)
            parts, skipped = ([batch.text()], 0) if found is None else found
            if skipped:
                told.framings["softdist"] = told.framings.get("softdist", 0) + skipped
            for part in parts:
                for record in records.feed(lines.lines(part)):
                    self._record(record, told)

    def _record(self, record: Record, told: Source) -> None:
        told.framings[record.framing] = number = told.framings.get(record.framing, 0) + 1
        time = record.time
        if time is not None:
            told.first = told.first or time
            told.last = time
        if self._since is not None and (time or told.last or self._since) < self._since:
            return
        text = f"{record.component} {record.text}" if record.component else record.text
        small = compact(text)
        if "schannelprotocol" in small:
            protocols = protocols_in(small)
            if protocols:
                self._startups.add(record, told.path, number, protocols)
        if not self._signatures.may_match(small):
            self._unknown(record, told)
            return
        signature, final, host = self._judged(text, small)
        if signature is None:
            self._unknown(record, told)
        elif signature.kind == "startup":
            self._startups.add(record, told.path, number, {})
        else:
            self._events.add(record, signature, told.path, host, final)

    def _judge(self, text: str, small: str) -> tuple[Signature | None, bool | None, str | None]:
        """What the text says, whether of the last attempt, and the other side that it names."""
        signature = self._signatures.first(small)
        if signature is None:
            return None, None, None
        return signature, self._signatures.final(small), host_of(text, small)

    def _unknown(self, record: Record, told: Source) -> None:
        """A record at level Error that no signature knows."""
        if record.level not in ("Error", "Critical"):
            return
        self._unclassified += 1
        key = f"{record.component} {record.text[:SAMPLE_LIMIT]}"
        sample = self._samples.get(key)
        if sample is not None:
            sample["count"] += 1
            sample["last"] = record.time or sample["last"]
        elif len(self._samples) < SAMPLES:
            message = message_of(record, SAMPLE_LIMIT)
            self._samples[key] = {"source": told.path, "count": 1, "last": record.time, "message": message}

    def result(self, sources: list[Source]) -> LogResult:
        """What was found, once all sources are read."""
        self._events.end()
        return LogResult(
            self._events.as_list(),
            self._startups.as_list(),
            [source.as_dict() for source in sources],
            {"count": self._unclassified, "samples": list(self._samples.values())},
            {"events": self._events.left_out, "startups": self._startups.left_out},
        )


def _until_error(chunks: Iterable[bytes], told: Source) -> Iterator[bytes]:
    """The chunks, counted; where the source fails they end, so that what came before is read like any log."""
    try:
        for chunk in chunks:
            told.size += len(chunk)
            yield chunk
    except LogError as problem:
        told.error = {"code": problem.code, "message": clean(problem.message, 500)}
    except OSError as problem:
        told.error = {"code": "unreadable", "message": clean(problem.strerror or problem, 500)}
