# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The expectations themselves: complete, and true to the contract's own rules. Needs the lab's files, not Wine."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from lab import expectations
from support import lab

pytestmark = pytest.mark.skipif(not lab.lab_is_there(), reason=lab.hindrance())


def alternatives(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_scenario_has_an_expectation():
    assert expectations.scenarios() == sorted(lab.scenario_files())


@pytest.mark.parametrize("cell", lab.all_cells(), ids=lambda cell: cell.id)
def test_expectation(cell: lab.Cell):
    wanted = expectations.expectation(cell.scenario, cell.persona)
    assert wanted.findings.keys() == expectations.severities().keys()
    assert sorted(wanted.issues) == sorted(expectations.ISSUES)
    open_rules = [rule for rule, results in wanted.findings.items() if len(alternatives(results)) > 1]
    results = {rule: alternatives(found)[0] for rule, found in wanted.findings.items()}
    # `compliant` must follow from the findings, whichever of those that are open come out.
    possible = {
        expectations.derived(results | dict(zip(open_rules, chosen, strict=True)))
        for chosen in product(*(wanted.findings[rule] for rule in open_rules))
    }
    assert set(alternatives(wanted.compliant)) == possible


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.b", 1), ("TLS 1.2.client.state", "enabled"), ("a.c", expectations.MISSING), ("a.b.c", expectations.MISSING)],
)
def test_look_up(path: str, found: Any):
    assert expectations.look_up({"a": {"b": 1}, "TLS 1.2": {"client": {"state": "enabled"}}}, path) == found
