# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's services on hosts that run, by Linux's list of processes, and how many there are once a host is up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from .places import module

# The program itself, not one whose arguments name it.
PROGRAM = re.compile(rb"[^\0]*\\(labsvc|w3wp|WsusService)\.exe\0", re.IGNORECASE)
SERVICES = "system\\currentcontrolset\\services\\"
OF_THE_LAB = "software\\winlab\\services\\"
AUTOMATIC = "dword:00000002"


def service_processes(prefixes: Mapping[str, Path]) -> dict[str, set[int]]:
    """The processes of services and of IIS on each host; a service that restarts is another process."""
    found: dict[str, set[int]] = {name: set() for name in prefixes}
    hosts = {str(prefix.resolve()): name for name, prefix in prefixes.items()}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if not PROGRAM.match((process / "cmdline").read_bytes()):
                continue
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended
        for entry in environment:
            if entry.startswith(b"WINEPREFIX=") and (name := hosts.get(entry[11:].decode())):
                found[name].add(int(process.name))
    return found


def automatic_processes(prefix: Path) -> int:
    """How many of these processes a host that has not run yet has once it is up; W3SVC starts a second one."""
    keys = module("mkprefix").Hive(prefix / "system.reg").keys
    total = 0
    for path, key in keys.items():
        name = path.removeprefix(OF_THE_LAB)
        if name == path or "\\" in name:
            continue
        if keys[SERVICES + name]["values"].get("start", ("", ""))[1] == AUTOMATIC:
            total += 1 + (key["values"].get("child", ("", '""'))[1] != '""')
    return total
