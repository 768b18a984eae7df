# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks the answers of the program that captures on a host (docs/reference/capture_host.md)."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..redact import redact
from ..text import clean
from .answer import AnswerError, check_envelope
from .times import contract_time

CAPTURE_MEMBERS = (
    *("contract", "changed", "error", "capture", "ended_early"),
    *("format", "size", "packets", "left_out", "offset", "length", "content"),
)
"""Members of the answers that are read."""
SIZE_LIMIT = 4 << 30
"""Most bytes of a capture that is fetched: the largest trace that can be asked for, four times."""
PATH_LIMIT = 1_024
MESSAGE_LIMIT = 2_000
PORTS_LIMIT = 16
TOOLS = ("netsh", "pktmon")
FORMATS = ("frames", "pcapng")
_GZIP = 16 + zlib.MAX_WBITS
_HINTS = {
    "journal_untrusted": "The collection uses no folder that others may have made.",
    "journal_failed": "The account must be an administrator of the host.",
    "access_denied": "The account must be an administrator of the host.",
}


@dataclass(frozen=True)
class HostCapture:
    """The capture that the collection has on a host. ``size``: bytes of the trace; ``max_size``: megabytes."""

    tool: str
    file: str
    started: str | None
    max_size: int
    ports: tuple[int, ...]
    size: int
    running: bool


@dataclass(frozen=True)
class CaptureAnswer:
    """``failure``: why what was asked for was not done; None = it was. ``capture`` None = there is none."""

    changed: bool
    failure: str | None
    capture: HostCapture | None
    ended_early: bool

    def told(self) -> dict[str, Any]:
        """Members of the result that tell of the capture."""
        return {} if self.capture is None else {**asdict(self.capture), "ports": list(self.capture.ports)}


@dataclass(frozen=True)
class Converted:
    """What can be fetched: ``size`` bytes; ``packets`` and ``left_out`` None = the host's program does not tell."""

    format: str
    size: int
    packets: int | None
    left_out: int | None


def _malformed(what: str) -> AnswerError:
    return AnswerError("malformed_answer", clean(what, 500))


def _number(found: Mapping[str, Any], name: str, top: int) -> int:
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= top:
        raise _malformed(f"{name} of the capture is no number up to {top:,}")
    return value


def _capture(value: object) -> HostCapture | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or value.get("tool") not in TOOLS or not isinstance(value.get("file"), str):
        raise _malformed("the capture has no tool or no file")
    ports = value.get("ports")
    if not isinstance(ports, Sequence) or isinstance(ports, str) or len(ports) > PORTS_LIMIT:
        raise _malformed("the capture has no list of ports")
    started = value.get("started")
    return HostCapture(
        tool=value["tool"],
        file=clean(value["file"], PATH_LIMIT),
        started=contract_time(started),
        max_size=_number(value, "max_size", 1 << 20),
        ports=tuple(_number({"a port": port}, "a port", 65_535) for port in ports),
        size=_number(value, "size", SIZE_LIMIT),
        running=value.get("running") is True,
    )


def _failure(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _malformed("the error of the capture is no object")
    code = clean(str(value.get("code") or "unreadable"), 40)
    message = clean(redact(str(value.get("message") or "no message")), MESSAGE_LIMIT).rstrip(". ")
    return f"{message} ({code}). {_HINTS.get(code, '')}".strip()


def check_capture(result: object) -> CaptureAnswer:
    """The answer to any action.

    Raises:
        AnswerError: it has not the contract's shape, is of another contract, or is too big.
    """
    found = check_envelope(result)
    return CaptureAnswer(
        changed=found.get("changed") is True,
        failure=_failure(found.get("error")),
        capture=_capture(found.get("capture")),
        ended_early=found.get("ended_early") is True,
    )


def check_converted(result: object) -> Converted:
    """What action ``convert`` adds to an answer without a failure.

    Raises:
        AnswerError: as ``check_capture``.
    """
    found = check_envelope(result)
    kind = found.get("format")
    if kind not in FORMATS:
        raise _malformed("the converted capture is of no known format")
    counts = [None if found.get(name) is None else _number(found, name, 1 << 40) for name in ("packets", "left_out")]
    return Converted(str(kind), _number(found, "size", SIZE_LIMIT), *counts)


def check_part(result: object, offset: int, most: int) -> bytes:
    """The bytes that action ``read_file`` read: from ``offset`` on, at most ``most``, and at least one.

    Raises:
        AnswerError: as ``check_capture``, or it is another part, none, or not as long as was said.
    """
    found = check_envelope(result)
    content = found.get("content")
    length = _number(found, "length", most)
    if _number(found, "offset", SIZE_LIMIT) != offset or not length or not isinstance(content, str):
        raise _malformed(f"the part of the capture from {offset:,} on was asked for, and is not in the answer")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        part = unpacker.decompress(base64.b64decode(content, validate=True), length + 1)
    except (ValueError, zlib.error) as problem:
        raise _malformed(f"a part of the capture is no compressed data: {problem}") from None
    if len(part) != length or not unpacker.eof:
        raise _malformed(f"a part of the capture is not of {length:,} bytes as was said")
    return part
