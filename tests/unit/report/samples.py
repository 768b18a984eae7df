# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents as the report gets them, small but complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.failure import error
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.report import result

SCHEMAS = Path(result.__file__).parent / "schemas"
ABOUT: dict[str, Any] = {"profile": "standard", "audited_at": "2026-11-24T02:31:04.353Z", "version": "1.0.0"}


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text())


def finding(rule: str, outcome: str = "fail", severity: str = "high", actual: str = "found", step: str = "Mend it."):
    return {
        "id": rule,
        "title": "A rule",
        "severity": severity,
        "result": outcome,
        "expected": "e",
        "actual": actual,
        "evidence": [],
        "rationale": "r",
        "reference": "https://learn.microsoft.com/",
        "remediation": {"resolution": None, "text": step},
        "needs": None,
        "owner": None,
    }


def document(
    host: str, findings: list[Any] | None = None, *, os_name: str = "Windows Server 2019 Standard", **verdicts: str
):
    """The document of a host that was audited."""
    findings = findings if findings is not None else [finding("a.b", "pass")]
    counting = {one["result"] for one in findings if one["severity"] in ("high", "medium")}
    return result.audited(
        host,
        {**build_facts({"contract": 1, "raw": {}}), "os": {"name": os_name}},
        {
            "compliant": False if "fail" in counting else None if counting & {"unknown", "error"} else True,
            "findings": findings,
            "issues": {
                name: {
                    "verdict": verdicts.get(name, "excluded"),
                    "evidence_for": [],
                    "evidence_against": [],
                    "missing": [],
                    "history": [],
                    "remediation": [],
                }
                for name in result.ISSUES
            },
            "summary": {word: sum(1 for one in findings if one["result"] == word) for word in result.RESULTS},
        },
        **ABOUT,
    )


def lost(host: str, code: str = "unreachable", cause: str = "connection refused"):
    """The document of a host that could not be audited."""
    return result.not_audited(host, error(code, cause, where="winrm, h:5985"), **ABOUT)


def empty_answer(host: str):
    """What the product itself makes of an answer without any state."""
    facts = build_facts({"contract": 1, "collected_at": ABOUT["audited_at"], "raw": {}})
    return result.audited(host, facts, assess(facts), **ABOUT)
