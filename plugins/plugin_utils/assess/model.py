# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules, what a check answers, and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

RESULTS = ("pass", "fail", "error", "unknown", "notapplicable", "notchecked", "informational")
SEVERITIES = ("high", "medium", "low", "info")
COUNTING = frozenset({"high", "medium"})
"""Severities that decide ``compliant``."""


@dataclass(frozen=True)
class Rule:
    """One row of ``rules.yml``; the fields are described in its schema."""

    id: str
    title: str
    severity: str
    scope: str
    check: str
    expected: str
    rationale: str
    reference: str
    advice: str
    resolution: str | None = None
    needs: str | None = None
    profile: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a check says: one of RESULTS, what was found, and the values that prove it."""

    result: str
    actual: str
    evidence: tuple[Mapping[str, Any], ...] = ()
    needs: str | None = None


def passed(actual: str, evidence: Iterable[Mapping[str, Any]] = ()) -> Answer:
    """The rule holds."""
    return Answer("pass", actual, tuple(evidence))


def failed(actual: str, evidence: Iterable[Mapping[str, Any]] = (), *, needs: str | None = None) -> Answer:
    """The rule is broken; ``needs`` overrides the rule's own restart."""
    return Answer("fail", actual, tuple(evidence), needs)


def informational(actual: str, evidence: Iterable[Mapping[str, Any]] = ()) -> Answer:
    """Worth knowing, not judged."""
    return Answer("informational", actual, tuple(evidence))


def unknown(actual: str, evidence: Iterable[Mapping[str, Any]] = ()) -> Answer:
    """What decides could not be read."""
    return Answer("unknown", actual, tuple(evidence))


def notapplicable(actual: str) -> Answer:
    """The rule is not for this server."""
    return Answer("notapplicable", actual)


def compliance(findings: Iterable[Mapping[str, Any]]) -> bool | None:
    """False where a counting finding fails, else None where one is unknown or error, else True."""
    results = {finding["result"] for finding in findings if finding["severity"] in COUNTING}
    if "fail" in results:
        return False
    return None if results & {"unknown", "error"} else True


def summarize(findings: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many findings have each result."""
    counts = dict.fromkeys(RESULTS, 0)
    for finding in findings:
        counts[finding["result"]] += 1
    return counts
