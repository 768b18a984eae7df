# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts ``journal``: what this collection has changed on the host, what broke off, and which restarts are outstanding.

By the journals of the host (docs/reference/apply.md), which are believed only where nobody but an administrator could
have written them. What can't be told is said in ``undetermined``, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..apply.journal import Entry, Journal, read_journal, taken_back
from ..apply.state import FILE, JOURNAL_ID, PACKAGE, REGISTRY_VALUE
from .context import Context
from .raw import ErrorInfo, as_bool, as_list, as_mapping, as_text, malformed, read_error, read_time
from .restart import Reader, readers_of
from .restart_table import CONFIGURATION, RESTARTS, Need, restarts_of
from .restart_table import PACKAGE as PACKAGES
from .state_now import StateNow

FILES_LIMIT = 100
TEXT_LIMIT = 300
TRUSTED_OWNERS = frozenset(
    {"S-1-5-32-544", "S-1-5-18", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"}
)
"""Administrators, SYSTEM, TrustedInstaller."""
READERS = {"iisreset": "w3wp", "WsusService": "WsusService", "reboot": "system"}
"""Restart -> who starts anew by it."""
_SUFFIX = ".journal"
UNREADABLE = "unreadable"


def _needs(entry: Entry) -> list[Need]:
    """The restarts that the operation calls for."""
    if entry.kind == REGISTRY_VALUE:
        return restarts_of(entry.path or "", [entry.name or ""])
    if entry.kind == PACKAGE:
        return restarts_of(PACKAGES)
    return restarts_of(entry.path or "") if entry.kind == FILE else restarts_of(CONFIGURATION)


# --- trust and journals ----------------------------------------------------------------------------------------------


def _distrust(raw: Mapping[str, object]) -> ErrorInfo | None:
    """Why the folder's journals are not believed, None where they are.

    The host's own word (``trusted``) also knows the account that runs there and the folder above.
    """
    owner, reparse, told = (
        as_text(raw.get("owner"), 200),
        as_bool(raw.get("reparse_point")),
        as_bool(raw.get("trusted")),
    )
    if reparse is not False:
        return ErrorInfo(UNREADABLE, "the folder of the journals is a reparse point, or may be one: not believed")
    if told is False or (told is None and owner not in TRUSTED_OWNERS):
        return ErrorInfo(UNREADABLE, f"the folder of the journals belongs to {owner or 'nobody known'}: not believed")
    return None


def _read(raw: object) -> Journal | None:
    """One file of the subset; None where it is none of a journal's name."""
    file = as_mapping(raw) or {}
    name = as_text(file.get("name"), 260) or ""
    identity = name.removesuffix(_SUFFIX)
    if not name.endswith(_SUFFIX) or not JOURNAL_ID.fullmatch(identity):
        return None
    error = read_error(file)
    if error is not None:
        return Journal(identity, UNREADABLE, f"{error.code} {error.message}".strip()[:TEXT_LIMIT])
    return read_journal(file.get("lines"), identity, without_blobs=True)


def _entry_fact(journal: Journal) -> dict[str, Any]:
    return {
        "id": journal.id,
        "purpose": journal.purpose,
        "rolls_back": journal.rolls_back,
        "started": journal.started,
        "user": journal.user,
        "state": journal.state,
        "reason": journal.reason,
        "operations": [
            {
                "id": entry.id,
                "kind": entry.kind,
                "target": entry.target,
                "resolution": entry.resolution,
                "state": entry.state,
                "at": entry.at,
                "restarts": [{"what": need.what, "need": need.need} for need in _needs(entry)],
            }
            for entry in journal.operations
        ],
        "restarts": [{"what": what, "at": at} for what, at in journal.restarts],
    }


# --- runs that broke off ---------------------------------------------------------------------------------------------


def _is_open(journal: Journal, journals: Sequence[Journal], now: StateNow) -> bool:
    """Whether a run that broke off was neither taken back nor completed: by a later run, or by what is there now."""
    if taken_back(journal, journals):
        return False
    later = {
        entry.target.casefold()
        for other in journals
        if other.id > journal.id
        for entry in other.operations
        if entry.state == "applied"
    }
    for entry in journal.operations:
        if entry.state == "applied" or entry.target.casefold() in later:
            continue
        if entry.kind == REGISTRY_VALUE:
            found = now.value(entry.path or "", entry.name or "")
        elif entry.kind == PACKAGE:
            found = now.rollup()
        else:
            found = now.file(entry.path or "") if entry.kind == FILE else now.configuration(entry.after)
        if found != entry.after:
            return True
    return False


# --- restarts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Wait:
    """One operation that calls for one restart. ``pending``: None = can't be told, then ``doubt`` says why."""

    journal: Journal
    entry: Entry
    need: Need
    pending: bool | None
    doubt: str | None = None


class _Clock:
    """When restarts happened: by notes in the journals, the start of Windows, and the starts of processes."""

    def __init__(self, journals: Sequence[Journal], readers: Mapping[str, Reader]) -> None:
        self.noted = [note for journal in journals for note in journal.restarts]
        self.readers = readers

    def waits(self, what: str, at: str) -> tuple[bool | None, str | None]:
        """(whether ``what`` has not happened since ``at``, why that can't be told)."""
        if any(done in (what, "reboot") and time >= at for done, time in self.noted):
            return False, None
        changed = read_time(at)
        boot = self.readers["system"].earliest
        if changed is None or (boot is not None and boot > changed):
            return (None, "its time is not known") if changed is None else (False, None)
        reader = self.readers[READERS[what]]
        if reader.problem is not None:
            return None, reader.problem
        if not reader.starts:
            return False, None  # it does not run, so it reads everything when it starts
        earliest = reader.earliest
        if earliest is not None and earliest <= changed:
            return True, None
        return (None, "the start of a process is not known") if None in reader.starts else (False, None)


def _waits(journals: Sequence[Journal], clock: _Clock) -> Iterator[_Wait]:
    for journal in journals:
        for entry in journal.done():
            for need in _needs(entry):
                yield _Wait(journal, entry, need, *clock.waits(need.what, entry.at or ""))


def _without_undone(waits: Sequence[_Wait]) -> list[_Wait]:
    """Less what was taken back before its reader started anew: that reader never saw the change."""
    pending = {(wait.journal.id, wait.entry.id, wait.need.what): wait for wait in waits if wait.pending}
    undone = set()
    for wait in pending.values():
        before = (wait.journal.rolls_back or "", wait.entry.takes_back or "", wait.need.what)
        if wait.entry.state == "applied" and before in pending and pending[before].entry.state == "applied":
            undone |= {before, (wait.journal.id, wait.entry.id, wait.need.what)}
    return [wait for wait in waits if (wait.journal.id, wait.entry.id, wait.need.what) not in undone]


def _pending(waits: Sequence[_Wait]) -> list[dict[str, Any]]:
    """One item for each restart and journal, in the order in which restarts are done."""
    facts = []
    for what in RESTARTS:
        for identity in dict.fromkeys(wait.journal.id for wait in waits):
            found = [wait for wait in waits if wait.pending and wait.need.what == what and wait.journal.id == identity]
            required = [wait for wait in found if wait.need.need == "required"]
            if found:
                shown = required or found
                facts.append(
                    {
                        "what": what,
                        "need": "required" if required else "recommended",
                        "journal": identity,
                        "operations": [wait.entry.id for wait in shown],
                        "at": max(wait.entry.at or "" for wait in shown),
                        "reason": "; ".join(dict.fromkeys(wait.need.reason for wait in shown)),
                    }
                )
    return facts


def trusted_journals(raw: object) -> list[Journal] | ErrorInfo:
    """The journals of the subset, the oldest first; or why nothing is known of them."""
    members = as_mapping(raw) or {}
    error = read_error(members)
    if error is not None:
        return error
    exists = as_bool(members.get("exists"))
    if exists is None:
        return malformed("whether there is a folder of journals is not told")
    distrust = _distrust(members) if exists else None
    files = as_list(members.get("files", []), FILES_LIMIT)
    if distrust is not None or files is None:
        return distrust or malformed("files is not a list")
    journals = [journal for file in files if (journal := _read(file)) is not None]
    return sorted(journals, key=lambda journal: journal.id)


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """Facts of the subset."""
    journals = trusted_journals(raw)
    if isinstance(journals, ErrorInfo):
        return journals.as_fact()
    readable = [journal for journal in journals if journal.state not in ("damaged", UNREADABLE)]
    broken_off = [journal for journal in readable if journal.state == "interrupted"]
    now = StateNow(ctx) if broken_off else None
    waits = _without_undone(list(_waits(readable, _Clock(readable, readers_of(ctx.subset("restart") or {}, ctx)))))
    doubts = [
        f"journal {journal.id}: {journal.state}: {journal.reason}"
        for journal in journals
        if journal.state in ("damaged", UNREADABLE)
    ]
    doubts += [
        f"{wait.need.what} after {wait.entry.target} (journal {wait.journal.id}): {wait.doubt}"
        for wait in waits
        if wait.pending is None
    ]
    return {
        "path": as_text(raw.get("path"), 4_096),
        "exists": as_bool(raw.get("exists")),
        "trusted": True if raw.get("exists") is True else None,
        "truncated": as_bool(raw.get("truncated")),
        "entries": [_entry_fact(journal) for journal in journals],
        "interrupted": [journal.id for journal in broken_off if now is not None and _is_open(journal, readable, now)],
        "pending": _pending(waits),
        "undetermined": [doubt[:TEXT_LIMIT] for doubt in doubts],
    }
