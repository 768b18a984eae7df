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
    still_open = [
        event for event in evidence.events if not event.recovered and event.event_class not in ("success", "started")
    ]
    if still_open:
        return informational("; ".join(f"{event.meaning} ({event.count} times)" for event in still_open))
    return passed("No open failure")


def captures(evidence: Evidence) -> Answer:
    """``notchecked`` where no capture was handed in."""
    if not evidence.captures:
        return Answer("notchecked", "No capture was handed in")
    broken = [connection for connection in evidence.connections if connection.outcome != "established"]
    if broken:
        return informational("; ".join(f"{connection.server}: {connection.explanation}" for connection in broken))
    return passed(f"{len(evidence.connections)} connections, all established")


CHECKS = {function.__name__: function for function in (logs, captures)}
