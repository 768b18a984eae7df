# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restarts: the action restart (IIS, the WSUS service) and what a restart of Windows does to a host's state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from . import journal, packages, softdist, sync
from .machine import Machine, WriteError, start_of
from .modules import ModuleFailure, Result, items
from .state import Key, Problem, Process, Registry, Service, State
from .times import format_time

_KINDS = ("iisreset", "WsusService", "reboot_note")
_CV = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
_WAITING = (
    f"{_CV}\\Component Based Servicing\\RebootPending\\".lower(),
    f"{_CV}\\WindowsUpdate\\Auto Update\\RebootRequired\\".lower(),
)
_MANAGER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
_DISABLED = 4
_AUTOMATIC = 2


def restart(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    """The answer without its head."""
    wanted = [str(kind) for kind in items(options.get("restarts"))]
    if any(kind not in _KINDS for kind in wanted):
        raise ModuleFailure(f"value of restarts must be one or more of: {', '.join(_KINDS)}")
    journals = [str(one) for one in items(options.get("journals"))]
    answers: list[Result] = []
    failed = False
    for kind in wanted:
        if failed:
            answers.append(_answer(kind, "not_reached"))
            continue
        answers.append(_one(machine, kind))
        failed = answers[-1]["status"] == "failed"
        if answers[-1]["status"] == "done":
            answers[-1]["message"] = "; ".join(filter(None, (answers[-1]["message"], _note(machine, kind, journals))))
    # One that failed may have done half of it.
    return {"changed": any(answer["status"] in ("done", "failed") for answer in answers), "restarts": answers}


def _answer(kind: str, status: str, message: str = "", seconds: float = 0.0, started: datetime | None = None) -> Result:
    when = format_time(started) if started else None
    return {"what": kind, "status": status, "message": message, "seconds": round(seconds, 3), "started": when}


def _one(machine: Machine, kind: str) -> Result:
    if kind == "reboot_note":
        return _answer(kind, "done")
    begun = machine.clock()
    if machine.state.behaviour.read_only:
        return _answer(kind, "failed", "Access is denied.", started=begun)
    machine.sleep(machine.state.behaviour.timing.restart)
    with machine.lock:
        answer = _ACTS[kind](machine)
        answer["seconds"] = round((machine.clock() - begun).total_seconds(), 3)
        if answer["status"] == "failed":
            answer["started"] = format_time(begun)
        if answer["status"] == "done":
            machine.on_write(
                {"kind": "restart", "name": "wsus.compliance.wsus_apply", "check_mode": False, "written": [kind]}
            )
        return answer


def _note(machine: Machine, kind: str, journals: list[str]) -> str:
    """Note the restart; what could not be noted is said."""
    wrong = []
    for one in journals:
        try:
            journal.note_restart(machine, one, kind.removesuffix("_note"))
        except WriteError as problem:
            wrong.append(problem.message)
    return " ".join(wrong)


def _iisreset(machine: Machine) -> Result:
    service = machine.state.service("W3SVC")
    if service is None or service.start == _DISABLED:
        _set_service(machine, "W3SVC", "Stopped")
        return _answer("iisreset", "failed", "iisreset.exe: exit code 1062. The service has not been started.")
    now = machine.clock()
    _set_service(machine, "W3SVC", "Running")
    _set_service(machine, "WAS", "Running")
    start_process(machine, "w3wp", now)
    return _answer(
        "iisreset", "done", "Internet services successfully restarted", started=start_of(machine.state, "w3wp")
    )


def _wsus_service(machine: Machine) -> Result:
    service = machine.state.service("WsusService")
    if service is None:
        return _answer("WsusService", "failed", "Service WsusService was not found on this computer.")
    if service.state != "Running":
        return _answer("WsusService", "not_running")
    now = machine.clock()
    sync.interrupt(machine, now)
    if service.start == _DISABLED:
        _set_service(machine, "WsusService", "Stopped")
        return _answer("WsusService", "failed", "The service was stopped and can't be started: it is disabled.")
    start_process(machine, "WsusService", now)
    return _answer("WsusService", "done", started=start_of(machine.state, "WsusService"))


_ACTS: dict[str, Callable[[Machine], Result]] = {"iisreset": _iisreset, "WsusService": _wsus_service}


def start_process(machine: Machine, process: str, when: datetime) -> None:
    """A process starts anew: it has another id, reads what is there, and says so in the log."""
    processes = machine.state.processes
    if not isinstance(processes, Problem):
        name = f"{process}.exe"
        old = [one for one in processes if one.name.lower() == name.lower()]
        pool = "WsusPool" if process == "w3wp" else None
        again = old or [Process(name, 2000, None, pool)]
        fresh = [replace(one, process_id=(one.process_id + 1236) % 65536 or 4, started=when) for one in again]
        machine.change(processes=[*(one for one in processes if one not in old), *fresh])
    machine.note_start(process)
    softdist.startup(machine, process, when)


def reboot(machine: Machine, back: datetime) -> None:
    """Windows goes down and will be back at that time; all that is lost or done by it happens as of then."""
    with machine.lock:
        sync.interrupt(machine, back)
        state = machine.state
        machine.change(
            boot_time=back,
            services={name: _booted(service) for name, service in state.services.items()},
            processes=state.processes if isinstance(state.processes, Problem) else [],
            registry=_without_pending(state, back),
        )
        packages.installed_by_restart(machine)
        machine.note_start("boot")
        for process, service in (("WsusService", "WsusService"), ("w3wp", "W3SVC")):
            found = machine.state.service(service)
            if found and found.state == "Running":
                start_process(machine, process, back)


def _booted(service: Service) -> Service:
    if service.start == _AUTOMATIC:
        return replace(service, state="Running")
    return replace(service, state="Stopped") if service.start == _DISABLED else service


def _without_pending(state: State, when: datetime) -> Registry:
    """What waited for a restart of Windows waits no longer."""
    changes: list[Key] = []
    manager = state.registry.find(_MANAGER)
    if manager and manager.value("PendingFileRenameOperations"):
        left = {name: value for name, value in manager.values.items() if name != "pendingfilerenameoperations"}
        changes.append(replace(manager, values=left, last_write=when))
    waiting = [key.path for key in state.registry if f"{key.path}\\".lower().startswith(_WAITING)]
    return state.registry.changed(changes, waiting)


def _set_service(machine: Machine, name: str, state: str) -> None:
    found = machine.state.service(name)
    if found and not found.problem:
        machine.change(services={**machine.state.services, name.lower(): replace(found, state=state)})
