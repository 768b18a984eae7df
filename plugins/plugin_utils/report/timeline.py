# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What happened on a host, and when, out of its result: facts with a time, evidence, journals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..collect.times import contract_time
from ..text import clean
from .shapes import mapping, records

_TEXT_LIMIT = 500


@dataclass(frozen=True, order=True)
class Moment:
    """``time``: UTC, as in results. ``text``: what happened. ``origin``: where that is known from."""

    time: str
    text: str
    origin: str


def timeline(document: Mapping[str, Any]) -> list[Moment]:
    """The moments of a host's document, the earliest first. What has no time, or none of the contract's, has none."""
    facts = mapping(document.get("facts"))
    findings = records(document.get("findings"))
    rows = [*_of_facts(facts), *_of_journals(mapping(facts.get("journal"))), *_of_evidence(findings)]
    if facts:
        rows.append((facts.get("collected_at"), "This result: the host was read", "its own clock"))
    found = {
        Moment(time, clean(text, _TEXT_LIMIT), clean(origin, 60))
        for value, text, origin in rows
        if (time := contract_time(value))
    }
    return sorted(found)


Row = tuple[object, str, str]


def _of_facts(facts: Mapping[str, Any]) -> Iterator[Row]:
    restart, wsus = mapping(facts.get("restart")), mapping(facts.get("wsus"))
    yield (restart.get("boot_time"), "Windows started", "system")
    for name, time in mapping(restart.get("processes")).items():
        yield (time, f"{name} started (the process that runs now)", "processes")
    for change in records(restart.get("pending")):
        what, reader = change.get("what"), change.get("reader")
        yield (change.get("changed"), f"Changed, and not read by {reader} since: {what}", "settings")
    yield (wsus.get("last_config_change"), "The configuration of WSUS was changed", "WSUS")
    last = mapping(mapping(wsus.get("synchronization")).get("last"))
    yield (last.get("started"), "The last synchronization began", "WSUS")
    error = f": {last.get('error_text') or last.get('error')}" if last.get("error") else ""
    yield (last.get("ended"), f"The last synchronization ended: {last.get('result')}{error}", "WSUS")
    config = mapping(mapping(facts.get("w3wp")).get("config"))
    yield (config.get("last_write"), "w3wp.exe.config was written last", "file")


def _of_journals(journal: Mapping[str, Any]) -> Iterator[Row]:
    for entry in records(journal.get("entries")):
        what = {"enforce": "A change", "rollback": "A rollback"}.get(str(entry.get("purpose")), "A run")
        yield (entry.get("started"), f"{what} by wsus.compliance began: {entry.get('state')}", "journal")
        for operation in records(entry.get("operations")):
            done = {"applied": "Changed", "perhaps": "Perhaps changed"}.get(str(operation.get("state")))
            if done:
                yield (operation.get("at"), f"{done} by wsus.compliance: {operation.get('target')}", "journal")
        for restart in records(entry.get("restarts")):
            yield (restart.get("at"), f"Restarted by wsus.compliance: {restart.get('what')}", "journal")


def _of_evidence(findings: list[Mapping[str, Any]]) -> Iterator[Row]:
    keys: dict[tuple[str, str], dict[str, None]] = {}
    for finding in findings:
        for piece in records(finding.get("evidence")):
            if "text" in piece:
                yield (piece.get("time"), str(piece["text"]), str(finding.get("id")).rpartition(".")[2])
            elif contract_time(piece.get("key_last_write")):
                names = keys.setdefault((str(piece["key_last_write"]), str(piece.get("path"))), {})
                if piece.get("exists") is not False:
                    names[str(piece.get("name")) or "(default)"] = None
    for (time, path), names in keys.items():
        holds = f", which holds {', '.join(names)}" if names else ""
        yield (time, f"Key written last: {path}{holds}", "registry")
