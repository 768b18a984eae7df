# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules as data to findings: scopes, profile, owners."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ..evidence import Evidence
from ..table import read_table
from .checks import run_check
from .checks.wsus import downstream_of
from .model import Answer, Rule, informational, notapplicable, unknown
from .view import Facts, Undetermined

TABLES = Path(__file__).parent / "tables"
UNREAD = ("unknown", "error")
OWNER_LIMIT = 64
"""Characters of a policy's name in the advice: a longer one would push the advice out of sight."""
PROFILES = ("standard", "documented")


@lru_cache(maxsize=1)
def load_rules() -> tuple[Rule, ...]:
    """The rules of ``rules.yml``, in its order."""
    known = set(Rule.__dataclass_fields__)
    return tuple(
        Rule(**{name: value for name, value in row.items() if name in known})
        for row in read_table(TABLES / "rules.yml")["rules"]
    )


def find(facts: Facts, evidence: Evidence, profile: str) -> list[dict[str, Any]]:
    """One finding per rule, in the order of the rules."""
    return [to_finding(rule, answer(rule, facts, evidence, profile)) for rule in load_rules()]


def answer(rule: Rule, facts: Facts, evidence: Evidence, profile: str) -> Answer:
    """What the rule's check says, within the rule's scope and the profile of the run."""
    outside = out_of_scope(rule, facts)
    if outside is not None:
        return outside
    try:
        result = run_check(rule.check, facts, evidence, rule.options)
    except Undetermined as reason:
        result = unknown(str(reason))
    on_downstream = rule.scope == "import" and position(facts) == "downstream"
    unjudged = rule.profile is not None and rule.profile != profile
    if (on_downstream or unjudged) and result.result in ("fail", "unknown"):
        return informational(result.actual, result.evidence)
    if rule.scope == "microsoft" and result.result == "fail" and position(facts) is None:
        return Answer(
            "fail",
            result.actual + " (taken for a topmost server, as its place is not known)",
            result.evidence,
            result.needs,
        )
    return result


def out_of_scope(rule: Rule, facts: Facts) -> Answer | None:
    """``notapplicable`` where the rule is not for this server, else None."""
    if rule.scope == "host":
        return None
    if facts.get(bool, "wsus", "role", "installed") is False:
        return notapplicable("The WSUS role is not installed")
    if rule.scope == "microsoft" and position(facts) == "downstream":
        return notapplicable(f"{downstream_of(facts)}: it does not talk to Microsoft Update")
    return None


def position(facts: Facts) -> str | None:
    """``topmost``, ``downstream`` or None."""
    found = facts.get(str, "wsus", "hierarchy", "position")
    return found if found in ("topmost", "downstream") else None


def to_finding(rule: Rule, result: Answer) -> dict[str, Any]:
    """The published shape of a finding."""
    evidence = [dict(item) for item in result.evidence]
    owner = next((str(item["owner"]) for item in evidence if item.get("owner")), None)
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "result": result.result,
        "expected": rule.expected,
        "actual": result.actual,
        "evidence": evidence,
        "rationale": rule.rationale,
        "reference": rule.reference,
        "remediation": remediation(rule, result.result, owner),
        "needs": None if result.result in UNREAD else result.needs or rule.needs,
        "owner": owner,
    }


def remediation(rule: Rule, result: str, owner: str | None) -> dict[str, Any]:
    """What helps. A setting that could not be read is not to be changed on suspicion."""
    if result in UNREAD and rule.needs is not None:
        return {"resolution": None, "text": "Make it readable (see the reason) and audit again; change nothing unread."}
    return {"resolution": rule.resolution, "text": advice(rule, owner)}


def advice(rule: Rule, owner: str | None) -> str:
    """The rule's advice; where Group Policy owns the value, a local change would be written over."""
    if owner is None or owner == "local":
        return rule.advice
    if owner == "unknown":
        return f"Find out first whether a Group Policy sets this value (it could not be determined). {rule.advice}"
    return f"Change it in {owner_place(owner)}, which would write over a local change. {rule.advice}"


def owner_place(owner: str) -> str:
    """``gpo:NAME`` or ``preference:GUID`` as the place where a person changes the value."""
    kind, _sep, name = owner.partition(":")
    name = name if len(name) <= OWNER_LIMIT else name[: OWNER_LIMIT - 3] + "..."
    return f"the Group Policy Preference item {name}" if kind == "preference" else f"the Group Policy {name}"
