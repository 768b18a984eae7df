# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One host while it runs: its state from moment to moment, what its processes read at their start, and what comes next.

A state is never changed but replaced, under one lock. What takes time is not done by threads: it is an event with a
time, and is carried out, as of that time, when somebody next looks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from .state import File, Key, Problem, State

Record = dict[str, Any]


def utc_now() -> datetime:
    """The time of the simulated hosts: the real one."""
    return datetime.now(timezone.utc)


class WriteError(Exception):
    """A write that the host refused or that did not succeed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Event:
    """Something that is to happen."""

    when: datetime
    act: Callable[[datetime], None]


class Machine:
    """A host's state and its changes. `on_write` is told of each; `clock` and `sleep` are replaced by tests."""

    def __init__(
        self,
        state: State,
        on_write: Callable[[Record], None],
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.lock = threading.RLock()
        self.journal_lock = threading.Lock()
        self.clock, self.sleep, self.on_write = clock, sleep, on_write
        self._state = self._initial = state
        self._started: dict[str, State] = {}
        self._events: list[Event] = []
        self.back_at: datetime | None = None
        self.on_reboot: Callable[[], None] = lambda: None
        self.synchronization: Any = None
        self.capture: Any = None
        self.shutdown: Event | None = None
        self.logon_screen = True

    # -- time --------------------------------------------------------------------------------------------------------
    @property
    def state(self) -> State:
        """The state now."""
        with self.lock:
            self.settle()
            return self._state

    def settle(self) -> None:
        """Carry out what was due, in the order of its times."""
        with self.lock:
            while due := [event for event in self._events if event.when <= self.clock()]:
                event = min(due, key=lambda one: one.when)
                self._events.remove(event)
                event.act(event.when)

    def after(self, seconds: float, act: Callable[[datetime], None]) -> Event:
        """Let something happen in so many seconds; it is told its time."""
        with self.lock:
            event = Event(self.clock() + timedelta(seconds=seconds), act)
            self._events.append(event)
            return event

    def cancel(self, event: Event) -> None:
        """Take back what was to happen."""
        with self.lock:
            self._events = [one for one in self._events if one is not event]

    def away(self) -> bool:
        """Whether the host is down, on its way to the next start."""
        with self.lock:
            self.settle()
            return self.back_at is not None and self.clock() < self.back_at

    def wait(self, seconds: float, ready: Callable[[], bool]) -> bool:
        """Wait until `ready` or for so many seconds; whether it is."""
        end = self.clock() + timedelta(seconds=seconds)
        while not ready():
            left = (end - self.clock()).total_seconds()
            if left <= 0:
                return False
            self.sleep(min(0.02, left))
        return True

    # -- changes -----------------------------------------------------------------------------------------------------
    def change(self, **members: Any) -> None:
        """Put these members in place of the state's."""
        with self.lock:
            self._state = replace(self._state, **members)

    def put(self, state: State) -> None:
        """Another state altogether, by hand."""
        with self.lock:
            self.settle()
            self._state = state

    def write_file(self, path: str, content: bytes | None, when: datetime | None = None) -> None:
        """Write a file as a whole, or remove it (None)."""
        with self.lock:
            files = dict(self._state.files)
            old = files.pop(path.lower(), None)
            if content is not None:
                files[path.lower()] = File(old.path if old else path, when or self.clock(), content, len(content))
            self.change(files=files)

    def append_file(self, path: str, data: bytes, when: datetime | None = None) -> None:
        """Add to a file, which need not be there."""
        with self.lock:
            old = self._state.file(path)
            self.write_file(path, (old.read() if old else b"") + data, when)

    def refusal(self, target: str) -> str | None:
        """How a write to a key, a file or "wsus" ends: None well, else a word of the scenario's `resists`."""
        behaviour = self._state.behaviour
        if behaviour.read_only:
            return "access_denied"
        low = target.lower()
        for path, how in behaviour.resists.items():
            if low == path or low.startswith(path + "\\"):
                return how
        return None

    def check_writable(self, target: str) -> None:
        """Raise WriteError where the scenario has it."""
        how = self.refusal(target)
        if how == "access_denied":
            raise WriteError("access_denied", f"Access to '{target}' is denied.")
        if how == "write_failed":
            raise WriteError("write_failed", f"'{target}' could not be written.")

    # -- processes ---------------------------------------------------------------------------------------------------
    def started(self, process: str) -> State:
        """The state that a process (w3wp, WsusService) or Windows itself (boot) read at its start."""
        with self.lock:
            if process not in self._started:
                self._started[process] = as_of(self._initial, start_of(self._initial, process))
            return self._started[process]

    def note_start(self, *processes: str) -> None:
        """These start now: what they read is what is there now."""
        with self.lock:
            for process in processes:
                self._started[process] = self._state


def start_of(state: State, process: str) -> datetime | None:
    """When a process started, as the state has it."""
    if process == "boot":
        return None if isinstance(state.boot_time, Problem) else state.boot_time
    if isinstance(state.processes, Problem):
        return None
    starts = [one.started for one in state.processes if one.name.lower() == f"{process.lower()}.exe" and one.started]
    return max(starts, default=None)


def as_of(state: State, when: datetime | None) -> State:
    """The state as a process that started at `when` read it: as far as can be told, what came later was not there."""
    if when is None:
        return state
    late = [Key(key.path, key.last_write, {}, key.problem) for key in state.registry if key.last_write > when]
    files: Mapping[str, File] = {path: file for path, file in state.files.items() if file.last_write <= when}
    return replace(state, registry=state.registry.changed(late), files=files) if late or files != state.files else state
