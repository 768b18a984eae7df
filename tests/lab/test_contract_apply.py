# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""wsus_apply and its simulation answer alike: the stories of apply_stories.py, told to both.

Compared are form and values of each answer and of each journal; times, ids, wording and what was spent are of the run.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.journal import read_journal
from lab import apply_stories
from lab.test_contract import TIME, unlike
from support import lab
from support.journals import records
from support.simulated_action import SimulatedHost
from support.simulated_cell import scenario_of
from support.story import APPLY, Story

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

THERE = {apply_stories.THERE: {"values": {"count": 1, "word": "Word"}}}
FILES = {
    r"C:\apply\old.txt": "old",
    r"C:\apply\forced.txt": "whatever",
    r"C:\apply\folder\in it.txt": "",
    r"C:\apply\big.txt": {"base64": base64.b64encode(bytes(2**20 + 1)).decode()},
}
DENIED, UNWRITABLE = r"HKLM\SOFTWARE\Apply\unreadable", r"HKLM\SOFTWARE\Apply\unwritable"
NO_ACCESS = {"error": {"code": "access_denied", "message": "Requested registry access is not allowed."}}
# What the simulator has no model of: reparse points, attributes and access lists of files.
NOT_SIMULATED = {"linked", "read_only"}
# What the lab's WSUS can't tell: whether a configuration is being saved, whether an update is there.
NOT_TOLD = {"configuration_state", "was_there"}
# What the lab's scripts do between the steps, by story and step, as a change of the simulated host.
BY_HAND: dict[str, dict[str, dict[str, Any]]] = {
    "failing": {"deny": {"registry": {DENIED: NO_ACCESS, UNWRITABLE: {"values": {"x": 1}}}}},
    "services": {
        "slow": {"timing": {"synchronization": 600}},
        "stop": {
            "services": {"WsusService": {"state": "Stopped"}},
            "wsus": {"api": {"error": {"code": "connection_failed", "message": "it does not run"}}},
        },
    },
}
STORIES: dict[str, tuple[Callable[[], Story], tuple[str, ...]]] = {
    "kinds": (
        apply_stories.kinds,
        ("create", "again", "change", "refused", "refused_in_check", "forced", "remove", "sync_fails"),
    ),
    "failing": (
        apply_stories.failing,
        (
            *("unreadable", "unwritable", "other_host", "malformed", "twice", "no_id", "no_guid", "long_wait"),
            "import_fails",
        ),
    ),
    "services": (
        apply_stories.services,
        (
            *(
                "predicted",
                "change",
                "unchanged",
                "restart",
                "noted",
                "not_noted",
                "import",
                "sync",
                "sync_since",
                "starts",
                "runs",
            ),
            *("not_running", "sync_stopped", "wsus_stopped"),
        ),
    ),
    "norole": (apply_stories.norole, ("wsus", "sync", "import", "restart", "restart_in_check", "in_check")),
}
STEPS = [(name, step) for name, (_story, steps) in STORIES.items() for step in steps]

GUID = re.compile(r"(?!0{8})[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
JOURNAL = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}")
WORDS = {"message", "msg", "ErrorText"}
OF_THE_RUN = {"user", "powershell_version", "seconds", "machine_name", "machine_guid"}
OF_ANSIBLE = {"invocation", "warnings", "deprecations", "exception", "skip_reason", "skipped"}


def plain(value: Any, name: str = "") -> Any:
    """An answer without what is of the run; that there is a time, an id, a message stays."""
    if name in NOT_TOLD:
        return None
    if isinstance(value, dict):
        if name == "log":
            # Whether WSUS writes of an import that went well, nobody says.
            told = [line for line in value["text"].splitlines() if "Imported update" not in line]
            return {"text": bool(told), "size": bool(value["size"]), "error": plain(value["error"], "error")}
        if name in ("progress", "raw"):  # what is in raw, test_contract.py compares
            return sorted(value)
        members = {key: item for key, item in value.items() if key not in OF_ANSIBLE and not key.startswith("_ansible")}
        return {key: plain(item, key) for key, item in members.items() if item is not None or key != "exception"}
    if isinstance(value, list):
        if name == "lines":
            return [plain(record) for record in records(value)]
        return [plain(item) for item in value if not (isinstance(item, dict) and item.get("id") in NOT_SIMULATED)]
    if name in WORDS and value:
        return "MESSAGE"
    if name in OF_THE_RUN and value is not None:
        return type(value).__name__ if name != "seconds" else "SECONDS"
    if isinstance(value, str):
        return "TIME" if TIME.fullmatch(value) else GUID.sub("GUID", JOURNAL.sub("JOURNAL", value))
    return value


def simulated_answers(name: str) -> dict[str, Any]:
    """What a simulated host answers to the steps of a story, one after the other."""
    scenario = scenario_of(apply_stories.CELLS[name])
    host = SimulatedHost(scenario, name)
    host.change({"registry": THERE, "files": FILES, "resists": {UNWRITABLE: "access_denied"}})
    answers = {}
    story = STORIES[name][0]()
    for step, task in zip(story.names, story.tasks, strict=True):
        if patch := BY_HAND.get(name, {}).get(step):
            host.change(patch)
        if APPLY in task and step in STORIES[name][1]:
            answers[step] = host._execute(APPLY, task[APPLY], task["check_mode"])
    return answers


@pytest.fixture(scope="module")
def simulated() -> dict[str, dict[str, Any]]:
    return {name: simulated_answers(name) for name in STORIES}


@pytest.mark.parametrize(("name", "step"), STEPS)
def test_real_and_simulated_answer(told, simulated, name, step):
    real, other = plain(told[name][step]), plain(simulated[name][step])
    real.pop("failed", None) if not real.get("failed") else None
    assert list(unlike(real, other, step)) == []


def journals(answers: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, step in STEPS:
        if journal := answers[name][step].get("journal"):
            found[f"{name}.{step}"] = journal
    return found


def test_journals_of_both_are_read_alike(told, simulated):
    real, other = journals(told), journals(simulated)
    assert real.keys() == other.keys() and len(real) >= 5
    for step in real:
        read = [read_journal(one[step]["lines"], one[step]["id"]) for one in (real, other)]
        assert read[0].state == read[1].state != "damaged", f"{step}: {read[0].reason}, {read[1].reason}"
        entries = [[plain(vars(entry)) for entry in one.operations] for one in read]
        assert list(unlike(*entries, step)) == []


def test_what_is_compared_is_most_of_what_is_told():
    for name, (story, steps) in STORIES.items():
        asked = [step for step, task in zip(story().names, story().tasks, strict=True) if APPLY in task]
        assert set(steps) <= set(asked), name
        assert len(steps) * 2 > len(asked), name
