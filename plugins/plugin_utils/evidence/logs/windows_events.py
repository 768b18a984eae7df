# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of the Windows event log, exported as text (wevtutil, Event Viewer, Get-WinEvent, XML), and of WSUS' API.

The text of such a record begins with ``EventId=N,Type=...,`` where WSUS wrote it, as in its own log.
"""

from __future__ import annotations

import re
from html import unescape

from .model import Record
from .times import iso_time

WSUS = "Windows Server Update Services"
_BEGIN = re.compile(
    r"\s{0,8}(?:Event\[\d{0,9}\]:?\s*$|<Event[ >]|Log Name:|LogName\s{0,20}:"
    r"|EventCategory\s{0,20}:|TimeCreated\s{0,20}:|(?:Information|Warning|Error|Critical)[,\t][^,\t]{6,40}[,\t][^,\t]{3,80}[,\t]\d{1,6}[,\t])"
)
_ROW = re.compile(
    r"\s*(?P<level>Information|Warning|Error|Critical)[,\t](?P<time>[^,\t]{6,40})[,\t](?P<source>[^,\t]{3,80})[,\t](?P<id>\d{1,6})"
    r"[,\t](?P<rest>.*)",
    re.DOTALL,
)
_FIELD = re.compile(r"^[ \t]{0,8}([A-Za-z][A-Za-z ]{0,30}?)[ \t]{0,20}:[ \t]*(.*)", re.MULTILINE)
_NAMES = {
    "date": "time",
    "timecreated": "time",
    "creationdate": "time",
    "time": "time",
    "event id": "id",
    "id": "id",
    "eventid": "id",
    "instanceid": "id",
    "level": "level",
    "leveldisplayname": "level",
    "entrytype": "level",
    "source": "source",
    "providername": "source",
    "wsuseventsource": "wsus",
    "wsuseventid": "name",
}
_XML = {
    "id": re.compile(r"<EventID[^>]{0,100}>\s*(\d{1,6})\s*<"),
    "source": re.compile(r"<Provider\s[^>]{0,300}?Name\s*=\s*['\"]([^'\"]{1,200})"),
    "time": re.compile(r"<TimeCreated\s[^>]{0,200}?SystemTime\s*=\s*['\"]([^'\"]{1,60})"),
    "level": re.compile(r"<Level>\s*(\d)\s*<"),
}
_XML_TEXT = re.compile(r"<(?:Data|Message)(?:\s[^>]{0,200})?>([^<]*)<")
_SYNCHRONIZATION = ("381", "382", "384", "386")
_XML_LEVELS = {"1": "Critical", "2": "Error", "3": "Warning", "4": "Information", "0": "Information"}


def begins(line: str) -> bool:
    """Whether an event begins with this line."""
    return _BEGIN.match(line) is not None


def whole(text: str) -> bool:
    """Whether an event in XML has ended."""
    return "</Event>" in text


def is_field(line: str) -> bool:
    """Whether the line looks like a beginning, but is a field of the event before where no blank line parts them."""
    return line.lstrip().startswith(("Log Name", "LogName", "TimeCreated"))


def event_record(text: str) -> Record:
    """The record in the lines of one event."""
    fields: dict[str, str] = {}
    message = text
    row = _ROW.match(text)
    if "<Event" in text[:200]:
        for name, pattern in _XML.items():
            match = pattern.search(text)
            if match is not None:
                fields[name] = match[1]
        fields["level"] = _XML_LEVELS.get(fields.get("level", ""), "")
        message = "\n".join(unescape(part) for part in _XML_TEXT.findall(text))
    elif row is not None:
        fields = {name: row[name] for name in ("level", "time", "source", "id")}
        message = row["rest"]
    else:
        for name, value in _FIELD.findall(text):
            known = _NAMES.get(name.lower())
            if known is not None:
                fields.setdefault(known, value.strip())
    level = fields.get("level") or None
    ours = WSUS.casefold() in fields.get("source", WSUS).casefold() and "id" in fields and fields["id"].isdigit()
    if ours and "wsus" not in fields:
        message = f"EventId={fields['id']},Type={level or ''},Message={message}"
    # Synchronization runs in the service, which writes these events itself.
    sync = (ours and fields["id"] in _SYNCHRONIZATION) or fields.get("name", "").startswith("Synchronization")
    process = "WsusService" if sync else None
    return Record("windows_event", message.strip(), iso_time(fields.get("time", "")), level, process)
