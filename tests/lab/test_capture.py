# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The program that captures on hosts of the lab: one capture of its own, nothing of somebody else's, nothing left.

That the frames of a trace are read needs events, which the lab does not have: test_functions_capture.py.
"""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest
from lab import capture_stories
from lab.capture_stories import FOLDER, PCAPNG, TRACE
from support import lab

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())


@pytest.fixture
def answers(capture_told: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = capture_told.answers
    return found


@pytest.fixture(params=capture_stories.CELLS)
def told(request: pytest.FixtureRequest, answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {**answers[request.param], "tool": request.param}


def code(answer: dict[str, Any]) -> str | None:
    return answer["error"] and answer["error"]["code"]


def test_without_a_capture_there_is_nothing_to_do(told):
    for step in ("nothing", "remove_nothing", "stop_nothing"):
        assert (told[step]["changed"], told[step]["error"], told[step]["capture"]) == (False, None, None), told[step]
    assert told["stop_nothing"]["ended_early"] is False
    assert code(told["convert_nothing"]) == "not_found"


def test_check_mode_says_what_would_be_started(told):
    answer = told["would_start"]
    assert answer["changed"] and answer["error"] is None
    planned = {
        "tool": told["tool"],
        "started": None,
        "ports": [443, 8080],
        "max_size": 128,
        "running": False,
        "size": 0,
    }
    assert answer["capture"] == {**planned, "file": rf"{FOLDER}\trace.etl"}
    assert told["untouched"]["stdout"].strip() == "False"


def test_a_capture_runs_until_it_is_stopped(told):
    started = told["start"]["capture"]
    assert told["start"]["changed"] and started["running"], told["start"]
    assert (started["tool"], started["ports"], started["max_size"]) == (told["tool"], [443, 8080], 64)
    for step, changed in (("start_again", False), ("would_stop", True), ("would_remove", True), ("status", False)):
        assert told[step]["changed"] is changed and told[step]["capture"]["running"], (step, told[step])
        assert told[step]["capture"]["started"] == started["started"]
    assert code(told["convert_running"]) == "busy"
    assert told["stop"]["changed"] and told["stop"]["capture"]["running"] is False
    assert told["stop"]["capture"]["size"] == len(TRACE)
    assert told["stop_again"]["changed"] is False and told["stop_again"]["ended_early"] is False
    assert code(told["start_over"]) == "busy"


def test_it_is_converted_and_read_in_parts(told):
    assert told["would_convert"]["error"] is None and "format" not in told["would_convert"]
    answer = told["convert"]
    if told["tool"] == "netsh":
        # The lab has no reader of events.
        assert answer["error"]["message"]
        return
    assert (answer["format"], answer["size"], answer["packets"], answer["left_out"]) == (
        "pcapng",
        len(PCAPNG),
        None,
        None,
    )
    for step, offset, length in (("part", 1000, 500), ("end", 76_700, 100)):
        assert (told[step]["offset"], told[step]["length"]) == (offset, length)
        content = gzip.decompress(base64.b64decode(told[step]["content"]))
        assert content == PCAPNG[offset : offset + length]


def test_nothing_is_left(told):
    assert told["remove"]["changed"] and told["remove"]["capture"] is None and told["remove"]["error"] is None
    assert told["removed"]["stdout"].strip() == told["left"]["stdout"].strip() == "False"


def test_one_that_ended_by_itself_is_told_and_nothing_is_stopped(told):
    assert told["start_2"]["capture"]["running"]
    assert told["ended"]["ended_early"] is True and told["ended"]["changed"] is False
    assert told["remove_2"]["changed"] is True and told["remove_2"]["error"] is None


def test_a_trace_of_somebody_else_is_neither_stopped_nor_replaced(told):
    answer = told["start_3"]
    assert code(answer) == "write_failed" and "laeuft bereits" in answer["error"]["message"]
    assert "netsh trace show status" in answer["error"]["message"]
    lines = told["told"]["stdout"].splitlines()
    # of both captures one was stopped by us: the other had ended, and the third was another's
    assert sum(line.endswith("stop") for line in lines) == 1


def test_what_was_run(told):
    lines = told["told"]["stdout"].splitlines()
    name = told["tool"]
    starts = [
        line for line in lines if line.startswith(f"{name} ") and "start" in line and "report=disabled" not in line
    ]
    assert len(starts) == (3 if name == "netsh" else 2)
    assert rf"{FOLDER}\trace.etl" in starts[0] and "64" in starts[0]
    if name == "pktmon":
        assert lines[:2] == ["logman query PktMon -ets", "pktmon filter list"]  # check mode looks too
        assert lines.count("pktmon filter add wsus-compliance-8080 -t TCP -p 8080") == 1
        # before each of two starts, after the stop, and of the one that had ended
        assert lines.count("pktmon filter remove") == 4


@pytest.mark.parametrize("step", ["no_ports", "no_port", "no_size", "no_length"])
def test_options_that_make_no_sense_are_refused(told, step):
    assert told[step]["failed"] and told[step]["msg"].startswith("malformed option")
