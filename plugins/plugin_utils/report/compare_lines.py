# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A comparison for the screen: the hosts that differ, the worst first, then the fleet in a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..text import clean, fit, width, wrap
from .compare import CHANGE_WORDS, CHANGES, WORSE
from .result import OUTCOMES
from .summary import DETAIL_HOSTS, Line

_MARKS = {"new": ("x", "bad"), "unread": ("?", "warn"), "fixed": ("+", "good"), "read": ("+", "good")}


def compare_lines(compared: Mapping[str, Any], columns: int) -> list[Line]:
    """The summary of what ``compare`` returned, for a screen of so many columns."""
    hosts: Mapping[str, Mapping[str, Any]] = compared["hosts"]
    order = sorted(hosts, key=lambda name: (-_badness(hosts[name]), name))
    lines: list[Line] = []
    for name in order[:DETAIL_HOSTS]:
        lines += [*_host(name, hosts[name], columns), Line("")]
    if len(order) > DETAIL_HOSTS:
        lines += [Line(f"and {len(order) - DETAIL_HOSTS} more hosts that differ, in the result", "warn"), Line("")]
    counts = [
        f"{compared['counts'][change]} {CHANGE_WORDS[change]}" for change in CHANGES if compared["counts"][change]
    ]
    number = f"{len(hosts)} {'host differs' if len(hosts) == 1 else 'hosts differ'}"
    text = "Nothing differs." if not hosts else f"{number}{': ' if counts else ''}{', '.join(counts)}"
    return [*lines, Line(fit(text, columns), "bad" if compared["worse"] else "good")]


def _badness(host: Mapping[str, Any]) -> int:
    worse = sum(1 for finding in host["findings"] if finding["change"] in WORSE)
    place = OUTCOMES.index(host["after"]) if host["after"] in OUTCOMES else len(OUTCOMES)
    return place * 1_000 + worse


def _host(name: str, host: Mapping[str, Any], columns: int) -> Iterator[Line]:
    before, after = (host[side] or "not there" for side in ("before", "after"))
    outcome = before if before == after else f"{before} -> {after}"
    color = None if before == after else "good" if after == "compliant" else "bad"
    yield Line(fit(f"{clean(name, 60)}  {outcome}", columns), color)
    for finding in host["findings"]:
        mark, color = _MARKS.get(finding["change"], ("~", "warn"))
        head = f"  {mark} {CHANGE_WORDS[finding['change']]}  "
        side = finding["after"] or finding["before"] or {}
        text = clean(f"{finding['id']}: {side.get('actual')}", 500)
        for place, part in enumerate(wrap(text, columns - width(head), 2)):
            yield Line((" " * width(head) if place else head) + part, color)
