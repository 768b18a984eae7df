# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the numbers mean that a connection ends with: windows_numbers.yml, whose schema is in ``schemas/``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ....table import read_table


@cache
def numbers(section: str) -> Mapping[int, str]:
    """The names of one section of windows_numbers.yml, by number."""
    rows = read_table(Path(__file__).parent / "windows_numbers.yml")[section]
    return {row["number"]: row["name"] for row in rows}


def name_of(section: str, number: int | None) -> str | None:
    """The name of a number; the number itself where it has none here, None of None and of 0 (which means none)."""
    return numbers(section).get(number, str(number)) if number else None


def flags_of(section: str, number: int) -> list[str]:
    """The names of the flags that are set, and what is left over as a number."""
    known = numbers(section)
    names = [name for flag, name in known.items() if number & flag]
    rest = number & ~sum(known)
    return [*names, str(rest)] if rest else names
