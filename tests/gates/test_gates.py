# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates on every program of the collection, and what they judge by held against what Windows ships."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from support.powershell import Source, spec_of

from gates.commands import check_commands, own_functions
from gates.csharp import check_csharp, check_csharp_reads_only, embedded
from gates.dotnet import check_dotnet
from gates.effects import check_reads_only, imports
from gates.problem import ROOT, table
from gates.syntax import check_syntax

SOURCES = [
    Source.read(path, ROOT)
    for path in sorted([*(ROOT / "plugins").rglob("*.ps1"), *(ROOT / "plugins").rglob("*.psm1")])
]
MODULES = [source for source in SOURCES if source.name.endswith(".ps1")]
CSHARP = sorted((ROOT / "plugins").rglob("*.cs"))
LAB = Path(os.environ.get("WSUS_LAB_HOME") or ROOT.parent / "shared" / "winlab")
WINDOWS = LAB.parent / "reference" / "windows-commands.json"


def named(source: Source) -> str:
    return source.name


def test_there_is_something_to_check():
    assert len(SOURCES) >= 9 and MODULES and CSHARP


@pytest.mark.parametrize("source", SOURCES, ids=named)
def test_powershell(source):
    problems = [*check_syntax(source), *check_commands(source, own_functions(SOURCES)), *check_dotnet(source)]
    for line, text in embedded(source):
        problems += check_csharp(f"{source.name} (C# at line {line})", text)
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.parametrize("path", CSHARP, ids=lambda path: path.name)
def test_csharp(path):
    problems = check_csharp(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.parametrize("source", MODULES, ids=named)
def test_what_may_only_read_does(source):
    (program,) = [row for row in table("programs")["programs"] if row["file"] == source.name]
    if program["may_write"]:
        return
    files = imports(source)
    assert {path.suffix for path in files} == {".psm1", ".cs"}
    closure = [source, *(Source.read(path, ROOT) for path in files if path.suffix == ".psm1")]
    problems = [problem for one in closure for problem in check_reads_only(one)]
    for path in files:
        if path.suffix == ".cs":
            problems += check_csharp_reads_only(path.name, path.read_text("utf-8"))
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.parametrize("source", MODULES, ids=named)
def test_specification_is_the_documented_one(source):
    """ansible-test's validate-modules compares more; this runs in an instant and without it."""
    spec = spec_of(source)
    sidecar = yaml.safe_load((ROOT / source.name).with_suffix(".yml").read_text("utf-8"))["DOCUMENTATION"]
    compared = {"type", "elements", "choices", "default", "required"}
    documented = {
        name: {key: value for key, value in option.items() if key in compared}
        for name, option in sidecar["options"].items()
    }
    assert spec["options"] == documented
    supported = sidecar["attributes"]["check_mode"]["support"]
    assert spec["supports_check_mode"] is (supported == "full")


# --- the tables -------------------------------------------------------------------------------------------------------


def test_no_row_is_left_over():
    """A row that nothing uses would let something in that nobody judged in its place."""
    used = {command.name for source in SOURCES for command in source.commands}
    assert {row["name"] for row in table("commands")["commands"]} <= used
    text = "\n".join(source.text for source in SOURCES)
    assert [row["name"] for row in table("dotnet_types")["types"] if f"[{row['name']}]" not in text] == []
    assert [row["name"] for row in table("dotnet_members")["members"] if row["name"] not in text] == []
    assert all(row["text"] in text for row in table("commands")["dynamic"])


@pytest.mark.parametrize("name", ["commands", "dotnet_types", "dotnet_members", "csharp"])
def test_each_row_has_a_source_and_is_there_once(name):
    for rows in (rows for key, rows in table(name).items() if key not in {"dynamic", "assigned"}):
        assert len({row["name"] for row in rows}) == len(rows)
        assert all(row["source"] for row in rows)


def test_nothing_is_newer_than_windows_server_2012_r2_may_have():
    rows = [*table("dotnet_types")["types"], *table("dotnet_members")["members"], *table("csharp")["members"]]
    versions = {row["since"] for row in rows}
    numbers = {tuple(map(int, version.split("."))) for version in versions if version[0].isdigit()}
    assert max(numbers) <= (4, 5, 2)
    others = {version for version in versions if not version[0].isdigit()}
    assert others <= {
        "own",
        "PowerShell 1.0",
        "PowerShell 2.0",
        "PowerShell 3.0",
        "PowerShell 5.1",
        "WSUS 3.0",
        "Windows Server 2012",
    }


def test_commands_are_those_of_the_oldest_windows():
    if not WINDOWS.is_file():
        pytest.skip(f"no list of what each Windows ships at {WINDOWS}")
    shipped = json.loads(WINDOWS.read_text("utf-8"))["commands"]
    common = {"ErrorAction", "Verbose", "WarningAction"}
    for row in table("commands")["commands"]:
        if "role" in row:  # the list was taken without roles
            assert row["name"] not in shipped and "server2012" in row["source"]
            continue
        command = shipped[row["name"]]
        assert command["from"] in {"WMF 5.1", "2012"}, row
        assert set(row["parameters"]) - common <= set(command["parameters"]), row
