# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The document of one host's audit (schemas/audit.schema.json), and the small result that Ansible keeps of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..collect.failure import CONNECTION_CODES
from ..text import clean

SCHEMA_VERSION = "1.0"
OUTCOMES = ("compliant", "noncompliant", "undetermined", "unreachable")
"""From best to worst."""
RESULTS = ("pass", "fail", "error", "unknown", "notapplicable", "notchecked", "informational")
SEVERITIES = ("high", "medium", "low", "info")
"""From worst to mildest."""
ISSUES = ("endpoint", "issue_1", "issue_2", "issue_3", "issue_4", "issue_5", "proxy", "other")
REASON_LIMIT = 5
"""Reasons that a host's small result names."""

_RESULT_ORDER = {"fail": 0, "error": 1, "unknown": 2}


def outcome_of(compliant: bool | None, error: Mapping[str, Any] | None = None) -> str:
    """One of OUTCOMES. A host with an error is unreachable where the connection failed, else undetermined."""
    if error is not None:
        return "unreachable" if error.get("code") in CONNECTION_CODES else "undetermined"
    if compliant is None:
        return "undetermined"
    return "compliant" if compliant else "noncompliant"


def _document(host: str, audited_at: str, version: str, profile: str, **members: Any) -> dict[str, Any]:
    """The members in the order of the reference."""
    error = members.get("error")
    compliant = members.get("compliant")
    return {
        "schema_version": SCHEMA_VERSION,
        "collection_version": version,
        "host": host,
        "audited_at": audited_at,
        "collected_at": members.get("collected_at"),
        "outcome": outcome_of(compliant, error),
        "compliant": compliant,
        "unreachable": error is not None and error["code"] in CONNECTION_CODES,
        "error": error,
        "profile": profile,
        "facts": members.get("facts", {}),
        "findings": members.get("findings", []),
        "issues": members.get("issues", {}),
        "summary": members.get("summary", dict.fromkeys(RESULTS, 0)),
    }


def audited(
    host: str, facts: Mapping[str, Any], assessed: Mapping[str, Any], *, profile: str, audited_at: str, version: str
) -> dict[str, Any]:
    """The document of a host that was audited.

    Args:
        host: inventory name.
        facts: what was assessed.
        assessed: what ``assess()`` returned.
        profile: what was asked for.
        audited_at: this moment by the controller's clock, UTC.
        version: of the collection.
    """
    return _document(
        host,
        audited_at,
        version,
        profile,
        collected_at=facts.get("collected_at"),
        compliant=assessed["compliant"],
        facts=facts,
        findings=assessed["findings"],
        issues=assessed["issues"],
        summary=assessed["summary"],
    )


def not_audited(host: str, error: Mapping[str, str], *, profile: str, audited_at: str, version: str) -> dict[str, Any]:
    """The document of a host that could not be audited: no facts, findings and issues, and a summary of zeros."""
    return _document(host, audited_at, version, profile, error={"code": error["code"], "message": error["message"]})


def worst_first(outcome: str, host: object) -> tuple[int, str]:
    """By this hosts are sorted wherever they are listed: the worst outcome first, then by name."""
    return -OUTCOMES.index(outcome), str(host)


def deciding(findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The findings that fail or could not be determined, by severity, then fail before error before unknown."""
    severity = {name: place for place, name in enumerate(SEVERITIES)}
    chosen = [finding for finding in findings if finding.get("result") in _RESULT_ORDER]
    return sorted(
        chosen, key=lambda finding: (severity.get(str(finding.get("severity")), 9), _RESULT_ORDER[finding["result"]])
    )


def reasons(document: Mapping[str, Any]) -> list[str]:
    """Why a host has its outcome: its worst findings, a line each (``fail high endpoint.mu_url: MUUrl is ...``)."""
    wanted = ("fail",) if document["outcome"] == "noncompliant" else ("error", "unknown")
    return [
        clean(f"{finding['result']} {finding['severity']} {finding['id']}: {finding['actual']}", 200)
        for finding in deciding(document["findings"])
        if finding["result"] in wanted and finding["severity"] in ("high", "medium")
    ][:REASON_LIMIT]


def brief(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    """What Ansible keeps of a document that lies in the file ``path``: about a kilobyte."""
    return {
        "host": document["host"],
        "audited_at": document["audited_at"],
        "outcome": document["outcome"],
        "compliant": document["compliant"],
        # Not "unreachable": Ansible takes a result with that key for a lost connection and drops the host.
        "host_unreachable": document["unreachable"],
        "error": document["error"],
        "summary": document["summary"],
        "issues": {name: issue["verdict"] for name, issue in document["issues"].items()},
        "reasons": reasons(document),
        "path": path,
    }


def full(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a task returns that writes no file."""
    return {**brief(document, ""), "path": None, "issues": document["issues"], "findings": document["findings"]}
