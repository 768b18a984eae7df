# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The execution environment: its build context, and what the build would find that the installed collection needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bindep.depends import Depends
from develop.environment import ansible_environment
from develop.places import ROOT, TEST_COLLECTIONS

DEFINITION = ROOT / "extensions" / "execution_environment" / "execution-environment.yml"


def run(*command: str, cwd: Path) -> str:
    tools = Path(sys.executable).parent
    done = subprocess.run(
        [str(tools / command[0]), *command[1:]],
        cwd=cwd,
        env=ansible_environment(
            cwd / "home", [], PATH=os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)])
        ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def context(tmp_path_factory) -> Path:
    """The build context that ansible-builder makes; no container engine is needed for it."""
    folder = tmp_path_factory.mktemp("context")
    run("ansible-builder", "create", "--file", str(DEFINITION), "--context", str(folder / "made"), cwd=folder)
    return folder / "made"


@pytest.fixture(scope="module")
def collections(tmp_path_factory) -> Path:
    """A collections path as the image has it: the archive, installed, and what it depends on."""
    folder = tmp_path_factory.mktemp("collections")
    run("ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder), cwd=folder)
    (archive,) = folder.glob("wsus-compliance-*.tar.gz")
    options = ("--offline", "--no-deps", "-p", str(folder / "path"))
    run("ansible-galaxy", "collection", "install", str(archive), *options, cwd=folder)
    (folder / "path" / "ansible_collections" / "ansible").symlink_to(
        TEST_COLLECTIONS / "ansible_collections" / "ansible"
    )
    return folder / "path"


@pytest.fixture(scope="module")
def found(context, collections, tmp_path_factory) -> tuple[str, str]:
    """What the build's own script finds: Python requirements, and packages of the system in the form of bindep."""
    folder = tmp_path_factory.mktemp("found")
    script = str(context / "_build" / "scripts" / "introspect.py")
    written = ("--write-pip", str(folder / "pip.txt"), "--write-bindep", str(folder / "bindep.txt"))
    run("python", script, "introspect", str(collections), *written, cwd=folder)
    return (folder / "pip.txt").read_text(), (folder / "bindep.txt").read_text()


def test_the_context_has_what_the_definition_says(context):
    build = (context / "Containerfile" if (context / "Containerfile").exists() else context / "Dockerfile").read_text()
    definition = yaml.safe_load(DEFINITION.read_text())
    needed = definition["dependencies"]
    assert f'ARG EE_BASE_IMAGE="{definition["images"]["base_image"]["name"]}"' in build
    for part in ("ansible_core", "ansible_runner"):
        assert needed[part]["package_pip"] in build
    requirements = yaml.safe_load((context / "_build" / "requirements.yml").read_text())
    assert requirements == yaml.safe_load(DEFINITION.with_name("requirements.yml").read_text())
    assert "ansible-galaxy collection install" in build and "introspect.py introspect" in build


def test_both_connections_come_with_kerberos(found):
    packages = [line.partition("#")[0].strip() for line in found[0].splitlines() if line.strip()]
    assert sorted(packages) == ["pypsrp[kerberos]>=0.8.1", "pywinrm[kerberos]>=0.4.3"]


@pytest.mark.parametrize(
    ("platform", "runtime", "build"),
    [
        ("rpm", {"krb5-workstation"}, {"gcc", "krb5-devel", "python3-devel"}),
        ("dpkg", {"krb5-user"}, {"gcc", "libkrb5-dev", "python3-dev"}),
    ],
)
def test_packages_of_the_system(found, platform, runtime, build):
    """``kinit`` is there when the image runs, and compilers only while it is built."""
    depends = Depends(found[1])
    for profile, wanted in (("default", runtime), ("compile", runtime | build)):
        assert {rule[0] for rule in depends.active_rules([profile, f"platform:{platform}"])} == wanted


def test_introspection_by_hand_says_the_same(found, collections, tmp_path):
    shown = yaml.safe_load(run("ansible-builder", "introspect", str(collections), cwd=tmp_path))
    for lines, text in zip((shown["python"], shown["system"]), found, strict=True):
        plain = {re.sub(r"\s+#.*", "", line) for line in lines}
        assert plain == {re.sub(r"\s+#.*", "", line) for line in text.splitlines() if line.strip()}


def test_playbooks_and_patterns_are_where_the_image_has_them(collections):
    installed = collections / "ansible_collections" / "wsus" / "compliance"
    for path in ("playbooks/audit.yml", "extensions/patterns/audit/playbooks/audit.yml", "meta/requirements-ee.txt"):
        assert (installed / path).is_file(), path
