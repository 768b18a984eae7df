# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the cells of test_enforce_cells.py do not have: an import that proves, method 2, what is named and refused.

All hosts go the way together, in four runs of ansible-playbook. What was done is read back by no code of the
collection, and the lab's model of Microsoft's endpoint has the last word on whether it helped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from support import lab
from support.lab import Cell
from support.lab_enforced import Way, go, not_taken_back

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

ON = {"SchUseStrongCrypto": ["DWord", 1], "SystemDefaultTlsVersions": ["DWord", 1]}
METHOD_1 = {"native_v4": ON, "wow_v2": ON}
UPDATE = "5b1e0000-0000-4000-8000-000000000001"
ALL = {"enforce_apply": "all"}


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
}


@dataclass(frozen=True)
class Kept:
    """A cell that is left as it is, and why."""

    cell: Cell
    variables: dict[str, Any]
    refused: list[str]
    # What a task says that fails; None: it does not fail.
    failed: str | None = None


KEPT = {
    "policy_named": Kept(
        Cell("2016", "issue5"), {"enforce_apply": "issue_5"}, ["cipher_suite_order"], "Change the Group Policy"
    ),
    "replica": Kept(
        Cell("2016", "downstream"), {"enforce_apply": "sync_endpoint"}, ["sync_endpoint"], "only the topmost server"
    ),
    "no_list": Kept(
        Cell("2019", "local-ciphers-cut"),
        {"enforce_apply": "cipher_suite_order"},
        ["cipher_suite_order"],
        "no policy orders the suites",
    ),
    "no_protocol": Kept(
        Cell("2016", "healthy"),
        {"enforce_apply": "schannel_tls12", "enforce_schannel_protocols": {"TLS 1.3": {"client": "enabled"}}},
        ["schannel_tls12"],
        "this Windows has no TLS 1.3",
    ),
    "dead_endpoint": Kept(
        Cell("2022", "healthy"),
        {"enforce_apply": "sync_endpoint", "enforce_mu_url": "https://fe2.update.microsoft.com/v6"},
        ["sync_endpoint"],
        "has not served WSUS since",
    ),
    "no_role": Kept(Cell("2019", "no-role"), ALL, [], "the WSUS role is not installed"),
    "old_net": Kept(Cell("2012R2", "issue1"), {"enforce_apply": "w3wp_config"}, ["w3wp_config"], "is older than 4.6"),
    "zero": Kept(
        Cell("2019", "registry-zero-with-switch"),
        {"enforce_apply": "w3wp_config"},
        ["w3wp_config"],
        "which defeats the switch",
    ),
    "no_resolution": Kept(Cell("2025", "healthy"), {"enforce_apply": "proxy"}, [], "nothing on this host mends it"),
}
ALLOWED = {"restart_ok": True, "reboot_ok": True, "reboot_timeout": 120}


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Way:
    cases: dict[str, Case | Kept] = {**CASES, **KEPT}
    cells = {name: case.cell for name, case in cases.items()}
    variables = {name: case.variables for name, case in cases.items()}
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


def test_only_what_is_refused_fails(way):
    refused = {name for name, case in KEPT.items() if case.failed}
    failed = {name: {host for host, one in run.recap.items() if one["failed"]} for name, run in way.runs.items()}
    assert failed == {"predicted": refused, "done": refused, "again": refused, "back": set()}
    assert not [one for run in way.runs.values() for one in run.recap.values() if one["unreachable"]]


def test_check_mode_predicts_and_changes_nothing(way, host):
    predicted, done = (way.left[name][host]["enforce_result"] for name in ("predicted", "done"))
    assert way.changes["predicted"][host] == []
    assert predicted["audit"]["outcome"] == "noncompliant"
    for member in ("plan", "applied", "refused", "unresolved", "restarts", "diff"):
        assert predicted[member] == done[member], member
    assert predicted["changed"] is done["changed"] is True


def test_it_is_proved_and_compliant_as_far_as_can_be(way, host):
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


# --- What is left as it is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("run", ["predicted", "done", "again"])
def test_refused_by_one_execution(way, name, run):
    case, result = KEPT[name], way.left[run][name]["enforce_result"]
    assert (result["changed"], result["applied"]) == (False, [])
    assert [one["id"] for one in result["refused"]] == case.refused
    assert result["failed"] is (case.failed is not None)
    assert case.failed is None or case.failed in result["msg"]
    assert way.commands[run][name] == 1


@pytest.mark.parametrize("name", KEPT)
def test_nothing_of_it_is_written(way, name):
    assert way.changes["predicted"][name] == []
    assert way.changes["back"][name] == []
