# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What logs and captures say: events of ``log_info`` and connections of ``capture_info``, read tolerantly.

The shapes are the public ones of these modules; what has not the shape is dropped and counted, never guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """One classified log event, duplicates counted.

    ``process`` is ``w3wp`` (import), ``WsusService`` (synchronization) or None; ``recovered`` tells that a later
    success is in the log.
    """

    event_class: str
    meaning: str
    tls: bool
    source: str
    process: str | None
    host: str | None
    recovered: bool
    count: int
    last: str | None
    message: str


@dataclass(frozen=True)
class Connection:
    """One connection of a capture: how it ended and which documented issues that shows."""

    server: str
    outcome: str
    issues: tuple[str, ...]
    explanation: str


@dataclass(frozen=True)
class Evidence:
    """All evidence of one host.

    ``logs`` and ``captures`` tell whether any was handed in at all; ``dropped`` counts malformed items.
    """

    events: tuple[Event, ...] = ()
    startups: int = 0
    startups_with_protocols: int = 0
    connections: tuple[Connection, ...] = ()
    logs: bool = False
    captures: bool = False
    dropped: int = 0

    def open_events(self, *classes: str, process: str | None = None) -> list[Event]:
        """Events of these classes that no later success has overtaken; ``process`` None means any."""
        return [
            event
            for event in self.events
            if event.event_class in classes and not event.recovered and (process is None or event.process == process)
        ]

    def shown_by_capture(self, issue: str) -> list[Connection]:
        """Connections that a capture attributes to this issue."""
        return [connection for connection in self.connections if issue in connection.issues]


def read_evidence(data: Any) -> Evidence:
    """Read ``{events, startups, connections}``; None and ``{}`` mean that the run was not asked to look."""
    if not isinstance(data, Mapping):
        return Evidence()
    dropped = 0
    events: list[Event] = []
    for item in _items(data, "events"):
        event = _event(item)
        if event is None:
            dropped += 1
        else:
            events.append(event)
    connections: list[Connection] = []
    for item in _items(data, "connections"):
        connection = _connection(item)
        if connection is None:
            dropped += 1
        else:
            connections.append(connection)
    startups = [item for item in _items(data, "startups") if isinstance(item, Mapping)]
    return Evidence(
        events=tuple(events),
        startups=len(startups),
        startups_with_protocols=sum(
            1 for item in startups if isinstance(item.get("protocols"), Mapping) and item["protocols"]
        ),
        connections=tuple(connections),
        logs="events" in data or "startups" in data,
        captures="connections" in data,
        dropped=dropped,
    )


def _items(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name)
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _event(item: Any) -> Event | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("class"), str):
        return None
    count = item.get("count")
    return Event(
        event_class=item["class"],
        meaning=_text(item.get("meaning")) or item["class"],
        tls=item.get("tls") is True,
        source=_text(item.get("source")) or "",
        process=_text(item.get("process")),
        host=_text(item.get("host")),
        recovered=item.get("recovered") is True,
        count=count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 1,
        last=_text(item.get("last")),
        message=_text(item.get("message")) or "",
    )


def _connection(item: Any) -> Connection | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("outcome"), str):
        return None
    issues = item.get("issues")
    return Connection(
        server=_text(item.get("server")) or _text(item.get("sni")) or "",
        outcome=item["outcome"],
        issues=tuple(name for name in issues if isinstance(name, str)) if isinstance(issues, list) else (),
        explanation=_text(item.get("explanation")) or item["outcome"],
    )
