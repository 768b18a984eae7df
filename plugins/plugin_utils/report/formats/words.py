# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all formats say of a finding, in the same words and of the same length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Any, TypeVar

from ...text import clean
from ..shapes import records

TEXT_LIMIT = 2_000
"""Most characters of one text of a finding in a report; the result file has all."""
KEPT = 10_000
"""Most findings of which a format keeps what it made: a fleet has fewer that differ."""
EVIDENCE_LIMIT = 20
"""Most pieces of evidence of one finding in a report."""

OUTCOME_WORDS = {
    "compliant": "compliant",
    "noncompliant": "not compliant",
    "undetermined": "undetermined",
    "unreachable": "unreachable",
}
"""What a person reads for each outcome."""


Made = TypeVar("Made")


def per_finding(make: Callable[[Mapping[str, Any]], Made]) -> Callable[[Mapping[str, Any]], Made]:
    """Makes something of a finding once, and keeps it. It is told by the object: a mapping has no hash.

    Nobody may change what is made, nor a finding.
    """
    kept: dict[int, tuple[Mapping[str, Any], Made]] = {}

    @wraps(make)
    def once(finding: Mapping[str, Any]) -> Made:
        found = kept.get(id(finding))
        # As long as it is kept, no other object has its id.
        if found is None:
            if len(kept) >= KEPT:
                kept.clear()
            found = kept[id(finding)] = (finding, make(finding))
        return found[1]

    return once


def issue_name(issue: str) -> str:
    """An issue's name as it is read."""
    return issue.replace("_", " ")


def text_of(finding: Mapping[str, Any], name: str) -> str:
    """A member of a finding on one line; empty where it has none."""
    value = finding.get(name)
    if value.__class__ is str and len(value) <= TEXT_LIMIT:
        return _line(value)
    return "" if value is None else clean(value, TEXT_LIMIT)


@lru_cache(maxsize=10_000)
def _line(text: str) -> str:
    """Most texts are those of the rules, and come again with each host and in each format."""
    return clean(text, TEXT_LIMIT)


def remediation_of(finding: Mapping[str, Any]) -> str:
    """What to do, with the resolution that ``enforce_apply`` would take."""
    remediation = finding.get("remediation")
    if not isinstance(remediation, Mapping):
        return ""
    text, resolution = text_of(remediation, "text"), text_of(remediation, "resolution")
    return f"{text} (enforce_apply: {resolution})" if resolution else text


def evidence_of(finding: Mapping[str, Any]) -> Iterator[str]:
    """Each piece of evidence on a line: a registry value with its data, or a sentence."""
    found = records(finding.get("evidence"))
    for piece in found[:EVIDENCE_LIMIT]:
        yield _piece(piece)
    if len(found) > EVIDENCE_LIMIT:
        yield f"and {len(found) - EVIDENCE_LIMIT} more, in the result file"


def _piece(piece: Mapping[str, Any]) -> str:
    if "text" in piece:
        return text_of(piece, "text")
    place = text_of(piece, "path")
    if piece.get("name") is not None:
        place = f"{place}: {text_of(piece, 'name') or '(default)'}"
    if piece.get("exists") is False:
        return f"{place} is absent"
    return f"{place} = {text_of(piece, 'type')} {text_of(piece, 'data')}".rstrip()


@per_finding
def details_of(finding: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and text of all that is known of a finding beside its title, in the order in which it is read."""
    rows = [
        ("Expected", text_of(finding, "expected")),
        ("Actual", text_of(finding, "actual")),
        *(("Evidence", piece) for piece in evidence_of(finding)),
        ("Owner", text_of(finding, "owner")),
        ("Why", text_of(finding, "rationale")),
        ("To do", remediation_of(finding)),
        ("Needs", text_of(finding, "needs")),
        ("Reference", text_of(finding, "reference")),
    ]
    return [(label, text) for label, text in rows if text]
