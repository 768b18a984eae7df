# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restarts, synchronizations and imports by wsus_apply on hosts of the lab."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support import lab
from support.journals import records

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

NEVER = "00000000-0000-0000-0000-000000000000"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ENTRY = {"Id", "StartTime", "EndTime", "Result", "Error", "ErrorText", "StartedManually"}


def marks(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["what"], one["status"]) for one in answer["restarts"]]


def noted(answer: dict[str, Any]) -> list[str]:
    """Restarts that a journal tells of, after its end."""
    found = records(answer["journal"]["lines"])
    assert found[5]["record"] == "end"
    assert all(record["record"] == "restart" and TIME.fullmatch(record["at"]) for record in found[6:])
    return [record["what"] for record in found[6:]]


# --- What is read after a change --------------------------------------------------------------------------------------


def test_what_is_read_after_a_change_is_what_the_collector_reads(told):
    change, facts = told["services"]["change"], told["services"]["facts"]
    assert change["changed"] is True and TIME.fullmatch(change["collected_at"])
    assert change["applied_at"] <= change["collected_at"] <= facts["collected_at"]
    assert change["raw"] == facts["raw"] and len(change["raw"]) == 13
    (journal,) = change["raw"]["journal"]["files"]
    assert journal["name"] == f"{change['journal']['id']}.journal" and len(journal["lines"]) == len(
        change["journal"]["lines"]
    )


def test_nothing_is_read_where_nothing_was_written(told):
    for step in ("predicted", "unchanged"):
        assert "raw" not in told["services"][step] and "collected_at" not in told["services"][step]
    assert told["services"]["predicted"]["changed"] is True and told["services"]["unchanged"]["changed"] is False


# --- Restarts ---------------------------------------------------------------------------------------------------------


def test_restarted(told):
    answer = told["services"]["restart"]
    assert answer["changed"] is True and set(answer["host"]) == {"machine_name", "machine_guid"}
    assert marks(answer) == [("iisreset", "done"), ("WsusService", "done"), ("reboot_note", "done")]
    iis, service, note = answer["restarts"]
    assert "successfully restarted" in iis["message"]
    assert TIME.fullmatch(iis["started"]) and TIME.fullmatch(service["started"]) and note["started"] is None
    # The processes, as the lab notes their starts, are newer than the restarts.
    for one, start in zip((iis, service), told["services"]["after"]["stdout_lines"], strict=True):
        assert re.sub(r"\D", "", start)[:17] >= re.sub(r"\D", "", one["started"])


def test_restarts_are_noted_in_the_journal(told):
    assert noted(told["services"]["noted"]) == ["iisreset", "WsusService", "reboot"]


def test_a_note_that_can_not_be_made_is_said(told):
    (note,) = told["services"]["not_noted"]["restarts"]
    assert note["status"] == "done"
    assert "20261125T000000000Z-bbbbbbbb" in note["message"] and "x" in note["message"].split("; ")[1]


def test_what_does_not_run_is_left_alone(told):
    answer = told["services"]["not_running"]
    assert marks(answer) == [("WsusService", "not_running")]
    assert (answer["changed"], answer["restarts"][0]["started"]) == (False, None)


def test_the_first_restart_that_fails_ends_it(told):
    answer = told["services"]["fails"]
    assert marks(answer) == [("iisreset", "failed"), ("WsusService", "not_reached")]
    assert answer["restarts"][0]["message"]
    # The second note of a restart of Windows is that of the step not_noted.
    assert noted(told["services"]["noted_at_last"]) == ["iisreset", "WsusService", "reboot", "reboot"]


def test_no_service_to_restart(told):
    answer = told["norole"]["restart"]
    assert marks(answer) == [("WsusService", "failed")] and answer["restarts"][0]["message"]


# --- Synchronizations -------------------------------------------------------------------------------------------------


def test_synchronized(told):
    answer = told["services"]["sync"]
    assert (answer["changed"], answer["started"], answer["status"]) == (True, True, "NotProcessing")
    assert (answer["error"], answer["progress"], answer["previous_id"]) == (None, None, NEVER)
    assert set(answer["last"]) == ENTRY
    assert answer["last"]["Result"] == "Succeeded" and answer["last"]["Id"] != NEVER
    assert answer["history"] == [answer["last"]]
    log = answer["log"]
    assert log["error"] is None and log["from"] + len(log["text"].encode()) == log["size"]
    assert "manually started" in log["text"].splitlines()[0] and "completed successfully" in log["text"]


def test_synchronization_failed(told):
    answer = told["kinds"]["sync_fails"]
    assert (answer["started"], answer["error"]) == (True, None)
    assert (answer["last"]["Result"], answer["last"]["Error"]) == ("Failed", "UssCommunicationError")
    assert "fe2.update.microsoft.com" in answer["log"]["text"]


def test_a_log_shorter_than_the_offset_was_rolled_over(told):
    answer = told["services"]["sync_since"]
    assert (answer["changed"], answer["started"]) == (False, False)
    assert answer["log"]["from"] == 0 and len(answer["log"]["text"].encode()) == answer["log"]["size"]


def test_started_for_categories_only_and_running(told):
    answer = told["services"]["starts"]
    assert (answer["changed"], answer["started"], answer["status"]) == (True, True, "Running")
    assert set(answer["progress"]) == {"phase", "processed", "total"}
    assert answer["previous_id"] == answer["last"]["Id"] == told["services"]["sync"]["last"]["Id"]
    assert answer["log"]["from"] == 10


def test_one_that_runs_is_not_started_again(told):
    answer = told["services"]["runs"]
    assert (answer["changed"], answer["started"], answer["status"], answer["error"]) == (False, False, "Running", None)


def test_canceled(told):
    answer = told["services"]["canceled"]
    assert (answer["status"], answer["last"]["Result"]) == ("NotProcessing", "Canceled")
    assert [entry["Result"] for entry in answer["history"]] == ["Canceled", "Succeeded"]
    assert answer["log"]["text"] == "" and answer["log"]["from"] is None and answer["log"]["size"] > 0


@pytest.mark.parametrize(("host", "step"), [("services", "sync_stopped"), ("norole", "sync")])
def test_not_synchronized(told, host, step):
    answer = told[host][step]
    assert answer["error"]["code"] == {"services": "connection_failed", "norole": "role_absent"}[host]
    assert (answer["changed"], answer["started"], answer["status"], answer["last"]) == (False, False, None, None)
    # Where the service is stopped, the setup tells where the log is.
    assert bool(answer["log"]["size"]) is (host == "services")
    assert bool(answer["log"]["error"]) is (host == "norole")


@pytest.mark.parametrize(("host", "step"), [("services", "wsus_stopped"), ("norole", "wsus")])
def test_configuration_not_read(told, host, step):
    answer = told[host][step]
    assert (answer["changed"], answer["stage"]) == (False, "refused")
    assert answer["stopped"]["code"] == {"services": "connection_failed", "norole": "role_absent"}[host]


# --- Imports ----------------------------------------------------------------------------------------------------------


def test_imported(told):
    answer = told["services"]["import"]
    assert (answer["changed"], answer["imported"], answer["error"]) == (True, True, None)
    # The lab's API has no GetUpdate.
    assert answer["was_there"] is None
    assert "Imported update" in answer["log"]["text"]


def test_import_failed(told):
    answer = told["failing"]["import_fails"]
    assert (answer["changed"], answer["imported"]) == (False, False)
    assert "forcibly closed" in answer["error"]["message"]
    assert "Retry Limit Exceeded" in answer["log"]["text"]


def test_not_imported(told):
    answer = told["norole"]["import"]
    assert (answer["changed"], answer["imported"]) == (False, False)
    assert answer["error"]["code"] == "role_absent"
