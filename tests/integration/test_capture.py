# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role capture over real WinRM: what it finds, and that it leaves nothing on a server, whatever fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.enforced import CAPTURE, fleet_of, left, run, settled
from support.simulated import Fleet, Run

from wsus_simulator import capture

UPDATE = "0b5bd7f5-8a29-4c3c-a5e3-0c3a14f0b0b0"
RESET = {"wsus": {"synchronization": {"outcome": "reset"}}}


def healthy(**more: Any) -> dict[str, Any]:
    return {"extends": "healthy.yml", **more}


HOSTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "good": (healthy(), {"capture_tool": "pktmon"}),
    "reset": (healthy(**RESET), {"capture_sync_categories_only": True, "capture_tool": "netsh"}),
    "proxy": ("proxy.yml", {"capture_ports": [443, 8531]}),
    "import": (healthy(), {"capture_import": UPDATE}),
    "by_hand": (healthy(), {"capture_wait_seconds": 1}),
    "taken": (healthy(capture={"taken": True}), {}),
    "no_stop": (healthy(capture={"fails": ["stop"]}), {}),
    "no_convert": (healthy(**RESET, capture={"fails": ["convert"]}), {}),
    "no_part": (healthy(capture={"fails": ["read_file"]}), {}),
    "others": (healthy(), {}),
}
ENDS = {"good", "reset", "proxy", "import", "by_hand"}
FAILS = {"taken", "no_stop", "no_convert", "no_part", "others"}


@dataclass
class Story:
    fleet: Fleet
    before: dict[str, Any]
    runs: dict[str, Run] = field(default_factory=dict)
    left: dict[str, dict[str, Any]] = field(default_factory=dict)
    captures: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: dict[str, dict[str, int]] = field(default_factory=dict)

    def tell(self, name: str, *arguments: str, **variables: Any) -> None:
        self.runs[name] = run(self.fleet, CAPTURE, *arguments, **variables)
        self.left[name] = {path.stem: left(self.fleet, path.stem) for path in self.fleet.folder.glob("*.json")}
        self.captures[name] = {host: one.machine.capture for host, one in self.fleet.simulator.hosts.items()}
        self.writes[name] = {host: len(one["writes"]) for host, one in self.fleet.simulator.counters().items()}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with fleet_of(tmp_path_factory.mktemp("capture"), HOSTS) as fleet:
        found = Story(fleet, settled(fleet))
        found.tell("check", "--check")
        # as another run has it just now, or left it
        capture.run(fleet.simulator.hosts["others"].machine, {"action": "start"}, False)
        found.tell("run")
        found.tell("replace", "--limit", "others", capture_replace=True)
        yield found


def test_check_mode_starts_nothing(story):
    assert not any(story.captures["check"].values()) and not any(story.writes["check"].values())
    for host in HOSTS:
        recap = story.runs["check"].recap(host)
        assert recap["failed"] == (host == "taken"), story.runs["check"].text
        assert story.left["check"][host]["capture_result"] == {}
    assert story.left["check"]["proxy"]["capture_started"]["ports"] == [443, 8080, 8531]


def test_what_is_captured_is_judged(story):
    found = {host: story.left["run"][host]["capture_result"] for host in ENDS}
    (good,), (reset,) = found["good"]["connections"], found["reset"]["connections"]
    assert (good["outcome"], good["issues"]) == ("established", [])
    assert (reset["outcome"], reset["issues"]) == ("reset_after_hello", ["issue_1", "issue_3"])
    assert (found["good"]["act"], found["good"]["proof"]) == ("synchronization", "proved")
    assert found["reset"]["proof"] == "failed" and "Failed" in found["reset"]["message"]
    assert (found["good"]["tool"], found["good"]["packets"], found["reset"]["tool"]) == ("pktmon", None, "netsh")
    assert found["reset"]["packets"] == 5 and found["reset"]["left_out"] == 3
    assert (found["import"]["act"], found["import"]["proof"]) == ("import", "proved")
    assert found["by_hand"]["act"] == "by_hand" and found["by_hand"]["connections"] == []
    for host in ENDS:
        assert story.runs["run"].recap(host)["failed"] == 0, story.runs["run"].text
        path = story.fleet.folder / "wsus-captures" / f"{host}.pcapng"
        assert found[host]["dest"] == str(path) and path.stat().st_mode & 0o777 == 0o600


def test_the_ports_of_the_proxy_are_captured_too(story):
    assert story.left["run"]["proxy"]["capture_result"]["ports"] == [443, 8080, 8531]
    assert story.left["run"]["good"]["capture_result"]["ports"] == [443]


def test_a_step_that_fails_ends_the_server(story):
    for host in FAILS:
        assert story.runs["run"].recap(host)["failed"] == 1, story.runs["run"].text
        assert story.left["run"][host]["capture_result"] == {}
    written = {path.name for path in (story.fleet.folder / "wsus-captures").iterdir()}
    assert written == {f"{host}.pcapng" for host in ENDS | {"others"}}  # others: of the run that replaced it


def test_nothing_is_left_on_a_server_whatever_failed(story):
    kept = {host for host, one in story.captures["run"].items() if one is not None}
    assert kept == {"others"}
    assert not any(story.captures["replace"].values())


def test_a_capture_of_another_run_is_left_alone_until_it_may_be_replaced(story):
    assert "A capture of this collection runs on the server already, since 2" in story.runs["run"].text
    assert story.captures["run"]["others"].stopped is None
    assert story.runs["replace"].recap("others")["failed"] == 0
    assert story.left["replace"]["others"]["capture_result"]["connections"]


def test_the_server_is_as_it_was(story):
    # what synchronizations and an import change of WSUS aside
    after = settled(story.fleet)
    for host, before in story.before.items():
        for part in ("registry", "services", "files"):
            assert after[host][part] == before[part], (host, part)
