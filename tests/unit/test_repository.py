# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What no linter knows of this repository: its parts agree, and nothing of a developer's machine is in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LICENCE = "GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)"
# Files of plugins/ that can carry a comment; JSON can't.
COMMENTED = {".cs", ".j2", ".ps1", ".psm1", ".py", ".yaml", ".yml"}
# What an installed collection consists of.
SHIPPED = {
    *("CHANGELOG.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "bindep.txt", "requirements.txt"),
    *("changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles"),
    *(".ansible-lint", ".yamllint"),
}


def load(name: str):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def repository_files() -> list[Path]:
    """Files that are or would be committed; without git (an archive of the sources) every file that isn't a cache."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (ROOT / ".git").exists() and shutil.which("git"):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    caches = {".ansible", ".cache", ".git", ".venv", "__pycache__", "wsus-audit", "wsus-demo"}
    return [
        Path(folder) / name
        for folder, folders, names in os.walk(ROOT)
        for name in names
        if not caches.intersection(Path(folder).relative_to(ROOT).parts)
    ]


def public(folder: str, *suffixes: str) -> set[str]:
    return {
        path.stem for path in (ROOT / folder).glob("*") if path.suffix in suffixes and not path.stem.startswith("_")
    }


# --- galaxy.yml and meta ----------------------------------------------------------------------------------------------


def test_version_is_semantic_and_the_same_everywhere():
    version = load("galaxy.yml")["version"]
    assert re.fullmatch(r"[1-9]\d*\.\d+\.\d+(-[0-9a-z.]+)?", version)
    constant = re.compile(r"^(?:COLLECTION_VERSION|__version__)(?:: \S+)? = [\"'](.+)[\"']$", re.MULTILINE)
    others = {
        str(path.relative_to(ROOT)): found
        for path in (ROOT / "plugins").rglob("*.py")
        for found in constant.findall(path.read_text(encoding="utf-8"))
    }
    assert {name: found for name, found in others.items() if found != version} == {}


def test_galaxy_metadata():
    galaxy = load("galaxy.yml")
    assert (galaxy["namespace"], galaxy["name"]) == ("wsus", "compliance")
    assert galaxy["license"] == ["GPL-3.0-or-later"]
    assert galaxy["dependencies"] == {"ansible.windows": ">=2.0.0"}
    assert {"windows", "security", "monitoring"} <= set(galaxy["tags"])
    assert all(re.fullmatch(r"(?!.*__)[a-z][0-9a-z_]*", tag) for tag in galaxy["tags"])
    for link in ("repository", "documentation", "homepage", "issues"):
        assert galaxy[link].startswith("https://github.com/wsus-compliance/"), link


def test_licence_is_the_whole_gpl_3():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 3, 29 June 2007" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_action_group_and_modules_agree():
    groups = load("meta/runtime.yml")["action_groups"]
    assert list(groups) == ["wsus"]
    modules = public("plugins/modules", ".ps1", ".py") | public("plugins/action", ".py")
    assert [name for name in groups["wsus"] if name not in modules] == [], "in the group, but there is no such module"
    assert sorted(modules - set(groups["wsus"])) == [], "a module that is not in the group"
    assert groups["wsus"] == sorted(groups["wsus"])


def test_every_module_is_documented():
    modules = public("plugins/modules", ".ps1") | public("plugins/action", ".py")
    documented = public("plugins/modules", ".yml", ".py")
    assert sorted(modules - documented) == []
    assert sorted(public("plugins/modules", ".yml") - public("plugins/modules", ".ps1")) == [], (
        "ansible-doc finds a sidecar only beside a .ps1"
    )


def test_users_are_not_told_which_ansible_to_install():
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        requirement = line.partition("#")[0].strip()
        assert not requirement.startswith("ansible")
        assert not re.search(r"==|<|~=", requirement), f"keeps users from newer releases: {requirement}"


def test_execution_environment_names_files_that_exist():
    for name in load("meta/execution-environment.yml")["dependencies"].values():
        assert (ROOT / name).is_file(), name


def test_the_execution_environment_has_what_users_need():
    """Extras (Kerberos) and the other connection come on top of requirements.txt."""

    def bounds(name: str) -> dict[str, str]:
        lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
        return {re.split(r"[\[><=]", line)[0]: line[line.index(">=") :] for line in lines if line}

    environment = load("meta/execution-environment.yml")["dependencies"]
    assert bounds("requirements.txt").items() <= bounds(environment["python"]).items()


def test_the_image_has_what_the_tests_ran_with():
    dependencies = load("extensions/execution_environment/execution-environment.yml")["dependencies"]
    tested = "".join((ROOT / f"requirements-{name}.txt").read_text(encoding="utf-8") for name in ("demo", "dev"))
    for part in ("ansible_core", "ansible_runner"):
        assert re.search(rf"^{re.escape(dependencies[part]['package_pip'])}(;|$)", tested, re.M), part
    wanted = {
        one["name"]: one["version"] for one in load("extensions/execution_environment/requirements.yml")["collections"]
    }
    assert wanted.pop("wsus.compliance") == f">={load('galaxy.yml')['version']}"
    assert wanted == load("galaxy.yml")["dependencies"]


# ansible.builtin's own directories, and what is no use of another collection.
_FQCN = re.compile(r"\b([a-z][a-z0-9_]+\.[a-z][a-z0-9_]+)\.[a-z][a-z0-9_]+\b")


def _used(text: str) -> set[str]:
    """Collections that a YAML text names: as key of a task, in import_..., or in an expression."""
    found: set[str] = set()

    def visit(node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if isinstance(key, str) and (match := _FQCN.fullmatch(key)):
                    found.add(match[1])
                if isinstance(value, str) and (match := _FQCN.fullmatch(value)) and key != "that":
                    found.add(match[1])
                visit(value)
        elif isinstance(node, list):
            for one in node:
                visit(one)
        elif isinstance(node, str):
            for expression in re.findall(
                r"(?:lookup|query|q)\(\s*['\"]([\w.]+)['\"]|(?:\||\bis\b(?: not)?)\s*([a-z_]+\.[a-z_]+\.\w+)", node
            ):
                found.update(match[1] for part in expression if (match := _FQCN.fullmatch(part)))

    visit(yaml.safe_load(text))
    return found


def test_used_collections_are_found():
    text = """
    - hosts: all
      tasks:
        - community.one.module: {a: b}
        - ansible.builtin.import_role: {name: community.two.role}
        - ansible.builtin.debug: {msg: "{{ x | community.three.filter }} {{ query('community.four.look', 1) }}"}
          when: x is community.five.right
    """
    assert _used(text) == {
        "ansible.builtin",
        *(f"community.{name}" for name in ("one", "two", "three", "four", "five")),
    }


def test_every_collection_that_is_used_is_declared():
    """Of roles, playbooks and patterns; plugins name theirs in constants."""
    galaxy = load("galaxy.yml")
    declared = {"ansible.builtin", f"{galaxy['namespace']}.{galaxy['name']}", *galaxy["dependencies"]}
    used: set[str] = set()
    for folder in (
        "roles/*/tasks",
        "roles/*/handlers",
        "playbooks",
        "playbooks/tasks",
        "extensions/patterns/*/playbooks",
    ):
        for path in ROOT.glob(f"{folder}/*.yml"):
            used |= _used(path.read_text(encoding="utf-8"))
    constants = re.compile(
        r"[\"']((?!ansible\.(?:errors|plugins|utils|parsing|module_utils)\b)(?:ansible|community|microsoft)\.[a-z_]+)\.[a-z_]+[\"']"
    )
    for path in (ROOT / "plugins").rglob("*.py"):
        if path.parent.name != "modules":
            used |= set(constants.findall(path.read_text(encoding="utf-8")))
    assert used - declared == set()
    assert "ansible.windows" in used


def test_development_requirements_are_exact():
    for name in ("requirements-demo.txt", "requirements-dev.txt", "requirements-collections.txt"):
        lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
        inexact = [line for line in lines if line and "==" not in line and not line.startswith("-r ")]
        assert inexact == [], name


def test_nothing_is_ignored_for_any_ansible_core_in_use():
    """ansible-test takes the file of its own version, and without one it ignores nothing but says nothing of it."""
    oldest = re.fullmatch(r">=2\.(\d+)\.\d+", load("meta/runtime.yml")["requires_ansible"])
    used = re.findall(r"^ansible-core==2\.(\d+)\.", (ROOT / "requirements-demo.txt").read_text("utf-8"), re.MULTILINE)
    assert oldest and used
    files = {path.name: path.stat().st_size for path in (ROOT / "tests" / "sanity").iterdir()}
    wanted = {f"ignore-2.{minor}.txt" for minor in range(int(oldest[1]), max(map(int, used)) + 1)}
    assert sorted(wanted - files.keys()) == []
    assert [name for name, size in files.items() if size] == []


def test_archive_has_what_users_need_and_nothing_else(tmp_path: Path):
    galaxy = shutil.which("ansible-galaxy")
    if galaxy is None:
        pytest.skip("ansible-galaxy is not on PATH (scripts/dev puts it there)")
    subprocess.run(
        [galaxy, "collection", "build", "--output-path", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    (archive,) = tmp_path.glob("wsus-compliance-*.tar.gz")
    with tarfile.open(archive) as tar:
        members = [member for member in tar.getmembers() if member.name != "."]
    assert {member.name.split("/")[0] for member in members} - SHIPPED == set()
    assert [member.name for member in members if member.issym() or member.islnk()] == []
    assert [member.name for member in members if "__pycache__" in member.name] == []
    assert sum(member.size for member in members) < 5_000_000


# --- Every file -------------------------------------------------------------------------------------------------------


def test_every_plugin_file_names_its_licence():
    missing = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "plugins").rglob("*"))
        if path.suffix in COMMENTED
        and path.stat().st_size
        and LICENCE not in path.read_text(encoding="utf-8-sig")[:2000]
    ]
    assert missing == []


def test_nothing_of_a_developers_machine_is_in_the_repository():
    # Put together here, so that this file does not match itself.
    folders = "|".join(("root", "work", r"home/(?!me\b|user\b)[a-z]+", "tmp/bash"))
    machine = re.compile(rf"(?:(?<![\w./:$}}*%<>~\\-])|file://)/(?:{folders})(?:/|\b(?=[\s'\"`]))")
    found = []
    for path in repository_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        name = path.relative_to(ROOT)
        found += [
            f"{name}:{number}: {line.strip()[:120]}" for number, line in enumerate(lines, 1) if machine.search(line)
        ]
    assert found == []


def test_scripts_are_executable():
    for name in ("scripts/dev", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK), name


# --- Changelog --------------------------------------------------------------------------------------------------------


def test_changelog_configuration():
    config = load("changelogs/config.yaml")
    galaxy = load("galaxy.yml")
    assert config["title"] == f"{galaxy['namespace']}.{galaxy['name']}"
    assert [output["format"] for output in config["output"]] == ["md"]
    assert (ROOT / config["output"][0]["file"]).is_file()


def test_fragments_use_known_sections():
    config = load("changelogs/config.yaml")
    sections = {name for name, _value in config["sections"]} | {
        config["prelude_section_name"],
        config["trivial_section_name"],
    }
    for path in (ROOT / "changelogs" / config["notesdir"]).glob("*.y*ml"):
        assert set(yaml.safe_load(path.read_text(encoding="utf-8"))) <= sections, path.name


def test_this_version_is_in_the_changelog_or_has_fragments():
    released = ROOT / "changelogs" / "changelog.yaml"
    releases = yaml.safe_load(released.read_text(encoding="utf-8"))["releases"] if released.exists() else {}
    fragments = list((ROOT / "changelogs" / "fragments").glob("*.y*ml"))
    assert load("galaxy.yml")["version"] in releases or fragments
