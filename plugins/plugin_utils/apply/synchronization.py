# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of wsus_apply to ``synchronize`` and ``import``, and what they prove.

A synchronization is proved by the entry of the history that it made, an import by its result and by the log of the
worker process meanwhile: the API may report success of an import that WSUS tries again in the background.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from ..assess.checks.wsus import downstream_of
from ..assess.view import Facts, Undetermined
from ..collect.answer import AnswerError, check_envelope
from ..facts.raw import as_int, as_list, as_mapping, as_text, format_time, read_time
from ..redact import redact
from ..text import clean
from .answer import Failure, read_failure

SERVICE = "WsusService"
IDLE = "NotProcessing"
HISTORY_LIMIT = 100
LOG_LIMIT = 65_536
LINE_LIMIT = 1_000
LINES = 50
_ENTRY = ("Id", "Result", "Error", "ErrorText", "StartTime", "EndTime")
_TIMES = ("StartTime", "EndTime")
# 2026-11-25 10:11:12.345 UTC <tab> Error <tab> w3wp.12 <tab> ...; a line without a time belongs to the one before.
_RECORD = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,7})?\s+UTC\s+(?P<level>[A-Za-z]+)\s+(?P<process>[A-Za-z0-9]+)\."
)
_LEVELS = ("error", "warning")
_WORKER = "w3wp"


@dataclass(frozen=True)
class Log:
    """What SoftwareDistribution.log got since its size was ``offset``."""

    path: str | None = None
    offset: int | None = None
    text: str = ""
    error: Failure | None = None

    def problems(self, process: str | None = None) -> list[str]:
        """Lines of level Error or Warning, of one process where it is named; the last ``LINES`` of them."""
        found = []
        for line in self.text.splitlines():
            record = _RECORD.match(line)
            wanted = record and record["level"].lower() in _LEVELS
            if record and wanted and (process is None or record["process"].lower() == process):
                found.append(redact(line, limit=LINE_LIMIT))
        return found[-LINES:]


@dataclass(frozen=True)
class Synchronization:
    """An answer to ``synchronize``. ``last``: the newest entry of the history that has ended; ``history``: it and those
    before it, the newest first.
    """

    started: bool
    status: str | None
    phase: str | None
    processed: int | None
    total: int | None
    previous_id: str | None
    last: Mapping[str, Any]
    configuration_state: str | None
    log: Log
    error: Failure | None
    history: tuple[Mapping[str, Any], ...] = ()

    @property
    def idle(self) -> bool:
        """Whether none runs."""
        return self.status == IDLE

    @property
    def progress(self) -> str:
        """How far it is, for people."""
        if self.phase is None:
            return str(self.status or "unknown")
        of = f", {self.processed} of {self.total}" if self.processed is not None and self.total else ""
        return f"{self.phase}{of}"

    def ended(self, previous_id: str | None) -> bool:
        """Whether the history has another entry than the one before the start."""
        return self.idle and self.last.get("Id") not in (None, previous_id)

    def entry(self, previous_id: str | None) -> Mapping[str, Any]:
        """The entry of the synchronization that was started when ``previous_id`` was the newest.

        By the schedule another may have run since: ours is the one that follows it, and was started by hand.
        """
        since = list(takewhile(lambda entry: entry.get("Id") != previous_id, (self.last, *self.history)))
        by_hand = [entry for entry in since if entry.get("StartedManually") is True]
        return (by_hand or since or [self.last])[-1]


def read_log(obj: object) -> Log:
    """LOG of an answer."""
    found = as_mapping(obj) or {}
    return Log(
        as_text(found.get("path"), 4_096),
        as_int(found.get("from"), 0),
        as_text(found.get("text"), LOG_LIMIT) or "",
        read_failure(found.get("error")),
    )


def _entry(obj: object) -> dict[str, Any]:
    """An entry of the history; what is not of its type is None."""
    found = as_mapping(obj) or {}
    entry: dict[str, Any] = {}
    for name in _ENTRY:
        text = as_text(found.get(name), 4_000)
        entry[name] = format_time(read_time(text)) if name in _TIMES else text if text is None else redact(text)
    return {**entry, "StartedManually": found.get("StartedManually") is True}


def check_synchronization(result: object) -> Synchronization:
    """The answer to ``synchronize``.

    Raises:
        AnswerError: it has not the contract's shape.
    """
    answer = check_envelope(result)
    error = read_failure(answer.get("error"))
    status = as_text(answer.get("status"), 100)
    if error is None and status is None:
        raise AnswerError("malformed_answer", "the answer has neither a status nor an error")
    progress = as_mapping(answer.get("progress")) or {}
    return Synchronization(
        answer.get("started") is True,
        status,
        as_text(progress.get("phase"), 100),
        as_int(progress.get("processed"), 0),
        as_int(progress.get("total"), 0),
        as_text(answer.get("previous_id"), 100),
        _entry(answer.get("last")),
        as_text(answer.get("configuration_state"), 100),
        read_log(answer.get("log")),
        error,
        tuple(_entry(item) for item in as_list(answer.get("history"), HISTORY_LIMIT) or []),
    )


def upstream_of(facts: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """(why it is no use to synchronize this host, whom it synchronizes from where that is not Microsoft Update)."""
    found = Facts(facts)
    if found.get(bool, "wsus", "role", "installed") is False:
        return "the WSUS role is not installed", None
    if found.get(bool, "services", SERVICE, "exists") and found.get(str, "services", SERVICE, "state") != "Running":
        state = clean(found.get(str, "services", SERVICE, "state") or "unknown", 40)
        return f"the service {SERVICE} does not run (it is {state}). Start it, then run again", None
    try:
        if found.need(str, "wsus", "hierarchy", "position") == "topmost":
            return None, None
        return None, downstream_of(found)
    except Undetermined as reason:
        return None, f"it is not known where it synchronizes from: {reason}"


@dataclass(frozen=True)
class Import:
    """An answer to ``import``."""

    imported: bool
    was_there: bool | None
    error: Failure | None
    log: Log

    @property
    def problems(self) -> list[str]:
        """What the worker process wrote meanwhile."""
        return self.log.problems(_WORKER)

    @property
    def proof(self) -> str:
        """``proved``, ``failed``, or ``unproved`` where the log, which has the last word, could not be read."""
        if not self.imported or any(_failed(line) for line in self.problems):
            return "failed"
        return "unproved" if self.log.error is not None else "proved"


def _failed(line: str) -> bool:
    """Whether a line tells of an exception on the way to Microsoft Update."""
    return "webexception" in line.lower() or "importupdate" in line.lower().replace(" ", "")


def check_import(result: object) -> Import:
    """The answer to ``import``.

    Raises:
        AnswerError: it has not the contract's shape.
    """
    answer = check_envelope(result)
    error = read_failure(answer.get("error"))
    imported, was_there = answer.get("imported"), answer.get("was_there")
    if not isinstance(imported, bool):
        raise AnswerError("malformed_answer", "the answer does not say whether the update was imported")
    return Import(
        imported and error is None,
        was_there if isinstance(was_there, bool) else None,
        error,
        read_log(answer.get("log")),
    )
