# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of wsus_apply: what is believed of them."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.answer import (
    AnswerError,
    check_apply,
    check_read_journal,
    check_restarts,
    read_failure,
)
from hypothesis import given
from hypothesis import strategies as st
from support.journal_records import ID
from support.plan_hosts import host, plan

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
MADE = plan(host("issue1"), "dotnet_strong_crypto", "w3wp_config", strong_crypto_set="required")
GOOD = host("issue1").apply(MADE.for_host(), notes=MADE.journal_notes())
CHECKED = host("issue1").apply(MADE.for_host(), check_mode=True)


def changed(answer, *path_and_data):
    found = copy.deepcopy(answer)
    *path, last, data = path_and_data
    node = found
    for name in path:
        node = node[name]
    if data is ...:
        del node[last]
    else:
        node[last] = data
    return found


def check(answer, **options):
    return check_apply(answer, MADE.operations, **options)


def test_a_good_answer():
    applied = check(GOOD)
    assert applied.changed and applied.stage == "finished" and applied.stopped is None
    assert [(item.id, item.status) for item in applied.operations] == [(one.id, "applied") for one in MADE.operations]
    assert applied.operations[0].found == {"exists": False} and applied.operations[0].after == MADE.operations[0].after
    assert applied.journal.lines and applied.machine_name == "WSUS01"
    assert [item.status for item in check(CHECKED, check_mode=True).operations] == ["pending"] * 3


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        changed(GOOD, "contract", 2),
        changed(GOOD, "contract", ...),
        {**GOOD, "skipped": True},
        changed(GOOD, "operations", None),
        changed(GOOD, "operations", []),
        changed(GOOD, "operations", GOOD["operations"][:2]),
        changed(GOOD, "operations", [*GOOD["operations"], GOOD["operations"][0]]),
        changed(GOOD, "operations", [*GOOD["operations"][:2], {**GOOD["operations"][2], "id": "evil.1"}]),
        changed(GOOD, "operations", [None] * 3),
        changed(GOOD, "operations", 0, "status", "done"),
        changed(GOOD, "operations", 0, "status", "pending"),
        changed(GOOD, "operations", 0, "status", "failed"),
        changed(GOOD, "operations", 0, "status", ["applied"]),
        changed(GOOD, "operations", 0, "after", {"exists": False}),
        changed(GOOD, "operations", 0, "after", None),
        changed(GOOD, "stage", "done"),
        changed(GOOD, "stage", []),
        changed(GOOD, "journal", {"id": "..", "path": "p", "lines": []}),
        changed(GOOD, "journal", {"id": ID, "path": "p"}),
        changed(GOOD, "operations", 0, "error", {"message": "x" * 70_000_000}),
    ],
    ids=range(23),
)
def test_answers_that_are_none(answer):
    with pytest.raises(AnswerError) as problem:
        check(answer)
    assert problem.value.code == "malformed_answer"


def test_nothing_is_applied_in_check_mode():
    with pytest.raises(AnswerError, match="check mode"):
        check(GOOD, check_mode=True)


def test_a_change_is_never_hidden():
    assert check(changed(GOOD, "changed", False)).changed
    assert check(changed(GOOD, "changed", "no")).changed


def test_what_stopped_it():
    items = [{**item, "status": "not_reached", "after": None} for item in GOOD["operations"]]
    answer = {**GOOD, "operations": items, "stopped": {"id": MADE.operations[0].id, "code": "busy", "message": "m"}}
    applied = check(answer)
    assert (applied.stopped.code, applied.stopped.id) == ("busy", MADE.operations[0].id)
    assert check({**answer, "stopped": {"id": "evil", "code": "evil", "message": 7}}).stopped.code == "unreadable"


def test_states_that_are_none_are_not_shown():
    item = check(
        changed(GOOD, "operations", 0, "found", {"error": {"code": "access_denied", "message": ""}})
    ).operations[0]
    assert item.found is None
    assert (
        check(changed(GOOD, "operations", 2, "found", {"exists": True, "sha256": "x", "size": 1})).operations[2].found
        is None
    )


def test_passwords_are_not_told():
    failure = read_failure({"code": "connection_failed", "message": "https://user:hunter2@host/ said no"})
    assert "hunter2" not in failure.message
    assert read_failure({"error": {"code": "too_big", "message": ""}}).code == "too_big"
    assert read_failure(None) is None and read_failure("x").code == "unreadable"


@given(JSON)
def test_any_answer_is_refused(answer):
    for function in (check, check_read_journal, lambda one: check_restarts(one, ["iisreset"])):
        with pytest.raises(AnswerError):
            function(answer)


@given(st.sampled_from(["operations", "stopped", "journal", "stage", "host", "changed", "applied_at"]), JSON)
def test_any_member_gives_an_answer_or_is_refused(member, data):
    try:
        check({**GOOD, member: data})
    except AnswerError:
        pass


RESTART = {"what": "iisreset", "status": "done", "message": "", "seconds": 12.5, "started": "2026-11-25T12:00:00.000Z"}


def test_restarts():
    answer = {
        "changed": True,
        "contract": 1,
        "host": {},
        "restarts": [RESTART, {"what": "WsusService", "status": "failed"}],
    }
    first, second = check_restarts(answer, ["iisreset", "WsusService"])
    assert (first.status, first.seconds, first.started) == ("done", 12.5, "2026-11-25T12:00:00.000Z")
    assert (second.status, second.message, second.seconds) == ("failed", "", None)
    for wrong in (["iisreset"], ["WsusService", "iisreset"], []):
        with pytest.raises(AnswerError):
            check_restarts(answer, wrong)
    with pytest.raises(AnswerError):
        check_restarts({**answer, "restarts": [{**RESTART, "status": "well"}]}, ["iisreset"])


def test_journals_read():
    one = check_read_journal({"contract": 1, "journal": {"id": ID, "path": "p", "lines": ["a", 7]}, "error": None})
    assert one.journal.lines == ("a",)
    listed = check_read_journal(
        {"contract": 1, "journals": [{"id": ID}, {"id": "../x"}, None, {"id": ID}], "error": None}
    )
    assert listed.ids == (ID,)
    missing = check_read_journal({"contract": 1, "error": {"code": "not_found", "message": "none"}})
    assert missing.error.code == "not_found"
