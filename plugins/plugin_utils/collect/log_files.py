# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks the answer of the reader of logs (docs/reference/logs.md) and unpacks what it read, in parts."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..redact import redact
from ..text import clean
from .answer import AnswerError, check_envelope
from .times import contract_time

LOG_MEMBERS = ("contract", "collected_at", "files", "windows_events")
"""Members of the answer that are read."""
FILES_LIMIT = 1_000
EVENTS_LIMIT = 10_000
PATH_LIMIT = 1_024
MESSAGE_LIMIT = 2_000
HEAD_LENGTH = 1_024
PART = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class ReadFile:
    """What was read of one log.

    ``start`` to ``end``: its bytes in the file; ``left_out``: bytes before ``start`` that are new and were not read;
    ``known``: where an earlier run ended in this file, None = it was not read before. ``error``: ``{code, message}``
    of a file that could not be read; all else is empty then.
    """

    path: str
    error: Mapping[str, str] | None = None
    size: int = 0
    created: str | None = None
    last_write: str | None = None
    head: str = ""
    head_length: int = 0
    known: int | None = None
    start: int = 0
    end: int = 0
    left_out: int = 0
    packed: bytes = b""

    def parts(self) -> Iterator[bytes]:
        """Its bytes, some at a time, never more than ``end - start``.

        Raises:
            AnswerError: they are no gzip, or not as many as was said.
        """
        unpacker = zlib.decompressobj(_GZIP)
        left = self.end - self.start
        packed = self.packed
        while packed and not unpacker.eof:
            try:
                part = unpacker.decompress(packed, PART)
            except zlib.error as problem:
                raise _malformed(f"what was read of {self.path} is no gzip: {problem}") from None
            packed = unpacker.unconsumed_tail
            left -= len(part)
            if left < 0:
                break
            if part:
                yield part
        if left != 0:
            raise _malformed(f"of {self.path} {abs(left)} bytes are {'missing' if left > 0 else 'too many'}")


@dataclass(frozen=True)
class WindowsEvents:
    """Events of WSUS in the log Application, oldest first: ``{record_id, id, level, time, message}`` each.

    ``last``: record id with which the next run goes on; ``truncated``: older ones were not read.
    """

    events: tuple[Mapping[str, Any], ...] = ()
    last: int = 0
    truncated: bool = False
    error: Mapping[str, str] | None = None


@dataclass(frozen=True)
class ReadLogs:
    """The checked answer; ``windows_events`` None = they were not asked for."""

    collected_at: str | None
    files: tuple[ReadFile, ...]
    windows_events: WindowsEvents | None


def check_logs(result: object) -> ReadLogs:
    """The answer of the reader of logs.

    Raises:
        AnswerError: it has not the contract's shape, is of another contract, or is too big.
    """
    found = check_envelope(result)
    files = found.get("files")
    if not isinstance(files, Sequence) or isinstance(files, str) or len(files) > FILES_LIMIT:
        raise _malformed("the answer has no list of files, or one that is too long")
    events = found.get("windows_events")
    return ReadLogs(
        collected_at=contract_time(found.get("collected_at")),
        files=tuple(_file(item) for item in files),
        windows_events=None if events is None else _events(events),
    )


def _malformed(what: str) -> AnswerError:
    return AnswerError("malformed_answer", clean(what, 500))


def _number(item: Mapping[str, Any], name: str) -> int:
    value = item.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise _malformed(f"{name} of a file is no number of bytes")
    return value


def _error(value: object) -> dict[str, str] | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("error"), Mapping):
        return None
    error = value["error"]
    message = redact(str(error.get("message") or "no message"))
    return {"code": clean(str(error.get("code") or "unreadable"), 40), "message": clean(message, MESSAGE_LIMIT)}


def _file(item: object) -> ReadFile:
    if not isinstance(item, Mapping) or not isinstance(item.get("path"), str):
        raise _malformed("a file of the answer has no path")
    path = clean(item["path"], PATH_LIMIT)
    error = _error(item)
    if error is not None:
        return ReadFile(path, error)
    head, content = item.get("head"), item.get("content")
    length = _number(item, "head_length")
    if length > HEAD_LENGTH or (length and not (isinstance(head, str) and _SHA256.fullmatch(head))):
        raise _malformed(f"the first bytes of {path} are not told as agreed")
    start, end = _number(item, "from"), _number(item, "to")
    if end < start:
        raise _malformed(f"{path} ends before it begins")
    try:
        packed = base64.b64decode(content, validate=True) if isinstance(content, str) else b""
    except (ValueError, TypeError):
        raise _malformed(f"what was read of {path} is no base64") from None
    return ReadFile(
        path=path,
        size=_number(item, "size"),
        created=contract_time(item.get("created")),
        last_write=contract_time(item.get("last_write")),
        head=str(head or ""),
        head_length=length,
        known=None if item.get("known") is None else _number(item, "known"),
        start=start,
        end=end,
        left_out=_number(item, "left_out"),
        packed=packed,
    )


def _events(value: object) -> WindowsEvents:
    error = _error(value)
    if error is not None:
        return WindowsEvents(error=error)
    items = value.get("events") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(items, Sequence) or len(items) > EVENTS_LIMIT:
        raise _malformed("the events of Windows are not told as agreed")
    last = value.get("last")
    return WindowsEvents(
        events=tuple(item for item in items if isinstance(item, Mapping)),
        last=last if isinstance(last, int) and not isinstance(last, bool) and last >= 0 else 0,
        truncated=value.get("truncated") is True,
    )
