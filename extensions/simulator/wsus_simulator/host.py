# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One simulated host: its machine, its remote shell, what it was asked, and how its connection misbehaves."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from . import apply, capture, modules, output, packages, payload, reboot
from .journal import DiedError
from .machine import Machine
from .state import ConnectionFault, State
from .winrm import Outcome, RemoteShell


@dataclass
class Counters:
    """What a host was asked. `writes`: what was written, and whatever could not be run and so might have."""

    requests: int = 0
    unauthorized: int = 0
    faults: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    executions: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    writes: list[dict[str, Any]] = field(default_factory=list)


class Host:
    """A host behind the listener."""

    def __init__(self, name: str, state: State) -> None:
        self.name = name
        self.machine = Machine(state.named(name), self._written)
        self.shell = RemoteShell(self._run)
        self.machine.on_reboot = self.shell.forget
        self._counters = Counters()
        self._lock = threading.Lock()
        self.renew_fault(state.fault)

    @property
    def state(self) -> State:
        """The host's state now."""
        return self.machine.state

    def renew_fault(self, fault: ConnectionFault | None) -> None:
        """From now on the connection misbehaves so."""
        with self._lock:
            self._fault = fault
            self._faults_left = fault.times if fault else 0
            self._faults_after = fault.after if fault else 0

    def count(self, **amounts: int) -> None:
        """Add to the counters of these names."""
        with self._lock:
            for name, amount in amounts.items():
                setattr(self._counters, name, getattr(self._counters, name) + amount)

    def counters(self) -> dict[str, Any]:
        """A copy of the counters."""
        with self._lock:
            copy = dict(vars(self._counters))
            lists = {name: list(copy[name]) for name in ("executions", "commands")}
            return {**copy, **lists, "writes": [dict(item) for item in copy["writes"]]}

    def fault(self, operation: str) -> ConnectionFault | None:
        """The fault that befalls this operation, if any; it is used up where the scenario limits it."""
        with self._lock:
            fault = self._fault
            if fault is None or operation not in fault.operations:
                return None
            if self._faults_after:
                self._faults_after -= 1
                return None
            if self._faults_left is not None:
                if self._faults_left == 0:
                    return None
                self._faults_left -= 1
            self._counters.faults += 1
        return fault

    @property
    def is_down(self) -> bool:
        """Whether it restarts just now: nobody listens there."""
        return self.machine.away()

    def go_down(self, seconds: float | None = None) -> None:
        """Restart without notice, and be away for that long, or as long as the scenario says."""
        reboot.go_down(self.machine, self.machine.clock(), seconds)

    def _run(self, line: str, stdin: bytes) -> Outcome:
        work = payload.decode(line, stdin)
        known = reboot.find(payload.script(line)) if work.kind == "command" and not stdin else None
        if known:
            with self._lock:
                self._counters.commands.append(known[0])
            return known[1](self.machine)
        if work.name == "winrm_put_file" and packages.is_copy(self.state, work.arguments):
            with self._lock:
                self._counters.commands.append("put file")
            return packages.receive(self.machine, work.arguments, stdin)
        if work.kind != "module":
            return self._refuse(work)
        name = modules.full_name(work.name)
        with self._lock:
            self._counters.executions.append(name)
        if name == apply.NAME:
            try:
                result = apply.run(self.machine, work.arguments, work.check_mode)
            except DiedError:
                self.go_down()
                return Outcome(exit_code=1)
        elif name == capture.NAME:
            result = capture.run(self.machine, work.arguments, work.check_mode)
        elif name in modules.MODULES:
            result = modules.run(name, self.state, work.arguments)
        else:
            return self._refuse(work)
        return output.outcome(self.state.output, result)

    def _written(self, record: dict[str, Any]) -> None:
        with self._lock:
            self._counters.writes.append(record)

    def _refuse(self, work: payload.Work) -> Outcome:
        """Something that the simulator can't run may write: it is noted, and the task fails with what can be run."""
        with self._lock:
            # Names only: arguments may hold secrets.
            self._counters.writes.append({"kind": work.kind, "name": work.name, "check_mode": work.check_mode})
        known = ", ".join(sorted([*modules.MODULES, apply.NAME, capture.NAME]))
        text = (
            f"{self.name} is a simulated host (wsus_simulator): it can't run the {work.kind} '{work.name}', "
            f"and nothing was changed. It can run these modules: {known}."
        )
        return Outcome(modules.to_json({"failed": True, "changed": False, "msg": text}), text.encode(), 1)
