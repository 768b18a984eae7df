# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The comparison by which test_matrix shows that an audit writes nothing: it sees writes, and only writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from support import host_state, lab
from support.lab import Cell, Hosts

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

# One write of each kind, by raw PowerShell, and by what the comparison has to name it.
WRITES = {
    r"Set-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\.NETFramework\v4.0.30319' -Name SchUseStrongCrypto -Value 7": (
        r"\.netframework\\v4\.0\.30319\|SchUseStrongCrypto: .* -> dword:00000007"
    ),
    r"New-Item -Path 'HKLM:\SOFTWARE\Microsoft\.NETFramework\written' | Out-Null": r"\.netframework\\written: None -> ",
    r"Remove-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' -Name ProductName": (
        r"currentversion\|ProductName: .* -> None"
    ),
    r"[System.IO.File]::WriteAllText('C:\written.txt', 'x')": r"drive_c/written\.txt: None -> 1 bytes",
    r"[System.IO.File]::SetLastWriteTimeUtc('C:\Windows\win.ini', [datetime]'2020-1-1')": r"drive_c/windows/win\.ini: ",
    r"$w = Get-WsusServer; $c = $w.GetConfiguration(); $c.MUUrl = 'https://example.com/'; $c.Save()": (
        r'wsus\.json config\.MUUrl: .* -> "https://example\.com/"'
    ),
    r"[System.IO.Directory]::CreateDirectory('C:\inetpub\written') | Out-Null": (
        r"drive_c/inetpub/written/: None -> folder"
    ),
    # Something was made and removed: only the time of what it was in tells.
    r"$t = 'C:\inetpub\temporary'; [System.IO.File]::WriteAllText($t, ''); [System.IO.File]::Delete($t)": (
        r"drive_c/inetpub/: folder, \d+ -> folder, \d+"
    ),
    r"New-Item -Path 'HKLM:\SYSTEM\CurrentControlSet\Control\Lsa\temporary' | Remove-Item": (
        r"\\control\\lsa #time: \d+ -> \d+"
    ),
}
# No program of the lab can make one: the test does.
LINK = r"drive_c/windows/written: None -> link to \."


@pytest.fixture(scope="module")
def states() -> Iterator[dict[str, tuple[dict[str, str], dict[str, str]]]]:
    """Two hosts before their start and after their end: one was only looked at, on the other everything was written."""
    cells = {"looked_at": Cell("2019", "issue4"), "written": Cell("2019", "issue4")}
    hosts = Hosts(cells)
    try:
        hosts.make()
        before = {name: host_state.snapshot(prefix) for name, prefix in hosts.prefixes.items()}
        hosts.start()
        # As Hosts.start() itself does where services give up.
        hosts.stop()
        hosts.start()
        ping = ["ansible", "-m", "ansible.windows.win_ping", "all", "-i", str(hosts.inventory())]
        assert lab.run_ansible(ping, hosts.folder / "ping").code == 0
        hosts.powershell("looked_at", "(Get-WsusServer).Name")
        hosts.powershell("written", "\n".join(WRITES))
        (hosts.drive("written") / "windows" / "written").symlink_to(".")
        hosts.stop()
        yield {name: (before[name], host_state.snapshot(prefix)) for name, prefix in hosts.prefixes.items()}
    finally:
        hosts.close()


def test_a_look_is_no_write(states):
    before, after = states["looked_at"]
    assert len(after) > 5000
    assert host_state.differences(before, after) == []


@pytest.mark.parametrize("pattern", host_state.ALLOWED)
def test_what_is_allowed_happens_without_an_audit(states, pattern):
    changed = host_state.all_differences(*states["looked_at"])
    assert [name for name in changed if re.search(pattern, name, re.IGNORECASE)]


@pytest.mark.parametrize("wanted", [*WRITES.values(), LINK], ids=[*WRITES, "a link to a folder"])
def test_a_write_is_seen(states, wanted):
    found = host_state.differences(*states["written"])
    assert any(re.search(wanted, line, re.IGNORECASE) for line in found), "\n".join(found)


def test_a_service_that_is_stopped_restarted_or_started_is_seen():
    cell = Cell("2019", "issue4")
    cells = {"quiet": cell, "stopped": cell, "restarted": cell, "started": Cell("2019", "service-stopped")}
    with Hosts(cells) as hosts:
        before = lab.service_processes(hosts.prefixes)
        hosts.powershell("quiet", "Get-Service -Name W3SVC")
        hosts.powershell("stopped", "Stop-Service -Name W3SVC -Force")
        hosts.powershell("restarted", "Restart-Service -Name WsusService -Force")
        hosts.powershell("started", "Start-Service -Name WsusService")
        after = lab.service_processes(hosts.prefixes)
    assert all(before.values())
    changes = {name: host_state.service_changes(before[name], after[name]) for name in before}
    seen = {name: {line.split()[-1] for line in lines} for name, lines in changes.items()}
    assert seen == {"quiet": set(), "stopped": {"gone"}, "restarted": {"gone", "started"}, "started": {"started"}}
