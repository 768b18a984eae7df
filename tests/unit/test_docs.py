# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What pages for users name is there, files, variables, modules, options; the README has the sections of Galaxy."""

from __future__ import annotations

import ast
import functools
import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "docsite"
MODULES = {path.stem: path for path in (ROOT / "plugins" / "modules").glob("*.[py]*") if path.suffix in {".py", ".yml"}}
BLOB = "https://github.com/wsus-compliance/wsus.compliance/blob/main/"
SECTIONS = [
    *("Description", "Requirements", "Installation", "Use Cases", "Testing", "Contributing", "Support"),
    *("Release Notes and Roadmap", "Related Information", "License Information"),
]
PAGES = [
    ROOT / "README.md",
    *sorted((GUIDES / "rst").glob("*.rst")),
    *sorted((ROOT / "docs" / "guides").glob("*.md")),
    *sorted((ROOT / "roles").glob("*/README.md")),
]
page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# --- README and guides ------------------------------------------------------------------------------------------------


def test_readme_has_the_sections_of_the_partner_certification():
    readme = text_of(ROOT / "README.md")
    assert re.findall(r"^## (.+)$", readme, re.M) == SECTIONS
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert [link for link in links if not link.startswith("https://")] == [], "Galaxy shows it without the repository"
    assert "pip install ansible" not in readme


def test_every_guide_is_in_the_index_and_bears_its_label():
    index = yaml.safe_load(text_of(GUIDES / "extra-docs.yml"))
    listed = [name for section in index["sections"] for name in section["toctree"]]
    assert sorted(listed) == sorted(path.stem for path in (GUIDES / "rst").glob("*.rst"))
    for name in listed:
        label = f".. _ansible_collections.wsus.compliance.docsite.{name}:\n"
        assert text_of(GUIDES / "rst" / f"{name}.rst").startswith(label), name


@page
def test_files_that_are_linked_are_there(path):
    text = text_of(path)
    files = re.findall(re.escape(BLOB) + r"([^\s)>#`]+)", text)
    if path.suffix == ".md":
        relative = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text)
        files += [str((path.parent / name).resolve().relative_to(ROOT)) for name in relative]
    assert [name for name in files if not (ROOT / name).exists()] == []


@functools.cache
def known_variables() -> set[str]:
    files = [path for folder in ("roles", "playbooks") for path in (ROOT / folder).rglob("*.yml")]
    options = {option for name in MODULES for option in documented(name).get("options") or {}}
    labels = {f"{path.name}_role" for path in (ROOT / "roles").iterdir()}
    return {word for path in files for word in re.findall(r"\w+", text_of(path))} | options | labels | set(MODULES)


@page
def test_variables_that_are_named_are_variables(path):
    """A misspelt one would be taken by ansible-playbook, and do nothing."""
    prefix = r"\b(?:audit|enforce|diagnose|rollback|capture|report|compare)_[a-z0-9_]*[a-z0-9]\b"
    named = set(re.findall(prefix, text_of(path)))
    assert sorted(named - known_variables()) == []


# --- modules ----------------------------------------------------------------------------------------------------------


@functools.cache
def parts(name: str) -> dict[str, str]:
    """The texts of a module's documentation."""
    text = text_of(MODULES[name])
    if MODULES[name].suffix == ".yml":
        sidecar = yaml.safe_load(text)
        return {"DOCUMENTATION": yaml.safe_dump(sidecar["DOCUMENTATION"]), "EXAMPLES": sidecar["EXAMPLES"]}
    assigned = (node for node in ast.parse(text).body if isinstance(node, ast.Assign))
    values = {node.targets[0].id: node.value for node in assigned if isinstance(node.targets[0], ast.Name)}
    return {key: ast.literal_eval(values[key]) for key in ("DOCUMENTATION", "EXAMPLES")}


@functools.cache
def documented(name: str) -> dict[str, Any]:
    """A module's documentation with the fragments of this collection, which are the ones that have options."""
    found: dict[str, Any] = yaml.safe_load(parts(name)["DOCUMENTATION"])
    for fragment in found.get("extends_documentation_fragment", []):
        namespace, _name, rest = fragment.partition("wsus.compliance.")
        if not namespace and rest:
            file, _dot, member = rest.partition(".")
            of = importlib.import_module(f"ansible_collections.wsus.compliance.plugins.doc_fragments.{file}")
            more = yaml.safe_load(getattr(of.ModuleDocFragment, member.upper() or "DOCUMENTATION"))
            for part in ("options", "attributes"):
                found[part] = {**more.get(part, {}), **found.get(part, {})}
    return found


def argument_spec(options: dict[str, Any]) -> dict[str, Any]:
    known = ("type", "elements", "choices", "required", "aliases")
    return {
        name: {key: option[key] for key in known if key in option}
        | ({"options": argument_spec(option["suboptions"])} if "suboptions" in option else {})
        for name, option in options.items()
    }


def tasks_of(data: Any) -> list[dict[str, Any]]:
    """The tasks of a list of tasks or of plays."""
    return [task for one in data for task in (one["tasks"] if "hosts" in one else [one])]


@pytest.mark.parametrize("name", sorted(MODULES))
def test_examples_of_a_module_have_the_options_that_it_has(name):
    tasks = tasks_of(yaml.safe_load(parts(name)["EXAMPLES"]))
    used = []
    for task in tasks:
        for key in (key for key in task if key.startswith("wsus.compliance.")):
            module = key.removeprefix("wsus.compliance.")
            used.append(module)
            given = task[key] or {}
            fixed = {option: value for option, value in given.items() if "{{" not in str(value)}
            spec = argument_spec(documented(module).get("options") or {})
            for option in given.keys() - fixed.keys():
                assert option in spec, f"{task['name']}: {option}"
                del spec[option]
            problems = ArgumentSpecValidator(spec).validate(fixed).error_messages
            assert problems == [], f"{task['name']}: {problems}"
    assert name in used, "no example of itself"


@functools.cache
def rights() -> dict[str, tuple[str, str, str]]:
    """The table of the guide: module -> what it connects to, what it changes, which rights it needs."""
    text = text_of(GUIDES / "rst" / "least_privilege.rst")
    rows = re.findall(r"^   \* - ``(\w+)``\n     - (.+)\n     - (.+)\n     - (.+)$", text, re.M)
    found = {name: tuple(rest) for name, *rest in rows}
    assert len(found) == len(rows), "a module twice"
    return found  # type: ignore[return-value]


def test_the_table_of_rights_has_every_module_and_no_other():
    assert list(rights()) == sorted(MODULES)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_the_table_of_rights_agrees_with_the_module(name):
    """By its attributes, and by what its program may do: tests/gates/tables/programs.yml."""
    connects, changes, needs = rights()[name]
    attributes = documented(name)["attributes"]
    platforms = attributes["platform"]["platforms"]
    assert (connects == "server") == ("windows" in platforms), platforms
    programs = yaml.safe_load(text_of(ROOT / "tests" / "gates" / "tables" / "programs.yml"))["programs"]
    may_write = {Path(row["name"]).stem: row["may_write"] for row in programs}
    # What goes to the program by the common base says whether doing it again changes anything; others name the program.
    action = ROOT / "plugins" / "action" / f"{name}.py"
    words = set(re.findall(r"\w+", text_of(action))) if action.exists() else {name}
    constants = re.findall(
        r'^([A-Z]+) = "wsus\.compliance\.(\w+)"$', text_of(ROOT / "plugins/plugin_utils/_action.py"), re.M
    )
    own = {program for program in may_write if program in words} | {
        program for word, program in constants if word in words
    }
    assert (changes == "server") == ("idempotent" in attributes or any(may_write[program] for program in own)), own
    assert "administrator" in needs or changes == "nothing"
