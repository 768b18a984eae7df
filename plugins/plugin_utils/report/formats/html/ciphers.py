# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The suites that a host offers beside those that the endpoint accepts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from ....facts.cipher_lists import base_name
from ...shapes import mapping, records
from .parts import NOTHING, Markup, pairs, shown, table, together

SUITE_LIMIT = 300
"""Most suites of a list that are shown: more than any Windows has."""
_SOURCES = {"policy": "Group Policy", "local": "local list", "os_default": "Windows' default", "unknown": "not known"}
_LISTS = {"built_in": "table of the collection", "option": "given by the user", "measured": "measured"}


@dataclass(frozen=True)
class Offer:
    """What a host offers and what comes of it. ``body``: the tables; empty where nothing is known."""

    title: str
    body: Markup

    @cached_property
    def place(self) -> str:
        """The id of its table: hosts that offer the same share it."""
        return f"suites-{hashlib.sha256(self.body.encode()).hexdigest()[:12]}"


def offer_of(facts: object) -> Offer | None:
    """``facts``: of a host, of which subset ``ciphers`` is looked at; None where it was not read at all."""
    found = mapping(mapping(facts).get("ciphers"))
    return _offer(json.dumps(found, sort_keys=True, default=str)) if found else None


@lru_cache(maxsize=256)
def _offer(text: str) -> Offer:
    """``text``: the subset as JSON. Most hosts of a fleet have it of another host."""
    found: dict[str, Any] = json.loads(text)
    if found.get("error"):
        return Offer(f"not read: {shown(mapping(found['error']).get('message'))}", NOTHING)
    rows = list(_rows(found))
    usable = len(_names(found.get("common")))
    title = f"{len(_names(found.get('effective')))} offered, {usable or 'none'} of them accepted"
    if found.get("determined") is not True:
        title += ", not fully determined"
    heads = ("Suite", "Place", "Host offers it", "Endpoint accepts it", "Usable")
    caption = "Suites in the host's order, then what else the endpoint accepts"
    return Offer(title, together([pairs(_about(found)), table(caption, heads, rows, numbers=(1,))]))


def _about(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    chosen, endpoint, curves = (mapping(found.get(name)) for name in ("list", "endpoint_list", "curves"))
    source = shown(chosen.get("source"), 40)
    yield "Host's list", _SOURCES.get(source, source)
    if problem := shown(chosen.get("type_problem")):
        yield "Host's list", problem
    source = shown(endpoint.get("source"), 40)
    parts = (shown(endpoint.get("host"), 255), _LISTS.get(source, source), shown(endpoint.get("date"), 40))
    yield "Endpoint's list", ", ".join(part for part in parts if part)
    if names := _names(curves.get("curves")):
        common = ", ".join(_names(curves.get("common")))
        yield "Curves", f"{', '.join(names)}; in common: {common or 'none'}"


def _rows(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    chosen = mapping(found.get("list"))
    offered, usable = set(_names(found.get("effective"))), set(_names(found.get("common")))
    accepts = dict.fromkeys(map(base_name, _names(found.get("endpoint_suites"))))
    killers: dict[str, list[str]] = {}
    for one in records(found.get("killed"))[:SUITE_LIMIT]:
        killers.setdefault(shown(one.get("name"), 200), []).append(shown(one.get("by"), 300))
    listed = _names(chosen.get("suites"))
    for place, name in enumerate(listed, 1):
        accepted = name in usable or base_name(name) in accepts
        offers = "yes" if name in offered else f"no: disabled by {', '.join(killers.get(name, ['a setting']))}"
        yield (name, str(place), offers, _answer(accepted), _answer(name in usable))
    for one in records(chosen.get("ignored"))[:SUITE_LIMIT]:
        name = shown(one.get("name"), 200)
        reason = shown(one.get("reason"), 300)
        yield (name, "", f"no: {reason}", _answer(base_name(name) in accepts), "no")
    there = set(map(base_name, listed))
    yield from ((name, "", "no: not in its list", "yes", "no") for name in accepts if name not in there)


def _answer(yes: bool) -> str:
    return "yes" if yes else "no"


def _names(value: object) -> list[str]:
    return [shown(one, 200) for one in value[:SUITE_LIMIT] if isinstance(one, str)] if isinstance(value, list) else []
