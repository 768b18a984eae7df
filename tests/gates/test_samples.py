# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each gate closes on a small bad file, and lets its harmless neighbour pass."""

from __future__ import annotations

import pytest
from support.powershell import NotConstantError, Source, spec_of

from gates.commands import check_commands, own_functions
from gates.csharp import check_csharp, check_csharp_reads_only, embedded
from gates.dotnet import check_dotnet
from gates.effects import check_reads_only
from gates.syntax import check_syntax


def source(text: str) -> Source:
    return Source("sample.psm1", text)


def found(problems: list) -> list[str]:
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("$a = $b ?? 1", "?? is of PowerShell 7"),
        ("$a ??= 1", "??= is of PowerShell 7"),
        ("$a = $b ? 1 : 2", "? : is of PowerShell 7"),
        ("a && b", "&& and || are"),
        ("a || b", "&& and || are"),
        ("$a?.Length", "no PowerShell that the grammar knows"),
        ("$a?[0]", "no PowerShell that the grammar knows"),
        ("${a}?.Length", "no PowerShell that the grammar knows"),
        ('"in a text: $($b ?? 1)"', "?? is of PowerShell 7"),
        ("function f { clean { 1 } }", "a clean block"),
        ("foreach -parallel ($a in $b) { 1 }", "foreach -parallel"),
        ("$a = 1y", "a suffix of numbers"),
        ("$a = 10uL", "a suffix of numbers"),
        ("if ($a) {", "no PowerShell that the grammar knows"),
        ("# " + "x" * 160, "162 characters in a line"),
    ],
)
def test_syntax(bad, message):
    problems = found(check_syntax(source(f"$ok = 1\n{bad}\n")))
    assert problems and all(problem.startswith("sample.psm1:") for problem in problems)
    assert message in problems[0]


@pytest.mark.parametrize(
    "good",
    [
        "$a = if ($null -eq $b) { 1 } else { $b }",
        "$a = 10L",
        "$a = 0x7fffffff",
        "$a = 64kb",
        "'$a ?? $b && c'",
        "# $a ?? 1",
    ],
)
def test_syntax_of_5(good):
    assert check_syntax(source(good)) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("class A { int B => 1; }", "arrow_expression_clause"),
        ('class A { string B = $"x"; }', "interpolated_string_expression"),
        ("class A { int B { get; } = 1; }", "property_declaration"),
        ("class A { void F() { a?.B(); } }", "conditional_access_expression"),
        ("class A { string B = nameof(A); }", "nameof is not in csharp.yml"),
        ("class A { void F() { G(out int x); } }", "declaration_expression"),
        ("class A { void F() { if (a is int b) return; } }", "is_pattern_expression"),
        ("class A { void F() { try { } catch (E e) when (x) { } } }", "catch_filter_clause"),
        ("using static System.Math;", "using static System.Math"),
        ("using System.Text.Json;", "using System.Text.Json: not in"),
        ("class A { (int, int) B; }", "tuple_type"),
        ("class A { void F() { int G() { return 1; } } }", "local_function_statement"),
        ("class A { int B = 1_000; }", "a number of C# 7"),
        ("class A { int B = 0b1; }", "a number of C# 7"),
        ("class A { void F() { x ??= y; } }", "??= is C# 8"),
        ("class A { void F() { using A x = y; } }", "a using declaration is C# 8"),
        ("class A { void F() { var x = y; } }", "implicit_type"),
        ("namespace A;", "file_scoped_namespace_declaration"),
        ("class A { void F() { a.Clear(); } }", "Clear is not in csharp.yml"),
        ("class A { void F() { throw new IOException(); } }", "IOException is not in csharp.yml"),
        ("class A { static extern int RegSetValueExW(int a); }", "RegSetValueExW is a function of Windows"),
        ("class A { protected int B; }", "the modifier protected"),
        ("class A {", "no C# that the grammar knows"),
    ],
)
def test_csharp(bad, message):
    problems = found(check_csharp("sample.cs", f"\n{bad}\n"))
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith("sample.cs:") for problem in problems)


def test_csharp_of_5():
    good = (
        "using System;\nclass A { int F(int a) { if (a == 0) throw Bad(); return a; } Exception Bad() { return bad; } }"
    )
    assert check_csharp("sample.cs", good) == []


def test_csharp_that_writes_is_refused_to_what_may_only_read():
    declares = "class A {{ public static extern bool {}(string a); }}"
    (problem,) = found(check_csharp_reads_only("sample.cs", declares.format("CreateDirectoryW")))
    assert problem == "sample.cs:1: CreateDirectoryW writes, and this program may only read"
    assert check_csharp_reads_only("sample.cs", declares.format("RegQueryInfoKeyW")) == []


def test_csharp_in_a_program_is_found():
    program = source("Add-Type -TypeDefinition @'\nclass A { int B => 1; }\n'@\n")
    ((line, text),) = embedded(program)
    assert line == 1 and found(check_csharp("x", text))
    assert embedded(source("$text = @'\nclass A { }\n'@\n")) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("gci C:\\", "gci is neither"),
        ("$a | ? { $_ }", "? is neither"),
        ("$a | % { $_ }", "% is neither"),
        ("Get-Clipboard", "Get-Clipboard is neither"),
        ("Set-ItemProperty -Path x -Name y -Value 1", "Set-ItemProperty is neither"),
        ("Invoke-Expression $a", "Invoke-Expression is neither"),
        ("netsh winhttp show proxy", "netsh is neither"),
        ("reg.exe add HKLM\\x", "reg.exe is neither"),
        ("& $command", "a call of what only running it would tell"),
        (". $path", "a call of what only running it would tell"),
        ("& 'C:\\x.exe' /a", "a call of what only running it would tell"),
        ("Get-CimInstance -Class Win32_Process", "write ClassName in full"),
        ("Get-CimInstance -Shiny 1", "-Shiny is not known"),
        ("Get-Own -Nam x", "write Name in full"),
        ("Get-Own -Name x > C:\\out.txt", "a redirection may write a file"),
        ("Get-Own -Name x 2>> C:\\out.txt", "a redirection may write a file"),
    ],
)
def test_commands(bad, message):
    sample = source(f"function Get-Own {{ param([string]$Name) $Name }}\n{bad}\n")
    problems = found(check_commands(sample, own_functions([sample])))
    assert any(message in problem and problem.startswith("sample.psm1:2:") for problem in problems), problems


@pytest.mark.parametrize(
    "good", ["Get-Own -Name x", "Get-Own -Name:x -ErrorAction Stop", "Get-CimInstance -ClassName x"]
)
def test_commands_of_2012(good):
    sample = source(f"function Get-Own {{ param([string]$Name) $Name }}\n{good}\n")
    assert check_commands(sample, own_functions([sample])) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("[System.Text.Json.JsonSerializer]::Serialize(1)", "[System.Text.Json.JsonSerializer] is not in"),
        ("[System.IO.File]::WriteAllText('a', 'b')", ".WriteAllText is not in"),
        ("[System.IO.File]::AppendAllText('a', 'b')", ".AppendAllText is not in"),
        ("$key.SetAccessControl($a)", ".SetAccessControl is not in"),
        ("$key.DeleteSubKeyTree('a')", ".DeleteSubKeyTree is not in"),
        ("$configuration.SetProxyPassword('a')", ".SetProxyPassword is not in"),
        ("$configuration.MUUrl = 'x'", "$configuration.MUUrl is assigned to"),
        ("$file.Attributes = 'Hidden'", "$file.Attributes is assigned to"),
        ("$object.$name()", "a member that only running it would tell"),
        ("$object.$name", "a member that only running it would tell"),
        ("$env:PATH = 'x'", "writes through the provider env"),
        ("${env:PATH} = 'x'", "writes through the provider env"),
        ("$function:prompt = { }", "writes through the provider function"),
    ],
)
def test_dotnet(bad, message):
    problems = found(check_dotnet(source(bad)))
    assert any(message in problem for problem in problems), problems


@pytest.mark.parametrize("good", ["$script:cache = 1", "$a = $env:PATH", "$x['Filter'] = 1", "[string]$y = 'z'.Length"])
def test_dotnet_of_its_own(good):
    assert check_dotnet(source(good)) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("$key.OpenSubKey('a', $true)", "may open the key for writing"),
        ("$key.OpenSubKey('a', $writable)", "may open the key for writing"),
        ("$m = [System.IO.FileMode]::Create", "FileMode]::Create may open"),
        ("$m = [System.IO.FileMode]::OpenOrCreate", "FileMode]::OpenOrCreate may open"),
        ("$a = [System.IO.FileAccess]::ReadWrite", "FileAccess]::ReadWrite may open"),
        ("$a = [System.IO.FileAccess]::Write", "FileAccess]::Write may open"),
        ("[System.IO.File]::Replace('a', 'b', 'c')", "IO.File]::Replace may open"),
        ("[System.IO.File]::Delete('a')", ".Delete writes"),
        ("[System.IO.File]::Move('a', 'b')", ".Move writes"),
        ("$stream.Write($bytes, 0, 1)", ".Write writes"),
        ("$key.SetValue('a', 1)", ".SetValue writes"),
        ("$key.DeleteValue('a', $false)", ".DeleteValue writes"),
        ("$root.CreateSubKey('a')", ".CreateSubKey writes"),
        ("$root.DeleteSubKey('a', $false)", ".DeleteSubKey writes"),
        ("$configuration.Save()", ".Save writes"),
        ("$subscription.StartSynchronization()", ".StartSynchronization writes"),
        ("$controller.Stop()", ".Stop writes"),
        ("[System.Diagnostics.Process]::Start($start)", ".Start writes"),
        ("[WsusCompliance.ProtectedFolder]::Make('a', 'b')", ".Make writes"),
        ("Set-Acl -LiteralPath a -AclObject $b", "Set-Acl writes"),
        ("$k.OpenSubKey('a', [Microsoft.Win32.RegistryKeyPermissionCheck]::ReadWriteSubTree)", "may open"),
    ],
)
def test_effects(bad, message):
    problems = found(check_reads_only(source(bad)))
    assert any(message in problem for problem in problems), problems


def test_what_a_table_calls_writing_is_refused(monkeypatch):
    rows = {
        "commands": {"commands": [{"name": "Stop-Service", "effect": "writes"}]},
        "dotnet_members": {"members": [{"name": "SetValue", "effect": "writes"}]},
    }
    monkeypatch.setattr("gates.effects.table", rows.__getitem__)
    problems = found(check_reads_only(source("Stop-Service -Name x\n$k.SetValue('a', 1)\n")))
    assert len(problems) == 2 and "Stop-Service writes" in problems[0] and ".SetValue writes" in problems[1]


@pytest.mark.parametrize(
    "good", ["$key.OpenSubKey('a')", "$key.OpenSubKey('a', $false)", "$m = [System.IO.FileMode]::Open"]
)
def test_effects_of_reading(good):
    assert check_reads_only(source(good)) == []


def test_specification():
    text = "$spec = @{ options = @{ a = @{ type = 'list'; default = @('x', 'y') }; b = @{ required = $true } } }"
    assert spec_of(source(text)) == {"options": {"a": {"type": "list", "default": ["x", "y"]}, "b": {"required": True}}}
    for bad in ("$spec = Get-Spec", "$spec = @{ options = $options }", "$other = @{}", '$spec = @{ a = "$b" }'):
        with pytest.raises(NotConstantError):
            spec_of(source(bad))
