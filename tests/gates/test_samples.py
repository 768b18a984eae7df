# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each gate for PowerShell closes on a small bad file, and lets its harmless neighbour pass."""

from __future__ import annotations

import pytest
from support.powershell import Source

from gates.attributes import check_attributes
from gates.commands import check_commands
from gates.effects import check_reads_only
from gates.functions import check_functions, own_functions
from gates.syntax import check_syntax
from gates.variables import check_variables

# A function with a parameter that it calls, and one without.
OWN = """function Get-Own {
    param([string]$Name = 'x', [string]$Other)
    $Name + $Other
}
function Invoke-Own {
    param([scriptblock]$Action)
    $Action
}
"""


def source(text: str, name: str = "sample.ps1") -> Source:
    return Source(name, text)


def found(problems: list) -> list[str]:
    return [str(problem) for problem in problems]


def refused(check, bad: str, message: str) -> None:
    problems = found(check(source(f"{OWN}{bad}\n")))
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith("sample.ps1:") for problem in problems)


def commands(one: Source) -> list:
    return check_commands(one, own_functions(one))


def reads_only(one: Source) -> list:
    return check_reads_only(one, own_functions(one))


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
        ("$a\n    | Get-Own", "a pipeline that goes on with |"),
        ("$a\n    <# why #>\n    | Get-Own", "a pipeline that goes on with |"),
        ("$a\n<# why #> | Get-Own", "a pipeline that goes on with |"),
        ('"`u{1F600}"', "`u{ is an escape of PowerShell 7"),
        ('"a``` e`e"', "`e is an escape of PowerShell 7"),
        ('@"\n`e\n"@', "`e is an escape of PowerShell 7"),
        ("$a = 'a'..'c'", "range_expression: no row in tables/syntax.yml"),
        ("$a -replace 'b', { 1 }", "-replace with a script block"),
        ("$a -creplace 'b', { 1 }", "-replace with a script block"),
        ("Get-Own &", "no PowerShell that the grammar knows"),
        ("trap { 1 }", "trap_statement: no row"),
        ("data { 'a' }", "data_statement: no row"),
        ("workflow Get-It { parallel { 1 } }", "parallel_statement: no row"),
        ("exit 1", "exit ends the process"),
        ("class A { [int]$B }", "class_statement: no row"),
        ("enum A { B }", "enum_statement: no row"),
        ("$list.ForEach({ 1 })", "invocation_foreach_expression: no row"),
        ("Get-Own -Name $a.b().c()", "no PowerShell that the grammar knows"),
        ("Get-Own -Name C:\\x", "write it in quotes"),
        ("Get-Own -Name a`e", "no PowerShell that the grammar knows"),
        ("$a = \u2018x\u2019", "not ASCII"),
        ("$a = 1 \u2013 1", "not ASCII"),
        ("$a -shl 2", "-shl: no row in tables/syntax.yml, operators"),
        ("$a.Contains(7 % 2)", "%: no row in tables/syntax.yml, operators"),
    ],
)
def test_syntax(bad, message):
    refused(check_syntax, bad, message)


@pytest.mark.parametrize("bad", ["using namespace System.IO", "using module evil", "using assembly evil.dll"])
def test_using(bad):
    assert any("using_statement: no row" in problem for problem in found(check_syntax(source(bad))))


@pytest.mark.parametrize(
    "good",
    [
        "$a = if ($null -eq $b) { 1 } else { $b }",
        "$a = 10L",
        "$a = 0x7fffffff",
        "$a = 64kb",
        "'$a ?? $b && c'",
        "# $a ?? 1",
        '$a = "``e `n"',
        "$a -creplace 'b', 'c'",
    ],
)
def test_syntax_of_5(good):
    assert check_syntax(source(good)) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("param([ValidateNotNullOrWhiteSpace()]$a)", "ValidateNotNullOrWhiteSpace: no row in tables/attributes.yml"),
        ("param([ValidateSet('a', ErrorMessage = 'x')]$a)", "ValidateSet: ErrorMessage: the row"),
        ("[Foo.Bar()]param($a)", "Foo.Bar: no row"),
        ("param([Parameter(DontShow)]$a)", "Parameter: DontShow: the row"),
        ("param([AllowNull('a')]$a)", "[AllowNull] takes no value without a name"),
        ("param([ArgumentCompleter({ 1 })]$a)", "ArgumentCompleter: no row"),
    ],
)
def test_attributes(bad, message):
    problems = found(check_attributes(source(bad)))
    assert any(message in problem for problem in problems), problems


def test_attributes_of_5():
    good = "[CmdletBinding()]\nparam(\n[Parameter(Mandatory = $true)]\n[ValidateSet('a', 'b')]\n[string]$a)\n"
    assert check_attributes(source(good)) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("gci C:\\", "gci: no row in tables/commands.yml"),
        ("$a | ? { $_ }", "?: no row"),
        ("$a | % { $_ }", "%: no row"),
        (
            "Get-Clipboard",
            'Get-Clipboard: no row in tables/commands.yml, commands; once it is judged: - {name: "Get-Clipboard"',
        ),
        ("Set-ItemProperty -Path x -Name y -Value 1", "Set-ItemProperty: no row"),
        ("Invoke-CimMethod -ClassName Win32_Process -MethodName Terminate", "its row permits only"),
        ("New-Object -TypeName x", "New-Object: no row"),
        ("Invoke-Expression $a", "Invoke-Expression: no row"),
        ("netsh winhttp show proxy", "netsh: no row"),
        ("reg.exe add HKLM\\x", "reg.exe: no row"),
        ("& $command", "a call of what only running it would tell"),
        (". $path", "a call of what only running it would tell"),
        ("& 'C:\\x.exe' /a", "a call of what only running it would tell"),
        ("Get-CimInstance -Class Win32_Process", "write ClassName in full"),
        ("Get-CimInstance -Shiny 1", "-Shiny is neither in its row"),
        ("Get-CimInstance -ClassName x -OutVariable env:X", "-OutVariable is neither"),
        ("Get-Own -Nam x", "write Name in full"),
        ("Get-Own -ErrorVariable env:X", "-ErrorVariable is neither"),
        ("Get-Own x", "a value without its parameter's name"),
        ("Get-Own -Name x > C:\\out.txt", "a redirection may write a file"),
        ("Get-Own -Name x 2>> C:\\out.txt", "a redirection may write a file"),
        ("Import-Module -Name C:\\evil.psm1", "its row permits only ['UpdateServices']"),
        ("Import-Module -Name $module", "its row permits only ['UpdateServices']"),
        ("Import-Module evil", "its row permits only ['UpdateServices']"),
        ("$a = @{ Name = 'evil' }\nImport-Module @a", "its row permits only ['UpdateServices']"),
        ("$a | Sort-Object -Property { Get-Own }", "its row permits only ['StartTime']"),
        ("$a | Sort-Object -Property $block", "its row permits only ['StartTime']"),
        ("Invoke-Own -Action $block", "Invoke-Own -Action $block: no row in tables/dynamic.yml"),
        ("Invoke-Own -Action ([scriptblock]::Create('x'))", "no row in tables/dynamic.yml"),
        ("$a = @{ Action = $block }\nInvoke-Own @a", "runs what it gets: no splatting"),
        ("function Get-It {\nparam($Action)\n& $Action\n}", "a call of what only running it would tell"),
        ("function Get-It {\nparam([scriptblock]$Action)\n. $Action\n}", "a call of what only running it would tell"),
        # splatted
        ("$a = @{ MethodName = 'x' }\nGet-CimInstance @a", "-MethodName is neither"),
        ("$a = @{}\n$a['Query'] = 'x'\nGet-CimInstance @a", "-Query is neither"),
        ("$a = @{}\n$a[$b] = 'x'\nGet-CimInstance @a", "more than one literal hash table"),
        ("$a = @{}\n$a.Add('Query', 1)\nGet-CimInstance @a", "more than one literal hash table"),
        ("$a = @{ $b = 1 }\nGet-CimInstance @a", "more than one literal hash table"),
        ("$a = Get-Own\nGet-CimInstance @a", "more than one literal hash table"),
        ("$a = @{}\n$a = $b\nGet-CimInstance @a", "more than one literal hash table"),
        ("$a = @{}\n$c = $a\nGet-CimInstance @a", "more than one literal hash table"),
        ("Get-CimInstance @a", "more than one literal hash table"),
        ("Get-CimInstance @a.b", "more than one literal hash table"),
    ],
)
def test_commands(bad, message):
    refused(commands, bad, message)


@pytest.mark.parametrize(
    "good",
    [
        "Get-Own -Name x",
        "Get-Own -Name:x -ErrorAction Stop",
        "Get-Own -Other x",
        "Get-CimInstance -ClassName x",
        "Invoke-Own -Action { Get-Own }",
        "$a = @{ ClassName = 'x' }\nif ($b) {\n$a['Filter'] = 'y'\n}\nGet-CimInstance @a",
        "Import-Module -Name UpdateServices",
    ],
)
def test_commands_of_2012(good):
    assert commands(source(f"{OWN}{good}\n")) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("function gci {\n1\n}", "wanted is Verb-Noun"),
        ("function env:X {\n1\n}", "wanted is Verb-Noun"),
        ("function global:Get-Foo {\n1\n}", "wanted is Verb-Noun"),
        ("filter Get-Foo {\n1\n}", "only functions are known"),
        ("workflow Get-Foo {\n1\n}", "only functions are known"),
        ("function Get-CimInstance {\n1\n}", "takes the place of a command"),
        ("function get-own {\n1\n}", "wanted is Verb-Noun"),
        ("function Get-OWN {\n1\n}", "is there twice"),
    ],
)
def test_functions(bad, message):
    refused(check_functions, bad, message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Export-ModuleMember -Function *", "* is no function of this module"),
        ("Export-ModuleMember -Function Get-Other", "Get-Other is no function of this module"),
        ("Export-ModuleMember -Function Get-Own -Variable x", "a module has one Export-ModuleMember"),
        ("Export-ModuleMember -Function $all", "$all is no function"),
        ("Export-ModuleMember -Function @('Get-Own', 'Get-Other')", "Get-Other is no function of this module"),
        ("Export-ModuleMember -Function @('Get-Own', $other)", "@('Get-Own', $other) is no function"),
        ("Export-ModuleMember -Function @(Get-Own)", "@(Get-Own) is no function"),
        ("", "a module has one Export-ModuleMember"),
    ],
)
def test_exports(line, message):
    problems = found(check_functions(source(f"{OWN}{line}\n", "sample.psm1")))
    assert len(problems) == 1 and message in problems[0]


@pytest.mark.parametrize("names", ["Get-Own", "@('Get-Own')"])
def test_only_exported_functions_of_what_is_imported_may_be_called(names):
    module = source(f"{OWN}Export-ModuleMember -Function {names}\n", "module.psm1")
    assert check_functions(module) == []
    program = source("Get-Own -Name x\nInvoke-Own -Action { 1 }\n")
    (problem,) = found(check_commands(program, own_functions(program, [module])))
    assert "Invoke-Own: no row" in problem
    assert len(check_commands(program, own_functions(program))) == 2


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("${C:\\x}++", "${C:\\x}: a name that may be a provider's"),
        ("$env:X++", "through the provider env"),
        ("$a, ${C:\\x} = 1, 2", "a name that may be a provider's"),
        ("$a, $env:X = 1, 2", "through the provider env"),
        ("foreach (${C:\\x} in 1) { }", "a name that may be a provider's"),
        ("foreach ($env:X in 1) { }", "through the provider env"),
        ("($env:X) = 1", "through the provider env"),
        ("$env:PATH = 'x'", "through the provider env"),
        ("${env:PATH} = 'x'", "through the provider env"),
        ("$a = $ENV:PATH", "through the provider ENV"),
        ('$a = "x$($env:PATH)$env:X"', "through the provider env"),
        ("$function:prompt = { }", "through the provider function"),
        ("$global:x = 1", "through the provider global"),
        ("$file.Attributes++", "$file.Attributes: no row in tables/assigned.yml"),
        ("++$x.Count", "$x.Count: no row in tables/assigned.yml"),
        ("$x.Count--", "$x.Count: no row in tables/assigned.yml"),
        ("($file.Attributes) = 1", "$file.Attributes: no row in tables/assigned.yml"),
        (
            "$file.Attributes = 'Hidden'",
            "sample.ps1: $file.Attributes: no row in tables/assigned.yml, targets; once it is",
        ),
        ("[int]$file.Attributes = 1", "$file.Attributes: no row"),
        ("$a, $file.Attributes = 1, 2", "$file.Attributes: no row"),
        ("$configuration.MUUrl = 'x'", "$configuration.MUUrl: no row"),
        ("$other.changed = 1", "$other.changed: no row"),
        ("$acl.Access['x'] = 1", "$acl.Access['x']: no row"),
        ("$file.($name) = 1", "no row"),
        ("[System.Net.ServicePointManager]::SecurityProtocol = 1", "SecurityProtocol: no row"),
        ("(Get-Own).Length = 1", "no row in tables/assigned.yml"),
        ("(Get-Own)[0] = 1", "no row in tables/assigned.yml"),
        ("$IsWindows", "iswindows: no row in tables/variables.yml"),
        ("$islinux", "islinux: no row"),
        ("$IsMacOS", "ismacos: no row"),
        ("${IsCoreCLR}", "iscoreclr: no row"),
        ("$PSStyle.Reset", "psstyle: no row"),
        ("$EnabledExperimentalFeatures", "enabledexperimentalfeatures: no row"),
        ("$IsWindows = $true", "PowerShell's own"),
        ("$ExecutionContext.InvokeCommand", "executioncontext: no row"),
        ("$PSDefaultParameterValues['*:Encoding'] = 1", "psdefaultparametervalues: no row"),
        ("$PSDefaultParameterValues = @{ }", "PowerShell's own"),
        ("$script:PSDefaultParameterValues = @{ }", "PowerShell's own"),
        ("$undeclared", "undeclared: no row"),
    ],
)
def test_variables(bad, message):
    refused(check_variables, bad, message)


@pytest.mark.parametrize(
    "good",
    [
        "$script:cache = 1\n$cache",
        "$x = @{}\n$x['Filter'] = 1\n$x['a']['b'] += 1",
        "[string]$y = 'z'.Length",
        "$a = 1\n$a++\n$a, $b = 1, $a",
        "foreach ($one in 1, 2) { $one }",
        "$null = 1",
    ],
)
def test_variables_of_its_own(good):
    assert check_variables(source(f"{OWN}{good}\n")) == []
