# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin app_context_switch: files that can't be edited, and files of other programs."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.wsus.compliance.plugins.action import app_context_switch
from support.simulated_action import SimulatedHost, without_times

W3WP = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
OTHER = r"C:\Program Files\Tool\tool.exe.config"
TEXT = '<?xml version="1.0"?>\r\n<configuration>\r\n  <!-- ours -->\r\n  <runtime/>\r\n</configuration>\r\n'
NET_4_5 = {"registry": {r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full": {"values": {"Release": 378389}}}}


def config(content: object, path: str = W3WP) -> dict[str, object]:
    return {"extends": "issue1.yml", "files": {path: content}}


@pytest.mark.parametrize(
    "scenario",
    [
        config("no xml"),
        config('<!DOCTYPE a [<!ENTITY b "c">]><configuration/>'),
        config("<configuration>"),
        config({"error": {"code": "access_denied", "message": "Access is denied."}}),
        config({"error": {"code": "unreadable", "message": "It is a folder."}}),
        config("", path=W3WP + r"\below.txt"),
        {"extends": "issue1.yml", **NET_4_5},
    ],
    ids=["malformed", "dtd", "cut", "denied", "error", "folder", "old .NET"],
)
def test_what_cannot_be_edited_stays(scenario):
    host = SimulatedHost(scenario)
    before = host.state()
    result = host.run(app_context_switch)
    assert result["failed"] is True and result["changed"] is False and W3WP.rpartition("\\")[2] in result["msg"]
    assert without_times(host.state()) == without_times(before)


def test_the_file_is_edited_not_written_anew():
    host = SimulatedHost(config(TEXT))
    result = host.run(app_context_switch)
    assert result["changed"] is True
    text = host.machine.state.file(W3WP).read().decode()
    assert (
        "<!-- ours -->" in text
        and "DontEnableSystemDefaultTlsVersions=false" in text
        and "\n" not in text.replace("\r\n", "")
    )
    assert "+" not in result["diff"][0]["before"] and "<!-- ours -->" in result["diff"][0]["before"]


def test_absent_takes_the_switch_out():
    host = SimulatedHost("healthy-w3wp.yml")
    assert host.run(app_context_switch, state="absent")["changed"] is True
    assert host.run(app_context_switch, state="absent")["changed"] is False
    assert "DontEnable" not in host.machine.state.file(W3WP).read().decode()


def test_w3wp_exe_config_by_its_full_name_is_the_same_file():
    host = SimulatedHost({"extends": "issue1.yml", **NET_4_5})
    result = host.run(app_context_switch, path=W3WP.upper().replace("CONFIG", "config"))
    assert result["failed"] is True and "older than 4.6" in result["msg"], "the host's .NET Framework is looked at"


def test_a_file_of_another_program():
    host = SimulatedHost(config(TEXT, OTHER))
    assert host.run(app_context_switch, path=OTHER, check=True)["changed"] is True
    result = host.run(app_context_switch, path=OTHER, name="Switch.A", value=True)
    assert result["applied"] == ["w3wp_config.1"] and host.asked == ["slurp", "apply"] * 2
    assert "Switch.A=true" in host.machine.state.file(OTHER).read().decode()
    assert host.run(app_context_switch, path=OTHER, name="Switch.A", value=True)["changed"] is False
    assert host.asked[4:] == ["slurp"]


def test_a_file_of_another_program_that_is_not_there_is_made():
    host = SimulatedHost(config("x", OTHER.replace("tool.exe.config", "readme.txt")))
    assert host.run(app_context_switch, path=OTHER)["changed"] is True
    assert host.machine.state.file(OTHER) is not None
    host = SimulatedHost("issue1.yml")
    result = host.run(app_context_switch, path=OTHER)
    assert result["failed"] is True and result["changed"] is False, "its folder is not made"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"failed": True, "msg": "Path is a directory"}, "directory"),
        ({"content": "?"}, "base64"),
        ({}, ""),
        ({"content": "eA==" * 400_000}, ""),
    ],
)
def test_what_could_not_be_read_is_not_changed(answer, text):
    host = SimulatedHost(config(TEXT, OTHER))
    host.hook = lambda name, _arguments: answer if name.endswith("slurp") else None
    result = host.run(app_context_switch, path=OTHER)
    assert result["failed"] is True and text in result["msg"] and host.asked == ["slurp"]


def test_a_lost_connection_is_no_missing_file():
    host = SimulatedHost(config(TEXT, OTHER))
    host.hook = lambda name, _arguments: AnsibleConnectionFailure("timed out")
    with pytest.raises(AnsibleConnectionFailure):
        host.run(app_context_switch, path=OTHER)
