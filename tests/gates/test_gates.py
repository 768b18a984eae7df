# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates on every program of the collection, and what they judge by held against what Windows ships."""

from __future__ import annotations

import json

import pytest
import yaml
from develop.lab import lab_home
from support.powershell import Source

from gates import attributes, commands, csharp, dotnet, syntax, variables
from gates.attributes import check_attributes
from gates.commands import check_commands
from gates.csharp import check_csharp, check_embedded, embedded
from gates.dotnet import check_dotnet
from gates.effects import check_csharp_reads_only, check_reads_only
from gates.functions import Parameters, check_functions, own_functions
from gates.imports import check_imports, closure
from gates.problem import ROOT, TABLES, Problem, index, table
from gates.specification import check_spec
from gates.syntax import check_syntax
from gates.tables import LISTS, check_schema, check_tables, check_versions, left_over
from gates.variables import check_variables

SOURCES = [
    Source.read(path, ROOT)
    for path in sorted([*(ROOT / "plugins").rglob("*.ps1"), *(ROOT / "plugins").rglob("*.psm1")])
]
MODULES = [source for source in SOURCES if source.name.endswith(".ps1")]
CSHARP = [Source.read(path, ROOT) for path in sorted((ROOT / "plugins").rglob("*.cs"))]
WINDOWS = lab_home().parent / "reference" / "windows-commands.json"


def named(source: Source) -> str:
    return source.name


def refuse(problems: list[Problem]) -> None:
    assert not problems, "\n".join(map(str, problems))


def own(source: Source) -> dict[str, Parameters]:
    return own_functions(source, closure(source).modules)


def test_there_is_something_to_check():
    assert len(SOURCES) >= 9 and MODULES and CSHARP


@pytest.mark.parametrize("source", SOURCES, ids=named)
def test_powershell(source):
    refuse(
        [
            *check_syntax(source),
            *check_imports(source.name, source.text),
            *check_functions(source),
            *check_attributes(source),
            *check_variables(source),
            *check_commands(source, own(source)),
            *check_dotnet(source),
            *check_embedded(source),
        ]
    )


@pytest.mark.parametrize("source", CSHARP, ids=named)
def test_csharp(source):
    refuse([*check_imports(source.name, source.text), *check_csharp(source.name, source.text)])


@pytest.mark.parametrize("source", MODULES, ids=named)
def test_what_may_only_read_does(source):
    program = index("programs.programs").get(source.name)
    assert program, f"no row in tables/programs.yml: - {{name: {source.name}, may_write: ?, source: ?}}"
    if program["may_write"]:
        return
    imported = closure(source)
    assert imported.modules and imported.csharp
    problems = [problem for one in [source, *imported.modules] for problem in check_reads_only(one, own(one))]
    problems += [problem for one in imported.csharp for problem in check_csharp_reads_only(one.name, one.text)]
    for one in [source, *imported.modules]:
        for line, text in embedded(one):
            problems += check_csharp_reads_only(f"{one.name} (C# at line {line})", text or "")
    refuse(problems)


@pytest.mark.parametrize("source", MODULES, ids=named)
def test_specification_is_the_documented_one(source):
    refuse(check_spec(source, yaml.safe_load((ROOT / source.name).with_suffix(".yml").read_text("utf-8"))))


# --- the tables -------------------------------------------------------------------------------------------------------


def test_no_row_is_left_over():
    uses = []
    for source in SOURCES:
        for gate in (syntax, attributes, variables, dotnet):
            uses += gate.uses(source)
        uses += commands.uses(source, own(source))
    texts = [one.text for one in CSHARP] + [text or "" for source in SOURCES for _line, text in embedded(source)]
    uses += [use for text in texts for use in csharp.uses(text)]
    assert left_over(uses) == []
    assert {use.rows for use in uses} <= set(LISTS)
    assert set(index("programs.programs")) == {source.name for source in MODULES}
    assert set(index("windows_commands.commands")) == {
        name for name, row in index("commands.commands").items() if "role" not in row
    }
    assert all(set(row.get("only", {})) <= set(row["parameters"]) for row in table("commands")["commands"])


@pytest.mark.parametrize("name", sorted(path.stem for path in TABLES.glob("*.yml") if path.stem != "schemas"))
def test_schema(name):
    refuse(check_schema(name, table(name), table("schemas")["schemas"][name]))


@pytest.mark.parametrize("name", ["dotnet_types", "dotnet_members", "csharp"])
def test_nothing_is_newer_than_windows_server_2012_r2_may_have(name):
    refuse(check_versions(name, table(name)))


def test_commands_are_those_of_the_oldest_windows():
    refuse(check_tables(table("commands")["commands"], index("windows_commands.commands")))


def test_the_extract_is_what_the_whole_list_says():
    if not WINDOWS.is_file():
        pytest.skip(f"tests/gates/tables/windows_commands.yml was judged by; the whole list is not at {WINDOWS}")
    shipped = json.loads(WINDOWS.read_text("utf-8"))["commands"]
    for row in table("windows_commands")["commands"]:
        whole = shipped.get(row["name"], {})
        assert {key: row[key] for key in ("module", "from", "parameters")} == {
            key: whole.get(key) for key in ("module", "from", "parameters")
        }
    refuse(check_tables(table("commands")["commands"], shipped))
