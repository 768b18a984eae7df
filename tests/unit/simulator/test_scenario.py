# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scenario files: merging, times, and errors that say the place, the fault and what is allowed."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from wsus_simulator import (
    HOSTS_FOLDER,
    ScenarioError,
    Simulator,
    build_state,
    check_scenario,
    hosts_of_folder,
    load_scenario,
    merge,
)
from wsus_simulator.scenario import complete_scenario, read_text
from wsus_simulator.schema import SCHEMA_FILE
from wsus_simulator.times import format_time, parse_time

START = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
KEY = r"HKLM\SOFTWARE\X"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(json.loads(SCHEMA_FILE.read_text("utf-8")))


@pytest.mark.parametrize("path", sorted(HOSTS_FOLDER.glob("*.yml")), ids=lambda path: path.stem)
def test_every_shipped_host_loads(path):
    state = build_state(load_scenario(path), START, str(path))
    assert state.about


def test_the_demo_fleet_is_what_the_documentation_says():
    assert sorted(hosts_of_folder(HOSTS_FOLDER)) == [
        "endpoint-fe2",
        "healthy",
        "healthy-w3wp",
        "issue1",
        "issue2",
        "issue3",
        "issue4",
        "issue5",
        "proxy",
        "unreachable",
    ]


def test_the_examples_of_the_documentation_are_scenarios(tmp_path):
    text = (HOSTS_FOLDER.parent / "README.md").read_text("utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    assert len(examples) == 7
    for example in examples:
        scenario = complete_scenario(read_text(example, "README"), HOSTS_FOLDER, "README")
        build_state(scenario, START, "README")


def test_extends_merges_deeply_in_any_case_and_null_removes(tmp_path):
    write(
        tmp_path,
        "base.yml",
        r"""
base: true
about: base
registry:
  HKLM\SOFTWARE\X: {values: {A: 1, B: 2}}
  HKLM\SOFTWARE\Gone: {}
  HKLM\SOFTWARE\Gone\Below: {}
services: {BITS: {state: Stopped}}
""",
    )
    write(tmp_path, "more.yml", "environment: {ui_culture: de-DE}")
    path = write(
        tmp_path,
        "host.yml",
        r"""
extends: [base.yml, more.yml]
registry:
  hklm\software\x: {values: {a: null, C: 3}}
  HKLM\SOFTWARE\gone: null
services: {bits: {start: 4}}
""".replace("hklm", "HKLM"),
    )
    scenario = load_scenario(path)
    assert scenario["registry"] == {KEY: {"values": {"B": 2, "C": 3}}}
    assert scenario["services"] == {"BITS": {"state": "Stopped", "start": 4}}
    assert scenario["environment"] == {"ui_culture": "de-DE"}
    assert "base" not in scenario and "extends" not in scenario


def test_values_and_contents_are_replaced_as_a_whole():
    base = {
        "registry": {KEY: {"values": {"A": {"error": {"code": "access_denied"}}}}},
        "files": {"C:\\a": {"text": "x", "last_write": "-1d"}},
    }
    patch = {"registry": {KEY: {"values": {"a": {"type": "REG_SZ", "data": ""}}}}, "files": {"c:\\A": {"size": 3}}}
    assert merge(base, patch) == {
        "registry": {KEY: {"values": {"a": {"type": "REG_SZ", "data": ""}}}},
        "files": {"C:\\a": {"size": 3, "last_write": "-1d"}},
    }


def test_a_scenario_in_python_may_extend_a_shipped_host():
    host = Simulator({"a": {"extends": "healthy.yml", "about": "mine"}}).hosts["a"]
    assert host.state.about == "mine"
    assert host.state.service("wsusservice") is not None
    with pytest.raises(ScenarioError, match="host a: extends: there is no file"):
        Simulator({"a": {"extends": "none.yml"}})


def test_a_file_elsewhere_may_extend_a_shipped_host_unless_one_of_that_name_is_beside_it(tmp_path):
    (tmp_path / "mine.yml").write_text("extends: healthy.yml")
    assert load_scenario(tmp_path / "mine.yml")["registry"]
    (tmp_path / "healthy.yml").write_text("about: beside it")
    assert load_scenario(tmp_path / "mine.yml") == {"about": "beside it"}


def test_merge_drops_nulls_that_remove_nothing():
    assert merge({}, {"registry": {KEY: {"values": {"A": None, "B": 1}}}}) == {"registry": {KEY: {"values": {"B": 1}}}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("registri: {}", ["unknown key 'registri'", "allowed: about,", "registry"]),
        (
            r"registry: {'HKEY_LOCAL_MACHINE\X': {}}",
            [r"registry: 'HKEY_LOCAL_MACHINE\\X' has a wrong form", r"HKLM\SOFTWARE"],
        ),
        (r"registry: {'HKLM\X\': {}}", ["has a wrong form"]),
        (
            r"registry: {'HKLM\X': {value: {}}}",
            [r"registry.HKLM\X: unknown key 'value'", "allowed: error, last_write, values"],
        ),
        (
            r"registry: {'HKLM\X': {values: {A: true}}}",
            [r"registry.HKLM\X.values.A: 'true' is true or false", "REG_DWORD"],
        ),
        (r"registry: {'HKLM\X': {values: {A: -1}}}", [r"values.A: '-1' is out of range", "0 to 4294967295"]),
        (r"registry: {'HKLM\X': {values: {A: {type: DWORD, data: 1}}}}", ["'DWORD' is not known", "REG_DWORD"]),
        (
            r"registry: {'HKLM\X': {values: {A: {type: REG_DWORD, data: x}}}}",
            ["values.A.data: 'x' does not fit REG_DWORD"],
        ),
        (r"registry: {'HKLM\X': {values: {A: {data: x}}}}", ["values.A: 'type' is missing"]),
        (r"registry: {'HKLM\X': {values: {A: {type: REG_BINARY, data: xyz}}}}", ["hexadecimal"]),
        (r"registry: {'HKLM\X': {last_write: yesterday}}", [r"registry.HKLM\X.last_write: 'yesterday'", "-9d"]),
        (r"registry: {'HKLM\X': {last_write: 2026-99-20T00:00:00Z}}", ["is not a time"]),
        (r"registry: {'HKLM\X': {error: {code: denied}}}", ["'denied' is not known", "access_denied"]),
        (r"registry: {'HKLM\X': {}, 'HKLM\x': {}}", ["registry: 'HKLM\\\\x' and 'HKLM\\\\X' are the same to Windows"]),
        (r"files: {'/etc/passwd': x}", ["files: '/etc/passwd' has a wrong form", r"C:\Windows"]),
        (r"files: {'C:\a': {text: x, size: 3}}", [r"files.C:\a: text and size exclude each other"]),
        (r"files: {'C:\a': {base64: '!'}}", ["is not base64"]),
        ("services: {BITS: {state: running}}", ["services.BITS.state: 'running' is not known", "Running, Stopped"]),
        ("powershell_version: 5.1", ["powershell_version: '5.1' is a number; allowed: text", "in quotes"]),
        ("processes: [{name: w3wp.exe}]", ["processes[0]: 'process_id' is missing"]),
        ("wsus: {api: {configuration: {MuUrl: x}}}", ["wsus.api.configuration: 'MuUrl' is not known", "MUUrl"]),
        ("wsus: {api: {configuration: {ProxyPassword: x}}}", ["'ProxyPassword' is not known"]),
        ("wsus: {api: {configuration: {MUUrl: {}}}}", ["is a map without error"]),
        ("policy: {rsop: {settings: [{key: a}]}}", ["policy.rsop.settings[0]: 'value_name' is missing"]),
        ("connection: {fault: http, code: 5}", ["connection.code: 5 is no HTTP status", "403, 503"]),
        (
            "connection: {fault: explode}",
            ["connection.fault: 'explode' is not known", "refuse_auth, hang, cut, close, reset"],
        ),
        ("about: a\nabout: b", ["line 2", "'about' is there twice"]),
        ("about: [", ["line ", "not YAML"]),
        ("about: !!python/object:os.system {}", ["not YAML"]),
        ("- a", ["is not a map"]),
        ("extends: missing.yml", ["extends: there is no file missing.yml"]),
        ("extends: host.yml", ["extends itself"]),
        ("1: 2", ["unknown key '1'"]),
    ],
)
def test_errors_name_the_place_and_what_is_allowed(tmp_path, text, words):
    path = write(tmp_path, "host.yml", text)
    with pytest.raises(ScenarioError) as caught:
        build_state(load_scenario(path), START, str(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_file_is_an_error_without_traceback(tmp_path):
    with pytest.raises(ScenarioError, match="No such file"):
        load_scenario(tmp_path / "no.yml")


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("-9d", timedelta(days=9)),
        ("-3h", timedelta(hours=3)),
        ("-10m", timedelta(minutes=10)),
        ("-5s", timedelta(seconds=5)),
    ],
)
def test_relative_times(text, back):
    assert parse_time(text, START) == START - back


def test_absolute_times_are_utc():
    assert format_time(parse_time("2026-11-20T03:10:11.5+01:00", START)) == "2026-11-20T02:10:11.500Z"
    assert format_time(parse_time("0001-01-01T00:00:00Z", START)) == "0001-01-01T00:00:00.000Z"
    with pytest.raises(ValueError, match="no time zone"):
        parse_time("2026-11-20T03:10:11", START)


def test_times_in_yaml_stay_text(tmp_path):
    path = write(tmp_path, "host.yml", "boot_time: 2026-11-20T02:10:11Z")
    assert build_state(load_scenario(path), START).boot_time == datetime(2026, 11, 20, 2, 10, 11, tzinfo=timezone.utc)


def test_services_are_in_the_registry_too():
    scenario = check_scenario({"services": {"WsusService": {"start": 3, "delayed": True}}}, "test")
    key = build_state(scenario, START).registry.find(r"HKLM\SYSTEM\CurrentControlSet\Services\wsusservice")
    assert key is not None
    assert {name: value.data for name, value in key.values.items()} == {
        "start": 3,
        "objectname": "LocalSystem",
        "delayedautostart": 1,
    }
