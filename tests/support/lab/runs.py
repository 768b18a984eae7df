# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs of Ansible on hosts of the lab, and what they left."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from develop import environment
from develop.places import COLLECTIONS, TEST_COLLECTIONS

from .hosts import Hosts
from .places import LabError

FORKS = 3
RUN_TIMEOUT = 900
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)


@dataclass
class Run:
    """What a run of ansible left."""

    code: int
    output: str
    seconds: float
    folder: Path
    # Per host: ok, changed, unreachable, failed.
    recap: dict[str, dict[str, int]] = field(default_factory=dict)

    def result(self, host: str) -> Any:
        """The host's result file; LabError-free: a file that is missing or no JSON is the caller's to judge."""
        path = self.folder / f"{host}.json"
        return json.loads(path.read_text("utf-8")) if path.is_file() else None

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.output.splitlines()[-lines:])


def ansible_environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    own = os.environ.get("WSUS_COLLECTIONS") or COLLECTIONS
    settings = {
        "ANSIBLE_FORKS": str(FORKS),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "1",
    }
    return environment.ansible_environment(
        folder / "ansible-home", [own, TEST_COLLECTIONS], **settings | dict(more or {})
    )


def program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if not found:
        raise LabError(f"no {name} beside {sys.executable} nor in PATH")
    return found


def run_ansible(
    command: list[str], folder: Path, variables: Mapping[str, str] | None = None, timeout: float = RUN_TIMEOUT
) -> Run:
    """Runs ansible or ansible-playbook; its own group of processes is ended when it takes too long."""
    folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    child = subprocess.Popen(
        [program(command[0]), *command[1:]],
        env=ansible_environment(folder, variables),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        raw, _rest = child.communicate(timeout=timeout)
    except BaseException as problem:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        raw, _rest = child.communicate()
        if not isinstance(problem, subprocess.TimeoutExpired):
            raise
        raw += f"\nended after {timeout:.0f} s".encode()
    output = raw.decode("utf-8", "replace")
    run = Run(child.returncode, output, time.monotonic() - start, folder)
    for host, ok, changed, unreachable, failed in RECAP.findall(output):
        run.recap[host] = {
            "ok": int(ok),
            "changed": int(changed),
            "unreachable": int(unreachable),
            "failed": int(failed),
        }
    return run


def audit(hosts: Hosts, folder: Path, *arguments: str, variables: Mapping[str, Mapping[str, Any]] | None = None) -> Run:
    """`ansible-playbook wsus.compliance.audit` on the hosts; the result files are in `folder`."""
    inventory = hosts.inventory(variables)
    options = json.dumps({"audit_output_dir": str(folder)})
    return run_ansible(
        ["ansible-playbook", "wsus.compliance.audit", "-i", str(inventory), "-e", options, *arguments], folder
    )
