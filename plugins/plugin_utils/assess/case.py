# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One issue while it is judged, and what all of them ask of facts and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..evidence import Evidence
from .findings import position
from .view import Facts, Undetermined

VERDICTS = ("confirmed", "likely", "possible", "undetermined", "excluded")
HOLDS = frozenset({"confirmed", "likely"})
TLS12_ONLY = "2020-08-01T00:00:00.000Z"
"""By then the endpoint accepted only TLS 1.2 and fewer suites (seed: "starting from July 2020")."""
LOG = "SoftwareDistribution.log at the time of the failure (wsus.compliance.log_info)"
CAPTURE = "a network capture of the connection (wsus.compliance.capture_info)"


@dataclass
class Case:
    """What is known about one issue while it is judged."""

    verdict: str = "undetermined"
    evidence_for: list[str] = field(default_factory=list)
    evidence_against: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def judge(self, verdict: str, *, pro: str = "", contra: str = "", missing: tuple[str, ...] = ()) -> Case:
        """Set the verdict and add what led to it."""
        self.verdict = verdict
        self.evidence_for += [pro] if pro else []
        self.evidence_against += [contra] if contra else []
        self.missing += missing
        return self

    def confirm(self, proof: list[str]) -> Case:
        """A log or capture agrees: likely becomes confirmed; any other verdict stays, with the proof noted."""
        if proof:
            self.evidence_for += proof
            if self.verdict == "likely":
                self.verdict = "confirmed"
                self.missing.clear()
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


def proof(situation: Situation, issue: str, process: str, *classes: str) -> list[str]:
    """What logs and captures say for this issue."""
    events = [
        f"{event.meaning} ({event.source}, {process}, last {event.last})"
        for event in situation.evidence.open_events(*classes, process=process)
    ]
    return events + [connection.explanation for connection in situation.evidence.shown_by_capture(issue)]


def why(facts: Facts, what: str, *path: str) -> str:
    """``what``, with the reason why it could not be read where the facts have one."""
    reason = facts.why(*path) or facts.why("wsus", "api") if path and path[0] == "wsus" else facts.why(*path)
    return f"{what} ({reason})" if reason else what
