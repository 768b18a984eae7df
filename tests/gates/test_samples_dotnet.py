# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates for .NET and for what writes close on a small bad file, and let its harmless neighbour pass."""

from __future__ import annotations

import pytest

from gates import effects
from gates.dotnet import check_dotnet

from .test_samples import found, reads_only, refused, source

OPEN = "[System.IO.FileMode]::Open"
READ = "[System.IO.FileAccess]::Read"
SHARE = "[System.IO.FileShare]'ReadWrite, Delete'"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            "[System.Text.Json.JsonSerializer]::Serialize(1)",
            "System.Text.Json.JsonSerializer: no row in tables/dotnet_types",
        ),
        (
            "[System.IO.File]::WriteAllText('a', 'b')",
            "System.IO.File::WriteAllText: no row in tables/dotnet_members.yml, statics",
        ),
        ("[System.IO.File]::AppendAllText('a', 'b')", "System.IO.File::AppendAllText: no row"),
        ("[System.IO.File]::Create('a')", "System.IO.File::Create: no row"),
        ("[System.IO.File]::Open('a', 'Create')", "System.IO.File::Open: no row"),
        ("[System.IO.File]::Copy('a', 'b')", "System.IO.File::Copy: no row"),
        ("[System.IO.File]::Replace('a', 'b', 'c', $true)", "System.IO.File::Replace: 4: the row"),
        ("[IO.File]::Exists('a')", "IO.File: no row in tables/dotnet_types.yml"),
        ("[System.IO.File]::Exists.Invoke('a')", "System.IO.File::Exists is a method"),
        ("Get-Own -Name [System.IO.File]::Create('x')", "System.IO.File::Create: no row"),
        ("[System.IO.FileInfo]::new('a').Create()", "Create: no row in tables/dotnet_members.yml, members"),
        ("[System.IO.FileInfo]::new('a').Open('Create')", "Open: no row"),
        ("[System.IO.FileInfo]::new('a').Replace('b', 'c')", "Replace: no row"),
        ("[System.IO.FileInfo]::new('a').CopyTo('b')", "CopyTo: no row"),
        ("[System.IO.DirectoryInfo]::new('a').Create()", "Create: no row"),
        ("$list.Sort()", "Sort: no row"),
        ("$key.SetValue('a', 1)", "SetValue: 2: the row"),
        ("$key.SetAccessControl($a)", "SetAccessControl: no row"),
        ("$key.DeleteSubKeyTree('a')", "DeleteSubKeyTree: no row"),
        ("$configuration.Save($true)", "Save: 1: the row"),
        ("$configuration.SetProxyPassword('a')", "SetProxyPassword: no row"),
        ("$block.Invoke()", "Invoke: no row"),
        ("$object.$name()", "a member that only running it would tell"),
        ("$object.$name", "a member that only running it would tell"),
        ("$object.'Save'()", "a member that only running it would tell"),
        # types of texts
        ("$m = [System.IO.FileMode]; $m::Create", "$m::Create: no row in tables/dynamic.yml"),
        ("$t = 'System.IO.FileInfo' -as [type]", "'System.IO.FileInfo' -as [type]: no row in tables/dynamic.yml"),
        ("$t = 'System.IO.FileInfo' -as 'type'", "no row in tables/dynamic.yml"),
        ("$t = $name -As [Type]", "no row in tables/dynamic.yml"),
        ("$t = [type]'System.IO.FileInfo'", "the row of type has no cast: true"),
        ("[type]$t = 'System.IO.FileInfo'", "the row of type has no cast: true"),
        ("function Get-It {\nparam([type]$T)\n$T\n}", "the row of type has no cast: true"),
        ("$a.GetType('System.IO.FileInfo')", "GetType: 1: the row"),
        ("$t::new('x')", "$t::new('x'): no row in tables/dynamic.yml"),
        ("$proxy::Delete()", "$proxy::Delete(): no row"),
        ("[scriptblock]::Create('x')", "scriptblock::Create: no row"),
        ("[System.IO.FileMode]'Create'", "the row of System.IO.FileMode has no cast: true"),
        ("[System.IO.FileAccess]2", "the row of System.IO.FileAccess has no cast: true"),
        ("[System.IO.FileMode]$m = 'Create'", "the row of System.IO.FileMode has no cast: true"),
        ("'Create' -as [System.IO.FileMode]", "the row of System.IO.FileMode has no cast: true"),
        ("[System.Xml.XmlReaderSettings]@{ DtdProcessing = 'Parse' }", "has no cast: true"),
        # overloads of newer .NET
        ("$a.Contains('a', [System.StringComparison]::OrdinalIgnoreCase)", "Contains: 2: the row"),
        ("$a.Replace('a', 'b', [System.StringComparison]::OrdinalIgnoreCase)", "Replace: no row"),
        ("$a.StartsWith([char]'x')", "StartsWith: 1: the row"),
        ("$a.TrimEnd()", "TrimEnd: 0: the row"),
        ('$a.Split("x")', "no such list of arguments in only"),
        ("[System.IO.Path]::Combine('a', 'b', 'c', 'd')", "System.IO.Path::Combine: 4: the row"),
        ("Get-Own -Name $a.Contains('a', $b)", "Contains: 2: the row"),
        ("$a.Length()", "Length is called, and its row has no arguments"),
        ("$a.Contains", "Contains is a method"),
        ("Get-Own -Name $a[0]('x')", "a call of what only running it would tell"),
        # lists of arguments that a row fixes
        ("[Microsoft.Win32.RegistryKey]::OpenBaseKey('Users', 'Registry64')", "no such list of arguments in only"),
        ("[System.Reflection.Assembly]::LoadWithPartialName('Evil')", "no such list of arguments in only"),
        ("[Ansible.Basic.AnsibleModule]::Create($args, $other)", "no such list of arguments in only"),
        ("[System.Diagnostics.Process]::Start('cmd.exe')", "no such list of arguments in only"),
        ("[System.Diagnostics.ProcessStartInfo]::new('cmd.exe', '/c')", "no such list of arguments in only"),
        ("[Convert]::ChangeType($a, $type, $null)", "no such list of arguments in only"),
    ],
)
def test_dotnet(bad, message):
    refused(check_dotnet, bad, message)


@pytest.mark.parametrize(
    "good",
    [
        "[System.IO.File]::Exists('a')",
        "$a = [int]'1'\n[string]$b = $a -as [int]",
        "Get-Own -Name $a.ToString() -Other $b.Contains('x')",
        "if ($a -is [type]) { 1 }",
    ],
)
def test_dotnet_of_4(good):
    assert check_dotnet(source(good)) == []


@pytest.mark.parametrize(
    "bad",
    [
        "$key.OpenSubKey('a', $true)",
        "$key.OpenSubKey('a', $writable)",
        "$key.OpenSubKey('a', [Microsoft.Win32.RegistryKeyPermissionCheck]::ReadWriteSubTree)",
        "$key.OpenSubKey",
        f"[System.IO.FileStream]::new($p, {OPEN})",
        "[System.IO.FileStream]::new($p, 'Create')",
        "[System.IO.FileStream]::new($p, 2)",
        "[System.IO.FileStream]::new($p, [System.IO.FileMode]'Create')",
        f"[System.IO.FileStream]::new($p, [System.IO.FileMode]::Create, {READ}, {SHARE})",
        f"[System.IO.FileStream]::new($p, {OPEN}, [System.IO.FileAccess]::ReadWrite, {SHARE})",
        f"[System.IO.FileStream]::new($p, {OPEN}, $access, {SHARE})",
        f"[System.IO.FileStream]::new($p, {OPEN}, {READ}, [System.IO.FileShare]'Read, Delete')",
        f"[System.IO.FileStream]::new($p, {OPEN}, {READ}, {SHARE}, 4096, 'DeleteOnClose')",
        f"Get-Own -Name [System.IO.FileStream]::new($p, {OPEN})",
        # what wsus_apply does
        "$m = [System.IO.FileMode]::Append",
        "$m = [System.IO.FileMode]::CreateNew",
        "$m = [System.IO.FileMode]::OpenOrCreate",
        "$a = [System.IO.FileAccess]::ReadWrite",
        "$a = [System.IO.FileAccess]::Write",
        "[System.IO.File]::Delete('a')",
        "Get-Own -Name [System.IO.File]::Delete('a')",
        "[System.IO.File]::Move('a', 'b')",
        "[System.IO.File]::Replace('a', 'b', 'c')",
        "[System.IO.File]::SetAttributes('a', 1)",
        "$stream.Write($bytes, 0, 1)",
        "$stream.Flush($true)",
        "$key.SetValue('a', 1, 'DWord')",
        "$key.DeleteValue('a', $false)",
        "$root.CreateSubKey('a')",
        "$root.DeleteSubKey('a', $false)",
        "$configuration.Save()",
        "$subscription.StartSynchronization()",
        "$subscription.StartSynchronizationForCategoryOnly()",
        "$server.ImportUpdateFromCatalogSite('a', $b)",
        "$controller.Start()",
        "$controller.Stop()",
        "$process.Kill()",
        "[System.Diagnostics.Process]::Start($start)",
        "[WsusCompliance.ProtectedFolder]::Make('a', 'b')",
    ],
)
def test_effects(bad):
    refused(reads_only, bad, "writes or may write")


def test_effects_of_commands():
    refused(reads_only, "Set-Acl -LiteralPath a -AclObject $b", "Set-Acl writes, and this program may only read")


@pytest.mark.parametrize(
    "good",
    [
        "$key.OpenSubKey('a')",
        f"[System.IO.FileStream]::new($p, {OPEN}, {READ}, {SHARE})",
        "[System.IO.File]::Exists(1)",
    ],
)
def test_effects_of_reading(good):
    assert reads_only(source(good)) == []


ROWS = {
    "commands.commands": {"Stop-Service": {"effect": "writes"}},
    "dotnet_members.members": {"SetValue": {"effect": "writes", "arguments": [2]}},
    "dotnet_members.statics": {"System.IO.File::Move": {"effect": "writes", "arguments": [2]}},
    "assigned.targets": {("sample.ps1", "$configuration.MUUrl"): {"effect": "writes"}},
    "dynamic.texts": {("sample.ps1", "$Proxy::Reset()"): {"effect": "writes"}},
    "csharp.members": {"File.Move": {"effect": "writes"}},
    "csharp.natives": {"RegSetValueExW": {"effect": "writes"}},
}


@pytest.mark.parametrize(
    "bad",
    [
        "Stop-Service -Name x",
        "$k.SetValue('a', 1)",
        "$a = $k.SetValue",
        "[System.IO.File]::Move('a', 'b')",
        "$configuration.MUUrl = 'x'",
        "$Proxy::Reset()",
    ],
)
def test_what_a_table_calls_writing_is_refused(bad, monkeypatch):
    monkeypatch.setattr(effects, "index", lambda rows: ROWS.get(rows, {}))
    (problem,) = found(reads_only(source(bad)))
    assert "this program may only read" in problem


@pytest.mark.parametrize(
    "bad",
    [
        "class A { void F() { File.Move(a, b); } }",
        'class A { [DllImport("advapi32.dll")] static extern int RegSetValueExW(int a); }',
    ],
)
def test_csharp_that_a_table_calls_writing_is_refused(bad, monkeypatch):
    monkeypatch.setattr(effects, "index", lambda rows: ROWS.get(rows, {}))
    (problem,) = found(effects.check_csharp_reads_only("sample.cs", bad))
    assert "this program may only read" in problem
