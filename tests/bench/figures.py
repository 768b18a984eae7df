# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers to tables, and tables to the document."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Mapping, Sequence


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over the runs, which all have the same figures."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def shown(value: object) -> str:
    """Three digits that mean something; whole numbers from 100."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; all columns but the first hold numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *([shown(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def verdict(what: str, ratio: float, goal: float, *, at_least: bool = False) -> str:
    """A goal, and whether it is reached."""
    reached = ratio >= goal if at_least else ratio <= goal
    word = "at least" if at_least else "at most"
    return f"- {what}: **{ratio:.2f}**, goal {word} {goal:g}: {'reached' if reached else '**missed**'}"


def replaced(document: str, part: str, text: str) -> str:
    """The document with other text between the markers of this part.

    Raises:
        ValueError: it does not have these markers exactly once.
    """
    begin, end = f"<!-- bench {part}: begin -->", f"<!-- bench {part}: end -->"
    pattern = re.compile(f"(?<={re.escape(begin)}\n).*?(?={re.escape(end)})", re.DOTALL)
    if document.count(begin) != 1 or document.count(end) != 1 or not pattern.search(document):
        raise ValueError(f"the document has not exactly one part {begin} ... {end}")
    return pattern.sub(lambda _match: f"\n{text.strip()}\n\n", document)
