# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restarts of IIS, of the WSUS service and of Windows."""

from __future__ import annotations

import json

import pytest
from support.journals import records

from wsus_simulator.reboot import find, go_down

ID = "20261124T110000000Z-00000001"
KEY = r"HKLM\SOFTWARE\Vendor"
CV = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion"
LOG = r"C:\Program Files\Update Services\LogFiles\SoftwareDistribution.log"


def processes(host):
    return {one["name"]: (one["process_id"], one["started"]) for one in host.raw("services")["services"]["processes"]}


def log(host):
    return host.machine.state.file(LOG).read().decode()


def test_both(bench):
    host = bench()
    before = processes(host)
    answer = host.call("restart", restarts=["iisreset", "WsusService"])
    assert answer["changed"] is True
    assert answer["restarts"] == [
        {
            "what": "iisreset",
            "status": "done",
            "message": "Internet services successfully restarted",
            "seconds": 0.05,
            "started": "2026-11-24T12:00:00.050Z",
        },
        {
            "what": "WsusService",
            "status": "done",
            "message": "",
            "seconds": 0.05,
            "started": "2026-11-24T12:00:00.100Z",
        },
    ]
    after = processes(host)
    assert after["w3wp.exe"][1] == "2026-11-24T12:00:00.050Z"
    assert after["WsusService.exe"][1] == "2026-11-24T12:00:00.100Z"
    assert all(after[name][0] != before[name][0] for name in before)
    assert [write["written"] for write in host.writes] == [["iisreset"], ["WsusService"]]


def test_what_wsus_says_at_its_start(bench):
    S = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
    keys = {rf"{S}\TLS 1.0\Client": {"values": {"Enabled": 0}}, rf"{S}\TLS 1.1\Client": {"values": {"Enabled": 1}}}
    host = bench(registry=keys)
    host.call("restart", restarts=["WsusService"])
    rows = [line.split("\t") for line in log(host).split("\r\n")[:-1]]
    assert [(row[2], row[4]) for row in rows] == [
        ("WsusService.15", "SCHANNEL Protocol 'TLS 1.0' disabled"),
        ("WsusService.15", "SCHANNEL Protocol 'TLS 1.1' enabled"),
        ("WsusService.15", "SCHANNEL Protocols subkey for 'TLS 1.2' not found. Protocol is enabled"),
    ]
    host.call("restart", restarts=["iisreset"])
    assert log(host).count("\tw3wp.12\t") == 3


def test_a_server_without_the_rollup_says_nothing(bench):
    host = bench(extends="issue3.yml")
    host.call("restart", restarts=["iisreset", "WsusService"])
    assert log(host) == ""


def test_restarts_are_noted_in_journals(bench):
    host = bench()
    one = {"exists": True, "type": "REG_DWORD", "data": 1}
    host.apply(
        {"id": "x", "kind": "registry_value", "path": KEY, "name": "V", "before": {"exists": False}, "after": one},
        journal={"id": ID},
    )
    unknown = "20261124T110000000Z-00000002"
    answer = host.call("restart", restarts=["iisreset", "reboot_note"], journals=[ID, unknown])
    assert [one["status"] for one in answer["restarts"]] == ["done", "done"]
    assert unknown in answer["restarts"][0]["message"]
    lines = host.call("read_journal", journal_id=ID)["journal"]["lines"]
    assert [json.loads(line[65:]) for line in lines[-2:]] == [
        {"record": "restart", "what": "iisreset", "at": "2026-11-24T12:00:00.050Z"},
        {"record": "restart", "what": "reboot", "at": "2026-11-24T12:00:00.050Z"},
    ]
    assert len(records(lines)) == len(lines)


def test_a_service_that_does_not_run_is_left_alone(bench):
    host = bench(services={"WsusService": {"state": "Stopped"}})
    answer = host.call("restart", restarts=["WsusService"])
    assert (answer["changed"], answer["restarts"][0]["status"]) == (False, "not_running")
    assert host.writes == []


@pytest.mark.parametrize(
    ("given", "kind", "state"),
    [
        ({"services": {"W3SVC": {"start": 4}}}, "iisreset", "Stopped"),
        ({"services": {"W3SVC": None}}, "iisreset", None),
        ({"services": {"WsusService": {"start": 4}}}, "WsusService", "Stopped"),
        ({"services": {"WsusService": None}}, "WsusService", None),
        ({"read_only": True}, "iisreset", "Running"),
    ],
)
def test_the_first_that_fails_ends_it(bench, given, kind, state):
    host = bench(**given)
    answer = host.call("restart", restarts=[kind, "reboot_note"])
    assert [one["status"] for one in answer["restarts"]] == ["failed", "not_reached"]
    assert answer["changed"] is True, "it may have done half of it"
    assert answer["restarts"][0]["message"]
    name = "W3SVC" if kind == "iisreset" else kind
    assert host.raw("services")["services"]["services"][name]["state"] == state


def test_check_mode_and_options(bench):
    host = bench()
    assert host.call("restart", restarts=["iisreset"], check=True)["skipped_in_check_mode"] is True
    assert "must be one or more of" in host.call("restart", restarts=["reboot"])["msg"]
    assert (host.call("restart")["restarts"], host.call("restart")["changed"]) == ([], False)
    assert host.writes == []


# -- Windows -----------------------------------------------------------------------------------------------------------


def test_what_a_restart_of_windows_does(bench):
    host = bench(
        services={"W3SVC": {"state": "Stopped"}, "BITS": {"state": "Running", "start": 4}},
        registry={
            rf"{CV}\Component Based Servicing\RebootPending\x": {},
            rf"{CV}\WindowsUpdate\Auto Update\RebootRequired": {},
            r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager": {
                "values": {"PendingFileRenameOperations": ["a"], "Other": 1}
            },
        },
    )
    went = []
    host.machine.on_reboot = lambda: went.append(1)
    go_down(host.machine, host.now)
    assert host.machine.away()
    host.sleep(0.8)
    assert not host.machine.away()
    assert went == [1]
    raw = host.raw("restart", "services")
    assert raw["restart"]["boot_time"] == "2026-11-24T12:00:00.700Z"
    assert raw["restart"]["pending_file_rename"] is False
    states = {name: one["state"] for name, one in raw["services"]["services"].items()}
    assert (states["W3SVC"], states["WsusService"], states["BITS"]) == ("Running", "Running", "Stopped")
    assert {started for _id, started in processes(host).values()} == {"2026-11-24T12:00:00.700Z"}
    assert not raw["restart"]["windows_update_reboot_required"]["exists"]
    assert not raw["restart"]["cbs_reboot_pending"]["exists"]


TAIL = (
    "; If (-not $?) { If (Get-Variable LASTEXITCODE -ErrorAction SilentlyContinue) "
    "{ exit $LASTEXITCODE } Else { exit 1 } }"
)
BOOT = "(Get-CimInstance -ClassName Win32_OperatingSystem -Property LastBootUpTime).LastBootUpTime.ToFileTime()"
LOGON = r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\AutoLogonChecked"
TEST = f"Get-Item -LiteralPath '{LOGON}' -ErrorAction Stop; 'success-01ab'"
SHUTDOWN = (
    f"if ($True) {{\n Remove-Item -LiteralPath '{LOGON}' -Force }}\n"
    r"$stderr = . { C:\Windows\System32\shutdown.exe /r /t 2 /c 'it''s' | Set-Variable stdout } 2>&1"
)
ABORT = r"C:\Windows\System32\shutdown.exe /a"


def run(host, script):
    name, act = find(script + TAIL)
    return name, act(host.machine)


def test_the_commands_of_win_reboot(bench):
    host = bench(timing={"shutdown": 1, "boot": 5})
    name, first = run(host, BOOT)
    assert (name, first.exit_code) == ("boot time", 0)
    assert int(first.stdout) == 134392176000000000
    assert run(host, TEST)[1].stdout == b"success-01ab\r\n"
    assert json.loads(run(host, SHUTDOWN)[1].stdout) == {"rc": 0, "stdout": "", "stderr": ""}
    assert run(host, TEST)[1].exit_code == 1, "the logon screen comes after the restart"
    assert json.loads(run(host, SHUTDOWN)[1].stdout)["rc"] == 1190
    assert run(host, BOOT)[1] == first
    host.sleep(1.1)
    assert host.machine.away()
    host.sleep(5)
    assert not host.machine.away()
    assert run(host, BOOT)[1] != first
    assert run(host, TEST)[1].exit_code == 0
    assert [write["kind"] for write in host.writes] == ["reboot"]


def test_a_planned_restart_can_be_taken_back(bench):
    host = bench()
    run(host, SHUTDOWN)
    assert run(host, ABORT)[1].exit_code == 0
    assert run(host, ABORT)[1].exit_code != 0
    host.sleep(10)
    assert not host.machine.away()
    assert host.raw("restart")["restart"]["boot_time"] == "2026-11-15T12:00:00.000Z"


def test_a_host_that_goes_before_its_planned_restart_restarts_once(bench):
    host = bench(timing={"shutdown": 5, "boot": 1})
    run(host, SHUTDOWN)
    go_down(host.machine, host.now, 2)
    host.sleep(1.5)
    assert host.machine.away()
    host.sleep(1)
    assert not host.machine.away()
    host.sleep(4)
    assert not host.machine.away()
    assert host.raw("restart")["restart"]["boot_time"] == "2026-11-24T12:00:02.000Z"


@pytest.mark.parametrize(
    ("given", "seconds"), [({}, 0.7), ({"timing": {"boot": 3}}, 3), ({"connection": {"seconds": 9}}, 9)]
)
def test_how_long_the_fault_is_away(bench, given, seconds):
    connection = {"fault": "reboot", **given.pop("connection", {})}
    fault = bench(**given, connection=connection).machine.state.fault
    assert (fault.seconds, fault.times, fault.operations) == (seconds, 1, {"Receive"})


def test_refused_restarts_and_unknown_boot_times(bench):
    assert json.loads(run(bench(read_only=True), SHUTDOWN)[1].stdout)["rc"] == 5
    host = bench(boot_time={"error": {"code": "cim_failed", "message": "no CIM"}})
    assert run(host, BOOT)[1].exit_code == 1


@pytest.mark.parametrize(
    "script",
    ["", "whoami", f"{BOOT}; Remove-Item x", f"{ABORT} /f", TEST.replace("Winlogon", "x"), "shutdown.exe /s /t 0"],
)
def test_other_commands_are_not_known(script):
    assert find(script + TAIL) is None
