# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What users install: the archive, built and installed into an empty path, audits servers without the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from develop.environment import ansible_environment
from support.simulated import ROOT, Fleet, read_only, validate

from wsus_simulator.simulator import HOSTS_FOLDER, hosts_of_folder

IMPORTER = """[galaxy-importer]
LOG_LEVEL_MAIN = INFO
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
RUN_ANSIBLE_TEST = False
RUN_FLAKE8 = True
CHECK_REQUIRED_TAGS = True
REQUIRE_V1_OR_GREATER = True
CHECK_CHANGELOG = True
CHECK_RUNTIME_VERSION_FORMAT = True
OFFLINE_ANSIBLE_LINT = True
"""
# What the importer says of every such collection: it reads PowerShell and documentation as Python, and its lint
# finds neither ansible.windows nor the collection that it looks at.
NOT_OURS = re.compile(
    r"plugins/modules/\w+\.(ps1|yml):\d+:\d+: E999 SyntaxError|ansible\.windows\.win_reg(_stat|edit)'|"
    r"Failed to find wsus\.compliance\.\w+ playbook"
)


def run(*command: str, cwd: Path, **variables: str) -> str:
    program = str(Path(sys.executable).with_name(command[0]))
    settings = {
        "NO_COLOR": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        **variables,
    }
    done = subprocess.run(
        [program, *command[1:]],
        cwd=cwd,
        env=ansible_environment(cwd / "home", [cwd / "no-collections"], **settings),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections path that holds the installed archive only."""
    folder = tmp_path_factory.mktemp("artifact")
    run("ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder), cwd=folder)
    (archive,) = folder.glob("wsus-compliance-*.tar.gz")
    # What it depends on is not at hand here.
    options = ("--offline", "--no-deps", "-p", str(folder / "path"))
    run("ansible-galaxy", "collection", "install", str(archive), *options, cwd=folder)
    return folder / "path"


def test_it_is_complete(installed):
    """Every file has the digest that the manifest says."""
    out = run(
        "ansible-galaxy", "collection", "verify", "wsus.compliance", "--offline", cwd=installed, **path(installed)
    )
    assert "Successfully verified" in out


def path(installed: Path) -> dict[str, str]:
    return {"ANSIBLE_COLLECTIONS_PATH": str(installed)}


def test_galaxy_imports_it(installed, tmp_path):
    """The checks of Galaxy and Automation Hub, but those that need containers."""
    (tmp_path / "importer.cfg").write_text(IMPORTER)
    (archive,) = installed.parent.glob("*.tar.gz")
    variables = {"GALAXY_IMPORTER_CONFIG": str(tmp_path / "importer.cfg"), "HOME": str(tmp_path)}
    out = run("python", "-m", "galaxy_importer.main", str(archive), cwd=tmp_path, **variables)
    assert "Importer processing completed successfully" in out
    assert "ansible-lint run complete" in out
    warnings = [line for line in out.splitlines() if re.match("(WARNING|ERROR):", line)]
    assert [line for line in warnings if not NOT_OURS.search(line)] == []


def test_its_documentation_is_found(installed):
    for kind, name in (("module", "wsus_facts"), ("module", "assess"), ("role", "audit")):
        text = run("ansible-doc", "-t", kind, f"wsus.compliance.{name}", cwd=installed, **path(installed))
        assert str(installed) in text, text[:300]


def test_the_audit_runs_from_it(installed, tmp_path):
    hosts = {name: HOSTS_FOLDER / f"{name}.yml" for name in ("healthy", "issue1")}
    assert hosts.items() <= hosts_of_folder(HOSTS_FOLDER).items()
    with read_only(hosts) as simulator:
        inventory = simulator.write_inventory(tmp_path / "inventory.yml")
        formats = json.dumps({"audit_formats": ["html"]})
        ran = Fleet(simulator, inventory, tmp_path).run("-vv", "-e", formats, **path(installed))
    assert ran.code == 0, ran.text
    assert f"{installed}/ansible_collections/wsus/compliance/roles/audit/tasks" in ran.text
    assert str(ROOT / "roles") not in ran.text and str(ROOT / ".cache" / "collections") not in ran.text
    assert ran.fleet["hosts"] == {"healthy": "compliant", "issue1": "noncompliant"}
    for name in hosts:
        validate("audit", ran.document(name))
    page = (tmp_path / "wsus-audit" / "report.html").read_text()
    assert "</style>" in page and "</script>" in page and "issue1" in page


def test_the_simulator_comes_with_it(installed, tmp_path):
    """Users test their own playbooks with it, so it must run from where the collection was installed to."""
    simulator = installed / "ansible_collections" / "wsus" / "compliance" / "extensions" / "simulator"
    out = run("python", "-m", "wsus_simulator", "--", "ansible", "--version", cwd=simulator, PYTHONPATH="")
    assert "ansible" in out
