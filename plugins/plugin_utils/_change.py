# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action plugins that change a host have in common: read, plan, and have the plan carried out.

FOR INTERNAL COLLECTION USE ONLY: it may change in any release.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail

from ._action import APPLY, HostFailure, WsusAction, ended, now
from ._checks import check_facts, check_suites
from .apply.answer import Applied, Failure, check_apply
from .apply.outcome import NEXT_STEPS, outcome
from .apply.pending import RESTARTS_OF_SERVICES, pending_restarts, reasons
from .assess import assess
from .collect import CONNECTION_CODES, check_answer
from .facts import build_facts
from .facts.endpoint_list import EndpointList
from .plan import Plan
from .report.files import FileError, file_name, plain, write_json, write_text
from .report.result import audited, brief
from .report.version import collection_version
from .text import clean

_PERHAPS_DONE = frozenset({*CONNECTION_CODES, "malformed_answer"})
"""Errors after which something may have been written."""
JOURNAL_MODE = 0o600
"""A journal has what was in the files of the host."""
CHANGE_SPEC = {
    "facts": {"type": "dict"},
    "journal_dir": {"type": "path", "default": "./wsus-journal"},
    "override_unknown_owner": {"type": "bool", "default": False},
}


def wsus_of(failure: Failure) -> str:
    """What the host's program said was wrong, and what to do about it."""
    return f"{clean(failure.message, 1_000).rstrip('. ')} ({failure.code}). {NEXT_STEPS.get(failure.code, '')}".strip()


def journal_id() -> str:
    """The id of a new journal: ids sort by time."""
    time = datetime.now(timezone.utc)
    return f"{time:%Y%m%dT%H%M%S}{time.microsecond // 1000:03}Z-{secrets.token_hex(4)}"


def about_audit(profile: str) -> dict[str, Any]:
    """What the document of an audit has beside what was found."""
    return {"profile": profile, "version": collection_version(), "audited_at": now()}


def keep_audit(document: Mapping[str, Any], folder: str | None) -> dict[str, Any]:
    """The assessment as module ``assess`` returns it; its file, where a folder is named."""
    if folder is None:
        return {**brief(document, ""), "path": None}
    path = Path(folder).absolute() / file_name(str(document["host"]))
    try:
        write_json(path, document)
    except FileError as problem:
        raise AnsibleActionFail(str(problem)) from None  # its text says the cause
    return brief(document, str(path))


def audit_after(
    answer: object, host: str, folder: str | None, *, profile: str, accepted: EndpointList | None = None
) -> dict[str, Any] | None:
    """The assessment of the server as the execution that wrote left it, as ``keep_audit`` returns it.

    Args:
        answer: what ``carry_out`` returned as ``read_after``.

    Returns:
        None where nothing was written, and where what was read is of no use or its file can't be written: that must not
        hide what was done, and whoever reads the server next is told.
    """
    if answer is None:
        return None
    try:
        facts = build_facts(check_answer(answer), accepted=accepted)
        document = audited(host, facts, assess(facts, profile=profile), **about_audit(profile))
        return keep_audit(document, folder)
    except Exception:
        return None


def add_pending(found: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """Restarts that changes of earlier runs still need, and what times tell of others."""
    pending = pending_restarts(facts)
    for name, what in (("restart_required", RESTARTS_OF_SERVICES), ("reboot_required", ("reboot",))):
        found[name] = list(dict.fromkeys([*found[name], *reasons(pending.items, what, "required")]))
    found["from_times"] = list(pending.from_times)
    if pending.error is not None:
        found["notes"] = [*found["notes"], f"Which restarts earlier changes need can't be told: {pending.error}"]


class ChangeAction(WsusAction):
    """Options to a plan (``plan_utils.plan``), the plan to the host, and what came of it to Ansible."""

    def known(self, options: Mapping[str, Any], subset: Sequence[str], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The facts that were handed in, else those of the host.

        Raises:
            HostFailure: the host could not be read.
        """
        given = options.get("facts")
        if given is None:
            return build_facts(self.collect(subset, task_vars), accepted=options.get("accepted_suites"))
        check_facts(given)
        return dict(given)

    def carry_out(
        self,
        plan: Plan,
        options: Mapping[str, Any],
        task_vars: Mapping[str, Any],
        *,
        journal: Mapping[str, Any] | None = None,
        force: Iterable[str] = (),
        expect_host: Mapping[str, str | None] | None = None,
        read_after: bool = False,
    ) -> dict[str, Any]:
        """The result of a plan. Nothing is sent to the host where nothing is to be done, or what was named can't be.

        Args:
            read_after: whether the host is read by the same execution, where something was written. Member
                ``read_after`` of the result is then the answer, not checked yet; ``changed`` leaves it out.

        Raises:
            HostFailure: there is no answer. What was done is in the journal on the host, if anything was.
        """
        operations = [] if plan.failures() else plan.for_host()
        if not operations:
            return {**outcome(plan), "journal_copy": None}
        about = {"purpose": "enforce", "rolls_back": None, "notes": plan.journal_notes(), **(journal or {})}
        arguments = {
            "action": "apply",
            "operations": operations,
            "journal": {"id": journal_id(), "collection_version": collection_version(), **about},
            "force": list(force),
            "expect_host": expect_host,
            "read_after": read_after,
        }
        check = partial(check_apply, operations=plan.operations, check_mode=self._task.check_mode)
        try:
            told = self.execute(APPLY, arguments, task_vars)
            answer: Applied = self.checked(check, told)
        except HostFailure as failure:
            if not self._task.check_mode and failure.error["code"] in _PERHAPS_DONE:
                failure.error["message"] += (
                    " What was done until then is in the journal on the host: run again, which reads it."
                )
            raise
        found = outcome(plan, answer)
        copy, problem = self._keep(answer, options, str(task_vars.get("inventory_hostname")))
        warnings = {} if problem is None else {"warnings": [problem]}
        return {**found, "journal_copy": copy, "read_after": told if "raw" in told else None, **warnings}

    def _keep(self, answer: Applied, options: Mapping[str, Any], host: str) -> tuple[str | None, str | None]:
        """(the copy of the journal on the controller, why there is none although there should be)."""
        if answer.journal is None:
            return None, None
        folder = Path(str(options["journal_dir"])).absolute() / file_name(host).removesuffix(".json")
        path = folder / f"{answer.journal.id}.journal"
        try:
            write_text(path, "".join(f"{line}\n" for line in answer.journal.lines), JOURNAL_MODE)
        except FileError as problem:  # the change is done, and the host has its journal
            return None, f"{problem}; the journal is on the host: {clean(answer.journal.path, 400)}"
        return str(path), None

    def changed(self, result: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
        """What Ansible gets: ``failed`` and ``msg`` only where it failed."""
        kept = {name: value for name, value in found.items() if name not in ("failed", "msg", "read_after")}
        if found.get("failed"):
            kept |= {"failed": True, "msg": found["msg"]}
        return {**result, **plain(kept)}


class SingleChange(ChangeAction):
    """A module that asks for one thing: its subclass says which facts that needs, and plans it."""

    spec: ClassVar[Mapping[str, Any]] = {}
    subset: Sequence[str] = ()
    rules: ClassVar[Mapping[str, Any]] = {}

    def plan(self, options: Mapping[str, Any], facts: Mapping[str, Any]) -> Plan:
        """The plan. ValueError: an option makes no sense."""
        raise NotImplementedError

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options({**CHANGE_SPEC, **self.spec}, **self.rules)
        self.place(options, "journal_dir")
        check_suites(options.get("accepted_suites"))
        variables = task_vars or {}
        try:
            facts = self.known(options, self.subset, variables)
            try:
                plan = self.plan(options, facts)
            except ValueError as problem:
                raise AnsibleActionFail(clean(str(problem), 500)) from None
            return self.changed(result, self.carry_out(plan, options, variables))
        except HostFailure as failure:
            return ended(result, failure.error)


__all__ = ["APPLY", "CHANGE_SPEC", "ChangeAction", "SingleChange", "journal_id", "wsus_of"]
