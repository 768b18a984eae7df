# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole state of lab hosts: every registry key and value, every file, WSUS' configuration; and their services.

It is read from the prefix itself and from Linux's list of processes, by no code of the collection. The first part is
that of a host that does not run: while it does, Wine keeps the registry in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from support import lab

# Characters beyond ASCII: the lab writes four digits, Wine as few as there can be.
ESCAPE = re.compile(r"\\x0{1,3}([0-9a-f])")
HIVES = ("system.reg", "user.reg", "userdef.reg")
WSUS_CONFIGURATION = "drive_c/winlab/wsus.json"
# What WSUS itself writes when its API is first connected to, in the lab as on Windows.
STARTUP_LINE = re.compile(r"^.*\t(WsusService\.OnStart|SecurityProtocol\.LogProtocols)\t.*(\n|\Z)", re.M)

# What starting a host and running any module changes, with the reason. A test holds each against a run without audit.
ALLOWED = {
    r"fonts\|.*\(truetype\)$": "Wine registers its fonts",
    r"\\networkcards( |$)": "Wine looks for network cards",
    r"\\control\\class\\\{4d36e96[8e]-": "Wine looks for displays",
    r"\\tcpip\\parameters\|(domain|hostname)$": "Wine takes the machine's names; the lab puts its own back",
    r"^user\.reg\\volatile environment\|": "the session of the user who logs on",
    r"\\winlab\\services\\[^|\\]+\|pid$": "the lab's services get a process",
    r"\\services\\eventlog\\application(\\ansible)?(\||$)": "Ansible's wrapper writes that a module ran",
    r"\\wintrust\\trust providers\\software publishing(\||$)": "PowerShell looks at its policy of execution",
}
_ALLOWED = re.compile("|".join(ALLOWED), re.IGNORECASE)


def _registry(prefix: Path) -> dict[str, str]:
    found = {}
    for name in HIVES:
        for path, key in lab.module("mkprefix").Hive(prefix / name).keys.items():
            found[f"{name}\\{path}"] = ""
            found |= {f"{name}\\{path}|{value}": ESCAPE.sub(r"\\x\1", data) for value, data in key["values"].values()}
    return found


def _file(path: Path) -> str:
    """Size, time and content; of files that all hosts share (hard links) no content: it has the time of its change."""
    status = path.lstat()
    if path.is_symlink():
        return f"link to {path.readlink()}"
    if path.name == "SoftwareDistribution.log":
        return STARTUP_LINE.sub("", path.read_text("utf-8", "replace"))
    content = "shared" if status.st_nlink > 1 else hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{status.st_size} bytes, {status.st_mtime_ns}, {content}"


def _wsus(path: Path) -> dict[str, str]:
    state = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    state.pop("startupLogged", None)  # the lab's note that WSUS wrote its lines
    return {
        f"wsus.json {part}.{name}": json.dumps(value)
        for part, members in state.items()
        for name, value in (members.items() if isinstance(members, dict) else [("", members)])
    }


def snapshot(prefix: Path) -> dict[str, str]:
    """Every part of the state by its name."""
    found = _registry(prefix) | _wsus(prefix / WSUS_CONFIGURATION)
    for folder, _folders, names in os.walk(prefix / "drive_c"):
        for name in names:
            path = Path(folder) / name
            relative = path.relative_to(prefix).as_posix()
            if relative != WSUS_CONFIGURATION:
                found[relative] = _file(path)
    return found


def all_differences(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """What is not the same, by name; a key that the file no longer lists, but of which a subkey is there, is there."""
    found = {}
    parents = {name[: match.start()] for name in after for match in re.finditer(r"\\", name)}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new and not (old == "" and new is None and name in parents):
            found[name] = f"{name}: {str(old)[:80]} -> {str(new)[:80]}"
    return found


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What is not the same and not ``ALLOWED``, in words."""
    return [text for name, text in all_differences(before, after).items() if not _ALLOWED.search(name)]


# --- Services, of hosts that run --------------------------------------------------------------------------------------

_SERVICE = re.compile(rb"(labsvc|w3wp|WsusService)\.exe", re.IGNORECASE)


def service_processes(prefixes: Mapping[str, Path]) -> dict[str, set[int]]:
    """The processes of services and of IIS on each host: one that was stopped or restarted is no longer among them."""
    found: dict[str, set[int]] = {name: set() for name in prefixes}
    hosts = {str(prefix.resolve()): name for name, prefix in prefixes.items()}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if not _SERVICE.search((process / "cmdline").read_bytes()):
                continue
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended
        for entry in environment:
            if entry.startswith(b"WINEPREFIX=") and (name := hosts.get(entry[11:].decode())):
                found[name].add(int(process.name))
    return found
