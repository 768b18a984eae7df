# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin capture: one capture of its own on a host, fetched as a file that capture_info reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.wsus.compliance.plugins.action import capture, synchronization
from support.captures import Wanted, read_capture, tshark, tshark_frames
from support.simulated_action import SimulatedHost


def host(scenario: str = "healthy.yml", **more: Any) -> SimulatedHost:
    return SimulatedHost({"extends": scenario, **more})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(synchronization, "PAUSE", 0.01)


def captured(server: SimulatedHost, **options: Any) -> None:
    """A capture of one synchronization, stopped."""
    server.run(capture, state="started", **options)
    server.run(synchronization, assess=False)
    server.run(capture, state="stopped")
    server.executions.clear()


@pytest.mark.parametrize(("tool", "packets", "left_out"), [("netsh", 9, 3), ("pktmon", None, None)])
def test_what_is_fetched_is_what_capture_info_reads(tmp_path, tool, packets, left_out):
    server, dest = host(), tmp_path / "new" / "wsus.pcapng"
    captured(server, tool=tool, ports=[8080, 443, 443])
    result = server.run(capture, state="fetched", dest=str(dest))
    assert result["changed"] and result["dest"] == str(dest) and "failed" not in result
    assert (result["tool"], result["packets"], result["left_out"]) == (tool, packets, left_out)
    assert result["ports"] == [443, 8080] and result["running"] is False
    assert dest.stat().st_mode & 0o777 == 0o600 and list(dest.parent.iterdir()) == [dest]
    (connection,) = read_capture(dest, Wanted(None))["connections"]
    assert connection["outcome"] == "established" and connection["endpoint"] == "sws.update.microsoft.com"


def test_fetched_again_is_no_change(tmp_path):
    server, dest = host(), tmp_path / "a.pcapng"
    captured(server)
    assert server.run(capture, state="fetched", dest=str(dest))["changed"]
    dest.chmod(0o644)
    assert server.run(capture, state="fetched", dest=str(dest))["changed"]
    assert server.run(capture, state="fetched", dest=str(dest))["changed"] is False
    assert dest.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("size", [1, 7, 500])
def test_it_is_fetched_in_parts(tmp_path, monkeypatch, size):
    server, dest = host(), tmp_path / "a.pcapng"
    captured(server, tool="netsh")
    server.run(capture, state="fetched", dest=str(dest))
    whole = dest.read_bytes()
    dest.unlink()
    server.executions.clear()
    monkeypatch.setattr(capture, "PART", 100 * size)
    server.run(capture, state="fetched", dest=str(dest))
    assert dest.read_bytes() == whole
    length = len(server.machine.capture.fetched)
    assert server.asked.count("read_file") == -(-length // (100 * size))


@pytest.mark.skipif(tshark() is None, reason="tshark is not installed")
def test_tshark_reads_the_same_frames(tmp_path):
    server, dest = host(), tmp_path / "a.pcapng"
    captured(server, tool="netsh")
    server.run(capture, state="fetched", dest=str(dest))
    rows = tshark_frames(dest)
    hellos = [row["tls.handshake.type"] for row in rows if row.get("tls.handshake.type")]
    assert len(rows) == 9 and hellos[0] == "1"


def test_a_second_start_leaves_what_runs(tmp_path):
    server = host()
    first = server.run(capture, state="started")
    again = server.run(capture, state="started")
    assert first["changed"] and not again["changed"]
    assert again["running"] and again["started"] == first["started"]
    assert server.run(capture, state="stopped")["changed"] and not server.run(capture, state="stopped")["changed"]
    late = server.run(capture, state="started")
    assert late["failed"] and "does not run any more" in late["msg"] and "(busy)" in late["msg"]
    assert server.run(capture, state="absent")["changed"] and not server.run(capture, state="absent")["changed"]
    assert server.run(capture, state="stopped")["changed"] is False


def test_somebody_elses_is_left_alone():
    result = host(capture={"taken": True}).run(capture, state="started")
    assert result["failed"] and result["changed"] is False and "for somebody else" in result["msg"]


@pytest.mark.parametrize("state", ["started", "stopped", "fetched", "absent"])
def test_check_mode_does_nothing(tmp_path, state):
    server = host()
    if state != "started":
        server.run(capture, state="started")
    if state == "fetched":
        server.run(capture, state="stopped")
    before = server.machine.capture
    result = server.run(capture, check=True, state=state, dest=str(tmp_path / "x"))
    assert result["changed"] and server.machine.capture == before and not list(tmp_path.iterdir())


def test_what_can_not_be_fetched_says_why(tmp_path):
    server = host()
    dest = str(tmp_path / "x")
    assert "no capture" in server.run(capture, state="fetched", dest=dest)["msg"]
    server.run(capture, state="started")
    assert "stop it first" in server.run(capture, state="fetched", dest=dest)["msg"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("action", ["convert", "read_file"])
def test_a_fetch_that_fails_leaves_no_part_of_a_file(tmp_path, action):
    server = host(capture={"fails": [action]})
    captured(server)
    result = server.run(capture, state="fetched", dest=str(tmp_path / "x"))
    assert result["failed"] and action in result["msg"] and not list(tmp_path.iterdir())


HOSTILE = {
    "no gzip": {"content": "AAAA", "length": 5},
    "no base64": {"content": "{{ x }}", "length": 5},
    "no content": {"content": None, "length": 5},
    "another part": {"offset": 77},
    "nothing": {"content": "", "length": 0},
    "more than was said": {"length": 3},
    "a number that is none": {"length": True},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_an_answer_that_is_not_as_agreed_is_refused(tmp_path, case):
    server = host()
    captured(server)

    def hook(_name: str, arguments: dict[str, Any]) -> Any:
        if arguments.get("action") != "read_file":
            return None
        from wsus_simulator import capture as simulated

        return {**simulated.run(server.machine, arguments, False), **HOSTILE[case]}

    server.hook = hook
    result = server.run(capture, state="fetched", dest=str(tmp_path / "x"))
    assert result["failed"] and "answer" in result["msg"] and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "answer",
    [
        {"contract": 1, "capture": {"tool": "rm", "file": "x"}},
        {"contract": 1, "capture": {"tool": "netsh", "file": 1}},
        {"contract": 1, "capture": {"tool": "netsh", "file": "x", "ports": "443"}},
        {"contract": 1, "capture": {"tool": "netsh", "file": "x", "ports": [True]}},
        {"contract": 1, "capture": {"tool": "netsh", "file": "x", "ports": [1], "max_size": -1}},
        {"contract": 1, "capture": [], "error": None},
        {"contract": 1, "error": "no"},
        {"contract": 2},
    ],
    ids=str,
)
def test_a_capture_that_is_not_as_agreed_is_refused(answer):
    server = host()
    server.hook = lambda _name, _arguments: answer
    assert server.run(capture, state="stopped")["failed"]


def test_text_of_the_host_is_shown_only(tmp_path):
    server = host()
    evil = "{{ lookup('pipe', 'id') }}\x1b[31m https://user:geheim@proxy"
    server.hook = lambda _name, _arguments: {"contract": 1, "error": {"code": "busy\x1b", "message": evil}}
    message = server.run(capture, state="started")["msg"]
    assert "\x1b" not in message and "geheim" not in message


def test_one_that_ended_by_itself_is_told():
    server = host()
    server.run(capture, state="started")
    told = {"tool": "netsh", "file": "x", "ports": [443], "max_size": 1, "size": 1, "running": False}
    server.hook = lambda _name, _arguments: {"contract": 1, "capture": told, "ended_early": True}
    assert server.run(capture, state="stopped")["warnings"] == [capture.EARLY]


def test_a_lost_connection_makes_the_host_unreachable():
    server = host()
    server.hook = lambda _name, _arguments: AnsibleConnectionFailure("winrm: connection refused")
    with pytest.raises(AnsibleConnectionFailure):
        server.run(capture, state="stopped")


@pytest.mark.parametrize(
    "options",
    [
        {"state": "fetched"},
        {"state": "started", "max_size": 15},
        {"state": "started", "ports": [0]},
        {"state": "started", "ports": []},
        {"state": "started", "ports": list(range(1, 18))},
        {"state": "fetched", "dest": "."},
        {"state": "fetched", "dest": ""},
        {"state": "gone"},
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    server = host()
    with pytest.raises(AnsibleActionFail):
        server.run(capture, **options)
    assert server.executions == []


def test_a_dest_that_can_not_be_written_is_named(tmp_path):
    server = host()
    captured(server)
    Path(tmp_path, "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="can't be written"):
        server.run(capture, state="fetched", dest=str(tmp_path / "file" / "x"))
