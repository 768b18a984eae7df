# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A journal: lines -> verified records -> what was done. What does not fit makes it ``damaged``, never a guess.

A journal is the word of the host on itself: only its hash chain and its order say that nobody edited it afterwards.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..facts.raw import as_int, as_list, as_mapping, as_text, format_time, read_time
from ..facts.restart_table import RESTARTS
from .state import FILE, JOURNAL_ID, KINDS, OPERATION_ID, PACKAGE, REGISTRY_VALUE, read_state

SIZE_LIMIT = 16 * 1024 * 1024
"""Most characters of all lines (contract)."""
LINE_COUNT_LIMIT = 20_000
FORMAT = 1
STATES = ("complete", "stopped", "interrupted", "never_started", "damaged")
_LINE = re.compile(r"([0-9a-f]{64}) (\{.*\})", re.DOTALL)
_CUT = re.compile(r"[0-9a-f]{0,64}|[0-9a-f]{64} (?:\{.*)?", re.DOTALL)
"""A line of which the end is missing."""
_PATH_LIMIT = 4_096
_KEYS_LIMIT = 200
_BEFORE_WRITE = "mismatch"
"""Code of a failure that was noticed before anything was written."""


class Damaged(Exception):
    """The lines are not those that wsus_apply wrote; the text says where."""


@dataclass(frozen=True)
class Entry:
    """An operation of a journal. ``state``: applied, perhaps (its write was begun and no more is known), not.

    ``at``: when it was applied, or its write begun.
    """

    id: str
    kind: str
    path: str | None
    name: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    missing_keys: tuple[str, ...] = ()
    note: Mapping[str, Any] = field(default_factory=dict)
    state: str = "not"
    at: str | None = None

    @property
    def target(self) -> str:
        """As of an operation of a plan."""
        if self.kind == REGISTRY_VALUE:
            return f"{self.path}\\{self.name}"
        if self.kind == PACKAGE:
            return str(self.name)
        return str(self.path) if self.kind == FILE else "the WSUS configuration"

    @property
    def takes_back(self) -> str | None:
        """The operation of an earlier journal that this one of a rollback put back."""
        return as_text(self.note.get("rolls_back"), 80)

    @property
    def resolution(self) -> str | None:
        """What it was part of."""
        return as_text(self.note.get("resolution"), 80)


@dataclass(frozen=True)
class Journal:
    """What a journal says. Of a damaged one only ``id``, ``state`` and ``reason`` mean anything."""

    id: str
    state: str
    reason: str | None = None
    purpose: str | None = None
    rolls_back: str | None = None
    machine_name: str | None = None
    machine_guid: str | None = None
    user: str | None = None
    started: str | None = None
    operations: tuple[Entry, ...] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    restarts: tuple[tuple[str, str], ...] = ()

    def done(self) -> list[Entry]:
        """The operations that were carried out, or may have been, in their order."""
        return [entry for entry in self.operations if entry.state != "not"]


def taken_back(journal: Journal, journals: Iterable[Journal]) -> bool:
    """Whether rollbacks among ``journals`` took all of it back."""
    undone: set[str | None] = set()
    for other in journals:
        if other.purpose != "rollback" or other.rolls_back != journal.id:
            continue
        if other.state == "complete" and any(entry.note.get("whole") is True for entry in other.operations):
            return True
        undone.update(entry.takes_back for entry in other.operations if entry.state == "applied")
    done = journal.done()
    return bool(done) and {entry.id for entry in done} <= undone


def read_journal(lines: object, journal_id: str, *, without_blobs: bool = False) -> Journal:
    """The journal of these lines, which is to have this id.

    ``without_blobs``: its blob records may have been left out, as the collector does; then the line behind one is
    taken without the proof that it follows.
    """
    reader = _Reader(journal_id, without_blobs)
    try:
        return reader.read(lines)
    except Damaged as problem:
        return Journal(journal_id, "damaged", str(problem))


def _records(lines: Sequence[str], reader: _Reader) -> None:
    """Hands every record to the reader, but not what there is of a last line that is cut off.

    A line that has its end and does not fit was edited, lost or moved; only the last one can be cut.
    """
    digits = ""
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        record = None if match is None else _record(match[2])
        if match is None or record is None:
            if number == len(lines) and _is_cut(line):
                return
            raise Damaged(f"line {number} is no record")
        if _digest(digits, match[2]) != match[1] and not reader.gap(record):
            raise Damaged(f"line {number} was edited, or one before it is missing")
        digits = match[1]
        reader.take(record, number)


def _is_cut(line: str) -> bool:
    """Whether the end of a line is missing; one with a whole object in it has its end, and something more."""
    if not _CUT.fullmatch(line):
        return False
    try:
        json.JSONDecoder().raw_decode(line[65:])
    except ValueError:
        return True
    except RecursionError:
        pass
    return False


def _digest(digits: str, text: str) -> str | None:
    try:
        return hashlib.sha256((digits + text).encode("utf-8")).hexdigest()
    except UnicodeError:
        return None


def _refuse_constant(text: str) -> None:
    raise ValueError(text)


def _record(text: str) -> Mapping[str, object] | None:
    try:
        return as_mapping(json.loads(text, parse_constant=_refuse_constant))
    except (ValueError, RecursionError):
        return None


class _Reader:
    """The records in the one order in which they may come."""

    def __init__(self, journal_id: str, without_blobs: bool) -> None:
        self.id, self.without_blobs = journal_id, without_blobs
        self.begin: Journal | None = None
        self.entries: dict[str, Entry] = {}
        self.blobs: dict[str, bytes] = {}
        self.left_out = False
        self.ready = False
        self.writing: str | None = None
        self.outcome: str | None = None
        self.restarts: list[tuple[str, str]] = []

    def read(self, lines: object) -> Journal:
        """The whole journal."""
        found = as_list(lines, LINE_COUNT_LIMIT + 1)
        if not found or len(found) > LINE_COUNT_LIMIT or not all(isinstance(line, str) for line in found):
            raise Damaged("it has no lines, or too many")
        texts = [line for line in found if isinstance(line, str)]
        if sum(len(line) + 1 for line in texts) > SIZE_LIMIT:
            raise Damaged(f"it has more than {SIZE_LIMIT:,} characters")
        _records(texts, self)
        if self.begin is None:
            return Journal(self.id, "never_started", "its first line is cut off")
        if self.ready and not self.without_blobs:
            self._check_blobs()
        state = self.outcome or ("interrupted" if self.ready else "never_started")
        return replace(
            self.begin,
            state=state,
            operations=tuple(self.entries.values()),
            blobs=self.blobs,
            restarts=tuple(self.restarts),
        )

    def gap(self, record: Mapping[str, object]) -> bool:
        """Whether blob records may have been left out just before this record."""
        allowed = self.without_blobs and self.left_out and record.get("record") in ("operation", "ready")
        self.left_out = self.left_out and not allowed
        return allowed

    def take(self, record: Mapping[str, object], number: int) -> None:
        """One record, in its order."""
        kind = record.get("record")
        take = {
            "begin": self._begin,
            "operation": self._operation,
            "blob": self._blob,
            "ready": self._ready,
            "writing": self._writing,
            "applied": self._applied,
            "failed": self._failed,
            "end": self._end,
            "restart": self._restart,
        }.get(kind if isinstance(kind, str) else "")
        try:
            if take is None:
                raise Damaged("a record of no known kind")
            if (kind == "begin") != (self.begin is None) or (self.outcome is not None and kind != "restart"):
                raise Damaged("a record that can't stand here")
            if (kind in ("operation", "blob", "ready")) == self.ready and kind != "begin":
                raise Damaged("a record that can't stand here")
            take(record)
        except Damaged as problem:
            raise Damaged(f"line {number}: {problem}") from None

    def _begin(self, record: Mapping[str, object]) -> None:
        host = as_mapping(record.get("host")) or {}
        purpose, rolls_back = record.get("purpose"), record.get("rolls_back")
        if as_int(record.get("journal")) != FORMAT or record.get("id") != self.id or not JOURNAL_ID.fullmatch(self.id):
            raise Damaged("it is of another format, or of another journal")
        if purpose not in ("enforce", "rollback"):
            raise Damaged("it has no purpose")
        if rolls_back is not None and not (isinstance(rolls_back, str) and JOURNAL_ID.fullmatch(rolls_back)):
            raise Damaged("it rolls back what is no journal")
        self.begin = Journal(
            self.id,
            "never_started",
            purpose=str(purpose),
            rolls_back=rolls_back if isinstance(rolls_back, str) else None,
            machine_name=as_text(host.get("machine_name"), 256),
            machine_guid=as_text(host.get("machine_guid"), 256),
            user=as_text(record.get("user"), 512),
            started=_time(record),
        )

    def _operation(self, record: Mapping[str, object]) -> None:
        identity, kind = record.get("id"), record.get("kind")
        if not isinstance(identity, str) or not OPERATION_ID.fullmatch(identity) or identity in self.entries:
            raise Damaged("an operation without an id of its own")
        if kind not in KINDS:
            raise Damaged("an operation of no known kind")
        path, name = as_text(record.get("path"), _PATH_LIMIT), as_text(record.get("name"), 16_383)
        before, after = read_state(kind, record.get("before")), read_state(kind, record.get("after"))
        if before is None or after is None or (kind in (REGISTRY_VALUE, FILE) and not path):
            raise Damaged("an operation without path or states")
        if kind in (REGISTRY_VALUE, PACKAGE) and name is None:
            raise Damaged("a value or package without a name")
        keys = as_list(record.get("missing_keys") or [], _KEYS_LIMIT)
        if keys is None or not all(isinstance(key, str) for key in keys):
            raise Damaged("missing_keys is no list of keys")
        self.left_out = self.left_out or (kind == FILE and bool(before["exists"]))
        self.entries[identity] = Entry(
            identity,
            str(kind),
            path,
            name,
            before,
            after,
            tuple(str(key) for key in keys),
            as_mapping(record.get("note")) or {},
        )

    def _blob(self, record: Mapping[str, object]) -> None:
        content = record.get("content")
        try:
            blob = base64.b64decode(content.encode("ascii"), validate=True) if isinstance(content, str) else None
        except (binascii.Error, ValueError):
            blob = None
        if blob is None or hashlib.sha256(blob).hexdigest() != record.get("sha256"):
            raise Damaged("a file's content that has not its hash")
        self.blobs[hashlib.sha256(blob).hexdigest()] = blob

    def _check_blobs(self) -> None:
        for entry in self.entries.values():
            if entry.kind == FILE and entry.before["exists"] and entry.before["sha256"] not in self.blobs:
                raise Damaged(f"the file of operation {entry.id} was not kept")

    def _ready(self, record: Mapping[str, object]) -> None:
        _time(record)
        self.ready = True

    def _entry(self, record: Mapping[str, object]) -> Entry:
        entry = self.entries.get(str(record.get("id")))
        if entry is None:
            raise Damaged("a record of an operation that it has not got")
        return entry

    def _writing(self, record: Mapping[str, object]) -> None:
        entry = self._entry(record)
        if self.writing is not None or entry.state != "not":
            raise Damaged("a write within another, or a second one")
        self.writing = entry.id
        self.entries[entry.id] = replace(entry, state="perhaps", at=_time(record))

    def _applied(self, record: Mapping[str, object]) -> None:
        entry = self._entry(record)
        if self.writing != entry.id:
            raise Damaged("applied without a write")
        self.writing = None
        self.entries[entry.id] = replace(entry, state="applied", at=_time(record))

    def _failed(self, record: Mapping[str, object]) -> None:
        entry = self._entry(record)
        if self.writing not in (None, entry.id):
            raise Damaged("a failure within the write of another operation")
        if self.writing == entry.id and record.get("code") == _BEFORE_WRITE:
            self.entries[entry.id] = replace(entry, state="not", at=None)
        self.writing = None
        _time(record)

    def _end(self, record: Mapping[str, object]) -> None:
        outcome = record.get("outcome")
        if outcome not in ("complete", "stopped") or (outcome == "complete" and self.writing is not None):
            raise Damaged("an end that is none")
        _time(record)
        self.outcome = str(outcome)

    def _restart(self, record: Mapping[str, object]) -> None:
        what = record.get("what")
        if what not in RESTARTS:
            raise Damaged("a restart of no known kind")
        self.restarts.append((str(what), _time(record)))


def _time(record: Mapping[str, object]) -> str:
    """``at`` in the contract's form, which sorts as text."""
    at = format_time(read_time(record.get("at")))
    if at is None:
        raise Damaged("a record without its time")
    return at
