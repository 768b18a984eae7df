# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host that restarts while the collector runs on it: PowerShell, its child processes and all else are ended with it.

What the connection alone can show is in tests/integration/test_faults.py.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from support import lab
from support.lab import Cell, Hosts, Run

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

HEALTHY = Cell("2019", "healthy")


def restart_within_command(hosts: Hosts, name: str, seconds: float = 60) -> None:
    """Waits until a command runs on the host, then restarts it."""
    end = time.monotonic() + seconds
    while not hosts.lab.hosts[name].snapshot()["commands_running"]:
        if time.monotonic() > end:
            return
        time.sleep(0.02)
    # The collector has begun, and is not near its end: it takes seconds.
    time.sleep(0.5)
    hosts.stop()
    hosts.start()


def test_a_host_that_restarts_within_the_collector(tmp_path: Path):
    with Hosts({"stays": HEALTHY}) as beside, Hosts({"restarts": HEALTHY}) as other:

        def audit(folder: str) -> Run:
            port = {"ansible_port": other.lab.hosts["restarts"].port}
            return lab.audit(beside, tmp_path / folder, variables={"restarts": port})

        restart = threading.Thread(target=restart_within_command, args=(other, "restarts"))
        restart.start()
        first = audit("first")
        restart.join()
        document = first.result("restarts")
        assert document is not None, first.tail(60)
        # What ends first, the connection or PowerShell, is a matter of chance.
        assert document["error"]["code"] in ("unreachable", "module_failed"), document["error"]
        assert "restart" in document["error"]["message"]
        assert document["unreachable"] is (document["error"]["code"] == "unreachable")
        assert (document["facts"], document["findings"], document["issues"]) == ({}, [], {})
        assert first.result("stays")["outcome"] == "compliant"
        assert first.code != 0 and "Traceback" not in first.output

        second = audit("second")
        assert second.code == 0, second.tail(60)
        assert {name: second.result(name)["outcome"] for name in ("stays", "restarts")} == {
            "stays": "compliant",
            "restarts": "compliant",
        }
        assert not [host for host, recap in second.recap.items() if recap["changed"] or recap["failed"]]
