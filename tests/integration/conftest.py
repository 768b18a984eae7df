# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Simulated hosts for the tests of audits: those of the demo, and some that are hostile, blind, old or hang."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.simulated import Fleet, fleet_of, read_only

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
    return fleet_of(simulator, tmp_path)
