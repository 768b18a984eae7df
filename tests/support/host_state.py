# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole state of a lab host: registry keys, their times and values; folders, files, links; WSUS' configuration.

It is read from the prefix itself, by no code of the collection, and of a host that does not run: while it does, Wine
keeps the registry in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re
from pathlib import Path

from support import lab

# Characters beyond ASCII: the lab writes four digits, Wine as few as there can be.
ESCAPE = re.compile(r"\\x0{1,3}([0-9a-f])")
HIVES = ("system.reg", "user.reg", "userdef.reg")
WSUS_CONFIGURATION = "drive_c/winlab/wsus.json"
# What WSUS itself writes when its API is first connected to, in the lab as on Windows.
STARTUP_LINE = re.compile(r"^.*\t(WsusService\.OnStart|SecurityProtocol\.LogProtocols)\t.*(\n|\Z)", re.M)

# When a key was last written, in its own entry.
WRITTEN = " #time"

# Wine names the folder of a user as Linux names who runs it.
USER = re.escape(pwd.getpwuid(os.getuid()).pw_name)

# What starting a host and running any module changes, with the reason. A test holds each against a run without audit.
ALLOWED = {
    r"fonts\|.*\(truetype\)$": "Wine registers its fonts",
    r"\\(external )?fonts #time$": "Wine registers its fonts",
    r"\\networkcards$": "Wine looks for network cards",
    r"\\windows nt\\currentversion #time$": "the same, where services gave up and Wine was started again",
    r"\\control\\class\\\{4d36e96[8e]-": "Wine looks for displays",
    r"\\enum\\(display|pci)\\.* #time$": "Wine looks for displays",
    r"\\control\\deviceclasses\\.* #time$": "Wine looks for displays, mice and keyboards",
    r"\\tcpip\\parameters\|(domain|hostname)$": "Wine takes the machine's names; the lab puts its own back",
    r"\\tcpip\\parameters #time$": "Wine takes the machine's names; the lab puts its own back",
    r"^user\.reg\\volatile environment(\|| #time$)": "the session of the user who logs on",
    r"\\winlab\\services\\[^|\\]+\|pid$": "the lab's services get a process",
    r"\\winlab(\\services\\[^|\\]+)? #time$": "the lab's services get a process, and note the start of Wine",
    r"\\services\\eventlog\\application(\\ansible)?(\||$| #time$)": "Ansible's wrapper writes that a module ran",
    r"\\wintrust\\trust providers\\software publishing(\||$)": "PowerShell looks at its policy of execution",
    r"/system32/catroot/(\{f750e6c3-38ee-11d1-85e5-00c04fc295ee\}/)?$": "PowerShell looks at its policy of execution",
    rf"^drive_c/users/{USER}/Temp/$": "modules have their files there while they run",
    r"^drive_c/winlab/$": "the lab's API replaces its state, in which it notes that WSUS wrote its first lines",
}
_ALLOWED = re.compile("|".join(ALLOWED), re.IGNORECASE)


def _registry(prefix: Path) -> dict[str, str]:
    found = {}
    for name in HIVES:
        for path, key in lab.module("mkprefix").Hive(prefix / name).keys.items():
            found[f"{name}\\{path}"] = ""
            found[f"{name}\\{path}{WRITTEN}"] = str(key["time"])
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
    for folder, folders, names in os.walk(prefix / "drive_c"):
        path = Path(folder)
        # Its time: something may have been made in it and removed.
        found[f"{path.relative_to(prefix).as_posix()}/"] = f"folder, {path.stat().st_mtime_ns}"
        for name in [*names, *(name for name in folders if (path / name).is_symlink())]:
            relative = (path / name).relative_to(prefix).as_posix()
            if relative != WSUS_CONFIGURATION:
                found[relative] = _file(path / name)
    return found


def all_differences(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """What is not the same, by name.

    Wine does not list a key without values of which a subkey is there, and forgets when it was written: no difference.
    """
    found = {}
    parents = {name[: match.start()] for name in after for match in re.finditer(r"\\", name)}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        only_one = old is None or new is None
        if old == new or (only_one and (name.endswith(WRITTEN) or (old == "" and name in parents))):
            continue
        found[name] = f"{name}: {str(old)[:80]} -> {str(new)[:80]}"
    return found


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What is not the same and not ``ALLOWED``, in words."""
    return [text for name, text in all_differences(before, after).items() if not _ALLOWED.search(name)]


def service_changes(before: set[int], after: set[int]) -> list[str]:
    """Processes of services (`lab.service_processes`) that were stopped or started; a restart is both."""
    gone = [f"a service's process {pid} is gone" for pid in sorted(before - after)]
    return gone + [f"a service's process {pid} was started" for pid in sorted(after - before)]
