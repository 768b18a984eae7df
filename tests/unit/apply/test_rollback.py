# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rollback: what is taken back, in which order, and what is not."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.journal import Journal, read_journal
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.rollback import Rollback, newest, plan_rollback
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.diff import planned
from support.journal_records import (
    ABSENT,
    CONFIG,
    ID,
    NET,
    NEW,
    NEXT,
    OLD,
    ONE,
    POLICY,
    applied,
    begin,
    blob,
    end,
    file,
    ready,
    state,
    value,
    whole,
    writing,
)
from support.raw_host import HOST, chain

V, F = "dotnet_strong_crypto.1", "w3wp_config.1"
HERE = (HOST["machine_name"], HOST["machine_guid"])
CONFIGURATION = {
    "record": "operation",
    "id": "sync_endpoint.1",
    "kind": "wsus_configuration",
    "before": {"MUUrl": "https://fe2.update.microsoft.com/v6", "RedirectorChangeNumber": 0},
    "after": {"MUUrl": "https://sws.update.microsoft.com", "RedirectorChangeNumber": 4002},
    "missing_keys": [],
    "note": None,
}


def read(*records: Any, identity: str = ID) -> Journal:
    journal = read_journal(chain(*records), identity)
    assert journal.state != "damaged", journal.reason
    return journal


def refusals(rollback: Rollback) -> list[str]:
    return [refusal.reason for refusal in rollback.plan.refused]


def test_everything_in_reverse_order():
    keys = ["HKLM\\a", "HKLM\\a\\b"]
    back = plan_rollback(read(*whole(value(missing_keys=keys), file(), CONFIGURATION)), host=HERE)
    assert [operation.id for operation in back.plan.operations] == ["sync_endpoint.1", F, V]
    configuration, config, number = back.plan.for_host()
    assert (configuration["before"], configuration["after"]) == (CONFIGURATION["after"], CONFIGURATION["before"])
    assert config["before"] == state(NEW)
    assert config["after"] == {**state(OLD), "content": base64.b64encode(OLD).decode()}
    assert (number["before"], number["after"], number["remove_keys"]) == (ONE, ABSENT, keys[::-1])
    assert back.journal_id == ID and back.expect_host == HOST
    assert back.notes[V] == {
        "resolution": "dotnet_strong_crypto",
        "restarts": [{"what": "iisreset", "need": "required"}, {"what": "reboot", "need": "recommended"}],
        "rolls_back": V,
        "whole": True,
    }
    assert {restart.what for restart in back.plan.restarts} == {"iisreset", "WsusService", "reboot"}
    assert not back.plan.failures()


def test_the_diff_shows_files_that_are_known():
    back = plan_rollback(read(*whole(file())), contents=[NEW])
    assert (
        planned(back.plan)[0]["before"] == NEW.decode() + "\n" and planned(back.plan)[0]["after"] == OLD.decode() + "\n"
    )
    assert "SHA-256" in planned(plan_rollback(read(*whole(file()))).plan)[0]["before"]


def test_a_file_that_was_made_is_removed():
    back = plan_rollback(read(*whole(file(before=ABSENT))))
    assert back.plan.for_host()[0]["after"] == ABSENT


def test_only_what_was_done_or_may_have_been():
    head = [begin(), value(), value("x.1", "A"), value("y.1", "B"), ready()]
    journal = read(*head, writing(V), applied(V), writing("x.1"))
    assert journal.state == "interrupted"
    assert [operation.id for operation in plan_rollback(journal).plan.operations] == ["x.1", V]


@pytest.mark.parametrize(
    ("only", "expected"),
    [([V], [V]), (["w3wp_config"], [F]), ([F, "dotnet_strong_crypto"], [F, V]), ((), [F, V])],
)
def test_a_part(only, expected):
    back = plan_rollback(read(*whole(value(), file())), only=only)
    assert [operation.id for operation in back.plan.operations] == expected
    assert all(note["whole"] is (len(expected) == 2) for note in back.notes.values())


def test_a_part_that_is_not_there():
    back = plan_rollback(read(*whole(value())), only=["nonsense"])
    assert back.plan.failures() and "no such" in refusals(back)[0]


def test_a_part_that_was_not_done():
    back = plan_rollback(read(begin(), value(), file(), blob(), ready(), writing(V), applied(V)), only=[F])
    assert back.plan.failures() and "nothing that was done" in refusals(back)[0]


@pytest.mark.parametrize(
    ("journal", "why"),
    [
        (read_journal(["x"], ID), "damaged"),
        (read(begin(), value()), "before anything was written"),
        (read(begin(), value(), ready()), "nothing that was done"),
        (read(*whole(value(), host={})), "which host"),
        (read(*whole(value(before={"exists": True, "type": "REG_UNKNOWN", "data": None}))), "could not be read"),
        (read(*whole(value(path=r"HKLM\SYSTEM\CurrentControlSet\Services\evil"))), "never changes"),
        (read(*whole(value(path=NET + r"\..\..\evil"))), "never changes"),
        (read(*whole(file(path=r"C:\Windows\System32\evil.dll"))), "never changes"),
    ],
)
def test_what_is_not_taken_back(journal, why):
    back = plan_rollback(journal, host=HERE)
    assert not back.plan.operations and back.plan.failures() and why in refusals(back)[0]
    assert all(refusal.next_step for refusal in back.plan.refused)


def test_another_host():
    journal = read(*whole(value()))
    assert "not of WSUS02" in refusals(plan_rollback(journal, host=("WSUS02", HERE[1])))[0]
    assert refusals(plan_rollback(journal, host=(HERE[0], "another")))
    assert not refusals(plan_rollback(journal, host=("wsus01", None)))


def test_one_that_can_not_go_back_keeps_the_others_from_being_sent():
    unknown = value("x.1", "A", before={"exists": True, "type": "REG_UNKNOWN", "data": None})
    assert plan_rollback(read(*whole(value(), unknown))).plan.failures()


def test_a_policy_list_goes_back_as_it_was():
    text = {"exists": True, "type": "REG_MULTI_SZ", "data": ["a", "b"]}
    operation = value(
        "cipher_suite_order.1", "Functions", path=POLICY, before=text, after={**ONE, "type": "REG_SZ", "data": "c"}
    )
    back = plan_rollback(read(*whole(operation)))
    assert back.plan.for_host()[0]["after"] == text
    assert [(restart.what, restart.need) for restart in back.plan.restarts] == [("reboot", "required")]
    assert CONFIG not in str(back.plan.as_dict())


# --- which journal ---------------------------------------------------------------------------------------------------

LATER = "20261125T140000000Z-0a1b2c3d"


def rollback_of(identity, *operations, journal_id=LATER):
    notes = [{**one, "note": {"rolls_back": one["id"], "whole": True}} for one in operations]
    return read(*whole(*notes, identity=journal_id, purpose="rollback", rolls_back=identity), identity=journal_id)


def test_the_newest_that_changed_something():
    first, second = read(*whole(value())), read(*whole(value(), identity=NEXT), identity=NEXT)
    nothing = read(begin(LATER), value(), ready(), end("stopped"), identity=LATER)
    assert newest([first, nothing, second]) == second
    assert newest([]) == newest([nothing]) == Rollback(newest([]).plan)


def test_what_was_taken_back_is_not_taken_back_again_nor_the_one_before():
    first, second = read(*whole(value())), read(*whole(value(), identity=NEXT), identity=NEXT)
    found = newest([first, second, rollback_of(NEXT, value())])
    assert isinstance(found, Rollback) and found.done_already and found.journal_id == NEXT and not found.plan.operations


def test_a_damaged_journal_that_may_be_the_newest_is_told():
    first = read(*whole(value()))
    damaged = read_journal(["x"], NEXT)
    assert newest([first, damaged]) == damaged
    assert newest([damaged, rollback_of(ID, value()), first]) == damaged
    assert "damaged" in refusals(plan_rollback(damaged))[0]
