# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SARIF 2.1.0 (OASIS) for code scanning: what fails or could not be determined, one run for the fleet.

Of a finding that counts for nothing there is no result: viewers show every one, and services limit their number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ...text import clean
from ..files import file_name, plain
from ..shapes import records
from .words import details_of, per_finding, text_of

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"high": "error", "medium": "warning", "low": "note", "info": "note"}
# GitHub sorts by this number of CVSS's scale; a severity is in the middle of its range.
_SCORES = {"high": "8.0", "medium": "5.5", "low": "2.0", "info": "0.0"}
_KINDS = {"fail": "fail", "error": "open", "unknown": "open"}
"""Results -> kinds of SARIF; ``open``: it was evaluated, and what is known does not suffice."""


def sarif(documents: Iterable[Mapping[str, Any]], *, version: str, homepage: str) -> str:
    """SARIF of the documents of hosts.

    Args:
        documents: of the hosts' result files.
        version: of the collection.
        homepage: of the collection.
    """
    rules: dict[str, dict[str, Any]] = {}
    places: dict[str, int] = {}
    results: list[dict[str, Any]] = []
    notifications: list[dict[str, Any]] = []
    for document in documents:
        host = clean(document.get("host"), 255)
        findings = records(document.get("findings"))
        error = document.get("error")
        if isinstance(error, Mapping) or not findings:
            told = error if isinstance(error, Mapping) else {"code": "no_findings", "message": "No findings"}
            notifications.append(_not_audited(host, told))
        for finding in findings:
            rule = text_of(finding, "id")
            if rule not in rules:
                places[rule] = len(rules)
                rules[rule] = _rule(finding)
            if (result := text_of(finding, "result")) in _KINDS:
                results.append(_result(host, rule, places[rule], _KINDS[result], finding))
    run = {
        "tool": {
            "driver": {
                "name": "wsus.compliance",
                "semanticVersion": version,
                "informationUri": homepage,
                "rules": list(rules.values()),
            }
        },
        "invocations": [{"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps(plain({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}), indent=1, allow_nan=False) + "\n"


def _rule(finding: Mapping[str, Any]) -> dict[str, Any]:
    severity = text_of(finding, "severity")
    rule = {
        "id": text_of(finding, "id"),
        "shortDescription": {"text": text_of(finding, "title") or text_of(finding, "id")},
        "fullDescription": {"text": text_of(finding, "rationale") or text_of(finding, "title")},
        "defaultConfiguration": {"level": _LEVELS.get(severity, "warning")},
        "properties": {"security-severity": _SCORES.get(severity, "5.5"), "tags": ["wsus", "configuration"]},
    }
    reference = text_of(finding, "reference")
    return {**rule, "helpUri": reference} if reference.startswith("https://") else rule


def _result(host: str, rule: str, index: int, kind: str, finding: Mapping[str, Any]) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps([host, rule]).encode()).hexdigest()
    return {
        "ruleId": rule,
        "ruleIndex": index,
        "kind": kind,
        # Only what fails has a level.
        "level": _LEVELS.get(text_of(finding, "severity"), "warning") if kind == "fail" else "none",
        "message": {"text": f"{host}: {_said(finding)}"},
        "locations": [_location(host)],
        "partialFingerprints": {"hostAndRule/v1": digest},
        "properties": {"host": host, "result": text_of(finding, "result"), "severity": text_of(finding, "severity")},
    }


@per_finding
def _said(finding: Mapping[str, Any]) -> str:
    heading = f"{text_of(finding, 'title')}: {text_of(finding, 'actual')}"
    return "\n".join([heading, *(f"{label}: {text}" for label, text in details_of(finding) if label != "Actual")])


def _location(host: str) -> dict[str, Any]:
    """The host; services want a file as well, which is its result."""
    place = {"artifactLocation": {"uri": file_name(host).replace("%", "%25")}, "region": {"startLine": 1}}
    return {"physicalLocation": place, "logicalLocations": [{"name": host, "kind": "resource"}]}


def _not_audited(host: str, error: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "level": "error",
        "descriptor": {"id": text_of(error, "code") or "error"},
        "message": {"text": f"{host} was not audited: {text_of(error, 'message')}"},
        "locations": [_location(host)],
    }
