# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections that break at every single request of an enforcement, and hosts that answer nonsense: nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from support.enforced import ALL_AT_ONCE, ENFORCE, WINDOWS, fleet_of, journals, left, run, settled, states
from support.simulated import ROOT, Fleet, Run

from wsus_simulator import apply

EVERY = ["Create", "Command", "Send", "Receive", "Signal", "Delete"]
REQUESTS = 44
"""More than an enforcement, its restart and its synchronization take; a test holds it against that."""
ANSWERS = 10
TASKS = [
    {"name": "Enforce", "wsus.compliance.enforce": {"apply": "issue_1"}},
    {"name": "Restart", "wsus.compliance.service_restart": {"restart_ok": True}},
    {"name": "Synchronize", "wsus.compliance.synchronization": {"assess": False}},
]
BACK = [{"name": "Take back", "wsus.compliance.rollback": {}}]


def breaks(fault: str, after: int, on: list[str]) -> dict[str, Any]:
    return {"extends": "issue1.yml", "connection": {"fault": fault, "on": on, "after": after, "times": 1}}


CLOSED = {f"close-{after}": breaks("close", after, EVERY) for after in range(REQUESTS)}
CUT = {f"cut-{after}": breaks("cut", after, ["Receive"]) for after in range(ANSWERS)}
HOSTS = CLOSED | CUT


@dataclass
class Story:
    fleet: Fleet
    start: dict[str, Any]
    runs: dict[str, Run] = field(default_factory=dict)
    settled: dict[str, Any] = field(default_factory=dict)
    journals: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)

    def tell(self, name: str, tasks: list[dict[str, Any]]) -> None:
        play = [{"hosts": "all", "gather_facts": False, **ALL_AT_ONCE, "tasks": tasks}]
        found = f"{ROOT / '.cache' / 'collections'}:{WINDOWS}"
        self.runs[name] = self.fleet.run(
            playbook=self.fleet.play(yaml.safe_dump(play, sort_keys=False)),
            ANSIBLE_COLLECTIONS_PATH=found,
            ANSIBLE_FORKS="8",
        )
        self.settled[name] = settled(self.fleet)
        self.journals[name] = {host: journals(self.fleet, host) for host in HOSTS}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with fleet_of(
        tmp_path_factory.mktemp("broken"), {name: (scenario, {}) for name, scenario in HOSTS.items()}
    ) as fleet:
        story = Story(fleet, settled(fleet))
        story.tell("broken", TASKS)
        story.faults = {name: one["faults"] for name, one in fleet.simulator.counters().items()}
        for name in HOSTS:
            fleet.simulator.change(name, {"connection": None})
        story.tell("again", TASKS)
        story.tell("back", BACK)
        yield story


def test_every_request_was_broken_once(story):
    assert story.faults["close-0"] == 1 and story.faults[f"close-{REQUESTS - 1}"] == 0, "there are no more requests"
    assert story.faults["cut-0"] == 1 and story.faults[f"cut-{ANSWERS - 1}"] == 0
    assert sum(story.faults.values()) > 38


def test_nobody_sees_a_traceback(story):
    assert "Traceback" not in story.runs["broken"].text
    for name, number in story.faults.items():
        recap = story.runs["broken"].recap(name)
        # What is lost at the end of a command, when its answer is there, costs nothing.
        assert number or (recap["unreachable"] == 0 and recap["failed"] == 0)


@pytest.mark.parametrize("name", HOSTS)
def test_values_are_there_only_with_a_journal_that_says_so(story, name):
    changed = story.settled["broken"][name]["registry"] != story.start[name]["registry"]
    found = list(story.journals["broken"][name].values())
    assert changed is bool(found)
    for lines in found:
        kinds = [record["record"] for record in lines]
        assert kinds.count("applied") == kinds.count("writing") == 8 and "end" in kinds


@pytest.mark.parametrize("name", HOSTS)
def test_the_next_run_converges_and_a_rollback_brings_all_back(story, name):
    recap = story.runs["again"].recap(name)
    assert recap["failed"] == recap["unreachable"] == 0
    healthy = f"close-{REQUESTS - 1}"
    assert story.settled["again"][name]["registry"] == story.settled["broken"][healthy]["registry"]
    restarts = [
        record["what"]
        for lines in story.journals["again"][name].values()
        for record in lines
        if record["record"] == "restart"
    ]
    assert restarts == ["iisreset"], "never twice for the same change"
    assert story.runs["back"].recap(name)["changed"] == 1
    assert story.settled["back"][name] == story.start[name]


# --- hosts that answer nonsense --------------------------------------------------------------------------------------

EVIL = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}\x1b[31mred\u202e\r\nfatal: [x]"
JOURNAL = {"id": "../../../evil", "path": EVIL, "lines": [EVIL]}
ANSWER: dict[str, Any] = {
    "contract": 1,
    "changed": True,
    "stage": "finished",
    "host": {},
    "journal": None,
    "stopped": None,
}


def applied(options: dict[str, Any], **more: Any) -> dict[str, Any]:
    items = [
        {"id": one["id"], "status": "applied", "found": one["before"], "after": one["after"], "error": None, **more}
        for one in options["operations"]
    ]
    return {**ANSWER, "operations": items}


HOSTILE: dict[str, Any] = {
    "nothing": lambda _options: {},
    "no-operations": lambda _options: ANSWER,
    "others": lambda _options: {**ANSWER, "operations": [{"id": EVIL, "status": "applied"}]},
    "lists": lambda _options: {**ANSWER, "operations": [[], [[]]], "stage": [], "stopped": []},
    "statuses": lambda options: applied(options, status=EVIL),
    "not-what-was-sent": lambda options: applied(options, after={"exists": True, "type": "REG_SZ", "data": EVIL}),
    "journal": lambda options: {**applied(options), "journal": JOURNAL},
    "stopped": lambda options: {
        **applied(options, status="failed", after=None, error={"code": EVIL, "message": EVIL}),
        "stopped": {"id": EVIL, "code": EVIL, "message": EVIL * 50},
    },
    "nested": lambda options: {**applied(options), "operations": {"a": [{"b": [{}] * 50}] * 50}},
    "failed": lambda _options: {"failed": True, "msg": EVIL},
}


def test_hostile_answers_end_clean(tmp_path, monkeypatch):
    honest = apply.run

    def run_apply(machine: Any, options: Any, check_mode: bool) -> Any:
        if options.get("action") != "apply":
            return honest(machine, options, check_mode)
        return HOSTILE[machine.state.environment.machine_name.lower()](options)

    monkeypatch.setattr(apply, "run", run_apply)
    hosts = {name: ("issue1.yml", {"enforce_apply": "all"}) for name in HOSTILE}
    with fleet_of(tmp_path, hosts) as fleet:
        before = states(fleet)
        done = run(fleet, ENFORCE, "-vvv", enforce_restart_ok=True)
        assert states(fleet) == before
    assert "Traceback" not in done.text
    assert not list(tmp_path.rglob("*pwned*")) and not list(tmp_path.rglob("*evil*"))
    assert "\u202e" not in done.text.replace("\\u202e", "") and "\x1b[31mred" not in done.stdout + done.stderr
    for name in HOSTILE:
        assert done.recap(name)["failed"] == 1, name
        assert left(fleet, name)["audit_result"]["outcome"] == "noncompliant", "read again, and told as it is"
