# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions of wsus_apply's modules at edges that no state of a host leads to (functions_apply.ps1)."""

from __future__ import annotations

import pytest
from lab import test_functions_package
from support import lab

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

# What is said of an operation that is malformed; it fails the module.
MALFORMED = {
    "no_id": "no id",
    "no_kind": "no kind 'x'",
    "no_before": "no before",
    "no_name": "no name",
    "no_type": "'REG_LINK' can't be written",
    "no_number": "none of type REG_DWORD",
    "long_number": "UInt32",
    "no_list": "none of type REG_MULTI_SZ",
    "no_hex": "none of type REG_BINARY",
    "no_text": "none of type REG_SZ",
    "no_digest": "not 64 hex digits",
    "no_content": "not that of the content",
    "long_content": "longer than",
    "no_path": "no path",
    "no_root": "no path",
    "no_members": "MUUrl and RedirectorChangeNumber",
    "other_members": "not the same members",
}
# One operation carried out: status, code that stopped the run, changed, records.
WRITTEN = {
    "written": ("applied", None, True, 3),
    "state_lost": ("failed", "access_denied", False, 2),
    "already_there": ("already", None, False, 1),
    "changed_since": ("mismatch", "mismatch", False, 2),
    "disk_full": ("not_reached", "journal_failed", False, 0),
    "disk_full_later": ("applied", "journal_failed", True, 1),
    "disk_full_at_end": ("applied", "journal_failed", True, 2),
    "not_kept": ("failed", "not_kept", True, 3),
    "noticed": ("failed", "busy", False, 3),
    "noticed_mismatch": ("mismatch", "mismatch", False, 3),
}
ERRORS = {
    "long_journal": "too_big",
    "long_shown": "too_big",
    "bad_journal": "unreadable",
    "bad_lock": "journal_failed",
    "bad_file": "unreadable",
    "lock_taken": "busy",
    "guarded": "mismatch",
    "saving": "busy",
    "wsus_denied": "access_denied",
    "wsus_broken": "unreadable",
    "log_missing": "not_found",
    "sync_broken": "unreadable",
    "start_broken": "unreadable",
    "long_value": "too_big",
    "unknown_type": "unreadable",
}
VALUES = {
    "no_before_images": {"code": "journal_failed", "left": False},
    "no_notes": ["begin", "operation", "ready"],
    "no_missing_keys": "access_denied",
    "no_guid": None,
    "written_out": r"C:\windows\System32\x.config",
    "what_if": {"data": 1, "file": False},
    "note_of_none": None,
    "journal_stays": "went on",
    "bad_key": "thrown",
    "moved_away": {"text": "old", "left": 0},
    "saved": "Current",
    "set_wsus": "https://new",
    "log_folder": r"C:\units\SoftwareDistribution.log",
    "log_unknown": r"C:\Program Files\Update Services\LogFiles\SoftwareDistribution.log",
    "was_there": True,
    "was_not_there": False,
    "not_told": None,
    "program": {"exit_code": 3, "output": "told"},
    "program_ended": {"exit_code": None, "output": ""},
}
TEXTS = {
    "cut_journal": "in the middle of a line",
    "note_without_lock": "could not be noted: test",
    "start_while_saving": "still saving",
}
# A restart that fails, and what it says.
IIS = {"iis_hangs": "did not end", "iis_fails": "exit code 5", "iis_stopped": "W3SVC is 'Stopped'"}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed(apply_functions, case):
    assert MALFORMED[case] in apply_functions.answers[case]


@pytest.mark.parametrize("case", WRITTEN)
def test_one_operation(apply_functions, case):
    answer = apply_functions.answers[case]
    stopped = answer["stopped"] and answer["stopped"]["code"]
    assert (answer["status"], stopped, answer["changed"], answer["lines"]) == WRITTEN[case]


@pytest.mark.parametrize("case", ERRORS)
def test_error(apply_functions, case):
    answer = apply_functions.answers[case]
    assert answer["error"]["code"] == ERRORS[case], answer
    assert answer["error"]["message"]


@pytest.mark.parametrize("case", VALUES)
def test_value(apply_functions, case):
    assert apply_functions.answers[case] == VALUES[case]


@pytest.mark.parametrize("case", TEXTS)
def test_text(apply_functions, case):
    assert TEXTS[case] in apply_functions.answers[case]


@pytest.mark.parametrize("case", IIS)
def test_iis_that_does_not_come_back(apply_functions, case):
    (restart,) = apply_functions.answers[case]["restarts"]
    assert restart["status"] == "failed" and IIS[case] in restart["message"] and restart["started"]


def test_more_journals_than_are_told(apply_functions):
    answer = apply_functions.answers["many_journals"]
    assert (answer["files"], answer["truncated"]) == ([], True)


def test_history_is_newest_first_and_short(apply_functions):
    answer = apply_functions.answers["history"]
    assert [entry["Id"] for entry in answer["history"]] == [6, 5, 4, 3, 2]
    assert answer["configuration_state"] == "Current"


def test_every_case_is_asserted(apply_functions):
    assert set(apply_functions.answers) == {
        *MALFORMED,
        *WRITTEN,
        *ERRORS,
        *VALUES,
        *TEXTS,
        *IIS,
        "many_journals",
        "history",
        *test_functions_package.CASES,
    }
