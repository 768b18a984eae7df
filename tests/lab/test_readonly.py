# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The audit writes nothing on a host: the whole registry and every file, after a run of win_ping and after an audit."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from support import lab
from support.lab import Cell, Hosts

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

# What Wine, the lab and Ansible's own wrapper leave by themselves, whatever runs.
NOISE = re.compile(
    r"winlab\\services\\[^|]+\|Pid$|software\\wine\\|fonts\|.*truetype|\|DriverDateData$|"
    r"drive_c/users/[^/]+/(AppData/Local|Temp|Local Settings)/|drive_c/windows/temp/",
    re.IGNORECASE,
)


def snapshot(prefix: Path) -> dict[str, str]:
    """Every value and every file of a host that does not run."""
    found = {}
    for name in ("system.reg", "user.reg", "userdef.reg"):
        for path, key in lab.module("mkprefix").Hive(prefix / name).keys.items():
            found[f"{name}\\{path}"] = ""
            found |= {f"{name}\\{path}|{value}": data for value, data in key["values"].values()}
    for file in (prefix / "drive_c").rglob("*"):
        if file.is_file() and not file.is_symlink():
            found[str(file.relative_to(prefix))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return {name: value for name, value in found.items() if not NOISE.search(name)}


def test_audit_writes_nothing(tmp_path: Path):
    hosts = Hosts({"host": Cell("2019", "issue4")})
    try:
        with_ping = ["ansible", "-m", "ansible.windows.win_ping", "all", "-i"]
        hosts.start()
        assert lab.run_ansible([*with_ping, str(hosts.inventory())], tmp_path / "ping").code == 0
        # The lab writes WSUS' start-up lines at the first connection, as WSUS does.
        hosts.powershell("host", "(Get-WsusServer).Name")
        hosts.stop()
        before = snapshot(hosts.prefixes["host"])
        hosts.start()
        run = lab.audit(hosts, tmp_path / "audit", "--check", "--diff")
        assert run.result("host")["compliant"] is False, run.tail()
        hosts.stop()
        after = snapshot(hosts.prefixes["host"])
    finally:
        hosts.close()
    assert run.recap["host"]["changed"] == 0
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert not changed, "\n".join(f"{name}: {before.get(name)} -> {after.get(name)}" for name in sorted(changed))
    assert len(after) > 5000
