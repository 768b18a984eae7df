# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook diagnose on simulated hosts: logs tell issues apart that share a text, and what is old is history."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from develop.places import ROOT
from support.log_samples import of_class
from support.simulated import Fleet, Run, validate

from wsus_simulator import Simulator

SCENARIOS = ROOT / "extensions" / "simulator" / "hosts"
PLAYBOOK = "wsus.compliance.diagnose"
LOG = r"C:\Program Files\Update Services\LogFiles\SoftwareDistribution.log"


def stamp(**ago: float) -> str:
    """A time of the log."""
    return f"{datetime.now(timezone.utc) - timedelta(**ago):%Y-%m-%d %H:%M:%S}.000"


def reset(process: str, **ago: float) -> str:
    return of_class("tls_reset", process=f"{process}.7", time=stamp(**ago))


def with_log(scenario: str, *records: str, outcome: str = "established") -> dict[str, Any]:
    """A host with this log, whose connection with the endpoint ends so."""
    log = {LOG: {"text": "".join(records), "last_write": "-1h"}}
    return {"extends": str(SCENARIOS / scenario), "files": log, "endpoint": {"outcome": outcome}}


def hosts() -> dict[str, Any]:
    return {
        "import": with_log("issue1.yml", reset("w3wp", hours=2)),
        "sync": with_log("issue5.yml", reset("WsusService", hours=2), outcome="no_answer"),
        "before": with_log("issue5.yml", reset("WsusService", days=100), outcome="no_answer"),
        "shown": with_log("issue5.yml", outcome="reset"),
        "contradicted": with_log("issue5.yml"),
        "healthy": with_log("healthy.yml", reset("w3wp", hours=2)),
        "gone": str(SCENARIOS / "unreachable.yml"),
    }


@pytest.fixture
def fleet(tmp_path):
    with Simulator(hosts()) as simulator:
        inventory = tmp_path / "inventory.json"
        inventory.write_text(json.dumps(simulator.inventory()))
        yield Fleet(simulator, inventory, tmp_path)


def diagnose(fleet: Fleet, *arguments: str, **variables: Any) -> Run:
    return fleet.run("-e", json.dumps(variables), *arguments, playbook=PLAYBOOK)


def executions(fleet: Fleet, host: str) -> list[str]:
    return [name.rpartition(".")[2] for name in fleet.simulator.counters()[host]["executions"]]


def verdicts(run: Run, host: str) -> dict[str, str]:
    return {name: issue["verdict"] for name, issue in run.document(host)["issues"].items()}


def test_one_text_is_told_apart_and_reasons_are_told(fleet):
    done = diagnose(fleet)
    assert done.code == 4, done.text
    for name in ("import", "sync", "before", "healthy", "gone"):
        validate("audit", done.document(name))
    assert verdicts(done, "import")["issue_1"] == "confirmed"
    assert verdicts(done, "sync")["issue_5"] == "confirmed" and verdicts(done, "sync")["issue_1"] == "excluded"
    before = done.document("before")["issues"]["issue_5"]
    assert before["verdict"] == "likely" and before["history"]
    assert verdicts(done, "shown")["issue_5"] == "confirmed", "the server itself is refused by TLS 1.2"
    assert verdicts(done, "contradicted")["issue_5"] == "possible", "it is not"
    assert verdicts(done, "healthy")["other"] == "likely", "a failure that no issue explains"
    assert done.document("gone")["unreachable"] is True
    assert executions(fleet, "import") == ["wsus_logs", "wsus_connection", "wsus_facts"]
    assert "issue 1: Manual import fails" in done.text and "Confirmed" in done.text
    assert "Traceback" not in done.text
    writes = {name: one["writes"] for name, one in fleet.simulator.counters().items()}
    assert not any(writes.values()), writes


def test_what_was_found_is_not_forgotten_and_not_read_again(fleet):
    assert diagnose(fleet, "--limit", "import").code == 0
    again = diagnose(fleet, "--limit", "import")
    assert verdicts(again, "import")["issue_1"] == "confirmed"
    (event,) = json.loads((fleet.folder / "wsus-state/import.json").read_text())["events"]
    assert event["count"] == 1


def test_check_mode_keeps_no_state_and_changes_nothing(fleet):
    done = diagnose(fleet, "--check", "--limit", "import", diagnose_force_startup=True)
    assert done.code == 0 and verdicts(done, "import")["issue_1"] == "confirmed", done.text
    assert not (fleet.folder / "wsus-state").exists()
    assert fleet.simulator.counters()["import"]["writes"] == []


def test_a_forced_start_up_tells_the_protocols(fleet):
    done = diagnose(fleet, "--limit", "import", diagnose_force_startup=True)
    assert done.code == 0, done.text
    state = json.loads((fleet.folder / "wsus-state/import.json").read_text())
    assert any(one["protocols"] for one in state["startups"])
    assert executions(fleet, "import")[:2] == ["wsus_facts", "wsus_apply"]


def test_logs_of_the_site_server_and_of_the_controller(fleet):
    (fleet.folder / "pasted.txt").write_text(reset("w3wp", hours=1))
    site = {"diagnose_site_server": "healthy", "diagnose_site_logs": [LOG]}
    done = diagnose(fleet, "--limit", "import", diagnose_log_files=["pasted.txt"], diagnose_connection=False, **site)
    assert done.code == 0, done.text
    assert (fleet.folder / "wsus-state/site/import.json").is_file()
    evidence = done.document("import")["issues"]["issue_1"]["evidence_for"]
    assert any("pasted.txt" in text for text in evidence) and len(evidence) >= 3
    assert "wsus_connection" not in executions(fleet, "import")


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        ({"diagnose_hosts": "typo"}, "typo (diagnose_hosts) matches no host"),
        ({"diagnose_connection": "perhaps"}, "diagnose_connection"),
        ({"diagnose_log_files": ["missing.log"]}, "There is no such file"),
        ({"diagnose_capture_files": ["missing.pcap"]}, "missing.pcap"),
    ],
)
def test_wrong_variables(fleet, extra, text):
    done = diagnose(fleet, "--limit", "import,localhost", **extra)
    assert done.code == 2 and text in done.text and "Traceback" not in done.text
