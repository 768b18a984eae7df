# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of the molecule scenarios can fail: their playbooks on result files that are wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.simulated import ROOT, Fleet, Run, read_only

from wsus_simulator.simulator import HOSTS_FOLDER

MOLECULE = ROOT / "extensions" / "molecule"
EXPECTED = yaml.safe_load((MOLECULE / "audit" / "vars" / "expected.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Result files as the scenario's converge makes them."""
    folder = tmp_path_factory.mktemp("converged")
    with read_only({name: HOSTS_FOLDER / f"{name}.yml" for name in EXPECTED}) as simulator:
        inventory = simulator.write_inventory(folder / "inventory.yml")
        run = Fleet(simulator, inventory, folder).run()
    assert run.code == 0, run.text
    return run.folder


def play(name: str, folder: Path, scenario: str = "audit") -> Run:
    """A playbook of the scenario on the results in ``folder``; it needs no server."""
    variables = {"PROJECT_DIRECTORY": ROOT, "SCENARIO_DIRECTORY": MOLECULE / scenario, "EPHEMERAL_DIRECTORY": folder}
    inventory = folder / "none.yml"
    inventory.write_text("all:\n")
    return Fleet(None, inventory, folder).run(  # type: ignore[arg-type]
        playbook=str(MOLECULE / name), **{f"MOLECULE_{key}": str(value) for key, value in variables.items()}
    )


def change(path: Path, *members: str, to: Any) -> None:
    document = json.loads(path.read_text("utf-8"))
    inner = document
    for member in members[:-1]:
        inner = inner[member]
    inner[members[-1]] = to
    path.write_text(json.dumps(document), "utf-8")


def test_verify_accepts_what_converge_made(results, tmp_path):
    shutil.copytree(results, tmp_path / "results")
    run = play("verify.yml", tmp_path)
    assert run.code == 0, run.text


@pytest.mark.parametrize(
    ("file", "members", "value", "text"),
    [
        ("fleet", ["hosts", "issue1"], "compliant", "fleet.json"),
        ("fleet", ["counts", "compliant"], 3, "fleet.json"),
        ("issue1", ["compliant"], True, "issue1: noncompliant"),
        ("issue1", ["findings"], [], "failed: []"),
        ("issue5", ["issues", "issue_1", "verdict"], "likely", "likely: ['issue_1', 'issue_5']"),
        ("healthy", ["summary", "error"], 1, "healthy: compliant"),
    ],
)
def test_verify_refuses_wrong_files(results, tmp_path, file, members, value, text):
    shutil.copytree(results, tmp_path / "results")
    change(tmp_path / "results" / f"{file}.json", *members, to=value)
    run = play("verify.yml", tmp_path)
    assert run.code == 2, run.text
    assert text in " ".join(run.text.split())


def test_destroy_refuses_a_host_that_was_asked_to_write(tmp_path):
    (tmp_path / "run").mkdir()
    asked = {"hosts": {"healthy": {"writes": []}, "issue1": {"writes": ["ansible.windows.win_regedit"]}}}
    (tmp_path / "run" / "asked.json").write_text(json.dumps(asked))
    run = play("destroy.yml", tmp_path)
    assert run.code == 2, run.text
    assert "issue1 was asked to write: ['ansible.windows.win_regedit']" in run.text


def started(folder: Path) -> None:
    """Servers were started, and their process has ended by itself."""
    (folder / "run").mkdir()
    (folder / "run" / "pid").write_text("999999999\n")
    (folder / "run" / "log").write_text("MemoryError\n")


def test_destroy_refuses_servers_that_did_not_say_what_they_were_asked(tmp_path):
    started(tmp_path)
    run = play("destroy.yml", tmp_path)
    assert run.code == 2, run.text
    assert "asked.json is missing; the servers' log: MemoryError" in " ".join(run.text.split())
    assert play("destroy.yml", tmp_path).code == 0, "the next run of the scenario begins with it"


def test_destroy_accepts_no_servers_and_those_that_never_say(tmp_path):
    assert play("destroy.yml", tmp_path).code == 0
    started(tmp_path)
    run = play("destroy.yml", tmp_path, "audit_lab")
    assert run.code == 0, run.text


def test_every_scenario_says_whether_its_servers_say_what_they_were_asked():
    scenarios = {path.parent.name for path in MOLECULE.glob("*/molecule.yml")}
    said = {
        name: yaml.safe_load((MOLECULE / name / "vars" / "servers.yml").read_text("utf-8"))["say_what_they_were_asked"]
        for name in scenarios
    }
    # What was written to the hosts of enforce, its verify.yml counts.
    silent = {name for name in scenarios if name.endswith("_lab")} | {"enforce"}
    assert {name for name, says in said.items() if not says} == silent
