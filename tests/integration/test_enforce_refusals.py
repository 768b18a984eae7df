# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the role enforce must not do, does not do by default, and what it says instead: over real WinRM, in one run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.enforced import ENFORCE, executions, fleet_of, left, run, states
from support.simulated import Fleet, Run, validate
from support.simulated_action import without_times

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
SETUP = r"HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup"
FULL = r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full"
FAR = "TLS_RSA_WITH_AES_256_GCM_SHA384"
W3WP = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
GUID = "{9A7B2C1D-0E4F-4A6B-8C3D-1F2E3A4B5C6D}"
LIST = {"registry": {POLICY: {"last_write": "-300d", "values": {"Functions": FAR}}}}
UNKNOWN = {"policy": {"rsop": {"error": {"code": "cim_failed", "message": "no"}}}}
PREFERENCE_ITEM = {"uid": GUID, "hive": "HKEY_LOCAL_MACHINE", "key": POLICY.partition("\\")[2], "name": "Functions"}
PREFERENCE = {
    "policy": {
        "preferences": {
            "files": [{"path": r"{31B2}\Machine\Preferences\Registry\Registry.xml", "items": [PREFERENCE_ITEM]}]
        }
    }
}
DOWNSTREAM = {
    "wsus": {"api": {"configuration": {"SyncFromMicrosoftUpdate": False, "UpstreamWsusServerName": "up.corp"}}}
}


UNSAVED = {"MUUrl": "https://fe2.update.microsoft.com/v6", "UseProxy": True, "ProxyName": ""}
PROXY_WITHOUT_NAME = {"wsus": {"api": {"configuration": UNSAVED}}}
OPEN_FAILURE = {
    "enforce_evidence": {"events": [{"class": "tls_reset", "meaning": "a reset", "final": True, "count": 3}]}
}


def w3wp(content: Any) -> dict[str, Any]:
    return {"extends": "issue1.yml", "files": {W3WP: content}}


def apply(*names: str, **more: Any) -> dict[str, Any]:
    return {"enforce_apply": list(names), **more}


# Host: scenario, variables, what the task says; None = it does not fail.
CASES: dict[str, tuple[Any, dict[str, Any], str | None]] = {
    "gpo-named": ("issue5.yml", apply("cipher_suite_order"), "TLS hardening"),
    "gpo-issue": ("issue5.yml", apply("issue_5"), "TLS hardening"),
    "gpo-all": ("issue5.yml", apply("all"), None),
    "gpo-override": ("issue5.yml", apply("cipher_suite_order", enforce_override_unknown_owner="true"), "TLS hardening"),
    "preference": ({"extends": "healthy.yml", **LIST, **PREFERENCE}, apply("cipher_suite_order"), "registry item"),
    "unknown": ({"extends": "healthy.yml", **LIST, **UNKNOWN}, apply("cipher_suite_order"), "override_unknown_owner"),
    "unknown-all": ({"extends": "healthy.yml", **LIST, **UNKNOWN}, apply("all"), None),
    "downstream": ({"extends": "endpoint-fe2.yml", **DOWNSTREAM}, apply("endpoint"), "topmost"),
    "downstream-all": ({"extends": "endpoint-fe2.yml", **DOWNSTREAM}, apply("all"), None),
    "no-role": ({"extends": "issue1.yml", "registry": {SETUP: None}}, apply("all"), "the WSUS role is not installed"),
    "old-net": (
        {"extends": "issue1.yml", "registry": {FULL: {"values": {"Release": 378389}}}},
        apply("w3wp_config"),
        "older than 4.6",
    ),
    "dtd": (w3wp('<!DOCTYPE a [<!ENTITY b "c">]><configuration/>'), apply("w3wp_config"), "left as it is"),
    "malformed": (w3wp("<configuration>"), apply("w3wp_config"), "left as it is"),
    "denied": (w3wp({"error": {"code": "access_denied", "message": "denied"}}), apply("w3wp_config"), "access_denied"),
    "folder": ({"extends": "issue1.yml", "files": {W3WP + r"\x.txt": ""}}, apply("w3wp_config"), "w3wp.exe.config"),
    "wrong-type": (
        {"extends": "healthy.yml", "registry": {POLICY: {"last_write": "-300d", "values": {"Functions": 7}}}},
        apply("cipher_suite_order"),
        "REG_DWORD instead of REG_SZ",
    ),
    "no-rollup": ("issue3.yml", apply("issue_3"), "monthly_rollup"),
    "proxy-issue": ("issue1.yml", apply("proxy"), "nothing on this host mends it"),
    "not-an-issue": ("issue1.yml", apply("issue_7"), "no resolution or issue: issue_7"),
    "no-state": (
        "issue1.yml",
        apply("schannel_tls12", enforce_schannel_tls12_server="disabled"),
        "schannel_tls12_server",
    ),
    "unsaved": ({"extends": "healthy.yml", **PROXY_WITHOUT_NAME}, apply("sync_endpoint"), "proxy that has no name"),
    "unsaved-all": ({"extends": "healthy.yml", **PROXY_WITHOUT_NAME}, apply("all"), None),
    "evidence": ("healthy.yml", OPEN_FAILURE, None),
    "no-evidence": ("issue1.yml", apply("all", enforce_evidence={"logs": []}), "unknown members: logs"),
    "report-only": ("issue1.yml", {}, None),
    "null-apply": ("issue1.yml", {"enforce_apply": None}, None),
    "read-only": ({"extends": "issue1.yml", "read_only": True}, apply("all"), "access_denied"),
    "unreachable": ("unreachable.yml", apply("all"), "The credentials were refused"),
    "powershell-4": ({"extends": "issue1.yml", "powershell_version": "4.0"}, apply("all"), "WMF) 5.1"),
}
FAILS = [name for name, case in CASES.items() if case[2] is not None]


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, Run, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("refusals")
    with fleet_of(folder, {name: case[:2] for name, case in CASES.items()}) as fleet:
        before = states(fleet)
        yield fleet, run(fleet, ENFORCE, enforce_restart_ok=True, enforce_reboot_ok=True), before


def test_nothing_is_written(refused):
    fleet, _run, before = refused
    now = states(fleet)
    # A folder in place of the file is found at the comparison on the host, behind the lock of its journals.
    assert without_times(now.pop("folder")) == without_times(before["folder"])
    assert now == {name: state for name, state in before.items() if name != "folder"}
    assert [name for name, one in fleet.simulator.counters().items() if one["writes"]] == []
    lengths = {name: number for name, number in executions(fleet).items() if number != 1}
    assert lengths == {
        "not-an-issue": 0,
        "no-state": 0,
        "no-evidence": 0,
        "unreachable": 0,
        "read-only": 2,
        "folder": 2,
    }


def test_only_what_was_named_fails(refused):
    _fleet, done, _before = refused
    failed = {name for name in CASES if done.recap(name)["failed"] + done.recap(name)["unreachable"]}
    assert failed == set(FAILS)
    assert done.recap("unreachable")["unreachable"] == 1


@pytest.mark.parametrize("name", FAILS)
def test_the_reason_is_said(refused, name):
    fleet, done, _before = refused
    text = CASES[name][2]
    assert text is not None
    # The play ends for a host that can't be reached.
    said = str(left(fleet, name)["enforce_result"]) if name != "unreachable" else ""
    assert text in said or text in done.text
    assert "Traceback" not in done.text


@pytest.mark.parametrize(
    "name", ["gpo-all", "unknown-all", "downstream-all", "gpo-named", "unknown", "downstream", "unsaved-all"]
)
def test_what_is_not_done_has_a_next_step_and_an_owner(refused, name):
    fleet, done, _before = refused
    found = left(fleet, name)["enforce_result"]
    refusals = {item["id"]: item for item in [*found["refused"], *found["unresolved"]]}
    wanted = "sync_endpoint" if "downstream" in name or "unsaved" in name else "cipher_suite_order"
    if name == "downstream-all":
        assert wanted not in refusals, "rules of Microsoft's endpoint do not apply there"
        return
    assert refusals[wanted]["next_step"] and refusals[wanted]["reason"]
    if name == "gpo-all":
        assert refusals[wanted]["owner"] == "gpo:TLS hardening"
        assert "gpo-all: not done:" in done.text and "-> Change" in done.text


def test_nothing_asked_for_is_a_report(refused):
    fleet, done, _before = refused
    for name in ("report-only", "null-apply"):
        found = left(fleet, name)["enforce_result"]
        assert found["report_only"] is True and len(found["plan"]) == 8 and found["changed"] is False
        assert f"{name}: nothing was asked for. This is what 'all' would do:" in done.text
        assert left(fleet, name)["enforce_proof"] == {"synchronization": "unproved", "import": "unproved"}


def test_the_plan_is_made_with_the_evidence(refused):
    _fleet, done, _before = refused
    (finding,) = [one for one in done.document("evidence")["findings"] if one["id"] == "evidence.logs"]
    assert finding["result"] == "informational" and "a reset (3 times" in finding["actual"]


def test_every_host_has_its_result_file(refused):
    _fleet, done, _before = refused
    for name in CASES:
        validate("audit", done.document(name))
    hosts = done.fleet["hosts"]
    assert set(hosts) == set(CASES)
    assert hosts["unreachable"] == "unreachable" and hosts["powershell-4"] == "undetermined"
    assert hosts["no-role"] != "compliant" and hosts["report-only"] == "noncompliant"
