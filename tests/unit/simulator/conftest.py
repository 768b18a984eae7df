# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures of the simulator's tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(CHECKOUT / "extensions" / "simulator"))

from wsus_simulator import HOSTS_FOLDER, Simulator, build_state, check_scenario  # noqa: E402 - found by the line above
from wsus_simulator import apply as program  # noqa: E402
from wsus_simulator.collector import collect  # noqa: E402
from wsus_simulator.machine import Machine  # noqa: E402
from wsus_simulator.scenario import complete_scenario  # noqa: E402

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def raw() -> Callable[..., dict[str, Any]]:
    """The collector's answer for a scenario."""

    def answer(scenario: dict[str, Any], *subsets: str) -> dict[str, Any]:
        state = build_state(check_scenario(scenario, "test"), NOW, "test")
        return collect(state.named("wsus01.corp.example"), list(subsets) or ["all"])

    return answer


class Bench:
    """One machine whose clock stands still but for its own sleep, what it wrote, and its module."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        self.now = NOW
        self.writes: list[dict[str, Any]] = []
        state = build_state(complete_scenario(scenario, HOSTS_FOLDER, "test"), NOW, "test")
        named = state.named("wsus01.corp.example")
        self.machine = Machine(named, self.writes.append, clock=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def call(self, action: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
        return program.run(self.machine, {"action": action, **options}, check)

    def apply(self, *operations: dict[str, Any], check: bool = False, **options: Any) -> dict[str, Any]:
        number = len(self.machine.state.files)
        journal = {
            "id": f"20261124T1200{number:05}Z-0000000a",
            "purpose": "enforce",
            "rolls_back": None,
            "collection_version": "1.2.3",
            "notes": {},
            **options.pop("journal", {}),
        }
        return self.call("apply", check=check, operations=list(operations), journal=journal, **options)

    def raw(self, *subsets: str) -> dict[str, Any]:
        return collect(self.machine.state, list(subsets))


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """A machine of a scenario (default: server-2019) without any connection."""

    def make(**scenario: Any) -> Bench:
        return Bench({"extends": "server-2019.yml", **scenario})

    return make


@pytest.fixture
def simulate() -> Iterator[Callable[..., Simulator]]:
    """Starts simulators and stops them at the test's end."""
    running: list[Simulator] = []

    def start(hosts: dict[str, Any], **options: Any) -> Simulator:
        running.append(Simulator(hosts, **options).start())
        return running[-1]

    yield start
    for simulator in running:
        simulator.stop()
