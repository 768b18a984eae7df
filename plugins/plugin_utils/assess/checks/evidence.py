# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of what was handed in beside the facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...evidence import Evidence
from ..model import Answer, informational, passed

MOMENTS = 200
"""Most pieces of evidence that a finding keeps of logs or captures: the newest."""


def logs(evidence: Evidence) -> Answer:
    """``notchecked`` where no log was handed in; else the failures that no later success has overtaken."""
    if not evidence.logs:
        return Answer("notchecked", "No log was handed in")
    still_open = [event for event in evidence.events if not event.recovered and event.failure]
    seen = _pieces(
        [
            *((event.last, f"{event.told}{', over since' if event.recovered else ''}") for event in evidence.events),
            *((start.time, f"WSUS started; {_states(start.protocols)}") for start in evidence.startups),
        ]
    )
    if still_open:
        return informational("; ".join(event.told for event in still_open) + _lost(evidence), seen)
    if evidence.dropped:
        return informational("No open failure" + _lost(evidence), seen)
    return passed("No open failure", seen)


def captures(evidence: Evidence) -> Answer:
    """``notchecked`` where no capture was handed in."""
    if not evidence.captures:
        return Answer("notchecked", "No capture was handed in")
    seen = _pieces(
        (one.last, f"Connection to {one.server or 'an unknown server'}: {one.explanation}")
        for one in evidence.connections
    )
    broken = [connection for connection in evidence.connections if connection.outcome != "established"]
    if broken:
        return informational("; ".join(f"{connection.server}: {connection.explanation}" for connection in broken), seen)
    if not evidence.connections:
        return informational("The captures have no connection with an update endpoint")
    return passed(f"{len(evidence.connections)} connections, all established", seen)


def connection(evidence: Evidence) -> Answer:
    """``notchecked`` where the connection was not tried."""
    if not evidence.probed:
        return Answer("notchecked", "The connection was not tried")
    good = [probe for probe in evidence.probes if probe.outcomes.get("TLS 1.2") == "established" and probe.trusted]
    if good and len(good) == len(evidence.probes) and not any(probe.inspected for probe in good):
        return passed("TLS 1.2 with " + ", ".join(probe.endpoint for probe in good))
    return informational("; ".join(probe.summary or probe.endpoint for probe in evidence.probes) or "No answer")


def _states(protocols: Mapping[str, str]) -> str:
    states = ", ".join(f"{name} {state}" for name, state in protocols.items())
    return f"its log says {states}" if states else "its log says nothing of protocols"


def _pieces(moments: Iterable[tuple[str | None, str]]) -> list[dict[str, Any]]:
    """Each text as a piece of evidence with its time, the earliest first; what has none comes first."""
    found = sorted(dict.fromkeys(moments), key=lambda one: (one[0] or "", one[1]))
    left = len(found) - MOMENTS
    pieces = [{"text": text, **({"time": time} if time else {})} for time, text in found[-MOMENTS:]]
    return [{"text": f"{left} earlier ones are left out"}, *pieces] if left > 0 else pieces


def _lost(evidence: Evidence) -> str:
    return f"; {evidence.dropped} malformed items of the evidence were left out" if evidence.dropped else ""


CHECKS = {function.__name__: function for function in (logs, captures, connection)}
