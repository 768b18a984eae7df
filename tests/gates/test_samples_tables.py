# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Imports, specifications and the tables themselves: each check closes on a small bad sample."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from develop import pwsh_spec
from support.powershell import CREATE, NotConstantError, spec_of

from gates import attributes, commands, csharp, dotnet, syntax, variables
from gates.imports import check_imports, closure
from gates.problem import Use, index, key_of, missing, table
from gates.specification import check_spec
from gates.tables import JUDGED, check_schema, check_tables, check_versions, left_over

from .test_samples import found, source

OWN = "ansible_collections.wsus.compliance.plugins.module_utils"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A collection: _A imports _B, which imports C# that imports C#."""
    folder = tmp_path / "plugins" / "module_utils"
    folder.mkdir(parents=True)
    (folder / "_A.psm1").write_text(f"#AnsibleRequires -PowerShell {OWN}._B\n")
    (folder / "_B.psm1").write_text(f"#AnsibleRequires -CSharpUtil {OWN}._C\n")
    (folder / "_C.cs").write_text(f"using System;\nusing {OWN}._D;\n")
    (folder / "_D.cs").write_text("using System;\n")
    return tmp_path


# --- imports ----------------------------------------------------------------------------------------------------------


def test_closure(root):
    found_here = closure(
        source(f"#AnsibleRequires -CSharpUtil Ansible.Basic\n#AnsibleRequires -PowerShell {OWN}._A\n"), root
    )
    assert [one.name for one in found_here.modules] == ["plugins/module_utils/_A.psm1", "plugins/module_utils/_B.psm1"]
    assert [one.name for one in found_here.csharp] == ["plugins/module_utils/_C.cs", "plugins/module_utils/_D.cs"]


@pytest.mark.parametrize(
    "line",
    [
        f"#ansiblerequires -powershell {OWN}._A",
        f"# AnsibleRequires -PowerShell {OWN}._A",
        f"#AnsibleRequires  -PowerShell {OWN}._A",
        f"#AnsibleRequires -PowerShell {OWN}._A -Optional",
        "#AnsibleRequires -PowerShell ..module_utils._A",
        "#AnsibleRequires -PowerShell ._A",
        "#AnsibleRequires -PowerShell ansible_collections.other.one.plugins.module_utils.Evil",
        "#AnsibleRequires -PowerShell Ansible.ModuleUtils.Legacy",
        "#AnsibleRequires -CSharpUtil Ansible.Process",
        "#AnsibleRequires -Wrapper",
        "#AnsibleRequires -Become",
        "#Requires -Module Ansible.ModuleUtils.Legacy",
        "#Requires -Modules Evil",
        "    #requires -module Evil",
        "# POWERSHELL_COMMON",
        "using module evil",
        "Using assembly evil.dll",
        f"#AnsibleRequires -PowerShell {OWN}._Missing",
        f"#AnsibleRequires -CSharpUtil {OWN}._A",
    ],
)
def test_imports(line, root):
    (problem,) = found(check_imports("sample.ps1", f"$a = 1\n{line}\n", root))
    assert problem.startswith("sample.ps1:2:")
    assert "none of the imports that are known" in problem or "is not there" in problem


@pytest.mark.parametrize(
    "line",
    [
        "Using System;",
        "using  System;",
        "using Ansible.Process;",
        "using ansible.process;",
        f"using {OWN}._Missing;",
        "using ansible_collections.other.one.plugins.module_utils.Evil;",
        "using static System.Math;",
        "//AssemblyReference -Name Evil.dll",
    ],
)
def test_imports_of_csharp(line, root):
    assert len(check_imports("sample.cs", f"{line}\n", root)) == 1


def test_known_imports(root):
    lines = ["#AnsibleRequires -CSharpUtil Ansible.Basic", f"#AnsibleRequires -PowerShell {OWN}._A", "# this needs _A"]
    assert check_imports("sample.ps1", "\n".join(lines), root) == []
    assert check_imports("sample.cs", f"using System.IO;\nusing {OWN}._D;\n", root) == []


# --- $spec ------------------------------------------------------------------------------------------------------------

SPEC = (
    "$spec = @{ options = @{ a = @{ type = 'list'; default = @('x', 'y') }; b = @{ required = $true } }; "
    "supports_check_mode = $true }"
)
SIDECAR = {
    "DOCUMENTATION": {
        "options": {"a": {"type": "list", "default": ["x", "y"], "description": "A."}, "b": {"required": True}},
        "attributes": {"check_mode": {"support": "full"}},
    }
}


def module(text: str) -> str:
    return f"{text}\n$module = {CREATE}\n"


def test_specification():
    assert spec_of(source(module(SPEC)))["options"] == SIDECAR["DOCUMENTATION"]["options"] | {
        "a": {"type": "list", "default": ["x", "y"]}
    }
    assert check_spec(source(module(SPEC)), SIDECAR) == []


BAD = [
    module("$spec = Get-Spec"),
    module("$spec = @{ options = $options }"),
    module("$other = @{}"),
    module('$spec = @{ a = "$b" }'),
    module('$spec = @{ a = "x`n" }'),
    module("$spec = @{ a = 1; A = 2 }"),
    module("$spec += @{ a = 1 }"),
    module(f"{SPEC}\n$spec['options']['x'] = @{{ }}"),
    module(f"{SPEC}\n$spec.options.x = @{{ }}"),
    module(f"{SPEC}\n$Spec.Remove('options')"),
    module(f"{SPEC}\n${{script:spec}} = @{{ }}"),
    module(f"{SPEC}\n$spec = @{{ }}"),
    module(f"{SPEC}\n$other = $spec"),
    module(f"if ($true) {{\n{SPEC}\n}}"),
    SPEC,
    f"{SPEC}\n[Ansible.Basic.AnsibleModule]::Create($args, $spec, $fragments)\n",
    f"{SPEC}\n[Ansible.Basic.AnsibleModule]::Create($args, $other)\n",
    f"{SPEC}\n{CREATE.replace('Ansible', 'Other', 1)}\n",
    f"{SPEC}\nfunction Get-It {{\n{CREATE}\n}}\n",
    f"$module = {CREATE}\n{SPEC}\n",
]


@pytest.mark.parametrize("bad", BAD)
def test_specification_that_only_running_would_tell(bad, tmp_path, capsys):
    with pytest.raises(NotConstantError):
        spec_of(source(bad))
    assert len(check_spec(source(bad), SIDECAR)) == 1
    # what ansible-test asks is as strict
    (tmp_path / "sample.ps1").write_text(bad)
    manifest = f'{{"module_path": "{tmp_path / "sample.ps1"}"}}'
    assert pwsh_spec.main(["ps_argspec.ps1", manifest]) == 1
    (tmp_path / "sample.ps1").write_text(module(SPEC))
    assert pwsh_spec.main(["ps_argspec.ps1", manifest]) == 0
    assert pwsh_spec.main(["ps_argspec.ps1", manifest, "more"]) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type = 'list'", "type = 'str'", "a: type is 'str', the documentation says 'list'"),
        ("@('x', 'y')", "@('x')", "a: default is ['x']"),
        ("required = $true", "required = $false", "b: required is False"),
        ("required = $true", "required = $true; no_log = $true", "b: no_log is True"),
        ("required = $true", "required = $true; shiny = 1", "b: shiny is not known"),
        ("; b = @{ required = $true }", "", "b is only in the documentation"),
        ("b = @{", "c = @{ }; b = @{", "c is only in $spec"),
        ("b = @{", "b = @{ options = @{ d = @{ } };", "b.d is only in $spec"),
        ("supports_check_mode = $true", "supports_check_mode = $false", "supports_check_mode is False"),
        ("; supports_check_mode = $true", "", "supports_check_mode is None"),
        ("supports_check_mode", "mutually_exclusive = @(); supports_check_mode", "mutually_exclusive is not known"),
    ],
)
def test_specification_is_compared(old, new, message):
    assert old in SPEC
    (problem,) = found(check_spec(source(module(SPEC.replace(old, new))), SIDECAR))
    assert message in problem


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "part", "change", "message"),
    [
        ("dotnet_members", "members", {"effect": "wirtes"}, "'wirtes' is not one of"),
        ("commands", "commands", {"effect": "wirtes"}, "'wirtes' is not one of"),
        ("assigned", "targets", {"effect": "wirtes"}, "'wirtes' is not one of"),
        ("dynamic", "texts", {"effect": None}, "'effect' is a required property"),
        ("csharp", "members", {"effect": None}, "'effect' is a required property"),
        ("csharp", "natives", {"library": None}, "'library' is a required property"),
        ("programs", "programs", {"source": None}, "'source' is a required property"),
        ("dynamic", "texts", {"source": ""}, "should be non-empty"),
        ("assigned", "targets", {"source": None}, "'source' is a required property"),
        ("dotnet_types", "types", {"since": "4.8"}, ""),
        ("dotnet_types", "types", {"since": "7.0"}, "does not match"),
        ("dotnet_types", "types", {"since": "PowerShell 7.0"}, "does not match"),
        ("dotnet_types", "types", {"sinse": "1.1"}, "Additional properties are not allowed"),
        ("dotnet_members", "members", {"reads_as": [["*"]], "arguments": [1]}, "'writes' was expected"),
        ("dotnet_members", "members", {"arguments": []}, "should be non-empty"),
        ("programs", "programs", {"may_write": "no"}, "is not of type 'boolean'"),
    ],
)
def test_schema(name, part, change, message):
    content = copy.deepcopy(table(name))
    row = content[part][0] = {key: value for key, value in (content[part][0] | change).items() if value is not None}
    problems = found(check_schema(name, content, table("schemas")["schemas"][name]))
    if message:
        assert any(message in problem for problem in problems), problems
    else:
        assert row["name"] in found(check_versions(name, content))[0] and problems == []


def test_a_row_that_is_there_twice():
    content = copy.deepcopy(table("commands"))
    content["commands"].append(content["commands"][0])
    (problem,) = found(check_schema("commands", content, table("schemas")["schemas"]["commands"]))
    assert f"{content['commands'][0]['name']} is there twice" in problem


def test_since_when_there_is_new():
    rows = {"members": [{"name": "A::new", "since": "1.1"}, {"name": "A", "since": "1.1", "syntax": "PowerShell 5.0"}]}
    assert len(check_versions("sample", rows)) == 2


SHIPPED = {"Get-It": {"from": "2012", "parameters": ["Name"]}, "Get-New": {"from": "2016", "parameters": ["Name"]}}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"name": "Get-It", "parameters": ["Name", "ErrorAction"]}, None),
        ({"name": "Get-It", "parameters": ["Name", "Later"]}, "Get-It -Later: not in the first Windows"),
        ({"name": "Get-New", "parameters": []}, "Get-New is there since 2016"),
        ({"name": "Get-Other", "parameters": []}, "Get-Other: not in windows_commands.yml"),
        ({"name": "Get-Role", "role": "WSUS", "source": "?view=windowsserver2012-ps", "parameters": []}, None),
        ({"name": "Get-Role", "role": "WSUS", "source": "?view=windowsserver2016-ps", "parameters": []}, "of a role"),
        ({"name": "Get-It", "role": "WSUS", "source": "?view=windowsserver2012-ps", "parameters": []}, "of a role"),
    ],
)
def test_what_windows_ships(row, message):
    problems = found(check_tables([row], SHIPPED))
    assert problems == [] if message is None else message in problems[0]


def test_rows_that_nothing_uses():
    used = [Use(1, "commands.commands", name, "") for name in index("commands.commands") if name != "Get-CimInstance"]
    used += [Use(1, "commands.commands.parameters", key, "") for key in index("commands.commands.parameters")][:-1]
    unused = [one for one in left_over(used) if one.startswith("commands.")]
    assert unused == [
        "commands.commands: Get-CimInstance",
        "commands.commands.parameters: ('Start-Sleep', 'Milliseconds')",
    ]


ALL_MISSING = """param([Foo.Bar()]$a)
${a}--
$file.Attributes['it''s "x"'] = $IsWindows
$b = $t::Make("a")
Get-Other -Name [Other.Type]::new(1)
$a.Other(1, 2) -shl 1
"""
CSHARP_MISSING = (
    'using Other;\n[Other] class A { [DllImport("x")] static extern void F(Other a); void G() { Other.H(1); } }'
)


def test_messages_have_rows_to_paste():
    one = source(ALL_MISSING)
    uses = [use for gate in (syntax, attributes, variables, dotnet) for use in gate.uses(one)]
    uses += [*commands.uses(one, {}), *csharp.uses(CSHARP_MISSING)]
    wanted = {use.rows: use for use in uses if missing(use) and use.rows in JUDGED}
    assert wanted.keys() == JUDGED.keys()
    known = {"since": "1.1", "effect": "reads"}
    for rows, use in wanted.items():
        name, part = rows.split(".")
        text = (missing(use) or "").split("once it is judged: ")[1]
        (row,) = yaml.safe_load(text)
        filled = {key: known.get(key, "x") if value == "?" else value for key, value in row.items()}
        empty = {one: [] for one in table("schemas")["schemas"][name]["required"]}
        assert check_schema(name, empty | {part: [filled]}, table("schemas")["schemas"][name]) == [], text
        assert key_of(filled) == use.key
