# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action apply: lock, compare, journal, write, read back; each step only when the one before ended well."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from . import journal, packages
from .journal import DiedError, Journal
from .machine import Machine, WriteError
from .modules import ModuleFailure, Result, items
from .shapes import MAX_MESSAGE
from .targets import Target, file_state, same
from .times import format_time

NAME = "wsus.compliance.wsus_apply"


class _StopError(Exception):
    """The end of the run before its end; `change` is whose."""

    def __init__(self, code: str, message: str, change: _Change | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.change = code, message[:MAX_MESSAGE], change


@dataclass
class _Change:
    """One operation on its way."""

    target: Target
    forced: bool
    status: str = "not_reached"
    found: Result = field(default_factory=dict)
    after: Result | None = None
    error: Result | None = None
    begun: bool = False
    written: bool = False

    def answer(self) -> Result:
        return {
            "id": self.target.id,
            "status": self.status,
            "found": self.found or None,
            "after": self.after,
            "error": self.error,
        }


def apply(machine: Machine, options: Mapping[str, Any], check_mode: bool, identity: Result) -> Result:
    """The answer without its head."""
    begun = format_time(machine.clock())
    run = _Run(machine, options, check_mode, identity)
    stopped = None
    with ExitStack() as held:
        try:
            run.work(held)
        except _StopError as stop:
            change = stop.change
            stopped = {"id": change.target.id if change else None, "code": stop.code, "message": stop.message}
        finally:
            # Also where the power went.
            run.tell()
            if not check_mode and any(change.target.package for change in run.changes):
                packages.clear(machine)
    pending = check_mode and any(change.status == "pending" for change in run.changes)
    book = run.journal
    return {
        "changed": pending or any(change.begun for change in run.changes),
        "applied_at": begun,
        "stage": run.stage,
        "journal": {"id": book.id, "path": book.path, "lines": list(book.lines)} if book and book.lines else None,
        "operations": [change.answer() for change in run.changes],
        "stopped": stopped,
    }


class _Run:
    def __init__(self, machine: Machine, options: Mapping[str, Any], check_mode: bool, identity: Result) -> None:
        self.machine, self.check_mode, self.identity = machine, check_mode, identity
        targets = [Target(machine.state, item) for item in items(options.get("operations"))]
        if len({target.id for target in targets}) != len(targets):
            raise ModuleFailure("two operations have one id")
        forced = set(map(str, items(options.get("force"))))
        self.changes = [_Change(target, target.id in forced) for target in targets]
        self.expected = options.get("expect_host")
        self.about = options.get("journal") or {}
        if not check_mode and not journal.ID.match(str(self.about.get("id", ""))):
            raise ModuleFailure("journal.id is not an id of a journal")
        if not check_mode and self.about.get("purpose") not in ("enforce", "rollback"):
            raise ModuleFailure("journal.purpose must be one of: enforce, rollback")
        if forced and self.about.get("purpose") != "rollback":
            raise ModuleFailure("force is for a rollback only")
        self.stage = "refused"
        self.journal: Journal | None = None

    def work(self, held: ExitStack) -> None:
        if self.expected and self.expected != self.identity:
            raise _StopError("other_host", f"This host is {self.identity['machine_name']}.")
        if not self.check_mode:
            self.take_lock(held)
        self.compare()
        pending = [change for change in self.changes if change.status == "pending"]
        self.stage = "compared" if pending else "finished"
        if self.check_mode or not pending:
            return
        for change in pending:
            change.status = "not_reached"
        try:
            self.write_journal(pending)
            self.stage = "journaled"
            self.write_all(pending)
        except DiedError:
            self.machine.change(behaviour=replace(self.machine.state.behaviour, dies=None))
            raise
        self.stage = "finished"

    # -- lock and comparison -----------------------------------------------------------------------------------------
    def take_lock(self, held: ExitStack) -> None:
        machine = self.machine
        state = machine.state
        folder = journal.folder(state)
        if why := journal.distrust(state):
            raise _StopError("journal_untrusted", why)
        try:
            machine.check_writable(folder)
        except WriteError as refused:
            raise _StopError(refused.code, refused.message) from None
        behaviour = state.behaviour
        if not machine.wait(
            behaviour.timing.wait,
            lambda: not machine.state.behaviour.journal.locked and machine.journal_lock.acquire(blocking=False),
        ):
            raise _StopError("busy", f"Another process holds {folder}\\lock.")
        held.callback(machine.journal_lock.release)
        if machine.state.file(f"{folder}\\lock") is None:
            machine.write_file(f"{folder}\\lock", b"")

    def compare(self) -> None:
        state = self.machine.state
        for change in self.changes:
            change.found = change.target.read(state)
            if "error" in change.found:
                change.status, change.error = "failed", change.found["error"]
            elif same(change.found, change.target.after):
                change.status = "already"
            elif same(change.found, change.target.before) or change.forced:
                refused = change.target.hindrance(state, self.check_mode)
                change.status = "failed" if refused else "pending"
                change.error = refused["error"] if refused else None
            else:
                text = "What was found is neither what was expected nor what is wanted."
                change.status, change.error = "mismatch", {"code": "mismatch", "message": text}
        bad = next((change for change in self.changes if change.status in ("failed", "mismatch")), None)
        if bad:
            for change in self.changes:
                change.status = "not_reached" if change.status == "pending" else change.status
            assert bad.error
            raise _StopError(bad.error["code"], bad.error["message"], bad)

    # -- journal -----------------------------------------------------------------------------------------------------
    def write_journal(self, pending: list[_Change]) -> None:
        machine, about = self.machine, self.about
        state = machine.state
        book = Journal(machine, str(about["id"]))
        if state.file(book.path):
            raise _StopError("journal_failed", f"{book.path} is there already.")
        if machine.refusal(book.path) is not None:
            raise _StopError("journal_failed", f"{book.path} could not be written.")
        self.journal = book
        book.append(
            "begin",
            journal=1,
            id=book.id,
            purpose=about["purpose"],
            rolls_back=about.get("rolls_back"),
            host=self.identity,
            user=f"{state.environment.machine_name}\\simulator",
            at=self.now(),
            collection_version=about.get("collection_version"),
            powershell_version=state.environment.powershell_version,
        )
        notes = about.get("notes") or {}
        for change in pending:
            target = change.target
            operation = {**target.operation, "before": change.found}
            operation["after"] = {name: value for name, value in operation["after"].items() if name != "content"}
            if target.kind == "registry_value":
                operation["remove_keys"] = target.remove_keys
            book.append("operation", **operation, missing_keys=target.missing_keys(state), note=notes.get(target.id))
            content = target.image(state)
            if content is not None:
                digest = file_state(content)["sha256"]
                book.append("blob", sha256=digest, content=base64.b64encode(content).decode())
        book.append("ready", at=self.now())

    # -- writes ------------------------------------------------------------------------------------------------------
    def write_all(self, pending: list[_Change]) -> None:
        assert self.journal
        for change in pending:
            try:
                self.write_one(self.journal, change)
            except _StopError as stop:
                change.error = {"code": stop.code, "message": stop.message}
                change.status = "mismatch" if stop.code == "mismatch" else "failed"
                self.journal.append("failed", id=change.target.id, at=self.now(), code=stop.code, message=stop.message)
                self.journal.append("end", at=self.now(), outcome="stopped")
                raise
        self.journal.append("end", at=self.now(), outcome="complete")

    def write_one(self, book: Journal, change: _Change) -> None:
        machine, target = self.machine, change.target
        now = target.read(machine.state)
        if same(now, target.after):
            # Somebody else did it meanwhile.
            change.status = "already"
            return
        if now != change.found:
            raise _StopError("mismatch", "The target changed since it was compared.", change)
        book.append("writing", id=target.id, at=self.now())
        change.begun = True
        try:
            target.write(machine)
            change.written = True
        except WriteError as refused:
            change.after = target.read(machine.state)
            raise _StopError(refused.code, refused.message, change) from None
        change.after = target.read(machine.state)
        if "error" in change.after or not same(change.after, target.after):
            raise _StopError("not_kept", "What was read back is not what was written.", change)
        book.append("applied", id=target.id, at=self.now())
        change.status = "applied"

    def tell(self) -> None:
        """Record what was written."""
        written = [change for change in self.changes if change.written]
        if written:
            what = [{**change.target.describe(), "after": change.after} for change in written]
            record = {"kind": "apply", "name": NAME, "check_mode": False, "journal": self.about["id"], "written": what}
            self.machine.on_write(record)

    def now(self) -> str:
        return format_time(self.machine.clock())
