# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The audit for a first look: of simulated servers, or of the user's own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .environment import environment
from .places import COLLECTIONS, ROOT, SIMULATOR, VENV, remove, say, stop
from .setup import set_up_demo


def target_demo(arguments: list[str]) -> int:
    set_up_demo()
    inventory = os.environ.get("INVENTORY")
    return audit(inventory, arguments) if inventory else audit_simulated(arguments)


def audit(inventory: str, arguments: list[str]) -> int:
    """Real servers: where the user stands, with the user's own ansible.cfg, and the playbook's exit code."""
    output = Path.cwd() / "wsus-audit"
    (output / "fleet.json").unlink(missing_ok=True)
    code = subprocess.run(
        [
            *["ansible-playbook", "-i", inventory, "wsus.compliance.audit"],
            *["-e", "audit_output_dir=./wsus-audit", *arguments],
        ],
        env=environment(COLLECTIONS, own_ansible=False),
        check=False,
    ).returncode
    show_results(output)
    return code


def audit_simulated(arguments: list[str]) -> int:
    """Hosts that cannot be reached are part of the show: ansible-playbook's exit code 4 is fine here."""
    if not (SIMULATOR / "wsus_simulator" / "__main__.py").is_file():
        stop("nothing to do: extensions/simulator has no simulator (INVENTORY=FILE audits real servers)")
    output = ROOT / "wsus-demo"
    remove(output)
    say("auditing simulated WSUS servers (INVENTORY=FILE audits real ones)")
    code = subprocess.run(
        [
            *[str(VENV / "bin" / "python"), "-m", "wsus_simulator", "--"],
            *["ansible-playbook", "wsus.compliance.audit", "-e", "audit_output_dir=./wsus-demo", *arguments],
        ],
        env=environment(COLLECTIONS) | {"PYTHONPATH": str(SIMULATOR)},
        cwd=ROOT,
        check=False,
    ).returncode
    if not show_results(output) or code not in {0, 4}:
        return code or 1
    say("Your own servers, without changing anything on them: make demo INVENTORY=/path/to/inventory")
    return 0


def show_results(output: Path) -> bool:
    """Whether the fleet's result was written, and where everything is: the playbook has shown what it says."""
    if not (output / "fleet.json").is_file():
        say(f"\nno results: {output / 'fleet.json'} was not written")
        return False
    hosts = len(list(output.glob("*.json"))) - 1
    say(f"\nResults: {output}: fleet.json, and a file for each host ({hosts})")
    return True
