# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role rollback over real WinRM: by every name of a journal, in part, by force, and never by a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.enforced import ENFORCE, ROLLBACK, diff_lines, executions, fleet_of, journals, left, run, settled, states
from support.simulated import Fleet, Run

V4 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
W3WP = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
HOST = {"extends": "issue1.yml", "files": {W3WP: "<configuration>\r\n  <!-- ours -->\r\n</configuration>\r\n"}}
BOTH = {"enforce_apply": ["dotnet_strong_crypto", "w3wp_config"], "enforce_verify_sync": False}
NAMES = [
    *("newest", "id", "path", "copy", "by-resolution", "by-operation", "since", "forced"),
    *("other-host", "edited-copy", "edited", "unknown", "never"),
]
BY_HAND = {"registry": {V4: {"values": {"SchUseStrongCrypto": 0}}}}
WHOLE = ("newest", "id", "path", "copy", "forced")
REFUSED = {
    "since": "Expected REG_DWORD 1, found REG_DWORD 0",
    "other-host": "other_host",
    "edited-copy": "was edited",
    "edited": "was edited",
    "unknown": "can't be read",
}


class Told:
    """What the runs left."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.start = settled(fleet)
        self.runs: dict[str, Run] = {}
        self.left: dict[str, dict[str, Any]] = {}
        self.settled: dict[str, dict[str, Any]] = {}
        self.executions: dict[str, dict[str, int]] = {}

    def tell(self, name: str, role: str, *arguments: str, **variables: Any) -> None:
        before = executions(self.fleet)
        self.runs[name] = run(self.fleet, role, *arguments, **variables)
        self.executions[name] = {host: count - before[host] for host, count in executions(self.fleet).items()}
        self.left[name] = {host: left(self.fleet, host) for host in NAMES}
        self.settled[name] = settled(self.fleet)


def orders(told: Told) -> dict[str, dict[str, Any]]:
    """The variables of each host, after what was done to it by hand."""
    done = {name: told.left["enforced"][name]["enforce_result"] for name in NAMES}
    for name in ("since", "forced"):
        told.fleet.simulator.change(name, BY_HAND)
    edited = Path(done["edited-copy"]["journal_copy"])
    edited.write_text(edited.read_text().replace("SchUseStrongCrypto", "SchUseStrongCrypt0"))
    path = done["edited"]["journal"]
    text = told.fleet.simulator.hosts["edited"].state.file(path).read().decode()
    told.fleet.simulator.change("edited", {"files": {path: text.replace("SchUseStrongCrypto", "SchUseStrongCrypt0")}})
    return {
        "id": {"rollback_journal": done["id"]["journal_id"]},
        "path": {"rollback_journal": done["path"]["journal"]},
        "copy": {"rollback_journal": f"./wsus-journal/copy/{done['copy']['journal_id']}.journal"},
        "by-resolution": {"rollback_only": ["w3wp_config"]},
        "by-operation": {"rollback_only": ["dotnet_strong_crypto.1", "dotnet_strong_crypto.2"]},
        "forced": {"rollback_force": "true"},
        "other-host": {"rollback_journal": done["newest"]["journal_copy"], "rollback_force": True},
        "edited-copy": {"rollback_journal": str(edited)},
        "unknown": {"rollback_journal": "20260101T000000000Z-00000000"},
    }


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    hosts = {name: (HOST, BOTH) for name in NAMES if name != "never"} | {"never": ("healthy.yml", {})}
    with fleet_of(tmp_path_factory.mktemp("rollback"), hosts) as fleet:
        told = Told(fleet)
        told.tell("enforced", ENFORCE)
        inventory = yaml.safe_load(fleet.inventory.read_text())
        for name, variables in orders(told).items():
            inventory["all"]["children"]["wsus"]["hosts"][name] |= variables
        fleet.inventory.write_text(yaml.safe_dump(inventory))
        told.settled["by hand"] = settled(fleet)
        before = states(fleet)
        told.tell("predicted", ROLLBACK, "--check", "--diff")
        assert states(fleet) == before
        told.tell("done", ROLLBACK, "--diff", rollback_restart_ok="true")
        yield told


def test_check_mode_predicts_it(told):
    task = "Write the values before"
    assert diff_lines(told.runs["predicted"].text, task) == diff_lines(told.runs["done"].text, task) != []


@pytest.mark.parametrize("name", WHOLE)
def test_all_comes_back(told, name):
    assert told.settled["done"][name] == told.start[name]
    found = told.left["done"][name]
    assert found["rollback_result"]["rolled_back"] == told.left["enforced"][name]["enforce_result"]["journal_id"]
    assert found["rollback_restart_required"] == [], "what the reader never saw needs no restart"
    assert found["audit_result"]["outcome"] == "noncompliant"


@pytest.mark.parametrize("name", WHOLE)
def test_it_is_itself_journaled(told, name):
    records = list(journals(told.fleet, name).values())
    assert [lines[0]["purpose"] for lines in records] == ["enforce", "rollback"]
    assert records[1][0]["rolls_back"] == records[0][0]["id"] and records[1][-1]["record"] in ("end", "restart")
    copy = Path(told.left["done"][name]["rollback_result"]["journal_copy"])
    assert copy.parent.name == name and copy.stat().st_mode & 0o777 == 0o600


def test_a_part(told):
    after = told.settled["done"]["by-resolution"]
    assert after["files"] == told.start["by-resolution"]["files"]
    assert after["registry"] == told.settled["enforced"]["by-resolution"]["registry"]
    values = told.fleet.simulator.state("by-operation")["registry"][V4]["values"]
    assert values == {}
    assert told.settled["done"]["by-operation"]["files"] == told.settled["enforced"]["by-operation"]["files"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused_and_nothing_is_written(told, name):
    assert told.runs["done"].recap(name)["failed"] == 1
    said = str(told.left["done"][name]["rollback_result"])
    assert REFUSED[name] in said, said
    assert told.settled["done"][name] == told.settled["by hand"][name]


def test_where_nothing_was_done_there_is_nothing_to_take_back(told):
    recap = told.runs["done"].recap("never")
    assert recap["failed"] == recap["changed"] == 0
    assert told.left["done"]["never"]["rollback_result"]["rolled_back"] is None
    assert told.left["done"]["never"]["audit_result"]["outcome"] == "compliant"
    assert told.executions["predicted"]["never"] == told.executions["done"]["never"] == 1


# The newest is found by one execution, which a copy needs none for; another reads what was in files. The last writes
# and assesses.
@pytest.mark.parametrize(("name", "count"), [("newest", 4), ("id", 3), ("path", 3), ("copy", 2), ("never", 1)])
def test_no_execution_is_wasted(told, name, count):
    assert told.executions["done"][name] == count
