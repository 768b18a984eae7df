# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What it would mean if the endpoint accepted something else: the profiles, and who would be lost by each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....text import many
from .host import Host
from .parts import Markup, element, host_list, shown, table, together

_INTRODUCTION = (
    "Judged by the stored facts, without asking any server: its protocol versions and cipher suites. Microsoft has "
    "announced none of this unless a date is named."
)


def readiness(fleet: Mapping[str, Any], hosts: Sequence[Host]) -> Markup:
    """The section; ``fleet`` has the member ``readiness``."""
    links: dict[Any, Markup] = {host.document["host"]: host.link for host in hosts}
    profiles: Mapping[str, Mapping[str, Any]] = fleet["readiness"]
    rows = [
        (
            _named(one),
            *(f"{len(one[member]):,}" for member in ("ready", "not_ready", "undetermined", "not_concerned")),
        )
        for one in profiles.values()
    ]
    heads = ("If it accepted only", "Ready", "Not ready", "Not determined", "Not concerned")
    parts: list[str] = [
        element("p", _INTRODUCTION, class_="quiet"),
        table("Readiness by endpoint profile", heads, rows, numbers=(1, 2, 3, 4), named=True),
    ]
    details = [_detail(one, links) for one in profiles.values() if one["not_ready"] or one["undetermined"]]
    return together([*parts, element("div", *details, class_="offers")])


def _named(one: Mapping[str, Any]) -> Markup:
    suites = element("code", ", ".join(shown(name, 80) for name in one["accepted_suites"]))
    date = [element("p", f"from {shown(one['date'], 10)}")] if one["date"] else []
    return together([shown(one["title"], 100), *date, element("p", suites)])


def _detail(one: Mapping[str, Any], links: Mapping[Any, Markup]) -> Markup:
    """The hosts that would not get through, or perhaps not, by the reason."""
    already = set(one["already"])
    rows = []
    for member, word in (("not_ready", "not ready"), ("undetermined", "not determined")):
        reasons: dict[str, list[str]] = {}
        for name, reason in one[member].items():
            text = f"{reason}; neither is it by the list of its audit" if name in already else reason
            reasons.setdefault(text, []).append(name)
        order = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
        rows += [
            (shown(text), word, host_list([links.get(name) or element("span", shown(name, 255)) for name in names]))
            for text, names in order
        ]
    old = one["out_of_support"]
    if old:
        where = host_list([links.get(name) or element("span", shown(name, 255)) for name in old])
        rows.append(("support of Windows ends before that date", "", where))
    count = len(one["not_ready"]) + len(one["undetermined"])
    heading = f"{shown(one['title'], 100)}: {many(count, 'host')} not ready or not determined"
    body = table(heading, ("Why", "Answer", "Hosts"), rows, named=True)
    return element("details", element("summary", element("h3", heading)), body)
