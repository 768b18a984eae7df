# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks on simulated hosts, over real WinRM: what integration tests run, and what they look at afterwards."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from wsus_simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
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

    def run(self, *arguments: str, playbook: str = PLAYBOOK, inventory: str = "", **environment: str) -> Run:
        program = Path(sys.executable).with_name("ansible-playbook")
        found = os.environ.get("ANSIBLE_COLLECTIONS_PATH") or str(ROOT / ".cache" / "collections")
        done = subprocess.run(
            [str(program), "-i", inventory or str(self.inventory), playbook, *arguments],
            cwd=self.folder,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": found,
                "ANSIBLE_FORKS": "4",
                "ANSIBLE_LOCALHOST_WARNING": "false",
                "COLUMNS": "100",
                "LANG": "C.UTF-8",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, self.folder / "wsus-audit")

    def play(self, text: str) -> str:
        path = self.folder / "play.yml"
        path.write_text(text)
        return str(path)


def validate(name: str, document: Any) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
