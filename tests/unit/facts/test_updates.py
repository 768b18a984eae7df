# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the Monthly Rollup is there that WSUS of 2012 and 2012 R2 needs for TLS 1.2."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.tables import load_table
from support.raw_state import DENIED, answer, os_raw

INSTALLED, SUPERSEDED = 112, 80


def rollup(version, state=INSTALLED):
    return {"name": f"Package_for_RollupFix~31bf3856ad364e35~amd64~~{version}", "state": state}


def kb(number, state=INSTALLED):
    return {"name": f"Package_for_KB{number}~31bf3856ad364e35~amd64~~6.3.1.3", "state": state}


def fact(os_id, rollups=(), kbs=(), **members):
    packages = {
        "path": "P",
        "exists": True,
        "last_write": None,
        "rollups": rollups,
        "kbs": kbs,
        "truncated": False,
        **members,
    }
    return build_facts(answer(os=os_raw(os_id), updates={"packages": packages}))["updates"]["monthly_rollup"]


# By the bounds: 2012 R2 is proven from 18737 (July 2017) and disproven below 18692; 2012 from 22210, and below 22170.
@pytest.mark.parametrize(
    ("os_id", "version", "state"),
    [
        ("2012R2", "9600.18737.1.0", "installed"),
        ("2012R2", "9600.19747.1.5", "installed"),
        ("2012R2", "9600.18736.1.5", "unknown"),
        ("2012R2", "9600.18698.1.5", "unknown"),
        ("2012R2", "9600.18692.1.5", "unknown"),
        ("2012R2", "9600.18691.1.5", "not_installed"),
        ("2012R2", "9600.17031.1.5", "not_installed"),
        ("2012R2", "9200.23050.1.5", "not_installed"),
        ("2012", "9200.22210.1.0", "installed"),
        ("2012", "9200.23050.1.5", "installed"),
        ("2012", "9200.22209.1.0", "unknown"),
        ("2012", "9200.22170.1.0", "unknown"),
        ("2012", "9200.22169.1.0", "not_installed"),
        ("2012", "9600.19747.1.5", "not_installed"),
    ],
)
def test_by_the_number_of_the_rollup(os_id, version, state):
    found = fact(os_id, [rollup(version)])
    assert found["state"] == state
    assert found["evidence"]
    assert found["rollups"] == [rollup(version)["name"]]


@pytest.mark.parametrize("os_id", ["2016", "2019", "2022", "2025"])
def test_not_required_since_2016(os_id):
    expected = {"state": "not_required", "needed": None, "pending": False, "evidence": []}
    assert fact(os_id) == {**expected, "rollups": []}
    assert fact(os_id, error={"code": "access_denied", "message": ""}) == {**expected, "rollups": []}


def test_one_that_waits_for_a_restart_is_not_installed_yet():
    found = fact("2012R2", [rollup("9600.19747.1.5", 96)])
    assert (found["state"], found["pending"]) == ("not_installed", True)
    older = fact("2012R2", [rollup("9600.18000.1.5", 96)])
    assert (older["state"], older["pending"]) == ("not_installed", False)


def test_unknown_os():
    found = fact(None, [rollup("9600.19747.1.5")])
    assert (found["state"], found["needed"]) == ("unknown", None)


@pytest.mark.parametrize("row", load_table("rollups")["systems"], ids=lambda row: row["os"])
def test_every_known_rollup_counts_by_its_kb(row):
    for entry in row["kbs"]:
        found = fact(row["os"], kbs=[kb(entry["kb"][2:])])
        assert (found["state"], found["needed"]) == ("installed", row["needed"])
        assert entry["kb"] in found["evidence"][0]


@pytest.mark.parametrize("os_id", ["2012", "2012R2"])
@pytest.mark.parametrize(
    "number", ["4561673", "4022717", "4022718", "4025333", "4025343", "4022726", "4022724", "9999999"]
)
def test_no_other_update_counts(os_id, number):
    assert fact(os_id, kbs=[kb(number)])["state"] == "not_installed"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        *((row["state"], {True: "installed", False: "not_installed", None: "unknown"}[row["effective"]])
          for row in load_table("rollups")["states"]),
        (None, "unknown"),
        (7, "unknown"),
        (0xFFFFFF90, "unknown"),
        ("112", "unknown"),
        (-1, "unknown"),
        (True, "unknown"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("make", [lambda state: {"rollups": [rollup("9600.19747.1.5", state)]},
                                  lambda state: {"kbs": [kb("4561666", state)]}])  # fmt: skip
def test_by_the_state_of_the_package(make, state, expected):
    assert fact("2012R2", **make(state))["state"] == expected


def test_a_rollup_between_the_bounds_that_is_not_installed_says_nothing():
    assert fact("2012R2", [rollup("9600.18700.1.1", 64)])["state"] == "not_installed"


def test_proof_outweighs_doubt():
    found = fact("2012R2", [rollup("9600.18700.1.1"), rollup("9600.19000.1.1", SUPERSEDED), rollup("9600.20000.1.1")])
    assert found["state"] == "installed"
    assert len(found["evidence"]) == 1
    assert "20000" in found["evidence"][0]


def test_superseded_is_said():
    found = fact("2012R2", [rollup("9600.19000.1.1", SUPERSEDED)])
    assert found["state"] == "unknown"
    assert "superseded" in found["evidence"][0]


@pytest.mark.parametrize(
    "name",
    [
        "Package_for_RollupFix~",
        "Package_for_RollupFix~a~amd64~~9600",
        "Package_for_RollupFix~a~amd64~~9600.x.1.1",
        "Package_for_RollupFix~a~amd64~~9600.99999999999999999999.1.1",
        "Package_for_RollupFix~a~amd64~~9600.19747.1.1\n",
        "Package_for_RollupFix~a~amd64~~9600.19747.1.1~x",
        "Package_for_RollupFix~a~amd64~~\uff19600.19747.1.1",
        "",
    ],
)
def test_a_name_that_is_not_understood_leaves_it_open(name):
    assert fact("2012R2", [{"name": name, "state": INSTALLED}])["state"] == "unknown"


@pytest.mark.parametrize("item", [None, 7, "text", {}, {"name": 5}, {"state": 112}, {"name": "x" * 301, "state": 112}])
def test_an_item_of_another_shape_leaves_it_open(item):
    assert fact("2012R2", [item])["state"] == "unknown"
    assert fact("2012R2", [item, rollup("9600.19747.1.5")])["state"] == "installed"


@pytest.mark.parametrize(
    "members",
    [
        {"truncated": True},
        {"truncated": None},
        {"exists": False},
        {"exists": None},
        {"rollups": None},
        {"kbs": "text"},
        {"rollups": [rollup("9600.17031.1.1")] * 2_001},
        {"error": {"code": "access_denied", "message": ""}},
    ],
)
def test_what_could_not_be_read_leaves_it_open(members):
    assert fact("2012R2", **members)["state"] == "unknown"


def test_a_cut_list_can_still_prove():
    assert fact("2012R2", [rollup("9600.19747.1.5")], truncated=True)["state"] == "installed"


@pytest.mark.parametrize("packages", [None, [], DENIED])
def test_no_packages(packages):
    found = build_facts(answer(os=os_raw("2012"), updates={"packages": packages}))["updates"]["monthly_rollup"]
    assert (found["state"], found["needed"], found["rollups"]) == ("unknown", "KB4022721", [])


def test_nothing_installed():
    found = fact("2012")
    assert (found["state"], found["rollups"]) == ("not_installed", [])
    assert found["evidence"]
