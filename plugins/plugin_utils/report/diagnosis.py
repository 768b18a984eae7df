# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The issues of a host for the screen: the verdict in words, what speaks for it and against it, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..text import clean, width, wrap
from .fleet import verdict
from .result import ISSUES
from .summary import Line

_WORDS = {
    "confirmed": ("confirmed: configuration and evidence agree", "bad"),
    "likely": ("likely: the configuration must lead to it", "bad"),
    "possible": ("possible: it can't be told for sure", "warn"),
    "undetermined": ("undetermined: what decides could not be read", "warn"),
    "excluded": ("excluded", "dim"),
}
_ORDER = tuple(_WORDS)
_PARTS = (("for", "evidence_for"), ("against", "evidence_against"), ("earlier", "history"), ("missing", "missing"))
ITEM_LIMIT = 5
"""Items of each kind that are shown; the result file has all."""
_TEXT_LIMIT = 1_000


def diagnosis_lines(document: Mapping[str, Any], columns: int, titles: Mapping[str, str]) -> list[Line]:
    """The issues of one host, the surest first; the excluded ones share a line.

    Args:
        document: of the host's result file, or what of it could be read.
        columns: width of the screen.
        titles: issue -> what it is.
    """
    issues = document.get("issues")
    found = issues if isinstance(issues, Mapping) else {}
    verdicts = {name: str(verdict(found.get(name))) for name in ISSUES if verdict(found.get(name)) in _WORDS}
    lines: list[Line] = []
    for word in _ORDER[:-1]:
        for name in (one for one, its in verdicts.items() if its == word):
            issue = found[name] if isinstance(found[name], Mapping) else {}
            lines.extend(_issue(name, word, issue, columns, titles.get(name, "")))
    excluded = [name.replace("_", " ") for name, word in verdicts.items() if word == "excluded"]
    if excluded:
        lines.extend(_hanging("    excluded: ", ", ".join(excluded), columns, "dim"))
    return lines


def _issue(name: str, word: str, issue: Mapping[str, Any], columns: int, title: str) -> Iterator[Line]:
    text, color = _WORDS[word]
    yield from _hanging(f"  {name.replace('_', ' ')}: ", f"{title}. {text[0].upper()}{text[1:]}.", columns, color)
    for label, part in _PARTS:
        items = issue.get(part)
        for place, item in enumerate(_shown(items)):
            yield from _hanging(f"      {label if place == 0 else '':<8} ", item, columns)
    if word != "undetermined":
        steps = issue.get("remediation")
        texts = [step.get("text") for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
        for place, step in enumerate(_shown(texts)):
            yield from _hanging("      -> " if place == 0 else "      or ", step, columns)


def _shown(items: Any) -> list[str]:
    texts = [clean(item, _TEXT_LIMIT) for item in items if isinstance(item, str)] if isinstance(items, list) else []
    more = len(texts) - ITEM_LIMIT
    return [*texts[:ITEM_LIMIT], f"and {more} more, in the result file"] if more > 0 else texts


def _hanging(head: str, text: str, columns: int, color: str | None = None) -> list[Line]:
    indent = " " * width(head)
    parts: Sequence[str] = wrap(text, columns - width(head), 6)
    return [Line((indent if place else head) + part, color) for place, part in enumerate(parts)]
