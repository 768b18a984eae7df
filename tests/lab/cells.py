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
    """Each scenario that can be fixed on one persona, turn by turn; of others, what adds a reason or a resolution."""
    scenarios = by_scenario(cells)
    found = []
    reasons: set[str] = set()
    turn = 0
    # Scenarios of one persona have no choice; what tells most comes first.
    for name in sorted(scenarios, key=lambda name: (-len(set(fate(scenarios[name][0]).kept.values())), name)):
        fates = [(cell, fate(cell)) for cell in scenarios[name]]
        new = {*fates[0][1].kept.values(), *fates[0][1].applied} - reasons
        if not (fates[0][1].fixed or new):
            continue
        reasons |= new
        found.append(fates[turn % len(fates)][0])
        turn += len(fates) > 1
    return sorted(found)
