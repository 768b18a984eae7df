# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The actions synchronize and import. A synchronization is judged when it starts and ends by the clock."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from . import effects, softdist
from .machine import Event, Machine
from .modules import ModuleFailure, Result, truth
from .shapes import error
from .state import Problem, State
from .targets import api_problem, configuration_is_saved
from .times import format_time

MAX_HISTORY = 5
HISTORY_DAYS = 31
MAX_WAIT = 60
_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
_NEVER = "0001-01-01T00:00:00.000Z"
NEVER_RUN: Result = {
    "Id": "00000000-0000-0000-0000-000000000000",
    "StartTime": _NEVER,
    "EndTime": _NEVER,
    "Result": "NeverRun",
    "Error": "NotApplicable",
    "ErrorText": "",
    "StartedManually": False,
}
# The share of a synchronization that is over when a phase is.
_PHASES = (("Categories", 0.3), ("Updates", 0.9), ("Approvals", 1.0))
_ITEMS = 100


@dataclass
class Running:
    """A synchronization that runs."""

    id: str
    started: datetime
    outcome: effects.Outcome
    category_only: bool
    end: Event | None = None


def synchronize(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    """The answer without its head."""
    seconds = _number(options, "wait_seconds") or 0
    if seconds > MAX_WAIT:
        raise ModuleFailure(f"wait_seconds is more than {MAX_WAIT}")
    problem = api_problem(machine.state)
    if problem:
        return {**_nothing(machine, options), **error(problem)}
    offset, previous = _number(options, "log_offset"), options.get("previous_id") or None
    started, changed, failure = False, False, None
    if truth(options.get("start")):
        previous = _last(machine.state)["Id"]
        offset = softdist.size(machine.state) if offset is None else offset
        if not configuration_is_saved(machine):
            failure = Problem("unreadable", "The server still saves an earlier change of its configuration.")
        elif machine.state.behaviour.read_only:
            failure = Problem("access_denied", "Request for principal permission failed.")
        else:
            changed = started = start(machine, category_only=truth(options.get("category_only")))
    if failure is None:
        machine.wait(seconds, lambda: _is_over(machine.state, previous))
    state = machine.state
    return {
        "changed": changed,
        "status": _status(state),
        "progress": progress(machine),
        "started": started,
        "previous_id": previous,
        "last": _last(state),
        "history": _recent(_history(state), machine.clock()),
        "configuration_state": state.behaviour.wsus.configuration_state,
        "log": softdist.shape(state, offset),
        "error": error(failure)["error"] if failure else None,
    }


def start(machine: Machine, *, category_only: bool = False) -> bool:
    """Start one unless one runs; whether it was started."""
    with machine.lock:
        state = machine.state
        if _status(state) != "NotProcessing":
            return False
        now = machine.clock()
        job = Running(str(uuid.uuid4()), now, effects.synchronization(machine), category_only)
        machine.synchronization = job
        _set_status(machine, "Running")
        softdist.synchronization_started(machine, now)
        job.end = machine.after(state.behaviour.timing.synchronization, lambda when: _end(machine, job, when))
        machine.on_write(
            {"kind": "synchronize", "name": "wsus.compliance.wsus_apply", "check_mode": False, "written": [job.id]}
        )
        return True


def interrupt(machine: Machine, when: datetime) -> None:
    """The service that synchronizes goes: what runs ends as failed."""
    with machine.lock:
        job = machine.synchronization
        if job:
            machine.cancel(job.end)
            _conclude(machine, job, when, "Failed", "Unknown", "The synchronization was interrupted.")


def progress(machine: Machine) -> Result | None:
    """How far it is; nothing where none runs."""
    with machine.lock:
        job = machine.synchronization
        if job is None:
            return None
        length = machine.state.behaviour.timing.synchronization or 1.0
        share = min((machine.clock() - job.started).total_seconds() / length, 0.99)
        phase = "Categories" if job.category_only else next(name for name, end in _PHASES if share < end)
        return {"phase": phase, "processed": int(share * _ITEMS), "total": _ITEMS}


def import_update(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    """The answer without its head."""
    update = str(options.get("update_id") or "").lower()
    if not _GUID.match(update):
        raise ModuleFailure("update_id is not the GUID of an update")
    begun, offset = machine.clock(), _number(options, "log_offset")
    if offset is None:
        offset = softdist.size(machine.state)
    problem = api_problem(machine.state)
    if problem is None and machine.state.behaviour.read_only:
        problem = Problem("access_denied", "Request for principal permission failed.")
    was_there = update in machine.state.behaviour.wsus.updates if problem is None else None
    if problem is None:
        machine.sleep(machine.state.behaviour.timing.imports)
        problem = _import(machine, update)
    seconds = round((machine.clock() - begun).total_seconds(), 3)
    return {
        "changed": problem is None,
        "imported": problem is None,
        "was_there": was_there,
        "error": error(problem)["error"] if problem else None,
        "seconds": seconds,
        "log": softdist.shape(machine.state, offset),
    }


def _import(machine: Machine, update: str) -> Problem | None:
    with machine.lock:
        outcome = effects.importing(machine)
        if not outcome.good:
            softdist.import_failed(machine, outcome, machine.clock())
            return Problem("unreadable", outcome.text("text").partition(": ")[2] or outcome.text("text"))
        behaviour = machine.state.behaviour
        known = replace(behaviour.wsus, updates=behaviour.wsus.updates | {update})
        machine.change(behaviour=replace(behaviour, wsus=known))
        machine.on_write(
            {"kind": "import", "name": "wsus.compliance.wsus_apply", "check_mode": False, "written": [update]}
        )
        return None


# -- a synchronization's end -------------------------------------------------------------------------------------------
def _end(machine: Machine, job: Running, when: datetime) -> None:
    outcome = job.outcome
    reason = outcome.text("text")
    softdist.synchronization_ended(machine, outcome, reason, when)
    _conclude(machine, job, when, "Succeeded" if outcome.good else "Failed", outcome.text("error"), reason)


def _conclude(machine: Machine, job: Running, when: datetime, result: str, code: str, text: str) -> None:
    machine.synchronization = None
    _set_status(machine, "NotProcessing")
    entry = {
        "Id": job.id,
        "StartTime": format_time(job.started),
        "EndTime": format_time(when),
        "Result": result,
        "Error": code,
        "ErrorText": text,
        "StartedManually": True,
    }
    state = machine.state
    assert isinstance(state.wsus_api, Mapping)
    behaviour = state.behaviour
    history = (entry, *_history(state))[:MAX_HISTORY]
    machine.change(
        wsus_api={**state.wsus_api, "last_synchronization": entry},
        behaviour=replace(behaviour, wsus=replace(behaviour.wsus, history=history)),
    )


# -- what the API says -------------------------------------------------------------------------------------------------
def _status(state: State) -> str:
    return str(_part(state, "subscription").get("Status", "NotProcessing"))


def _set_status(machine: Machine, status: str) -> None:
    api = machine.state.wsus_api
    assert isinstance(api, Mapping)
    machine.change(wsus_api={**api, "subscription": {**_part(machine.state, "subscription"), "Status": status}})


def _last(state: State) -> Result:
    found = _part(state, "last_synchronization")
    if not found.get("Id"):
        return dict(NEVER_RUN)
    return {name: _plain(found.get(name, default)) for name, default in NEVER_RUN.items()}


def _history(state: State) -> list[Result]:
    if state.behaviour.wsus.history:
        return [dict(entry) for entry in state.behaviour.wsus.history[:MAX_HISTORY]]
    last = _last(state)
    return [] if last["Result"] == "NeverRun" else [last]


def _recent(history: list[Result], now: datetime) -> list[Result]:
    since = format_time(now - timedelta(days=HISTORY_DAYS))
    return [entry for entry in history if str(entry.get("StartTime", since)) >= since]


def _is_over(state: State, previous: object) -> bool:
    return _status(state) == "NotProcessing" and (previous is None or _last(state)["Id"] != previous)


def _part(state: State, name: str) -> Mapping[str, Any]:
    part = state.wsus_api.get(name) if isinstance(state.wsus_api, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _plain(value: Any) -> Any:
    return error(value) if isinstance(value, Problem) else value


def _nothing(machine: Machine, options: Mapping[str, Any]) -> Result:
    """The answer where the API can't be used."""
    return {
        "changed": False,
        "status": None,
        "progress": None,
        "started": False,
        "previous_id": options.get("previous_id") or None,
        "last": None,
        "history": [],
        "configuration_state": None,
        "log": softdist.shape(machine.state, _number(options, "log_offset")),
    }


def _number(options: Mapping[str, Any], name: str) -> int | None:
    value = options.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,15}", str(value)):
        raise ModuleFailure(f"{name} is not a number")
    return int(value)
