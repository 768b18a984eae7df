# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The modules that a simulated host runs."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from wsus_simulator import build_state, check_scenario
from wsus_simulator.modules import MODULES, full_name, run

KEY = r"HKLM\SOFTWARE\X"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
SCENARIO = {
    "powershell_version": "5.1.1.1",
    "registry": {
        KEY: {
            "values": {
                "Text": "t",
                "Number": 4294967295,
                "Folder": {"type": "REG_EXPAND_SZ", "data": "%SystemRoot%\\x"},
                "Octets": {"type": "REG_BINARY", "data": "00ff"},
            }
        },
        KEY + r"\Below\Deeper": {},
        r"HKLM\SOFTWARE\Denied": {"error": {"code": "access_denied", "message": "no access"}},
    },
    "files": {
        r"C:\Windows\a.txt": "hello",
        r"C:\Windows\no.txt": {"error": {"code": "access_denied", "message": "no access"}},
    },
    "services": {"WsusService": {}, "BITS": {"state": "StopPending", "start": 3}, "Late": {"delayed": True}},
}


def call(module, /, scenario=None, **options):
    state = build_state(check_scenario(SCENARIO if scenario is None else scenario, "test"), NOW).named("host")
    return run(full_name(module), state, options)


@pytest.mark.parametrize(
    "name", ["ping", "win_ping", "ansible.builtin.ping", "ansible.legacy.ping", "ansible.windows.win_ping"]
)
def test_names(name):
    assert full_name(name) == "ansible.windows.win_ping"


def test_unknown_names_stay():
    assert full_name("community.windows.win_ping") == "community.windows.win_ping"


def test_ping():
    assert call("win_ping")["ping"] == "pong"
    assert call("win_ping", data="crash")["failed"] is True


def test_facts_envelope():
    result = call("wsus.compliance.wsus_facts", gather_subset=["os"])
    assert set(result) == {"changed", "contract", "collected_at", "raw", "invocation"}
    assert (result["changed"], result["contract"], list(result["raw"])) == (False, 1, ["os"])
    assert list(call("wsus.compliance.wsus_facts", gather_subset="os, w3wp")["raw"]) == ["os", "w3wp"]
    assert len(call("wsus.compliance.wsus_facts", gather_subset=None)["raw"]) == 13
    assert call("wsus.compliance.wsus_facts", gather_subset=[])["raw"] == {}


def test_facts_refuse_wrong_options():
    assert "Got no match for: bits" in call("wsus.compliance.wsus_facts", gather_subset=["bits"])["msg"]
    assert "Unsupported parameters" in call("wsus.compliance.wsus_facts", subset=["os"])["msg"]


@pytest.mark.parametrize(
    ("version", "old"), [("4.0", True), ("5.0.10586.117", True), ("5.1.14393.0", False), ("7.4.1", False)]
)
def test_an_old_powershell(version, old):
    result = call("wsus.compliance.wsus_facts", {"powershell_version": version})
    assert result.get("failed", False) is old
    assert result.get("msg", "").startswith("powershell_too_old:") is old


def test_reg_stat_of_values():
    path = "HKLM:\\software\\x\\"
    assert call("win_reg_stat", path=path, name="number") | {"invocation": 0} == {
        "changed": False,
        "exists": True,
        "type": "REG_DWORD",
        "value": 4294967295,
        "raw_value": 4294967295,
        "invocation": 0,
    }
    assert call("win_reg_stat", path=path, name="Folder")["value"] == "C:\\Windows\\x"
    assert call("win_reg_stat", path=path, name="Octets")["raw_value"] == ["0x00", "0xff"]
    assert call("win_reg_stat", path=path, name="None")["exists"] is False


def test_reg_stat_of_keys():
    result = call("win_reg_stat", path="HKLM:\\SOFTWARE\\X")
    assert sorted(result["properties"]) == ["Folder", "Number", "Octets", "Text"]
    assert result["sub_keys"] == ["Below"]
    assert call("win_reg_stat", path="HKLM:\\SOFTWARE\\Y")["exists"] is False
    assert "no access" in call("win_reg_stat", path="HKLM:\\SOFTWARE\\Denied")["msg"]
    assert "not a valid registry path" in call("win_reg_stat", path=KEY)["msg"]
    assert "missing required arguments" in call("win_reg_stat")["msg"]


def test_stat_and_slurp():
    stat = call("win_stat", path="%SystemRoot%\\A.TXT")["stat"]
    assert (stat["exists"], stat["isreg"], stat["size"], stat["extension"]) == (True, True, 5, ".txt")
    assert stat["checksum"] == "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"
    assert call("win_stat", path="C:\\windows")["stat"]["isdir"] is True
    assert call("win_stat", path="C:\\none")["stat"] == {"exists": False}
    assert "checksum_algorithm" in call("win_stat", path="C:\\Windows\\a.txt", checksum_algorithm="crc")["msg"]
    assert call("slurp", src="C:\\Windows\\a.txt")["content"] == "aGVsbG8="
    assert "is a directory" in call("slurp", src="C:\\Windows")["msg"]
    assert "is not found" in call("slurp", src="C:\\x")["msg"]
    assert "no access" in call("slurp", src="C:\\Windows\\no.txt")["msg"]


def test_service_info():
    services = call("win_service_info")["services"]
    assert {item["name"]: (item["state"], item["start_mode"]) for item in services} == {
        "WsusService": ("started", "auto"),
        "BITS": ("stop_pending", "manual"),
        "Late": ("started", "delayed"),
    }
    assert [item["name"] for item in call("win_service_info", name="wsus*")["services"]] == ["WsusService"]
    assert call("win_service_info", name="none")["exists"] is False


def test_setup():
    assert call("setup")["ansible_facts"]["ansible_hostname"] == "HOST"


def test_every_module_says_that_nothing_changed():
    assert all(call(name)["changed"] is False for name in MODULES)
