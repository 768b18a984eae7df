# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Classified records -> events: duplicates counted, failures that a later success has overtaken marked, bounded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...redact import redact
from ...text import cut, visible
from .model import Record
from .signatures import Signature

EVENT_LIMIT = 200
"""Different events that are kept; of further ones only the number."""
MESSAGE_LIMIT = 2_000
PROCESSES = {"w3wp": "w3wp", "wsusservice": "WsusService"}
_CONFIGMGR_NAMES = ("wsyncmgr", "wsusctrl", "wcm.")


def message_of(record: Record, limit: int = MESSAGE_LIMIT) -> str:
    """What a record says, for people: bounded, without secrets, its control characters visible."""
    text = record.text if record.component is None or record.text else record.component
    return cut(visible(redact(text[: limit * 4], limit=limit + 1)), limit)


def process_of(record: Record) -> str | None:
    """``w3wp`` (import), ``WsusService`` (synchronization), or None for others and where the record does not say."""
    return PROCESSES.get((record.process or "").lower())


@lru_cache(maxsize=64)
def _named_configmgr(source: str) -> bool:
    """Whether a log has a name that Configuration Manager gives its logs."""
    return any(name in source.lower() for name in _CONFIGMGR_NAMES)


@dataclass
class Event:
    """Equal records of one source, and the newest of them.

    ``run`` is the number of synchronizations that had begun when that one came.
    """

    signature: Signature
    source: str
    process: str | None
    host: str | None
    final: bool | None
    configmgr: bool
    unordered: bool = False
    recovered: bool = False
    count: int = 0
    first: str | None = None
    last: str | None = None
    record: Record | None = None
    run: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two records equal."""
        return (self.signature.name, self.source, self.process, self.host, self.final, self.configmgr, self.recovered)

    def take(self, other: Event) -> None:
        """Counts the records of another event with the same key, which came later in the source."""
        self.count += other.count
        self.first = min((time for time in (self.first, other.first) if time), default=None)
        newest = other.last is None or self.last is None or other.last >= self.last
        self.last = max((time for time in (self.last, other.last) if time), default=None)
        self.run = max(self.run, other.run)
        if newest or self.record is None:
            self.record = other.record

    @property
    def by_sync(self) -> bool:
        """Whether a synchronization that succeeded later tells that this failure is over.

        It says nothing of the import, which only w3wp does; and where the process is not known, TLS may fail for the
        import alone.
        """
        if self.signature.kind != "failure":
            return False
        if self.configmgr or self.signature.recovered_by == "any_process" or self.process == "WsusService":
            return True
        return self.process is None and not self.signature.tls

    def as_dict(self) -> dict[str, Any]:
        """As ``log_info`` returns it."""
        return {
            "class": self.signature.name,
            "meaning": self.signature.meaning,
            "tls": self.signature.tls,
            "source": self.source,
            "process": self.process,
            "host": self.host,
            "final": self.final,
            "recovered": self.recovered,
            "count": self.count,
            "first": self.first,
            "last": self.last,
            "message": message_of(self.record) if self.record else "",
        }


class Events:
    """Collects events, source by source and each in its order."""

    def __init__(self) -> None:
        self._events: dict[tuple[object, ...], Event] = {}
        # By writer: a success that Configuration Manager logs proves nothing of what WSUS logs, and vice versa.
        self._success: dict[bool, str] = {}
        self._runs: dict[bool, int] = {False: 0, True: 0}
        self.left_out = 0

    def add(self, record: Record, signature: Signature, source: str, host: str | None, final: bool | None) -> None:
        """One record with a class."""
        configmgr = record.configmgr or _named_configmgr(source)
        if signature.kind == "started":
            self._runs[configmgr] += 1
        event = Event(signature, source, process_of(record), host, final, configmgr, record.framing == "windows_event")
        record.text = record.text[: MESSAGE_LIMIT * 4]
        event.count, event.first, event.last, event.record = 1, record.time, record.time, record
        event.run = self._runs[configmgr]
        self._merge(event)
        if signature.kind == "success":
            self._succeeded(source, configmgr, record.time)

    def _merge(self, event: Event) -> None:
        known = self._events.get(event.key)
        if known is not None:
            known.take(event)
        elif len(self._events) < EVENT_LIMIT:
            self._events[event.key] = event
        else:
            self.left_out += event.count

    def _succeeded(self, source: str, configmgr: bool, time: str | None) -> None:
        if time is not None:
            self._success[configmgr] = max(time, self._success.get(configmgr, time))
        for event in list(self._events.values()):
            # Exported events may be in any order.
            if (
                event.unordered
                or event.source != source
                or event.configmgr != configmgr
                or event.recovered
                or not event.by_sync
            ):
                continue
            later = event.last is not None and time is not None and event.last > time
            if later or (event.signature.recovered_by == "next_sync" and event.run >= self._runs[configmgr]):
                continue
            self._recover(event)

    def _recover(self, event: Event) -> None:
        del self._events[event.key]
        event.recovered = True
        self._merge(event)

    def end(self) -> None:
        """All sources are read: a success in one of them counts for the failures before it in the others."""
        for event in list(self._events.values()):
            newest = self._success.get(event.configmgr)
            if newest is None or event.last is None or event.recovered or not event.by_sync:
                continue
            if event.signature.recovered_by != "next_sync" and event.last < newest:
                self._recover(event)

    def as_list(self) -> list[dict[str, Any]]:
        """In the order of their first times; those without a time first."""
        return [event.as_dict() for event in sorted(self._events.values(), key=lambda event: event.first or "")]
