# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The audit, as it ships, on the Windows of the lab in their states: one test for each cell of the matrix.

Each asserts what the audit says, and that the host is in the state it was in before.

Hosts are made, audited and removed in batches; a test waits for the batch that its cell is in. A run takes every state
on one Windows and the healthy one on each; cells.py says how to have all cells, or some.
"""

from __future__ import annotations

import functools
import json
import unicodedata
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lab import cells, expectations
from support import host_state, lab

BATCH = 16
SCHEMA = lab.CHECKOUT / "plugins" / "plugin_utils" / "report" / "schemas" / "audit.schema.json"


def every_cell() -> list[lab.Cell]:
    # Without the lab its scenarios are known by what is expected of them: they are to be seen as skipped.
    found = set(lab.all_cells())
    known = {cell.scenario for cell in found}
    found |= {lab.Cell(p, name) for name in expectations.scenarios() if name not in known for p in lab.PERSONAS}
    return sorted(found)


class Matrix:
    """Audits cells batch by batch, when the first cell of a batch is asked for."""

    def __init__(self, wanted: list[lab.Cell], folder: Path) -> None:
        self.folder = folder
        self.batches = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
        self.runs: dict[int, lab.Run | lab.LabError] = {}
        self.ready: dict[int, Future[lab.Hosts]] = {}
        # What an audit changed on its host: must be nothing.
        self.changes: dict[str, list[str]] = {}
        # While a batch is audited, the hosts of the next are made, and those of the last removed.
        self.workers = ThreadPoolExecutor(1)

    def run(self, cell: lab.Cell) -> lab.Run:
        (number,) = (n for n, batch in enumerate(self.batches) if cell in batch)
        if number not in self.runs:
            try:
                self.runs[number] = self._audit(number)
            except lab.LabError as problem:
                self.runs[number] = problem
        run = self.runs[number]
        if isinstance(run, lab.LabError):
            raise run
        return run

    def _make(self, number: int) -> None:
        if number < len(self.batches) and number not in self.ready:
            hosts = lab.Hosts({cell.id: cell for cell in self.batches[number]}, collapse=True)
            self.ready[number] = self.workers.submit(hosts.make)

    def _audit(self, number: int) -> lab.Run:
        self._make(number)
        hosts = self.ready[number].result()
        try:
            before = {name: host_state.snapshot(prefix) for name, prefix in hosts.prefixes.items()}
            hosts.start()
            services = lab.service_processes(hosts.prefixes)
            self._make(number + 1)
            run = lab.audit(hosts, self.folder / str(number))
            services_after = lab.service_processes(hosts.prefixes)
            hosts.stop()
            for name, prefix in hosts.prefixes.items():
                self.changes[name] = host_state.differences(before[name], host_state.snapshot(prefix))
                self.changes[name] += host_state.service_changes(services[name], services_after[name])
            return run
        finally:
            self.workers.submit(hosts.close)

    def close(self) -> None:
        for future in self.ready.values():
            if not future.exception():
                self.workers.submit(future.result().close)
        self.workers.shutdown()


@pytest.fixture(scope="session")
def matrix(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    wanted = {item.callspec.params["cell"] for item in request.session.items if item.path == Path(__file__)}
    matrix = Matrix(sorted(wanted), tmp_path_factory.mktemp("matrix"))
    yield matrix
    matrix.close()


@functools.cache
def validator() -> Any:
    if not SCHEMA.is_file():
        return None
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


def unprintable(text: str) -> set[str]:
    """Characters that a terminal would obey."""
    return {repr(c) for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf"}}


@pytest.mark.parametrize("cell", cells.asked_for(every_cell(), cells.one_of_each), ids=lambda cell: cell.id)
def test_audit(cell: lab.Cell, request: pytest.FixtureRequest):
    if reason := lab.hindrance():
        pytest.skip(reason)
    matrix = request.getfixturevalue("matrix")
    run = matrix.run(cell)
    wanted = expectations.expectation(cell.scenario, cell.persona)
    result = run.result(cell.id)
    assert result is not None, f"no result file of {cell.id}; ansible-playbook said:\n{run.tail()}"

    problems = expectations.differences(result, wanted)
    recap = run.recap.get(cell.id)
    if recap is None or recap["changed"] or recap["failed"] or recap["unreachable"]:
        problems.append(f"recap of the play: {recap}")
    fleet = run.result("fleet") or {}
    if fleet.get("hosts", {}).get(cell.id) != result["outcome"]:
        problems.append(f"fleet.json says {fleet.get('hosts', {}).get(cell.id)}, the result {result['outcome']}")
    if check := validator():
        problems += [f"schema: {error.json_path}: {error.message[:300]}" for error in check.iter_errors(result)]
    if found := unprintable(run.output):
        problems.append(f"the output holds {', '.join(sorted(found))}")
    problems += [f"changed on the host: {change}" for change in matrix.changes[cell.id]]
    if problems:
        pytest.fail(f"{cell.id}\n" + "\n".join(f"- {line}" for line in problems) + f"\nwhy: {wanted.reason}", False)
