# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Registered results of hosts -> the fleet's document (schemas/fleet.schema.json)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .result import ISSUES, OUTCOMES, SCHEMA_VERSION

PRESENT = ("confirmed", "likely")
"""Verdicts with which an issue counts as found."""


def worst(outcomes: Iterable[str]) -> str:
    """The worst of OUTCOMES; of no host at all nothing is known."""
    places = [OUTCOMES.index(outcome) for outcome in outcomes]
    return OUTCOMES[max(places)] if places else "undetermined"


def is_result(obj: object) -> bool:
    """Whether ``obj`` is what the action ``assess`` returns (a skipped task registers something else)."""
    return isinstance(obj, Mapping) and obj.get("outcome") in OUTCOMES and isinstance(obj.get("issues"), Mapping)


def verdict(issue: object) -> str | None:
    """The verdict of an issue in a result with files (text) or without (mapping)."""
    found = issue.get("verdict") if isinstance(issue, Mapping) else issue
    return found if isinstance(found, str) else None


def fleet(results: Mapping[str, Mapping[str, Any]], *, audited_at: str, version: str) -> dict[str, Any]:
    """The fleet's document.

    Args:
        results: inventory name -> result of the action ``assess``, of this run only.
        audited_at: time of the controller, UTC.
    """
    hosts = {name: str(results[name]["outcome"]) for name in sorted(results)}
    return {
        "schema_version": SCHEMA_VERSION,
        "collection_version": version,
        "audited_at": audited_at,
        "outcome": worst(hosts.values()),
        "counts": {outcome: sum(1 for one in hosts.values() if one == outcome) for outcome in OUTCOMES},
        "hosts": hosts,
        "issues": {
            issue: [name for name in hosts if verdict(results[name]["issues"].get(issue)) in PRESENT]
            for issue in ISSUES
        },
    }
