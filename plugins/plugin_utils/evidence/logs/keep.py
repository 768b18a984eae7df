# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Earlier results of ``log_info`` and a new one, of what is new only, as one: what was seen once is not forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .merge import EVENT_LIMIT
from .signatures import Signature, load_signatures
from .startups import LIMIT as STARTUP_LIMIT

_SAME = ("class", "source", "process", "host", "final", "recovered")
"""Members that are equal where two events are one that was counted twice."""
Event = dict[str, Any]


def combined(earlier: Any, found: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """``{events, startups}`` of both.

    A failure of before is recovered where the new logs have a success that is later, as in one log. The newest 200
    events and start-ups are kept.

    Args:
        earlier: what this returned last time; items of another form are left out.
        found: the result of ``log_info`` for what is new since.
    """
    before = earlier if isinstance(earlier, Mapping) else {}
    names = {row.name: row for row in load_signatures().rows}
    new = [dict(event) for event in _records(found.get("events"))]
    successes = [str(event["last"]) for event in new if _kind(event, names) == "success" and event.get("last")]
    old = [_recovered(dict(event), names, max(successes, default=None)) for event in _records(before.get("events"))]
    return {
        "events": _newest(_merged([*old, *new]), "last", EVENT_LIMIT),
        "startups": _newest(
            [*_records(before.get("startups")), *_records(found.get("startups"))], "time", STARTUP_LIMIT
        ),
    }


def _records(value: Any) -> list[dict[str, Any]]:
    items = value if isinstance(value, (list, tuple)) else ()
    return [dict(item) for item in items if isinstance(item, Mapping)]


def _kind(event: Event, names: Mapping[str, Signature]) -> str | None:
    row = names.get(str(event.get("class")))
    return row.kind if row is not None else None


def _recovered(event: Event, names: Mapping[str, Signature], success: str | None) -> Event:
    """The event, recovered where a synchronization that succeeded later says so (see ``merge.Event.by_sync``)."""
    row = names.get(str(event.get("class")))
    last = event.get("last")
    if row is None or row.kind != "failure" or success is None or not isinstance(last, str) or last >= success:
        return event
    by_sync = (
        event.get("process") == "WsusService"
        or row.recovered_by == "any_process"
        or (event.get("process") is None and not row.tls)
    )
    return {**event, "recovered": True} if by_sync else event


def _merged(events: Iterable[Event]) -> list[Event]:
    """Equal events as one, the newest message kept."""
    found: dict[tuple[str, ...], Event] = {}
    for event in events:
        key = tuple(str(event.get(name)) for name in _SAME)
        known = found.get(key)
        if known is None:
            found[key] = event
            continue
        times = [str(one[name]) for one in (known, event) for name in ("first", "last") if one.get(name)]
        count = sum(one["count"] for one in (known, event) if isinstance(one.get("count"), int))
        newest = event if str(event.get("last") or "") >= str(known.get("last") or "") else known
        bounds = {"first": min(times, default=None), "last": max(times, default=None)}
        found[key] = {**newest, **bounds, "count": count}
    return list(found.values())


def _newest(items: list[dict[str, Any]], time: str, limit: int) -> list[dict[str, Any]]:
    """The newest, oldest first; those without a time count as oldest."""
    return sorted(items, key=lambda item: str(item.get(time) or ""))[-limit:]
