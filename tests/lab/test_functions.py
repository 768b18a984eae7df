# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions of the collection's PowerShell modules at edges that no state of a host leads to (functions.ps1)."""

from __future__ import annotations

import pytest
from support import lab

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

VALUES = {
    "long_text": "abc",
    "no_time": None,
    "many_items": False,
    "long_item": False,
    "untyped_value": {"type": "REG_NONE", "data": "0102"},
    "no_packages": 0,
    "no_service": None,
    "bad_folder": "C:\\windows",
    "policy_target": True,
    "service_unavailable": "service_unavailable",
    "forbidden": "access_denied",
    "no_connection": "connection_failed",
    "no_access": "access_denied",
    "no_type": "api_unavailable",
    "socket": "connection_failed",
    "only_https": {"server": "wsus8531"},
}
# The code of the error that stands in the place of an answer.
ERRORS = {
    "failed_read": "unreadable",
    "file_not_found": "not_found",
    "long_value": "too_big",
    "no_value": "unreadable",
    "long_file": "too_big",
    "folder": "unreadable",
    "bad_path": "unreadable",
    "bad_preferences": "unreadable",
    "bad_policy": "unreadable",
    "bad_domain_policy": "unreadable",
    "long_policy": "too_big",
    "https_refuses": "access_denied",
    "cim_failed": "cim_failed",
    "rsop_failed": "cim_failed",
    "gpos_failed": "cim_failed",
    "processes_failed": "cim_failed",
    "boot_failed": "cim_failed",
    "no_boot": "cim_failed",
    "rename_failed": "access_denied",
    "packages_denied": "access_denied",
    "packages_failed": "access_denied",
}


@pytest.mark.parametrize("case", VALUES)
def test_value(functions, case):
    assert functions.answers[case] == VALUES[case]


@pytest.mark.parametrize("case", ERRORS)
def test_error(functions, case):
    assert functions.answers[case]["error"]["code"] == ERRORS[case], functions.answers[case]
    assert functions.answers[case]["error"]["message"]


def test_a_key_that_is_not_there_has_no_subkeys(functions):
    answer = functions.answers["no_tree"]
    assert (answer["exists"], answer["subkeys"], answer["truncated"]) == (False, {}, False)


@pytest.mark.parametrize(("case", "code"), [("many_folders", "too_big"), ("no_folder", "not_found")])
def test_search_says_where_it_could_not_look(functions, case, code):
    answer = functions.answers[case]
    assert answer["files"] == [] and [error["error"]["code"] for error in answer["errors"]] == [code]


def test_one_long_preference_file_is_an_error_in_its_place(functions):
    (file,) = functions.answers["long_preference"]["files"]
    assert file["error"]["code"] == "too_big"


def test_properties_of_an_api_object(functions):
    answer = functions.answers["properties"]
    assert (answer["Hidden"], answer["Span"]) == ("seen", 90)
    codes = {name: answer[name]["error"]["code"] for name in ("Throws", "Long", "Missing")}
    assert codes == {"Throws": "access_denied", "Long": "too_big", "Missing": "not_found"}


def test_an_api_whose_calls_fail_costs_only_these(functions):
    broken, half = functions.answers["broken_api"], functions.answers["half_api"]
    assert broken["reached_by"] == half["reached_by"] == "test"
    for part in ("configuration", "subscription", "last_synchronization"):
        assert broken[part]["error"]["code"] == "unreadable"
    assert half["configuration"]["MUUrl"]["error"]["code"] == "not_found"
    assert half["subscription"]["Status"]["error"]["code"] == "unreadable"
    assert half["last_synchronization"]["error"]["code"] == "unreadable"


def test_a_service_whose_key_is_denied_is_an_error_in_its_place(functions):
    assert functions.answers["services_failed"]["any"]["error"]["code"] == "access_denied"


def test_every_case_is_asserted(functions):
    asserted = {*VALUES, *ERRORS, "no_tree", "many_folders", "no_folder", "long_preference", "properties"}
    asserted |= {"events", "all_events", "no_events", "events_failed"}
    assert set(functions.answers) == asserted | {"broken_api", "half_api", "services_failed"}


def test_the_newest_events_of_wsus_oldest_first(functions):
    found = functions.answers["events"]
    assert isinstance(found, dict), found
    assert [event["record_id"] for event in found["events"]] == [29, 30]
    assert found["last"] == 30 and found["truncated"] is True
    event = {"record_id": 30, "id": 364, "level": 2, "time": "2026-11-25T01:02:03.000Z", "message": "content 30"}
    assert found["events"][1] == event
    assert functions.answers["all_events"]["truncated"] is False
    assert len(functions.answers["all_events"]["events"]) == 2


def test_no_new_event_is_no_error(functions):
    assert functions.answers["no_events"] == {"last": 30, "truncated": False, "events": []}
    assert functions.answers["events_failed"].startswith("FAILED")
