# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts: the table of docs/reference/findings.md, case by case, from configuration alone and with evidence."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess

from .sample import ERROR, POLICY, SCHANNEL, change, healthy, value
from .test_rules import DOWNSTREAM, LAST, PENDING, TLS12

Step = tuple[Any, ...]
OLD_ONLY: Step = ("dotnet", "import", "asks_for", "old_only")
TLS10_OFF: Step = ("schannel", "protocols", "TLS 1.0", "client", "state", "disabled")
SSL30_ON: Step = ("schannel", "protocols", "SSL 3.0", "client", "state", "enabled")
ON_2012R2: Step = ("os", "id", "2012R2")
NO_ROLLUP: Step = ("updates", "monthly_rollup", "state", "not_installed")
NO_SUITE: Step = ("ciphers", "common", [])
NEVER_RUN: Step = (*LAST, "result", "NeverRun")
FAILED_SYNC: Step = (*LAST, "result", "Failed")
AUTONOMOUS: Step = ("wsus", "hierarchy", {**DOWNSTREAM, "replica": False})
REPLICA: Step = ("wsus", "hierarchy", DOWNSTREAM)
WITH_PROXY: Step = ("wsus", "proxy", {"used": True, "name": "proxy.corp.example", "port": 8080})
CONFIGMGR: Step = ("configmgr", "uses_wsus", True)

CASES: list[tuple[str, list[Step], str]] = [
    ("endpoint", [], "excluded"),
    ("endpoint", [("wsus", "endpoint", "kind", "fe2")], "confirmed"),
    ("endpoint", [("wsus", "endpoint", "kind", "sws1")], "confirmed"),
    ("endpoint", [("wsus", "endpoint", "kind", "other")], "likely"),
    ("endpoint", [("wsus", "endpoint", "kind", None)], "undetermined"),
    ("endpoint", [("wsus", "endpoint", "kind", "fe2"), REPLICA], "excluded"),
    ("endpoint", [("wsus", "endpoint", "kind", "fe2"), ("wsus", "hierarchy", "position", None)], "possible"),
    ("issue_1", [], "excluded"),
    ("issue_1", [OLD_ONLY], "likely"),
    ("issue_1", [OLD_ONLY, TLS10_OFF], "excluded"),
    ("issue_1", [OLD_ONLY, TLS10_OFF, SSL30_ON], "likely"),
    ("issue_1", [OLD_ONLY, AUTONOMOUS], "possible"),
    ("issue_1", [OLD_ONLY, REPLICA], "excluded"),
    ("issue_1", [("restart", "pending", [PENDING])], "possible"),
    ("issue_1", [("dotnet", ERROR)], "undetermined"),
    ("issue_1", [("dotnet", ERROR), TLS10_OFF], "excluded"),
    ("issue_2", [("dotnet", ERROR)], "excluded"),
    ("issue_2", [("dotnet", ERROR), TLS10_OFF], "undetermined"),
    ("issue_1", [OLD_ONLY, ("schannel", ERROR)], "undetermined"),
    ("issue_1", [("restart", "pending", [PENDING]), TLS10_OFF], "excluded"),
    ("issue_1", [("restart", "pending", [{**PENDING, "path": f"{SCHANNEL}\\Protocols"}])], "excluded"),
    ("issue_2", [("restart", "pending", [PENDING])], "excluded"),
    ("issue_2", [("restart", "pending", [PENDING]), TLS10_OFF], "possible"),
    ("issue_2", [], "excluded"),
    ("issue_2", [OLD_ONLY], "excluded"),
    ("issue_2", [OLD_ONLY, TLS10_OFF], "likely"),
    ("issue_2", [OLD_ONLY, TLS10_OFF, SSL30_ON], "possible"),
    ("issue_2", [OLD_ONLY, TLS10_OFF, AUTONOMOUS], "possible"),
    ("issue_2", [OLD_ONLY, ("schannel", ERROR)], "undetermined"),
    ("issue_3", [], "excluded"),
    ("issue_3", [ON_2012R2, NO_ROLLUP, NEVER_RUN], "likely"),
    ("issue_3", [ON_2012R2, NO_ROLLUP], "possible"),
    ("issue_3", [ON_2012R2, ("updates", "monthly_rollup", "state", "installed")], "excluded"),
    ("issue_3", [ON_2012R2, ("updates", "monthly_rollup", "state", "unknown")], "undetermined"),
    ("issue_3", [ON_2012R2, ("updates", ERROR)], "undetermined"),
    ("issue_3", [ON_2012R2, NO_ROLLUP, REPLICA], "excluded"),
    ("issue_4", [OLD_ONLY], "excluded"),
    ("issue_4", [CONFIGMGR], "excluded"),
    ("issue_4", [OLD_ONLY, CONFIGMGR], "likely"),
    ("issue_4", [OLD_ONLY, TLS10_OFF, CONFIGMGR], "likely"),
    ("issue_4", [OLD_ONLY, ("configmgr", ERROR)], "possible"),
    ("issue_4", [OLD_ONLY, CONFIGMGR, AUTONOMOUS], "possible"),
    ("issue_4", [("dotnet", ERROR), CONFIGMGR], "undetermined"),
    ("issue_5", [], "excluded"),
    ("issue_5", [NO_SUITE, NEVER_RUN], "likely"),
    ("issue_5", [("ciphers", "curves", "common", []), NEVER_RUN], "likely"),
    ("issue_5", [NO_SUITE], "possible"),
    ("issue_5", [("ciphers", "determined", False)], "undetermined"),
    ("issue_5", [("ciphers", ERROR)], "undetermined"),
    ("issue_5", [NO_SUITE, REPLICA], "excluded"),
    ("issue_5", [("restart", "pending", [{**PENDING, "reader": "system"}])], "possible"),
    ("proxy", [], "excluded"),
    ("proxy", [WITH_PROXY], "excluded"),
    ("proxy", [WITH_PROXY, NEVER_RUN], "possible"),
    ("proxy", [WITH_PROXY, FAILED_SYNC, (*LAST, "error", "ProxyError")], "likely"),
    ("proxy", [("wsus", "proxy", {"used": True, "name": ""})], "likely"),
    ("proxy", [("winhttp", "proxy", "native", {"access": "proxy", "server": "p:80"}), NEVER_RUN], "possible"),
    ("proxy", [("wsus", "proxy", "used", None)], "undetermined"),
    ("proxy", [WITH_PROXY, REPLICA], "excluded"),
    ("proxy", [("wsus", "proxy", {"used": True, "name": None})], "undetermined"),
    ("proxy", [("wsus", "proxy", {"used": True, "name": "p", "ssl_separate": True, "ssl_name": ""})], "likely"),
    ("issue_3", [ON_2012R2, NO_ROLLUP, (*LAST, "ended", "2019-05-01T00:00:00.000Z")], "likely"),
    ("other", [(*LAST, "ended", "2019-05-01T00:00:00.000Z")], "undetermined"),
    ("other", [], "excluded"),
    ("other", [NEVER_RUN], "undetermined"),
    ("other", [(*TLS12, "state", "disabled")], "likely"),
    ("other", [(*TLS12, "state", "off_unless_asked")], "likely"),
    ("other", [(*TLS12, "state", "disabled"), REPLICA], "excluded"),
    ("other", [("services", "WAS", {"exists": True, "state": "Stopped"})], "likely"),
    ("other", [("w3wp", "config", "state", "malformed")], "likely"),
    ("other", [FAILED_SYNC], "likely"),
    ("other", [FAILED_SYNC, NO_SUITE], "undetermined"),
    ("other", [("restart", "pending", [PENDING])], "possible"),
]


def verdicts(steps: list[Step], evidence: Any = None) -> dict[str, Any]:
    facts = healthy()
    for step in steps:
        change(facts, *step)
    return assess(facts, evidence)["issues"]


@pytest.mark.parametrize(("issue", "steps", "verdict"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_verdict(issue: str, steps: list[Step], verdict: str) -> None:
    case = verdicts(steps)[issue]
    assert case["verdict"] == verdict, case
    if verdict in ("confirmed", "likely", "possible"):
        assert case["evidence_for"] or case["missing"]
        assert case["remediation"]
    elif verdict == "excluded":
        assert case["evidence_against"] and not case["remediation"]
    else:
        assert case["missing"], "undetermined says what would settle it"


def test_likely_issues_say_what_would_settle_them() -> None:
    for issue, steps in {"issue_1": [OLD_ONLY], "issue_5": [NO_SUITE, NEVER_RUN]}.items():
        assert verdicts(steps)[issue]["missing"]


def test_several_issues_hold_at_once() -> None:
    found = verdicts([OLD_ONLY, ON_2012R2, NO_ROLLUP, NO_SUITE, NEVER_RUN, CONFIGMGR])
    assert {name for name, case in found.items() if case["verdict"] == "likely"} == {
        "issue_1",
        "issue_3",
        "issue_4",
        "issue_5",
    }


def test_without_the_role_every_issue_is_excluded() -> None:
    found = verdicts([("wsus", "role", "installed", False), OLD_ONLY, NO_SUITE])
    assert {case["verdict"] for case in found.values()} == {"excluded"}


def event(event_class: str, **more: Any) -> dict[str, Any]:
    return {
        "class": event_class,
        "meaning": f"meaning of {event_class}",
        "tls": event_class.startswith("tls"),
        "source": "SoftwareDistribution.log",
        "process": "w3wp",
        "host": None,
        "recovered": False,
        "count": 2,
        "last": "2026-11-23T10:00:00.000Z",
        "message": "text",
        **more,
    }


EVIDENCE: list[tuple[str, list[Step], dict[str, Any], str]] = [
    ("issue_1", [OLD_ONLY], {"events": [event("tls_reset")]}, "confirmed"),
    ("issue_1", [OLD_ONLY], {"events": [event("tls_reset", recovered=True)]}, "likely"),
    ("issue_1", [OLD_ONLY], {"events": [event("tls_reset", process="WsusService")]}, "likely"),
    ("issue_1", [], {"events": [event("tls_reset")]}, "excluded"),
    ("issue_2", [OLD_ONLY, TLS10_OFF], {"events": [event("tls_no_common_algorithm")]}, "confirmed"),
    (
        "issue_3",
        [ON_2012R2, NO_ROLLUP, NEVER_RUN],
        {"events": [event("tls_reset", process="WsusService")]},
        "confirmed",
    ),
    (
        "issue_3",
        [ON_2012R2, NO_ROLLUP, NEVER_RUN],
        {"startups": [{"time": None, "protocols": {"TLS 1.2": "enabled"}}]},
        "possible",
    ),
    (
        "issue_4",
        [OLD_ONLY, CONFIGMGR],
        {"events": [event("tls_no_common_algorithm", source="Wsyncmgr.log", process=None)]},
        "confirmed",
    ),
    ("issue_5", [NO_SUITE, NEVER_RUN], {"events": [event("tls_reset", process="WsusService")]}, "confirmed"),
    (
        "issue_5",
        [NO_SUITE, NEVER_RUN, ON_2012R2, NO_ROLLUP],
        {"events": [event("tls_reset", process="WsusService")]},
        "likely",
    ),
    (
        "issue_5",
        [NO_SUITE, NEVER_RUN],
        {"connections": [{"outcome": "reset_after_hello", "issues": ["issue_5"], "explanation": "reset"}]},
        "confirmed",
    ),
    ("endpoint", [("wsus", "endpoint", "kind", "fe2")], {"events": [event("soap_fe2")]}, "confirmed"),
    ("proxy", [WITH_PROXY, NEVER_RUN], {"events": [event("proxy_407", tls=False)]}, "confirmed"),
    ("other", [NEVER_RUN], {"events": [event("dns")]}, "likely"),
]


@pytest.mark.parametrize(("issue", "steps", "evidence", "verdict"), EVIDENCE)
def test_evidence_settles(issue: str, steps: list[Step], evidence: dict[str, Any], verdict: str) -> None:
    assert verdicts(steps, evidence)[issue]["verdict"] == verdict


def test_evidence_makes_the_evidence_rules_checked() -> None:
    established = {"outcome": "established", "server": "192.0.2.1:443"}
    probe = {"endpoint": "sws", "attempts": [{"protocol": "TLS 1.2", "outcome": "established"}], "trusted": True}
    evidence = {"events": [], "connections": [established], "probes": [probe]}
    found = {item["id"]: item["result"] for item in assess(healthy(), evidence)["findings"]}
    assert found["evidence.logs"] == found["evidence.captures"] == found["evidence.connection"] == "pass"
    nothing = {"connections": [], "probes": [{**probe, "inspected": True}]}
    found = {item["id"]: item["result"] for item in assess(healthy(), nothing)["findings"]}
    assert found["evidence.captures"] == found["evidence.connection"] == "informational"
    assert found["evidence.logs"] == "notchecked"


def test_evidence_is_kept_with_its_times() -> None:
    first, last = "2026-11-20T01:00:00.000Z", "2026-11-20T02:00:00.000Z"
    broken = {"outcome": "reset_after_hello", "sni": "sws.example", "explanation": "reset", "last_time": last}
    evidence = {
        "events": [{**event("dns"), "last": last}, {**event("db"), "last": None}],
        "startups": [{"time": first, "protocols": {"TLS 1.2": "enabled"}}],
        "connections": [broken],
    }
    found = {item["id"]: item["evidence"] for item in assess(healthy(), evidence)["findings"]}
    assert [piece.get("time") for piece in found["evidence.logs"]] == [None, first, last]
    assert found["evidence.logs"][1]["text"] == "WSUS started; its log says TLS 1.2 enabled"
    assert found["evidence.captures"] == [{"text": "Connection to sws.example: reset", "time": last}]
    many = {"connections": [{**broken, "explanation": f"reset {number:03}"} for number in range(250)]}
    kept = {item["id"]: item["evidence"] for item in assess(healthy(), many)["findings"]}["evidence.captures"]
    assert kept[0] == {"text": "50 earlier ones are left out"}
    assert [kept[place]["text"][-3:] for place in (1, -1)] == ["050", "249"] and len(kept) == 201


@pytest.mark.parametrize("evidence", [None, {}, [], "text", {"events": "text"}, {"events": [1, {"class": 3}]}])
def test_malformed_evidence_changes_no_verdict(evidence: Any) -> None:
    plain = {name: case["verdict"] for name, case in verdicts([OLD_ONLY]).items()}
    assert {name: case["verdict"] for name, case in verdicts([OLD_ONLY], evidence).items()} == plain


def test_a_policy_newer_than_the_last_success_is_not_excused_by_it() -> None:
    newer = {**value(POLICY, "Functions", "REG_SZ", "X"), "key_last_write": "2026-11-23T20:00:00.000Z"}
    assert verdicts([NO_SUITE, ("ciphers", "policy", "functions", newer)])["issue_5"]["verdict"] == "likely"
