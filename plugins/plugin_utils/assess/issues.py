# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documented issues: a verdict each, with what speaks for it, against it, and what would settle it.

Several may hold at once. Configuration alone makes an issue likely at most (the endpoint excepted: there the
configuration is the issue); a log or capture that agrees confirms it, one that contradicts makes it possible only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ..evidence import Evidence
from ..table import read_table
from .case import HOLDS, Case, Situation
from .findings import TABLES
from .issues_import import issue_1, issue_2, issue_4
from .issues_sync import endpoint, issue_3, issue_5, other, proxy
from .view import Facts
from .weigh import unexplained, weigh


@lru_cache(maxsize=1)
def load_issues() -> dict[str, dict[str, Any]]:
    """The rows of ``issues.yml`` by id."""
    return {row["id"]: row for row in read_table(TABLES / "issues.yml")["issues"]}


def judge(facts: Facts, evidence: Evidence) -> dict[str, dict[str, Any]]:
    """A verdict for every issue, in the order of the table."""
    situation = Situation(facts, evidence)
    cases: dict[str, Case] = {}
    if facts.get(bool, "wsus", "role", "installed") is False:
        cases = {name: Case().judge("excluded", contra="The WSUS role is not installed") for name in load_issues()}
    else:
        rows = load_issues()
        alone: dict[str, Callable[[Situation], Case]] = {
            "endpoint": endpoint,
            "issue_1": issue_1,
            "issue_2": issue_2,
            "issue_3": issue_3,
            "issue_5": issue_5,
            "proxy": proxy,
        }
        cases = {name: function(situation) for name, function in alone.items()}
        weigh(cases, situation, rows)
        cases["issue_4"] = issue_4(situation, (cases["issue_1"], cases["issue_2"]))
        cases["other"] = other(situation, cases, unexplained(cases, situation, rows))
    return {name: _published(cases[name], row) for name, row in load_issues().items()}


def _published(case: Case, row: dict[str, Any]) -> dict[str, Any]:
    holds = case.verdict in HOLDS or case.verdict == "possible"
    return {
        "verdict": case.verdict,
        "evidence_for": case.evidence_for,
        "evidence_against": case.evidence_against,
        "missing": case.missing,
        "history": case.history,
        "remediation": [dict(item) for item in row["remediation"]] if holds else [],
    }
