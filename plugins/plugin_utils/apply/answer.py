# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks the answers of wsus_apply: envelope, sizes, types, and that it speaks of what it was asked to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..collect.answer import AnswerError, check_envelope
from ..facts.raw import as_list, as_mapping, as_text, format_time, read_time
from ..redact import redact
from .state import JOURNAL_ID, read_state

if TYPE_CHECKING:  # whoever only reads a host need not load all that plans
    from ..plan.model import Operation

ANSWER_MEMBERS = (
    *("contract", "changed", "skipped", "skipped_in_check_mode", "host", "error", "log"),
    *("applied_at", "stage", "journal", "operations", "stopped", "collected_at", "raw"),
    *("restarts", "journals"),
    *("status", "progress", "started", "previous_id", "last", "history", "configuration_state"),
    *("imported", "was_there", "seconds"),
    "path",
)
"""Members of the answers that are read, whatever was asked for."""
STAGES = ("refused", "compared", "journaled", "finished")
STATUSES = ("applied", "already", "pending", "mismatch", "failed", "not_reached")
CODES = frozenset(
    {
        "mismatch", "busy", "other_host", "journal_failed", "journal_untrusted", "write_failed", "not_kept",
        "package_corrupt", "install_failed", "disk_full",
        "access_denied", "not_found", "role_absent", "service_unavailable", "connection_failed", "api_unavailable",
        "cim_failed", "unreadable", "too_big",
    }
)  # fmt: skip
MESSAGE_LIMIT = 2_000


@dataclass(frozen=True)
class Failure:
    """``{code, message}`` of an answer; ``id``: of the operation that it is about."""

    code: str
    message: str
    id: str | None = None


@dataclass(frozen=True)
class Done:
    """What became of one operation. ``found``: its state at the comparison, None where it could not be read;
    ``after``: what was read back.
    """

    id: str
    status: str
    found: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    error: Failure | None = None


@dataclass(frozen=True)
class JournalText:
    """A journal as it is on the host; not verified yet."""

    id: str
    path: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Applied:
    """The answer to ``apply``. ``operations`` in the order of the plan."""

    changed: bool
    stage: str
    operations: tuple[Done, ...]
    machine_name: str | None = None
    machine_guid: str | None = None
    at: str | None = None
    journal: JournalText | None = None
    stopped: Failure | None = None


def _malformed(what: str) -> AnswerError:
    return AnswerError("malformed_answer", what)


def read_failure(obj: object, *, identity: str | None = None) -> Failure | None:
    """``{code, message}``; None where there is none. A code that is not known counts as ``unreadable``."""
    if obj is None:
        return None
    error = as_mapping(obj)
    if error is None:
        return Failure("unreadable", "an error without code", identity)
    inner = as_mapping(error.get("error"))  # the shape ERROR wraps it
    error = error if inner is None else inner
    code = as_text(error.get("code"), 100)
    message = redact(as_text(error.get("message"), MESSAGE_LIMIT) or "", limit=MESSAGE_LIMIT - 1)
    return Failure(code if code in CODES else "unreadable", message, identity)


def read_host(answer: Mapping[str, object]) -> tuple[str | None, str | None]:
    """(machine_name, machine_guid) of an answer."""
    host = as_mapping(answer.get("host")) or {}
    return as_text(host.get("machine_name"), 256), as_text(host.get("machine_guid"), 256)


def _journal(obj: object) -> JournalText | None:
    found = as_mapping(obj)
    if found is None:
        return None
    identity, path = as_text(found.get("id"), 100), as_text(found.get("path"), 4_096)
    lines = as_list(found.get("lines"), 20_001)
    if identity is None or not JOURNAL_ID.fullmatch(identity) or path is None or lines is None:
        raise _malformed("the answer has no journal of the contract's shape")
    return JournalText(identity, path, tuple(line for line in lines if isinstance(line, str)))


def _done(obj: object, operation: Operation) -> Done:
    found = as_mapping(obj)
    status = None if found is None else found.get("status")
    if found is None or not isinstance(status, str) or status not in STATUSES:
        raise _malformed(f"the answer has no status of operation {operation.id}")
    after = read_state(operation.kind, found.get("after"))
    if status == "applied" and after != read_state(operation.kind, operation.after):
        raise _malformed(f"operation {operation.id} is told to be applied, and what was read back is something else")
    return Done(
        operation.id,
        status,
        read_state(operation.kind, found.get("found")),
        after,
        read_failure(found.get("error"), identity=operation.id),
    )


def check_apply(result: object, operations: Sequence[Operation], *, check_mode: bool = False) -> Applied:
    """The answer to ``apply`` of these operations.

    Raises:
        AnswerError: it has not the contract's shape, or speaks of other operations.
    """
    answer = check_envelope(result)
    items = as_list(answer.get("operations"), len(operations) + 1)
    by_id: dict[str, object] = {}
    for item in items or []:
        identity = (as_mapping(item) or {}).get("id")
        if not isinstance(identity, str) or identity in by_id:
            raise _malformed("an operation of the answer has no id of its own")
        by_id[identity] = item
    if items is None or set(by_id) != {operation.id for operation in operations}:
        raise _malformed("the answer is not about the operations that were sent")
    stage, stopped = answer.get("stage"), as_mapping(answer.get("stopped"))
    if not isinstance(stage, str) or stage not in STAGES:
        raise _malformed("the answer has no stage")
    done = tuple(_done(by_id[operation.id], operation) for operation in operations)
    _check_statuses(done, stopped is not None, check_mode)
    name, guid = read_host(answer)
    about = as_text((stopped or {}).get("id"), 80)
    return Applied(
        # The word of the host, unless its own list says more.
        answer.get("changed") is True or any(item.status in ("applied", "pending") for item in done),
        stage,
        done,
        name,
        guid,
        format_time(read_time(answer.get("applied_at"))),
        _journal(answer.get("journal")),
        None if stopped is None else read_failure(stopped, identity=about if about in by_id else None),
    )


def _check_statuses(done: Sequence[Done], stopped: bool, check_mode: bool) -> None:
    """Statuses that contradict each other are no answer: what was done would be told wrongly."""
    found = {item.status for item in done}
    if check_mode and "applied" in found:
        raise _malformed("something was applied in check mode")
    if not check_mode and "pending" in found:
        raise _malformed("an operation is pending, which is for check mode")
    if not stopped and found & {"mismatch", "failed", "not_reached"}:
        raise _malformed("an operation did not end well, and the answer does not say why")


# --- the other actions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Restarted:
    """One restart of an answer. ``status``: done, not_running, failed, not_reached."""

    what: str
    status: str
    message: str
    seconds: float | None = None
    started: str | None = None


def check_staged(result: object) -> str | Failure:
    """The answer to ``stage_package``: where the package is to be copied to, or why it can't be. Raises AnswerError."""
    answer = check_envelope(result)
    failure, path = read_failure(answer.get("error")), as_text(answer.get("path"), 400)
    if failure is None and path is None:
        raise _malformed("the answer has neither a path nor an error")
    return failure if failure is not None else str(path)


RESTART_STATUSES = ("done", "not_running", "failed", "not_reached")


def check_restarts(result: object, asked: Sequence[str]) -> list[Restarted]:
    """The answer to ``restart``, in the order that was asked for. Raises AnswerError as ``check_apply``."""
    answer = check_envelope(result)
    items = as_list(answer.get("restarts"), len(asked) + 1)
    found = [as_mapping(item) or {} for item in items or []]
    if [item.get("what") for item in found] != list(asked):
        raise _malformed("the answer is not about the restarts that were asked for")
    restarted = []
    for item in found:
        status, seconds = item.get("status"), item.get("seconds")
        if not isinstance(status, str) or status not in RESTART_STATUSES:
            raise _malformed("a restart has no status")
        number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and 0 <= seconds < 86_400
        restarted.append(
            Restarted(
                str(item["what"]),
                status,
                redact(as_text(item.get("message"), MESSAGE_LIMIT) or "", limit=MESSAGE_LIMIT - 1),
                float(str(seconds)) if number else None,
                format_time(read_time(item.get("started"))),
            )
        )
    return restarted


@dataclass(frozen=True)
class JournalRead:
    """The answer to ``read_journal``: one journal, or what there is (ids, the newest first)."""

    machine_name: str | None
    machine_guid: str | None
    journal: JournalText | None = None
    ids: tuple[str, ...] = field(default=())
    error: Failure | None = None


def check_read_journal(result: object) -> JournalRead:
    """The answer to ``read_journal``. Raises AnswerError as ``check_apply``."""
    answer = check_envelope(result)
    error = read_failure(answer.get("error"))
    listed = as_list(answer.get("journals"), 100_000)
    journal = _journal(answer.get("journal"))
    if error is None and journal is None and listed is None:
        raise _malformed("the answer has neither a journal nor a list of them")
    ids = [(as_mapping(item) or {}).get("id") for item in listed or []]
    names = sorted({one for one in ids if isinstance(one, str) and JOURNAL_ID.fullmatch(one)}, reverse=True)
    return JournalRead(*read_host(answer), journal, tuple(names), error)
