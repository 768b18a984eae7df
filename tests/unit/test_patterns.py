# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The patterns for AWX: their surveys ask what the roles take, with the roles' defaults, and change nothing unasked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.wanted import ALL, Wanted, load_resolutions
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.formats import FORMATS

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = ROOT / "extensions" / "patterns"
NAMES = ["audit", "diagnose", "enforce"]
TEXT = {"type": "string", "minLength": 1}
WORD = {"type": "string", "pattern": "^[a-z0-9_]+$", "maxLength": 64}
QUESTION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "question_name", "question_description", "variable", "required"],
    "properties": {
        "type": {"enum": ["text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect"]},
        "question_name": TEXT,
        "question_description": TEXT,
        "variable": WORD,
        "required": {"type": "boolean"},
        "choices": {"type": "array", "items": TEXT, "minItems": 2, "uniqueItems": True},
        "default": {"type": "string"},
    },
}
TEMPLATE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "description", "playbook", "primary"],
    "properties": {
        "name": {**TEXT, "maxLength": 200},
        "description": TEXT,
        "execution_environment": TEXT,
        "playbook": TEXT,
        "primary": {"type": "boolean"},
        "ask_credential_on_launch": {"type": "boolean"},
        "ask_inventory_on_launch": {"type": "boolean"},
        "labels": {"type": "array", "items": TEXT, "minItems": 1},
        "survey": {
            "type": "object",
            "required": ["name", "description", "spec"],
            "properties": {"name": TEXT, "description": TEXT, "spec": {"type": "array", "items": QUESTION}},
        },
    },
}
# What https://github.com/ansible/pattern-service says of a pattern (schema 3.0.0), as far as these patterns use it.
PATTERN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema_version", "name", "title", "description", "short_description", "tags", "aap_resources"],
    "properties": {
        "schema_version": {"const": "3.0.0"},
        "name": WORD,
        "title": {**TEXT, "maxLength": 64},
        "description": TEXT,
        "short_description": {**TEXT, "pattern": "[^.]$"},
        "tags": {"type": "array", "items": TEXT, "uniqueItems": True},
        "aap_resources": {
            "type": "object",
            "required": ["controller_project", "controller_job_templates", "controller_execution_environment"],
            "properties": {
                "controller_project": {"type": "object", "required": ["name", "description"]},
                "controller_execution_environment": {
                    "type": "object",
                    "required": ["name", "description", "image_name"],
                    "properties": {"pull": {"enum": ["always", "missing", "never"]}},
                },
                "controller_labels": {"type": "array", "items": TEXT, "minItems": 1},
                "controller_job_templates": {"type": "array", "minItems": 1, "items": TEMPLATE},
            },
        },
    },
}


def pattern(name: str) -> dict[str, Any]:
    return json.loads((PATTERNS / name / "meta" / "pattern.json").read_text(encoding="utf-8"))


def templates(name: str) -> list[dict[str, Any]]:
    return pattern(name)["aap_resources"]["controller_job_templates"]


def questions(name: str) -> list[dict[str, Any]]:
    return templates(name)[0]["survey"]["spec"]


def options(name: str) -> dict[str, Any]:
    path = ROOT / "roles" / name / "meta" / "argument_specs.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_these_are_all():
    assert sorted(path.name for path in PATTERNS.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_pattern_is_what_the_specification_says(name):
    found = pattern(name)
    jsonschema.Draft202012Validator(PATTERN).validate(found)
    assert found["name"] == name
    resources = found["aap_resources"]
    assert sum(one["primary"] for one in templates(name)) == 1 and templates(name)[0]["primary"]
    for one in templates(name):
        assert one["execution_environment"] == resources["controller_execution_environment"]["name"]
        assert set(one["labels"]) <= set(resources["controller_labels"])
        assert (PATTERNS / name / "playbooks" / one["playbook"]).is_file()
    assert (PATTERNS / name / "README.md").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_a_survey_asks_what_the_role_takes(name):
    known = options(name)
    asked = questions(name)
    assert len({one["variable"] for one in asked}) == len(asked)
    for one in asked:
        option = known[one["variable"]]
        kinds = {
            "bool": "multiplechoice",
            "str": "multiplechoice" if option.get("choices") else "text",
            "path": "text",
            "int": "integer",
            "list": "multiselect",
        }
        assert one["type"] == kinds[option["type"]], one["variable"]
        assert one["required"] is option.get("required", False), one["variable"]
        if option["type"] == "bool":
            assert one["choices"] == ["true", "false"]
        elif option.get("choices"):
            assert one["choices"] == option["choices"], one["variable"]
        # An empty list and null are no answer at all.
        default = option.get("default")
        written = str(default).lower() if isinstance(default, bool) else None if default in (None, []) else str(default)
        assert one.get("default") == written, one["variable"]


@pytest.mark.parametrize("name", NAMES)
def test_the_specification_of_the_playbook_is_that_of_the_role(name):
    spec = load(PATTERNS / name / "playbooks" / f"{name}.meta.yml")["argument_specs"]
    assert list(spec) == [name]
    known = options(name)
    # ansible-lint wants one text where roles have paragraphs.
    wanted = {one["variable"]: known[one["variable"]] for one in questions(name)}
    assert spec[name]["options"] == {
        variable: {**option, "description": " ".join(option["description"])} for variable, option in wanted.items()
    }


def test_the_specification_of_the_report_is_what_its_playbooks_take():
    spec = load(PATTERNS / "audit" / "playbooks" / "report.meta.yml")["argument_specs"]["report"]["options"]
    (play,) = load(PATTERNS / "audit" / "playbooks" / "report.yml")
    text = (ROOT / "playbooks" / "report.yml").read_text(encoding="utf-8") + str(play["vars"])
    assert spec["report_formats"]["choices"] == list(FORMATS)
    for name, option in spec.items():
        assert name in text and str(option["default"]) in text, name


def test_what_enforce_applies_is_all_that_there_is():
    (one,) = [one for one in questions("enforce") if one["variable"] == "enforce_apply"]
    issues = [f"issue_{number}" for number in range(1, 6)]
    assert set(one["choices"]) == {ALL, "endpoint", *issues, *load_resolutions()}
    assert Wanted(apply=one["choices"]).named() == set(load_resolutions())


def test_the_formats_are_all_that_there_are():
    (one,) = [one for one in questions("audit") if one["variable"] == "audit_formats"]
    assert one["choices"] == list(FORMATS)


def test_enforce_changes_and_restarts_nothing_by_default():
    defaults = {one["variable"]: one.get("default") for one in questions("enforce")}
    assert defaults["enforce_apply"] is None and defaults["enforce_verify_import"] is None
    for name in ("enforce_restart_ok", "enforce_reboot_ok", "enforce_override_unknown_owner"):
        assert defaults[name] == "false"


@pytest.mark.parametrize("name", NAMES)
def test_the_playbooks_are_those_of_the_collection(name):
    for path in (PATTERNS / name / "playbooks").glob("*.yml"):
        if path.name.endswith(".meta.yml"):
            continue
        (play,) = load(path)
        assert set(play) - {"vars"} == {"name", "ansible.builtin.import_playbook"}
        namespace, collection, playbook = play["ansible.builtin.import_playbook"].split(".")
        assert (namespace, collection) == ("wsus", "compliance") and (ROOT / "playbooks" / f"{playbook}.yml").is_file()
