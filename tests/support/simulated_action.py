# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An action plugin on a simulated host without WinRM between them: what Ansible would carry is handed over."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from support.action_stub import action

from wsus_simulator import Simulator, apply, capture, modules, packages, restart
from wsus_simulator.apply import NAME as APPLY

FAST = {"restart": 0.0, "synchronization": 0.03, "import": 0.0, "shutdown": 0.0, "boot": 0.0, "wait": 0.1}
OF_TIME = ("last_write", "boot_time", "started", "process_id", "LastConfigChange", "last_synchronization", "history")
_GROWS = re.compile(r"\\(wsus\.compliance|SoftwareDistribution\.log)", re.IGNORECASE)


class SimulatedHost:
    """A host, what it was asked for (``executions``), and a ``hook`` that may answer in its place or raise."""

    def __init__(self, scenario: str | dict[str, Any], name: str = "wsus-1") -> None:
        given = {"extends": scenario} if isinstance(scenario, str) else scenario
        self.name = name
        self.simulator = Simulator({name: {"timing": FAST, **given}})
        self.machine = self.simulator.hosts[name].machine
        self.executions: list[tuple[str, dict[str, Any]]] = []
        self.hook: Callable[[str, dict[str, Any]], Any] = lambda _name, _arguments: None
        self.rebooted: dict[str, Any] | None = {"rebooted": True, "elapsed": 3}
        """What win_reboot answers; None = it is not installed."""
        self.reboots = False
        """Whether the host restarts when win_reboot runs."""

    @property
    def asked(self) -> list[str]:
        """Short names of what was executed, with the action of wsus_apply."""
        return [
            arguments["action"] if name in (APPLY, capture.NAME) else name.rpartition(".")[2]
            for name, arguments in self.executions
        ]

    def state(self) -> dict[str, Any]:
        return self.simulator.state(self.name)

    def change(self, patch: dict[str, Any]) -> None:
        self.simulator.change(self.name, patch)

    def run(self, module: Any, *, check: bool = False, **args: Any) -> dict[str, Any]:
        """The result of a task with these arguments."""
        made = action(module, args)
        made._task.check_mode = check
        made._execute_module = lambda **call: self._execute(call["module_name"], call["module_args"], check)
        made._find_needle = lambda _folder, path: path
        made._transfer_file = self._transfer
        made._shared_loader_obj = MagicMock()
        reboot = None if self.rebooted is None else MagicMock(run=MagicMock(side_effect=self._reboot))
        made._shared_loader_obj.action_loader.get.return_value = reboot
        self.loader = made._shared_loader_obj.action_loader
        return made.run(task_vars={"inventory_hostname": self.name})

    def _transfer(self, local: str, remote: str) -> None:
        self.executions.append(("put_file", {"path": remote}))
        instead = self.hook("put_file", {"path": remote})
        if instead is not None:
            _raised(instead)
        assert packages.is_copy(self.machine.state, {"Path": remote})
        self.machine.write_file(remote, Path(local).read_bytes())

    def _reboot(self, **_arguments: Any) -> Any:
        if self.reboots:
            restart.reboot(self.machine, datetime.now(timezone.utc))
        return self.rebooted

    def _execute(self, module: str, arguments: dict[str, Any], check: bool) -> Any:
        name = modules.full_name(module)
        sent = json.loads(json.dumps(arguments))
        self.executions.append((name, sent))
        instead = self.hook(name, sent)
        if instead is not None:
            return _raised(instead)
        if name == APPLY:
            result = apply.run(self.machine, sent, check)
        elif name == capture.NAME:
            result = capture.run(self.machine, sent, check)
        else:
            result = modules.run(name, self.machine.state, sent)
        return json.loads(json.dumps(result))


def _raised(instead: Any) -> Any:
    if isinstance(instead, BaseException):
        raise instead
    return instead


def facts_of(host: SimulatedHost) -> dict[str, Any]:
    """The facts that a task before would have left."""
    from ansible_collections.wsus.compliance.plugins.action import wsus_facts

    found: dict[str, Any] = host.run(wsus_facts)["ansible_facts"]["wsus"]
    host.executions.clear()
    return found


def without_times(state: Any) -> Any:
    """A picture of a host without times, process ids, journals and logs: what an undo must bring back."""
    if isinstance(state, dict):
        return {
            name: without_times(item)
            for name, item in sorted(state.items())
            if name not in OF_TIME and not _GROWS.search(str(name))
        }
    if isinstance(state, list):
        return sorted((without_times(item) for item in state), key=repr)  # processes have no order
    return state
