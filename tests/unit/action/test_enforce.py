# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin enforce: one execution to read, one to write, and nothing by half."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.wsus.compliance.plugins.action import enforce
from support.journals import records
from support.simulated_action import APPLY, SimulatedHost, facts_of, without_times

V4 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
LOST = AnsibleConnectionFailure("winrm connection error: the connection was closed")


def test_a_compliant_host_costs_one_execution():
    host = SimulatedHost("healthy.yml")
    before = host.state()
    result = host.run(enforce, apply=["all"])
    assert result["changed"] is False and result["plan"] == [] and result["journal"] is None
    assert host.asked == ["wsus_facts"] and host.state() == before


def test_given_facts_cost_nothing_on_a_compliant_host():
    host = SimulatedHost("healthy.yml")
    assert host.run(enforce, apply=["all"], facts=facts_of(host))["changed"] is False
    assert host.asked == []


def test_a_change_costs_two_and_leaves_its_journal_twice(folder):
    host = SimulatedHost("issue1.yml")
    result = host.run(enforce, apply=["all"])
    assert result["changed"] is True and len(result["applied"]) == 8 and "failed" not in result
    assert host.asked == ["wsus_facts", "apply"]
    assert result["restart_required"] == ["iisreset: .NET strong cryptography values: w3wp reads it when it starts"]
    copy = folder / "wsus-journal" / "wsus-1" / f"{result['journal_id']}.journal"
    assert str(copy) == result["journal_copy"] and copy.stat().st_mode & 0o777 == 0o600
    assert copy.read_bytes() == host.machine.state.file(result["journal"]).read()
    kinds = [record["record"] for record in records(copy.read_text().splitlines())]
    assert kinds[0] == "begin" and kinds[-1] == "end" and kinds.count("applied") == 8
    again = host.run(enforce, apply=["all"])
    assert again["changed"] is False and again["restart_required"] == result["restart_required"], "not restarted yet"
    assert host.asked[2:] == ["wsus_facts"]


def test_check_mode_predicts_the_change_and_writes_nothing(folder):
    host = SimulatedHost("issue1.yml")
    before = host.state()
    predicted = host.run(enforce, check=True, apply=["all"])
    assert predicted["changed"] is True and predicted["journal"] is None
    assert host.state() == before and not list(folder.iterdir())
    result = host.run(enforce, apply=["all"])
    for name in ("diff", "plan", "restart_required", "reboot_required", "refused"):
        assert predicted[name] == result[name], name


def test_nothing_asked_for_is_a_report():
    host = SimulatedHost("issue1.yml")
    before = host.state()
    result = host.run(enforce)
    assert result["changed"] is False and result["report_only"] is True and len(result["plan"]) == 8
    assert host.asked == ["wsus_facts"] and host.state() == before


@pytest.mark.parametrize(("apply", "fails"), [(["cipher_suite_order"], True), (["issue_5"], True), (["all"], False)])
def test_what_a_group_policy_owns_fails_only_where_it_was_named(apply, fails):
    host = SimulatedHost("issue5.yml")
    before = host.state()
    result = host.run(enforce, apply=apply)
    assert bool(result.get("failed")) is fails and host.state() == before
    (refusal,) = result["refused"]
    assert refusal["owner"] == "gpo:TLS hardening" and "gpupdate" in refusal["next_step"]
    assert not fails or "TLS hardening" in result["msg"]
    assert result["changed"] is False and host.asked == ["wsus_facts"]
    assert result["audit"]["outcome"] == "noncompliant", "the assessment is there all the same"


def test_one_refusal_by_name_keeps_all_from_being_written():
    host = SimulatedHost({"extends": ["issue5.yml"], "registry": {V4: {"values": {"SchUseStrongCrypto": 0}}}})
    result = host.run(enforce, apply=["dotnet_strong_crypto", "cipher_suite_order"])
    assert result["failed"] is True and result["applied"] == [] and host.asked == ["wsus_facts"]


def test_a_resolution_that_is_named_is_carried_out_whatever_the_findings_say():
    host = SimulatedHost("healthy-w3wp.yml")
    result = host.run(enforce, apply=["dotnet_strong_crypto"], dotnet_strong_crypto_values="required")
    assert len(result["applied"]) == 2


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ({"apply": ["issue_7"]}, "no resolution or issue: issue_7"),
        ({"apply": ["all", "dotnet"]}, "no resolution or issue: dotnet. There are all, "),
        ({"dotnet_strong_crypto_values": "some"}, "dotnet_strong_crypto_values"),
        ({"schannel_tls12_client": "disabled"}, "schannel_tls12_client"),
        ({"schannel_protocols": {"TLS 9": {"client": "disabled"}}}, "TLS 9"),
        ({"schannel_protocols": {"TLS 1.0": "disabled"}}, "TLS 1.0"),
        ({"schannel_protocols": {"TLS 1.0": {"clients": "disabled"}}}, "clients"),
        ({"schannel_protocols": {"TLS 1.0": {"client": "off"}}}, "off"),
        ({"schannel_protocols": {"TLS 1.2": {"client": "disabled"}}}, "options of its own"),
        ({"mu_url": "ftp://x"}, "mu_url"),
        ({"mu_url": "https://user@sws.update.microsoft.com"}, "mu_url"),
        ({"redirector_change_number": "many"}, "redirector_change_number"),
        ({"accepted_suites": ["TLS_NONSENSE"]}, "cipher_suites.yml"),
        ({"accepted_suites": []}, "names no cipher suite"),
        ({"evidence": {"logs": []}}, "unknown members: logs"),
        ({"facts": {"os": {}}}, "not what wsus.compliance.wsus_facts returns"),
        ({"facts": {"schema_version": "1.0"}, "accepted_suites": ["TLS_AES_128_GCM_SHA256"]}, "mutually exclusive"),
        ({"journal_dir": ""}, "journal_dir must be the name"),
        ({"output_dir": " "}, "output_dir must be the name"),
        ({"profile": "strict"}, "profile"),
        ({"reboot": True}, "Unsupported"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_read(args, text):
    host = SimulatedHost("issue1.yml")
    with pytest.raises(AnsibleActionFail, match=text):
        host.run(enforce, **args)
    assert host.asked == []


@pytest.mark.parametrize("apply", [["all"], ["issue_1"], ["dotnet_strong_crypto", "w3wp_config"]])
def test_a_host_without_the_role_is_not_touched(apply):
    setup = r"HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup"
    host = SimulatedHost({"extends": "issue1.yml", "registry": {setup: None}})
    before = host.state()
    result = host.run(enforce, apply=apply)
    assert result["failed"] is True and "the WSUS role is not installed" in result["msg"]
    assert host.state() == before and host.asked == ["wsus_facts"] and result["plan"] == []


def test_unchanged_leaves_tls12_alone():
    path = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
    off = {"registry": {path: {"values": {"Enabled": 0}}}}
    host = SimulatedHost({"extends": "healthy.yml", **off})
    assert host.run(enforce, apply=["schannel_tls12"], schannel_tls12_client="unchanged")["plan"] == []
    assert [item["name"] for item in host.run(enforce, apply=["schannel_tls12"])["plan"]] == ["Enabled"]


def test_w3wp_config_needs_the_text_of_the_file_only_where_it_is_edited():
    host = SimulatedHost("healthy-w3wp.yml")
    assert host.run(enforce, apply=["w3wp_config"], facts=facts_of(host))["changed"] is False
    assert host.asked == []
    host = SimulatedHost("issue1.yml")
    result = host.run(enforce, apply=["w3wp_config"], facts=facts_of(host))
    assert result["applied"] == ["w3wp_config.1"] and host.asked == ["wsus_facts", "apply"]


def test_a_value_that_changed_after_it_was_read_is_not_written_over():
    host = SimulatedHost("issue1.yml")
    facts = facts_of(host)
    host.change({"registry": {V4: {"values": {"SchUseStrongCrypto": 0}}}})
    before = host.state()
    result = host.run(enforce, apply=["all"], facts=facts)
    assert result["failed"] is True and result["changed"] is False and result["applied"] == []
    assert "Expected absent, found REG_DWORD 0" in result["msg"] and "Run again" in result["msg"]
    assert without_times(host.state()) == without_times(before)
    assert host.run(enforce, apply=["all"])["changed"] is True, "a new plan knows it"


def test_a_write_that_is_put_back_at_once_is_told_and_can_be_taken_back():
    host = SimulatedHost({"extends": "issue1.yml", "resists": {V4: "reverts"}})
    result = host.run(enforce, apply=["all"])
    assert result["failed"] is True and result["changed"] is True
    assert "not_kept" in result["msg"] and "Group Policy" in result["msg"]
    assert result["journal"] and result["journal_copy"]


def test_earlier_restarts_and_changes_by_hand_are_reported():
    host = SimulatedHost("healthy.yml")
    host.change({"registry": {V4: {"values": {"SchUseStrongCrypto": 1}}}})  # the same value, a new time
    result = host.run(enforce, apply=["all"])
    assert result["changed"] is False and result["restart_required"] == []
    assert [item["needs"] for item in result["from_times"]] == ["iisreset"]


def test_a_file_of_the_assessment_is_written_in_check_mode_too(folder):
    host = SimulatedHost("issue1.yml")
    result = host.run(enforce, check=True, apply=["all"], output_dir="out")
    document = json.loads((folder / "out" / "wsus-1.json").read_text())
    assert document["outcome"] == "noncompliant" and result["audit"]["path"] == str(folder / "out" / "wsus-1.json")


@pytest.mark.parametrize("defer", [False, True])
def test_a_host_that_cannot_be_reached(folder, defer):
    host = SimulatedHost("issue1.yml")
    host.hook = lambda name, _arguments: LOST
    if not defer:
        with pytest.raises(AnsibleConnectionFailure):
            host.run(enforce, apply=["all"], output_dir="out")
    else:
        result = host.run(enforce, apply=["all"], output_dir="out", defer_errors=True)
        assert result["error"]["code"] == "unreachable" and result["changed"] is False and "failed" not in result
        assert result["audit"]["host_unreachable"] is True and result["restart_required"] == []
    assert json.loads((folder / "out" / "wsus-1.json").read_text())["unreachable"] is True


def test_a_connection_lost_while_writing_says_where_to_look():
    host = SimulatedHost("issue1.yml")
    host.hook = lambda name, _arguments: LOST if name == APPLY else None
    with pytest.raises(AnsibleConnectionFailure, match="in the journal on the host: run again"):
        host.run(enforce, apply=["all"])
    result = host.run(enforce, apply=["all"], defer_errors=True)
    assert result["changed"] is True, "nobody knows, so it is not called unchanged"
    with pytest.raises(AnsibleConnectionFailure) as caught:
        host.run(enforce, check=True, apply=["all"])
    assert "journal" not in str(caught.value)


WRONG = [
    {"contract": 1},
    {"contract": 2, "operations": []},
    {"contract": 1, "stage": "finished", "operations": "none"},
    {"contract": 1, "stage": "finished", "operations": [], "changed": True},
    {"contract": 1, "stage": "finished", "operations": [{"id": "dotnet_strong_crypto.1", "status": "applied"}] * 8},
    {"contract": 1, "stage": {"a": []}, "operations": [{"id": {}}]},
    {"failed": True, "msg": ["x"]},
]


@pytest.mark.parametrize("answer", WRONG)
def test_an_answer_that_is_none_is_an_error_and_no_success(answer):
    host = SimulatedHost("issue1.yml")
    host.hook = lambda name, _arguments: answer if name == APPLY else None
    result = host.run(enforce, apply=["all"])
    assert result["failed"] is True and result["msg"] and "applied" not in result


def test_an_answer_is_shown_without_what_moves_a_cursor():
    def hostile(name, _arguments):
        if name == APPLY:
            return {"failed": True, "msg": "\x1b[31m{{ 1 }}\u202e"}
        return None

    host = SimulatedHost("issue1.yml")
    host.hook = hostile
    result = host.run(enforce, apply=["all"])
    assert result["failed"] is True and "\x1b" not in result["msg"] and "\u202e" not in result["msg"]


def test_a_fault_of_the_plan_costs_one_host(monkeypatch):
    monkeypatch.setattr(enforce, "make_plan", lambda *_a, **_k: 1 / 0)
    result = SimulatedHost("issue1.yml").run(enforce, apply=["all"])
    assert result["failed"] is True and "ZeroDivisionError" in result["msg"]


def test_a_folder_that_takes_no_journal_is_a_warning_and_no_failure(folder):
    (folder / "file").write_text("")
    result = SimulatedHost("issue1.yml").run(enforce, apply=["all"], journal_dir="file/below")
    assert result["changed"] is True and "failed" not in result and result["journal_copy"] is None
    assert "the journal is on the host" in result["warnings"][0]


def test_a_host_cannot_choose_where_its_journal_is_copied_to(folder):
    def elsewhere(name, arguments):
        if name != APPLY:
            return None
        done = [
            {"id": one["id"], "status": "applied", "found": one["before"], "after": one["after"], "error": None}
            for one in arguments["operations"]
        ]
        journal = {"id": "../../evil", "path": "x", "lines": []}
        return {"contract": 1, "changed": True, "stage": "finished", "operations": done, "journal": journal}

    host = SimulatedHost("issue1.yml", name="wsus-1")
    host.hook = elsewhere
    result = host.run(enforce, apply=["all"])
    assert result["failed"] is True and not list(folder.rglob("*evil*"))
