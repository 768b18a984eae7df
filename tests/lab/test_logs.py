# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reader of logs on hosts of the lab: what is new only, logs that were rolled over, and errors in their place.

The files are written and rolled over on the machine that they lie on, by no code of the collection.
"""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest
from lab.log_stories import BIG, LINES
from support import lab

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())


@pytest.fixture
def answers(logs_told: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = logs_told.answers
    return found


@pytest.fixture
def told(answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return answers["logs"]


def text(file: dict[str, Any]) -> str:
    return gzip.decompress(base64.b64decode(file["content"])).decode() if file["content"] else ""


def by_name(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {file["path"].rpartition("\\")[2]: file for file in answer["files"]}


def code(file: dict[str, Any]) -> str:
    return file["error"]["code"]


def test_without_src_it_reads_the_log_of_wsus(told):
    file, rest = told["own"]["files"]
    assert told["own"]["changed"] is False
    assert file["path"].endswith(r"\LogFiles\SoftwareDistribution.log")
    assert len(text(file)) == file["size"] == file["to"] > 0
    assert rest["path"].endswith(r"\LogFiles\Change.log") and text(rest).endswith("changed\n")


def test_without_wsus_it_is_not_known_where_its_log_is(answers):
    (file,) = answers["bare"]["own"]["files"]
    assert code(file) == "not_found"


def test_each_file_is_read_once_and_errors_are_in_their_place(told):
    files = by_name(told["first"])
    assert [file["path"].rpartition("\\")[2] for file in told["first"]["files"]] == [
        *("a.log", "big.log", "dense.log", "empty.log", "short.log", "folder.log", "gone.log", "*.none", "x*")
    ]
    assert text(files["a.log"]) == "".join(LINES[:4]) and files["a.log"]["known"] is None
    assert files["empty.log"]["content"] is None and files["empty.log"]["head_length"] == 0
    assert code(files["folder.log"]) == "unreadable" and "folder" in files["folder.log"]["error"]["message"]
    assert code(files["gone.log"]) == code(files["*.none"]) == code(files["x*"]) == "not_found"


def test_only_what_was_appended_is_read(told):
    (file,) = told["appended"]["files"]
    assert text(file) == "".join(LINES[4:6])
    assert file["known"] == file["from"] == len("".join(LINES[:4])) and file["left_out"] == 0
    (same,) = told["unchanged"]["files"]
    assert same["content"] is None and same["from"] == same["to"] == same["size"]


def test_a_log_that_was_rolled_over_is_read_on_where_it_is_now(told):
    files = by_name(told["rolled"])
    assert set(files) == {"a.log", "a.lo_"}
    assert text(files["a.log"]) == LINES[7] and files["a.log"]["known"] is None
    assert text(files["a.lo_"]) == LINES[6] and files["a.lo_"]["known"] == len("".join(LINES[:6]))


def test_what_is_told_of_other_files_is_not_believed(told):
    (file,) = told["strange"]["files"]
    assert file["known"] is None and text(file) == "short"


def test_the_end_of_a_long_log_is_read(told):
    (file,) = told["limited"]["files"]
    assert text(file).encode() == BIG[-65536:]
    assert file["left_out"] == file["from"] == len(BIG) - 65536


def test_what_does_not_fit_is_not_read_and_costs_no_other(told):
    files = by_name(told["crowded"])
    assert code(files["dense.log"]) == "too_big"
    assert text(files["a.log"]) == LINES[7]


@pytest.mark.parametrize("step", ["no_maximum", "no_answer", "no_events"])
def test_limits_that_make_no_sense_are_refused(told, step):
    assert told[step]["failed"] and told[step]["msg"].startswith("malformed option")


def test_events_that_can_not_be_read_are_an_error_in_their_place(told):
    # The lab has no log of events; functions.ps1 has what comes where there is one.
    answer = told["events"]
    assert text(by_name(answer)["a.log"]) == LINES[7]
    assert code(answer["windows_events"]) == "unreadable"
    assert told["first"]["windows_events"] is None
