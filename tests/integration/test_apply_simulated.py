# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Simulated hosts that are written to by unmodified ansible: wsus_apply, win_reboot, and connections that break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.journals import records
from support.simulated import Fleet, Run

from wsus_simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = ROOT / ".cache" / "collections-test"
V4 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
FIRST, SECOND = "20261124T110000000Z-00000001", "20261124T110000000Z-00000002"
UPDATE = "0b5bd7f5-8a29-4c3c-a5e3-0c3a14f0b0b0"
QUICK = {"ansible_winrm_operation_timeout_sec": 1, "ansible_winrm_read_timeout_sec": 5}
ABSENT = {"exists": False}
ONE = {"exists": True, "type": "REG_DWORD", "data": 1}


def task(name: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "wsus.compliance.wsus_apply": options, "register": name}


def value(before: Any, after: Any) -> dict[str, Any]:
    return {
        "id": "dotnet_strong_crypto.1",
        "kind": "registry_value",
        "path": V4,
        "name": "SchUseStrongCrypto",
        "before": before,
        "after": after,
    }


def apply(name: str, journal: str, before: Any, after: Any, purpose: str = "enforce", **more: Any) -> dict[str, Any]:
    about = {"id": journal, "purpose": purpose}
    return task(name, action="apply", operations=[value(before, after)], journal=about) | more


def play(fleet: Fleet, *tasks: dict[str, Any]) -> str:
    """A play of these tasks, whose answers it leaves in files."""
    kept = [
        {
            "name": f"Keep {one['name']}",
            "ansible.builtin.copy": {
                "content": f"{{{{ {one['name']} | to_json }}}}",
                "dest": f"{fleet.folder}/{{{{ inventory_hostname }}}}.{one['name']}.json",
                "mode": "0600",
            },
            "delegate_to": "localhost",
            "vars": {"ansible_connection": "local"},
        }
        for one in tasks
        if "register" in one
    ]
    return fleet.play(
        yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [*tasks, *kept]}], sort_keys=False)
    )


def answer(fleet: Fleet, name: str, host: str = "wsus1") -> Any:
    return json.loads((fleet.folder / f"{host}.{name}.json").read_text())


def fleet_of(simulator: Simulator, folder: Path) -> Fleet:
    return Fleet(simulator, simulator.write_inventory(folder / "hosts.yml"), folder)


def test_write_restart_prove_and_take_back(tmp_path):
    with Simulator({"wsus1": {"extends": "issue1.yml"}}) as simulator:
        fleet = fleet_of(simulator, tmp_path)
        before = simulator.state("wsus1")
        run = fleet.run(
            playbook=play(
                fleet,
                apply("compared", FIRST, ABSENT, ONE, check_mode=True),
                apply("written", FIRST, ABSENT, ONE),
                apply("again", SECOND, ABSENT, ONE),
                task("too_early", action="import", update_id=UPDATE),
                task("restarted", action="restart", restarts=["iisreset"], journals=[FIRST]),
                task("imported", action="import", update_id=UPDATE),
                task("synchronized", action="synchronize", start=True, wait_seconds=60),
                task("journal", action="read_journal", journal_id=FIRST),
                apply("back", SECOND, ONE, ABSENT, "rollback"),
            )
        )
        assert run.code == 0, run.text
        after = simulator.state("wsus1")
        counters = simulator.counters()["wsus1"]
    assert [answer(fleet, name)["changed"] for name in ("compared", "written", "again", "back")] == [
        True,
        True,
        False,
        True,
    ]
    assert answer(fleet, "too_early")["error"]["code"] == "unreadable"
    assert answer(fleet, "restarted")["restarts"][0]["status"] == "done"
    assert answer(fleet, "imported")["imported"] is True
    assert answer(fleet, "synchronized")["last"]["Result"] == "Succeeded"
    assert "EventId=384" in answer(fleet, "synchronized")["log"]["text"]
    lines = answer(fleet, "journal")["journal"]["lines"]
    assert lines[:-1] == answer(fleet, "written")["journal"]["lines"]
    assert [record["record"] for record in records(lines)][-2:] == ["end", "restart"]
    assert after["registry"][V4]["values"] == before["registry"][V4]["values"]
    assert [write["kind"] for write in counters["writes"]] == ["apply", "restart", "import", "synchronize", "apply"]


def test_an_audit_afterwards_finds_what_was_written(tmp_path):
    with Simulator({"wsus1": {"extends": "issue1.yml"}}) as simulator:
        fleet = fleet_of(simulator, tmp_path)
        run = fleet.run(
            playbook=play(
                fleet,
                apply("written", FIRST, ABSENT, ONE),
                task("restarted", action="restart", restarts=["iisreset"]),
            )
        )
        assert run.code == 0, run.text
        before = simulator.state("wsus1")
        run = fleet.run()
        assert run.code == 0, run.text
        assert simulator.state("wsus1") == before, "an audit changes nothing"
    assert run.document("wsus1")["issues"]["issue_1"]["verdict"] == "excluded"


def test_a_restart_of_windows(tmp_path):
    if not (WINDOWS / "ansible_collections" / "ansible" / "windows").is_dir():
        pytest.skip("the collection ansible.windows is not installed")
    with Simulator(
        {"wsus1": {"extends": "issue5.yml"}, "wsus2": {"extends": "issue5.yml", "read_only": True}}
    ) as simulator:
        fleet = fleet_of(simulator, tmp_path)
        before = simulator.state("wsus1")
        reboot = {"name": "rebooted", "ansible.windows.win_reboot": {"reboot_timeout": 60}, "register": "rebooted"}
        found = f"{ROOT / '.cache' / 'collections'}:{WINDOWS}"
        text = play(fleet, reboot, task("noted", action="restart", restarts=["reboot_note"]))
        run: Run = fleet.run(playbook=text, ANSIBLE_COLLECTIONS_PATH=found)
        after, counters = simulator.state("wsus1"), simulator.counters()
    assert run.recap("wsus1")["failed"] == 0, run.text
    assert answer(fleet, "rebooted")["rebooted"] is True
    assert after["boot_time"] > before["boot_time"]
    assert {one["started"] for one in after["processes"]} == {after["boot_time"]}
    assert [write["kind"] for write in counters["wsus1"]["writes"]] == ["reboot"]
    assert set(counters["wsus1"]["commands"]) == {"boot time", "shutdown /r", "logon screen"}
    assert run.recap("wsus2")["failed"] == 1
    assert "Access is denied" in run.text
    assert counters["wsus2"]["writes"] == []


@pytest.mark.parametrize(("fault", "after"), [("close", 2), ("cut", 2), ("cut", 3)])
def test_a_connection_that_breaks(tmp_path, fault, after):
    """Whatever the task says: the value is there only with a journal that says so."""
    on = ["Create", "Command", "Send", "Receive", "Signal", "Delete"]
    host = {"extends": "issue1.yml", "connection": {"fault": fault, "on": on, "after": after, "times": 1}}
    with Simulator({"wsus1": host}) as simulator:
        fleet = fleet_of(simulator, tmp_path)
        # Ansible asks for output, though the command did not get its input: it waits as long as this says.
        run = fleet.run("-e", json.dumps(QUICK), playbook=play(fleet, apply("written", FIRST, ABSENT, ONE)))
        state = simulator.hosts["wsus1"].state
        simulator.change("wsus1", {"connection": None})
        again = fleet.run(playbook=play(fleet, apply("again", SECOND, ABSENT, ONE)))
        faults = simulator.counters()["wsus1"]["faults"]
    assert "Traceback" not in run.stdout
    assert faults == 1
    key = state.registry.find(V4)
    written = key is not None and key.value("SchUseStrongCrypto") is not None
    journal = state.file(rf"C:\ProgramData\wsus.compliance\journal\{FIRST}.journal")
    assert written is (journal is not None)
    if journal:
        assert records(journal.read().decode().splitlines())[-1] | {"at": 0} == {
            "record": "end",
            "at": 0,
            "outcome": "complete",
        }
    assert again.code == 0, again.text
    assert answer(fleet, "again")["changed"] is not written
