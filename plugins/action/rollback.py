# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes back what a journal says was done; the journal is verified on the controller before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import HostFailure, ended
from ..plugin_utils._change import (
    APPLY,
    CHANGE_SPEC,
    ChangeAction,
    about_audit,
    add_pending,
    audit_after,
    keep_audit,
    wsus_of,
)
from ..plugin_utils._checks import check_facts
from ..plugin_utils.apply.answer import JournalRead, check_read_journal
from ..plugin_utils.apply.journal import SIZE_LIMIT, Entry, Journal, read_journal
from ..plugin_utils.apply.outcome import outcome
from ..plugin_utils.apply.rollback import UNREADABLE, Rollback, newest, nothing_to_take_back, plan_rollback
from ..plugin_utils.apply.state import FILE, JOURNAL_ID
from ..plugin_utils.assess import PROFILES, assess
from ..plugin_utils.collect import CONNECTION_CODES
from ..plugin_utils.facts import build_facts
from ..plugin_utils.facts.journal import trusted_journals
from ..plugin_utils.facts.raw import ErrorInfo
from ..plugin_utils.plan import Plan
from ..plugin_utils.report.result import audited, not_audited
from ..plugin_utils.text import clean

SPEC = {
    "journal": {"type": "str"},
    "only": {"type": "list", "elements": "str", "default": []},
    "force": {"type": "bool", "default": False},
    "facts": CHANGE_SPEC["facts"],
    "journal_dir": CHANGE_SPEC["journal_dir"],
    "assess": {"type": "bool", "default": False},
    "profile": {"type": "str", "default": "standard", "choices": list(PROFILES)},
    "output_dir": {"type": "path"},
    "defer_errors": {"type": "bool", "default": False},
}
SUFFIX = ".journal"


def of_controller(name: str) -> Journal | None:
    """The journal in a file of the controller; None where there is no such file.

    Raises:
        AnsibleActionFail: there is one, and it is no journal.
    """
    path = Path(name).expanduser()
    if not path.is_file():
        return None
    if not JOURNAL_ID.fullmatch(path.name.removesuffix(SUFFIX)):
        raise AnsibleActionFail(f"{clean(path, 400)} is not named as a journal, which is <id>{SUFFIX}")
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise AnsibleActionFail(f"{clean(path, 400)} is larger than a journal can be")
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeError) as problem:
        raise AnsibleActionFail(f"{clean(path, 400)} can't be read: {problem}") from None
    return read_journal(lines, path.name.removesuffix(SUFFIX))


class ActionModule(ChangeAction):
    """The user-facing ``wsus.compliance.rollback``."""

    # What the one execution that reads all found.
    _facts: dict[str, Any] | None = None

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC, mutually_exclusive=[["facts", "assess"]])
        check_facts(options["facts"])
        self.place(options, "journal_dir")
        folder = self.place(options, "output_dir")
        variables = task_vars or {}
        failure: HostFailure | None = None
        rollback = Rollback(Plan())
        try:
            rollback = self._rollback(options, variables)
            found = self._take_back(rollback, options, variables)
        except HostFailure as problem:
            failure = problem
            if not options["defer_errors"]:
                return ended(result, failure.error)
            found = {**outcome(Plan()), "journal_copy": None}
        if self._facts is not None and not found["changed"]:
            # What was outstanding before a change is told by what reads the host after it.
            add_pending(found, self._facts)
            del found["from_times"]
        code = None if failure is None else failure.error["code"]
        host = str(variables.get("inventory_hostname"))
        about = {
            "rolled_back": rollback.journal_id,
            "audit": self._audit(host, folder, options, rollback, failure),
            "audit_after": audit_after(found.get("read_after"), host, folder, profile=options["profile"]),
            "error": None if failure is None else failure.error,
            # Not "unreachable": Ansible takes a result with that key for a lost connection and drops the host.
            "host_unreachable": code in CONNECTION_CODES,
        }
        return self.changed(result, {**found, **about})

    def _take_back(
        self, rollback: Rollback, options: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> dict[str, Any]:
        plan = rollback.plan
        if rollback.journal_id is None or not plan.operations:
            return {**outcome(plan), "journal_copy": None}
        about = {"purpose": "rollback", "rolls_back": rollback.journal_id, "notes": rollback.notes}
        force = [operation.id for operation in plan.operations] if options["force"] else []
        return self.carry_out(
            plan,
            options,
            task_vars,
            journal=about,
            force=force,
            expect_host=rollback.expect_host,
            read_after=options["assess"],
        )

    def _audit(
        self,
        host: str,
        folder: str | None,
        options: Mapping[str, Any],
        rollback: Rollback,
        failure: HostFailure | None,
    ) -> dict[str, Any] | None:
        """The server as it was read, or could not be reached; None where that has to be found out by another read."""
        about = about_audit(options["profile"])
        if not options["assess"] or (failure is not None and rollback.plan.operations):
            return None
        if self._facts is not None:
            try:
                assessed = assess(self._facts, profile=options["profile"])
                return keep_audit(audited(host, self._facts, assessed, **about), folder)
            except ValueError:
                return None  # a fault of this collection, which keeps nothing back that was taken back
        if failure is not None and failure.error["code"] in CONNECTION_CODES:
            return keep_audit(not_audited(host, failure.error, **about), folder)
        return None

    def _journals(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> object:
        """The host's journals as the collector has them. With ``assess``, all else is read by the same execution."""
        if not options["assess"]:
            return self.collect(["journal"], task_vars)["raw"]["journal"]
        answer = self.collect(["all"], task_vars)
        self._facts = build_facts(answer)
        return answer["raw"]["journal"]

    def _rollback(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Rollback:
        given = options["journal"]
        if given:
            journal = of_controller(given)
            host = None
            if journal is None:
                name = given.replace("/", "\\").rpartition("\\")[2].removesuffix(SUFFIX)
                if not JOURNAL_ID.fullmatch(name):
                    raise AnsibleActionFail(
                        f"journal: {clean(given, 200)} is neither a file of the controller nor a journal's id or path"
                    )
                journal, host = self._of_host(name, task_vars)
            return plan_rollback(journal, only=options["only"], host=host)
        if options["facts"] is not None and nothing_to_take_back(options["facts"]):
            return Rollback(Plan())
        found = trusted_journals(self._journals(options, task_vars))
        if isinstance(found, ErrorInfo):
            raise HostFailure(
                {"code": "module_failed", "message": f"The journals of the host: {clean(found.message, 500)}"}
            )
        chosen = newest(found)
        if isinstance(chosen, Rollback):
            return chosen
        if chosen.state != UNREADABLE and not any(_is_file(entry) for entry in chosen.done()):
            return plan_rollback(chosen, only=options["only"])
        # The collector leaves out what was in files, and does not read what is big.
        whole, host = self._of_host(chosen.id, task_vars)
        return plan_rollback(whole, only=options["only"], host=host)

    def _of_host(self, name: str, task_vars: Mapping[str, Any]) -> tuple[Journal, tuple[str | None, str | None]]:
        """The journal of this id on the host, and which host that is."""
        answer = self.execute(APPLY, {"action": "read_journal", "journal_id": name}, task_vars)
        found: JournalRead = self.checked(check_read_journal, answer)
        if found.journal is None:
            reason = wsus_of(found.error) if found.error else "there is none"
            raise HostFailure(
                {"code": "module_failed", "message": f"Journal {name} of the host can't be read: {reason}"}
            )
        return read_journal(found.journal.lines, name), (found.machine_name, found.machine_guid)


def _is_file(entry: Entry) -> bool:
    return entry.kind == FILE and bool(entry.before.get("exists"))
