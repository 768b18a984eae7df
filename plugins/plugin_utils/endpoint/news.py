# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a measurement says that was not known before: against an earlier one, else against endpoints.yml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..facts.endpoint_list import built_in
from .model import DECIDES, Measurement

SHOWN = 8
"""Names of suites in one line."""


@dataclass(frozen=True)
class Known:
    """What was known. ``protocols`` and ``suites``: only what is known for certain, so None is no empty list."""

    source: str
    date: str | None
    protocols: Mapping[str, str] | None
    suites: Mapping[str, Sequence[str]]


def from_table(host: str) -> Known | None:
    """What endpoints.yml says of a host: None where it does not know it. It says nothing of SSL 2.0 and 3.0."""
    row = built_in(host)
    if row is None:
        return None
    accepted, suites, date = row["protocols"], row["accepted_suites"], row["accepted_suites_date"]
    protocols = None
    if accepted is not None:
        protocols = {
            name: "accepted" if name in accepted else "rejected"
            for name in ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
        }
    return Known(
        "built_in", None if date is None else str(date), protocols, {} if suites is None else {DECIDES: tuple(suites)}
    )


def from_earlier(earlier: Measurement) -> Known:
    """What an earlier measurement says; what it left open it does not."""
    protocols = {name: answer for name, answer in earlier.protocols.items() if answer != "undetermined"}
    # Where it was not complete, nobody knows which protocol's suites are all there.
    suites = {name: earlier.suites.get(name, ()) for name in protocols} if earlier.complete else {}
    return Known("previous", earlier.measured_at, protocols, suites)


def _changed(before: Sequence[str], now: Sequence[str]) -> dict[str, list[str]]:
    return {
        "added": [name for name in now if name not in before],
        "removed": [name for name in before if name not in now],
    }


def news_of(found: Measurement, known: Known | None) -> dict[str, Any]:
    """``{compared_with, changed, protocols: {added, removed}, suites: {protocol: {added, removed}}, lines}``.

    ``changed`` is null where nothing could be compared, or where no difference was seen and not all could be looked at.
    What was not determined is no news, neither way.
    """
    nothing: dict[str, list[str]] = {"added": [], "removed": []}
    if known is None:
        return {"compared_with": None, "changed": None, "protocols": nothing, "suites": {}, "lines": []}
    pairs = {
        name: (known.protocols[name], answer)
        for name, answer in found.protocols.items()
        if known.protocols is not None and name in known.protocols and answer != "undetermined"
    }
    protocols = {
        "added": [name for name, (before, now) in pairs.items() if (before, now) == ("rejected", "accepted")],
        "removed": [name for name, (before, now) in pairs.items() if (before, now) == ("accepted", "rejected")],
    }
    unsure = {text.partition(":")[0] for text in found.errors}
    compared = {
        name: _changed(known.suites[name], found.suites.get(name, ()))
        for name, answer in found.protocols.items()
        if name in known.suites and answer != "undetermined" and name not in unsure
    }
    suites = {name: one for name, one in compared.items() if one["added"] or one["removed"]}
    lines = _lines(found, known, protocols, suites)
    return {
        "compared_with": {"source": known.source, "date": known.date},
        "changed": True if lines else False if found.complete and (pairs or compared) else None,
        "protocols": protocols,
        "suites": suites,
        "lines": lines,
    }


def _lines(
    found: Measurement, known: Known, protocols: Mapping[str, list[str]], suites: Mapping[str, Mapping[str, list[str]]]
) -> list[str]:
    since = f"than the {'earlier measurement' if known.source == 'previous' else 'built-in list'}"
    since += f" of {known.date}" if known.date else ""
    words = {"added": "now accepts", "removed": "no longer accepts"}
    lines = [
        f"{found.place} {word}, other {since}: {', '.join(protocols[kind])}"
        for kind, word in words.items()
        if protocols[kind]
    ]
    for name, one in suites.items():
        for kind, word in words.items():
            if one[kind]:
                more = f" and {len(one[kind]) - SHOWN} more" if len(one[kind]) > SHOWN else ""
                lines.append(f"{found.place} {word} with {name}, other {since}: {', '.join(one[kind][:SHOWN])}{more}")
    return lines
