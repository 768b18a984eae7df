# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host's section: what is wrong and what to do first, then all else that is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from ....assess.view import Facts
from ....text import many
from ...compare import CHANGE_WORDS
from ...fleet import PRESENT, verdict
from ...result import ISSUES, deciding
from ...shapes import mapping, records
from ...timeline import timeline
from ..words import OUTCOME_WORDS, details_of, issue_name, per_finding, text_of
from .ciphers import Offer, offer_of
from .parts import Markup, element, folded, link, moment, pairs, shown, table, together

MARKS = {"compliant": "\u2713", "noncompliant": "\u2715", "undetermined": "?", "unreachable": "\u2298"}
"""Beside the words of an outcome, for those who see no colors."""
RESULT_MARKS = {"pass": "\u2713", "fail": "\u2715", "error": "!", "unknown": "?"}
_CLASSES = {"fail": "noncompliant", "error": "undetermined", "unknown": "undetermined", "pass": "compliant"}
_OPEN = ("confirmed", "likely", "possible", "undetermined")
"""Verdicts of which something is to be said, the surest first."""
_PARTS = (("For", "evidence_for"), ("Against", "evidence_against"), ("Earlier", "history"), ("Missing", "missing"))
_COUNTED = {
    "informational": "informational",
    "pass": "passed",
    "notapplicable": "not applicable",
    "notchecked": "not checked",
}
"""Results of the findings that nothing has to be done about, in the order in which they are shown."""
ITEM_LIMIT = 20
"""Most texts of a kind that an issue shows; the result file has all."""
NAME_LIMIT = 255
TIMELINE_LIMIT = 200
"""Most moments of a timeline: the newest."""


@dataclass(frozen=True)
class Host:
    """A host of the page. ``change``: what differs from the earlier audit, as ``compare`` says it; None: nothing."""

    document: Mapping[str, Any]
    change: Mapping[str, Any] | None = None

    @cached_property
    def name(self) -> str:
        return shown(self.document.get("host"), NAME_LIMIT) or "(no name)"

    @cached_property
    def place(self) -> str:
        """Its id in the page, the same in each report."""
        name = str(self.document.get("host")).encode("utf-8", "surrogatepass")
        return f"host-{hashlib.sha256(name).hexdigest()[:12]}"

    @cached_property
    def outcome(self) -> str:
        return str(self.document["outcome"])

    @cached_property
    def findings(self) -> list[Mapping[str, Any]]:
        return records(self.document.get("findings"))

    @cached_property
    def issues(self) -> Mapping[str, Any]:
        return mapping(self.document.get("issues"))

    @cached_property
    def present(self) -> list[str]:
        """Issues that are confirmed or likely."""
        return [name for name in ISSUES if verdict(self.issues.get(name)) in PRESENT]

    @cached_property
    def error(self) -> Mapping[str, Any] | None:
        found = self.document.get("error")
        return found if isinstance(found, Mapping) else None

    @cached_property
    def offer(self) -> Offer | None:
        """Its cipher suites."""
        return offer_of(self.document.get("facts"))

    @cached_property
    def link(self) -> Markup:
        return element("a", self.name, href=f"#{self.place}")


@lru_cache
def badge(outcome: str) -> Markup:
    """An outcome, by its words and a mark."""
    mark = element("span", MARKS[outcome], aria_hidden="true")
    return element("span", mark, " ", OUTCOME_WORDS[outcome], class_=f"badge {outcome}")


@lru_cache
def word(result: str) -> Markup:
    """The result of a finding."""
    mark = f"{RESULT_MARKS[result]} " if result in RESULT_MARKS else ""
    hidden = element("span", mark, aria_hidden="true") if mark else ""
    return element("span", hidden, result, class_=f"badge {_CLASSES.get(result, 'plain')}")


def section(host: Host) -> Markup:
    """The host, closed: a line, and below it everything."""
    told = deciding(host.findings)
    changed = host.change is not None
    return element(
        "details",
        element("summary", *_summary(host, told)),
        element(
            "div",
            _about(host),
            *([_error(host.error)] if host.error else []),
            *([_changes(host.change)] if host.change else []),
            *([_findings(host, told)] if told else []),
            *_issues(host),
            *_rest(host),
            # Within what is closed: a browser then opens it by itself where a link leads there.
            id=host.place,
            class_="body",
        ),
        class_="host",
        data_outcome=host.outcome,
        data_issues=" ".join(host.present),
        data_changed=changed,
    )


def _summary(host: Host, told: list[Mapping[str, Any]]) -> Iterator[str]:
    yield element("h3", host.name)
    yield badge(host.outcome)
    if name := Facts(host.document.get("facts")).get(str, "os", "name"):
        yield element("span", shown(name, 80), class_="os")
    failed = sum(1 for one in told if one["result"] == "fail")
    numbers = ((failed, "failed"), (len(told) - failed, "not determined"))
    counts = [f"{number} {text}" for number, text in numbers if number]
    if counts:
        yield element("span", ", ".join(counts), class_="counts")
    chips = [element("span", issue_name(name), class_="chip") for name in host.present]
    if host.change:
        chips.append(element("span", "changed", class_="chip changed"))
    if chips:
        yield element("span", together(chips), class_="chips")


def _about(host: Host) -> Markup:
    document = host.document
    rows: list[tuple[str, str]] = [
        ("Host read", moment(document.get("collected_at"))),
        ("Result made", moment(document.get("audited_at"))),
    ]
    if profile := shown(document.get("profile"), 40):
        rows.append(("Profile", profile))
    if version := shown(document.get("collection_version"), 40):
        rows.append(("Version", version))
    return element("div", pairs(rows), class_="about")


def _error(error: Mapping[str, Any]) -> Markup:
    code = shown(error.get("code"), 40)
    return element("p", element("strong", "Not audited"), f" ({code}): {text_of(error, 'message')}", class_="note bad")


def _changes(change: Mapping[str, Any]) -> Markup:
    before, after = (OUTCOME_WORDS.get(str(change[side]), "not there") for side in ("before", "after"))
    line = f"Outcome: {after}, as before." if before == after else f"Outcome: {before} before, {after} now."
    rows = [
        (
            CHANGE_WORDS[finding["change"]],
            shown(finding["title"] or finding["id"]),
            _side(finding["before"]),
            _side(finding["after"]),
        )
        for finding in change["findings"]
    ]
    heading = element("h4", "Changes since the earlier audit")
    listed = [table("What differs, finding by finding", ("Change", "Finding", "Before", "Now"), rows)] if rows else []
    return element("section", heading, element("p", line), *listed, class_="changes")


def _side(side: Mapping[str, Any] | None) -> str:
    return "no such finding" if side is None else f"{shown(side['result'])}: {shown(side['actual'])}"


def _findings(host: Host, told: list[Mapping[str, Any]]) -> Markup:
    heading = element("h4", "What to do" if len(told) == 1 else f"What to do: {len(told)} findings")
    return element("section", heading, *(_finding(finding) for finding in told), class_="todo")


@per_finding
def _finding(finding: Mapping[str, Any]) -> Markup:
    result, severity = text_of(finding, "result"), text_of(finding, "severity")
    rule = text_of(finding, "id")
    tags = [word(result), " ", element("span", severity, class_="chip"), " ", element("code", rule)]
    heading = element("h5", text_of(finding, "title") or rule)
    details = [(label, link(text, text) if label == "Reference" else text) for label, text in details_of(finding)]
    kind = _CLASSES.get(result)
    return element("article", heading, element("p", *tags, class_="tags"), pairs(details), class_=kind)


def _issues(host: Host) -> Iterator[Markup]:
    verdicts = {name: verdict(host.issues.get(name)) for name in ISSUES}
    order = [name for state in _OPEN for name in ISSUES if verdicts[name] == state]
    excluded = [issue_name(name) for name in ISSUES if verdicts[name] == "excluded"]
    if not order and not excluded:
        return
    body = [element("h4", "Issues")]
    if order:
        rows = [
            (issue_name(name), str(verdicts[name]), _weighed(host.issues[name]), _help(host.issues[name]))
            for name in order
        ]
        body.append(
            table("Issues that hold or may hold", ("Issue", "Verdict", "Because", "What helps"), rows, named=True)
        )
    if excluded:
        body.append(element("p", f"Excluded: {', '.join(excluded)}.", class_="quiet"))
    yield element("section", *body)


def _weighed(issue: object) -> Markup:
    rows = [(label, text) for label, part in _PARTS for text in _texts(mapping(issue).get(part))]
    return pairs(rows)


def _help(issue: object) -> Markup | str:
    texts = [step.get("text") for step in records(mapping(issue).get("remediation"))]
    return together([element("p", text) for text in _texts(texts)])


def _texts(items: object) -> list[str]:
    texts = [shown(item) for item in items if isinstance(item, str)] if isinstance(items, list) else []
    more = len(texts) - ITEM_LIMIT
    return [*texts[:ITEM_LIMIT], f"and {more} more, in the result file"] if more > 0 else texts


def _rest(host: Host) -> Iterator[Markup]:
    if offer := host.offer:
        told_of = element("a", offer.title, href=f"#{offer.place}") if offer.body else offer.title
        yield element("section", element("h4", "Cipher suites"), element("p", told_of))
    moments = timeline(host.document)
    if moments:
        left = len(moments) - TIMELINE_LIMIT
        rows = [(moment(one.time), shown(one.text), one.origin) for one in moments[-TIMELINE_LIMIT:]]
        note = [element("p", f"{many(left, 'earlier moment')} in the result file.", class_="quiet")] if left > 0 else []
        body = table("Timeline", ("Time", "What", "Known from"), rows, named=True)
        yield folded(f"Timeline: {many(len(moments), 'moment')}", *note, body)
    others = {name: [one for one in host.findings if one.get("result") == name] for name in _COUNTED}
    if any(others.values()):
        title = ", ".join(f"{len(found)} {_COUNTED[name]}" for name, found in others.items() if found)
        rows = [_row(one) for found in others.values() for one in found]
        yield folded(
            f"Other findings: {title}", table("Other findings", ("Rule", "Result", "Actual"), rows, named=True)
        )


@per_finding
def _row(finding: Mapping[str, Any]) -> tuple[str, str, str]:
    return text_of(finding, "title") or text_of(finding, "id"), text_of(finding, "result"), text_of(finding, "actual")
