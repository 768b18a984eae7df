# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restarts over real WinRM: only what is allowed, once for a change, and by times only where that is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.enforced import ENFORCE, executions, fleet_of, journals, left, run, settled
from support.simulated import Fleet, Run

from wsus_simulator import apply

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
V4 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
FAR, GOOD = "TLS_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"


def policy(value: str, when: str) -> dict[str, Any]:
    return {POLICY: {"last_write": when, "values": {"Functions": value}}}


HOSTS: dict[str, Any] = {
    "journaled": {"extends": "healthy.yml", "registry": policy(FAR, "-300d")},
    "hand": {"extends": "healthy.yml", "registry": {V4: {"last_write": "-1d"}}},
    "hand-reboot": {"extends": "healthy.yml", "registry": policy(GOOD, "-1d")},
    "hand-policy": {"extends": "issue5.yml", "registry": policy(GOOD, "-1d")},
}
NOTHING: dict[str, Any] = {}
SERVICES = {"enforce_restart_ok": "true"}
ALL = {**SERVICES, "enforce_reboot_ok": "true", "enforce_restart_from_times": "true"}


@dataclass
class Step:
    """What one run did."""

    run: Run
    left: dict[str, Any]
    writes: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, dict[str, Step]]]:
    hosts = {name: (scenario, {"enforce_apply": "all"}) for name, scenario in HOSTS.items()}
    allowances = {"nothing": NOTHING, "services": SERVICES, "all": ALL, "again": ALL}
    with fleet_of(tmp_path_factory.mktemp("restarts"), hosts) as fleet:
        found: dict[str, Step] = {}
        for name, allowed in allowances.items():
            before = {host: len(one["writes"]) for host, one in fleet.simulator.counters().items()}
            done = run(fleet, ENFORCE, **allowed)
            writes = {
                host: [item["kind"] for item in one["writes"][before[host] :]]
                for host, one in fleet.simulator.counters().items()
            }
            found[name] = Step(done, {host: left(fleet, host) for host in HOSTS}, writes)
        yield fleet, found


def test_nobody_fails(steps):
    _fleet, found = steps
    # The cipher policy of a Group Policy is compliant here; nothing of it is asked for.
    assert {name: step.run.code for name, step in found.items()} == dict.fromkeys(found, 0)


def test_without_permission_the_reason_is_returned(steps):
    _fleet, found = steps
    said = found["nothing"].left["journaled"]
    assert said["enforce_reboot_required"] and "Windows reads it when it starts" in said["enforce_reboot_required"][0]
    assert said["enforce_proof"]["synchronization"] == "unproved", "not before it is in effect"
    assert found["nothing"].writes["journaled"] == ["apply"]


def test_a_restart_of_services_is_no_restart_of_windows(steps):
    _fleet, found = steps
    assert found["services"].writes["journaled"] == []
    assert found["services"].left["journaled"]["enforce_reboot_required"], "the journal still knows"


def test_windows_is_restarted_once_for_a_journaled_change(steps):
    fleet, found = steps
    assert found["all"].writes["journaled"] == ["reboot", "synchronize"]
    assert found["all"].left["journaled"]["enforce_proof"]["synchronization"] == "proved", "now it is in effect"
    assert found["all"].left["journaled"]["enforce_reboot_required"] == []
    assert found["again"].writes["journaled"] == []
    (lines,) = journals(fleet, "journaled").values()
    assert [record["what"] for record in lines if record["record"] == "restart"] == ["reboot"]


@pytest.mark.parametrize(
    ("host", "needs"), [("hand", "iisreset"), ("hand-reboot", "reboot"), ("hand-policy", "reboot")]
)
def test_changes_by_hand_are_reported_and_not_restarted_for(steps, host, needs):
    _fleet, found = steps
    for name in ("nothing", "services"):
        assert found[name].writes[host] == []
        assert needs in {item["needs"] for item in found[name].left[host]["enforce_result"]["from_times"]}


def test_changes_by_hand_are_restarted_for_where_that_is_asked_for(steps):
    _fleet, found = steps
    assert found["all"].writes["hand"][0] == "restart"
    assert "reboot" in found["all"].writes["hand-reboot"]
    assert found["all"].writes["hand-policy"] == [], "a Group Policy may write it again at any time"
    assert {name: found["again"].writes[name] for name in HOSTS} == {name: [] for name in HOSTS}


# --- several at a time -----------------------------------------------------------------------------------------------


def test_two_controllers_at_once(tmp_path):
    names = [f"wsus{number}" for number in range(3)]
    with fleet_of(tmp_path, {name: ("issue1.yml", {"enforce_apply": "all"}) for name in names}) as fleet:
        start = settled(fleet)
        fleets = []
        for folder in (tmp_path / "one", tmp_path / "two"):
            folder.mkdir()
            fleets.append(Fleet(fleet.simulator, fleet.inventory, folder))
        runs: list[Run] = []
        threads = [threading.Thread(target=lambda one=one: runs.append(run(one, ENFORCE))) for one in fleets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [one.code for one in runs] == [0, 0], runs[0].text + runs[1].text
        after = settled(fleet)
        for name in names:
            (lines,) = journals(fleet, name).values()
            assert [record["record"] for record in lines].count("applied") == 8, "one of the two wrote, and all of it"
            assert sum(left(one, name)["enforce_result"]["changed"] for one in fleets) == 1
            copies = [path for one in fleets for path in Path(one.folder).glob(f"wsus-journal/{name}/*.journal")]
            assert len(copies) == 1
            assert after[name] != start[name]


def test_a_value_that_changes_between_reading_and_writing(tmp_path, monkeypatch):
    honest = apply.run
    changed: list[str] = []

    def run_apply(machine: Any, options: Any, check_mode: bool) -> Any:
        name = machine.state.environment.machine_name.lower()
        if options.get("action") == "apply" and name not in changed:
            changed.append(name)
            fleet.simulator.change(name, {"registry": {V4: {"values": {"SchUseStrongCrypto": 0}}}})
        return honest(machine, options, check_mode)

    monkeypatch.setattr(apply, "run", run_apply)
    with fleet_of(tmp_path, {"wsus1": ("issue1.yml", {"enforce_apply": "all"})}) as fleet:
        done = run(fleet, ENFORCE)
        assert done.recap("wsus1")["failed"] == 1 and journals(fleet, "wsus1") == {}
        said = left(fleet, "wsus1")["enforce_result"]
        assert "Expected absent, found REG_DWORD 0" in said["msg"] and said["applied"] == []
        key = fleet.simulator.state("wsus1")["registry"][V4]["values"]
        assert set(key) == {"SchUseStrongCrypto"}, "nothing else was written"
        again = run(fleet, ENFORCE)
        assert again.code == 0 and len(left(fleet, "wsus1")["enforce_result"]["applied"]) == 8
        assert executions(fleet) == {"wsus1": 4}
