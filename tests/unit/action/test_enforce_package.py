# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin enforce with a package: judged here, copied only where it is needed, nothing left of the copy."""

from __future__ import annotations

import re

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible_collections.wsus.compliance.plugins.action import enforce, rollback, wsus_facts
from support.packages import JUNE, LATER, SECURITY, manifest, package
from support.simulated_action import SimulatedHost

from wsus_simulator import packages, reboot

PLACE = rf"C:\ProgramData\wsus.compliance\package\{LATER}"
WAY = ["wsus_facts", "stage_package", "put_file", "apply"]
LOST = AnsibleConnectionFailure("winrm connection error: the connection was closed")


@pytest.fixture
def later(folder):
    return str(package(folder, LATER))


def copies(host):
    prefix = packages.folder(host.machine.state).lower()
    return [name for name in host.machine.state.files if name.startswith(prefix)]


def rollup(host):
    return host.run(wsus_facts)["ansible_facts"]["wsus"]["updates"]["monthly_rollup"]


def test_it_is_installed_and_counts_after_the_restart(later):
    host = SimulatedHost("issue3.yml")
    result = host.run(enforce, apply=["issue_3"], monthly_rollup_package=later)
    assert "failed" not in result and result["applied"][-1] == "monthly_rollup.1" and len(result["applied"]) == 9
    assert host.asked == WAY and copies(host) == []
    assert host.executions[2][1] == {"path": PLACE} and host.executions[3][1]["operations"][-1]["path"] == PLACE
    assert result["reboot_required"] == ["reboot: Monthly Rollup: Windows reads it when it starts"]
    assert result["plan"][-1]["reversible"] is False and any("rollback" in note for note in result["notes"])
    assert (rollup(host)["state"], rollup(host)["pending"]) == ("not_installed", True)

    host.executions.clear()
    waits = host.run(enforce, apply=["issue_3"], monthly_rollup_package=later)
    assert waits["changed"] is False and host.asked == ["wsus_facts"]
    assert waits["reboot_required"] == result["reboot_required"] and "waits for a restart" in waits["notes"][0]
    assert waits["audit"]["outcome"] == "noncompliant"

    reboot.go_down(host.machine, host.machine.clock(), 0)
    host.executions.clear()
    again = host.run(enforce, apply=["issue_3"], monthly_rollup_package="gone")
    assert again["changed"] is False and again["reboot_required"] == [] and host.asked == ["wsus_facts"]
    assert (rollup(host)["state"], rollup(host)["pending"]) == ("installed", False)


def test_check_mode_predicts_it_and_sends_nothing(later):
    host = SimulatedHost("issue3.yml")
    before = host.state()
    predicted = host.run(enforce, check=True, apply=["monthly_rollup"], monthly_rollup_package=later)
    assert predicted["changed"] is True and host.asked == ["wsus_facts", "apply"] and host.state() == before
    done = host.run(enforce, apply=["monthly_rollup"], monthly_rollup_package=later)
    for name in ("diff", "applied", "reboot_required", "notes"):
        assert predicted[name] == done[name], name


@pytest.mark.parametrize("apply", [["all"], ["issue_1"], []])
def test_only_a_named_resolution_installs_it(apply, later):
    host = SimulatedHost("issue3.yml")
    result = host.run(enforce, apply=apply, monthly_rollup_package=later)
    assert "put_file" not in host.asked and all(one["kind"] != "package" for one in result["plan"])


def test_a_host_that_has_it_does_not_even_look_at_the_file():
    host = SimulatedHost("healthy.yml")
    result = host.run(enforce, apply=["monthly_rollup"], monthly_rollup_package="/nowhere/at/all.msu")
    assert result["changed"] is False and "failed" not in result and host.asked == ["wsus_facts"]


@pytest.mark.parametrize(
    ("name", "of", "why"),
    [
        (SECURITY, manifest("Package_for_KB4561673", "6.3.1.3"), "security-only"),
        (LATER, manifest("Package_for_KB5012670", "6.3.1.3"), "security-only"),
        ("windows8-rt-kb4561668-x64.msu", None, "another Windows"),
        ("windows8.1-kb5012670-x86.msu", None, "x86"),
        ("update.msu", None, "name"),
        (LATER, manifest(version="9600.18000.1.1"), "older"),
    ],
)
def test_a_wrong_package_is_refused_before_anything_is_sent(name, of, why, folder):
    host = SimulatedHost("issue3.yml")
    before = host.state()
    path = str(package(folder, name, of))
    result = host.run(enforce, apply=["issue_3"], monthly_rollup_package=path)
    assert result["failed"] is True and why in result["msg"] and result["applied"] == []
    assert host.asked == ["wsus_facts"] and host.state() == before


def test_without_a_package_it_says_so():
    result = SimulatedHost("issue3.yml").run(enforce, apply=["issue_3"])
    assert result["failed"] is True and "no package is named" in result["msg"] and "KB4022720" in result["msg"]


def test_a_file_that_is_not_there_is_a_wrong_option():
    host = SimulatedHost("issue3.yml")
    result = host.run(enforce, apply=["issue_3"], monthly_rollup_package=f"/nowhere/{JUNE}")
    assert result["failed"] is True and result["changed"] is False and host.asked == ["wsus_facts"]
    assert re.match("monthly_rollup_package can.t be read.*nowhere", result["msg"])
    assert result["audit"]["outcome"] == "noncompliant", "the assessment is there all the same"
    with pytest.raises(AnsibleActionFail, match="monthly_rollup_package"):
        host.run(enforce, apply=["issue_3"], monthly_rollup_package="")


def test_no_room_or_no_trust_keeps_all_from_being_written(later):
    host = SimulatedHost("issue3.yml")
    before = host.state()
    host.hook = lambda _name, arguments: (
        {"contract": 1, "changed": False, "path": None, "error": {"code": "disk_full", "message": "9 are free"}}
        if arguments.get("action") == "stage_package"
        else None
    )
    result = host.run(enforce, apply=["issue_3"], monthly_rollup_package=later)
    assert result["failed"] is True and "disk_full" in result["msg"] and "Nothing was written" in result["msg"]
    assert result["changed"] is False and host.state() == before


def test_a_copy_that_fails_is_removed(later):
    host = SimulatedHost("issue3.yml")
    full = AnsibleError("There is not enough space on the disk.")
    host.hook = lambda name, _arguments: full if name == "put_file" else None
    result = host.run(enforce, apply=["issue_3"], monthly_rollup_package=later)
    assert result["failed"] is True and "not enough space" in result["msg"] and result["changed"] is False
    assert host.asked == ["wsus_facts", "stage_package", "put_file", "stage_package"]
    assert host.executions[-1][1] == {"action": "stage_package"} and copies(host) == []


def test_a_connection_that_is_lost_while_copying_has_changed_nothing(later):
    host = SimulatedHost("issue3.yml")
    host.hook = lambda name, _arguments: LOST if name == "put_file" else None
    result = host.run(enforce, apply=["issue_3"], monthly_rollup_package=later, defer_errors=True)
    assert result["error"]["code"] == "unreachable" and result["changed"] is False
    with pytest.raises(AnsibleConnectionFailure):
        host.run(enforce, apply=["issue_3"], monthly_rollup_package=later)


def test_an_answer_that_is_none_leaves_no_copy(later):
    host = SimulatedHost("issue3.yml")
    broken = {"failed": True, "msg": "it broke"}
    host.hook = lambda _name, arguments: broken if arguments.get("action") == "apply" else None
    result = host.run(enforce, apply=["issue_3"], monthly_rollup_package=later, defer_errors=True)
    assert result["error"]["code"] == "module_failed" and copies(host) == []


def test_another_file_than_that_of_the_controller_is_not_installed(later):
    host = SimulatedHost("issue3.yml")
    before = host.state()

    def spoil(_name, arguments):
        if arguments.get("action") == "apply":
            host.machine.write_file(PLACE, b"MSCF, but another one")

    host.hook = spoil
    result = host.run(enforce, apply=["issue_3"], monthly_rollup_package=later)
    assert result["failed"] is True and "package_corrupt" in result["msg"] and "Run again" in result["msg"]
    assert result["applied"] == [] and copies(host) == [] and rollup(host)["pending"] is False
    assert {name: one for name, one in host.state().items() if name != "files"} == {
        name: one for name, one in before.items() if name != "files"
    }


def test_an_installation_that_fails_is_told_and_the_rest_stays(later):
    host = SimulatedHost({"extends": "issue3.yml", "resists": {packages.PACKAGES: "write_failed"}})
    result = host.run(enforce, apply=["issue_3"], monthly_rollup_package=later)
    assert result["failed"] is True and "0x800f081e" in result["msg"] and "CBS.log" in result["msg"]
    assert len(result["applied"]) == 8 and result["reboot_required"] == [] and copies(host) == []


def test_a_rollback_leaves_the_update_and_takes_back_the_rest(later):
    host = SimulatedHost("issue3.yml")
    host.run(enforce, apply=["issue_3"], monthly_rollup_package=later)
    refused = host.run(rollback, only=["monthly_rollup"])
    assert refused["failed"] is True and "not taken away" in refused["msg"] and refused["applied"] == []
    done = host.run(rollback)
    assert len(done["applied"]) == 8 and rollup(host)["pending"] is True
    assert done["notes"] == [f"{LATER} stays: an update of Windows is not taken away again."]
    again = host.run(rollback)
    assert again["changed"] is False and again["applied"] == []


def test_a_rollback_of_an_update_alone_does_nothing_and_says_so(later):
    host = SimulatedHost("issue3.yml")
    host.run(enforce, apply=["monthly_rollup"], monthly_rollup_package=later)
    done = host.run(rollback)
    assert "failed" not in done and done["changed"] is False and LATER in done["notes"][0]
