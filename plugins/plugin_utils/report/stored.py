# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Result files of earlier runs, read back: of one folder or of many, whose slices have no disk in common.

A file that is not what it should be is named, and the others are still read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .files import FLEET, FileError, plain, read_json
from .result import OUTCOMES, RESULTS, SCHEMA_VERSION


@dataclass
class Stored:
    """Documents by host, in the order of the names, and a sentence for each file that is not among them."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_results(folders: Iterable[Path]) -> Stored:
    """The result files of folders, whatever their order.

    Of a host that has several the latest counts; where two are of one time, the same one whichever comes first.
    """
    found = Stored()
    latest: dict[str, Path] = {}
    for folder in folders:
        for path in _files(folder, found.problems):
            try:
                document = read_json(path)
                if problem := wrong(document):
                    raise FileError(f"{path} {problem}")
            except FileError as problem:
                found.problems.append(f"{problem}; it is left out")
                continue
            document = plain(document)
            host = document["host"]
            if host in latest:
                age, age_there = _age(document), _age(found.documents[host])
                if age == age_there:
                    continue
                old = path if age < age_there else latest[host]
                found.problems.append(f"{old} is an older result of {host}; it is left out")
                if old == path:
                    continue
            latest[host] = path
            found.documents[host] = document
    found.documents = dict(sorted(found.documents.items()))
    found.problems = sorted(set(found.problems))
    return found


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


def _age(document: Mapping[str, Any]) -> tuple[str, str]:
    """By which of two results of a host one is the later; where both are of one time, by their content."""
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    return document["audited_at"], digest
