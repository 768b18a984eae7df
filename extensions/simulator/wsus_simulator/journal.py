# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Journals: files of the simulated host, their hash chain, and what reads them (read_journal, the subset `journal`)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from .behaviour import ACCOUNT, ADMINISTRATORS
from .machine import Machine, WriteError
from .shapes import Shape, error, too_big
from .state import File, Problem, State
from .times import format_time

MAX_JOURNAL = 16 << 20
MAX_SUBSET_FILES = 20
MAX_SUBSET_LINES = 256 << 10
TRUSTED_OWNERS = (
    ADMINISTRATORS,
    ACCOUNT,
    "S-1-5-18",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
)
ID = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}\Z")
_SUFFIX = ".journal"


def folder(state: State) -> str:
    """The folder of the journals."""
    return f"{state.environment.program_data}\\wsus.compliance\\journal"


def path_of(state: State, journal: str) -> str:
    """The file of a journal."""
    return f"{folder(state)}\\{journal}{_SUFFIX}"


def folder_is_there(state: State) -> bool:
    """Whether the folder was made already."""
    return state.behaviour.journal.exists or state.is_folder(folder(state))


def distrust(state: State) -> str | None:
    """Why the folder must not be used, if it must not."""
    behaviour = state.behaviour.journal
    if not folder_is_there(state):
        return None
    if behaviour.reparse_point:
        return f"{folder(state)} is a reparse point."
    if behaviour.owner not in TRUSTED_OWNERS:
        return f"{folder(state)} belongs to {behaviour.owner}."
    return None


class Journal:
    """A journal that is being written."""

    def __init__(self, machine: Machine, journal: str) -> None:
        self.machine, self.id = machine, journal
        self.path = path_of(machine.state, journal)
        self.lines: list[str] = []
        self._digits = ""

    def append(self, record: str, **members: Any) -> None:
        """Add one record. Text and file grow together: a flush is all or nothing here."""
        line = chained(self._digits, {"record": record, **members})
        dies = self.machine.state.behaviour.dies
        if dies and dies["line"] == len(self.lines) + 1:
            self.machine.append_file(self.path, line[: len(line) // 2].encode())
            raise DiedError
        self.machine.append_file(self.path, f"{line}\n".encode())
        self.lines.append(line)
        self._digits = line[:64]


class DiedError(Exception):
    """The scenario's `dies`: the power goes in the middle of a line."""


def chained(previous: str, record: Shape) -> str:
    """The line of a record: its digits, a blank, its JSON."""
    text = json.dumps(record, ensure_ascii=True, separators=(",", ":"))
    return f"{hashlib.sha256((previous + text).encode()).hexdigest()} {text}"


def note_restart(machine: Machine, journal: str, what: str) -> None:
    """Add that a restart was done; a journal that is not there or ends in half a line is left alone."""
    with machine.lock:
        found = machine.state.file(path_of(machine.state, journal)) if ID.match(journal) else None
        if found is None or found.problem or not found.read().endswith(b"\n"):
            raise WriteError("not_found", f"Journal {journal} is not there or is cut off.")
        previous = found.read().decode("utf-8", "replace").splitlines()[-1][:64]
        record = {"record": "restart", "what": what, "at": format_time(machine.clock())}
        machine.append_file(found.path, f"{chained(previous, record)}\n".encode())


# -- reading -----------------------------------------------------------------------------------------------------------
def journals(state: State) -> list[File]:
    """The journals that are there, the oldest first."""
    prefix = folder(state).lower() + "\\"
    found = [
        file
        for name, file in state.files.items()
        if name.startswith(prefix) and name.endswith(_SUFFIX) and ID.match(file.path[len(prefix) : -len(_SUFFIX)])
    ]
    return sorted(found, key=lambda file: file.path)


def read(state: State, journal: str | None) -> Shape:
    """read_journal, without the envelope."""
    why = distrust(state)
    if why:
        empty: Shape = {"journals": []} if journal is None else {"journal": None}
        return {**empty, **error(Problem("journal_untrusted", why))}
    if journal is None:
        found = journals(state)
        listed = [{"id": _name(one), "size": one.size, "last_write": format_time(one.last_write)} for one in found]
        return {"journals": listed, "error": None}
    file = state.file(path_of(state, journal)) if ID.match(journal) else None
    problem = (
        Problem("not_found", f"There is no journal {journal[:80]}.")
        if file is None
        else file.problem or (too_big("The journal") if file.size > MAX_JOURNAL else None)
    )
    if file is None or problem:
        return {"journal": None, **error(problem)} if problem else {}
    return {"journal": {"id": journal, "path": file.path, "lines": lines_of(file)}, "error": None}


def subset(state: State) -> Shape:
    """The collector's subset `journal`."""
    path = folder(state)
    problem = next((file.problem for file in [state.file(path)] if file and file.problem), None)
    if problem:
        return {"path": path, **error(problem)}
    exists, trusted = folder_is_there(state), distrust(state) is None
    found = journals(state) if trusted else []
    return {
        "path": path,
        "exists": exists,
        "owner": state.behaviour.journal.owner if exists else None,
        "reparse_point": state.behaviour.journal.reparse_point if exists else None,
        "trusted": trusted if exists else None,
        "files": [_subset_file(file) for file in found[-MAX_SUBSET_FILES:]],
        "truncated": len(found) > MAX_SUBSET_FILES,
    }


def lines_of(file: File) -> list[str]:
    """The lines of a journal; a last one that was cut off is one too."""
    text = file.read().decode("utf-8", "replace")
    return text.removesuffix("\n").split("\n") if text else []


def _subset_file(file: File) -> Shape:
    name = file.path.rpartition("\\")[2]
    if file.problem:
        return {"name": name, **error(file.problem)}
    lines = list(_without_blobs(lines_of(file)))
    if sum(len(line) + 1 for line in lines) > MAX_SUBSET_LINES:
        return {"name": name, **error(too_big("The journal"))}
    return {"name": name, "size": file.size, "last_write": format_time(file.last_write), "lines": lines}


def _without_blobs(lines: list[str]) -> Iterator[str]:
    for line in lines:
        try:
            record = json.loads(line[65:])
        except ValueError:
            record = None
        if not isinstance(record, dict) or record.get("record") != "blob":
            yield line


def _name(file: File) -> str:
    return file.path.rpartition("\\")[2].removesuffix(_SUFFIX)
