# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers to synchronize and import: what they prove, and what they don't."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.synchronization import (
    LINES,
    check_import,
    check_synchronization,
    read_log,
    upstream_of,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.answer import AnswerError

T = "2026-11-25 10:11:12.345 UTC"
ERROR = f"{T}\tError\tw3wp.12\tSoapUtilities.LogException\tWebException: closed"
OTHER = f"{T}\tWarning\tWsusService.9\tCatalogSyncAgent\tWill retry in 60 minutes"
INFO = f"{T}\tInfo\tw3wp.12\tThreadEntry\tWebException is only a word here"


def entry(identity: Any, by_hand: bool = True, result: str = "Succeeded") -> dict[str, Any]:
    return {"Id": identity, "Result": result, "Error": "NotApplicable", "ErrorText": "", "StartedManually": by_hand}


def answer(**members: Any) -> dict[str, Any]:
    return {"contract": 1, "changed": True, "started": True, "status": "NotProcessing", "previous_id": "a", **members}


def test_ended_is_an_entry_that_was_not_there_before():
    found = check_synchronization(answer(last=entry("b")))
    assert found.ended("a") and not found.ended("b") and found.ended(None)
    assert not check_synchronization(answer(last=entry("b"), status="Running")).ended("a")
    assert not check_synchronization(answer(last=None)).ended(None)
    assert not check_synchronization(answer(last={"Id": 5})).ended("a")


@pytest.mark.parametrize(
    ("history", "ours"),
    [
        ([entry("b"), entry("a")], "b"),
        ([entry("c", by_hand=False), entry("b"), entry("a")], "b"),
        ([entry("c"), entry("b"), entry("a")], "b"),
        ([entry("c", by_hand=False), entry("b", by_hand=False), entry("a")], "b"),
        ([], "c"),
        ("nothing", "c"),
    ],
)
def test_ours_is_the_one_after_the_one_before(history, ours):
    last = history[0] if isinstance(history, list) and history else entry("c")
    found = check_synchronization(answer(last=last, history=history))
    assert found.entry("a")["Id"] == ours


def test_progress_for_people():
    running = answer(status="Running", progress={"phase": "Updates", "processed": 3, "total": 10})
    assert check_synchronization(running).progress == "Updates, 3 of 10"
    assert (
        check_synchronization(answer(status="Running", progress={"phase": "Updates", "total": -1})).progress
        == "Updates"
    )
    assert check_synchronization(answer(status="Running")).progress == "Running"


@pytest.mark.parametrize("wrong", [None, [], {}, {"contract": 1}, {"contract": 1, "status": ["x"]}, {"contract": 9}])
def test_what_is_no_answer(wrong):
    with pytest.raises(AnswerError):
        check_synchronization(wrong)
    with pytest.raises(AnswerError):
        check_import(wrong)


def test_an_error_is_told_in_place_of_a_status():
    found = check_synchronization({"contract": 1, "status": None, "error": {"code": "role_absent", "message": "m"}})
    assert found.error is not None and found.error.code == "role_absent" and not found.idle


def test_lines_of_a_log():
    log = read_log({"path": "p", "from": 7, "text": "\n".join([ERROR, "   at System.Net", OTHER, INFO, "x"])})
    assert log.offset == 7 and log.problems() == [ERROR, OTHER] and log.problems("w3wp") == [ERROR]
    many = read_log({"text": "\n".join([ERROR] * (LINES + 5))})
    assert len(many.problems()) == LINES
    assert read_log("x").problems() == [] and read_log({"text": 5}).text == ""
    secret = read_log({"text": f"{T}\tError\tw3wp.1\tx\thttp://u:hunter22@proxy"})
    assert "hunter22" not in secret.problems()[0]


@pytest.mark.parametrize(
    ("members", "proof"),
    [
        ({"imported": True, "log": {"text": INFO}}, "proved"),
        ({"imported": True, "log": {"text": OTHER}}, "proved"),
        ({"imported": True, "log": {"text": ERROR}}, "failed"),
        ({"imported": True, "log": {"text": f"{T}\tError\tw3wp.1\tx\tImportUpdateFromCatalogSite failed"}}, "failed"),
        ({"imported": False, "error": {"code": "connection_failed", "message": "m"}}, "failed"),
        ({"imported": True, "error": {"code": "access_denied", "message": "m"}}, "failed"),
        ({"imported": True, "log": {"error": {"code": "access_denied", "message": "m"}}}, "unproved"),
    ],
)
def test_what_an_import_proves(members, proof):
    assert check_import({"contract": 1, "was_there": "perhaps", **members}).proof == proof


def facts(position: str | None, **more: Any) -> dict[str, Any]:
    return {
        "wsus": {"role": {"installed": True}, "hierarchy": {"position": position, "replica": False, "upstream": None}},
        "services": {"WsusService": {"exists": True, "state": "Running"}},
        **more,
    }


def test_whom_a_server_synchronizes_from():
    assert upstream_of(facts("topmost")) == (None, None)
    hindrance, upstream = upstream_of(facts("downstream"))
    assert hindrance is None and upstream
    assert "not known" in (upstream_of(facts(None))[1] or "") and "not known" in (upstream_of({})[1] or "")


def test_why_it_is_no_use():
    assert "role" in (upstream_of({"wsus": {"role": {"installed": False}}})[0] or "")
    stopped = facts("topmost", services={"WsusService": {"exists": True, "state": "Stopped"}})
    assert "does not run (it is Stopped)" in (upstream_of(stopped)[0] or "")
