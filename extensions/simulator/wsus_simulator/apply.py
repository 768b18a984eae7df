# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers the module wsus.compliance.wsus_apply as docs/reference/apply.md says: options in, one of six actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import collector, journal, modules, packages
from .changes import apply
from .machine import Machine
from .modules import ModuleFailure, Result
from .restart import restart
from .sync import import_update, synchronize
from .times import format_time

NAME = "wsus.compliance.wsus_apply"
_IDENTIFIED = ("apply", "restart", "read_journal")
_OPTIONS = (
    "action",
    "operations",
    "force",
    "journal",
    "expect_host",
    "read_after",
    "restarts",
    "journals",
    "journal_id",
    "update_id",
    "start",
    "category_only",
    "previous_id",
    "wait_seconds",
    "log_offset",
    "package_name",
    "package_size",
)


def run(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    """The module's result."""
    try:
        result = _answer(machine, options, check_mode)
    except ModuleFailure as failure:
        result = {"failed": True, "msg": str(failure), "contract": machine.state.contract}
    return {"changed": False, **result, "invocation": {"module_args": dict(options)}}


def _answer(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    state = machine.state
    modules.require_powershell(state)
    modules.refuse_unknown(NAME, options, _OPTIONS)
    action = options.get("action")
    if action not in _ACTIONS:
        raise ModuleFailure(f"value of action must be one of: {', '.join(_ACTIONS)}, got: {action}")
    head: Result = {"contract": state.contract}
    writes = action in ("restart", "import", "stage_package") or (
        action == "synchronize" and modules.truth(options.get("start"))
    )
    if check_mode and writes:
        return {"changed": True, **head, "skipped_in_check_mode": True}
    if action in _IDENTIFIED:
        head["host"] = identity(machine)
    return {**head, **_ACTIONS[action](machine, options, check_mode)}


def identity(machine: Machine) -> Result:
    """Which machine this is."""
    env = machine.state.environment
    return {"machine_name": env.machine_name, "machine_guid": env.machine_guid}


def _read_journal(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    wanted = options.get("journal_id")
    return journal.read(machine.state, None if wanted is None else str(wanted))


def _apply(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    answer = apply(machine, options, check_mode, identity(machine))
    if answer["changed"] and not check_mode and modules.truth(options.get("read_after")):
        answer |= {"collected_at": format_time(machine.clock()), "raw": collector.collect(machine.state, ["all"])}
    return answer


_ACTIONS: dict[str, Callable[[Machine, Mapping[str, Any], bool], Result]] = {
    "apply": _apply,
    "restart": restart,
    "synchronize": synchronize,
    "import": import_update,
    "read_journal": _read_journal,
    "stage_package": packages.stage,
}
