# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The summary for the screen: per host what is wrong and what to do next, then the fleet in a few lines.

ASCII marks only, one color per line (it adds nothing that the words do not say), nothing left out silently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..assess.view import Facts
from ..collect.failure import hint, what
from ..text import clean, fit, many, pad, width, wrap
from .fleet import verdict
from .result import ISSUES, OUTCOMES, deciding, worst_first

MIN_WIDTH = 80
MAX_WIDTH = 140
"""Lines longer than this are hard to read, however wide the terminal is."""
FOLD_HOSTS = 20
"""Up to so many hosts each compliant one has its line; of more they share one."""
DETAIL_HOSTS = 50
"""Up to so many hosts with findings these are listed; of more each host has only its heading."""

_WORDS = {
    "compliant": ("compliant", "good"),
    "noncompliant": ("NOT COMPLIANT", "bad"),
    "undetermined": ("UNDETERMINED", "warn"),
    "unreachable": ("UNREACHABLE", "bad"),
}
_MARKS = {"fail": ("x", "bad"), "error": ("!", "warn"), "unknown": ("?", "warn")}
_EDITION = re.compile(r" (?:Standard|Datacenter|Essentials|Foundation)\b.*$")
_VERDICTS = ("confirmed", "likely", "possible")
_NEXT = {
    "noncompliant": "Do what the arrows (->) say, the first of a host first, and audit again.",
    "undetermined": "Make readable what has the mark ? or !, and audit again: it may be right or wrong.",
}
# What a compliant host may have beside what passed; none of it counts.
_MINOR = (
    ("fail", "minor failed"),
    ("error", "minor in error"),
    ("unknown", "minor unknown"),
    ("informational", "informational"),
)
_LABEL = "  {:<9}  "
_INDENT = 13


@dataclass(frozen=True)
class Line:
    """A line of the screen. ``color``: ``good``, ``bad``, ``warn``, ``dim`` or None = the terminal's own."""

    text: str
    color: str | None = None


def screen_width(columns: int) -> int:
    """The columns that a summary uses of a terminal that has ``columns``."""
    return max(MIN_WIDTH, min(columns, MAX_WIDTH))


def _issue_name(issue: str) -> str:
    return issue.replace("_", " ")


def _joined(parts: Sequence[str], columns: int) -> str:
    """As many parts as there is room for, with commas, and how many are left out."""
    for taken in range(len(parts), 0, -1):
        left = len(parts) - taken
        text = ", ".join(parts[:taken]) + (f" and {left} more" if left else "")
        if width(text) <= columns:
            return text
    return f"{len(parts)} of them"


def _issues(document: Mapping[str, Any], columns: int) -> str:
    """``endpoint confirmed, issue 1 likely``, the strongest verdict first; only those that may hold."""
    issues = document.get("issues")
    if not isinstance(issues, Mapping):
        return ""
    verdicts = {name: verdict(issues.get(name)) for name in ISSUES}
    parts = [f"{_issue_name(name)} {word}" for word in _VERDICTS for name in ISSUES if verdicts[name] == word]
    return _joined(parts, columns) if parts else ""


def _os_name(document: Mapping[str, Any]) -> str:
    return _EDITION.sub("", clean(Facts(document.get("facts")).get(str, "os", "name", default=""), 60))


def _counts(document: Mapping[str, Any], named: Iterable[tuple[str, str]]) -> str:
    """``5 informational, 2 not checked`` of the results named; those that are zero are not mentioned."""
    summary = document.get("summary")
    counts = summary if isinstance(summary, Mapping) else {}
    return ", ".join(f"{counts[result]} {words}" for result, words in named if counts.get(result))


def _hanging(head: str, text: str, columns: int, lines: int, color: str | None = None) -> list[Line]:
    """``text`` beside ``head``, its further lines below its first."""
    indent = " " * width(head)
    parts = wrap(text, columns - width(head), lines)
    return [Line((indent if place else head) + part, color) for place, part in enumerate(parts)]


def _finding(finding: Mapping[str, Any], columns: int) -> list[Line]:
    mark, color = _MARKS[finding["result"]]
    if finding.get("severity") not in ("high", "medium"):
        color = "warn"
    text = clean(f"{finding.get('id')}: {finding.get('actual')}", 500)
    return _hanging(f"  {mark} {pad(clean(finding.get('severity'), 6), 6)}  ", text, columns, 2, color)


def _step(finding: Mapping[str, Any]) -> str:
    remediation = finding.get("remediation")
    text = remediation.get("text") if isinstance(remediation, Mapping) else None
    return clean(text, 500) if isinstance(text, str) else ""


def _findings(document: Mapping[str, Any], columns: int) -> list[Line]:
    """The findings that fail or are not determined, worst first, each with its next step unless that stands above."""
    lines: list[Line] = []
    told: set[str] = set()
    for finding in deciding(document.get("findings") or []):
        lines.extend(_finding(finding, columns))
        step = _step(finding)
        if step and step not in told:
            lines.extend(_hanging(" " * 12 + "-> ", step, columns, 3))
            told.add(step)
    return lines


def _host(name: str, document: Mapping[str, Any], columns: int, names: int, systems: int, detail: bool) -> list[Line]:
    """The lines of one host."""
    outcome = str(document["outcome"])
    word, color = _WORDS[outcome]
    error = document.get("error")
    shown = pad(clean(name, 60), names)
    if isinstance(error, Mapping):
        message = clean(error.get("message"))
        tail = hint(str(error.get("code")))
        if tail and message.endswith(tail):  # told once for the fleet
            message = message[: -len(tail)].rstrip(". ")
        return [
            Line(fit(f"{shown}  {'NOT AUDITED' if outcome == 'undetermined' else word}  {message}", columns), color)
        ]
    head = f"{shown}  {pad(_os_name(document), systems)}  {word}" if systems else f"{shown}  {word}"
    if outcome == "compliant":
        rest = _counts(document, _MINOR)
        return [Line(fit(f"{head}  {rest}".rstrip(), columns), color)]
    if not detail:
        rest = _counts(document, [("fail", "failed"), ("error", "in error"), ("unknown", "unknown")])
        head = f"{head}  {rest}".rstrip()
    issues = _issues(document, max(20, columns - width(head) - 2))
    lines = [Line(fit(f"{head}  {issues}".rstrip(), columns), color)]
    if not detail:
        return lines
    lines.extend(_findings(document, columns))
    if not document.get("findings"):
        lines.append(Line("    its findings could not be read back from the file", "warn"))
    rest = _counts(document, [("informational", "informational"), ("notchecked", "not checked"), ("pass", "passed")])
    return [*lines, Line(fit(f"    and {rest}", columns), "dim")] if rest else lines


def host_lines(
    documents: Mapping[str, Mapping[str, Any]],
    columns: int,
    more: Callable[[Mapping[str, Any]], list[Line]] = lambda document: [],
) -> list[Line]:
    """The hosts, worst outcome first, then by name.

    Args:
        documents: inventory name -> document of its file.
        columns: width of the screen.
        more: what follows the findings of a host that was audited, where these are listed.
    """
    order = sorted(documents, key=lambda name: worst_first(documents[name]["outcome"], name))
    names = min(30, max((width(clean(name, 60)) for name in order), default=0))
    systems = min(32, max((width(_os_name(document)) for document in documents.values()), default=0))
    with_findings = sum(1 for one in documents.values() if one["outcome"] != "compliant" and not one.get("error"))
    detail = with_findings <= DETAIL_HOSTS
    lines: list[Line] = []
    previous = None
    for name in order:
        host = _host(name, documents[name], columns, names, systems, detail)
        if detail and not documents[name].get("error"):
            host += more(documents[name])
        if lines and (len(host) > 1 or previous != 1):
            lines.append(Line(""))
        lines.extend(host)
        previous = len(host)
    if not detail:
        lines.append(
            Line(f"{with_findings} hosts have findings: too many for the screen, they are in the files.", "warn")
        )
    return lines


def readiness_texts(fleet: Mapping[str, Any], columns: int) -> Iterable[tuple[str, bool]]:
    """What each endpoint profile would mean, and whether every host that is concerned would get through."""
    for one in fleet.get("readiness", {}).values():
        lost, open_hosts = [clean(name, 60) for name in one["not_ready"]], len(one["undetermined"])
        head = f"{fit(one['title'], columns // 2)}: {len(one['ready'])} ready"
        tail = f", {open_hosts} undetermined" if open_hosts else ""
        if lost:
            head += f", {len(lost)} not ready"
            room = columns - width(head) - width(tail) - 3
            tail = (f" ({_joined(lost, room)})" if room > 12 else "") + tail
        yield fit(head + tail, columns), not lost and not open_hosts


def fleet_lines(
    fleet: Mapping[str, Any],
    columns: int,
    *,
    folder: str,
    pending: int = 0,
    left_out: int = 0,
    folded: Mapping[str, int] | None = None,
    titles: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    unwritten: Sequence[str] = (),
) -> list[Line]:
    """The fleet in a few lines.

    Args:
        fleet: the fleet's document.
        columns: width of the screen.
        folder: where the files are.
        pending: hosts of later batches.
        left_out: hosts of the play on which the audit was not run.
        folded: where ``host_lines`` did not get the compliant hosts: how many findings of each result they have.
        titles: issue -> what it is.
        errors: host -> error code of those that were not audited.
        unwritten: hosts whose result files could not be written; a file that is there is of an earlier run.
    """
    counts, hosts, errors, titles = fleet["counts"], fleet["hosts"], errors or {}, titles or {}
    words = [f"{counts[outcome]} {_WORDS[outcome][0].lower()}" for outcome in OUTCOMES if counts[outcome]]
    head = f"{many(sum(counts.values()), 'host')}: {', '.join(words) or 'none audited'}"
    lines = [Line(fit(head, columns), _WORDS[fleet["outcome"]][1])]
    compliant = [clean(name, 60) for name in hosts if hosts[name] == "compliant"]
    if folded is not None and compliant:
        lines.append(Line(_LABEL.format("compliant") + _joined(compliant, columns - _INDENT), "good"))
        rest = _counts({"summary": folded}, _MINOR)
        if rest:
            lines.append(Line(_LABEL.format("") + f"with {rest} in all", "dim"))
    for issue in ISSUES:
        found = [clean(name, 60) for name in fleet["issues"].get(issue, [])]
        if found:
            text = _joined(found, columns - _INDENT)
            if issue in titles and width(text) <= columns - _INDENT - 30:
                text += f" ({fit(titles[issue], columns - _INDENT - width(text) - 3)})"
            lines.append(Line(_LABEL.format(_issue_name(issue)) + text))
    for place, (text, ready) in enumerate(readiness_texts(fleet, columns - _INDENT)):
        lines.append(Line(_LABEL.format("" if place else "what if") + text, None if ready else "warn"))
    if pending:
        lines.append(Line(_LABEL.format("to come") + many(pending, "host")))
    if left_out:
        lines.append(
            Line(
                _LABEL.format("left out") + f"{many(left_out, 'host')} of the play, on which the audit was not run",
                "warn",
            )
        )
    if unwritten:
        shown = _joined([clean(name, 60) for name in unwritten], columns - _INDENT - 40)
        lines.append(
            Line(fit(_LABEL.format("unwritten") + f"{shown}: the result file can't be written", columns), "bad")
        )
    lines.append(Line(fit(_LABEL.format("files") + f"{clean(folder)}: fleet.json, and one for each host", columns)))
    if not pending:
        todo = [text for outcome, text in _NEXT.items() if _has(outcome, hosts, errors)]
        codes = sorted({errors[name] for name in errors})
        todo.extend(f"{what(code)}: {hint(code)[:1].lower()}{hint(code)[1:]}" for code in codes)
        for place, text in enumerate(todo):
            lines.extend(_hanging(_LABEL.format("" if place else "next"), text, columns, 4))
    return lines


def _has(outcome: str, hosts: Mapping[str, str], errors: Mapping[str, str]) -> bool:
    """Whether a host has this outcome by its findings; of those that were not audited the error says more."""
    return any(one == outcome and name not in errors for name, one in hosts.items())


__all__ = ["DETAIL_HOSTS", "FOLD_HOSTS", "Line", "fleet_lines", "host_lines", "screen_width"]
