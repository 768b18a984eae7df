# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log files of this machine as sources, and how far each of them was read (``offsets``).

A file is known again by its first bytes, not by its name: a log that was renamed when it was full is read on from where
it was, and the new one of its name from its beginning.
"""

from __future__ import annotations

import glob
import hashlib
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from .model import LogError, LogSource

CHUNK = 1 << 20
FILE_LIMIT = 500
"""Files that one call reads."""
_HEAD = 1024
_TELLING = 64


@dataclass(frozen=True)
class Reading:
    """Sources, and what is known of them once they were read.

    Args:
        sources: to be read in this order.
        offsets: the offsets to hand in next time. Call it when the sources have been read.
    """

    sources: list[LogSource]
    offsets: Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Known:
    """How far a file was read: ``head`` is the hash of its first ``head_size`` bytes."""

    offset: int
    head: str
    head_size: int


def read_offsets(given: Any) -> dict[str, Known]:
    """Offsets of an earlier run. Entries of another form are left out: their files are read from the beginning."""
    found = {}
    for path, item in given.items() if isinstance(given, Mapping) else ():
        if not isinstance(path, str) or not isinstance(item, Mapping):
            continue
        offset, head, size = item.get("offset"), item.get("head"), item.get("head_size")
        if not isinstance(head, str) or not isinstance(offset, int) or not isinstance(size, int):
            continue
        if offset >= 0 and 0 < size <= _HEAD:
            found[path] = Known(int(offset), head, int(size))
    return found


def files_of(patterns: Iterable[str]) -> list[Path | LogSource]:
    """The files, those of a pattern by age so that a rotated log comes before the current one.

    Where nothing matches a pattern, a source that says so stands in its place.
    """
    found: dict[str, Path | LogSource] = {}
    for pattern in patterns:
        if not glob.has_magic(pattern) or Path(pattern).exists():
            found.setdefault(pattern, Path(pattern))
            continue
        # Path.glob() takes no absolute pattern.
        matching = [Path(name) for name in glob.iglob(pattern, recursive=True)]  # noqa: PTH207
        if not matching:
            found.setdefault(pattern, _failing(pattern, "not_found", "No file matches this pattern."))
        for path in sorted(matching, key=_age):
            found.setdefault(str(path), path)
    files = list(found.values())
    if len(files) > FILE_LIMIT:
        text = f"{len(files)} files match, and no more than {FILE_LIMIT} are read in one call. These are left out."
        files[FILE_LIMIT:] = [_failing(f"{len(files) - FILE_LIMIT} more files", "too_many", text)]
    return files


def _age(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, str(path)
    except OSError:
        return 0.0, str(path)


def _failing(name: str, code: str, message: str) -> LogSource:
    def chunks(parts: Iterable[bytes] = ()) -> Iterator[bytes]:
        yield from parts
        raise LogError(code, message)

    return LogSource(name, chunks())


def read_files(patterns: Iterable[str], offsets: Any = None) -> Reading:
    """Files and patterns (``*``, ``?``, ``[...]``, ``**``) of this machine.

    Args:
        patterns: names of files or patterns, relative to the current directory.
        offsets: what an earlier run returned; of files that are in it only what is new is read.
    """
    before = read_offsets(offsets)
    after: dict[str, Any] = {}
    sources = [
        one if isinstance(one, LogSource) else LogSource(str(one), _chunks(one, before, after))
        for one in files_of(patterns)
    ]

    def result() -> dict[str, Any]:
        # A file that could not be read this time keeps its place.
        kept = {path: vars(known) for path, known in before.items() if path not in after}
        return {**kept, **after}

    return Reading(sources, result)


def _chunks(path: Path, before: Mapping[str, Known], after: dict[str, Any]) -> Iterator[bytes]:
    with _opened(path) as stream:
        head = stream.read(_HEAD)
        size = stream.seek(0, 2)
        start = _start(str(path), head, size, before)
        position = end = start
        stream.seek(start)
        while position < size:  # what is added meanwhile is for the next run
            chunk = stream.read(min(CHUNK, size - position))
            if not chunk:
                break
            ends = chunk.rfind(b"\n")
            if ends >= 0:
                end = position + ends + 1 + (1 if chunk[ends + 1 : ends + 2] == b"\0" else 0)
            position += len(chunk)
            yield chunk
        if head:
            after[str(path)] = vars(Known(end, hashlib.sha256(head).hexdigest(), len(head)))


def _start(path: str, head: bytes, size: int, before: Mapping[str, Known]) -> int:
    """Where to begin: where an earlier run ended with this file, by whatever name, or at its beginning."""
    same = [
        known
        for known in before.values()
        if known.head_size <= len(head) and hashlib.sha256(head[: known.head_size]).hexdigest() == known.head
    ]
    own = before.get(path)
    # Few bytes may be the same in two logs.
    others = [known for known in same if known.head_size >= _TELLING]
    best = own if own in same else max(others, key=lambda known: known.head_size, default=None)
    return best.offset if best is not None and best.offset <= size else 0


def _opened(path: Path) -> FileIO:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise LogError(
                "is_folder", "It is a folder. Name the logs in it, for example by a pattern that ends in *.log."
            )
        if not stat.S_ISREG(mode):
            raise LogError("unreadable", "It is no regular file.")
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise LogError("not_found", "There is no such file on the controller.") from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise LogError("unreadable", f"It can't be read: {reason}.") from None
