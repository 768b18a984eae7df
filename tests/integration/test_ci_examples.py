# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pipelines of docs/guides/ci.md, run step by step against simulated hosts: each outcome ends differently."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import junitparser
import pytest
import yaml
from develop.environment import ansible_environment
from develop.places import COLLECTIONS, ROOT, TEST_COLLECTIONS

GUIDE = ROOT / "docs" / "guides" / "ci.md"
# Hosts -> outcome of the fleet, exit code of the example.
FLEETS = {
    "healthy": ("compliant", 0),
    "healthy,issue1": ("noncompliant", 10),
    "blind,issue1": ("undetermined", 11),
    "dead,issue1,blind": ("unreachable", 12),
    "": (None, 2),
}


def blocks() -> dict[str, Any]:
    """The YAML examples of the guide by their first line, which is the name of a file; the inventory has none."""
    texts = re.findall(r"^```yaml\n(.*?)^```$", GUIDE.read_text(), re.S | re.M)
    named = {text.splitlines()[0].lstrip("# ") if text.startswith("#") else "inventory.yml": text for text in texts}
    return {name: yaml.load(text, yaml.BaseLoader) for name, text in named.items()}


EXAMPLES = blocks()
STEPS = EXAMPLES[".github/workflows/wsus.yml"]["jobs"]["audit"]["steps"]
GITLAB = EXAMPLES[".gitlab-ci.yml"]["wsus-audit"]


def test_the_guide_has_these_examples():
    assert set(EXAMPLES) == {"inventory.yml", ".github/workflows/wsus.yml", ".gitlab-ci.yml"}


@dataclass
class Ended:
    """How an example ended."""

    code: int
    folder: Path
    output: str
    outputs: dict[str, str]

    @property
    def audit(self) -> Path:
        return self.folder / "wsus-audit"


@pytest.fixture(scope="module", params=FLEETS)
def hosts(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def workspace(simulator, hosts, tmp_path_factory) -> Path:
    """A checkout of the user's repository, with an inventory of its own and the files of an earlier run."""
    folder = tmp_path_factory.mktemp("workspace")
    inventory = simulator.inventory()
    group = inventory["all"]["children"]["wsus"]
    group["hosts"]["dead"] = {**group["hosts"]["healthy"], "ansible_port": 1}
    group["hosts"] = {name: group["hosts"][name] for name in hosts.split(",") if name}
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    return folder


def shell(script: str, folder: Path, *options: str, **variables: str) -> tuple[int, str]:
    tools = str(Path(sys.executable).parent)
    done = subprocess.run(
        ["bash", *options, "-c", script],
        cwd=folder,
        env=ansible_environment(
            folder / "home",
            [COLLECTIONS, TEST_COLLECTIONS],
            PATH=os.pathsep.join([tools, os.environ.get("PATH", os.defpath)]),
            ANSIBLE_LOCALHOST_WARNING="false",
            **variables,
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def stale(folder: Path) -> None:
    """What an earlier run may have left on a runner that is not cleaned."""
    (folder / "wsus-audit").mkdir(exist_ok=True)
    (folder / "wsus-audit" / "fleet.json").write_text('{"outcome": "compliant"}')


@pytest.fixture(scope="module")
def github(workspace) -> Ended:
    """The steps, in their order until one fails; those that install or use actions are not run."""
    stale(workspace)
    files = {name: workspace / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        path.write_text("")
    code, said, outputs = 0, "", {"outcome": ""}
    for step in STEPS:
        if "run" not in step or step["name"] == "Install":
            continue
        given = {
            name: value.replace("${{ steps.audit.outputs.outcome }}", outputs["outcome"])
            for name, value in step.get("env", {}).items()
        }
        code, text = shell(step["run"], workspace, "-e", **{name: str(path) for name, path in files.items()}, **given)
        said += text
        outputs |= dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        if code:
            break
    return Ended(code, workspace, said, outputs)


def test_github_ends_by_the_outcome(github, hosts):
    outcome, code = FLEETS[hosts]
    assert github.code == code, github.output
    assert github.outputs == {"outcome": outcome or ""}
    assert ("::error::" in github.output) is (code in (10, 12)) and ("::warning::" in github.output) is (code == 11)


def test_what_github_uploads_is_there(github, hosts):
    uploads = [step["with"] for step in STEPS if "upload" in step.get("uses", "")]
    paths = [github.folder / (one.get("sarif_file") or one["path"]) for one in uploads]
    assert len(paths) == 2
    assert [path.exists() for path in paths] == [bool(hosts)] * 2
    if hosts:
        json.loads(paths[0].read_text())
        assert (github.folder / "github_step_summary").read_text().startswith("# WSUS compliance")


@pytest.fixture(scope="module")
def gitlab(workspace, github) -> Ended:
    """After the other one, whose files are there still."""
    stale(workspace)
    code, said = shell("\n".join(GITLAB["script"]), workspace, "-eo", "pipefail")
    return Ended(code, workspace, said, {})


def test_gitlab_ends_by_the_outcome(gitlab, hosts):
    outcome, code = FLEETS[hosts]
    assert gitlab.code == code, gitlab.output
    assert (f"The outcome is {outcome}" in gitlab.output) is bool(outcome)
    assert GITLAB["allow_failure"]["exit_codes"] == [str(FLEETS["blind,issue1"][1])]


def test_what_gitlab_keeps_is_there(gitlab, hosts):
    if not hosts:
        assert not (gitlab.audit / "junit.xml").exists()
        return
    report = gitlab.folder / GITLAB["artifacts"]["reports"]["junit"]
    assert {suite.name for suite in junitparser.JUnitXml.fromfile(str(report))} == set(hosts.split(","))
    assert (gitlab.folder / GITLAB["artifacts"]["paths"][0] / "report.sarif").is_file()


def test_they_install_what_the_collection_needs():
    (install,) = [step["run"] for step in STEPS if step.get("name") == "Install"]
    for lines in (install.splitlines(), GITLAB["before_script"]):
        pip, galaxy = map(shlex.split, lines)
        assert pip[:4] == ["python3", "-m", "pip", "install"]
        runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["requires_ansible"]
        wanted = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
        assert pip[4:] == [f"ansible-core{runtime.removesuffix('.0')}", *wanted]
        assert galaxy == ["ansible-galaxy", "collection", "install", "wsus.compliance"]


def test_the_inventory_is_one_that_ansible_reads(tmp_path):
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(EXAMPLES["inventory.yml"]))
    code, text = shell("ansible-inventory -i inventory.yml --list", tmp_path, WSUS_PASSWORD="x")
    found = json.loads(text)
    assert code == 0 and sorted(found["wsus"]["hosts"]) == ["wsus-branch.example.com", "wsus-hq.example.com"]


def test_the_exit_codes_of_ansible_are_those_of_the_guide(workspace, hosts):
    """The table's columns of Ansible's own exit codes. Where they are the same, the one with both switches tells."""
    outcome = FLEETS[hosts][0]
    wanted = {"compliant": "00", "noncompliant": "02", "undetermined": "02", "unreachable": "44", None: "22"}[outcome]
    switches = {"audit_fail_on_noncompliant": True, "audit_fail_on_undetermined": True, "audit_output_dir": "./other"}
    for more, code in zip(({}, switches), wanted, strict=True):
        if more or outcome in ("noncompliant", "undetermined"):
            command = f"ansible-playbook -i inventory.yml wsus.compliance.audit -e {shlex.quote(json.dumps(more))}"
            assert shell(command, workspace)[0] == int(code)
