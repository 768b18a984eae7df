# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of what logs, captures and tests of the connection say about one host. Times are
``yyyy-MM-ddTHH:mm:ss.fffZ`` (UTC, so they sort as text), or None where they are not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NO_FAILURE = frozenset({"success", "started"})
"""Event classes that tell of no failure."""


@dataclass(frozen=True)
class Event:
    """One classified log event, duplicates counted.

    ``process`` is ``w3wp`` (import), ``WsusService`` (synchronization) or None; ``recovered`` tells that a later
    success is in the log; ``last`` is the time of its last occurrence.
    """

    event_class: str
    meaning: str
    tls: bool
    source: str
    process: str | None
    host: str | None
    recovered: bool
    count: int
    last: str | None
    message: str

    @property
    def failure(self) -> bool:
        return self.event_class not in NO_FAILURE

    @property
    def told(self) -> str:
        """The event in one line: meaning, how often, where, who, when."""
        often = f"{self.count} times, " if self.count > 1 else ""
        who = self.process or "process not known"
        return f"{self.meaning} ({often}{self.source or 'log'}, {who}, last {self.last or 'at a time not known'})"


@dataclass(frozen=True)
class Startup:
    """A start of WSUS in a log: the SCHANNEL state of each protocol that it logged (``enabled``, ``disabled``)."""

    time: str | None
    protocols: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Connection:
    """One connection of a capture: how it ended and which documented issues that shows."""

    server: str
    outcome: str
    issues: tuple[str, ...]
    explanation: str
    version: str | None = None
    last: str | None = None


@dataclass(frozen=True)
class Probe:
    """What ``connection_info`` met when it connected from the host.

    ``endpoint``: host and port; ``outcomes``: of each protocol version it tried; ``inspected``: the certificate is
    not one of Microsoft's; ``trusted``: the host trusts the chain; ``reached``: a TCP connection, through the proxy
    where there is one, was made. None: not determined.
    """

    endpoint: str
    outcomes: Mapping[str, str]
    host: str | None = None
    trusted: bool | None = None
    inspected: bool | None = None
    issuer: str | None = None
    reached: bool | None = None
    summary: str = ""


@dataclass(frozen=True)
class Evidence:
    """All evidence of one host.

    ``logs``, ``captures`` and ``probed`` tell whether any was handed in at all; ``dropped`` counts malformed items.
    """

    events: tuple[Event, ...] = ()
    startups: tuple[Startup, ...] = ()
    connections: tuple[Connection, ...] = ()
    probes: tuple[Probe, ...] = ()
    logs: bool = False
    captures: bool = False
    probed: bool = False
    dropped: int = 0

    @property
    def last_startup(self) -> Startup | None:
        """The newest start of WSUS; one without a time counts as the newest where it is last in the list."""
        known = [item for item in self.startups if item.time is not None]
        if self.startups and self.startups[-1].time is None:
            return self.startups[-1]
        return max(known, key=lambda item: item.time or "", default=None)

    def open_events(self, *classes: str, process: str | None = None) -> list[Event]:
        """Events of these classes that no later success has overtaken; ``process`` None means any."""
        return [
            event
            for event in self.events
            if event.event_class in classes and not event.recovered and (process is None or event.process == process)
        ]
