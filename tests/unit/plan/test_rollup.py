# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Monthly Rollups: which package is one, and what is planned with it."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import (
    PackageFile,
    finish,
    plan_monthly_rollup,
    wants_package,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.rollup_package import judge_package, read_manifest
from support.plan_hosts import facts, host, plan

JUNE = "windows8.1-kb4561666-x64.msu"


def manifest(name="Package_for_RollupFix", version="9600.20337.1.6", architecture="amd64"):
    return (
        '<?xml version="1.0" encoding="utf-8"?><assembly xmlns="urn:schemas-microsoft-com:asm.v3">'
        f'<assemblyIdentity name="{name}" version="{version}" processorArchitecture="{architecture}"/></assembly>'
    ).encode()


@pytest.mark.parametrize(
    ("name", "os_id", "content", "usable", "why"),
    [
        (JUNE, "2012R2", None, True, "known"),
        ("Windows8.1-KB4022720-x64.msu", "2012R2", None, True, "known"),
        ("windows8-rt-kb4022721-x64_aaaa.msu", "2012", None, True, "known"),
        ("windows8.1-kb4561673-x64.msu", "2012R2", None, False, "security-only"),
        ("windows8.1-kb5012670-x64.msu", "2012R2", None, False, "not known by its name"),
        ("windows8.1-kb5012670-x64.msu", "2012R2", manifest(), True, "RollupFix"),
        ("windows8.1-kb4561673-x64.msu", "2012R2", manifest("Package_for_KB4561673"), False, "security-only"),
        ("windows8.1-kb4561666-x64.msu", "2012R2", manifest("Package_for_KB4561666~31bf"), False, "security-only"),
        ("windows8.1-kb5012670-x64.msu", "2012R2", manifest(architecture="x86"), False, "x86"),
        ("windows8.1-kb5012670-x64.msu", "2012R2", manifest(version="9200.20337.1.6"), False, "build"),
        ("windows8.1-kb5012670-x64.msu", "2012R2", manifest(version="9600.18000.1.6"), False, "older"),
        ("windows8.1-kb4022720-x64.msu", "2012R2", manifest(version="9600.18700.1.6"), True, "RollupFix"),
        ("windows8.1-kb5012670-x64.msu", "2012R2", manifest("Microsoft-Windows-Foundation"), False, "names no package"),
        ("windows8.1-kb5012670-x64.msu", "2012R2", manifest("Package_for_DotNetRollup"), False, "no Monthly Rollup"),
        ("windows8.1-kb5012670-x64.msu", "2012R2", b"<!DOCTYPE a []>" + manifest()[38:], False, "names no package"),
        ("windows8.1-kb5012670-x64.msu", "2012R2", b"MSCF\0", False, "names no package"),
        ("windows8.1-kb4561666-x86.msu", "2012R2", None, False, "x86"),
        ("windows8.1-kb4561666-x64.msu", "2012", None, False, "another Windows"),
        ("windows8-rt-kb4022721-x64.msu", "2012R2", None, False, "another Windows"),
        ("windows10.0-kb5012596-x64.msu", "2012R2", None, False, "another Windows"),
        ("windows10.0-kb5012596-x64.msu", "2016", None, False, "needs no"),
        ("setup.exe", "2012R2", None, False, "name"),
        ("", "2012R2", None, False, "name"),
    ],
)  # fmt: skip
def test_what_is_a_rollup(name, os_id, content, usable, why):
    verdict = judge_package(name, os_id, content)
    assert (verdict.usable, why in verdict.reason) == (usable, True), verdict


def test_the_first_package_of_an_answer_file_counts():
    unattend = (
        b'<unattend xmlns="urn:schemas-microsoft-com:unattend"><servicing><package action="install"><assemblyIdentity '
        b'name="Package_for_RollupFix" version="9600.20337.1.6" processorArchitecture="amd64"/></package></servicing>'
        b"</unattend>"
    )
    assert read_manifest(unattend).name == "Package_for_RollupFix"
    assert read_manifest(b" " * 2_000_000) is None


def test_a_named_package_is_planned_last_and_sent():
    made = plan(host("issue3"), "issue_3", package=PackageFile(f"/srv/{JUNE}", sha256="00" * 32, size=9))
    operation = made.operations[-1]
    assert (operation.kind, operation.path, operation.name) == ("package", None, JUNE)
    assert operation.as_dict()["reversible"] is False and operation.id in made.journal_notes()
    assert made.for_host()[-1] == {
        "id": "monthly_rollup.1",
        "kind": "package",
        "path": None,
        "name": JUNE,
        "kb": "KB4561666",
        "build": 9600,
        "number": 18692,
        "sha256": "00" * 32,
        "size": 9,
        "before": {"installed": False},
        "after": {"installed": True},
    }
    assert ("reboot", "required") in {(restart.what, restart.need) for restart in made.restarts}


def test_the_manifest_says_what_will_be_installed():
    package = PackageFile("windows8.1-kb5012670-x64.msu", manifest(), None, "00" * 32, 9)
    (operation,) = plan(host("issue3"), "monthly_rollup", package=package).operations
    assert (operation.details["build"], operation.details["number"]) == (9600, 20337)


def test_one_that_waits_for_a_restart_is_not_installed_again():
    found = host("issue3")
    pending = {"name": "Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.20337.1.6", "state": 0x60}
    found.raw["updates"]["packages"]["rollups"].append(pending)
    made = plan(found, "monthly_rollup", package=PackageFile(JUNE))
    assert not made.operations and not made.failures() and "waits for a restart" in made.notes[0]
    assert not wants_package(facts(found)) and wants_package(facts(host("issue3")))


def test_a_manifest_that_is_not_read_is_told():
    package = PackageFile("windows8.1-kb5012670-x64.msu", None, "it is compressed by LZX")
    assert "LZX" in plan(host("issue3"), "monthly_rollup", package=package).failures()[0].reason
    large = PackageFile(JUNE, size=2**31)
    assert "longer" in plan(host("issue3"), "monthly_rollup", package=large).failures()[0].reason


@pytest.mark.parametrize(
    ("package", "why"),
    [
        (None, "no package is named"),
        (PackageFile(r"D:\windows8.1-kb4561673-x64.msu"), "security-only"),
        (PackageFile("D:/windows8.1-kb4561666-x86.msu"), "x86"),
    ],
)
def test_without_the_right_package(package, why):
    made = plan(host("issue3"), "monthly_rollup", package=package)
    assert not made.operations and why in made.failures()[0].reason and "KB4022720" in made.failures()[0].next_step


@pytest.mark.parametrize("name", ["healthy", "endpoint-fe2"])
def test_nothing_to_do(name):
    assert not finish([plan_monthly_rollup(facts(host(name)), None)]).failures()


def test_not_determined():
    found = host("issue3")
    found.raw["updates"] = {"error": {"code": "access_denied", "message": "no"}}
    assert plan(found, "monthly_rollup").failures()
    with pytest.raises(ValueError, match="package"):
        plan_monthly_rollup({}, PackageFile(" "))
