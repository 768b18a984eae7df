# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks on simulated hosts, over real WinRM: what integration tests run, and what they look at afterwards."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from develop.environment import ansible_environment
from develop.places import COLLECTIONS, ROOT, TEST_COLLECTIONS

from wsus_simulator import Simulator

SCHEMAS = ROOT / "plugins" / "plugin_utils" / "report" / "schemas"
PLAYBOOK = "wsus.compliance.audit"


@dataclass
class Run:
    """One run of ansible-playbook."""

    code: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def text(self) -> str:
        """What a person saw, without color; newer releases of ansible-core put errors on standard error."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.stdout + self.stderr)

    def document(self, name: str) -> Any:
        return json.loads((self.folder / f"{name}.json").read_text())

    @property
    def fleet(self) -> Any:
        return self.document("fleet")

    def recap(self, host: str) -> dict[str, int]:
        found = re.search(rf"^{re.escape(host)} +: (.*)$", self.text, re.M)
        assert found, self.text
        return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", found.group(1))}


@dataclass
class Fleet:
    """Simulated hosts and a folder to run in."""

    simulator: Simulator
    inventory: Path
    folder: Path

    def run(
        self,
        *arguments: str,
        playbook: str = PLAYBOOK,
        inventory: str = "",
        through: Sequence[str] = (),
        timeout: float = 300,
        **environment: str,
    ) -> Run:
        """ansible-playbook with these arguments; ``through``: a command that runs it; ``timeout`` in seconds."""
        program = Path(sys.executable).with_name("ansible-playbook")
        settings = {"ANSIBLE_FORKS": "4", "ANSIBLE_LOCALHOST_WARNING": "false", "COLUMNS": "100", **environment}
        done = subprocess.run(
            [*through, str(program), "-i", inventory or str(self.inventory), playbook, *arguments],
            cwd=self.folder,
            env=ansible_environment(self.folder / "ansible-home", [COLLECTIONS, TEST_COLLECTIONS], **settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, self.folder / "wsus-audit")

    def play(self, text: str) -> str:
        path = self.folder / "play.yml"
        path.write_text(text)
        return str(path)


def fleet_of(simulator: Simulator, folder: Path) -> Fleet:
    """All simulated hosts, one that is dead, and two that are no Windows."""
    inventory = simulator.inventory()
    hosts = inventory["all"]["children"]["wsus"]["hosts"]
    # Neither has WinRM; the audit must not even try to connect to the second.
    inventory["all"]["hosts"] = {
        "localhost": {"ansible_connection": "local"},
        "linux": {"ansible_connection": "ssh", "ansible_host": "192.0.2.1"},
    }
    hosts["dead"] = {**hosts["healthy"], "ansible_port": 1}
    path = folder / "inventory.yml"
    path.write_text(yaml.safe_dump(inventory))
    return Fleet(simulator, path, folder)


@contextlib.contextmanager
def read_only(hosts: Mapping[str, Any]) -> Iterator[Simulator]:
    """Simulated hosts of which none may have been asked to write, whatever was run on them."""
    with Simulator(hosts) as simulator:
        try:
            yield simulator
        finally:
            asked = {name: one["writes"] for name, one in simulator.counters().items() if one["writes"]}
    assert not asked, f"asked to write: {asked}"


def validate(name: str, document: Any) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
