# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documents that results of hosts stand for: in their files, or as much as the results say themselves."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..collect.failure import error
from .files import FileError, file_name, plain, read_json, write_json
from .result import brief, not_audited
from .shapes import records

OF_THE_FILE = ("schema_version", "collection_version", "profile", "facts", "findings", "issues")
"""What a result does not have of its document."""


def document_of(name: str, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document of a host's file, or what its result says where the file is not the one that this run wrote."""
    parts = {"findings": result.get("findings") or [], "facts": result.get("facts") or {}}
    stub = {**result, "host": name, **parts}
    if not result.get("path"):
        return stub
    try:
        found = read_json(result["path"])
    except FileError:
        return stub
    same = found.get("host") == plain(name) and found.get("audited_at") == result.get("audited_at")
    return {**stub, **{part: found.get(part) for part in OF_THE_FILE}} if same else stub


class Documents:
    """The documents of results, by name. A file is read when it is asked for, and once.

    Of most rules most hosts have the same finding, word for word. In these documents it is one object: what a report
    makes of it is made once (``formats.words.per_finding``).
    """

    def __init__(self, results: Mapping[str, Mapping[str, Any]]) -> None:
        self._results = results
        self._read: dict[str, Mapping[str, Any]] = {}
        self._findings: dict[bytes, Mapping[str, Any]] = {}

    def one(self, name: str) -> Mapping[str, Any]:
        """That of one host."""
        if name not in self._read:
            document = document_of(name, self._results[name])
            findings = records(document["findings"])
            self._read[name] = {**document, "findings": [self._first(finding) for finding in findings]}
        return self._read[name]

    def _first(self, finding: Mapping[str, Any]) -> Mapping[str, Any]:
        """The first finding that says the same."""
        try:
            # A third of the time of JSON. In this version of its format equal data are equal bytes.
            said = marshal.dumps(dict(finding), 2)
        except ValueError:  # it holds what no result file does
            return finding
        return self._findings.setdefault(hashlib.sha256(said).digest(), finding)

    @cached_property
    def all(self) -> dict[str, Mapping[str, Any]]:
        """Those of all, in the order of the names."""
        return {name: self.one(name) for name in sorted(self._results)}


def lost(folder: Path, name: str, about: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The result of a host lost before its audit, and why its file could not be written.

    The file replaces one of an earlier run.
    """
    cause = f"{name} dropped out of the play before it was audited, see the tasks before"
    found = not_audited(name, error("unreachable", cause), profile="standard", **about)
    path = folder / file_name(name)
    try:
        write_json(path, found)
    except FileError as problem:  # this host alone; fleet.json says of it what can be said
        return {**brief(found, ""), "path": None}, str(problem)
    return brief(found, str(path)), None
