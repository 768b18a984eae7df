# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The roles enforce and rollback on hosts of the lab: predicted, enforced, proved, enforced again, taken back.

All hosts go the way together, in four runs of ansible-playbook. What was done is read back by no code of the
collection, and the lab's model of Microsoft's endpoint has the last word on whether it helped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from support import lab
from support.enforced import diff_lines
from support.lab import Cell
from support.lab_enforced import Way, go, not_taken_back

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

SWS = {"url": "https://sws.update.microsoft.com", "number": 4002}
ON = {"SchUseStrongCrypto": ["DWord", 1], "SystemDefaultTlsVersions": ["DWord", 1]}
METHOD_1 = {"native_v4": ON, "wow_v2": ON}
UPDATE = "5b1e0000-0000-4000-8000-000000000001"
ALL = {"enforce_apply": "all"}
IIS = ["iisreset"]
SERVICES = ["iisreset", "WsusService"]


@dataclass(frozen=True)
class Case:
    """A cell, what is asked for, and what must come of it."""

    cell: Cell
    variables: dict[str, Any]
    restarted: list[str]
    # What the lab says of a synchronization and of an import, before and after.
    before: tuple[str, str]
    after: tuple[str, str] = ("ok", "ok")
    found: dict[str, Any] = field(default_factory=dict)


CASES = {
    "method1": Case(
        Cell("2012R2", "issue1"),
        {**ALL, "enforce_verify_import": UPDATE},
        ["iisreset"],
        ("ok", "no_tls12"),
        found=METHOD_1,
    ),
    "method2": Case(
        Cell("2022", "issue1"),
        {"enforce_apply": "w3wp_config"},
        ["iisreset"],
        ("ok", "no_tls12"),
        found={"native_v4": {}},
    ),
    "fe2": Case(Cell("2016", "endpoint-fe2"), ALL, SERVICES, ("endpoint_soap", "ok"), found=SWS),
    "names": Case(Cell("2012R2", "issue5-old-names"), ALL, ["reboot"], ("no_common_suite", "no_common_suite")),
}
ALLOWED = {"restart_ok": True, "reboot_ok": True, "reboot_timeout": 120}


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Way:
    cells = {name: case.cell for name, case in CASES.items()}
    variables = {name: case.variables for name, case in CASES.items()}
    return go(
        cells,
        variables,
        tmp_path_factory.mktemp("enforce"),
        {f"enforce_{name}": value for name, value in ALLOWED.items()},
        {f"rollback_{name}": value for name, value in ALLOWED.items()},
    )


@pytest.fixture(params=CASES)
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def restarted(left: dict[str, Any]) -> list[str]:
    assert all(one["status"] == "done" for one in left.get("restarts", ())), left
    return [one["what"] for one in left.get("restarts", ())]


def test_every_run_ended_well(way):
    assert {name: run.code for name, run in way.runs.items()} == dict.fromkeys(way.runs, 0), way.runs["done"].tail(60)


def test_check_mode_predicts_and_changes_nothing(way, host):
    predicted, done = (way.left[name][host]["enforce_result"] for name in ("predicted", "done"))
    assert way.changes["predicted"][host] == []
    assert predicted["audit"]["outcome"] == "noncompliant"
    for member in ("plan", "applied", "refused", "unresolved", "restarts", "diff"):
        assert predicted[member] == done[member], member
    assert predicted["changed"] is done["changed"] is True


def test_check_mode_shows_the_diff_that_is_made(way):
    predicted, done = (diff_lines(way.runs[name].output) for name in ("predicted", "done"))
    assert predicted == done and len(predicted) > 10


def test_it_is_proved_and_compliant(way, host):
    case, left = CASES[host], way.left["done"][host]
    imports = "proved" if "enforce_verify_import" in case.variables else "unproved"
    assert left["enforce_proof"] == {"synchronization": "proved", "import": imports}
    assert left["audit_result"]["outcome"] == "compliant", left["audit_result"]["reasons"]
    assert restarted(left["enforce_restarted"]) == case.restarted
    assert left["enforce_restart_required"] == left["enforce_reboot_required"] == []


def test_it_is_seen_by_another_path(way, host):
    case, found = CASES[host], way.found["done"][host]
    assert (found["sync"], found["import"]) == case.after
    assert {name: found[name] for name in case.found} == case.found


def test_again_nothing_is_changed_by_one_execution(way, host):
    assert way.commands["again"][host] == 1
    assert way.left["again"][host]["enforce_result"]["changed"] is False
    assert way.runs["again"].recap[host]["changed"] == 0


def test_all_is_taken_back(way, host):
    case, left, found = CASES[host], way.left["back"][host], way.found["back"][host]
    done = way.left["done"][host]["enforce_result"]["applied"]
    assert left["rollback_result"]["applied"] == done[::-1]
    assert restarted(left["rollback_restarted"]) == case.restarted
    assert left["audit_result"]["outcome"] == "noncompliant"
    assert (found["sync"], found["import"]) == case.before
    assert not_taken_back(way.changes["back"][host]) == []
