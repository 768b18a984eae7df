# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Monthly Rollup on a host of the lab: copied, installed, in effect after a restart, and what keeps it from that.

Wine brings expand.exe. DISM is a stand-in of these tests, which notes its arguments and makes the key that Component
Based Servicing makes; what that does at the next start of Windows, a script does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support import host_state, lab
from support.lab import Cell
from support.lab_enforced import Way
from support.packages import JUNE, LATER, SECURITY, manifest, package

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

PACKAGES = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
INSTALLED = "Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.20337.1.6"
DISM = r"""
$cabinet = ($args | Where-Object { $_ -like '/PackagePath:*' }).Substring(13)
$said = ConvertTo-Json -Compress -InputObject @{ arguments = @($args); size = ([System.IO.FileInfo]$cabinet).Length }
[System.IO.File]::AppendAllText('C:\winlab\dism.log', "$said`n")
if ([System.IO.File]::Exists('C:\winlab\dism.exit')) { exit [int][System.IO.File]::ReadAllText('C:\winlab\dism.exit') }
$key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('@PACKAGES@\@INSTALLED@')
$key.SetValue('CurrentState', 0x60)
# for the lab's model of WSUS, which counts it after the next start of Windows
Import-Module WinLab
Install-LabUpdate KB4022720
[Microsoft.Win32.Registry]::LocalMachine.DeleteSubKey('@PACKAGES@\Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.18692.1.1')
exit 3010
""".replace("@PACKAGES@", PACKAGES).replace("@INSTALLED@", INSTALLED)
# What Windows does on its way up.
START = r"""
$key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('@PACKAGES@\@INSTALLED@', $true)
if ($null -ne $key) { $key.SetValue('CurrentState', 0x70) }
""".replace("@PACKAGES@", PACKAGES).replace("@INSTALLED@", INSTALLED)
LEFT = r"""
$folder = 'C:\ProgramData\wsus.compliance\package'
ConvertTo-Json -Compress -InputObject @{
    copies = @(if ([System.IO.Directory]::Exists($folder)) { [System.IO.Directory]::GetFileSystemEntries($folder) })
    state = [Microsoft.Win32.Registry]::GetValue('HKEY_LOCAL_MACHINE\@PACKAGES@\@INSTALLED@', 'CurrentState', $null)
}
""".replace("@PACKAGES@", PACKAGES).replace("@INSTALLED@", INSTALLED)
ROLE = "wsus.compliance.enforce"
CELLS = {"good": Cell("2012R2", "issue3"), "bad": Cell("2012R2", "issue3"), "older": Cell("2012", "issue3")}


def put_dism(prefix: Path) -> None:
    """DISM where Windows has it: the lab's program that runs the script of its own name."""
    system, scripts = prefix / "drive_c/windows/system32", prefix / "drive_c/winlab/bin"
    (system / "dism.exe").write_bytes((lab.lab_home() / "bin/labcmd.exe").read_bytes())
    (system / "dism.exe").chmod(0o755)
    scripts.mkdir(exist_ok=True)
    (scripts / "dism.ps1").write_text(DISM)


@dataclass
class Story:
    way: Way
    said: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    left: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look(self, name: str) -> None:
        for host in CELLS:
            log = self.way.hosts.drive(host) / "winlab/dism.log"
            lines = log.read_text().splitlines() if log.exists() else []
            self.said[f"{name} {host}"] = [json.loads(line) for line in lines]
            self.left[f"{name} {host}"] = json.loads(self.way.hosts.powershell(host, LEFT).splitlines()[-1])

    def result(self, run: str, host: str) -> dict[str, Any]:
        found: dict[str, Any] = self.way.left[run][host]["enforce_result"]
        return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("packages")
    return {
        "good": str(package(folder, LATER)),
        "bad": str(package(folder, SECURITY, manifest("Package_for_KB4561673", "6.3.1.3"))),
        "older": str(package(folder, JUNE)),
    }


@pytest.fixture(scope="module")
def story(files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("rollup")
    log = folder / "commands.log"
    log.touch()
    hosts = lab.Hosts(CELLS, collapse=True, log=str(log))
    variables = {host: {"enforce_monthly_rollup_package": path} for host, path in files.items()}
    try:
        hosts.make()
        for prefix in hosts.prefixes.values():
            put_dism(prefix)
        start = {name: host_state.snapshot(prefix) for name, prefix in hosts.prefixes.items()}
        way = Way(hosts, variables, folder, log, START)
        story = Story(way)
        wanted = {"enforce_apply": "issue_3", "enforce_restart_ok": True, "enforce_reboot_timeout": 120}
        hosts.start()
        way.run("predicted", ROLE, "--check", "--diff", **wanted)
        way.compare("predicted", start)
        hosts.start()
        for host in CELLS:
            hosts.powershell(host, r"Set-ItemProperty -Path HKCU:\Software\Wine\DllOverrides -Name dism.exe -Value native")
        way.run("done", ROLE, "--diff", **wanted)
        story.look("done")
        way.run("waits", ROLE, **wanted)
        way.run("restarted", ROLE, **wanted, enforce_reboot_ok=True)
        way.run("again", ROLE, **wanted)
        story.look("again")
        yield story
    finally:
        hosts.close()


def test_check_mode_predicts_and_changes_nothing(story):
    predicted, done = story.result("predicted", "good"), story.result("done", "good")
    assert story.way.changes["predicted"]["good"] == []
    assert predicted["changed"] is True and predicted["applied"] == done["applied"]
    assert predicted["applied"][-1] == "monthly_rollup.1" and len(predicted["applied"]) == 9
    assert {f"{LATER} installed\n"} <= {part["after"] for part in predicted["diff"]}
    assert predicted["diff"] == done["diff"] and predicted["reboot_required"] == done["reboot_required"]


def test_it_is_copied_expanded_and_installed_through_dism(story):
    (said,) = story.said["done good"]
    cabinet = r"C:\ProgramData\wsus.compliance\package\expanded\Windows8.1-KB1-x64.cab"
    assert said == {
        "arguments": ["/Online", "/Add-Package", f"/PackagePath:{cabinet}", "/Quiet", "/NoRestart"],
        "size": 100_000,
    }
    # Read, made ready for the copy, copied, applied, restarted, assessed.
    assert story.left["done good"] == {"copies": [], "state": 0x60}


def test_it_counts_only_after_the_restart(story):
    done, waits = story.result("done", "good"), story.result("waits", "good")
    reason = ["reboot: Monthly Rollup: Windows reads it when it starts"]
    assert done["reboot_required"] == reason and waits["reboot_required"] == reason
    assert waits["changed"] is False and waits["applied"] == [] and not waits.get("failed")
    for run in ("done", "waits"):
        rules = {one["id"]: one["result"] for one in story.way.left[run]["good"]["audit_result"].get("findings", [])}
        assert not rules or rules["updates.monthly_rollup"] == "fail"
    assert story.way.left["restarted"]["good"]["audit_result"]["issues"]["issue_3"]["verdict"] == "excluded"
    assert story.result("again", "good")["changed"] is False and story.result("again", "good")["reboot_required"] == []
    assert story.way.commands["again"]["good"] == 1 and len(story.said["again good"]) == 1


@pytest.mark.parametrize(("host", "why"), [("bad", "security-only"), ("older", "another Windows")])
def test_a_wrong_package_is_refused_before_anything_is_sent(story, host, why):
    result = story.result("done", host)
    assert result["failed"] is True and why in result["msg"] and result["applied"] == []
    assert story.said[f"done {host}"] == [] and story.left[f"done {host}"] == {"copies": [], "state": None}
    assert not (story.way.hosts.drive(host) / "ProgramData/wsus.compliance").exists()
