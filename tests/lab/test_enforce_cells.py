# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole way on cells of the matrix: not compliant, predicted, enforced, proved, compliant, unchanged, taken back.

Which cells, and what must come of each: cells.py, cells.yml. Hosts go the way in batches, by tasks of the modules
(the roles: test_enforce.py). What was done is read back by no code of the collection, and the lab's model of
Microsoft's endpoint has the last word on whether it helped.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lab import cells
from support import lab
from support.fates import found_fate
from support.lab import Cell
from support.lab_enforced import Way, go_by_steps, not_taken_back
from support.steps import PREDICTED, outcome_after, restarted

BATCH = 14
ONE, ALL_BITS, ZERO = ["DWord", 1], ["DWord", -1], ["DWord", 0]
STRONG = {"SchUseStrongCrypto": ONE, "SystemDefaultTlsVersions": ONE}
ALGORITHMS = ("aes128", "aes256", "ecdh", "pkcs")
ACCEPTED = ("TLS_ECDHE_RSA_WITH_AES_256_", "TLS_ECDHE_RSA_WITH_AES_128_")


class Ways:
    """Cells in batches; the first test of a batch takes it the way, while the hosts of the next are made."""

    def __init__(self, wanted: list[Cell], folder: Path) -> None:
        self.folder = folder
        self.batches = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
        self.ready: dict[int, Future[lab.Hosts]] = {}
        self.ways: dict[int, Way | lab.LabError] = {}
        self.workers = ThreadPoolExecutor(1)

    def of(self, cell: Cell) -> Way:
        (number,) = (n for n, batch in enumerate(self.batches) if cell in batch)
        if number not in self.ways:
            try:
                self.ways[number] = self._go(number)
            except lab.LabError as problem:
                self.ways[number] = problem
        way = self.ways[number]
        if isinstance(way, lab.LabError):
            raise way
        return way

    def _make(self, number: int) -> None:
        if number < len(self.batches) and number not in self.ready:
            hosts = lab.Hosts({cell.id: cell for cell in self.batches[number]}, collapse=True)
            self.ready[number] = self.workers.submit(hosts.make)

    def _go(self, number: int) -> Way:
        self._make(number)
        hosts = self.ready[number].result()
        self._make(number + 1)
        # A history that tells of a failure is mended by a synchronization, which nothing that is written calls for.
        only = {cell.id: cells.fate(cell).fixed == ("synchronization",) for cell in self.batches[number]}
        variables = {name: {"synchronize": synchronize} for name, synchronize in only.items()}
        try:
            return go_by_steps(hosts, variables, self.folder / str(number))
        finally:
            self.workers.submit(hosts.close)

    def close(self) -> None:
        for number, future in self.ready.items():
            if number not in self.ways and not future.exception():
                self.workers.submit(future.result().close)
        self.workers.shutdown()


@pytest.fixture(scope="module")
def ways(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    wanted = {item.callspec.params["cell"] for item in request.session.items if item.path == Path(__file__)}
    ways = Ways(sorted(wanted), tmp_path_factory.mktemp("cells"))
    yield ways
    ways.close()


def seen(way: Way, name: str) -> Iterator[str]:
    """What another path does not see of what was done."""
    found: dict[str, Any] = way.found["done"][name]
    if (found["sync"], found["import"]) != ("ok", "ok"):
        yield f"the lab says of synchronization and import: {found['sync']}, {found['import']}"
    for resolution in cells.fate(way.hosts.cells[name]).fixed:
        there = {
            "dotnet_strong_crypto": STRONG.items() <= found["native_v4"].items() and found["wow_v2"] == STRONG,
            "sync_endpoint": (found["url"], found["number"]) == ("https://sws.update.microsoft.com", 4002),
            "schannel_tls12": found["tls12"].get("Enabled", ONE) in (ONE, ALL_BITS)
            and found["tls12"].get("DisabledByDefault", ZERO) == ZERO,
            "schannel_algorithms": ALL_BITS
            in [found[key].get("Enabled") for key in ("aes128", "aes256", "ecdh", "pkcs")],
            "cipher_suite_order": found["policy"].get("Functions", ["", ""])[0] == "String"
            and found["policy"]["Functions"][1].startswith(ACCEPTED),
        }
        if not there.get(resolution, True):
            yield f"{resolution} is not seen: {found}"


def of_any(way: Way, name: str) -> Iterator[str]:
    """What is wrong with the way of a cell, whatever comes of it."""
    fate = cells.fate(way.hosts.cells[name])
    left = {run: way.left[run][name] for run in way.runs}
    predicted, done, again = (left[run]["enforce"] for run in ("predicted", "done", "again"))
    restarts, back = restarted(left["done"]), left["back"]["rollback"]["applied"]
    found = found_fate(done, restarts, outcome_after(left["done"]))
    if found != fate:
        yield f"{fate} expected, {found} found: {left['done']['assess']}"
    if predicted["audit"]["outcome"] != "noncompliant":
        yield f"it was {predicted['audit']['outcome']} at the beginning"
    yield from (f"predicted, and changed by it: {line}" for line in way.changes["predicted"][name])
    yield from (f"not taken back: {line}" for line in not_taken_back(way.changes["back"][name]))
    yield from (f"restart: {one}" for one in restarts if one["status"] != "done")
    yield from (f"{run}: {one.recap[name]}" for run, one in way.runs.items() if one.recap[name]["unreachable"])
    if back != done["applied"][::-1]:
        yield f"applied {done['applied']}, taken back {back}"
    if "stopped" in fate.kept.values():
        # It may be half done, for all that a journal can tell: nothing is restarted for it before it is looked at.
        if done["applied"] or restarts:
            yield f"stopped, and applied {done['applied']}, restarted {restarts}"
        return
    yield from (
        f"{member}: predicted {predicted[member]}, done {done[member]}"
        for member in PREDICTED
        if predicted[member] != done[member]
    )
    recap = way.runs["again"].recap[name]
    if (way.commands["again"][name], recap["changed"], again["changed"], recap["failed"]) != (1, 0, False, 0):
        yield f"again: {way.commands['again'][name]} executions, changed {again['changed']}, {recap}"


def of_fixed(way: Way, name: str) -> Iterator[str]:
    """What is wrong with the way of a cell that is to be fixed."""
    done, back = way.left["done"][name], way.left["back"][name]
    if done["synchronization"].get("proof") != "proved":
        yield f"synchronization: {done['synchronization']}"
    waits = done["service_restart"] if restarted(done) else done["enforce"]
    if waits["restart_required"] or waits["reboot_required"]:
        yield f"still to restart: {waits['restart_required']}, {waits['reboot_required']}"
    if done["enforce"]["applied"] and back["assess"]["outcome"] != "noncompliant":
        yield f"taken back, and {back['assess']['outcome']}"
    yield from seen(way, name)


@pytest.mark.parametrize("cell", cells.chosen(), ids=lambda cell: cell.id)
def test_the_way_of_a_cell(cell: Cell, request: pytest.FixtureRequest):
    if reason := lab.hindrance():
        pytest.skip(reason)
    way = request.getfixturevalue("ways").of(cell)
    problems = list(of_any(way, cell.id))
    if cells.fate(cell).fixed:
        problems += of_fixed(way, cell.id)
    if problems:
        pytest.fail(f"{cell.id}\n" + "\n".join(f"- {line[:600]}" for line in problems), False)
