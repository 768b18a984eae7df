# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection that breaks at one request: what had been sent was executed, or not, as on a real host."""

from __future__ import annotations

import base64
import json
import threading
import time

import pytest
from support.journals import records

winrm = pytest.importorskip("winrm")

KEY = r"HKLM\SOFTWARE\Vendor"
ID = "20261124T110000000Z-00000001"
# A write of two requests of input: Create, Command, Send, Send, Receive, Signal, Delete.
REQUESTS = 7
ALL = ["Create", "Command", "Send", "Receive", "Signal", "Delete"]
WROTE = [False, False, False, False, True, True, True]


def client(simulator, name="a", **options):
    return winrm.Protocol(
        simulator.url(name),
        transport="basic",
        username=simulator.user,
        password=simulator.password,
        message_encryption="never",
        **options,
    )


def operation(number):
    return {
        "id": f"x.{number}",
        "kind": "registry_value",
        "path": KEY,
        "name": f"V{number}",
        "before": {"exists": False},
        "after": {"exists": True, "type": "REG_DWORD", "data": 1},
    }


def stdin(padding=0, **arguments):
    """The input of wsus_apply as ansible-core 2.19 sends it."""
    variables = [{"Name": "complex_args", "Value": arguments}]
    params = {"Script": "wsus.compliance.wsus_apply.ps1", "Variables": variables}
    manifest = {"scripts": {"x": "x" * padding}, "actions": [{"name": "module_wrapper.ps1", "params": params}]}
    return b"{}\n\0\0\0\0\n" + json.dumps(manifest).encode()


def begin(protocol):
    """A shell, and a command in it that waits for its input."""
    shell = protocol.open_shell(codepage=65001)
    return shell, protocol.run_command(shell, "PowerShell", ["-EncodedCommand", "AAAA"], console_mode_stdin=False)


def write(protocol, number=1, journal=ID, padding=0):
    """One operation by wsus_apply, in requests as ansible sends them."""
    about = {"id": journal, "purpose": "enforce"}
    data = stdin(padding, action="apply", operations=[operation(number)], journal=about)
    shell, command = begin(protocol)
    for start in range(0, len(data), 200_000):
        protocol.send_command_input(shell, command, data[start : start + 200_000], end=start + 200_000 >= len(data))
    out, _err, _code = protocol.get_command_output(shell, command)
    protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)
    return json.loads(out)


def value(simulator, number=1):
    key = simulator.hosts["a"].state.registry.find(KEY)
    return bool(key and key.value(f"V{number}"))


def settled(simulator):
    """Wait for a module that runs on after its client is gone."""
    host = simulator.hosts["a"]
    end = time.monotonic() + 2
    while time.monotonic() < end and len(host.counters()["writes"]) < len(host.counters()["executions"]):
        time.sleep(0.01)
    return host


def test_without_a_fault(simulate):
    simulator = simulate({"a": {}})
    assert write(client(simulator), padding=250_000)["stage"] == "finished"
    assert simulator.counters()["a"]["requests"] == REQUESTS


@pytest.mark.parametrize("after", range(REQUESTS))
@pytest.mark.parametrize("fault", ["close", "cut"])
def test_every_request_may_be_the_last(simulate, fault, after):
    """`close`: the request is lost. `cut`: it was carried out, and its answer is lost."""
    simulator = simulate({"a": {"connection": {"fault": fault, "on": ALL, "after": after, "times": 1}}})
    try:
        write(client(simulator), padding=250_000)
        broken = False
    except Exception:
        broken = True
    host = settled(simulator)
    # pywinrm asks again for output that it did not get, and closing a shell may fail in silence.
    assert broken or after >= 4
    assert host.counters()["faults"] == 1
    done = WROTE[after] if fault == "close" else WROTE[min(after + 1, REQUESTS - 1)]
    assert value(simulator) is done
    assert len(host.counters()["writes"]) == done
    file = host.state.file(rf"C:\ProgramData\wsus.compliance\journal\{ID}.journal")
    assert (file is not None) is done
    if file:
        assert records(file.read().decode().splitlines())[-1]["record"] == "end"


def test_input_that_never_ends_is_not_run(simulate):
    simulator = simulate({"a": {}})
    protocol = client(simulator, operation_timeout_sec=1, read_timeout_sec=5)
    shell, command = begin(protocol)
    protocol.send_command_input(shell, command, b"{}\n\0\0\0\0\n{", end=False)
    with pytest.raises(winrm.exceptions.WinRMOperationTimeoutError):
        protocol._raw_get_command_output(shell, command)
    counters = simulator.counters()["a"]
    assert (counters["executions"], counters["writes"]) == ([], [])


def test_a_script_that_reads_its_input_waits_for_it_whatever_the_client_says(simulate):
    simulator = simulate({"a": {}})
    protocol = client(simulator)
    bootstrap = base64.b64encode("$input | Out-String".encode("utf-16-le")).decode()
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "PowerShell", ["-EncodedCommand", bootstrap])
    protocol.send_command_input(shell, command, stdin(action="read_journal"), end=True)
    assert json.loads(protocol.get_command_output(shell, command)[0])["journals"] == []
    command = protocol.run_command(shell, "whoami")
    with pytest.raises(winrm.exceptions.WinRMError):
        protocol.send_command_input(shell, command, b"x", end=True)
    protocol.get_command_output(shell, command)
    assert [write["name"] for write in simulator.counters()["a"]["writes"]] == ["whoami"]


def test_output_is_waited_for_as_long_as_the_client_says(simulate):
    host = {"extends": "server-2019.yml", "timing": {"restart": 1.5}}
    simulator = simulate({"a": host})
    protocol = client(simulator, operation_timeout_sec=1, read_timeout_sec=5)
    shell, command = begin(protocol)
    begun = time.monotonic()
    protocol.send_command_input(shell, command, stdin(action="restart", restarts=["iisreset"]), end=True)
    assert time.monotonic() - begun < 1, "sending does not wait for the module"
    with pytest.raises(winrm.exceptions.WinRMOperationTimeoutError):
        protocol._raw_get_command_output(shell, command)
    assert json.loads(protocol.get_command_output(shell, command)[0])["restarts"][0]["status"] == "done"


def test_the_power_goes(simulate):
    simulator = simulate({"a": {"dies": {"line": 4}, "timing": {"boot": 0.3}}})
    with pytest.raises(OSError, match=r"Connection|Remote"):
        write(client(simulator))
    assert not value(simulator)
    with pytest.raises(OSError, match=r"Connection|Remote"):
        client(simulator).open_shell()
    time.sleep(0.35)
    journal = simulator.state("a")["files"][rf"C:\ProgramData\wsus.compliance\journal\{ID}.journal"]
    assert journal["size"] > 0
    assert client(simulator).open_shell()


def test_who_waits_when_the_host_goes_down_is_told(simulate):
    simulator = simulate({"a": {"timing": {"boot": 0}}})
    protocol = client(simulator)
    shell, command = begin(protocol)
    threading.Timer(0.3, simulator.hosts["a"].go_down).start()
    with pytest.raises(winrm.exceptions.WinRMError, match="995"):
        protocol._raw_get_command_output(shell, command)


def test_who_waits_when_the_simulator_stops_is_told(simulate):
    simulator = simulate({"a": {}})
    protocol = client(simulator)
    shell, command = begin(protocol)
    stopping = threading.Timer(0.3, simulator.stop)
    stopping.start()
    begun = time.monotonic()
    with pytest.raises((winrm.exceptions.WinRMError, OSError)):
        protocol._raw_get_command_output(shell, command)
    assert time.monotonic() - begun < 5
    stopping.join()


def test_a_restart_in_the_middle_of_a_write(simulate):
    """The fault `reboot` and a host that writes: nothing is lost but the answer, and processes are new."""
    away = {"fault": "reboot", "seconds": 0.3}
    simulator = simulate({"a": {"extends": "server-2019.yml", "connection": away}})
    before = simulator.state("a")
    with pytest.raises(OSError, match="reset by peer"):
        write(client(simulator))
    host = settled(simulator)
    while host.is_down:
        time.sleep(0.02)
    assert value(simulator)
    after = simulator.state("a")
    assert after["boot_time"] > before["boot_time"]
    assert {one["started"] for one in after["processes"]} == {after["boot_time"]}
    assert write(client(simulator), 2, ID[:-1] + "2")["stage"] == "finished", "it restarts once"


def test_a_fault_given_while_it_runs_is_counted_anew(simulate):
    simulator = simulate({"a": {}})
    host = simulator.hosts["a"]
    for kind in ("close", "reset"):
        simulator.change("a", {"connection": {"fault": kind, "on": ["Create"], "after": 1, "times": 1}})
        assert [found and found.kind for found in map(host.fault, ["Command", *["Create"] * 3])] == [
            None,
            None,
            kind,
            None,
        ]


def test_shells_end_with_the_host(simulate):
    simulator = simulate({"a": {"timing": {"boot": 0}}})
    protocol = client(simulator)
    shell = protocol.open_shell()
    host = simulator.hosts["a"]
    host.machine.on_reboot()
    with pytest.raises(winrm.exceptions.WinRMError):
        protocol.run_command(shell, "x")


def test_hosts_that_are_written_to_at_once(simulate):
    """Every write of 16 clients is there at the end, and every chain holds."""
    simulator = simulate({"a": {"timing": {"wait": 30}}})
    host, problems = simulator.hosts["a"], []

    def work(number):
        try:
            answer = write(client(simulator), number, f"20261124T1100{number:05}Z-00000001")
            assert answer["stage"] == "finished", answer
            records(answer["journal"]["lines"])
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert all(value(simulator, number) for number in range(16))
    assert len(host.counters()["writes"]) == 16
