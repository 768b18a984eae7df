# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was read on the managed host (docs/reference/logs.md) as sources, and how far that was (``offsets``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ...collect.answer import AnswerError
from ...collect.log_files import ReadFile, ReadLogs, WindowsEvents
from .files import Reading
from .model import LogError, LogSource
from .windows_events import WSUS

WINDOWS_EVENTS = "Windows events"
"""Name of the source with the events of WSUS in the log Application, and of its entry in the offsets."""
_MEMBERS = (("head", str), ("head_size", int), ("offset", int))


def known_files(offsets: Any) -> list[dict[str, Any]]:
    """The option ``known`` of the reader, of offsets that an earlier run returned; other forms are left out."""
    found = []
    for path, item in offsets.items() if isinstance(offsets, Mapping) else ():
        whole = isinstance(item, Mapping) and all(isinstance(item.get(name), kind) for name, kind in _MEMBERS)
        if whole and isinstance(path, str) and path != WINDOWS_EVENTS:
            named = {"path": path, "head": str(item["head"]), "created": item.get("created")}
            found.append({**named, "head_length": int(item["head_size"]), "offset": int(item["offset"])})
    return found


def last_event(offsets: Any) -> int:
    """Record id of the last Windows event that an earlier run read; 0 where none did."""
    item = offsets.get(WINDOWS_EVENTS) if isinstance(offsets, Mapping) else None
    number = item.get("record_id") if isinstance(item, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else 0


def host_reading(answer: ReadLogs, offsets: Any = None) -> Reading:
    """The logs of a host as sources, the one that was written last at the end.

    Args:
        answer: the checked answer of the reader of logs.
        offsets: what an earlier run returned. A file that could not be read this time keeps its place.
    """
    kept = {str(path): dict(item) for path, item in (offsets or {}).items() if isinstance(item, Mapping)}
    after: dict[str, Any] = {}
    # A log that was rolled over comes before the one that took its name.
    files = sorted(answer.files, key=lambda file: file.last_write or "")
    sources = [LogSource(file.path, _chunks(file, after)) for file in files]
    events = answer.windows_events
    if events is not None:
        sources.append(LogSource(WINDOWS_EVENTS, _events(events)))
        if events.error is None:
            after[WINDOWS_EVENTS] = {"record_id": events.last}
    return Reading(sources, lambda: {**kept, **after})


def _chunks(file: ReadFile, after: dict[str, Any]) -> Iterator[bytes]:
    """The bytes of one file from its first whole line on; the last line, if it has no end yet, is for the next run."""
    if file.error is not None:
        raise LogError(file.error["code"], file.error["message"])
    skip = file.left_out > 0
    position = end = file.start
    try:
        for part in file.parts():
            line_end = part.rfind(b"\n")
            if line_end >= 0:
                end = position + line_end + 1 + (1 if part[line_end + 1 : line_end + 2] == b"\0" else 0)
            position += len(part)
            if skip:
                begin = part.find(b"\n") + 1
                begin += part[begin : begin + 1] == b"\0"
                skip, part = begin == 0, part[begin:] if begin else b""
            if part:
                yield part
    except AnswerError as problem:
        raise LogError("malformed_answer", problem.message) from None
    if file.head_length:
        named = {"head": file.head, "head_size": file.head_length, "created": file.created}
        after[file.path] = {**named, "offset": end}


def _events(events: WindowsEvents) -> Iterator[bytes]:
    """The events as an export in XML."""
    if events.error is not None:
        raise LogError(events.error["code"], events.error["message"])
    for event in events.events:
        time = quoteattr(str(event.get("time")))
        yield (
            f"<Event><System><Provider Name='{WSUS}'/><EventID>{_number(event.get('id'))}</EventID>"
            f"<Level>{_number(event.get('level'))}</Level><TimeCreated SystemTime={time}/></System>"
            f"<Message>{escape(str(event.get('message')))}</Message></Event>\n"
        ).encode("utf-8", "replace")


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
