# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which cells of the lab a run of the tests takes, and what enforcing makes of each (cells.yml).

WSUS_LAB_CELLS='2016-*,*-issue5' takes those that a pattern fits, WSUS_LAB_ALL=1 all; else a subset that covers them.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml
from support import lab
from support.fates import Fate
from support.lab import Cell

TABLE = Path(__file__).parent / "cells.yml"


@functools.cache
def table() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(TABLE.read_text("utf-8"))
    return found


def fate(cell: Cell) -> Fate:
    """What the table says of a cell. KeyError: nothing."""
    row = dict(table()[cell.scenario])
    for names, other in row.pop("personas", {}).items():
        if cell.persona in names.split():
            row = dict(other)
    return Fate(
        row.pop("unaffected", None),
        tuple(row.pop("fixed", ())),
        row.pop("kept", {}),
        tuple(row.pop("applied", ())),
        **row,
    )


def noncompliant() -> list[Cell]:
    """The cells on which there is something to tell: fixed or kept. Without the lab, of every persona."""
    cells = lab.all_cells() if lab.lab_is_there() else [Cell(p, name) for name in table() for p in lab.PERSONAS]
    return [cell for cell in sorted(cells) if cell.scenario in table() and fate(cell).unaffected is None]


def asked_for(cells: list[Cell], otherwise: Callable[[Iterable[Cell]], list[Cell]]) -> list[Cell]:
    """Of these cells, those that the environment asks for; ``otherwise`` chooses where it asks for none."""
    if os.environ.get("WSUS_LAB_ALL", "") not in ("", "0"):
        return cells
    if patterns := os.environ.get("WSUS_LAB_CELLS"):
        wanted = [part.strip() for part in patterns.split(",")]
        return [cell for cell in cells if any(fnmatch(cell.id, pattern) for pattern in wanted)]
    return otherwise(cells)


def chosen() -> list[Cell]:
    """The cells that a run enforces."""
    return asked_for(noncompliant(), covering)


def by_scenario(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.scenario, []).append(cell)
    return found


def one_of_each(cells: Iterable[Cell]) -> list[Cell]:
    """Each scenario on one persona, turn by turn; the healthy one on all."""
    scenarios = by_scenario(cells)
    found = scenarios.pop("healthy", [])
    turn = 0
    for _name, same in sorted(scenarios.items()):
        found.append(same[turn % len(same)])
        turn += len(same) > 1
    return sorted(found)


def covering(cells: Iterable[Cell]) -> list[Cell]:
    """A few cells that show every resolution and every reason, and of each persona one fixed and one kept."""
    tells = {cell: _tells(cell) for cell in sorted(cells)}
    left = set().union(*tells.values())
    found = []
    while left:
        # of equals the first, so that a run takes what the last one took
        best = max(tells, key=lambda cell: len(tells[cell] & left))
        left -= tells[best]
        found.append(best)
    return sorted(found)


def _tells(cell: Cell) -> set[str]:
    found = fate(cell)
    return {f"{cell.persona} {bool(found.fixed)}", *found.fixed, *found.applied, *found.kept.values()}
