# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The library, the command line, and a run of the real ansible."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from wsus_simulator import HOSTS_FOLDER, ScenarioError, Simulator
from wsus_simulator.__main__ import main

FOLDER = HOSTS_FOLDER.parent
BIN = Path(sys.executable).parent


def cli(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(FOLDER), **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "wsus_simulator", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


def test_the_inventory_is_private_and_complete(simulate, tmp_path):
    simulator = simulate({"a": {}, "b.corp.example": {}})
    path = simulator.write_inventory(tmp_path / "inventory.yml")
    assert path.stat().st_mode & 0o777 == 0o600
    group = yaml.safe_load(path.read_text("utf-8"))["all"]["children"]["wsus"]
    assert group["hosts"]["b.corp.example"] == {"ansible_winrm_path": "/b.corp.example/wsman"}
    assert group["vars"] == {
        "ansible_connection": "winrm",
        "ansible_host": "127.0.0.1",
        "ansible_port": simulator.port,
        "ansible_user": "simulator",
        "ansible_password": simulator.password,
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "basic",
        "ansible_winrm_message_encryption": "never",
    }
    assert [entry.name for entry in tmp_path.iterdir()] == ["inventory.yml"]


def test_an_inventory_that_is_there_becomes_private(simulate, tmp_path):
    path = tmp_path / "inventory.yml"
    path.write_text("", encoding="utf-8")
    path.chmod(0o644)
    simulate({"a": {}}).write_inventory(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_passwords_are_new_each_time():
    assert Simulator({}).password != Simulator({}).password


@pytest.mark.parametrize("names", [["a b"], ["../x"], [""], ["-x"], ["a", "A"]])
def test_host_names(names):
    with pytest.raises(ScenarioError, match="allowed: letters"):
        Simulator({name: {} for name in names})


def test_no_port_before_the_start():
    with pytest.raises(RuntimeError, match="does not run"):
        assert Simulator({}).port


def test_a_command_gets_the_inventory_and_gives_its_status(tmp_path):
    script = "import os, sys; sys.exit(7 if '/issue1/wsman' in open(os.environ['ANSIBLE_INVENTORY']).read() else 1)"
    done = cli("--state-log", tmp_path / "log.json", "--", sys.executable, "-c", script)
    assert (done.returncode, done.stderr) == (7, "")
    counters = json.loads((tmp_path / "log.json").read_text("utf-8"))["hosts"]
    assert len(counters) == 10
    assert counters["healthy"]["writes"] == []


def test_mistakes_in_a_scenario_are_one_line(tmp_path, capsys):
    path = tmp_path / "host.yml"
    path.write_text("registri: {}", encoding="utf-8")
    assert main(["--host", f"a={path}"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"wsus_simulator: {path}: unknown key 'registri'")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--hosts", "/nowhere"], "/nowhere: is not a folder"),
        (["--host", "a=/nowhere.yml"], "/nowhere.yml: No such file"),
        (["--hosts", str(HOSTS_FOLDER), "--host", f"healthy={HOSTS_FOLDER / 'healthy.yml'}"], "is there twice"),
    ],
)
def test_mistakes_in_the_call(arguments, words, capsys):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def test_an_empty_folder(tmp_path, capsys):
    assert main(["--hosts", str(tmp_path)]) == 2
    assert "has no host file" in capsys.readouterr().err


def test_nothing_of_the_product_is_imported():
    for path in FOLDER.rglob("*.py"):
        text = path.read_text("utf-8")
        assert "ansible_collections" not in text, path
        assert "import plugins" not in text, path


@pytest.fixture(scope="module")
def ansible() -> Path:
    """The ansible of this Python, if it knows ansible.windows."""
    program = BIN / "ansible"
    if not program.exists():
        pytest.skip(f"there is no ansible in {BIN}")
    known = subprocess.run(
        [BIN / "ansible-doc", "-l", "ansible.windows"], capture_output=True, text=True, timeout=60, check=False
    )
    if "win_ping" not in known.stdout:
        pytest.skip("the collection ansible.windows is not installed")
    return program


def test_real_ansible(ansible, tmp_path):
    log = tmp_path / "log.json"
    hosts = [f"--host={name}={HOSTS_FOLDER / f'{name}.yml'}" for name in ("healthy", "issue3", "unreachable")]
    done = cli(
        *hosts,
        "--state-log",
        log,
        "--",
        ansible,
        "all",
        "-m",
        "ansible.windows.win_ping",
        env={"ANSIBLE_HOME": str(tmp_path), "ANSIBLE_LOCALHOST_WARNING": "false"},
        cwd=tmp_path,
    )
    assert done.returncode == 4, done.stderr  # one host is unreachable
    assert done.stdout.count('"ping": "pong"') == 2
    assert "unreachable | UNREACHABLE!" in done.stdout
    counters = json.loads(log.read_text("utf-8"))["hosts"]
    assert [counters[name]["executions"] for name in counters] == [
        ["ansible.windows.win_ping"],
        ["ansible.windows.win_ping"],
        [],
    ]
    assert counters["healthy"]["requests"] <= 7
