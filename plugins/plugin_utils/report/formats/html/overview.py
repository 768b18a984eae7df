# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said of the fleet: counts, what to do first, issues and findings across hosts, what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ....collect.failure import hint, what
from ....text import many
from ...compare import CHANGE_WORDS, CHANGES, COUNTING
from ...fleet import PRESENT, verdict
from ...result import ISSUES, OUTCOMES, SEVERITIES, deciding
from ..words import OUTCOME_WORDS, issue_name, remediation_of, text_of
from .ciphers import Offer
from .host import MARKS, Host, badge
from .parts import NOTHING, Markup, element, host_list, moment, shown, table, together

FIRST_STEPS = 5
"""How many steps are named first; all findings are in the table."""
_HEIGHT, _WIDTH = 10, 1_000


@dataclass
class Rule:
    """What a rule says of the fleet: the hosts where it fails, and those where it could not be determined."""

    id: str
    title: str
    severity: str
    failed: list[Host] = field(default_factory=list)
    unread: list[Host] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """The most severe first, then what most hosts have."""
        place = SEVERITIES.index(self.severity) if self.severity in SEVERITIES else len(SEVERITIES)
        return (place, -len(self.failed), -len(self.unread), self.id)

    @property
    def step(self) -> str:
        """What is to be done on most of its hosts."""
        return min(self.steps, key=lambda text: (-self.steps[text], text), default="")


def rules_of(hosts: Sequence[Host]) -> list[Rule]:
    """The rules that fail or could not be determined somewhere, in the order in which they matter."""
    found: dict[str, Rule] = {}
    for host in hosts:
        for finding in deciding(host.findings):
            name = text_of(finding, "id")
            rule = found.setdefault(name, Rule(name, text_of(finding, "title") or name, text_of(finding, "severity")))
            failed = finding["result"] == "fail"
            (rule.failed if failed else rule.unread).append(host)
            if failed and (step := remediation_of(finding)):
                rule.steps[step] += 1
    return sorted(found.values(), key=lambda rule: rule.rank)


def overview(fleet: Mapping[str, Any]) -> Markup:
    """How many hosts, and how many of each outcome."""
    counts: Mapping[str, int] = fleet["counts"]
    total = sum(counts.values())
    tiles = [_tile("Hosts", total, "total", "")]
    for name in OUTCOMES:
        share = f"{100 * counts[name] / total:.0f} %" if total else ""
        tiles.append(_tile(OUTCOME_WORDS[name], counts[name], name, share))
    return together([element("ul", *tiles, class_="tiles"), _bar(counts, total)])


def _tile(label: str, number: int, kind: str, share: str) -> Markup:
    mark = [element("span", f"{MARKS[kind]} ", aria_hidden="true")] if kind in MARKS else []
    return element(
        "li",
        element("span", f"{number:,}", class_="number"),
        element("span", *mark, label, class_="label"),
        element("span", share, class_="share") if share else "",
        class_=f"tile {kind}",
    )


def _bar(counts: Mapping[str, int], total: int) -> Markup:
    """The shares as a bar: a picture of what the numbers above it say."""
    if not total:
        return NOTHING
    parts, begin = [], 0.0
    for name in OUTCOMES:
        size = _WIDTH * counts[name] / total
        if size:
            parts.append(element("rect", x=f"{begin:.1f}", y=0, width=f"{size:.1f}", height=_HEIGHT, class_=name))
        begin += size
    box = {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "preserveAspectRatio": "none"}
    return element("svg", *parts, class_="bar", aria_hidden="true", focusable="false", **box)


def first_steps(hosts: Sequence[Host], rules: Sequence[Rule]) -> Markup:
    """The few steps that help most: of what counts the most severe, then what could not be read or reached."""
    steps = [
        _step(
            rule.step or rule.title,
            rule.severity,
            f"Fails on {many(len(rule.failed), 'host')}: {rule.title}",
            rule.failed,
        )
        for rule in rules
        if rule.failed and rule.severity in COUNTING
    ]
    more = len(steps) - FIRST_STEPS
    steps = steps[:FIRST_STEPS]
    if more > 0:
        steps.append(element("li", f"{many(more, 'more finding')}, in the table below.", class_="quiet"))
    errors: dict[str, list[Host]] = {}
    for host in hosts:
        if host.error:
            errors.setdefault(shown(host.error.get("code"), 40), []).append(host)
    for code, found in sorted(errors.items()):
        steps.append(_step(hint(code), "not audited", f"{many(len(found), 'host')}: {what(code)}", found))
    unread = [host for host in hosts if host.outcome == "undetermined" and not host.error]
    if unread:
        text = "Make readable what their findings name, and audit again: these hosts may be right or wrong."
        steps.append(
            _step(text, "undetermined", f"{many(len(unread), 'host')}: what decides could not be read", unread)
        )
    if not steps:
        done = "Nothing: every host is compliant." if hosts else "There are no hosts in this report."
        return element("p", done)
    return element("ol", *steps, class_="steps")


def _step(text: str, kind: str, why: str, hosts: Sequence[Host]) -> Markup:
    return element(
        "li",
        element("p", text, data_copy=True, class_="step"),
        element("p", element("span", kind, class_="chip"), " ", why, class_="quiet"),
        element("div", host_list([host.link for host in hosts]), class_="on"),
    )


def issues(hosts: Sequence[Host], titles: Mapping[str, str]) -> Markup:
    """Which issues affect how many."""
    rows = []
    for name in ISSUES:
        found = [host for host in hosts if verdict(host.issues.get(name)) in PRESENT]
        possible = sum(1 for host in hosts if verdict(host.issues.get(name)) == "possible")
        if found or possible:
            parts = [element("p", shown(titles.get(name))), host_list([host.link for host in found])]
            if possible:
                parts.append(
                    element("p", f"possible on {many(possible, 'more host' if found else 'host')}", class_="quiet")
                )
            rows.append((issue_name(name), together(parts if found else [parts[0], parts[2]]), f"{len(found):,}"))
    if not rows:
        return element("p", "No host has one of the documented issues, as far as could be determined.")
    heads = ("Issue", "Meaning and hosts", "Hosts")
    return table("Issues and the hosts where they are confirmed or likely", heads, rows, numbers=(2,), named=True)


def findings(rules: Sequence[Rule]) -> Markup:
    """All that fails or could not be determined, by rule."""
    if not rules:
        return element("p", "Nothing fails, and everything could be determined.")
    rows = [
        (
            together([rule.title, " ", element("code", rule.id)]),
            rule.severity,
            f"{len(rule.failed):,}",
            f"{len(rule.unread):,}",
            host_list([host.link for host in (*rule.failed, *rule.unread)]),
        )
        for rule in rules
    ]
    heads = ("Finding", "Severity", "Failed", "Not determined", "Hosts")
    return table("Findings across hosts, the most severe first", heads, rows, numbers=(2, 3), named=True)


def offers(hosts: Sequence[Host]) -> Markup:
    """The suites that hosts offer beside those that the endpoint accepts: a table for all that offer the same."""
    found: dict[str, tuple[Offer, list[Host]]] = {}
    for host in hosts:
        if host.offer and host.offer.body:
            found.setdefault(host.offer.place, (host.offer, []))[1].append(host)
    if not found:
        return element("p", "No host's suites are known.")
    parts = []
    for place, (offer, those) in sorted(found.items(), key=lambda one: (-len(one[1][1]), one[0])):
        links = element("div", host_list([host.link for host in those]), class_="on")
        heading = f"{many(len(those), 'host')}: {offer.title}"
        body = element("div", links, offer.body, id=place, class_="offer")
        parts.append(element("details", element("summary", element("h3", heading)), body))
    return element("div", *parts, class_="offers")


def changes(fleet: Mapping[str, Any], hosts: Sequence[Host], compared: Mapping[str, Any], before_at: str) -> Markup:
    """Before and after: outcomes of both audits, and the hosts that differ."""
    differing: Mapping[str, Mapping[str, Any]] = compared["hosts"]
    after: Mapping[str, int] = fleet["counts"]
    before = Counter(str(differing[host.document["host"]]["before"]) for host in hosts if host.change)
    before += Counter(host.outcome for host in hosts if not host.change)
    before += Counter(str(one["before"]) for one in differing.values() if one["after"] is None)
    rows = [
        (badge(name), f"{before[name]:,}", f"{after[name]:,}", _difference(after[name] - before[name]))
        for name in OUTCOMES
    ]
    parts = [
        element("p", "Compared with the audit of ", moment(before_at), "."),
    ]
    tables = [table("Outcomes", ("Outcome", "Before", "Now", "Difference"), rows, numbers=(1, 2, 3), small=True)]
    counts = [(CHANGE_WORDS[name], f"{compared['counts'][name]:,}") for name in CHANGES if compared["counts"][name]]
    if counts:
        tables.append(table("Findings that differ", ("Change", "Findings"), counts, numbers=(1,), small=True))
    parts.append(element("div", *tables, class_="beside"))
    if not differing:
        return together([*parts, element("p", "Nothing differs.")])
    parts.append(table("Hosts that differ", ("Host", "Before", "Now", "Findings"), _differing(hosts, differing)))
    return together(parts)


def _difference(number: int) -> str:
    return f"{number:+,}" if number else "0"


def _differing(hosts: Sequence[Host], differing: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    links = {host.document["host"]: host.link for host in hosts}
    lost = {host.document["host"] for host in hosts if host.error}
    order = [
        *(host.document["host"] for host in hosts if host.change),
        *(name for name in differing if name not in links),
    ]
    for name in order:
        one = differing[name]
        sides = [
            badge(one[side]) if one[side] in OUTCOMES else element("span", "not there") for side in ("before", "after")
        ]
        counts = Counter(finding["change"] for finding in one["findings"])
        told = ", ".join(f"{counts[change]} {CHANGE_WORDS[change]}" for change in CHANGES if counts[change])
        yield (
            links.get(name, shown(name, 255)),
            *sides,
            told or ("not compared" if name in lost or None in (one["before"], one["after"]) else "none"),
        )
