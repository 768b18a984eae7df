# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role rollback in part and by force, an unknown owner, and journals that can't be written, in the lab."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from support import host_state, lab
from support.disk import Disk
from support.lab import Cell, Hosts
from support.lab_enforced import Way, not_taken_back

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

ISSUE = Cell("2022", "issue1")
BOTH = {"enforce_apply": ["dotnet_strong_crypto", "w3wp_config"], "enforce_verify_sync": False}
SUITES = {"enforce_apply": ["cipher_suite_order"], "enforce_override_unknown_owner": True}
CASES: dict[str, tuple[Cell, dict[str, Any]]] = {
    "part": (ISSUE, BOTH),
    "operation": (Cell("2016", "issue1"), BOTH),
    "changed": (Cell("2019", "issue1"), BOTH),
    "unknown": (Cell("2019", "rsop-logging-off"), SUITES),
    "full": (ISSUE, BOTH),
    "denied": (ISSUE, BOTH),
}
NO_JOURNAL = ("full", "denied")
GOES = [name for name in CASES if name not in NO_JOURNAL]
# First in part, or refused; then all of it.
FIRST: dict[str, dict[str, Any]] = {
    "part": {"rollback_only": ["w3wp_config"]},
    "operation": {"rollback_only": ["dotnet_strong_crypto.1", "dotnet_strong_crypto.2"]},
}
NATIVE = r"SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
BY_HAND = rf"""
$key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('{NATIVE}', $true)
$key.SetValue('SchUseStrongCrypto', 0, 'DWord')
"""
DATA = "ProgramData"


@dataclass
class Told:
    way: Way
    # What is not as at the start, once the hosts have ended.
    changes: dict[str, list[str]] = field(default_factory=dict)
    hindrances: dict[str, str] = field(default_factory=dict)


def full_disk(hosts: Hosts, after: contextlib.ExitStack) -> None:
    """ProgramData of a host on a file system of its own that has no room: folders can be made, no text written."""
    place = hosts.drive("full") / DATA
    after.enter_context(Disk(place, 1 << 16))
    with contextlib.suppress(OSError), (place / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def denied_folder(hosts: Hosts, after: contextlib.ExitStack) -> None:
    """A folder of journals in which not even root may make a file."""
    place = hosts.drive("denied") / DATA / "wsus.compliance" / "journal"
    place.mkdir(parents=True)
    subprocess.run(["chattr", "+i", str(place)], check=True, capture_output=True)
    after.callback(subprocess.run, ["chattr", "-i", str(place)], check=True)


@contextlib.contextmanager
def prepared(hosts: Hosts) -> Iterator[dict[str, str]]:
    """The hosts of which journals can't be written; by host, why that could not be made."""
    hindrances = {}
    with contextlib.ExitStack() as after:
        for name, prepare in (("full", full_disk), ("denied", denied_folder)):
            try:
                prepare(hosts, after)
            except (OSError, subprocess.CalledProcessError) as problem:
                hindrances[name] = f"can't be made here: {problem}"
        yield hindrances


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("rollback")
    log = folder / "commands.log"
    log.touch()
    hosts = Hosts({name: cell for name, (cell, _variables) in CASES.items()}, collapse=True, log=str(log))
    variables = {name: dict(given) for name, (_cell, given) in CASES.items()}
    allowed = {"enforce_restart_ok": True, "enforce_reboot_ok": True, "enforce_reboot_timeout": 120}
    taken = {"rollback_restart_ok": True, "rollback_reboot_ok": True, "rollback_reboot_timeout": 120}
    try:
        hosts.make()
        start = {name: host_state.snapshot(prefix) for name, prefix in hosts.prefixes.items()}
        with prepared(hosts) as hindrances:
            hosts.start()
            told = Told(Way(hosts, variables, folder, log), hindrances=hindrances)
            told.way.run("predicted", "wsus.compliance.enforce", "--check", **allowed)
            told.way.run("done", "wsus.compliance.enforce", "--diff", **allowed)
            hosts.powershell("changed", BY_HAND)
            for name, more in FIRST.items():
                variables[name] |= more
            told.way.run("first", "wsus.compliance.rollback", "--diff", **taken)
            told.way.read_back("first")
            variables["changed"]["rollback_force"] = True
            for name in FIRST:
                del variables[name]["rollback_only"]
                variables[name]["rollback_journal"] = told.way.left["done"][name]["enforce_result"]["journal_id"]
            told.way.run("second", "wsus.compliance.rollback", "--diff", **taken)
            hosts.stop()
        told.changes = {
            name: host_state.differences(start[name], host_state.snapshot(prefix))
            for name, prefix in hosts.prefixes.items()
        }
        yield told
    finally:
        hosts.close()


def journal_is_hindered(told: Told, name: str) -> None:
    if reason := told.hindrances.get(name):
        pytest.skip(f"{name}: {reason}")


@pytest.mark.parametrize("name", GOES)
def test_it_was_enforced(told, name):
    result = told.way.left["done"][name]["enforce_result"]
    assert result["failed"] is False and result["changed"] is True
    assert told.way.left["done"][name]["audit_result"]["outcome"] == "compliant"


def test_a_value_of_an_unknown_owner_is_written_where_that_is_overridden(told):
    result = told.way.left["done"]["unknown"]["enforce_result"]
    assert result["refused"] == [] and result["applied"] == ["cipher_suite_order.1"]
    (operation,) = result["plan"]
    assert operation["owner"] == "unknown"
    assert "reboot" in [one["what"] for one in told.way.left["done"]["unknown"]["enforce_restarted"]["restarts"]]


def test_one_resolution_is_taken_back(told):
    done, first = (told.way.left[run]["part"] for run in ("done", "first"))
    found = told.way.found["first"]["part"]
    assert first["rollback_result"]["applied"] == ["w3wp_config.1"]
    assert found["config"] is None and found["native_v4"]["SchUseStrongCrypto"] == ["DWord", 1]
    assert (found["import"], first["audit_result"]["outcome"]) == ("ok", "compliant")
    assert len(done["enforce_result"]["applied"]) > 1


def test_two_operations_are_taken_back(told):
    found, first = told.way.found["first"]["operation"], told.way.left["first"]["operation"]
    assert sorted(first["rollback_result"]["applied"]) == ["dotnet_strong_crypto.1", "dotnet_strong_crypto.2"]
    assert found["config"] is not None
    (done,) = [told.way.left["done"]["operation"]["enforce_result"]["plan"]]
    taken = {one["name"] for one in done if one["id"] in first["rollback_result"]["applied"]}
    assert taken and not taken & set(found["native_v4"])


def test_what_was_changed_since_is_refused_and_nothing_is_taken_back(told):
    first, found = told.way.left["first"]["changed"]["rollback_result"], told.way.found["first"]["changed"]
    assert first["failed"] is True and first["applied"] == []
    assert "SchUseStrongCrypto" in first["msg"] or "found REG_DWORD 0" in first["msg"], first["msg"]
    assert found["native_v4"]["SchUseStrongCrypto"] == ["DWord", 0] and found["config"] is not None
    assert found["native_v4"]["SystemDefaultTlsVersions"] == ["DWord", 1]


def test_by_force_it_is(told):
    second = told.way.left["second"]["changed"]["rollback_result"]
    done = told.way.left["done"]["changed"]["enforce_result"]["applied"]
    assert second["failed"] is False and second["applied"] == done[::-1]


@pytest.mark.parametrize("name", GOES)
def test_at_last_all_is_as_at_the_start(told, name):
    assert told.way.left["second"][name]["audit_result"]["outcome"] == "noncompliant"
    assert not_taken_back(told.changes[name]) == []


@pytest.mark.parametrize("name", NO_JOURNAL)
def test_without_a_journal_nothing_is_written(told, name):
    journal_is_hindered(told, name)
    # The lock is taken, and the disk looked at, only where something is to be written.
    assert told.way.left["predicted"][name]["enforce_result"]["failed"] is False
    result = told.way.left["done"][name]["enforce_result"]
    assert (result["failed"], result["changed"], result["applied"]) == (True, False, [])
    assert "journal_failed" in result["msg"], result["msg"]
    assert "disk" in result["msg"], "the next step"
    found = told.way.found["first"][name]
    assert found["native_v4"] == {} and found["config"] is None
    assert told.way.left["second"][name]["audit_result"]["outcome"] == "noncompliant"
    assert not_taken_back(told.changes[name]) == []
