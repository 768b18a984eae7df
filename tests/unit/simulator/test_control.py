# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looking at hosts and changing them by hand: in Python, by HTTP, by the command line."""

from __future__ import annotations

import base64
import http.client
import json

import pytest

from wsus_simulator import HOSTS_FOLDER, ScenarioError, Simulator
from wsus_simulator.control import main
from wsus_simulator.picture import as_scenario
from wsus_simulator.scenario import check_scenario
from wsus_simulator.simulator import hosts_of_folder
from wsus_simulator.state import Problem

V4 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
CONFIG = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
DENIED = {"error": {"code": "access_denied", "message": "no"}}


@pytest.fixture
def simulator():
    return Simulator({"a": {"extends": "healthy.yml"}, "b": {"extends": "healthy.yml"}})


def test_a_picture_is_plain_data_and_stays_the_same(simulator):
    first = simulator.state("a")
    assert json.loads(json.dumps(first)) == first
    assert simulator.state("a") == first
    assert set(first) == {"registry", "services", "processes", "boot_time", "environment", "wsus", "files"}
    assert first["registry"][V4]["values"]["SchUseStrongCrypto"] == {"type": "REG_DWORD", "data": 1}


@pytest.mark.parametrize("name", sorted(hosts_of_folder(HOSTS_FOLDER)))
def test_a_change_of_nothing_changes_nothing(name):
    simulator = Simulator({"a": HOSTS_FOLDER / f"{name}.yml"})
    host = simulator.hosts["a"]
    check_scenario(as_scenario(host.state), "test")
    before, policy = simulator.state("a"), host.state.policy
    simulator.change("a", {})
    assert simulator.state("a") == before
    assert host.state.policy == policy
    assert host.counters()["writes"] == []


def test_changes_by_hand(simulator):
    before = simulator.state("a")
    simulator.change(
        "a",
        {
            "registry": {
                V4.lower().replace("hklm", "HKLM"): {
                    "values": {"SCHUSESTRONGCRYPTO": 0, "SystemDefaultTlsVersions": None}
                },
                r"HKLM\SOFTWARE\Gone": None,
            },
            "files": {CONFIG: "<x/>"},
            "services": {"WsusService": {"state": "Stopped", "start": 4}},
            "wsus": {"api": {"configuration": {"MUUrl": "https://other"}}},
            "processes": [],
        },
    )
    after = simulator.state("a")
    key = after["registry"][V4]
    assert key["values"] == {"SCHUSESTRONGCRYPTO": {"type": "REG_DWORD", "data": 0}}
    assert key["last_write"] > before["registry"][V4]["last_write"]
    assert after["files"][CONFIG]["size"] == 4
    assert after["services"]["WsusService"]["start"] == 4
    assert after["registry"][r"HKLM\SYSTEM\CurrentControlSet\Services\WsusService"]["values"]["Start"]["data"] == 4
    assert after["wsus"]["api"]["configuration"]["MUUrl"] == "https://other"
    assert after["wsus"]["api"]["configuration"]["RedirectorChangeNumber"] == 4002
    assert after["processes"] == []
    assert simulator.state("b")["registry"] == before["registry"]


def test_changes_of_how_it_behaves(simulator):
    simulator.change(
        "a", {"read_only": True, "resists": {V4: "reverts"}, "timing": {"boot": 3}, "journal": {"locked": True}}
    )
    simulator.change("a", {"read_only": False, "wsus": {"synchronization": {"outcome": "proxy"}}})
    behaviour = simulator.hosts["a"].state.behaviour
    assert (behaviour.read_only, behaviour.resists) == (False, {V4.lower(): "reverts"})
    assert (behaviour.timing.boot, behaviour.timing.restart) == (3, 0.05)
    assert (behaviour.journal.locked, behaviour.wsus.outcome) == (True, "proxy")
    simulator.change("a", {"resists": {V4: None}, "wsus": {"synchronization": {"outcome": None}}})
    behaviour = simulator.hosts["a"].state.behaviour
    assert (behaviour.resists, behaviour.wsus.outcome) == ({}, None)


def test_changes_of_policy_faults_and_errors(simulator):
    host = simulator.hosts["a"]
    gpo = {"id": "i", "name": "n", "guid": "{g}"}
    simulator.change("a", {"policy": {"rsop": {"gpos": [gpo]}}, "connection": {"fault": "close"}})
    simulator.change("a", {"registry": {V4: DENIED}, "failed_subsets": {"os": DENIED["error"]}, "boot_time": DENIED})
    assert host.state.policy.gpos == [gpo]
    assert host.fault("Create").kind == "close"
    assert host.state.registry.find(V4).problem.code == "access_denied"
    assert "os" in host.state.subset_problems
    simulator.change("a", {"registry": {V4: {"error": None}}, "connection": None, "boot_time": {"error": None}})
    assert not isinstance(host.state.boot_time, Problem)
    assert host.fault("Create") is None
    assert host.state.registry.find(V4).problem is None


def test_changes_of_what_modules_print(simulator):
    host = simulator.hosts["a"]
    simulator.change("a", {"output": {"text": "x", "repeat": 3}})
    simulator.change("a", {"files": {CONFIG: "<x/>"}})
    assert (host.state.output.content, host.state.output.repeat) == (b"x", 3)
    simulator.change("a", {"output": {"base64": "/v8="}})
    assert (host.state.output.content, host.state.output.repeat) == (b"\xfe\xff", 1)
    simulator.change("a", {"output": None})
    assert host.state.output is None


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"registri": {}}, "change: unknown key 'registri'"),
        ({"extends": "healthy.yml"}, "change: extends: has no meaning here"),
        ({"registry": {V4: {"values": {"X": {"type": "REG_DWORD", "data": "x"}}}}}, "does not fit REG_DWORD"),
    ],
)
def test_mistakes_change_nothing(simulator, patch, words):
    before = simulator.state("a")
    with pytest.raises(ScenarioError, match=words):
        simulator.change("a", patch)
    assert simulator.state("a") == before


def request(simulator, verb, path, body=None, password=None):
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)
    token = base64.b64encode(f"{simulator.user}:{password or simulator.password}".encode()).decode()
    connection.request(verb, path, body, {"Authorization": f"Basic {token}"})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, json.loads(data) if data else None


def test_by_http(simulate):
    simulator = simulate({"a": {"extends": "healthy.yml", "connection": {"fault": "close"}}})
    assert request(simulator, "GET", "/a/state") == (200, simulator.state("a"))
    status, _data = request(simulator, "POST", "/A/change", json.dumps({"files": {CONFIG: "<x/>"}}))
    assert (status, simulator.state("a")["files"][CONFIG]["size"]) == (200, 4)
    assert request(simulator, "GET", "/a/asked")[1]["requests"] == 0
    status, data = request(simulator, "POST", "/a/change", '{"files": 1}')
    assert (status, data["error"]) == (
        400,
        "change: files: '1' is a whole number; allowed: a map or null; Files by path",
    )
    for body in ("x", "[" * 100_000):
        assert request(simulator, "POST", "/a/change", body) == (400, {"error": "not JSON"})
    assert request(simulator, "POST", "/a/change", "[]")[0] == 400
    for verb, path in (("GET", "/b/state"), ("GET", "/a/wsman"), ("GET", "/a/change"), ("POST", "/a/state")):
        assert request(simulator, verb, path)[0] == 404
    for verb, path in (("GET", "/a/state"), ("GET", "/a/asked"), ("POST", "/a/change")):
        assert request(simulator, verb, path, "{}" if verb == "POST" else None, password="wrong")[0] == 401


def test_by_the_command_line(simulate, tmp_path, capsys):
    simulator = simulate({"a": {"extends": "healthy.yml"}})
    inventory = str(simulator.write_inventory(tmp_path / "hosts.yml"))
    patch = tmp_path / "patch.yml"
    patch.write_text(f"registry:\n  {V4}:\n    values: {{SchUseStrongCrypto: 0}}\n", encoding="utf-8")
    assert main([inventory, "a", "change", str(patch)]) == 0
    assert simulator.state("a")["registry"][V4]["values"]["SchUseStrongCrypto"]["data"] == 0
    capsys.readouterr()
    assert main([inventory, "a", "state"]) == 0
    assert json.loads(capsys.readouterr().out) == simulator.state("a")
    patch.write_text("registri: {}", encoding="utf-8")
    assert main([inventory, "a", "change", str(patch)]) == 2
    assert "unknown key 'registri'" in capsys.readouterr().err
    patch.write_text("[", encoding="utf-8")
    assert main([inventory, "a", "change", str(patch)]) == 2
    assert "not YAML" in capsys.readouterr().err
    assert main([inventory, "b", "asked"]) == 2
    simulator.stop()
    assert main([inventory, "a", "asked"]) == 2
