# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The roles enforce, rollback and capture on simulated hosts: variables of each host, and what the role left in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from support.journals import records
from support.simulated import ROOT, Fleet, Run
from support.simulated_action import without_times

from wsus_simulator import Simulator

WINDOWS = ROOT / ".cache" / "collections-test"
ENFORCE, ROLLBACK, CAPTURE = "wsus.compliance.enforce", "wsus.compliance.rollback", "wsus.compliance.capture"
LEFT = ("enforce_result", "enforce_proof", "enforce_restart_required", "enforce_reboot_required", "enforce_restarted")
LEFT_BY = {
    ENFORCE: (*LEFT, "enforce_synchronized", "enforce_imported", "audit_result"),
    ROLLBACK: (
        "rollback_result",
        "rollback_restarted",
        "rollback_restart_required",
        "rollback_reboot_required",
        "audit_result",
    ),
    CAPTURE: ("capture_result", "capture_started"),
}
ALL_AT_ONCE = {"serial": "100%", "max_fail_percentage": 100}
QUICK = {"synchronization": 0.1, "import": 0.0, "restart": 0.0, "wait": 0.3}


@contextmanager
def fleet_of(folder: Path, hosts: Mapping[str, tuple[Any, Mapping[str, Any]]]) -> Iterator[Fleet]:
    """Hosts with their variables: name -> (scenario, variables)."""
    scenarios = {}
    for name, (scenario, _variables) in hosts.items():
        given = {"extends": scenario} if isinstance(scenario, str) else scenario
        scenarios[name] = {**given, "timing": {**QUICK, **given.get("timing", {})}}
    with Simulator(scenarios) as simulator:
        inventory = simulator.inventory()
        for name, (_scenario, variables) in hosts.items():
            inventory["all"]["children"]["wsus"]["hosts"][name] |= dict(variables)
        path = folder / "inventory.yml"
        path.write_text(yaml.safe_dump(inventory))
        yield Fleet(simulator, path, folder)


def play_text(folder: Path, role: str) -> str:
    """A play with the role on all hosts, which leaves what the role left of each in a file of the folder."""
    left = ", ".join(f"'{name}': {name} | default(none)" for name in LEFT_BY[role])
    keep = {
        "name": "Keep what the role left",
        "ansible.builtin.copy": {
            "content": f"{{{{ {{{left}}} | to_json }}}}",
            "dest": f"{folder}/{{{{ inventory_hostname }}}}.json",
            "mode": "0600",
        },
        "delegate_to": "localhost",
        "vars": {"ansible_connection": "local"},
        "changed_when": False,
        "check_mode": False,
        "diff": False,
    }
    role_task = {"name": "The role", "ansible.builtin.include_role": {"name": role}}
    return yaml.safe_dump(
        [
            {
                "hosts": "all",
                "gather_facts": False,
                **ALL_AT_ONCE,
                "tasks": [{"name": "Use", "block": [role_task], "always": [keep]}],
            }
        ],
        sort_keys=False,
        width=1_000,
    )


def run(fleet: Fleet, role: str, *arguments: str, **variables: Any) -> Run:
    """The role once, on all hosts."""
    for path in fleet.folder.glob("*.json"):
        path.unlink()
    extra = ("-e", json.dumps(variables)) if variables else ()
    found = f"{ROOT / '.cache' / 'collections'}:{WINDOWS}"
    playbook = fleet.play(play_text(fleet.folder, role))
    return fleet.run(*extra, *arguments, playbook=playbook, ANSIBLE_COLLECTIONS_PATH=found, ANSIBLE_FORKS="8")


def left(fleet: Fleet, host: str) -> dict[str, Any]:
    """What the role left of a host in the last run."""
    found: dict[str, Any] = json.loads((fleet.folder / f"{host}.json").read_text())
    return found


def states(fleet: Fleet) -> dict[str, Any]:
    return {name: fleet.simulator.state(name) for name in fleet.simulator.hosts}


def settled(fleet: Fleet) -> dict[str, Any]:
    """The states without times and journals."""
    return without_times(states(fleet))


def executions(fleet: Fleet) -> dict[str, int]:
    return {name: len(one["executions"]) for name, one in fleet.simulator.counters().items()}


def diff_lines(text: str, task: str = "Read, assess, plan and apply") -> list[str]:
    """The lines of --diff that a task printed; hosts come in any order."""
    part = text.partition(f": {task}] ")[2].partition("\nTASK [")[0]
    return sorted(line for line in part.splitlines() if re.match(r"[+-]", line))


def journals(fleet: Fleet, host: str) -> dict[str, list[dict[str, Any]]]:
    """The records of a host's journals by their id, the oldest first; the chain of each holds."""
    files = fleet.simulator.hosts[host].state.files
    found = {
        file.path.rpartition("\\")[2].removesuffix(".journal"): file.read().decode().splitlines()
        for file in files.values()
        if file.path.endswith(".journal")
    }
    return {name: records(found[name]) for name in sorted(found)}
