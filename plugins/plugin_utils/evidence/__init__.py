# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What logs, captures and tests of the connection say, read tolerantly.

The shapes are the public ones of ``log_info``, ``capture_info`` and ``connection_info``; what has not the shape is
dropped and counted, never guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..collect.times import contract_time
from .model import NO_FAILURE, Connection, Event, Evidence, Probe, Startup

T = TypeVar("T")
MEMBERS = ("events", "startups", "connections", "probes")
"""What evidence may hold."""


def read_evidence(data: Any) -> Evidence:
    """Read ``{events, startups, connections, probes}``; None and ``{}`` mean that the run was not asked to look."""
    if not isinstance(data, Mapping):
        return Evidence()
    events, lost_events = _read(data, "events", _event)
    startups, lost_startups = _read(data, "startups", _startup)
    connections, lost_connections = _read(data, "connections", _connection)
    probes, lost_probes = _read(data, "probes", _probe)
    return Evidence(
        events=events,
        startups=startups,
        connections=connections,
        probes=probes,
        logs="events" in data or "startups" in data,
        captures="connections" in data,
        probed="probes" in data,
        dropped=lost_events + lost_startups + lost_connections + lost_probes,
    )


def _read(data: Mapping[str, Any], name: str, read: Callable[[Any], T | None]) -> tuple[tuple[T, ...], int]:
    """The items of a list that have the shape, and how many have not."""
    value = data.get(name)
    items = list(value) if isinstance(value, (list, tuple)) else []
    kept = [item for item in map(read, items) if item is not None]
    return tuple(kept), len(items) - len(kept)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


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
        last=contract_time(item.get("last")),
        message=_text(item.get("message")) or "",
    )


def _startup(item: Any) -> Startup | None:
    if not isinstance(item, Mapping):
        return None
    found = item.get("protocols")
    states = found.items() if isinstance(found, Mapping) else ()
    return Startup(
        time=contract_time(item.get("time")),
        protocols={name: state for name, state in states if isinstance(name, str) and isinstance(state, str)},
    )


def _connection(item: Any) -> Connection | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("outcome"), str):
        return None
    issues = item.get("issues")
    return Connection(
        server=_text(item.get("sni")) or _text(item.get("server")) or "",
        outcome=item["outcome"],
        issues=tuple(name for name in issues if isinstance(name, str)) if isinstance(issues, (list, tuple)) else (),
        explanation=_text(item.get("explanation")) or item["outcome"],
        version=_text(item.get("negotiated_version")),
        last=contract_time(item.get("last_time")),
    )


def _probe(item: Any) -> Probe | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("attempts"), (list, tuple)):
        return None
    attempts = [one for one in item["attempts"] if isinstance(one, Mapping)]
    return Probe(
        endpoint=_text(item.get("endpoint")) or "",
        outcomes={
            one["protocol"]: one["outcome"]
            for one in attempts
            if isinstance(one.get("protocol"), str) and isinstance(one.get("outcome"), str)
        },
        host=_text(item.get("host")),
        trusted=_bool(item.get("trusted")),
        inspected=_bool(item.get("inspected")),
        issuer=_text(item.get("issuer")),
        reached=_bool(item.get("reached")),
        summary=_text(item.get("summary")) or "",
    )


__all__ = ["MEMBERS", "NO_FAILURE", "Connection", "Event", "Evidence", "Probe", "Startup", "read_evidence"]
