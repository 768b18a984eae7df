# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module wsus_logs on a simulated host: its files as docs/reference/logs.md has it. There is no log of events."""

from __future__ import annotations

import base64
import fnmatch
import gzip
import hashlib
from collections.abc import Mapping
from typing import Any

from . import softdist
from .shapes import error
from .state import File, Problem, State
from .times import format_time

NAME = "wsus.compliance.wsus_logs"
OPTIONS = ("src", "known", "maximum", "answer", "windows_events")
HEAD, TELLING = 1024, 64
DEFAULT_MAXIMUM = 64 * 1024 * 1024


def answer(state: State, options: Mapping[str, Any]) -> dict[str, Any]:
    """Files, each once, in the order in which they are asked for, and those that were rolled over."""
    known = [item for item in options.get("known") or [] if isinstance(item, Mapping)]
    maximum = int(options.get("maximum") or DEFAULT_MAXIMUM)
    shapes: dict[str, dict[str, Any]] = {}
    for wanted in options.get("src") or [softdist.path_of(state)]:
        files = _files(state, str(wanted))
        if not files:
            shapes[wanted] = {"path": wanted, **error(Problem("not_found", f"There is no {wanted}."))}
        shapes.update({file.path: _shape(file, known, maximum) for file in files if file.path not in shapes})
    for path in [path for path, shape in shapes.items() if _was_another(path, shape, known)]:
        for file in _files(state, path.rpartition(".")[0] + ".*"):
            if file.path not in shapes and _offset(file, known) is not None:
                shapes[file.path] = _shape(file, known, maximum)
    events = (
        error(Problem("unreadable", "A simulated host has no log of events."))
        if options.get("windows_events")
        else None
    )
    return {"files": list(shapes.values()), "windows_events": events}


def _files(state: State, wanted: str) -> list[File]:
    folder, _slash, pattern = wanted.lower().rpartition("\\")
    return [
        file
        for path, file in sorted(state.files.items())
        if path.rpartition("\\")[0] == folder
        and fnmatch.fnmatchcase(path.rpartition("\\")[2], pattern.replace("[", "[[]"))
    ]


def _was_another(path: str, shape: Mapping[str, Any], known: list[Mapping[str, Any]]) -> bool:
    return "size" in shape and shape["known"] is None and any(item.get("path") == path for item in known)


def _offset(file: File, known: list[Mapping[str, Any]]) -> int | None:
    content = file.read()
    for item in known:
        length, offset = int(item.get("head_length") or 0), int(item.get("offset") or 0)
        same_time = length >= TELLING or item.get("created") == format_time(file.last_write)
        fits = 0 < length <= min(HEAD, len(content)) and 0 <= offset <= len(content)
        if fits and same_time and hashlib.sha256(content[:length]).hexdigest() == item.get("head"):
            return offset
    return None


def _shape(file: File, known: list[Mapping[str, Any]], maximum: int) -> dict[str, Any]:
    if file.problem:
        return {"path": file.path, **error(file.problem)}
    content, offset = file.read(), _offset(file, known)
    begin = max(offset or 0, len(content) - maximum)
    new = content[begin:]
    time = format_time(file.last_write)
    return {
        "path": file.path,
        "size": len(content),
        "created": time,
        "last_write": time,
        "head": hashlib.sha256(content[:HEAD]).hexdigest(),
        "head_length": min(HEAD, len(content)),
        "known": offset,
        "from": begin,
        "to": len(content),
        "left_out": begin - (offset or 0),
        "content": base64.b64encode(gzip.compress(new, mtime=0)).decode() if new else None,
    }
