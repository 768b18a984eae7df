# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Monthly Rollup over real WinRM, copied by Ansible's own connection: predicted, installed, restarted, in effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.enforced import ENFORCE, fleet_of, left, run, states
from support.packages import LATER, SECURITY, manifest, package
from support.simulated import Fleet, Run

HOSTS = ("needs", "security", "lacks", "has")
ASKED = {"enforce_apply": "issue_3", "enforce_restart_ok": "true"}


@dataclass
class Step:
    """What one run left."""

    run: Run
    left: dict[str, Any]
    asked: dict[str, list[str]] = field(default_factory=dict)

    def result(self, host: str) -> dict[str, Any]:
        found: dict[str, Any] = self.left[host]["enforce_result"]
        return found


def requests(fleet: Fleet) -> dict[str, tuple[list[str], list[str]]]:
    """Names of the modules, and of the commands beside them, of each host."""
    return {
        host: ([name.rpartition(".")[2] for name in one["executions"]], one["commands"])
        for host, one in fleet.simulator.counters().items()
    }


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Step]]:
    folder = tmp_path_factory.mktemp("package")
    good = str(package(folder, LATER))
    bad = str(package(folder, SECURITY, manifest("Package_for_KB4561673", "6.3.1.3")))
    hosts = {
        "needs": ("issue3.yml", {"enforce_monthly_rollup_package": good}),
        "security": ("issue3.yml", {"enforce_monthly_rollup_package": bad}),
        "lacks": ("issue3.yml", {"enforce_monthly_rollup_package": str(folder / "missing.msu")}),
        "has": ("server-2012r2.yml", {"enforce_monthly_rollup_package": str(folder / "missing.msu")}),
    }
    found: dict[str, Step] = {}
    with fleet_of(Path(folder), hosts) as fleet:
        before = states(fleet)
        for name, arguments, more in (
            ("predicted", ["--check", "--diff"], {}),
            ("done", [], {}),
            ("restarted", [], {"enforce_reboot_ok": "true"}),
            ("again", [], {}),
        ):
            earlier = requests(fleet)
            ran = run(fleet, ENFORCE, *arguments, **ASKED, **more)
            asked = {
                host: [*modules[len(earlier[host][0]) :], *commands[len(earlier[host][1]) :]]
                for host, (modules, commands) in requests(fleet).items()
            }
            found[name] = Step(ran, {host: left(fleet, host) for host in HOSTS}, asked)
            if name == "predicted":
                assert states(fleet) == before
        yield found


def test_only_the_wrong_packages_fail(steps):
    assert [step.run.code for step in steps.values()] == [2, 2, 2, 2]
    for step in steps.values():
        assert step.result("lacks")["failed"] and "monthly_rollup_package can't be read" in step.result("lacks")["msg"]
        assert step.left["lacks"]["audit_result"]["outcome"] == "noncompliant", "it was read, and is in the report"
        assert step.result("security")["failed"] and "security-only" in step.result("security")["msg"]
        assert step.result("security")["applied"] == [] and "put file" not in step.asked["security"]
        assert not step.result("needs").get("failed") and not step.result("has").get("failed")


def test_it_is_predicted_as_it_is_done(steps):
    predicted, done = steps["predicted"].result("needs"), steps["done"].result("needs")
    assert predicted["applied"] == done["applied"] and predicted["applied"][-1] == "monthly_rollup.1"
    assert predicted["diff"] == done["diff"] and f"{LATER} installed\n" in [part["after"] for part in done["diff"]]
    assert "put file" not in steps["predicted"].asked["needs"] and "put file" in steps["done"].asked["needs"]


def test_only_the_host_that_needs_it_gets_it(steps):
    for step in steps.values():
        assert "put file" not in step.asked["has"]
    assert steps["again"].asked["needs"] == ["wsus_facts"], "one execution where it is there"


def test_it_counts_after_the_restart(steps):
    done, restarted = steps["done"].left["needs"], steps["restarted"].left["needs"]
    assert done["enforce_reboot_required"] == ["reboot: Monthly Rollup: Windows reads it when it starts"]
    assert done["audit_result"]["issues"]["issue_3"] != "excluded"
    assert done["enforce_proof"]["synchronization"] == "unproved"
    assert restarted["enforce_reboot_required"] == [] and restarted["enforce_result"]["changed"] is False
    assert restarted["audit_result"]["issues"]["issue_3"] == "excluded"
    assert restarted["enforce_proof"]["synchronization"] == "proved"
    assert steps["again"].result("needs")["changed"] is False
