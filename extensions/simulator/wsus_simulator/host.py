# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One simulated host: its state, its remote shell, what it was asked, and how its connection misbehaves."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from . import modules, output, payload
from .state import ConnectionFault, Problem, State
from .winrm import Outcome, RemoteShell


@dataclass
class Counters:
    """What a host was asked. `writes`: everything that would have written, or might have; nothing of it was done."""

    requests: int = 0
    unauthorized: int = 0
    faults: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    executions: list[str] = field(default_factory=list)
    writes: list[dict[str, Any]] = field(default_factory=list)


class Host:
    """A host behind the listener."""

    def __init__(self, name: str, state: State) -> None:
        self.name = name
        self.state = state.named(name)
        self.shell = RemoteShell(self._run)
        self._counters = Counters()
        self._faults_left = state.fault.times if state.fault else 0
        self._faults_to_come = state.fault.after if state.fault else 0
        self._down_until = 0.0
        self._lock = threading.Lock()

    def count(self, **amounts: int) -> None:
        """Add to the counters of these names."""
        with self._lock:
            for name, amount in amounts.items():
                setattr(self._counters, name, getattr(self._counters, name) + amount)

    def counters(self) -> dict[str, Any]:
        """A copy of the counters."""
        with self._lock:
            copy = dict(vars(self._counters))
            return {**copy, "executions": list(copy["executions"]), "writes": [dict(item) for item in copy["writes"]]}

    def fault(self, operation: str) -> ConnectionFault | None:
        """The fault that befalls this operation, if any; it is used up where the scenario limits it."""
        fault = self.state.fault
        if fault is None or operation not in fault.operations:
            return None
        with self._lock:
            if self._faults_to_come:
                self._faults_to_come -= 1
                return None
            if self._faults_left is not None:
                if self._faults_left == 0:
                    return None
                self._faults_left -= 1
            self._counters.faults += 1
        return fault

    @property
    def is_down(self) -> bool:
        """Whether it restarts just now."""
        return time.monotonic() < self._down_until

    def reboot(self, seconds: float) -> None:
        """Lose all shells, be away for that long, and come back with a new boot time: all else is on the disk."""
        booted = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=int(seconds))
        with self._lock:
            self._down_until = time.monotonic() + seconds
            running = self.state.processes
            if not isinstance(running, Problem):
                running = [replace(process, started=process.started and booted) for process in running]
            self.state = replace(self.state, boot_time=booted, processes=running)
        self.shell.forget()

    def _run(self, line: str, stdin: bytes) -> Outcome:
        work = payload.decode(line, stdin)
        if work.kind != "module":
            return self._refuse(work)
        name = modules.full_name(work.name)
        with self._lock:
            self._counters.executions.append(name)
        if name not in modules.MODULES:
            return self._refuse(work)
        result = modules.run(name, self.state, work.arguments)
        return output.outcome(self.state.output, result)

    def _refuse(self, work: payload.Work) -> Outcome:
        """Something that the simulator can't run may write: it is noted, and the task fails with what can be run."""
        with self._lock:
            # Names only: arguments may hold secrets.
            self._counters.writes.append({"kind": work.kind, "name": work.name, "check_mode": work.check_mode})
        known = ", ".join(sorted(modules.MODULES))
        text = (
            f"{self.name} is a simulated host (wsus_simulator): it can't run the {work.kind} '{work.name}', "
            f"and it changes nothing. It can run these modules: {known}."
        )
        return Outcome(modules.to_json({"failed": True, "changed": False, "msg": text}), text.encode(), 1)
