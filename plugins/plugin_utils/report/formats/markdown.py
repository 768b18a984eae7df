# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Markdown (GFM) for tickets and job summaries: the fleet, its issues, and what is wrong with each host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...text import clean
from ..result import ISSUES, OUTCOMES, deciding, worst_first
from .words import OUTCOME_WORDS, evidence_of, issue_name, per_finding, remediation_of, text_of

_SPECIAL = re.compile(r"[^\w\s,;?%'/()-]|_|(?<!\w)-")
"""What Markdown, HTML or a ticket system may take for more than text: markup, links."""
_BREAK = "&#8203;"
"""Behind an at sign, and not seen: services make mentions of what is shown, whatever it was written as."""
_TITLES = {name: word if name == "compliant" else f"**{word}**" for name, word in OUTCOME_WORDS.items()}


def markdown(fleet: Mapping[str, Any], documents: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    """The report in Markdown.

    Args:
        fleet: the fleet's document.
        documents: of the hosts' result files.
        titles: issue -> what it is.
    """
    order = sorted(documents, key=lambda one: worst_first(one["outcome"], one["host"]))
    lines = ["# WSUS compliance", "", *_overview(fleet), *_issues(fleet, titles), *_readiness(fleet), *_hosts(order)]
    for document in order:
        lines += _host(document)
    return "\n".join(lines) + "\n"


def escaped(text: object) -> str:
    """Text that Markdown shows as it is, on one line: special characters are written as entities."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};{_BREAK if match[0] == '@' else ''}", clean(text))


def _overview(fleet: Mapping[str, Any]) -> Iterator[str]:
    yield f"Audited {escaped(fleet['audited_at'])}, outcome: {_TITLES[fleet['outcome']]}."
    yield ""
    yield from _table(("Outcome", "Hosts"), [(_TITLES[name], str(fleet["counts"][name])) for name in OUTCOMES])


def _issues(fleet: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
    rows = [
        (escaped(issue_name(issue)), escaped(titles.get(issue, "")), ", ".join(map(escaped, hosts)))
        for issue in ISSUES
        if (hosts := fleet["issues"].get(issue))
    ]
    if rows:
        yield from ("## Issues", "")
        yield from _table(("Issue", "Meaning", "Hosts"), rows)


def _readiness(fleet: Mapping[str, Any]) -> Iterator[str]:
    rows = []
    for one in fleet.get("readiness", {}).values():
        rows.append(
            (
                escaped(one["title"]) + (f", from {escaped(one['date'])}" if one["date"] else ""),
                str(len(one["ready"])),
                ", ".join(map(escaped, one["not_ready"])) or "0",
                ", ".join(map(escaped, one["undetermined"])) or "0",
            )
        )
    if rows:
        yield from ("## If the endpoint accepted something else", "")
        yield from _table(("Only", "Ready", "Not ready", "Not determined"), rows)


def _hosts(documents: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from ("## Hosts", "")
    rows = []
    for document in documents:
        summary = document.get("summary") or {}
        undetermined = sum(summary.get(name, 0) for name in ("error", "unknown"))
        numbers = (str(summary.get("fail", 0)), str(undetermined))
        rows.append((escaped(document["host"]), _TITLES[document["outcome"]], *numbers))
    yield from _table(("Host", "Outcome", "Failed", "Not determined"), rows)


def _host(document: Mapping[str, Any]) -> Iterator[str]:
    findings = deciding(document.get("findings") or [])
    error = document.get("error")
    if not findings and not error:
        return
    yield from (f"## {escaped(document['host'])}", "")
    if isinstance(error, Mapping):
        yield from (f"Not audited: {escaped(text_of(error, 'message'))}", "")
    for finding in findings:
        yield _finding(finding)


@per_finding
def _finding(finding: Mapping[str, Any]) -> str:
    return "\n".join(_lines(finding))


def _lines(finding: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {escaped(text_of(finding, 'title'))}"
    yield ""
    result, severity, rule = (escaped(text_of(finding, name)) for name in ("result", "severity", "id"))
    yield f"- {result}, {severity}: {rule}"
    for label, text in (("Expected", text_of(finding, "expected")), ("Actual", text_of(finding, "actual"))):
        yield f"- {label}: {escaped(text)}"
    yield from (f"- Evidence: {escaped(piece)}" for piece in evidence_of(finding))
    if remediation := remediation_of(finding):
        yield f"- **To do**: {escaped(remediation)}"
    if needs := text_of(finding, "needs"):
        yield f"- Needs: {escaped(needs)}"
    reference = text_of(finding, "reference")
    if reference.startswith("https://") and not re.search(r"[\s<>]", reference):
        yield f"- [Reference](<{reference}>)"
    yield ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    yield from (f"| {' | '.join(cells)} |" for cells in rows)
    yield ""
