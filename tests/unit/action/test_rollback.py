# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin rollback: the state before comes back, by any copy of a journal, or nothing does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.wsus.compliance.plugins.action import enforce, rollback
from support.simulated_action import APPLY, SimulatedHost, facts_of, without_times

V4 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
W3WP = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
CONFIG = {"files": {W3WP: "<configuration/>"}}


def changed(scenario: Any = "issue1.yml", *apply: str) -> tuple[SimulatedHost, dict[str, Any], Any]:
    """A host, the result of its enforcement, and its state before."""
    host = SimulatedHost(scenario)
    before = without_times(host.state())
    done = host.run(enforce, apply=list(apply) or ["all"])
    assert done["changed"] is True
    host.executions.clear()
    return host, done, before


@pytest.mark.parametrize("where", ["newest", "id", "path on the host", "copy"])
@pytest.mark.parametrize("apply", ["all", "w3wp_config"])
def test_all_comes_back(where, apply):
    host, done, before = changed({"extends": "issue1.yml", **CONFIG}, apply)
    names = {
        "newest": None,
        "id": done["journal_id"],
        "path on the host": done["journal"],
        "copy": done["journal_copy"],
    }
    given = {} if names[where] is None else {"journal": names[where]}
    predicted = host.run(rollback, check=True, **given)
    assert without_times(host.state()) != before
    result = host.run(rollback, **given)
    assert result["changed"] is True and result["rolled_back"] == done["journal_id"]
    assert predicted["diff"] == result["diff"] and predicted["applied"] == result["applied"]
    assert without_times(host.state()) == before
    assert result["journal_id"] > done["journal_id"] and Path(result["journal_copy"]).is_file()
    again = host.run(rollback, **given)
    assert again["changed"] is False and without_times(host.state()) == before


def test_a_rollback_can_be_taken_back():
    host, _done, _before = changed()
    after = without_times(host.state())
    undone = host.run(rollback)
    host.run(rollback, journal=undone["journal_id"])
    assert without_times(host.state()) == after


def test_what_was_never_changed():
    host = SimulatedHost("healthy.yml")
    result = host.run(rollback)
    assert result["changed"] is False and result["rolled_back"] is None and "failed" not in result
    assert host.asked == ["wsus_facts"]
    facts = facts_of(host)
    assert host.run(rollback, facts=facts)["changed"] is False and host.asked == []
    host.run(enforce, apply=["w3wp_config"])
    facts = facts_of(host)
    assert host.run(rollback, facts=facts)["changed"] is True and host.asked[0] == "wsus_facts"


def test_a_part_and_then_the_rest():
    host, done, before = changed({"extends": "issue1.yml", **CONFIG}, "dotnet_strong_crypto", "w3wp_config")
    assert host.run(rollback, only=["w3wp_config"])["applied"] == ["w3wp_config.1"]
    part = host.run(rollback, only=["dotnet_strong_crypto.1", "dotnet_strong_crypto.2"], journal=done["journal_id"])
    assert sorted(part["applied"]) == ["dotnet_strong_crypto.1", "dotnet_strong_crypto.2"]
    rest = host.run(rollback)
    assert len(rest["applied"]) == 6 and without_times(host.state()) == before
    unknown = host.run(rollback, journal=done["journal_id"], only=["w3wp_config", "sync_endpoint"])
    assert unknown["failed"] is True and "no such operation" in unknown["msg"]


def test_what_was_changed_since_is_written_over_by_force_only():
    host, _done, before = changed()
    host.change({"registry": {V4: {"values": {"SchUseStrongCrypto": 0}}}})
    since = without_times(host.state())
    result = host.run(rollback)
    assert result["failed"] is True and result["changed"] is False and "found REG_DWORD 0" in result["msg"]
    assert without_times(host.state()) == since, "and nothing else is written either"
    assert host.run(rollback, force=True)["changed"] is True
    assert without_times(host.state()) == before


def test_a_copy_that_was_edited_or_cut_is_no_order():
    host, done, _before = changed()
    after = host.state()
    copy = Path(done["journal_copy"])
    text = copy.read_text()
    copy.write_text(text.replace("SchUseStrongCrypto", "SchUseStrongCrypt0"))
    result = host.run(rollback, journal=str(copy))
    assert result["failed"] is True and "was edited" in result["msg"] and host.asked == []
    copy.write_text("".join(text.splitlines(keepends=True)[3:]))
    assert host.run(rollback, journal=str(copy))["failed"] is True
    copy.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AnsibleActionFail, match="can't be read"):
        host.run(rollback, journal=str(copy))
    assert host.state() == after


def test_a_journal_of_another_host_is_refused_before_anything_is_compared():
    _host, done, _before = changed()
    other = SimulatedHost("issue1.yml", name="wsus-2")
    other.run(enforce, apply=["all"])
    before = other.state()
    for check in (True, False):
        result = other.run(rollback, check=check, journal=done["journal_copy"], force=True)
        assert result["failed"] is True and "other_host" in result["msg"] and other.state() == before


def test_a_journal_on_the_host_that_was_edited():
    host, done, _before = changed()
    path = done["journal"]
    text = host.machine.state.file(path).read().decode()
    host.change({"files": {path: text.replace('"data":1', '"data":2').replace('"data": 1', '"data": 2')}})
    for given in ({}, {"journal": done["journal_id"]}):
        result = host.run(rollback, **given)
        assert result["failed"] is True and result["changed"] is False and "journal" in result["msg"]
    assert host.run(rollback, journal=done["journal_copy"])["changed"] is True, "the controller's copy is good"


def test_the_newest_journal_that_the_collector_could_not_read_is_read_by_itself():
    host, done, before = changed()
    first = done["journal_id"]
    host.run(enforce, apply=["w3wp_config"])

    def too_big(name, _arguments):
        if name == APPLY:
            return None
        from wsus_simulator import modules

        answer = modules.run(name, host.machine.state, {"gather_subset": ["journal"]})
        files = answer["raw"]["journal"]["files"]
        newest = max(files, key=lambda file: file["name"])
        files[files.index(newest)] = {"name": newest["name"], "error": {"code": "too_big", "message": "300 kB"}}
        return answer

    host.hook = too_big
    result = host.run(rollback)
    assert result["rolled_back"] != first and result["applied"] == ["w3wp_config.1"]
    host.hook = lambda _name, _arguments: None
    host.run(rollback, journal=first)
    assert without_times(host.state()) == before


@pytest.mark.parametrize("journal", ["latest", "../x", r"C:\ProgramData\x.journal", "20261125"])
def test_what_is_neither_a_file_nor_an_id(journal):
    host = SimulatedHost("healthy.yml")
    with pytest.raises(AnsibleActionFail, match="neither a file of the controller nor"):
        host.run(rollback, journal=journal)
    assert host.asked == []


def test_a_file_of_another_name_is_no_journal(folder):
    _host, done, _before = changed()
    shutil.copy(done["journal_copy"], folder / "mine.journal")
    with pytest.raises(AnsibleActionFail, match="not named as a journal"):
        SimulatedHost("healthy.yml").run(rollback, journal=str(folder / "mine.journal"))


def test_an_id_that_the_host_has_not_got():
    result = SimulatedHost("healthy.yml").run(rollback, journal="20261125T101112345Z-0a1b2c3d")
    assert result["failed"] is True and "can't be read" in result["msg"]


def test_a_folder_that_is_not_believed_gives_no_orders():
    host, _done, _before = changed()
    host.change({"journal": {"owner": "S-1-5-21-1-2-3-1001"}})
    result = host.run(rollback)
    assert result["failed"] is True and "not believed" in result["msg"] and host.asked == ["wsus_facts"]


@pytest.mark.parametrize("after", [0, 1])
def test_a_lost_connection(after):
    host, _done, _before = changed()
    calls = []

    def lose(_name, _arguments):
        calls.append(1)
        return AnsibleConnectionFailure("closed") if len(calls) > after else None

    host.hook = lose
    with pytest.raises(AnsibleConnectionFailure):
        host.run(rollback)
    calls.clear()
    result = host.run(rollback, defer_errors=True)
    assert result["error"]["code"] == "unreachable" and result["host_unreachable"] is True and "failed" not in result


@pytest.mark.parametrize(
    "answer", [{}, {"contract": 1}, {"contract": 1, "journal": {"id": "x", "path": "y", "lines": []}}]
)
def test_answers_that_are_none(answer):
    host, done, _before = changed()
    host.hook = lambda name, _arguments: answer if name == APPLY else None
    assert host.run(rollback, journal=done["journal_id"])["failed"] is True
    host.hook = lambda name, _arguments: None if name == APPLY else answer
    assert host.run(rollback)["failed"] is True


# --- with an assessment, as the role asks for it ----------------------------------------------------------------------


def test_nothing_to_take_back_is_assessed_by_the_same_execution(folder):
    host = SimulatedHost("issue1.yml")
    result = host.run(rollback, assess=True, output_dir=str(folder))
    assert host.asked == ["wsus_facts"] and result["changed"] is False
    assert result["audit"]["outcome"] == "noncompliant" and Path(result["audit"]["path"]).is_file()
    assert result["restart_required"] == [] and "from_times" not in result


def test_what_was_taken_back_already_is_found_by_one_execution():
    host, done, _before = changed()
    host.run(rollback)
    host.executions.clear()
    result = host.run(rollback, assess=True)
    assert host.asked == ["wsus_facts"] and result["changed"] is False and result["audit"] is not None
    assert result["rolled_back"] == done["journal_id"]


@pytest.mark.parametrize(
    ("apply", "asked"),
    [("all", ["wsus_facts", "apply"]), ("w3wp_config", ["wsus_facts", "read_journal", "apply"])],
)
def test_taking_back_costs_no_execution_more(apply, asked):
    host, _done, before = changed({"extends": "issue1.yml", **CONFIG}, apply)
    result = host.run(rollback, assess=True)
    assert host.asked == asked
    assert without_times(host.state()) == before and "restart.pending" in str(result["audit"]["reasons"]), (
        "as it was read"
    )


def test_a_named_journal_is_not_read_beside_all_else():
    host, done, _before = changed()
    result = host.run(rollback, assess=True, journal=done["journal_copy"])
    assert len(host.asked) == 1 and result["audit"] is None and result["changed"] is True


def test_a_lost_connection_is_the_assessment(folder):
    host = SimulatedHost("issue1.yml")
    host.hook = lambda _name, _arguments: AnsibleConnectionFailure("closed")
    result = host.run(rollback, assess=True, defer_errors=True, output_dir=str(folder))
    assert result["audit"]["outcome"] == "unreachable" and Path(result["audit"]["path"]).is_file()
    assert len(host.asked) == 1


def test_an_answer_that_is_lost_when_it_is_written_leaves_the_assessment_open():
    host, _done, _before = changed()
    host.hook = lambda name, _arguments: AnsibleConnectionFailure("closed") if name == APPLY else None
    result = host.run(rollback, assess=True, defer_errors=True)
    assert result["error"]["code"] == "unreachable" and result["audit"] is None


def test_journals_that_are_not_believed_keep_no_assessment_back():
    host, _done, _before = changed()
    host.change({"journal": {"owner": "S-1-5-21-1-2-3-1001"}})
    result = host.run(rollback, assess=True, defer_errors=True)
    assert "not believed" in result["error"]["message"] and "restart.pending" in str(result["audit"]["reasons"])
    assert host.asked == ["wsus_facts"]
