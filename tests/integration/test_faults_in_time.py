# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults that take time: hosts that hang, in several ways, and hosts that restart while they are audited."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.relay import Relay
from support.simulated import Fleet, Run, validate

from wsus_simulator import Simulator

W3WP = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
# An answer of several parts: the host is lost when a part is there.
LONG = {W3WP: f"<configuration><!--{'x' * 300_000}--></configuration>"}
AWAY = 2
QUICK = {"ansible_winrm_operation_timeout_sec": 1, "ansible_winrm_read_timeout_sec": 2}
LIMIT = 4


def broken(**connection: Any) -> dict[str, Any]:
    return {"extends": "healthy.yml", "files": LONG, "connection": connection}


HOSTS: dict[str, Any] = {
    "healthy": {"extends": "healthy.yml"},
    "issue1": {"extends": "issue1.yml"},
    # Takes the connection, and then nothing.
    "mute": broken(fault="hang", on=["Create"]),
    # Hangs in the middle of its answer, for good.
    "stuck": broken(fault="hang", on=["Receive", "Signal", "Delete"], after=1),
    # WinRM is well; what it runs hangs.
    "busy": broken(fault="stall"),
    "restarts": broken(fault="reboot", seconds=AWAY, after=1),
    "restarts-at-once": broken(fault="reboot", seconds=0),
    "stops": broken(fault="wsman", on=["Receive"], code=995, message="The I/O operation has been aborted.", after=1),
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(HOSTS) as running:
        yield running


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: Path) -> Fleet:
    inventory = simulator.inventory()
    hosts = inventory["all"]["children"]["wsus"]["hosts"]
    for name in ("mute", "stuck", "busy"):
        hosts[name] |= QUICK
    path = tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump(inventory))
    return Fleet(simulator, path, tmp_path)


def when(document: Any, name: str = "audited_at") -> datetime:
    return datetime.fromisoformat(document[name].replace("Z", "+00:00"))


def not_audited(run: Run, host: str, code: str) -> str:
    """The message of a host that was lost; its file is looked at."""
    document = run.document(host)
    validate("audit", document)
    assert document["error"]["code"] == code, document["error"]
    assert (document["outcome"], document["unreachable"], document["compliant"]) == ("unreachable", True, None)
    assert (document["facts"], document["findings"], document["issues"]) == ({}, [], {}), "nothing half-read is used"
    assert "Traceback" not in run.text
    return str(document["error"]["message"])


def assert_limits_are_told(run: Run, *hosts: str) -> None:
    for host in hosts:
        message = not_audited(run, host, "timeout")
        assert message.startswith("No answer in time: ")
        if host == "busy":
            assert f"the task's own timeout of {LIMIT} seconds is over" in message and "audit_timeout" in message
        else:
            assert "(read timeout=2)" in message and "ansible_winrm_read_timeout_sec" in message


def assert_others_are_done(run: Run, *hosts: str) -> None:
    assert run.code == 4, run.text
    validate("fleet", run.fleet)
    outcomes = {"healthy": "compliant", "issue1": "noncompliant"}
    assert run.fleet["hosts"] == dict(sorted({**outcomes, **dict.fromkeys(hosts, "unreachable")}.items()))
    for name in outcomes:
        validate("audit", run.document(name))
        assert len(run.document(name)["findings"]) > 30


HUNG = ("mute", "stuck", "busy")
ALL = "mute,stuck,busy,healthy,issue1"


def test_hosts_that_hang(fleet):
    run = fleet.run("-e", f"audit_hosts={ALL}", "-e", f"audit_timeout={LIMIT}", ANSIBLE_FORKS="5")
    assert_limits_are_told(run, *HUNG)
    assert_others_are_done(run, *HUNG)
    for name in ("healthy", "issue1"):
        for hung in HUNG:
            assert when(run.document(name)) < when(run.document(hung)), "its file was there before"


def test_hosts_that_hang_in_batches(fleet):
    """The worst order: the hosts that hang come first, each in a batch of its own."""
    run = fleet.run(
        "-e", "audit_hosts=mute,busy,healthy,issue1", "-e", f"audit_timeout={LIMIT}", "-e", "audit_serial=1"
    )
    assert_limits_are_told(run, "mute", "busy")
    assert_others_are_done(run, "mute", "busy")


FREE = """
- hosts: mute,stuck,busy,healthy,issue1
  gather_facts: false
  strategy: free
  roles: [wsus.compliance.audit]
"""


def test_hosts_that_hang_under_the_strategy_free(fleet):
    """With fewer forks than hosts that hang: as soon as the first of them is given up, the others have their turn."""
    run = fleet.run("-e", f"audit_timeout={LIMIT}", playbook=fleet.play(FREE), ANSIBLE_FORKS="3")
    assert_limits_are_told(run, *HUNG)
    assert_others_are_done(run, *HUNG)
    assert when(run.document("healthy")) < when(run.document("busy"))


def test_a_host_that_restarts(fleet, simulator):
    """Its answer breaks off, its port refuses connections, it comes back; the next audit finds it as it is then."""
    begun = time.time()
    with Relay(simulator.port, away=AWAY) as relay:
        inventory = yaml.safe_load(fleet.inventory.read_text())
        inventory["all"]["children"]["wsus"]["hosts"]["restarts"]["ansible_port"] = relay.port
        fleet.inventory.write_text(yaml.safe_dump(inventory))
        first = fleet.run("-e", "audit_hosts=restarts,healthy")
        message = not_audited(first, "restarts", "unreachable")
        assert message.startswith("The connection was lost: ")
        assert message.index("Connection reset by peer") < message.index("; then: ") < message.index("refused")
        assert "A restart of the host" in message
        assert first.fleet["hosts"] == {"healthy": "compliant", "restarts": "unreachable"}
        assert (first.code, first.recap("restarts")["unreachable"], first.recap("healthy")["failed"]) == (4, 1, 0)
        until = time.monotonic() + 20
        while simulator.hosts["restarts"].is_down or not relay.is_open:
            assert time.monotonic() < until
            time.sleep(0.05)
        second = fleet.run("-e", "audit_hosts=restarts,healthy")
    assert second.code == 0, second.text
    document = second.document("restarts")
    assert (document["outcome"], document["error"]) == ("compliant", None)
    assert when(document["facts"]["restart"], "boot_time").timestamp() > begun - 1
    assert when(document["facts"]["restart"], "boot_time") <= when(document, "collected_at")
    assert second.fleet["hosts"] == {"healthy": "compliant", "restarts": "compliant"}
    assert simulator.counters()["restarts"]["writes"] == []


def test_a_host_that_knows_the_shell_no_more_and_one_that_stops(fleet):
    """WinRM is back before Ansible ends the command; and what a service says that stops in good order."""
    run = fleet.run("-e", "audit_hosts=restarts-at-once,stops,healthy")
    message = not_audited(run, "restarts-at-once", "unreachable")
    assert message.startswith("The connection was lost: ")
    assert message.index("Connection reset by peer") < message.index("; then: ") < message.index("2150858843")
    message = not_audited(run, "stops", "unreachable")
    assert message.startswith("The connection was lost: The I/O operation has been aborted.")
    assert run.fleet["hosts"]["healthy"] == "compliant"


def test_a_port_that_takes_connections_and_says_nothing(fleet):
    """A host that hangs before WinRM: the kernel still takes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        inventory = yaml.safe_load(fleet.inventory.read_text())
        hosts = inventory["all"]["children"]["wsus"]["hosts"]
        hosts["silent"] = {**hosts["healthy"], **QUICK, "ansible_port": silent.getsockname()[1]}
        fleet.inventory.write_text(yaml.safe_dump(inventory))
        run = fleet.run("-e", "audit_hosts=silent,healthy")
    assert "(read timeout=2)" in not_audited(run, "silent", "timeout")
    assert run.fleet["hosts"] == {"healthy": "compliant", "silent": "unreachable"}
