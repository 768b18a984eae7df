# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole state of a host as plain data: to compare (picture) and to build from again (as_scenario)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from .machine import Machine
from .scenario import Scenario
from .state import Problem, State, Value


def picture(machine: Machine) -> dict[str, Any]:
    """Registry, files (their digests), services, processes with their starts, and WSUS: equal only if all of it is."""
    state = machine.state
    whole = as_scenario(state)
    files = {
        file.path: {
            "size": file.size,
            "sha256": hashlib.sha256(file.read()).hexdigest(),
            "last_write": file.last_write.isoformat(),
        }
        for file in state.files.values()
    }
    parts = ("registry", "services", "processes", "boot_time", "environment", "wsus")
    return {**{name: whole[name] for name in parts if name in whole}, "files": dict(sorted(files.items()))}


def as_scenario(state: State) -> Scenario:
    """A scenario of the state, but for policy, faults of the connection, and outputs."""
    behaviour = state.behaviour
    environment = {name: value for name, value in asdict(state.environment).items() if value is not None}
    version = environment.pop("powershell_version")
    wsus: Scenario = {
        "updates": sorted(behaviour.wsus.updates),
        "synchronization": _without_none(
            {
                "outcome": behaviour.wsus.outcome,
                "import_outcome": behaviour.wsus.import_outcome,
                "configuration_state": behaviour.wsus.configuration_state,
                "history": [_members(entry) for entry in behaviour.wsus.history],
            }
        ),
    }
    if isinstance(state.wsus_api, Problem):
        wsus["api"] = _error(state.wsus_api)
    elif state.wsus_api is not None:
        wsus["api"] = _members(state.wsus_api)
    timing = asdict(behaviour.timing)
    timing["import"] = timing.pop("imports")
    return _without_none(
        {
            "registry": {
                key.path: {
                    "values": {value.name: _value(value) for value in key.values.values()},
                    "last_write": _time(key.last_write),
                    **_error(key.problem),
                }
                for key in state.registry
                if "\\" in key.path  # not the hives
            },
            "files": {
                file.path: {
                    **(
                        {"size": file.size}
                        if file.content is None
                        else {"base64": base64.b64encode(file.content).decode()}
                    ),
                    "last_write": _time(file.last_write),
                    **_error(file.problem),
                }
                for file in state.files.values()
            },
            "services": {
                service.name: _without_none(
                    {
                        "state": service.state,
                        "start": service.start,
                        "account": service.account,
                        "delayed": service.delayed,
                        **_error(service.problem),
                    }
                )
                for service in state.services.values()
            },
            "processes": _processes(state),
            "boot_time": _error(state.boot_time) if isinstance(state.boot_time, Problem) else _time(state.boot_time),
            "environment": environment,
            "powershell_version": version,
            "failed_subsets": {name: _error(problem)["error"] for name, problem in state.subset_problems.items()},
            "contract": state.contract,
            "wsus": wsus,
            "read_only": behaviour.read_only,
            "resists": dict(behaviour.resists),
            "dies": behaviour.dies,
            "timing": timing,
            "journal": asdict(behaviour.journal),
        }
    )


def _processes(state: State) -> Any:
    if isinstance(state.processes, Problem):
        return _error(state.processes)
    return [
        _without_none(
            {
                "name": process.name,
                "process_id": process.process_id,
                "started": _time(process.started) if process.started else None,
                "app_pool": process.app_pool,
            }
        )
        for process in state.processes
    ]


def _members(part: Mapping[str, Any]) -> Scenario:
    """An object of the API, or all of them."""
    found: Scenario = {}
    for name, value in part.items():
        if isinstance(value, Problem):
            found[name] = _error(value)
        else:
            found[name] = _members(value) if isinstance(value, Mapping) else value
    return _without_none(found)


def _value(value: Value) -> Scenario:
    return _without_none({"type": value.type, "data": value.data, **_error(value.problem)})


def _error(problem: Problem | None) -> Scenario:
    return {} if problem is None else {"error": {"code": problem.code, "message": problem.message}}


def _time(when: datetime) -> str:
    # To the microsecond: what is built again has the very same times.
    return when.isoformat()


def _without_none(members: Scenario) -> Scenario:
    return {name: value for name, value in members.items() if value is not None}
