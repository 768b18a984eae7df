# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The WinRM server, by pywinrm and by hand."""

from __future__ import annotations

import base64
import http.client
import json
import time
from contextlib import nullcontext

import pytest

from wsus_simulator.soap import NS, SHELL_URI, Fault, parse

winrm = pytest.importorskip("winrm")

HEALTHY: dict[str, object] = {"about": "empty host"}


def client(simulator, name="a", **options):
    return winrm.Protocol(
        simulator.url(name),
        transport="basic",
        username=options.pop("user", simulator.user),
        password=options.pop("password", simulator.password),
        message_encryption="never",
        **options,
    )


def run_module(protocol, name, arguments=None):
    """Run a module as ansible-core 2.19 does."""
    variables = [{"Name": "complex_args", "Value": arguments or {}}]
    action = {"name": "module_wrapper.ps1", "params": {"Script": f"{name}.ps1", "Variables": variables}}
    manifest = {"scripts": {name: "x" * 300000}, "actions": [action]}
    stdin = b"{}\n\0\0\0\0\n" + json.dumps(manifest).encode()
    shell = protocol.open_shell(codepage=65001)
    command = protocol.run_command(
        shell, "PowerShell", ["-NoProfile", "-EncodedCommand", "AAAA"], console_mode_stdin=False
    )
    for start in range(0, len(stdin), 200000):
        protocol.send_command_input(shell, command, stdin[start : start + 200000], end=start + 200000 >= len(stdin))
    out, err, code = protocol.get_command_output(shell, command)
    protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)
    return json.loads(out), err, code


def test_a_module_over_several_requests(simulate):
    simulator = simulate({"a": HEALTHY})
    result, err, code = run_module(client(simulator), "ansible.windows.win_ping", {"data": "é"})
    assert (result["ping"], err, code) == ("é", b"", 0)
    counters = simulator.counters()["a"]
    assert counters["executions"] == ["ansible.windows.win_ping"]
    assert counters["writes"] == []
    assert counters["requests"] == 7  # Create, Command, Send twice, Receive, Signal, Delete
    assert counters["bytes_in"] > 400000


def test_long_output_comes_in_pieces(simulate):
    packages = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
    keys = {f"{packages}\\Package_for_KB{number}~": {} for number in range(1999)}
    keys[r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions"] = {"values": {"ProductType": "x" * 65536}}
    simulator = simulate({"a": {"registry": keys}})
    result, _stderr, code = run_module(client(simulator), "wsus.compliance.wsus_facts")
    assert code == 0
    assert len(result["raw"]["updates"]["packages"]["kbs"]) == 1999


def test_unknown_modules_fail_and_are_noted(simulate):
    simulator = simulate({"a": HEALTHY})
    result, _stderr, code = run_module(
        client(simulator), "ansible.windows.win_regedit", {"_ansible_check_mode": True, "password": "secret"}
    )
    assert (result["failed"], result["changed"], code) == (True, False, 1)
    assert "can't run the module 'ansible.windows.win_regedit'" in result["msg"]
    assert "ansible.windows.win_ping, " in result["msg"]
    writes = simulator.counters()["a"]["writes"]
    assert writes == [{"kind": "module", "name": "ansible.windows.win_regedit", "check_mode": True}]


def test_commands_fail_and_are_noted(simulate):
    simulator = simulate({"a": HEALTHY})
    protocol = client(simulator)
    shell = protocol.open_shell()
    out, err, code = protocol.get_command_output(shell, protocol.run_command(shell, "reg", ["add", "HKLM\\X"]))
    assert code == 1
    assert json.loads(out)["failed"] is True
    assert b"can't run the command 'reg add HKLM\\X'" in err
    assert simulator.counters()["a"]["writes"][0]["name"] == "reg add HKLM\\X"


@pytest.mark.parametrize("wrong", [{"user": "x"}, {"password": "x"}])
def test_user_and_password_are_checked(simulate, wrong):
    simulator = simulate({"a": HEALTHY})
    with pytest.raises(winrm.exceptions.InvalidCredentialsError):
        client(simulator, **wrong).open_shell()
    assert simulator.counters()["a"]["unauthorized"] > 0


def post(simulator, body, path="/a/wsman", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)
    token = base64.b64encode(f"{simulator.user}:{simulator.password}".encode()).decode()
    connection.request("POST", path, body, {"Authorization": f"Basic {token}", **headers})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data


def envelope(action="Create", namespace="x", shell="", body="", uri=SHELL_URI):
    spaces = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NS.items())
    return (
        f"<s:Envelope {spaces}><s:Header><a:Action>{NS[namespace]}/{action}</a:Action><a:MessageID>uuid:1</a:MessageID>"
        f"<w:ResourceURI>{uri}</w:ResourceURI>"
        f'<w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet></s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 0x80338043),
        (b"<x/>", 0x80338043),
        (b"<x", 0x80338043),
        (b'<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>', 0x80338043),
        (
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>'.encode("utf-16"),
            0x80338043,
        ),
        (envelope("Enumerate"), 0x80338013),
        (envelope(uri="http://example.test/"), 0x80338000),
        (envelope("Receive", "rsp", "NONE"), 0x8033805B),
        (envelope("Delete", shell="NONE"), 0x8033805B),
    ],
)
def test_faults(simulate, body, code):
    simulator = simulate({"a": HEALTHY})
    status, data = post(simulator, body)
    assert status == 500
    assert f'Code="{code}"'.encode() in data


def test_a_document_type_is_refused_before_its_entities():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(Fault, match="document type"):
        parse(bomb)


def test_unknown_hosts_and_sizes(simulate):
    simulator = simulate({"a": HEALTHY})
    assert post(simulator, b"x", "/b/wsman")[0] == 404
    assert post(simulator, b"x", "/wsman")[0] == 404
    assert post(simulator, b"x", "/A/wsman")[0] == 500
    assert post(simulator, None, **{"Content-Length": "1048577"})[0] == 413
    assert post(simulator, None, **{"Content-Length": "-1"})[0] == 411
    assert post(simulator, b"", **{"Transfer-Encoding": "chunked"})[0] == 411


def test_a_command_that_is_not_there(simulate):
    simulator = simulate({"a": HEALTHY})
    shell = client(simulator).open_shell()
    for body in (
        '<rsp:Receive><rsp:DesiredStream CommandId="X">stdout</rsp:DesiredStream></rsp:Receive>',
        "<rsp:Receive/>",
    ):
        status, data = post(simulator, envelope("Receive", "rsp", shell, body))
        assert status == 500
        assert b'Code="995"' in data


def test_a_stream_that_is_not_base64(simulate):
    simulator = simulate({"a": HEALTHY})
    protocol = client(simulator)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "x")
    body = f'<rsp:Send><rsp:Stream Name="stdin" CommandId="{command}">QUI</rsp:Stream></rsp:Send>'
    status, data = post(simulator, envelope("Send", "rsp", shell, body))
    assert status == 500
    assert b"not base64" in data


def test_200_hosts_start_at_once_and_share_their_state(simulate, tmp_path):
    path = tmp_path / "host.yml"
    path.write_text("about: one of many", encoding="utf-8")
    begun = time.monotonic()
    simulator = simulate({f"h{number}": path for number in range(200)})
    assert time.monotonic() - begun < 3
    assert run_module(client(simulator, "h199"), "win_ping")[0]["ping"] == "pong"
    assert simulator.counters()["h0"]["requests"] == 0
    assert simulator.hosts["h1"].state.registry is simulator.hosts["h2"].state.registry


# -- faults of the connection --------------------------------------------------------------------------------


def test_refused_user(simulate):
    simulator = simulate({"a": {"connection": {"fault": "refuse_auth"}}})
    with pytest.raises(winrm.exceptions.InvalidCredentialsError):
        client(simulator).open_shell()


def test_closed_connection(simulate):
    simulator = simulate({"a": {"connection": {"fault": "close", "on": ["Command"]}}})
    protocol = client(simulator)
    shell = protocol.open_shell()
    with pytest.raises(OSError, match=r"Connection|Remote"):
        protocol.run_command(shell, "x")
    assert simulator.counters()["a"]["faults"] >= 1


def test_cut_answer(simulate):
    simulator = simulate({"a": {"connection": {"fault": "cut"}}})
    with pytest.raises(Exception, match=r"IncompleteRead|Connection broken"):
        run_module(client(simulator), "win_ping")
    assert simulator.counters()["a"]["executions"] == ["ansible.windows.win_ping"]


def test_a_fault_may_pass(simulate):
    simulator = simulate({"a": {"connection": {"fault": "close", "on": ["Create"], "times": 1}}})
    with pytest.raises(OSError, match=r"Connection|Remote"):
        client(simulator).open_shell()
    assert client(simulator).open_shell()


def test_a_hanging_host_ends_with_the_simulator(simulate):
    simulator = simulate({"a": {"connection": {"fault": "hang", "seconds": 600}}})
    with pytest.raises(OSError, match="timed out"):
        client(simulator, operation_timeout_sec=1, read_timeout_sec=2).open_shell()
    begun = time.monotonic()
    simulator.stop()
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("operation", ["Create", "Command", "Send", "Receive", "Signal", "Delete"])
@pytest.mark.parametrize(
    ("connection", "text"),
    [
        ({"fault": "close"}, "RemoteDisconnected"),
        ({"fault": "reset"}, "reset by peer"),
        ({"fault": "cut", "at": "start"}, "RemoteDisconnected"),
        ({"fault": "cut", "at": "status"}, "no element found"),
        ({"fault": "cut"}, "IncompleteRead"),
        ({"fault": "reset", "at": "body"}, "reset by peer"),
        ({"fault": "http", "code": 503}, "Code 503"),
        ({"fault": "wsman", "code": 995, "message": "aborted"}, "aborted .*995"),
    ],
)
def test_each_fault_on_each_operation(simulate, operation, connection, text):
    simulator = simulate({"a": {"connection": {**connection, "on": [operation]}}})
    # Of the answer to Send, pywinrm looks at the status only.
    expected = nullcontext() if operation == "Send" and "element" in text else pytest.raises(Exception, match=text)
    with expected:
        run_module(client(simulator), "win_ping")
    assert simulator.counters()["a"]["faults"] >= 1


def test_a_fault_of_the_second_operation(simulate):
    simulator = simulate({"a": {"connection": {"fault": "close", "on": ["Create"], "after": 1, "times": 1}}})
    assert client(simulator).open_shell()
    with pytest.raises(OSError, match="RemoteDisconnected"):
        client(simulator).open_shell()
    assert client(simulator).open_shell()


def test_an_operation_that_never_ends(simulate):
    simulator = simulate({"a": {"connection": {"fault": "stall", "on": ["Command"]}}})
    protocol = client(simulator, operation_timeout_sec=1, read_timeout_sec=5)
    shell = protocol.open_shell()
    for _time in range(2):
        begun = time.monotonic()
        with pytest.raises(winrm.exceptions.WinRMOperationTimeoutError):
            protocol.run_command(shell, "x")
        assert 0.9 < time.monotonic() - begun < 4


def output_once(protocol, shell: str, command: str):
    """One Receive. It has a public name since pywinrm 0.5; older ones know this one, and 0.5 knows it too."""
    return protocol._raw_get_command_output(shell, command)


def test_a_command_waits_for_the_end_of_its_input(simulate):
    simulator = simulate({"a": HEALTHY})
    protocol = client(simulator, operation_timeout_sec=1, read_timeout_sec=5)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "PowerShell", ["-"], console_mode_stdin=False)
    protocol.send_command_input(shell, command, b"half of it")
    with pytest.raises(winrm.exceptions.WinRMOperationTimeoutError):
        output_once(protocol, shell, command)
    assert simulator.counters()["a"]["writes"] == []


def test_a_restart(simulate):
    scenario = {"boot_time": "-9d", "processes": [{"name": "w3wp.exe", "process_id": 4, "started": "-8d"}]}
    simulator = simulate({"a": {**scenario, "connection": {"fault": "reboot", "seconds": 0.5}}, "b": scenario})
    state = simulator.hosts["a"].state
    protocol = client(simulator)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "x")
    with pytest.raises(OSError, match="reset by peer"):
        output_once(protocol, shell, command)
    with pytest.raises(OSError, match="reset by peer"):
        client(simulator).open_shell()
    assert run_module(client(simulator, "b"), "win_ping")[0]["ping"] == "pong"
    while simulator.hosts["a"].is_down:
        time.sleep(0.02)
    with pytest.raises(winrm.exceptions.WinRMError, match="2150858843"):
        protocol.cleanup_command(shell, command)
    result = run_module(client(simulator), "wsus.compliance.wsus_facts", {"gather_subset": ["restart"]})[0]
    restart = result["raw"]["restart"]
    assert restart["boot_time"] > state.boot_time.isoformat()
    assert restart["boot_time"] <= result["collected_at"]
