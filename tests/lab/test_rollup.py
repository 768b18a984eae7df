# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Monthly Rollup on a host of the lab: copied, expanded, installed, in effect after a restart.

expand.exe and DISM are stand-ins of these tests, which note their arguments (the lab hands them on without quotes): one
gives the whole .msu for its package, the other makes the key that Component Based Servicing makes. A script does what
that does when Windows starts next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support import host_state, lab
from support.lab import Cell
from support.lab_enforced import Way
from support.packages import LATER, package

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

PACKAGES = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
INSTALLED = "Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.20337.1.6"
DISM = r"""
$line = [Environment]::CommandLine -replace '^.*?\\dism\.ps1\s+'
$null = $line -match '/PackagePath:(\S+) /'
$said = ConvertTo-Json -Compress -InputObject @{ arguments = $line; size = ([System.IO.FileInfo]$Matches[1]).Length }
[System.IO.File]::AppendAllText('C:\winlab\dism.log', "$said`n")
$key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('@PACKAGES@\@INSTALLED@')
$key.SetValue('CurrentState', 0x60)
# for the lab's model of WSUS, which counts it after the next start of Windows
Import-Module WinLab
Install-LabUpdate KB4022720
[Microsoft.Win32.Registry]::LocalMachine.DeleteSubKey('@PACKAGES@\Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.18692.1.1')
exit 3010
""".replace("@PACKAGES@", PACKAGES).replace("@INSTALLED@", INSTALLED)
EXPAND = r"""
$line = [Environment]::CommandLine -replace '^.*?\\expand\.ps1\s+'
$said = ConvertTo-Json -Compress -InputObject @{ arguments = $line }
[System.IO.File]::AppendAllText('C:\winlab\dism.log', "$said`n")
$paths = $line.Split(' ')
[System.IO.File]::Copy($paths[0], "$($paths[2])\Windows8.1-KB1-x64.cab")
"""
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
HOST = "good"
PLACE = r"C:\ProgramData\wsus.compliance\package"


def put_programs(prefix: Path) -> None:
    """Programs where Windows has them: the lab's, which runs the script of its own name."""
    system, scripts = prefix / "drive_c/windows/system32", prefix / "drive_c/winlab/bin"
    scripts.mkdir(exist_ok=True)
    for name, script in (("dism", DISM), ("expand", EXPAND)):
        program = system / f"{name}.exe"
        program.unlink(missing_ok=True)  # Wine's is shared by all hosts
        program.write_bytes((lab.lab_home() / "bin/labcmd.exe").read_bytes())
        program.chmod(0o755)
        (scripts / f"{name}.ps1").write_text(script)


@dataclass
class Story:
    way: Way
    programs: list[dict[str, Any]] = field(default_factory=list)
    left: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look(self, name: str) -> None:
        self.left[name] = json.loads(self.way.hosts.powershell(HOST, LEFT).splitlines()[-1])
        log = self.way.hosts.drive(HOST) / "winlab/dism.log"
        self.programs = [json.loads(line) for line in log.read_text().splitlines()]

    def result(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.way.left[run][HOST]["enforce_result"]
        return found


@pytest.fixture(scope="module")
def msu_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("packages"), LATER)


@pytest.fixture(scope="module")
def story(msu_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("rollup")
    log = folder / "commands.log"
    log.touch()
    hosts = lab.Hosts({HOST: Cell("2012R2", "issue3")}, collapse=True, log=str(log))
    try:
        hosts.make()
        put_programs(hosts.prefixes[HOST])
        start = {HOST: host_state.snapshot(hosts.prefixes[HOST])}
        story = Story(Way(hosts, {}, folder, log, START))
        wanted = {
            "enforce_apply": "issue_3",
            "enforce_restart_ok": True,
            "enforce_reboot_timeout": 300,
            "enforce_monthly_rollup_package": str(msu_file),
        }
        hosts.start()
        story.way.run("predicted", ROLE, "--check", "--diff", **wanted)
        story.way.compare("predicted", start)
        hosts.start()
        overrides = r"Set-ItemProperty -Path HKCU:\Software\Wine\DllOverrides -Name {}.exe -Value native"
        hosts.powershell(HOST, "\n".join(overrides.format(name) for name in ("dism", "expand")))
        story.way.run("done", ROLE, "--diff", **wanted)
        story.look("done")
        story.way.run("restarted", ROLE, **wanted, enforce_reboot_ok=True)
        story.way.run("again", ROLE, **wanted)
        story.look("again")
        yield story
    finally:
        hosts.close()


def test_check_mode_predicts_and_changes_nothing(story):
    predicted, done = story.result("predicted"), story.result("done")
    assert not predicted.get("failed") and not done.get("failed"), (predicted.get("msg"), done.get("msg"))
    assert story.way.changes["predicted"][HOST] == []
    assert predicted["changed"] is True and predicted["applied"] == done["applied"]
    assert predicted["applied"][-1] == "monthly_rollup.1" and len(predicted["applied"]) == 9
    assert f"{LATER} installed\n" in [part["after"] for part in predicted["diff"]]
    assert predicted["diff"] == done["diff"] and predicted["reboot_required"] == done["reboot_required"]


def test_it_is_copied_expanded_installed_through_dism_and_its_copy_removed(story, msu_file):
    expanded, installed = story.programs
    cabinet = rf"{PLACE}\expanded\Windows8.1-KB1-x64.cab"
    assert expanded["arguments"] == rf"{PLACE}\{LATER} -F:Windows*.cab {PLACE}\expanded"
    assert installed["arguments"] == f"/Online /Add-Package /PackagePath:{cabinet} /Quiet /NoRestart"
    assert installed["size"] == msu_file.stat().st_size
    assert story.left["done"] == {"copies": [], "state": 0x60}


def test_it_counts_only_after_the_restart(story):
    done, restarted, again = (story.result(name) for name in ("done", "restarted", "again"))
    reason = ["reboot: Monthly Rollup: Windows reads it when it starts"]
    assert done["reboot_required"] == reason == restarted["reboot_required"]
    assert restarted["changed"] is False and restarted["applied"] == [] and not restarted.get("failed")
    audits = {name: story.way.left[name][HOST]["audit_result"]["issues"]["issue_3"] for name in ("done", "restarted")}
    assert audits["done"] != "excluded" and audits["restarted"] == "excluded"
    assert again["changed"] is False and again["reboot_required"] == []
    assert story.way.commands["again"][HOST] == 1
    assert story.left["again"] == {"copies": [], "state": 0x70}
