# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures of the simulator's tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(CHECKOUT / "extensions" / "simulator"))

from wsus_simulator import Simulator, build_state, check_scenario  # noqa: E402 - found by the line above
from wsus_simulator.collector import collect  # noqa: E402

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def raw() -> Callable[..., dict[str, Any]]:
    """The collector's answer for a scenario."""

    def answer(scenario: dict[str, Any], *subsets: str) -> dict[str, Any]:
        state = build_state(check_scenario(scenario, "test"), NOW, "test")
        return collect(state.named("wsus01.corp.example"), list(subsets) or ["all"])

    return answer


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
