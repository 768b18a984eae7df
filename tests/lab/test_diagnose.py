# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook diagnose on hosts of the lab that have just failed: what their own WSUS wrote to its log decides."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import lab
from support.lab import Cell, Hosts, Run
from support.simulated import validate

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

CELLS = {"ciphers": Cell("2019", "issue5"), "import": Cell("2016", "issue1"), "rollup": Cell("2012R2", "issue3")}
SYNCHRONIZE = r"""
$subscription = (Get-WsusServer).GetSubscription()
$subscription.StartSynchronization()
for ($second = 0; $second -lt 60 -and [string]$subscription.GetSynchronizationStatus() -ne 'NotProcessing'; $second++) {
    Start-Sleep -Seconds 1
}
[string]$subscription.GetLastSynchronizationInfo().Result
"""
IMPORT = r"""
$update = [guid]'5b1e0000-0000-4000-8000-000000000001'
try { (Get-WsusServer).ImportUpdateFromCatalogSite($update, [string[]]@()) } catch { 'failed' }
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two runs; before the first one WSUS failed, between them nothing happened."""
    folder = tmp_path_factory.mktemp("diagnose")
    with Hosts(CELLS) as hosts:
        done: dict[str, Any] = {name: hosts.powershell(name, SYNCHRONIZE).strip() for name in ("ciphers", "rollup")}
        done["import"] = hosts.powershell("import", IMPORT).strip()
        state = {"diagnose_state_dir": str(folder / "state")}
        forced = {"diagnose_force_startup": True, "diagnose_gpresult": True}
        done["first"] = diagnose(hosts, folder / "first", **state, **forced)
        done["again"] = diagnose(hosts, folder / "again", **state)
        return {**done, "state": folder / "state"}


def diagnose(hosts: Hosts, folder: Any, **variables: Any) -> Run:
    extra = json.dumps({"diagnose_output_dir": str(folder), "diagnose_connection_timeout": 3, **variables})
    command = ["ansible-playbook", "wsus.compliance.diagnose", "-i", str(hosts.inventory()), "-e", extra]
    return lab.run_ansible(command, folder)


def issue(run: Run, host: str, name: str) -> dict[str, Any]:
    return run.result(host)["issues"][name]


def test_they_failed_before(runs):
    assert (runs["ciphers"], runs["rollup"], runs["import"]) == ("Failed", "Failed", "failed")


@pytest.mark.parametrize("number", ["first", "again"])
def test_each_issue_is_confirmed_by_the_log(runs, number):
    run = runs[number]
    assert run.code == 0, run.tail(60)
    for host, name in {"ciphers": "issue_5", "import": "issue_1", "rollup": "issue_3"}.items():
        validate("audit", run.result(host))
        found = issue(run, host, name)
        assert found["verdict"] == "confirmed", found
        assert any("SoftwareDistribution.log" in text for text in found["evidence_for"])


def test_a_start_up_tells_the_protocols_where_the_update_is_there(runs):
    startups = {name: json.loads((runs["state"] / f"{name}.json").read_text())["startups"] for name in CELLS}
    assert startups["import"][-1]["protocols"]["TLS 1.2"] == "enabled"
    # WSUS of the lab says nothing else when it starts, and that nothing is there proves nothing.
    assert startups["rollup"] == []


def test_the_report_of_group_policies_is_saved(runs):
    for host in CELLS:
        saved = runs["first"].folder / f"{host}.gpresult.html"
        assert "<html" in saved.read_text("utf-16" if saved.read_bytes()[:2] == b"\xff\xfe" else "utf-8").lower()
    assert not list(runs["again"].folder.glob("*.gpresult.html"))


def test_no_way_to_the_endpoint_is_told(runs):
    # The lab has no network: the server can't resolve the name.
    assert issue(runs["again"], "import", "other")["verdict"] == "likely"


def test_the_second_run_changes_nothing(runs):
    assert {recap["changed"] for name, recap in runs["again"].recap.items() if name in CELLS} == {0}
