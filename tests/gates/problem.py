# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a gate finds, and the tables that gates judge by.

A gate first says what a file uses (``Use``), then looks for the row that permits it. So the rows that nothing uses are
known as well.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TABLES = Path(__file__).resolve().parent / "tables"


@dataclass(frozen=True)
class Problem:
    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Use:
    """Something that a row must permit: ``rows`` is TABLE.LIST or TABLE.LIST.FIELD, ``form`` the row as it would be."""

    line: int
    rows: str
    key: Hashable
    form: str


def as_row(**fields: Any) -> str:
    """A row as it would be pasted into a table; '?' is what has to be looked up."""
    quoted = {name: value if isinstance(value, (list, int)) else json.dumps(value) for name, value in fields.items()}
    return "{" + ", ".join(f"{name}: {value}" for name, value in quoted.items()) + "}"


@functools.cache
def table(name: str) -> dict[str, Any]:
    return yaml.safe_load((TABLES / f"{name}.yml").read_text("utf-8"))


def key_of(row: Mapping[str, Any]) -> Hashable:
    """What a row is found by: its name; the file and the text, where it permits one place only."""
    return row["name"] if "name" in row else (row["file"], row["text"])


def frozen(value: Any) -> Hashable:
    return tuple(map(frozen, value)) if isinstance(value, list) else value


@functools.cache
def index(rows: str) -> dict[Hashable, dict[str, Any]]:
    """TABLE.LIST: the rows by their keys. TABLE.LIST.FIELD: the rows by key and each item of that field."""
    name, part, *field = rows.split(".")
    listed = table(name)[part]
    if not field:
        return {key_of(row): row for row in listed}
    return {(key_of(row), frozen(item)): row for row in listed for item in row.get(field[0], [])}


def missing(use: Use) -> str | None:
    """What to say where no row permits it."""
    if use.key in index(use.rows):
        return None
    name, part, *field = use.rows.split(".")
    place = f"tables/{name}.yml, {part}"
    what = ": ".join(map(str, use.key)) if isinstance(use.key, tuple) else str(use.key)
    if field:
        return f"{what}: the row of {place} has no such item in {field[0]}; once it is judged: {use.form}"
    return f"{what}: no row in {place}; once it is judged: - {use.form}"


def not_permitted(uses: Iterator[Use]) -> Iterator[tuple[int, str]]:
    for use in uses:
        if text := missing(use):
            yield use.line, text
