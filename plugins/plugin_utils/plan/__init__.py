# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts and a wanted state -> the fewest operations, and why all else is not done (docs/reference/plan.md).

Pure: no I/O but the tables, no clock, nothing of Ansible. The planners of single things fill a ``Draft``;
``finish()`` makes a plan of drafts, and ``make_plan()`` is all resolutions together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..assess import assess
from ..assess.findings import load_rules
from ..assess.issues import load_issues
from ..assess.view import Facts
from ..text import clean
from .cipher_suite_order import RULES as SUITES_OFFERED
from .cipher_suite_order import TYPE_RULE, plan_cipher_suites
from .dotnet_strong_crypto import plan_strong_crypto
from .draft import Draft, view
from .list_types import lists_by_hand
from .model import Operation, Plan, Refusal, Restart
from .monthly_rollup import plan_monthly_rollup, wants_package
from .package_file import PackageFile, load_package
from .restarts import restarts_for
from .schannel_algorithms import NAME as ALGORITHMS
from .schannel_algorithms import plan_algorithm, plan_algorithms, takes_all
from .schannel_tls12 import NAME as SCHANNEL
from .schannel_tls12 import plan_protocol, plan_protocols
from .schannel_types import plan_types
from .sync_endpoint import plan_endpoint
from .w3wp_config import plan_switch, plan_w3wp_config
from .wanted import ALL, Resolution, Wanted, load_resolutions

RESTART_PENDING = "restart.pending"
"""The rule of which a restart is the remedy, and a restart is no operation."""
_ASKED = ("fail", "unknown", "error")
"""Results of a finding that a plan answers."""


def finish(drafts: Iterable[Draft], *, failing: Iterable[str] = (), named: Iterable[str] | None = None) -> Plan:
    """A plan of what was drafted: ids in order, restarts.

    ``failing``: rules that fail; an operation keeps those of its own. ``named``: resolutions whose refusal is a
    failure; None = those of the drafts, as a module of one purpose has it.
    """
    parts = list(drafts)
    found = set(failing)
    operations: list[Operation] = []
    counts: dict[str, int] = {}
    for operation in (item for part in parts for item in part.operations):
        counts[operation.resolution] = number = counts.get(operation.resolution, 0) + 1
        rules = tuple(rule for rule in operation.findings if rule in found)
        operations.append(replace(operation, id=f"{operation.resolution}.{number}", findings=rules))
    return Plan(
        tuple(operations),
        tuple(item for part in parts for item in part.refused),
        tuple(item for part in parts for item in part.unresolved),
        restarts_for(operations),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        frozenset(part.resolution for part in parts) if named is None else frozenset(named),
    )


def make_plan(facts: Mapping[str, Any], raw: Mapping[str, object] | None, wanted: Wanted) -> Plan:
    """The plan for one host.

    Args:
        facts: ``ansible_facts.wsus``; nothing about its form is trusted.
        raw: the raw state of the same reading, by subset. Only the content of w3wp.exe.config is taken from it.
        wanted: what is asked for.
    """
    found = view(facts)
    findings = assess(facts)["findings"] if wanted.findings is None else wanted.findings
    results = _results(findings)
    failing = {rule for rule, finding in results.items() if finding["result"] == "fail"}
    named = wanted.named()
    everything = ALL in wanted.apply or not wanted.apply
    drafts: list[Draft] = []
    for row in load_resolutions().values():
        if row.name in named or (everything and _called_for(row, found, failing, wanted)):
            drafts.append(_draft(row, found, raw, wanted, drafts))
    plan = finish(drafts, failing=failing, named={*named, *wanted.issues_without_resolution()})
    left = _issues_left(wanted)
    if everything:
        if TYPE_RULE in failing:
            left += lists_by_hand(found, {operation.target for operation in plan.operations})
        left += _findings_left(replace(plan, unresolved=(*plan.unresolved, *left)), results)
    return replace(plan, unresolved=(*plan.unresolved, *left), report_only=not wanted.apply)


def _called_for(row: Resolution, facts: Facts, failing: set[str], wanted: Wanted) -> bool:
    """Whether ``all`` takes it: its findings fail, the caller said more than its defaults, or another needs it."""
    more = row.name == SCHANNEL and bool(wanted.protocols or wanted.tls12_server)
    if row.name == ALGORITHMS and not failing.isdisjoint(SUITES_OFFERED):
        # The list lacks every accepted suite, so none of it is lost; each that is put there would be.
        more = takes_all(facts, wanted.accepted_suites)
    return row.in_all and (more or bool(failing & set(row.findings)))


def _results(findings: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(finding.get("id")): finding for finding in findings if finding.get("result") in _ASKED}


def _draft(
    row: Resolution, facts: Facts, raw: Mapping[str, object] | None, wanted: Wanted, drafts: Sequence[Draft]
) -> Draft:
    """One resolution; ``drafts``: those before it."""
    earlier = [operation for part in drafts for operation in part.operations]
    override = wanted.override_unknown_owner
    if row.name == "sync_endpoint":
        return plan_endpoint(facts, wanted.mu_url, wanted.redirector_change_number)
    if row.name == "dotnet_strong_crypto":
        return plan_strong_crypto(facts, wanted.strong_crypto_set, override_unknown_owner=override)
    if row.name == "w3wp_config":
        return plan_w3wp_config(facts, raw, earlier={operation.target for operation in earlier})
    if row.name == "schannel_tls12":
        return plan_protocols(facts, wanted.protocol_states(), override_unknown_owner=override)
    if row.name == "schannel_algorithms":
        return plan_algorithms(facts, wanted.accepted_suites, override_unknown_owner=override)
    if row.name == "schannel_types":
        return plan_types(
            facts,
            states=wanted.protocol_states(),
            accepted=wanted.accepted_suites,
            override_unknown_owner=override,
            earlier=earlier,
        )
    if row.name == "cipher_suite_order":
        return plan_cipher_suites(facts, wanted.accepted_suites, override_unknown_owner=override, earlier=earlier)
    return plan_monthly_rollup(facts, wanted.package)


def _issues_left(wanted: Wanted) -> list[Refusal]:
    """Issues that were named and that no resolution mends."""
    return [
        Refusal(issue, "nothing on this host mends it", str(load_issues()[issue]["remediation"][0]["text"]))
        for issue in wanted.issues_without_resolution()
    ]


def _findings_left(plan: Plan, results: Mapping[str, Mapping[str, Any]]) -> list[Refusal]:
    """Findings that neither an operation mends nor a refusal speaks of."""
    answered = {rule for operation in plan.operations for rule in operation.findings}
    spoken_of = {refusal.id for refusal in (*plan.refused, *plan.unresolved)}
    answered |= spoken_of
    for row in load_resolutions().values():
        if row.name in spoken_of:
            answered.update(row.findings)
    rules = {rule.id: rule for rule in load_rules()}
    left = []
    for name, finding in results.items():
        if name in answered or name not in rules or name == RESTART_PENDING:
            continue
        remedy = finding.get("remediation")
        text = remedy.get("text") if isinstance(remedy, Mapping) else None
        left.append(
            Refusal(
                name,
                f"{rules[name].title}: {finding['result']}: {clean(finding.get('actual'), 300)}",
                clean(text or rules[name].advice, 400),
                owner=finding["owner"] if isinstance(finding.get("owner"), str) else None,
            )
        )
    return left


__all__ = [
    "Draft",
    "Operation",
    "PackageFile",
    "Plan",
    "Refusal",
    "Restart",
    "Wanted",
    "finish",
    "load_package",
    "load_resolutions",
    "make_plan",
    "plan_algorithm",
    "plan_algorithms",
    "plan_cipher_suites",
    "plan_endpoint",
    "plan_monthly_rollup",
    "plan_protocol",
    "plan_protocols",
    "plan_strong_crypto",
    "plan_switch",
    "plan_types",
    "wants_package",
]
