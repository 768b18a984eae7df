# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan came to: one result for what was only planned, what was compared in check mode, and what was done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..plan.diff import Change, diff_of
from ..plan.model import PACKAGE, WSUS_CONFIGURATION, Plan, Refusal, Restart
from ..plan.wording import SHORT, file_text, value_text
from ..text import clean
from .answer import Applied, Done, Failure
from .state import FILE, REGISTRY_VALUE

NEXT_STEPS = {
    "mismatch": "Something else changed it after it was read. Run again: the plan is made of what is there now.",
    "busy": "Another run changes this host. Wait until it has ended, then run again.",
    "other_host": "The connection leads to another host than the journal is of. Check the inventory.",
    "journal_failed": "The journal could not be written. Look at the disk and the folder's access list.",
    "journal_untrusted": "Somebody who is no administrator owns the folder of the journals. Look into it, remove "
    "%ProgramData%\\wsus.compliance, then run again.",
    "write_failed": "Look at the access list of what should be written and at security software, then run again.",
    "not_kept": "Something put the former state back at once: Group Policy, security software, or another tool.",
    "access_denied": "The account must be an administrator of the host and, for WSUS, in WSUS Administrators.",
    "not_found": "What should be changed is not there. Run again: the plan is made of what is there now.",
    "role_absent": "The WSUS role is not installed. Check the inventory.",
    "service_unavailable": "Start the application pool WsusPool, then run again.",
    "connection_failed": "Start WsusService and W3SVC, then run again.",
    "api_unavailable": "The WSUS API needs Windows PowerShell 5.1 and the role's tools. Install them, then run again.",
    "cim_failed": "Look at the service Winmgmt, then run again.",
    "too_big": "It is larger than what is changed here. Change it by hand.",
    "package_corrupt": "The copy of the package is not the file of the controller. Run again, which copies it anew.",
    "install_failed": "Windows says why in %SystemRoot%\\Logs\\CBS\\CBS.log and %SystemRoot%\\Logs\\DISM\\dism.log. A "
    "rollup of July 2019 or later needs the newest servicing stack update (SSU) first (0x800f0823).",
    "disk_full": "Free space on the disk of %ProgramData%, then run again.",
    "unreadable": "Look at the message, mend its cause, then run again.",
}
"""What to do, by the code with which a run stopped."""
_NOT_SAVED = (
    "WSUS did not save its configuration, which it checks as a whole, not only what was changed. Mend in the WSUS "
    "console (Options, Update Source and Proxy Server) what the message names, then run again."
)
"""What to do where the WSUS API threw when it should save."""


def outcome(plan: Plan, answer: Applied | None = None) -> dict[str, Any]:
    """The enforce result (docs/reference/plan.md).

    ``answer`` None: nothing was sent to the host, as there is nothing to do, or nothing that may be done.
    """
    done = {} if answer is None else {item.id: item for item in answer.operations}
    applied = [operation.id for operation in plan.operations if _took_place(done.get(operation.id))]
    restarts = [restart for restart in plan.restarts if set(restart.operations) & set(applied)]
    stopped = None if answer is None else answer.stopped
    failures = [] if plan.report_only else plan.failures()
    message = _stopped_text(plan, answer) if answer is not None and stopped else _failures_text(failures)
    return {
        "changed": answer is not None and answer.changed,
        "failed": message is not None,
        "msg": message,
        "plan": [operation.as_dict() for operation in plan.operations],
        "applied": applied,
        "refused": [refusal.as_dict() for refusal in plan.refused],
        "unresolved": [refusal.as_dict() for refusal in plan.unresolved],
        "restarts": [restart.as_dict() for restart in restarts],
        "restart_required": _reasons(restarts, ("iisreset", "WsusService"), "required"),
        "reboot_required": _reasons(restarts, ("reboot",), "required"),
        "reboot_recommended": _reasons(restarts, ("reboot",), "recommended"),
        "journal": None if answer is None or answer.journal is None else clean(answer.journal.path, 400),
        "journal_id": None if answer is None or answer.journal is None else answer.journal.id,
        "notes": list(plan.notes),
        "report_only": plan.report_only,
        "diff": diff_of(_changes(plan, done)),
    }


def _took_place(item: Done | None) -> bool:
    return item is not None and item.status in ("applied", "pending")


def _changes(plan: Plan, done: dict[str, Done]) -> Iterable[Change]:
    """What was changed, or would be; what was written and not kept shows what is there now."""
    for operation in plan.operations:
        item = done.get(operation.id)
        if item is None or item.found is None:
            continue
        if item.status == "pending":
            yield operation, item.found, operation.after
        elif item.status in ("applied", "failed") and item.after is not None and item.after != item.found:
            yield operation, item.found, item.after


def _reasons(restarts: Iterable[Restart], what: tuple[str, ...], need: str) -> list[str]:
    return [
        f"{restart.what}: {restart.reason}" for restart in restarts if restart.what in what and restart.need == need
    ]


def _failures_text(failures: list[Refusal]) -> str | None:
    """Why nothing was written although it was asked for by name."""
    if not failures:
        return None
    first = failures[0]
    target = f" ({clean(first.target, 200)})" if first.target else ""
    more = f" {len(failures) - 1} more: see refused and unresolved." if len(failures) > 1 else ""
    return f"{first.id}{target} is not done: {clean(first.reason, 400)}. {clean(first.next_step, 400)}{more}"


def _stopped_text(plan: Plan, answer: Applied) -> str | None:
    """How a run ended that did not end well: at what, why, how much was done, what to do."""
    stopped = answer.stopped
    if stopped is None:
        return None
    operation = next((item for item in plan.operations if item.id == stopped.id), None)
    where = "" if operation is None else f" at {operation.id} ({clean(operation.target, 200)})"
    what = f"{stopped.code}: {clean(stopped.message, 400)}".rstrip(": ")
    found = _found_text(plan, answer, stopped)
    applied = sum(item.status == "applied" for item in answer.operations)
    if applied:
        extent = f"{applied} of {len(answer.operations)} operations were done before; rollback takes them back."
    elif operation is not None and operation.kind == PACKAGE and answer.changed:
        extent = "Nothing else was written."
    elif answer.changed and _is_as_before(answer):
        extent = "It was read back, and is as it was."
    else:
        extent = "One may be half done; rollback takes it back." if answer.changed else "Nothing was written."
    step = NEXT_STEPS.get(stopped.code, NEXT_STEPS["unreadable"])
    if stopped.code == "write_failed" and operation is not None and operation.kind == WSUS_CONFIGURATION:
        step = _NOT_SAVED
    return f"Stopped{where}: {what}.{found} {extent} {step}"


def _is_as_before(answer: Applied) -> bool:
    """Whether each operation that failed was read back, and found as it was before."""
    failed = [item for item in answer.operations if item.status == "failed"]
    return bool(failed) and all(item.after is not None and item.after == item.found for item in failed)


def _found_text(plan: Plan, answer: Applied, stopped: Failure) -> str:
    """What was expected and what was found instead."""
    texts = []
    done = {item.id: item for item in answer.operations if item.status == "mismatch"}
    for operation in plan.operations:
        item = done.get(operation.id)
        if item is None or item.found is None or (stopped.id is not None and item.id != stopped.id):
            continue
        if operation.kind not in (REGISTRY_VALUE, FILE):
            continue
        show = file_text if operation.kind == FILE else lambda state: value_text(state, SHORT)
        texts.append(f" Expected {show(operation.before)}, found {show(item.found)}.")
    return "".join(texts[:1])
