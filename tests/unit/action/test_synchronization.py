# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugins synchronization and update_import: only what they started themselves proves anything."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.wsus.compliance.plugins.action import synchronization, update_import
from support.simulated_action import APPLY, FAST, SimulatedHost, facts_of

UPDATE = "0b5bd7f5-8a29-4c3c-a5e3-0c3a14f0b0b0"
DOWNSTREAM = {"api": {"configuration": {"SyncFromMicrosoftUpdate": False, "UpstreamWsusServerName": "up.corp"}}}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(synchronization, "PAUSE", 0.01)


def host(scenario: str = "healthy.yml", **more: Any) -> SimulatedHost:
    return SimulatedHost({"extends": scenario, **more})


def slow(seconds: float) -> dict[str, float]:
    return {**FAST, "synchronization": seconds}


def test_the_entry_that_it_made_proves_it():
    server = host()
    before = server.state()["wsus"]["api"]["last_synchronization"]["Id"]
    result = server.run(synchronization)
    assert result["changed"] is True and result["proof"] == "proved" and result["upstream"] is None
    assert result["synchronization"]["Id"] != before and result["synchronization"]["Result"] == "Succeeded"
    assert before in result["diff"]["before"] and result["synchronization"]["Id"] in result["diff"]["after"]
    assert server.asked == ["wsus_facts", "synchronize"] and "failed" not in result


def test_facts_spare_a_question():
    server = host()
    assert server.run(synchronization, facts=facts_of(server))["proof"] == "proved"
    assert server.asked == ["synchronize"]


def test_a_slow_one_is_waited_for_and_shown(monkeypatch, capsys):
    monkeypatch.setattr(synchronization, "STEP", 0)
    server = host(timing=slow(0.4))
    result = server.run(synchronization, categories_only=True)
    assert result["proof"] == "proved" and server.asked.count("synchronize") > 1
    assert "wsus-1: synchronizing: Categories" in capsys.readouterr().out
    assert server.executions[1][1]["category_only"] is True


def test_one_that_runs_is_waited_for_and_then_one_is_started(monkeypatch):
    server = host(timing=slow(0.3))
    assert server.run(synchronization)["proof"] == "proved"
    from wsus_simulator import sync

    assert sync.start(server.machine)
    running = server.machine.synchronization.id
    server.executions.clear()
    result = server.run(synchronization)
    assert result["proof"] == "proved" and result["synchronization"]["Id"] != running
    assert [arguments["start"] for name, arguments in server.executions if name == APPLY][:2] == [True, True]


@pytest.mark.parametrize("running", [False, True])
def test_a_timeout_says_that_it_goes_on(monkeypatch, running):
    monkeypatch.setattr(synchronization, "SHORTEST", 0)
    monkeypatch.setattr(synchronization, "STEP", 0)
    server = host(timing=slow(30))
    if running:
        from wsus_simulator import sync

        sync.start(server.machine)
    result = server.run(synchronization, timeout=0, assess=False)
    assert result["failed"] is True and result["proof"] == "failed" and "It goes on" in result["msg"]
    assert ("Another synchronization" in result["msg"]) is running and result["changed"] is not running
    assert result["assessment"] is None


def test_a_failure_says_why_with_the_log_and_the_assessment():
    result = host("issue5.yml").run(synchronization)
    assert result["failed"] is True and result["proof"] == "failed"
    assert "ended as Failed" in result["msg"] and "SoftwareDistribution.log:" in result["msg"]
    assert result["log_lines"] and result["assessment"]["issues"]["issue_5"] == "likely"
    assert result["assessment"]["outcome"] == "noncompliant"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"services": {"WsusService": {"state": "Stopped"}}}, "Start it"),
        ({"registry": {r"HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup": None}}, "role is not installed"),
    ],
)
@pytest.mark.parametrize("check", [False, True])
def test_what_keeps_it_from_starting_is_told_before(more, text, check):
    server = host(**more)
    result = server.run(synchronization, check=check)
    assert result["failed"] is True and text in result["msg"] and result["changed"] is False
    assert server.asked == ["wsus_facts"] and result["proof"] == "unproved"


def test_a_configuration_that_is_being_saved_and_an_api_that_does_not_answer():
    saving = {"synchronization": {"configuration_state": "ProcessingSave"}}
    result = host(wsus=saving).run(synchronization, assess=False)
    assert result["failed"] is True and "still saves" in result["msg"] and result["changed"] is False
    dead = {"api": {"error": {"code": "connection_failed", "message": "refused"}}}
    result = host(wsus=dead).run(synchronization)
    assert result["failed"] is True and "Start WsusService and W3SVC" in result["msg"]
    assert host(wsus=dead).run(synchronization, check=True)["failed"] is True, "check mode asks too"


def test_a_downstream_server_proves_nothing_about_microsoft():
    result = host(wsus=DOWNSTREAM).run(synchronization)
    assert "failed" not in result and result["proof"] == "unproved" and "up.corp" in result["upstream"]


def test_a_server_that_never_synchronized():
    never = {"api": {"last_synchronization": None}}
    result = host(wsus=never).run(synchronization)
    assert result["proof"] == "proved" and result["diff"]["before"] == ""


def test_check_mode_starts_none():
    server = host()
    before = server.state()
    result = server.run(synchronization, check=True)
    assert result["changed"] is True and result["proof"] == "unproved" and server.state() == before
    assert "this task starts" in result["diff"]["after"]


@pytest.mark.parametrize("timeout", [0, 4, 86_401, "long"])
def test_wrong_timeouts(timeout):
    with pytest.raises(AnsibleActionFail, match="timeout"):
        host().run(synchronization, timeout=timeout)


@pytest.mark.parametrize("answer", [{}, {"contract": 1}, {"contract": 1, "status": 5}, {"contract": 1, "error": {}}])
def test_an_answer_that_is_none_proves_nothing(answer):
    server = host()
    server.hook = lambda name, _arguments: answer if name == APPLY else None
    result = server.run(synchronization, assess=False)
    assert result["failed"] is True and result.get("proof") != "proved"


# --- imports ---------------------------------------------------------------------------------------------------------


def test_an_import_is_proved_by_its_result_and_a_log_without_errors():
    server = host()
    result = server.run(update_import, update_id=f"{{{UPDATE.upper()}}}")
    assert result["proof"] == "proved" and result["changed"] is True and result["was_there"] is False
    assert UPDATE in result["diff"]["after"].lower() and server.asked == ["import"]
    again = server.run(update_import, update_id=UPDATE)
    assert again["was_there"] is True and again["diff"] == {}


def test_an_import_that_fails():
    result = host("issue1.yml").run(update_import, update_id=UPDATE)
    assert result["failed"] is True and result["proof"] == "failed" and result["changed"] is False
    assert "w3wp" in result["log_lines"][-1] and "SoftwareDistribution.log:" in result["msg"]
    assert "Start WsusService" not in result["msg"], "WSUS answered"


def test_success_that_the_log_denies_is_a_failure_and_a_log_that_is_not_read_no_proof():
    line = "2026-11-25 10:11:12.345 UTC\tError\tw3wp.12\tSoapUtilities.LogException\tWebException: closed"
    answer: dict[str, Any] = {"contract": 1, "imported": True, "was_there": False, "error": None}
    server = host()
    server.hook = lambda _name, _arguments: {**answer, "log": {"path": "x", "size": 5, "from": 0, "text": line}}
    result = server.run(update_import, update_id=UPDATE)
    assert result["failed"] is True and "an error meanwhile" in result["msg"]
    unread = {"error": {"code": "access_denied", "message": "no"}}
    server.hook = lambda _name, _arguments: {**answer, "log": unread}
    result = server.run(update_import, update_id=UPDATE)
    assert result["proof"] == "unproved" and "failed" not in result


def test_an_import_in_check_mode_and_one_that_is_no_use():
    server = host()
    result = server.run(update_import, check=True, update_id=UPDATE)
    assert result["changed"] is True and result["proof"] == "unproved" and server.asked == []
    stopped = host(services={"WsusService": {"state": "Stopped"}})
    result = stopped.run(update_import, update_id=UPDATE, facts=facts_of(stopped))
    assert result["failed"] is True and stopped.asked == []


@pytest.mark.parametrize("update", ["", "KB5005112", "0b5bd7f5", f"{UPDATE};x"])
def test_an_update_is_named_by_its_guid(update):
    with pytest.raises(AnsibleActionFail, match="GUID"):
        host().run(update_import, update_id=update)
