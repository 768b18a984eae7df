# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Start-ups of WSUS in its log, and what it says then of each TLS protocol.

A start-up is where the service says that it has started, or where the protocols are listed. Not finding a protocol
means nothing unless there is a start-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .model import Record

LIMIT = 200
"""Start-ups that are kept: the newest."""
_SECONDS = 120
_RECORDS = 50
# In compact text: SCHANNEL Protocol 'TLS 1.0' disabled; SCHANNEL Protocols subkey for '...' not found. Protocol is ...
_PROTOCOL = re.compile(
    r"schannelprotocols?(?:subkey)?(?:for)?['\"\u2018\u2019`]{0,2}"
    r"(?P<name>(?:d?tls|ssl|pct)\d\.\d|[^'\"\u2018\u2019`]{1,40}(?=['\"\u2019`]))"
    r"(?P<rest>(?:(?!schannelprotocol).){0,80}?(?P<state>enabled|disabled))?"
)
_KNOWN = re.compile(r"(d?tls|ssl|pct)(\d\.\d)")


@dataclass
class Startup:
    """One start of a process of WSUS. ``protocols``: name to ``enabled``, ``disabled``, ``unknown`` (text is cut)."""

    time: str | None
    process: str | None
    source: str
    number: int
    protocols: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As ``log_info`` returns it."""
        return {"time": self.time, "process": self.process, "source": self.source, "protocols": dict(self.protocols)}


def protocols_in(small: str) -> dict[str, str]:
    """The state of each protocol that a compact text tells of."""
    found = {}
    for match in _PROTOCOL.finditer(small):
        known = _KNOWN.fullmatch(match["name"])
        name = f"{known[1].upper()} {known[2]}" if known else match["name"]
        found[name] = match["state"] or "unknown"
    return found


def _close(one: str, other: str) -> bool:
    begin, end = (datetime.fromisoformat(time[:-1]) for time in (one, other))
    return abs((end - begin).total_seconds()) <= _SECONDS


class Startups:
    """Collects them, source by source."""

    def __init__(self) -> None:
        self._found: list[Startup] = []
        self.left_out = 0

    def add(self, record: Record, source: str, number: int, protocols: dict[str, str]) -> None:
        """The ``number``-th record of a source tells of protocols, or (with none) that the service has started."""
        if not record.configmgr:
            self._startup(record, source, number, protocols).protocols.update(protocols)

    def _startup(self, record: Record, source: str, number: int, protocols: dict[str, str]) -> Startup:
        """That start-up which the record belongs to, if need be a new one."""
        for one in reversed(self._found[-4:]):
            if one.source != source or one.process != record.process:
                continue
            if one.time is not None and record.time is not None:
                near = _close(one.time, record.time)
            else:
                near = number - one.number <= _RECORDS
            # A protocol that comes a second time is another start.
            if near and not protocols.keys() & one.protocols.keys():
                one.time = one.time or record.time
                one.number = number
                return one
        found = Startup(record.time, record.process, source, number)
        self._found.append(found)
        if len(self._found) > LIMIT:
            del self._found[0]
            self.left_out += 1
        return found

    def as_list(self) -> list[dict[str, Any]]:
        """In the order of time; those without a time first."""
        return [one.as_dict() for one in sorted(self._found, key=lambda one: one.time or "")]
