# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Synchronizations and imports as proof, over real WinRM: servers in every state, in one run of the role."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.enforced import ENFORCE, fleet_of, left, run
from support.simulated import Fleet, Run

from wsus_simulator import sync
from wsus_simulator.apply import NAME as APPLY

UPDATE = "0b5bd7f5-8a29-4c3c-a5e3-0c3a14f0b0b0"
DOWNSTREAM = {"api": {"configuration": {"SyncFromMicrosoftUpdate": False, "UpstreamWsusServerName": "up.corp"}}}
# Healthy servers have all that is asked for: what is left is the proof.
ALL = {"enforce_apply": "all"}
ASKED = {**ALL, "enforce_verify_sync": "true"}
IMPORTED = {"enforce_apply": "sync_endpoint", "enforce_verify_import": UPDATE}


def host(scenario: str = "healthy.yml", **more: Any) -> dict[str, Any]:
    return {"extends": scenario, **more}


def outcome(name: str, **more: Any) -> dict[str, Any]:
    return host(wsus={"synchronization": {"outcome": name, **more}})


# Host: scenario, variables, proof of the synchronization, what the task says where it fails.
CASES: dict[str, tuple[Any, dict[str, Any], str, str | None]] = {
    "good": (host(), ASKED, "proved", None),
    "not-asked": (host(), ALL, "unproved", None),
    "report-only": (host("issue1.yml"), {"enforce_verify_sync": True, "enforce_restart_ok": True}, "unproved", None),
    "unasked-change": (host("issue1.yml"), {"enforce_apply": "all", "enforce_verify_sync": False}, "unproved", None),
    "not-restarted": (
        host("issue1.yml"),
        {"enforce_apply": "all", **ASKED, "enforce_restart_ok": False},
        "unproved",
        None,
    ),
    "slow": (host(timing={"synchronization": 2.0}), ASKED, "proved", None),
    "running": (host(), ASKED, "proved", None),
    "timeout": (
        host(timing={"synchronization": 60.0}),
        {**ASKED, "enforce_verify_sync_timeout": "5"},
        "failed",
        "has not ended within 5 s",
    ),
    "saving": (outcome("succeeded", configuration_state="ProcessingSave"), ASKED, "failed", "still saves"),
    "stopped": (host(services={"WsusService": {"state": "Stopped"}}), ASKED, "unproved", "does not run"),
    "downstream": (host(wsus=DOWNSTREAM), ASKED, "unproved", None),
    "downstream-unasked": (host(wsus=DOWNSTREAM), {**ALL, "enforce_restart_ok": True}, "unproved", None),
    "never": (host(wsus={"api": {"last_synchronization": None}}), ASKED, "proved", None),
    "reset": (outcome("reset"), ASKED, "failed", "ended as Failed"),
    "proxy": (outcome("proxy"), ASKED, "failed", "ended as Failed"),
    "soap": (outcome("soap"), ASKED, "failed", "ended as Failed"),
    "categories": (host(), {**ASKED, "enforce_verify_sync_categories_only": True}, "proved", None),
}
IMPORTS: dict[str, tuple[Any, dict[str, Any], str, str | None]] = {
    "import-good": (host(), IMPORTED, "proved", None),
    "import-bad": (host("issue1.yml"), IMPORTED, "failed", "The import of"),
    "import-reset": (outcome("succeeded", import_outcome="reset"), IMPORTED, "failed", "w3wp"),
    "import-none": (host(), {**IMPORTED, "enforce_verify_import": "KB123"}, "unproved", "must be a GUID"),
}
EVERY = CASES | IMPORTS


def start_one_that_ends_once_it_was_seen(fleet: Fleet) -> threading.Thread:
    """A synchronization of somebody else on the host ``running``."""
    server = fleet.simulator.hosts["running"]
    machine = server.machine
    fleet.simulator.change("running", {"timing": {"synchronization": 600.0}})
    assert sync.start(machine)
    fleet.simulator.change("running", {"timing": {"synchronization": 0.1}})

    def watch() -> None:
        end = time.monotonic() + 120
        while APPLY not in server.counters()["executions"] and time.monotonic() < end:
            time.sleep(0.05)
        with machine.lock:
            job = machine.synchronization
            machine.cancel(job.end)
            machine.after(0.5, lambda when: sync._end(machine, job, when))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@pytest.fixture(scope="module")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, Run]]:
    folder = tmp_path_factory.mktemp("proofs")
    with fleet_of(folder, {name: case[:2] for name, case in EVERY.items()}) as fleet:
        over = start_one_that_ends_once_it_was_seen(fleet)
        done = run(fleet, ENFORCE)
        over.join()
        yield fleet, done


@pytest.mark.parametrize("name", CASES)
def test_synchronizations(proofs, name):
    fleet, done = proofs
    _scenario, _variables, proof, text = CASES[name]
    found = left(fleet, name)
    assert found["enforce_proof"] == {"synchronization": proof, "import": "unproved"}
    assert done.recap(name)["failed"] == (text is not None), found["enforce_synchronized"].get("msg")
    if text is not None:
        assert text in found["enforce_synchronized"]["msg"]
    started = [one for one in fleet.simulator.counters()[name]["writes"] if one["kind"] == "synchronize"]
    expected = 1 + (name == "running")
    unasked = proof == "unproved" and name != "downstream"
    assert len(started) == (0 if unasked or name == "saving" else expected)


@pytest.mark.parametrize("name", IMPORTS)
def test_imports(proofs, name):
    fleet, done = proofs
    _scenario, _variables, proof, text = IMPORTS[name]
    found = left(fleet, name)
    assert found["enforce_proof"] == {"synchronization": "unproved", "import": proof}
    assert done.recap(name)["failed"] == (text is not None)
    if text is not None:
        assert text in found["enforce_imported"]["msg"]


def test_a_failure_comes_with_its_log_lines_and_the_assessment(proofs):
    fleet, done = proofs
    for name in ("reset", "proxy", "soap"):
        found = left(fleet, name)
        assert found["enforce_synchronized"]["log_lines"], name
        assert "SoftwareDistribution.log:" in found["enforce_synchronized"]["msg"]
        assert found["audit_result"]["outcome"] == "noncompliant", "the failed synchronization is in the history"
        assert done.document(name)["facts"]["wsus"]["synchronization"]["last"]["result"] == "Failed"


def test_progress_is_shown(proofs):
    _fleet, done = proofs
    assert "running: another synchronization runs: " in done.text


def test_the_synchronization_of_somebody_else_is_no_proof(proofs):
    fleet, _done = proofs
    machine = fleet.simulator.hosts["running"].machine
    history = machine.state.behaviour.wsus.history
    assert left(fleet, "running")["enforce_synchronized"]["synchronization"]["Id"] == history[0]["Id"]
    assert len(history) >= 2


def test_a_downstream_server_says_whom_it_asked(proofs):
    fleet, _done = proofs
    assert "up.corp" in left(fleet, "downstream")["enforce_synchronized"]["upstream"]
    assert "upstream" not in left(fleet, "downstream-unasked")["enforce_synchronized"]
