# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every cell of the lab goes the whole way simulated, and comes out as cells.yml has it: none is left out silently.

Quick, as there is neither Wine nor WinRM; test_enforce_cells.py is the same in the lab.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.action import (
    assess,
    enforce,
    rollback,
    service_restart,
    synchronization,
)
from lab import cells, expectations
from lab.test_matrix import every_cell
from support import lab
from support.fates import found_fate
from support.lab import Cell
from support.simulated_action import SimulatedHost, without_times
from support.simulated_cell import scenario_of
from support.steps import PREDICTED

needs_lab = pytest.mark.skipif(not lab.lab_is_there(), reason="the lab is not there")


def test_every_cell_of_the_audit_is_in_the_table(monkeypatch):
    monkeypatch.delenv("WSUS_LAB_CELLS", raising=False)
    audited = every_cell()
    assert {cell.scenario for cell in audited} == set(cells.table()), "cells.yml and the matrix have other scenarios"
    assert [f"{cell.id}: {problem}" for cell in audited for problem in cells.fate(cell).problems()] == []
    assert len(audited) > 150


def test_the_table_says_noncompliant_where_the_audit_must():
    wrong = []
    for cell in every_cell():
        wanted, fate = expectations.expectation(cell.scenario, cell.persona).compliant, cells.fate(cell)
        outcomes = {expectations.OUTCOMES[one] for one in (wanted if isinstance(wanted, list) else [wanted])}
        if (fate.unaffected or "noncompliant") not in outcomes:
            wrong.append(f"{cell.id}: {fate} beside {outcomes}")
    assert wrong == []


@needs_lab
def test_the_subset_covers_the_whole(monkeypatch):
    monkeypatch.delenv("WSUS_LAB_CELLS", raising=False)
    monkeypatch.delenv("WSUS_LAB_ALL", raising=False)
    whole, subset = cells.noncompliant(), cells.chosen()
    every, some = ([cells.fate(cell) for cell in group] for group in (whole, subset))
    for fixed in (True, False):
        assert {cell.persona for cell in subset if bool(cells.fate(cell).fixed) is fixed} == set(lab.PERSONAS)
    assert len(subset) < 20
    for members in ("fixed", "applied"):
        assert {n for one in every for n in getattr(one, members)} == {n for one in some for n in getattr(one, members)}
    assert {code for one in every for code in one.kept.values()} == {c for one in some for c in one.kept.values()}
    monkeypatch.setenv("WSUS_LAB_ALL", "1")
    assert cells.chosen() == whole and len(whole) > len(subset)
    monkeypatch.delenv("WSUS_LAB_ALL")
    monkeypatch.setenv("WSUS_LAB_CELLS", "2016-issue*, *-aes-off")
    assert {cell.id for cell in cells.chosen()} == {
        *(f"2016-issue{name}" for name in ("1", "1-w3wp", "2", "4", "5")),
        "2019-aes-off",
    }


class Told:
    """A cell that goes the way of the roles enforce and rollback: their tasks, without Ansible around them."""

    def __init__(self, cell: Cell) -> None:
        self.host = SimulatedHost(scenario_of(cell), cell.id)
        self.host.reboots = True
        self.start = self.host.state()
        self.predicted = self.run(enforce, check=True, apply=["all"])
        self.untouched = self.host.state() == self.start
        self.done = self.run(enforce, apply=["all"])
        self.restarted, self.synchronized = self.effective(from_times=True)
        self.after = self.run(assess)
        before = self.host.state()
        self.again = self.run(enforce, apply=["all"])
        self.executions = len(self.host.executions)
        self.unchanged = self.host.state() == before
        self.back = self.run(rollback)
        self.effective()
        self.end = self.host.state()

    def run(self, module: Any, *, check: bool = False, **args: Any) -> dict[str, Any]:
        self.host.executions.clear()
        return self.host.run(module, check=check, **args)

    def effective(self, **args: Any) -> tuple[list[str], dict[str, Any]]:
        done = self.run(service_restart, restart_ok=True, reboot_ok=True, **args)
        return [one["what"] for one in done.get("restarts", ())], self.run(synchronization, assess=False)


@needs_lab
@pytest.mark.parametrize("cell", every_cell() if lab.lab_is_there() else [], ids=lambda cell: cell.id)
def test_the_way_of_a_simulated_cell(cell):
    told = Told(cell)
    assert found_fate(told.done, told.restarted, told.after["outcome"]) == cells.fate(cell)
    assert told.untouched and told.predicted["changed"] is told.done["changed"]
    if not told.done.get("failed"):
        assert {name: told.predicted[name] for name in PREDICTED} == {name: told.done[name] for name in PREDICTED}
    if cells.fate(cell).fixed:
        assert told.synchronized["proof"] == "proved"
        assert (told.again["changed"], told.executions, told.unchanged) == (False, 1, True)
    assert bool(told.back["applied"]) is bool(told.done["applied"])
    assert without_times(told.end) == without_times(told.start)
