# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of enforcing: what it says of what was done, and what to do next."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.answer import CODES, check_apply
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.outcome import NEXT_STEPS, outcome
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import PackageFile, Plan
from support.plan_hosts import host, plan

MADE = plan(host("issue1"), "dotnet_strong_crypto", strong_crypto_set="required")
MEMBERS = {
    *("changed", "failed", "msg", "plan", "applied", "refused", "unresolved", "restarts", "restart_required"),
    *("reboot_required", "reboot_recommended", "journal", "journal_id", "notes", "report_only", "diff"),
}


def done(made=MADE, name="issue1", **changes):
    """The result where the host answers with these changes."""
    answer = host(name).apply(made.for_host(), notes=made.journal_notes())
    return outcome(made, check_apply({**answer, **changes}, made.operations))


def stopped(code, statuses, *, found=None, identity=MADE.operations[0].id, changed=False):
    answer = host("issue1").apply(MADE.for_host())
    items = [
        {**item, "status": status, "after": item["after"] if status == "applied" else None}
        for item, status in zip(answer["operations"], statuses, strict=True)
    ]
    if found is not None:
        items[0]["found"] = found
    about = {"id": identity, "code": code, "message": "because"}
    return done(operations=items, stopped=about, changed=changed)


def test_the_members():
    result = done()
    assert set(result) == MEMBERS == set(outcome(Plan()))
    json.dumps(result)
    assert result["changed"] and not result["failed"] and result["msg"] is None
    assert result["restart_required"] == ["iisreset: .NET strong cryptography values: w3wp reads it when it starts"]
    assert result["reboot_required"] == [] and len(result["reboot_recommended"]) == 1
    assert result["journal"].endswith(".journal") and result["journal_id"] in result["journal"]
    assert result["plan"][0]["id"] == "dotnet_strong_crypto.1"


def test_nothing_to_do():
    result = outcome(plan(host("healthy"), "all"))
    assert not result["changed"] and not result["failed"]
    assert result["plan"] == result["applied"] == result["diff"] == result["restart_required"] == []


def test_only_told():
    result = outcome(plan(host("issue1")))
    assert result["report_only"] and result["plan"] and not result["changed"] and not result["failed"]
    assert result["applied"] == result["diff"] == result["restarts"] == []


def test_what_was_named_and_is_refused_fails_before_anything_is_sent():
    result = outcome(plan(host("issue5"), "issue_5"))
    assert result["failed"] and not result["changed"]
    assert "TLS hardening" in result["msg"] and "cipher_suite_order" in result["msg"]
    assert not outcome(plan(host("issue5"), "all"))["failed"]


def test_every_code_has_a_next_step():
    assert set(NEXT_STEPS) == CODES


@pytest.mark.parametrize("code", sorted(CODES))
def test_how_a_run_stopped(code):
    result = stopped(code, ["not_reached", "not_reached"])
    assert result["failed"] and not result["changed"] and result["applied"] == []
    assert code in result["msg"] and "because" in result["msg"] and "Nothing was written" in result["msg"]
    assert NEXT_STEPS[code] in result["msg"] and result["diff"] == [] and result["restart_required"] == []


def test_a_mismatch_says_what_was_expected_and_found():
    found = {"exists": True, "type": "REG_SZ", "data": "x\x1b[2J"}
    result = stopped("mismatch", ["mismatch", "not_reached"], found=found)
    assert "Expected absent, found REG_SZ x\\x1b[2J." in result["msg"]


def test_a_run_that_broke_in_the_middle():
    result = stopped("write_failed", ["applied", "failed"], identity=MADE.operations[1].id, changed=True)
    assert result["changed"] and result["failed"] and result["applied"] == [MADE.operations[0].id]
    assert "1 of 2 operations" in result["msg"] and "rollback" in result["msg"]
    assert "SystemDefaultTlsVersions" in result["diff"][0]["after"]
    assert "SchUseStrongCrypto" not in result["diff"][0]["after"]
    assert result["restarts"]
    half = stopped("not_kept", ["failed", "not_reached"], changed=True)
    assert "half done" in half["msg"] and half["changed"]


@pytest.mark.parametrize(("kept", "extent"), [(True, "is as it was"), (False, "half done")])
def test_wsus_that_does_not_save(kept, extent):
    made = plan(host("endpoint-fe2"), "sync_endpoint")
    item = host("endpoint-fe2").apply(made.for_host())["operations"][0]
    failed = {**item, "status": "failed", "after": item["found"] if kept else item["after"]}
    thrown = "The name of the upstream server cannot be empty. " + "x" * 3_000
    result = done(
        made,
        "endpoint-fe2",
        operations=[failed],
        stopped={"id": made.operations[0].id, "code": "write_failed", "message": thrown},
    )
    assert result["failed"] and "upstream server cannot be empty" in result["msg"] and len(result["msg"]) < 1_200
    assert extent in result["msg"] and "Update Source and Proxy Server" in result["msg"]
    assert "access list" not in result["msg"]


def test_what_was_not_kept_shows_what_is_there():
    answer = host("issue1").apply(MADE.for_host())
    back = {"exists": True, "type": "REG_DWORD", "data": 0}
    items = [
        {**answer["operations"][0], "status": "failed", "after": back},
        {**answer["operations"][1], "status": "not_reached", "after": None},
    ]
    result = done(operations=items, stopped={"id": MADE.operations[0].id, "code": "not_kept", "message": ""})
    assert result["diff"][0]["after"].endswith("SystemDefaultTlsVersions = REG_DWORD 0\n")


def test_an_installation_that_failed_names_the_logs():
    package = PackageFile("windows8.1-kb4561666-x64.msu", sha256="00" * 32, size=9)
    made = plan(host("issue3"), "monthly_rollup", package=package)
    (operation,) = made.for_host()
    failure = {"code": "install_failed", "message": "dism.exe ended with exit code -2146498530 (0x800f081e)"}
    item = {"id": operation["id"], "status": "failed", "found": operation["before"], "after": operation["before"]}
    answer = {
        **{"contract": 1, "changed": True, "stage": "journaled", "journal": None},
        "operations": [{**item, "error": failure}],
        "stopped": {"id": operation["id"], **failure},
    }
    result = outcome(made, check_apply(answer, made.operations))
    assert result["failed"] and result["changed"] and result["applied"] == [] and result["reboot_required"] == []
    for words in ("windows8.1-kb4561666-x64.msu", "0x800f081e", r"CBS\CBS.log", r"DISM\dism.log", "SSU"):
        assert words in result["msg"]
    assert "rollback" not in result["msg"]


def test_all_were_there_already():
    answer = host("issue1").apply(MADE.for_host())
    items = [{**item, "status": "already", "found": item["after"], "after": None} for item in answer["operations"]]
    result = done(operations=items, changed=False, journal=None)
    assert not result["changed"] and result["applied"] == [] and result["diff"] == [] and result["journal"] is None


def test_restarts_only_for_what_was_done():
    both = plan(host("issue1"), "dotnet_strong_crypto")
    assert len(both.operations) == 8
    answer = host("issue1").apply(both.for_host())
    items = [
        {
            **item,
            "status": "already" if number < 2 else "applied",
            "found": item["after"] if number < 2 else item["found"],
        }
        for number, item in enumerate(answer["operations"])
    ]
    result = outcome(both, check_apply({**answer, "operations": items}, both.operations))
    assert result["restart_required"] == [] and result["reboot_recommended"]
    assert replace(both, restarts=()).journal_notes()["dotnet_strong_crypto.1"]["restarts"] == []
