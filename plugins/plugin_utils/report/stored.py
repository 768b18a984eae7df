# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results of earlier runs, read back: files of folders, and artifacts of jobs, which have no disk in common.

A file or an artifact that is not what it should be is named, and the others are still read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .artifact import ArtifactError, unpack
from .files import FLEET, FileError, plain, read_json
from .result import OUTCOMES, RESULTS, SCHEMA_VERSION


@dataclass
class Stored:
    """Documents by host, in the order of the names, and a sentence for each file or result that is not among them."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class _Latest:
    """Of each host the result that counts, whatever the order in which they come."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._found: dict[str, list[tuple[str, dict[str, Any]]]] = {}

    def add(self, place: str, document: dict[str, Any]) -> None:
        """``place``: where the document, which is plain, is; for sentences about it."""
        if problem := wrong(document):
            self.problems.append(f"{place} {problem}; it is left out")
            return
        self._found.setdefault(document["host"], []).append((place, document))

    def stored(self) -> Stored:
        """What was found, and what was left out because there is a later one."""
        documents, problems = {}, set(self.problems)
        for host, found in sorted(self._found.items()):
            _place, documents[host] = found[0]
            if len(found) > 1:  # of one nothing has to be compared, which for a thousand hosts takes a while
                ages = [_age(document) for _place, document in found]
                latest = max(ages)
                documents[host] = found[ages.index(latest)][1]
                problems |= {
                    f"{place} is an older result of {host}; it is left out"
                    for (place, _document), age in zip(found, ages, strict=True)
                    if age != latest
                }
        return Stored(documents, sorted(problems))


def read_results(folders: Iterable[Path], artifacts: Mapping[str, object] = MappingProxyType({})) -> Stored:
    """The results in the files of folders and in artifacts, whatever their order.

    Of a host that has several the latest counts. Of two of one time the one that says more does; where that is equal
    too, the same one whichever comes first.

    Args:
        folders: with result files.
        artifacts: what earlier jobs published (``artifact.pack``), by name.
    """
    found = _Latest()
    for folder in folders:
        for path in _files(folder, found.problems):
            try:
                document = read_json(path)
            except FileError as problem:
                found.problems.append(f"{problem}; it is left out")
            else:
                found.add(str(path), document)
    for name, artifact in artifacts.items():
        try:
            documents, left_out = unpack(artifact)
        except ArtifactError as problem:
            found.problems.append(f"{name} {problem}; it is left out")
            continue
        if left_out:
            found.problems.append(f"{name}: {left_out}")
        for document in documents:
            found.add(f"a result in {name}", plain(document))
    return found.stored()


def wrong(document: Mapping[str, Any]) -> str:
    """Why an object is no result of a host that this version reads; empty where it is one."""
    version = document.get("schema_version")
    if not isinstance(version, str) or not isinstance(document.get("host"), str) or not document["host"]:
        return "is no result of wsus.compliance.audit"
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        there = f"has the schema {version!r:.40}, and this collection reads {SCHEMA_VERSION}"
        return f"{there}: use the version of the collection that wrote it"
    error = document.get("error")
    fits = {
        "audited_at": isinstance(document.get("audited_at"), str),
        "outcome": document.get("outcome") in OUTCOMES,
        "error": error is None or (isinstance(error, dict) and isinstance(error.get("code"), str)),
        "facts": isinstance(document.get("facts"), dict),
        "findings": _are_findings(document.get("findings")),
        "issues": _are_issues(document.get("issues")),
        "summary": _is_summary(document.get("summary")),
    }
    bad = [name for name, good in fits.items() if not good]
    return f"is damaged: {', '.join(bad)} {'is' if len(bad) == 1 else 'are'} not what the schema says" if bad else ""


def _are_findings(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and one.get("result") in RESULTS and isinstance(one.get("id"), str) for one in value
    )


def _are_issues(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, dict) and isinstance(one.get("verdict"), str) for one in value.values()
    )


def _is_summary(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in value.values()
    )


def _files(folder: Path, problems: list[str]) -> list[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json" and path.name != FLEET)
    except OSError as problem:
        problems.append(f"{folder} can't be read: {problem.strerror or problem}")
        return []
    if not paths:
        problems.append(f"{folder} has no result files")
    return paths


def _age(document: Mapping[str, Any]) -> tuple[str, int, str]:
    """By which of several results of a host one is the latest: its time, then how much it says, then its digest."""
    text = json.dumps(document, sort_keys=True)
    return document["audited_at"], len(text), hashlib.sha256(text.encode()).hexdigest()
