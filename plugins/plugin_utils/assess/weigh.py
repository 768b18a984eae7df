# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What logs, captures and tests of the connection do to the verdicts that the configuration led to.

Issues 1, 3 and 5 share one log text. An event therefore speaks for the first issue of ``issues.yml`` that the
configuration leads to and whose process and class it has; what no issue explains is left for ``other``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..evidence import Connection, Event
from .case import HOLDS, Case, Situation

TOLD_APART = ("issue_1", "issue_2", "issue_3", "issue_5")
OPEN = HOLDS | {"possible"}
ENDED_BY_PEER = frozenset({"reset_after_hello", "closed_after_hello", "alert"})
"""How an endpoint or proxy ends a handshake that it does not want (words of capture_info and connection_info)."""
Rows = Mapping[str, Mapping[str, Any]]


def weigh(cases: Mapping[str, Case], situation: Situation, rows: Rows) -> None:
    """Confirm, contradict or leave the cases of ``TOLD_APART``, with what was seen noted in each."""
    for name in TOLD_APART:
        _by_log(name, cases, situation, rows)
        _past(cases[name], situation, rows[name])
    for connection in situation.evidence.connections:
        _by_capture(connection, cases, situation, rows)
    _by_probe(cases["issue_5"], situation)


def explained_by(event: Event, cases: Mapping[str, Case], rows: Rows) -> str | None:
    """The first issue that may hold and causes such an event; an event without a process fits that of any issue."""
    for name in TOLD_APART:
        if cases[name].verdict in OPEN and _fits(event, rows[name]):
            return name
    return None


def _fits(event: Event, row: Mapping[str, Any]) -> bool:
    return any(
        event.event_class == item["class"] and event.process in (item["process"], None)
        for item in row.get("logged", ())
    )


def _by_log(name: str, cases: Mapping[str, Case], situation: Situation, rows: Rows) -> None:
    case, row = cases[name], rows[name]
    if case.verdict not in OPEN:
        return
    fitting = [
        event
        for event in situation.current_events(*_classes(row))
        if _fits(event, row) and explained_by(event, cases, rows) == name
    ]
    # Without the column of the process a line proves nothing about which of the programs failed.
    case.confirm([event.told for event in fitting if event.process is not None])
    case.evidence_for += [event.told for event in fitting if event.process is None]
    if not fitting:
        against = situation.current_events(*row.get("contradicted_by", ()), process=row["process"])
        case.contradict([f"The log shows another failure: {event.told}" for event in against])


def _classes(row: Mapping[str, Any]) -> list[str]:
    return [item["class"] for item in row.get("logged", ())]


def _past(case: Case, situation: Situation, row: Mapping[str, Any]) -> None:
    """Notes events that fit and are history, whatever the verdict is."""
    for event in situation.evidence.events:
        if not _fits(event, row) or event.process is None:
            continue
        reason = "a success followed" if event.recovered else situation.outdated(event.last, event.process)
        if reason is not None:
            case.history.append(f"{event.told}: {reason}")


def _by_capture(connection: Connection, cases: Mapping[str, Case], situation: Situation, rows: Rows) -> None:
    """A capture shows how a connection ended, not which program made it: it confirms where only one issue fits."""
    shown = [name for name in connection.issues if name in TOLD_APART]
    old = {name: situation.outdated(connection.last, rows[name]["process"]) for name in shown}
    for name in shown:
        if old[name] is not None:
            cases[name].history.append(f"{connection.explanation}: {old[name]}")
    current = [name for name in shown if old[name] is None]
    holding = [name for name in current if cases[name].verdict in HOLDS]
    if len(holding) == 1:
        cases[holding[0]].confirm([connection.explanation])
    for name in current if len(holding) != 1 else ():
        case = cases[name]
        case.evidence_for.append(connection.explanation)
        if case.verdict == "undetermined" or (case.verdict == "excluded" and not case.final):
            case.verdict = "possible"
    works = connection.outcome == "established" and connection.version in ("TLS 1.2", "TLS 1.3")
    if works and situation.outdated(connection.last, rows["issue_5"]["process"]) is None:
        text = f"A capture shows an established {connection.version} connection with {connection.server}"
        cases["issue_5"].contradict([text])


def _by_probe(case: Case, situation: Situation) -> None:
    """Suites and curves are those of the whole host, so what Schannel can do with the endpoint decides issue 5."""
    host = situation.facts.get(str, "wsus", "endpoint", "host")
    for probe in situation.evidence.probes:
        if probe.inspected is True or (host is not None and probe.host not in (None, host)):
            continue  # it says nothing of Microsoft's endpoint
        outcome = probe.outcomes.get("TLS 1.2")
        told = f"connection_info, TLS 1.2 with {probe.endpoint}: {(outcome or '').replace('_', ' ')}"
        if outcome == "established":
            case.contradict([told])
        elif outcome in ENDED_BY_PEER:
            case.confirm([told] if case.verdict in OPEN else [])


def unexplained(cases: Mapping[str, Case], situation: Situation, rows: Rows) -> list[str]:
    """Failures in current evidence that no issue explains."""
    holding = [name for name in cases if cases[name].verdict in HOLDS]
    known = {event_class for name in holding for event_class in rows[name].get("explains", ())}
    events: Sequence[Event] = situation.current_events(
        *({event.event_class for event in situation.evidence.events if event.failure} - known)
    )
    elsewhere = [event.told for event in events if not event.tls]
    of_tls = [event for event in events if event.tls and explained_by(event, cases, rows) is None]
    return [*elsewhere, *(event.told for event in of_tls if "endpoint" not in holding)]
