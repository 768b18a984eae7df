# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes back what a journal says was done: the states before, in reverse order, and nothing that is not certain."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..assess.view import Facts, Undetermined
from ..facts.ciphers import POLICY
from ..facts.dotnet import KEYS
from ..facts.schannel import SCHANNEL
from ..plan.model import FILE, REGISTRY_VALUE, Operation, Plan, Refusal
from ..plan.restarts import restarts_for
from ..plan.wording import SHORT, file_text, value_text
from ..text import clean
from .journal import Entry, Journal, taken_back
from .state import PACKAGE

NAME = "rollback"
_KEYS = tuple(
    key.casefold()
    for key in (
        *(path.rpartition("\\")[0] for path in KEYS.values()),
        SCHANNEL,
        POLICY,
    )
)
"""Where the registry values of plans lie."""
UNREADABLE = "unreadable"
"""State of a journal that the collector could not read, as one that is too big for it."""
READABLE = ("complete", "stopped", "interrupted")
"""States of a journal that can be taken back."""


@dataclass(frozen=True)
class Rollback:
    """``plan``: what to send to the host, with ``expect_host`` and ``notes`` for its journal. ``journal_id``: of what
    is taken back; None where there is nothing. ``done_already``: it was taken back before.
    """

    plan: Plan
    journal_id: str | None = None
    expect_host: Mapping[str, str | None] | None = None
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    done_already: bool = False


def plan_rollback(
    journal: Journal,
    *,
    only: Collection[str] = (),
    host: tuple[str | None, str | None] | None = None,
    contents: Iterable[bytes] = (),
) -> Rollback:
    """What takes this journal back.

    Args:
        journal: as ``read_journal`` has verified it.
        only: ids of operations, or names of resolutions; empty = all.
        host: (machine_name, machine_guid) of the host that is connected to, where it is known.
        contents: files that are on the host now, for the diff; what is not known is shown by its hash.
    """
    refusal = _refusal(journal, host)
    if refusal is not None:
        return Rollback(Plan(refused=(refusal,), named=frozenset({NAME})), journal.id)
    chosen, unknown = _chosen(journal, only)
    refused = [
        Refusal(name, "this journal has no such operation or resolution", "Name one of those that it has.")
        for name in unknown
    ]
    known = {hashlib.sha256(content).hexdigest(): content for content in contents}
    operations, notes = [], []
    for entry in reversed(chosen):
        problem = _irreversible(entry, journal)
        if entry.kind == PACKAGE and not only:
            notes.append(f"{clean(entry.target, 120)} stays: {problem}.")
        elif problem is not None:
            refused.append(Refusal(entry.id, problem, "Put it back by hand.", clean(entry.target, 300)))
        else:
            operations.append(_reversed(entry, journal, known))
    if not chosen and not refused:
        refused.append(Refusal(NAME, "the journal has nothing that was done", "There is nothing to take back."))
    return Rollback(
        Plan(
            tuple(operations),
            tuple(refused),
            restarts=restarts_for(operations),
            notes=tuple(notes),
            named=frozenset({NAME, *(item.id for item in refused)}),
        ),
        journal.id,
        {"machine_name": journal.machine_name, "machine_guid": journal.machine_guid},
        _notes(operations, whole=len(operations) + len(notes) == len(journal.done())),
    )


def newest(journals: Iterable[Journal]) -> Rollback | Journal:
    """The newest enforcement that changed something: what a rollback takes that names none.

    Where that was taken back already there is nothing to do: the one before it is not touched without its name.
    """
    found = sorted(journals, key=lambda journal: journal.id, reverse=True)
    for journal in found:
        if journal.state in ("damaged", UNREADABLE):
            return journal  # it may be the newest change: whoever asks is told
        if journal.purpose == "enforce" and journal.done():
            if taken_back(journal, found):
                return Rollback(Plan(), journal.id, done_already=True)
            return journal
    return Rollback(Plan())


def nothing_to_take_back(facts: Mapping[str, Any]) -> bool:
    """Whether the facts show that no journal of the host has an enforcement that changed something."""
    found = Facts(facts)
    try:
        entries = found.records("journal", "entries")
        return found.get(bool, "journal", "truncated") is not True and not any(map(_may_have_changed, entries))
    except Undetermined:
        return False


def _may_have_changed(entry: Mapping[str, Any]) -> bool:
    """Whether the fact of a journal is of one that ``newest`` would look at."""
    if entry.get("state") not in (*READABLE, "never_started"):
        return True
    operations = entry.get("operations")
    done = not isinstance(operations, list) or any(
        not isinstance(item, Mapping) or item.get("state") != "not" for item in operations
    )
    return entry.get("purpose") != "rollback" and done


def _refusal(journal: Journal, host: tuple[str | None, str | None] | None) -> Refusal | None:
    if journal.state == "damaged":
        return Refusal(
            NAME,
            f"journal {clean(journal.id, 60)} was edited or is damaged: {clean(journal.reason or '', 300)}",
            "Use the copy on the controller, or put the values back by hand.",
        )
    if journal.state == UNREADABLE:
        return Refusal(
            NAME,
            f"journal {clean(journal.id, 60)} could not be read: {clean(journal.reason or '', 300)}",
            "Use the copy on the controller, or put the values back by hand.",
        )
    if journal.state not in READABLE:
        return Refusal(
            NAME, "the run of this journal ended before anything was written", "There is nothing to take back."
        )
    if not journal.machine_name or not journal.machine_guid:
        return Refusal(NAME, "the journal does not say which host it is of", "Put the values back by hand.")
    if host is not None and not _same_host(journal, host):
        return Refusal(
            NAME,
            f"the journal is of {clean(journal.machine_name, 60)}, not of {clean(host[0] or 'this host', 60)}",
            "Name a journal of this host.",
        )
    return None


def _same_host(journal: Journal, host: tuple[str | None, str | None]) -> bool:
    pairs = zip((journal.machine_name, journal.machine_guid), host, strict=True)
    return all(found is None or (wanted or "").casefold() == found.casefold() for wanted, found in pairs)


def _chosen(journal: Journal, only: Collection[str]) -> tuple[list[Entry], list[str]]:
    """(what is to be taken back, names of ``only`` that mean nothing here)."""
    done = journal.done()
    if not only:
        return done, []
    known = {name for entry in journal.operations for name in (entry.id, entry.resolution) if name}
    return [entry for entry in done if {entry.id, entry.resolution} & set(only)], [
        name for name in only if name not in known
    ]


def _is_ours(entry: Entry) -> bool:
    """Whether the target is of the kind that plans change; anything else in a journal was put there by somebody."""
    path = (entry.path or "").casefold()
    if entry.kind == REGISTRY_VALUE:
        return path.startswith(_KEYS) and ".." not in path
    return entry.kind != FILE or path.endswith(".exe.config")


def _irreversible(entry: Entry, journal: Journal) -> str | None:
    if entry.kind == PACKAGE:
        return "an update of Windows is not taken away again"
    if not _is_ours(entry):
        return "this collection never changes such a target"
    if entry.kind == REGISTRY_VALUE and entry.before.get("type") == "REG_UNKNOWN":
        return "what the value held could not be read"
    if entry.kind == FILE and entry.before["exists"] and entry.before["sha256"] not in journal.blobs:
        return "the content of the file was not kept"
    return None


def _reversed(entry: Entry, journal: Journal, known: Mapping[str, bytes]) -> Operation:
    """The operation that puts back what was there."""
    after = dict(entry.before)
    contents = dict(known)
    if entry.kind == FILE and after["exists"]:
        content = journal.blobs[str(after["sha256"])]
        after["content"] = base64.b64encode(content).decode("ascii")
        contents[str(after["sha256"])] = content
    show = {REGISTRY_VALUE: lambda state: value_text(state, SHORT), FILE: file_text}.get(entry.kind)
    text = ", ".join(f"{name} = {clean(item, 200)}" for name, item in after.items()) if show is None else show(after)
    # The keys that the write made go, the innermost first, where nothing else has come into them.
    return Operation(
        entry.kind,
        entry.resolution or NAME,
        f"{clean(entry.target, 300)}: back to {text}",
        entry.after,
        after,
        entry.path,
        entry.name,
        id=entry.id,
        remove_keys=() if after.get("exists") else tuple(reversed(entry.missing_keys)),
        contents=contents,
    )


def _notes(operations: Sequence[Operation], *, whole: bool) -> dict[str, dict[str, Any]]:
    """As a plan's notes, and which operation is taken back; ``whole``: all that the journal has done is,
    apart from what can't be.
    """
    plan = Plan(tuple(operations), restarts=restarts_for(operations))
    return {
        identity: {**note, "rolls_back": identity, "whole": whole} for identity, note in plan.journal_notes().items()
    }
