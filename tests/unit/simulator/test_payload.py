# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ansible sends, in both generations."""

from __future__ import annotations

import base64
import json

import pytest

from wsus_simulator.payload import Work, decode, readable

ARGUMENTS = {"data": "x", "_ansible_check_mode": True, "_ansible_module_name": "ansible.windows.win_ping"}


def old(arguments=None, actions=("module_wrapper",)) -> bytes:
    """ansible-core up to 2.18: the wrapper's text and a manifest."""
    manifest = {
        "module_entry": "",
        "module_args": ARGUMENTS if arguments is None else arguments,
        "actions": list(actions),
        "csharp_utils": {},
    }
    return b"begin { }\r\n" + b"\0\0\0\0" + json.dumps(manifest).encode()


def new(arguments=None, script="ansible.windows.win_ping.ps1", actions=None) -> bytes:
    """ansible-core since 2.19: two documents."""
    variables = [{"Name": "complex_args", "Value": ARGUMENTS if arguments is None else arguments}]
    default = [{"name": "module_wrapper.ps1", "params": {"Script": script, "Variables": variables}}]
    manifest = {"scripts": {}, "actions": default if actions is None else actions}
    return b'{"name": "bootstrap"}\n\0\0\0\0\n' + json.dumps(manifest).encode()


@pytest.mark.parametrize("stdin", [old(), new()], ids=["2.16", "2.19"])
def test_modules(stdin):
    assert decode("PowerShell -EncodedCommand AAAA", stdin) == Work(
        "module", "ansible.windows.win_ping", {"data": "x"}, True
    )


def test_the_script_names_the_module_where_the_arguments_do_not():
    assert decode("x", new({}, "wsus.compliance.wsus_facts.ps1")) == Work(
        "module", "wsus.compliance.wsus_facts", {}, False
    )


@pytest.mark.parametrize(
    "stdin",
    [
        new(actions=[{"name": "async_wrapper.ps1"}, {"name": "module_wrapper.ps1", "params": {}}]),
        new(actions=[{"name": "async_wrapper.ps1", "params": {}}]),
        old(actions=["async_watchdog", "async_wrapper"]),
    ],
)
def test_a_task_in_the_background_is_no_module(stdin):
    assert decode("x", stdin) == Work("helper", "async_wrapper")


def test_scripts_of_ansible_are_helpers():
    assert decode("x", new(actions=[{"name": "winrm_put_file.ps1", "params": {}}])) == Work("helper", "winrm_put_file")


@pytest.mark.parametrize(
    "stdin",
    [
        b"",
        b"text",
        b"\0\0\0\0",
        b"{}\0\0\0\0[]",
        b"{}\0\0\0\0{not json",
        b"{}\0\0\0\0" + b"[" * 100000,
        b"text\0\0\0\0{}",
        b'text\0\0\0\0{"module_args": 1}',
        b'{}\0\0\0\0{"actions": []}',
        b'{}\0\0\0\0{"actions": ["x"]}',
        b'{}\0\0\0\0{"actions": [{"name": "module_wrapper.ps1", "params": 3}]}',
        b"\xff\xfe\0\0\0\0\xff",
    ],
)
def test_anything_else_is_a_command(stdin):
    assert decode("whoami /all", stdin) == Work("command", "whoami /all")


def test_malformed_variables_leave_no_arguments():
    action = {
        "name": "module_wrapper.ps1",
        "params": {"Script": "a.ps1", "Variables": [1, {"Name": "complex_args", "Value": 2}]},
    }
    assert decode("x", new(actions=[action])) == Work("module", "a", {}, False)


def test_commands_are_shown_decoded_and_short():
    script = base64.b64encode("Remove-Item  C:\\x".encode("utf-16-le")).decode()
    assert readable(f"PowerShell -EncodedCommand {script}") == "Remove-Item C:\\x"
    assert readable("PowerShell -EncodedCommand !!") == "PowerShell -EncodedCommand !!"
    assert len(readable("x" * 5000)) == 400


def test_a_script_that_is_encoded_twice():
    """As ansible-core 2.16 does with a command of an action plugin."""
    once = f"PowerShell -EncodedCommand {base64.b64encode('hostname'.encode('utf-16-le')).decode()}"
    twice = f"PowerShell -EncodedCommand {base64.b64encode(once.encode('utf-16-le')).decode()}"
    assert readable(once) == readable(twice) == "hostname"
