# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a scenario lets modules print in place of their results."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsus_simulator import ScenarioError, build_state, check_scenario
from wsus_simulator.output import outcome
from wsus_simulator.repeated import Repeated

winrm = pytest.importorskip("winrm")

START = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
RESULT: dict[str, Any] = {"changed": False, "ping": "pong"}


def printed(body: dict[str, Any] | None, result: dict[str, Any] | None = None) -> tuple[bytes, bytes, int]:
    state = build_state(check_scenario({"output": body}, "test"), START, "test")
    found = outcome(state.output, RESULT if result is None else result)
    return found.stdout[:], found.stderr, found.exit_code


@given(st.binary(max_size=4), st.binary(max_size=4), st.integers(1, 5), st.binary(max_size=4), st.data())
def test_a_repetition_reads_like_the_bytes_that_it_stands_for(before, piece, times, after, data):
    whole, short = before + piece * times + after, Repeated(before, piece, times, after)
    start, stop = data.draw(st.integers(0, 40)), data.draw(st.integers(0, 40))
    assert (len(short), short[:], short[start:stop]) == (len(whole), whole, whole[start:stop])


def test_a_repetition_may_be_larger_than_the_memory():
    endless = Repeated(b"<", b"ab", 2**60, b">")
    assert endless[2**60 : 2**60 + 5] == b"babab"
    assert endless[2**61 - 1 :] == b"ab>"


@pytest.mark.parametrize("body", [None, {}])
def test_without_it_a_module_prints_its_result(body):
    assert printed(body) == (json.dumps(RESULT).encode() + b"\r\n", b"", 0)
    assert printed(body, {"failed": True})[2] == 1


def test_text_in_place_of_the_result():
    body = {"before": "<", "text": "ä\ud800", "repeat": 2, "after": ">", "stderr": "noise", "exit_code": 7}
    assert printed(body) == ("<ä".encode() + b"\xed\xa0\x80" + "ä".encode() + b"\xed\xa0\x80>", b"noise", 7)
    assert printed({"base64": "/v8="}) == (b"\xfe\xff", b"", 0)
    assert printed({"text": ""}) == (b"", b"", 0)


def test_members_over_the_result():
    out, _errors, code = printed({"members": {"ping": "no", "warnings": ["\x1b"]}, "before": "profile\n"})
    assert out.startswith(b"profile\n{") and json.loads(out[8:]) == {**RESULT, "ping": "no", "warnings": ["\x1b"]}
    assert code == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"text": "a", "members": {}},
            "output: text and members exclude each other; allowed: one of text, base64, members",
        ),
        ({"base64": "!"}, "output.base64: is not base64"),
        ({"repeat": 0}, "output.repeat: '0' is out of range; allowed: 1 to 4294967295"),
        ({"json": {}}, "output: unknown key 'json'; allowed: after, base64, before"),
        ({"members": []}, "output.members: '[]' is a list; allowed: a map; laid over the module's own result"),
        ("x", "output: 'x' is text; allowed: a map or null; what modules print"),
    ],
)
def test_mistakes(body, words):
    with pytest.raises(ScenarioError) as caught:
        printed(body)
    assert str(caught.value).startswith(f"test: {words}")


@pytest.mark.parametrize("name", ["ansible.windows.win_ping", "wsus.compliance.wsus_apply"])
def test_each_module_of_the_host_prints_it(simulate, name):
    simulator = simulate({"a": {"output": {"text": "x" * 100, "repeat": 3_000, "stderr": "e", "exit_code": 3}}})
    protocol = winrm.Protocol(
        simulator.url("a"),
        transport="basic",
        username=simulator.user,
        password=simulator.password,
        message_encryption="never",
    )
    action = {"name": "module_wrapper.ps1", "params": {"Script": f"{name}.ps1", "Variables": []}}
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "PowerShell", [], console_mode_stdin=False)
    stdin = b"{}\n\0\0\0\0\n" + json.dumps({"actions": [action]}).encode()
    protocol.send_command_input(shell, command, stdin, end=True)
    assert protocol.get_command_output(shell, command) == (b"x" * 300_000, b"e", 3)
    assert simulator.counters()["a"]["executions"] == [name]
