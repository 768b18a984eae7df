# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts of the lab: Wine prefixes of cells, made, started behind winrmd, and removed."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import winrm
from develop.lab import lab_home

from .places import LabError, cache_folder, hosts_folder, module
from .scenarios import OWN_SCENARIOS, Cell, ago, expand, registry_pol, scenario_files
from .services import automatic_processes, service_processes

SLOTS = 2
KILL_AFTER_MS = 120_000
# A host that answers none of ansible's requests for so long is given up: the lab is slow when the machine is.
READ_TIMEOUT = 90


@functools.cache
def _make_template() -> None:
    """The template that all hosts are cloned from; made once, by one process."""
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        module("mkprefix").template(cache_folder())


def make_prefix(cell: Cell, folder: Path, host: str) -> Path:
    """The Wine prefix of a cell, not started, in the folder's subfolder `host`."""
    source = scenario_files()[cell.scenario]
    original = json.loads(source.read_text("utf-8"))
    scenario, rest = expand(original)
    name = cell.scenario
    if source.parent == OWN_SCENARIOS:
        path = folder / f"{host}.scenario.json"
        path.write_text(json.dumps(scenario), "utf-8")
        name = str(path)
    mkprefix = module("mkprefix")
    try:
        _make_template()
        prefix = Path(mkprefix.build(cell.persona, name, folder / host, cache=cache_folder()))
    except (SystemExit, OSError, ValueError, KeyError, subprocess.SubprocessError) as problem:
        raise LabError(f"mkprefix.py could not make {cell.id}: {problem!r}") from problem
    drive = prefix / "drive_c"
    for below, entries in rest["registry_pol"].items():
        path = drive / below
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(registry_pol(entries))
    changed = ago(rest["files_changed"]).timestamp()
    for below in [*scenario.get("set", {}).get("files", {}), *rest["registry_pol"]]:
        if (drive / below).exists():
            os.utime(drive / below, (changed, changed))
    return prefix


def remove_prefix(prefix: Path) -> None:
    # Wine may still be writing the registry when its server is told to end.
    for _time in range(3):
        shutil.rmtree(prefix, ignore_errors=True)
        if not prefix.exists():
            return
        time.sleep(0.5)


class Hosts:
    """Some hosts of the lab behind winrmd, from start to removal: a context manager."""

    def __init__(
        self, cells: Mapping[str, Cell], *, psversion: str = "5.1", slots: int = SLOTS, **options: Any
    ) -> None:
        self.cells = dict(cells)
        self.options = {"psversion": psversion, "slots": slots, "kill_after_ms": KILL_AFTER_MS, **options}
        self.folder = Path(tempfile.mkdtemp(prefix="lab-", dir=hosts_folder()))
        self.prefixes: dict[str, Path] = {}
        self.lab: Any = None

    def make(self) -> Hosts:
        """The prefixes; may run in a thread while other hosts are at work."""
        for name, cell in self.cells.items():
            if name not in self.prefixes:
                made = make_prefix(cell, self.folder, name)
                self.prefixes[name] = made
        return self

    def start(self) -> Hosts:
        self.make()
        prefixes = {name: str(prefix) for name, prefix in self.prefixes.items()}
        wanted = {name: automatic_processes(prefix) for name, prefix in self.prefixes.items()}
        for _attempt in range(2):
            lab = module("winrmd").WinLab(prefixes, powershell=lab_home() / "powershell", **self.options)
            try:
                lab.start()
            except (OSError, subprocess.SubprocessError) as problem:
                raise LabError(f"winrmd could not start {', '.join(self.cells)}: {problem!r}") from problem
            self.lab = lab
            if not (late := self._late(wanted)):
                return self
            self.stop()
        raise LabError(f"services did not start on {', '.join(late)}")

    def _late(self, wanted: Mapping[str, int], seconds: float = 20) -> list[str]:
        """Hosts on which not all services run that start by themselves: on a loaded machine Wine may give one up."""
        end = time.monotonic() + seconds
        while True:
            running = service_processes(self.prefixes)
            late = [name for name, number in wanted.items() if len(running[name]) < number]
            if not late or time.monotonic() > end:
                return late
            time.sleep(0.3)

    def stop(self) -> None:
        if self.lab is not None:
            lab, self.lab = self.lab, None
            lab.stop()

    def close(self) -> None:
        self.stop()
        for prefix in self.prefixes.values():
            remove_prefix(prefix)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Hosts:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *problem: object) -> None:
        self.close()

    def drive(self, name: str) -> Path:
        return self.prefixes[name] / "drive_c"

    def powershell(self, name: str, script: str) -> str:
        """Runs a script on a host outside of Ansible, to prepare a state or to read one back."""
        session = winrm.Session(
            f"http://127.0.0.1:{self.lab.hosts[name].port}/wsman",
            auth=(self.lab.user, self.lab.password),
            transport="basic",
            ca_trust_path=None,
            read_timeout_sec=READ_TIMEOUT + 10,
            operation_timeout_sec=READ_TIMEOUT,
        )
        done = session.run_ps("$ErrorActionPreference = 'Stop'\n" + script)
        if done.status_code:
            raise LabError(f"{name}: {done.std_err.decode(errors='replace')}\n{done.std_out.decode(errors='replace')}")
        return done.std_out.decode(errors="replace")

    def inventory(self, variables: Mapping[str, Mapping[str, Any]] | None = None) -> Path:
        """The hosts as an inventory file; `variables` adds to the variables of some."""
        content = self.lab.inventory("lab")
        group = content["all"]["children"]["lab"]
        group["vars"] |= {
            "ansible_winrm_operation_timeout_sec": READ_TIMEOUT - 30,
            "ansible_winrm_read_timeout_sec": READ_TIMEOUT,
        }
        for name, more in (variables or {}).items():
            group["hosts"].setdefault(name, {}).update(more)
        path = self.folder / "inventory.json"
        path.write_text(json.dumps(content, indent=1), "utf-8")
        return path
