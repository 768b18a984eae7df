# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One issue while it is judged, and what all of them ask of facts and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..evidence import Event, Evidence
from .findings import position
from .history import IMPORT, SYNCHRONIZATION, Moment, last_change
from .view import Facts, Undetermined

VERDICTS = ("confirmed", "likely", "possible", "undetermined", "excluded")
HOLDS = frozenset({"confirmed", "likely"})
TLS12_ONLY = "2020-08-01T00:00:00.000Z"
"""By then the endpoint accepted only TLS 1.2 and fewer suites (seed: "starting from July 2020")."""
LOG = "SoftwareDistribution.log at the time of the failure (wsus.compliance.log_info)"
CAPTURE = "a network capture of the connection (wsus.compliance.capture_info)"


@dataclass
class Case:
    """What is known about one issue while it is judged. ``final``: no log or capture can change the verdict, as for
    an issue that this kind of server can't have."""

    verdict: str = "undetermined"
    final: bool = False
    evidence_for: list[str] = field(default_factory=list)
    evidence_against: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)

    def judge(self, verdict: str, *, pro: str = "", contra: str = "", missing: tuple[str, ...] = ()) -> Case:
        """Set the verdict and add what led to it."""
        self.verdict = verdict
        self.evidence_for += [pro] if pro else []
        self.evidence_against += [contra] if contra else []
        self.missing += missing
        return self

    def rule_out(self, contra: str) -> Case:
        """Excluded, whatever logs and captures show: this server can't have it."""
        self.final = True
        return self.judge("excluded", contra=contra)

    def confirm(self, proof: list[str]) -> Case:
        """A log or capture agrees: likely becomes confirmed; any other verdict stays, with the proof noted."""
        if proof:
            self.evidence_for += proof
            if self.verdict == "likely":
                self.verdict = "confirmed"
                self.missing.clear()
        return self

    def contradict(self, contra: list[str]) -> Case:
        """Something speaks against what the configuration must lead to: it is possible only."""
        if contra and self.verdict in HOLDS:
            self.evidence_against += contra
            self.verdict = "possible"
        return self


@dataclass(frozen=True)
class Situation:
    """Facts and evidence with the few conclusions that more than one issue needs."""

    facts: Facts
    evidence: Evidence

    @property
    def downstream(self) -> bool:
        return position(self.facts) == "downstream"

    @property
    def replica(self) -> bool:
        return self.downstream and self.facts.get(bool, "wsus", "hierarchy", "replica") is True

    @property
    def import_asks(self) -> str | None:
        """``system_default``, ``named``, ``old_only`` or None."""
        asks = self.facts.get(str, "dotnet", "import", "asks_for")
        return asks if asks in ("system_default", "named", "old_only") else None

    def pending(self) -> list[Mapping[str, Any]]:
        """Changes that are newer than the process that must read them; empty where that is not known."""
        try:
            return self.facts.records("restart", "pending")
        except Undetermined:
            return []

    @property
    def import_settings_pending(self) -> list[str]:
        """Settings of .NET newer than the worker process; SCHANNEL does not change what .NET asks for."""
        return [
            str(item.get("what"))
            for item in self.pending()
            if item.get("reader") == "w3wp" and "SCHANNEL" not in str(item.get("path"))
        ]

    @property
    def last_result(self) -> str | None:
        return self.facts.get(str, "wsus", "synchronization", "last", "result")

    @property
    def last_error(self) -> str:
        return self.facts.get(str, "wsus", "synchronization", "last", "error") or "no error name"

    @cached_property
    def last_changes(self) -> Mapping[str, Moment | None]:
        """The newest change of what decides how each process connects: asked for with every event."""
        return {name: last_change(self.facts, name) for name in (IMPORT, SYNCHRONIZATION)}

    def outdated(self, last: str | None, process: str | None) -> str | None:
        """Why evidence of that time is history for *process* (None: for whoever reads it last), or None.

        Evidence without a time is taken for what was asked about: that of now.
        """
        if last is None:
            return None
        for name in (process,) if process is not None else (IMPORT, SYNCHRONIZATION):
            change = self.last_changes[name]
            if change is not None and last < change.time:
                return f"before {change.what} ({change.time})"
        ended = self.facts.get(str, "wsus", "synchronization", "last", "ended")
        if process == SYNCHRONIZATION and self.last_result == "Succeeded" and ended is not None and last < ended:
            return f"before the last synchronization succeeded ({ended})"
        return None

    def current_events(self, *classes: str, process: str | None = None) -> list[Event]:
        """Events of these classes that show how it is now: not recovered, and no history."""
        return [
            event
            for event in self.evidence.open_events(*classes, process=process)
            if self.outdated(event.last, event.process if event.process in (IMPORT, SYNCHRONIZATION) else process)
            is None
        ]

    def succeeded_after(self, *times: str | None) -> bool:
        """The last synchronization succeeded, later than every given time.

        One before the endpoint accepted TLS 1.2 only proves nothing. Times are ``yyyy-MM-ddTHH:mm:ss.fffZ``, which
        sorts as text.
        """
        ended = self.facts.get(str, "wsus", "synchronization", "last", "ended")
        return (
            self.last_result == "Succeeded"
            and ended is not None
            and ended > TLS12_ONLY
            and all(time is not None and time < ended for time in times)
        )


def why(facts: Facts, what: str, *path: str) -> str:
    """``what``, with the reason why it could not be read where the facts have one."""
    reason = facts.why(*path) or facts.why("wsus", "api") if path and path[0] == "wsus" else facts.why(*path)
    return f"{what} ({reason})" if reason else what
