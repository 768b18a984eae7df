# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of signatures, and which of them a record has. Texts are compared without white space: no wrap matters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...table import read_table

_STEM = 8
TABLE = Path(__file__).parent / "tables" / "signatures.yml"


@dataclass(frozen=True)
class Signature:
    """One row: what a record says. Members as in the table."""

    name: str
    meaning: str
    tls: bool
    kind: str
    recovered_by: str
    alternatives: tuple[tuple[str, ...], ...]

    def matches(self, small: str) -> bool:
        """Whether all texts of one alternative are in the compact text, in their order."""
        return any(_in_order(texts, small) for texts in self.alternatives)


def compact(text: str) -> str:
    """``text`` in small letters, without white space and ``~``."""
    return "".join(text.split()).replace("~", "").lower()


def _in_order(texts: Iterable[str], small: str) -> bool:
    """No regular expression: linear whatever the text repeats."""
    end = 0
    for text in texts:
        start = small.find(text, end)
        # After a text that ends in a digit no digit may follow: 384 is not in 3841.
        while start >= 0 and text[-1].isdigit() and small[start + len(text) : start + len(text) + 1].isdigit():
            start = small.find(text, start + 1)
        if start < 0:
            return False
        end = start + len(text)
    return True


def _stems(texts: set[str]) -> tuple[str, ...]:
    """Few short strings, one of them at least in each of the texts: asking for them is quicker than for the texts."""
    rest, found = set(texts), []
    while rest:
        count: dict[str, int] = {}
        for text in rest:
            for stem in {text[at : at + _STEM] for at in range(max(1, len(text) - _STEM + 1))}:
                count[stem] = count.get(stem, 0) + 1
        best = max(sorted(count), key=lambda stem: count[stem])
        found.append(best)
        rest = {text for text in rest if best not in text}
    return tuple(found)


class Signatures:
    """The rows of a table in their order."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.rows = tuple(
            Signature(
                row["class"],
                row["meaning"],
                row["tls"],
                row["kind"],
                row.get("recovered_by", "sync"),
                tuple(tuple(map(compact, texts)) for texts in row["any"]),
            )
            for row in table["signatures"]
        )
        self._final = tuple((compact(row["text"]), row["final"]) for row in table["final"])
        self._stems = _stems({texts[0] for row in self.rows for texts in row.alternatives})

    def may_match(self, small: str) -> bool:
        """Whether any row has a chance in this compact text. Asked of every record, so it is the quick question."""
        return any(map(small.__contains__, self._stems))

    def matching(self, small: str) -> list[Signature]:
        """All rows that match the compact text, in the order of the table."""
        return [row for row in self.rows if row.matches(small)] if self.may_match(small) else []

    def first(self, small: str) -> Signature | None:
        """The row that gives a record with this compact text its class."""
        if not self.may_match(small):
            return None
        return next((row for row in self.rows if row.matches(small)), None)

    def final(self, small: str) -> bool | None:
        """Whether the record tells of the last attempt (True), of one that is tried again (False), or of neither."""
        return next((final for text, final in self._final if text in small), None)


@lru_cache(maxsize=1)
def load_signatures() -> Signatures:
    """The table of this collection."""
    return Signatures(read_table(TABLE))


_HOST = r"([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)"
_IN_COMPACT = tuple(
    re.compile(pattern)
    for pattern in (
        rf"actor=https?://{_HOST}[/:]",
        rf"couldnotberesolved:['\"\u2018\u2019\u201c\u201d]{_HOST}['\"\u2018\u2019\u201c\u201d]",
        rf"withauthority['\"\u2018\u2019]{_HOST}(?::\d{{1,5}})?['\"\u2018\u2019]",
    )
)
_URL = re.compile(rf"https?://{_HOST}(?::\d{{1,5}})?(?P<path>[/\s'\",;)]|$)(?P<rest>\S{{0,21}})", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\d.])((?:\d{1,3}\.){3}\d{1,3}):\d{1,5}(?!\d)")


def host_of(text: str, small: str) -> str | None:
    """The name (or, where there is none, the address) of the other side that a record names.

    Args:
        text: the record.
        small: the same, compact.
    """
    for pattern in _IN_COMPACT:
        match = pattern.search(small)
        if match is not None:
            return match[1]
    for match in _URL.finditer(text):
        # Names of SOAP methods and XML name spaces look like addresses and are none.
        if not match["rest"].lower().startswith("softwaredistribution") and "schemas." not in match[1].lower():
            return match[1].lower()
    match = _ADDRESS.search(text)
    return match[1] if match is not None else None
