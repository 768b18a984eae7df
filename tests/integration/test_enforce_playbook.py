# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbooks enforce and rollback as users run them: which hosts, how many at a time, where they stop."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.enforced import ENFORCE, ROLLBACK, executions, fleet_of, settled
from support.simulated import Fleet, Run

HOSTS: dict[str, Any] = {"a-dead": "unreachable.yml", "b": "issue1.yml", "c": "issue2.yml"}


def play(fleet: Fleet, playbook: str, *arguments: str, **variables: Any) -> Run:
    extra = ("-e", json.dumps(variables)) if variables else ()
    return fleet.run(*extra, *arguments, playbook=playbook)


@pytest.fixture
def fleet(tmp_path):
    with fleet_of(tmp_path, {name: (scenario, {}) for name, scenario in HOSTS.items()}) as running:
        yield running


def test_one_at_a_time_and_none_after_one_that_fails(fleet):
    before = settled(fleet)
    done = play(fleet, ENFORCE, enforce_apply="all")
    assert done.code == 4 and executions(fleet) == {"a-dead": 0, "b": 0, "c": 0}, done.text
    assert settled(fleet) == before
    assert done.fleet["hosts"] == {"a-dead": "unreachable"}


def test_all_at_once_then_a_part_and_back(fleet):
    before = settled(fleet)
    everything = {"enforce_serial": "100%", "enforce_max_fail_percentage": 100}
    seen = play(fleet, ENFORCE, "--check", "--diff", enforce_apply="all", **everything)
    assert seen.code == 4 and settled(fleet) == before
    assert [seen.recap(name)["changed"] for name in ("b", "c")] == [1, 1]
    # As key=value, values are text.
    done = fleet.run("-e", "enforce_apply=issue_1 enforce_restart_ok=yes", "--limit", "b", playbook=ENFORCE)
    assert done.code == 0, done.text
    assert settled(fleet)["c"] == before["c"] and settled(fleet)["b"] != before["b"]
    assert done.fleet["hosts"] == {"b": "compliant"}
    back = fleet.run("-e", "rollback_restart_ok=yes", "--limit", "b", playbook=ROLLBACK)
    assert back.code == 0 and settled(fleet) == before, back.text


@pytest.mark.parametrize(
    ("playbook", "extra", "text"),
    [
        (ENFORCE, {"enforce_hosts": "typo"}, "typo (enforce_hosts) matches no host"),
        (ENFORCE, {"enforce_serial": "many"}, "enforce_serial must be a number of hosts"),
        (ROLLBACK, {"rollback_hosts": "typo"}, "typo (rollback_hosts) matches no host"),
        (ENFORCE, {"enforce_hosts": "b", "enforce_restart_ok": "perhaps"}, "enforce_restart_ok"),
        (ROLLBACK, {"rollback_hosts": "b", "rollback_force": "perhaps"}, "rollback_force"),
    ],
)
def test_wrong_variables(fleet, playbook, extra, text):
    done = play(fleet, playbook, **extra)
    assert done.code == 2 and text in done.text and "Traceback" not in done.text
    assert executions(fleet) == dict.fromkeys(HOSTS, 0)
