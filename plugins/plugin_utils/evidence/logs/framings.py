# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What begins or ends a record, for each way in which logs frame them, and what is left of that in pasted text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Record
from .times import biased_time, softdist_time

# Columns may be parted by a tab, by spaces, or by nothing at all.
_PROCESS = r"(?P<process>w3wp|WsusService|WsusUtil|mmc|powershell)\.(?P<thread>\d{1,6})(?!\d)"
_SOFTDIST = re.compile(
    r"[\s>|]{0,8}(?P<time>\d{4}-\d\d-\d\d[T\s]{1,8}\d\d:\d\d:\d\d(?:[.,]\d{1,7})?)\s*(?:UTC|Z)?\s*"
    r"(?:(?P<level>Info|Warning|Error|Change)\s*)?(?:(?P<process>[A-Za-z][A-Za-z0-9_]{0,40})\.(?P<thread>\d{1,6})(?!\d))?\s*"
)
_WITHOUT_TIME = re.compile(
    r"[\s>|]{0,8}(?:<Date>\s{0,8}<Time>\s{0,8}|[\d:.,]{0,12}\s{0,8}UTC\s{1,8})?(?P<level>Info|Warning|Error|Change)?\s{0,8}"
    rf"{_PROCESS}\s*"
)
_NAMED = re.compile(r"(?:w3wp|WsusService|WsusUtil|mmc|powershell)\.\d")
_COMPONENT = re.compile(r"(?P<component>[A-Za-z_][\w`<>]{0,99}(?:\.[\w`<>]{1,99}){1,9})(?:\t|\s{2,}|\s(?=\S)|\s*$)")

# No two of these may share blanks between them: of many, each division would be tried.
_TAIL = re.compile(
    r"\$\$\s*<\s*(?P<component>[^<>\s][^<>]{0,99}?)\s*><(?P<time>\s*\d{1,2}-\d{1,2}-\d{4}\s*\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?"
    r"(?:\s*[+-]\d{1,4})?)\s*><\s*thread\s*=\s*(?P<thread>\d{1,10})[^<>]{0,40}>"
)
TAIL_BEGIN = "$$<"
_CMTRACE = re.compile(
    r"(?P<component>SMS_[A-Z0-9_]{3,60})"
    r"(?:\s{1,8}(?:\d{1,2}[-/.]\d{1,2}[-/.]\d{4}\s{1,4}[\d:. ]{5,15}(?:[AP]M)?)?\s{0,8}"
    r"(?P<thread>\d{1,8})?\s{0,8}(?:\(0x[0-9A-Fa-f]{1,8}\))?)?\s*"
)
CCM_END = "]LOG]!>"
CCM_BEGIN = "<![LOG["
_CCM_END = re.compile(r"\]LOG\]!>\s*<(?P<fields>[^>]{0,1000})>")
_CCM_FIELD = re.compile(r'(\w{1,20})="([^"]{0,300})"')
_CCM_LEVELS = {"1": "Info", "2": "Warning", "3": "Error"}
ROTATED = "<MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>"

# How messages begin of which nothing is left but the text.
_OPENER = re.compile(
    r"[\s>|]{0,8}(?:SCHANNEL Protocol|ProcessWebServiceProxyException found|Generic exception ?:|EventId=|STATMSG:"
    r"|Sync failed|Sync succeeded|Calling ImportUpdateFromCatalogSite|USS ThrowException"
    r"|[A-Z]\w{2,60}\.[A-Z]\w{2,60}(?:\t| {2,})\S)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\s>|]{0,8}[A-Z]\w{2,60}\.[A-Z]\w{2,60}(?:\s|$)")
_EXCEPTION = re.compile(r"[\s>|]{0,8}[A-Z]\w{0,40}(?:\.\w{1,60}){1,6}Exception:")
_CONTINUES = re.compile(r"\s|at [A-Za-z]+\.|-{2,3}[ >]|-{3}|\.\.\.|\}")


def softdist_head(line: str) -> Record | None:
    """The record that begins with this line of SoftwareDistribution.log, or of what a paste has left of one."""
    match = _SOFTDIST.match(line)
    if match is not None and not (match["level"] or match["process"]):
        rest = line[match.end() :]
        if not rest or not ("UTC" in match.group() or _COMPONENT.match(rest)):
            return None  # a time in some text
    if match is None and _NAMED.search(line, 0, 80):
        match = _WITHOUT_TIME.match(line)
    if match is None:
        return None
    fields = match.groupdict()
    time = fields.get("time")
    rest = line[match.end() :]
    component = _COMPONENT.match(rest)
    return Record(
        "softdist",
        (rest[component.end() :] if component else rest).rstrip(),
        softdist_time(time) if time else None,
        fields["level"],
        fields["process"],
        fields["thread"],
        component["component"] if component else None,
    )


def site_server_records(text: str) -> tuple[list[Record], str]:
    """The records whose tails are in ``text``, and what comes after the last one."""
    found, start = [], 0
    for match in _TAIL.finditer(text):
        message = text[start : match.start()].strip(" ~\t")
        component = match["component"].strip()
        found.append(Record("site_server", message, biased_time(match["time"]), None, None, match["thread"], component))
        start = match.end()
    return found, text[start:]


def cmtrace_record(line: str) -> Record | None:
    """A line as CMTrace shows it; its local time is of no known zone."""
    start = line.rfind("SMS_")
    match = _CMTRACE.fullmatch(line, start) if start > 0 and line[start - 1].isspace() else None
    text = line[:start].strip(" ~\t")
    if match is None or not text:
        return None
    return Record("cmtrace", text, None, None, None, match["thread"], match["component"])


def ccm_record(text: str) -> tuple[Record, str] | None:
    """The record that begins with ``text``, and what follows it; None where its end is not in it."""
    match = _CCM_END.search(text)
    if match is None:
        return None
    fields = dict(_CCM_FIELD.findall(match["fields"]))
    begin = text.find(CCM_BEGIN)
    message = text[begin + len(CCM_BEGIN) if begin >= 0 else 0 : match.start()]
    record = Record(
        "ccm",
        message.strip(),
        biased_time(f"{fields.get('date', '')} {fields.get('time', '')}"),
        _CCM_LEVELS.get(fields.get("type", "")),
        None,
        fields.get("thread"),
        fields.get("component"),
    )
    return record, text[match.end() :]


def opens(line: str) -> bool:
    """Whether a message without columns begins with this line."""
    return _OPENER.match(line) is not None


def paragraph_records(lines: list[str]) -> Iterator[Record]:
    """The messages of a paragraph without columns.

    A line goes on in the next one where that begins like the rest of a stack, or where the first word of the next one
    would have found no room: the text was wrapped.
    """
    width = max(map(len, lines), default=0)
    message: list[str] = []
    for line in lines:
        if message:
            previous = message[-1]
            word = line.split(None, 1)[0] if line.strip() else ""
            full = len(previous) + 1 + len(word) > width or len(previous) == width
            # Wrapping may put the name of an inner exception to the beginning of a line.
            inner = previous.rstrip().endswith((":", ">", ",", "(", "-"))
            begins = opens(line) or (not inner and (_EXCEPTION.match(line) or _NAME.match(line)) is not None)
            if begins or not (full or inner or _CONTINUES.match(line)):
                yield _plain(message)
                message = []
        message.append(line)
    if message:
        yield _plain(message)


def _plain(lines: list[str]) -> Record:
    component = _COMPONENT.match(lines[0])
    text = "\n".join(lines)
    if component is None or component["component"].endswith("Exception"):
        return Record("none", text)
    return Record("none", text[component.end() :], component=component["component"])
