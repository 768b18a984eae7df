# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Simulated hosts for the tests of audits: those of the demo, and some that are hostile, blind, old or hang."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.simulated import Fleet, read_only

from wsus_simulator import Simulator
from wsus_simulator.simulator import HOSTS_FOLDER, hosts_of_folder

EVIL = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}\x1b[31mred\u202e\r\nfatal: [x]"


HOSTS: dict[str, Any] = {
    "hostile": {
        "extends": "issue1.yml",
        "registry": {
            r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion": {"values": {"ProductName": EVIL}},
        },
        "wsus": {"api": {"configuration": {"MUUrl": f"https://example.com/{EVIL}"}}},
    },
    "blind": {
        "extends": "healthy.yml",
        "wsus": {"api": {"error": {"code": "connection_failed", "message": f"refused {EVIL}"}}},
    },
    "old": {"extends": "healthy.yml", "powershell_version": "4.0"},
    "other-contract": {"extends": "healthy.yml", "contract": 2},
    "cut": {"extends": "healthy.yml", "connection": {"fault": "cut"}},
    "hang": {"extends": "healthy.yml", "connection": {"fault": "hang", "seconds": 60}},
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with read_only({**hosts_of_folder(HOSTS_FOLDER), **HOSTS}) as running:
        yield running


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: Path) -> Fleet:
    inventory = simulator.inventory()
    hosts = inventory["all"]["children"]["wsus"]["hosts"]
    # Neither has WinRM; the audit must not even try to connect to the second.
    inventory["all"]["hosts"] = {
        "localhost": {"ansible_connection": "local"},
        "linux": {"ansible_connection": "ssh", "ansible_host": "192.0.2.1"},
    }
    hosts["dead"] = {**hosts["healthy"], "ansible_port": 1}
    path = tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump(inventory))
    return Fleet(simulator, path, tmp_path)
