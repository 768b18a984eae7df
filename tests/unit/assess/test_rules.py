# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every rule: the table, and what each says of a healthy server and of a broken one (docs/reference/findings.md)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.checks import EVIDENCE_CHECKS, FACT_CHECKS
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.findings import TABLES, load_rules

from .sample import ERROR, NET, POLICY, SCHANNEL, STARTED, SWITCH, change, healthy, value

NATIVE = NET.format("", "v4.0.30319")
RULES = [rule.id for rule in load_rules()]
TLS12 = ("schannel", "protocols", "TLS 1.2", "client")
LAST = ("wsus", "synchronization", "last")
PENDING = {
    "what": "strong cryptography of .NET",
    "path": NATIVE,
    "changed": "2026-11-23T00:00:00.000Z",
    "reader": "w3wp",
    "since": STARTED,
    "needs": "iisreset",
}
PROXY = ("wsus", "proxy")
WITH_PROXY = {"used": True, "name": "p.corp.example", "port": 80}
SERVICES = {"WsusService": {"exists": True, "state": "Running"}, "W3SVC": {"exists": True, "state": "Stopped"}}
CRYPTO = ("dotnet", "strong_crypto", "native_v4")
PAIR = ("system_default_tls_versions", "sch_use_strong_crypto")
CURVES = {"source": "policy", "curves": ["x"], "common": [], "determined": True, "needed": True}
DOWNSTREAM = {
    "position": "downstream",
    "replica": True,
    "upstream": {"name": "top.corp.example", "port": 8530, "ssl": False},
}


def results(facts: Any, **options: Any) -> dict[str, str]:
    return {finding["id"]: finding["result"] for finding in assess(facts, **options)["findings"]}


def test_the_table_has_the_form_of_its_schema() -> None:
    for name in ("rules", "issues"):
        schema = json.loads((TABLES / "schemas" / f"{name}.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(yaml.safe_load((TABLES / f"{name}.yml").read_text()))


def test_rules_and_checks_belong_together() -> None:
    checks = {**FACT_CHECKS, **EVIDENCE_CHECKS}
    assert {rule.check for rule in load_rules()} == set(checks)
    assert len(RULES) == len(set(RULES))


def test_the_documented_rules_are_the_rules() -> None:
    page = Path(__file__).parents[3] / "docs/reference/findings.md"
    rows = re.findall(r"^\| (`[a-z0-9_.`, ]+`) \| (\w+) \| (\w+) \|", page.read_text(), flags=re.MULTILINE)
    documented = {
        name: (severity, scope) for names, severity, scope in rows for name in re.findall(r"`([^`]+)`", names)
    }
    assert documented == {rule.id: (rule.severity, rule.scope) for rule in load_rules()}


NOT_PASSED_WHEN_HEALTHY = {
    "endpoint.topmost": "informational",
    "w3wp.app_context_switch": "informational",
    "schannel.old_protocols": "informational",
    "updates.monthly_rollup": "notapplicable",
    "evidence.logs": "notchecked",
    "evidence.captures": "notchecked",
    "evidence.connection": "notchecked",
}


def test_a_healthy_server_is_compliant() -> None:
    assessed = assess(healthy())
    assert assessed["compliant"] is True
    assert {finding["id"]: finding["result"] for finding in assessed["findings"]} == {
        rule: NOT_PASSED_WHEN_HEALTHY.get(rule, "pass") for rule in RULES
    }
    assert sum(assessed["summary"].values()) == len(RULES)


CASES: list[tuple[str, tuple[Any, ...], str]] = [
    ("wsus.role", ("wsus", "role", "installed", False), "error"),
    ("wsus.role", ("wsus", "role", "installed", None), "unknown"),
    ("os.supported", ("os", "is_server", False), "fail"),
    ("os.supported", ("os", "id", None), "unknown"),
    ("os.supported", ("os", "build", None), "unknown"),
    ("wsus.api", ("wsus", "api", "reached", False), "unknown"),
    ("wsus.services", ("services", "W3SVC", {"exists": True, "state": "Stopped"}), "fail"),
    ("wsus.services", ("services", "WAS", {"exists": False, "state": None}), "fail"),
    ("wsus.services", ("services", "WsusService", ERROR), "unknown"),
    ("wsus.service_start", ("services", "WsusService", {"exists": True, "start_mode": "manual"}), "fail"),
    ("wsus.service_start", ("services", "WsusService", {"exists": True, "start_mode": None}), "unknown"),
    ("endpoint.topmost", ("wsus", "hierarchy", "position", None), "unknown"),
    ("endpoint.mu_url", ("wsus", "endpoint", "kind", "fe2"), "fail"),
    ("endpoint.mu_url", ("wsus", "endpoint", "kind", "sws1"), "fail"),
    ("endpoint.mu_url", ("wsus", "endpoint", "kind", "other"), "fail"),
    ("endpoint.mu_url", ("wsus", "endpoint", "kind", None), "unknown"),
    ("endpoint.redirector_change_number", ("wsus", "endpoint", "redirector_change_number", 0), "fail"),
    ("endpoint.redirector_change_number", ("wsus", "endpoint", "redirector_change_number", True), "unknown"),
    ("import.tls12", ("dotnet", "import", "asks_for", "old_only"), "fail"),
    ("import.tls12", ("dotnet", "import", "asks_for", "named"), "pass"),
    ("import.tls12", ("dotnet", "import", "asks_for", "unknown"), "unknown"),
    ("dotnet.installed", ("dotnet", "installed", False), "fail"),
    ("dotnet.value_type", ("dotnet", "app_context", "native", SWITCH, value("k", SWITCH, "REG_DWORD", 0)), "fail"),
    (
        "dotnet.value_type",
        ("dotnet", "strong_crypto", "wow6432_v2", "sch_use_strong_crypto", value("k", "n", "REG_SZ", "1")),
        "fail",
    ),
    ("dotnet.value_type", ("dotnet", "strong_crypto", "native_v2", "sch_use_strong_crypto", ERROR), "unknown"),
    ("w3wp.app_context_switch", ("w3wp", "switches_honoured", False), "notapplicable"),
    ("w3wp.app_context_switch", ("dotnet", "import", "methods", "w3wp_config", True), "pass"),
    ("w3wp.config", ("w3wp", "config", {"state": "malformed", "message": "line 3"}), "fail"),
    ("w3wp.config", ("w3wp", "config", {"state": "dtd"}), "fail"),
    ("w3wp.config", ("w3wp", "config", {"state": "ok"}), "pass"),
    ("w3wp.config", ("w3wp", "config", {"state": "too_big"}), "unknown"),
    ("schannel.tls12_client", (*TLS12, "state", "disabled"), "fail"),
    ("schannel.tls12_client", (*TLS12, "state", "half_disabled"), "fail"),
    ("schannel.tls12_client", (*TLS12, "state", "off_unless_asked"), "fail"),
    ("schannel.tls12_client", (*TLS12, "state", "unsupported"), "fail"),
    ("schannel.tls12_client", (*TLS12, "state", "unknown"), "unknown"),
    ("schannel.tls12_server", ("schannel", "protocols", "TLS 1.2", "server", "state", "disabled"), "fail"),
    ("schannel.half_disabled", ("schannel", "protocols", "TLS 1.0", "server", "state", "half_disabled"), "fail"),
    ("schannel.half_disabled", ("schannel", "protocols", "TLS 1.0", "server", "state", "unknown"), "unknown"),
    ("schannel.value_type", (*TLS12, "enabled", value("k", "Enabled", "REG_SZ", "1")), "fail"),
    ("schannel.value_type", ("schannel", "ciphers", "AES 128/128", "enabled", ERROR), "unknown"),
    (
        "schannel.tls13_unsupported",
        ("schannel", "protocols", "TLS 1.3", "client", "enabled", value("k", "Enabled", "REG_DWORD", 1)),
        "fail",
    ),
    (
        "schannel.tls13_unsupported",
        ("schannel", "protocols", "TLS 1.3", "client", "enabled", value("k", "Enabled", "REG_DWORD", 0)),
        "pass",
    ),
    ("schannel.tls13_unsupported", ("os", "id", None), "unknown"),
    ("ciphers.common_suite", ("ciphers", "common", []), "fail"),
    ("ciphers.common_suite", ("ciphers", "determined", False), "unknown"),
    ("ciphers.algorithm_disabled", ("ciphers", "common", []), "fail"),
    ("ciphers.algorithm_disabled", ("ciphers", "common", ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]), "informational"),
    ("ciphers.curve_order", ("ciphers", "curves", "common", []), "fail"),
    ("ciphers.curve_order", ("ciphers", "curves", "source", "suite_names"), "notapplicable"),
    ("ciphers.curve_order", ("ciphers", "curves", "source", "unknown"), "unknown"),
    ("ciphers.policy_type", ("ciphers", "policy", "functions", value(POLICY, "Functions", "REG_MULTI_SZ", [])), "fail"),
    ("ciphers.policy_type", ("ciphers", "policy", "ecc_curves", value(POLICY, "EccCurves", "REG_SZ", "x")), "fail"),
    (
        "ciphers.policy_length",
        ("ciphers", "policy", "functions", value(POLICY, "Functions", "REG_SZ", "T" * 1024)),
        "fail",
    ),
    (
        "ciphers.policy_length",
        ("ciphers", "policy", "functions", value(POLICY, "Functions", "REG_SZ", "T" * 1023)),
        "pass",
    ),
    (
        "ciphers.policy_length",
        ("ciphers", "policy", "functions", value(POLICY, "Functions", "REG_DWORD", 1)),
        "unknown",
    ),
    ("updates.monthly_rollup", ("updates", "monthly_rollup", "state", "installed"), "pass"),
    ("updates.monthly_rollup", ("updates", "monthly_rollup", "state", "not_installed"), "fail"),
    ("updates.monthly_rollup", ("updates", "monthly_rollup", "state", "unknown"), "unknown"),
    ("updates.esu", ("os", "support_ended", None), "unknown"),
    ("updates.esu", ("os", "support_ended", True), "fail"),
    ("sync.last_result", (*LAST, "result", "Failed"), "fail"),
    ("sync.last_result", (*LAST, "result", "NeverRun"), "informational"),
    ("sync.last_result", (*LAST, "result", "Canceled"), "informational"),
    ("sync.last_result", (*LAST, "result", "Somehow"), "unknown"),
    ("sync.last_result", ("wsus", "synchronization", "last", None), "unknown"),
    ("proxy.configuration", ("wsus", "proxy", {"used": True, "name": "", "port": 80}), "fail"),
    ("proxy.configuration", (*PROXY, {**WITH_PROXY, "ssl_separate": False}), "informational"),
    ("proxy.configuration", (*PROXY, {**WITH_PROXY, "ssl_separate": True, "ssl_name": "s"}), "informational"),
    ("proxy.configuration", (*PROXY, {**WITH_PROXY, "ssl_separate": True, "ssl_name": ""}), "fail"),
    ("proxy.configuration", (*PROXY, {**WITH_PROXY, "ssl_separate": None}), "unknown"),
    ("proxy.configuration", (*PROXY, {"used": True, "name": None, "ssl_separate": False}), "unknown"),
    ("proxy.configuration", ("winhttp", ERROR), "informational"),
    ("wsus.services", ("services", {**SERVICES, "WAS": ERROR}), "fail"),
    ("dotnet.strong_crypto.v4_native", (*CRYPTO, {PAIR[0]: ERROR, PAIR[1]: value("k", "n")}), "informational"),
    ("schannel.value_type", ("schannel", "complete", False), "unknown"),
    ("schannel.half_disabled", ("schannel", "complete", False), "unknown"),
    ("ciphers.curve_order", ("ciphers", "curves", {**CURVES, "determined": False}), "unknown"),
    ("ciphers.curve_order", ("ciphers", "curves", {**CURVES, "needed": False}), "notapplicable"),
    ("ciphers.policy_type", ("ciphers", "local", "functions", value("k", "Functions", "REG_SZ", "x")), "fail"),
    ("ciphers.policy_type", ("ciphers", "local", "functions", ERROR), "unknown"),
    ("sync.last_result", (*LAST, "ended", "2026-10-01T00:00:00.000Z"), "informational"),
    ("proxy.configuration", ("winhttp", "proxy", "native", {"access": "proxy", "server": "p:80"}), "informational"),
    ("restart.pending", ("restart", "pending", [PENDING]), "fail"),
    ("restart.pending", ("restart", "undetermined", ["the start of w3wp is not known"]), "unknown"),
    ("restart.os_pending", ("restart", "os_pending", "file_rename", True), "informational"),
    ("journal.interrupted", ("journal", "interrupted", ["20261123T000000000Z-0a1b2c3d"]), "fail"),
    ("journal.interrupted", ("journal", "entries", [{"id": "x", "state": "damaged"}]), "unknown"),
    ("journal.interrupted", ("journal", "entries", [{"id": "x", "state": "interrupted"}]), "pass"),
    ("journal.interrupted", ("journal", ERROR), "unknown"),
    (
        "journal.interrupted",
        ("journal", {"error": {"code": "not_collected", "message": "not asked for"}}),
        "notchecked",
    ),
    ("journal.interrupted", ("journal", ...), "notchecked"),
    ("configmgr.integration", ("configmgr", "uses_wsus", True), "informational"),
    ("configmgr.integration", ("configmgr", "uses_wsus", None), "unknown"),
]


@pytest.mark.parametrize(("rule", "changed", "result"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_what_a_rule_says(rule: str, changed: tuple[Any, ...], result: str) -> None:
    assert results(change(healthy(), *changed))[rule] == result


@pytest.mark.parametrize("journal", [..., ERROR], ids=["an old answer", "not readable"])
def test_a_server_without_readable_journals_stays_compliant(journal: Any) -> None:
    assert assess(change(healthy(), "journal", journal))["compliant"] is True


def test_every_rule_that_can_break_is_shown_broken() -> None:
    always_informational = {
        "endpoint.topmost",
        "schannel.old_protocols",
        "evidence.logs",
        "evidence.captures",
        "evidence.connection",
    }
    by_profile = {"dotnet.strong_crypto.v4_native", "dotnet.strong_crypto.documented_set"}
    shown = {rule for rule, _changed, result in CASES if result != "pass"}
    assert set(RULES) - shown <= always_informational | by_profile


@pytest.mark.parametrize("profile", ["standard", "documented"])
def test_the_unused_method_and_the_incomplete_set_count_in_the_documented_profile_only(profile: str) -> None:
    facts = healthy()
    change(facts, "dotnet", "strong_crypto", "wow6432_v4", "sch_use_strong_crypto", value("k", "SchUseStrongCrypto"))
    found = results(facts, profile=profile)
    expected = "fail" if profile == "documented" else "informational"
    assert found["dotnet.strong_crypto.documented_set"] == expected
    assert found["w3wp.app_context_switch"] == expected
    assert found["dotnet.strong_crypto.v4_native"] == "pass"
    assert assess(facts, profile=profile)["compliant"] is (profile == "standard")


def test_an_unread_value_of_the_documented_set_is_no_pass() -> None:
    facts = change(healthy(), "dotnet", "strong_crypto", "native_v4", "sch_use_strong_crypto", ERROR)
    assert results(facts, profile="documented")["dotnet.strong_crypto.v4_native"] == "unknown"
    assert results(facts)["dotnet.strong_crypto.v4_native"] == "informational"


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ValueError, match="standard, documented"):
        assess(healthy(), profile="strict")


def test_a_downstream_server_is_not_asked_about_microsoft() -> None:
    facts = change(healthy(), "wsus", "hierarchy", DOWNSTREAM)
    change(facts, "wsus", "endpoint", "kind", "fe2")
    change(facts, "dotnet", "import", "asks_for", "old_only")
    change(facts, "ciphers", "common", [])
    change(facts, "restart", "pending", [PENDING])
    assessed = assess(facts)
    found = {finding["id"]: finding["result"] for finding in assessed["findings"]}
    assert all(found[rule.id] == "notapplicable" for rule in load_rules() if rule.scope == "microsoft")
    assert found["import.tls12"] == "informational"
    assert found["restart.pending"] == "informational"
    assert assessed["compliant"] is True


def test_a_failure_with_unknown_place_in_the_hierarchy_says_so() -> None:
    facts = change(healthy(), "wsus", "hierarchy", "position", None)
    change(facts, "ciphers", "common", [])
    finding = next(item for item in assess(facts)["findings"] if item["id"] == "ciphers.common_suite")
    assert finding["result"] == "fail"
    assert "taken for a topmost server" in finding["actual"]


def test_without_the_role_nothing_is_assessed_and_nothing_is_compliant() -> None:
    assessed = assess(change(healthy(), "wsus", "role", "installed", False))
    found = {finding["id"]: finding["result"] for finding in assessed["findings"]}
    assert assessed["compliant"] is None
    assert found["wsus.role"] == "error"
    assert {found[rule.id] for rule in load_rules() if rule.scope != "host"} == {"notapplicable"}


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        ("gpo:TLS hardening", "Change it in the Group Policy TLS hardening"),
        ("preference:{1}", "Group Policy Preference item {1}"),
        ("unknown", "Find out first"),
    ],
)
def test_who_owns_a_value_changes_the_advice(owner: str, text: str) -> None:
    policy = {**value(POLICY, "Functions", "REG_SZ", "TLS_RSA_WITH_AES_128_CBC_SHA"), "owner": owner}
    facts = change(change(healthy(), "ciphers", "policy", "functions", policy), "ciphers", "common", [])
    finding = next(item for item in assess(facts)["findings"] if item["id"] == "ciphers.common_suite")
    assert finding["owner"] == owner
    assert text in finding["remediation"]["text"]


def test_pending_restarts_name_the_strongest_one() -> None:
    facts = change(healthy(), "restart", "pending", [PENDING, {**PENDING, "reader": "system", "needs": "reboot"}])
    finding = next(item for item in assess(facts)["findings"] if item["id"] == "restart.pending")
    assert finding["needs"] == "reboot"


def test_schannel_values_are_evidence() -> None:
    key = rf"{SCHANNEL}\Protocols\TLS 1.2\Client"
    facts = change(healthy(), *TLS12, "enabled", value(key, "Enabled", "REG_DWORD", 0))
    finding = next(item for item in assess(facts)["findings"] if item["id"] == "schannel.tls12_client")
    assert {"path": key, "name": "Enabled", "data": 0}.items() <= finding["evidence"][0].items()


def test_what_could_not_be_read_is_not_to_be_changed() -> None:
    finding = next(
        item
        for item in assess(change(healthy(), "schannel", ERROR))["findings"]
        if item["id"] == "schannel.tls12_client"
    )
    assert finding["result"] == "unknown"
    assert finding["remediation"]["resolution"] is None and finding["needs"] is None
    assert "audit again" in finding["remediation"]["text"]


def test_a_certain_failure_is_not_hidden_by_an_unread_neighbour() -> None:
    crypto = {PAIR[0]: ERROR, PAIR[1]: value(NATIVE, "SchUseStrongCrypto", "REG_DWORD", 0)}
    found = results(change(healthy(), *CRYPTO, crypto), profile="documented")
    assert found["dotnet.strong_crypto.v4_native"] == found["dotnet.strong_crypto.documented_set"] == "fail"


def test_a_long_policy_name_leaves_room_for_the_advice() -> None:
    policy = {**value(POLICY, "Functions", "REG_SZ", "X"), "owner": "gpo:" + "G" * 256}
    facts = change(change(healthy(), "ciphers", "policy", "functions", policy), "ciphers", "common", [])
    finding = next(item for item in assess(facts)["findings"] if item["id"] == "ciphers.common_suite")
    assert "G" * 65 not in finding["remediation"]["text"] and finding["owner"] == policy["owner"]


@pytest.mark.parametrize("needs", [["reboot"], {"a": 1}, None, 7])
def test_a_malformed_restart_names_none(needs: Any) -> None:
    facts = change(healthy(), "restart", "pending", [{**PENDING, "needs": needs}])
    finding = next(item for item in assess(facts)["findings"] if item["id"] == "restart.pending")
    assert (finding["result"], finding["needs"]) == ("fail", None)
