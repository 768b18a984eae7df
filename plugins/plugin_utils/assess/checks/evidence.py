# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of what was handed in beside the facts."""

from __future__ import annotations

from ...evidence import Evidence
from ..model import Answer, informational, passed


def logs(evidence: Evidence) -> Answer:
    """``notchecked`` where no log was handed in; else the failures that no later success has overtaken."""
    if not evidence.logs:
        return Answer("notchecked", "No log was handed in")
    still_open = [event for event in evidence.events if not event.recovered and event.failure]
    if still_open:
        return informational("; ".join(event.told for event in still_open) + _lost(evidence))
    return passed("No open failure") if not evidence.dropped else informational("No open failure" + _lost(evidence))


def captures(evidence: Evidence) -> Answer:
    """``notchecked`` where no capture was handed in."""
    if not evidence.captures:
        return Answer("notchecked", "No capture was handed in")
    broken = [connection for connection in evidence.connections if connection.outcome != "established"]
    if broken:
        return informational("; ".join(f"{connection.server}: {connection.explanation}" for connection in broken))
    if not evidence.connections:
        return informational("The captures have no connection with an update endpoint")
    return passed(f"{len(evidence.connections)} connections, all established")


def connection(evidence: Evidence) -> Answer:
    """``notchecked`` where the connection was not tried."""
    if not evidence.probed:
        return Answer("notchecked", "The connection was not tried")
    good = [probe for probe in evidence.probes if probe.outcomes.get("TLS 1.2") == "established" and probe.trusted]
    if good and len(good) == len(evidence.probes) and not any(probe.inspected for probe in good):
        return passed("TLS 1.2 with " + ", ".join(probe.endpoint for probe in good))
    return informational("; ".join(probe.summary or probe.endpoint for probe in evidence.probes) or "No answer")


def _lost(evidence: Evidence) -> str:
    return f"; {evidence.dropped} malformed items of the evidence were left out" if evidence.dropped else ""


CHECKS = {function.__name__: function for function in (logs, captures, connection)}
