# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate for C# closes on a small bad file, and lets its harmless neighbour pass."""

from __future__ import annotations

import pytest

from gates.csharp import check_csharp, check_embedded, embedded
from gates.effects import check_csharp_reads_only

from .test_samples import found, source

NATIVE = "class A { [DllImport(%s)] public static extern int %s(int a); }"
EXACT = "CharSet = CharSet.Unicode, ExactSpelling = true"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("class A { int B => 1; }", "arrow_expression_clause"),
        ("class A { int B => 1; }", "a property with an expression or a value is C# 6"),
        ('class A { string B = $"x"; }', "interpolated_string_expression"),
        ("class A { int B { get; } = 1; }", "a property with an expression or a value is C# 6"),
        ("class A { int B { get; set; } }", "'get;': write the body of get or set"),
        ("class A { int B { get => 1; } }", "'get => 1;': write the body of get or set"),
        ("class A { int B { init { } } }", "'init { }': write the body of get or set"),
        ("class A { HttpClient B { get { return C; } } private HttpClient C; }", "HttpClient: no row"),
        ("class A { void F() { a?.B(); } }", "conditional_access_expression"),
        ("class A { string B = nameof(A); }", "nameof: no method of this file"),
        ("class A { void F() { G(out int x); } }", "declaration_expression"),
        ("class A { void F() { if (a is int b) return; } }", "is_pattern_expression"),
        ("class A { void F() { try { } catch (E e) when (x) { } } }", "catch_filter_clause"),
        ("using static System.Math;", "static System.Math: no row in tables/csharp.yml, namespaces"),
        ("using System.Text.Json;", "System.Text.Json: no row"),
        ("using X = System.IO.File;", "X = System.IO.File: no row"),
        ("class A { (int, int) B; }", "tuple_type"),
        ("class A { void F() { int G() { return 1; } } }", "local_function_statement"),
        ("class A { int B = 1_000; }", "a number of C# 7"),
        ("class A { int B = 0b1; }", "a number of C# 7"),
        ("class A { void F() { x ??= y; } }", "??= is C# 8"),
        ("class A { void F() { using A x = y; } }", "a using declaration is C# 8"),
        ("class A { void F() { var x = y; } }", "implicit_type"),
        ("namespace A;", "file_scoped_namespace_declaration"),
        ("class A { void F(List<int> a) { a.Clear(); } }", "List.Clear: no row in tables/csharp.yml, members"),
        ("class A { void F() { throw new IOException(); } }", "IOException.new: no row"),
        ("class A { protected int B; }", "the modifier protected"),
        ("class A {", "no C# that the grammar knows"),
        ("class A(int b) { }", "a class with parameters is C# 12"),
        ("class A { int F(int a) { return a >>> 2; } }", "the operator in 'a >>> 2'"),
        ("class A { void F(int a) { a >>>= 2; } }", "the operator in 'a >>>= 2'"),
        ("class A { int F(int a) { return G(^1); } int G(int a) { return a; } }", "the operator in '^1'"),
        ("class A { int F(int a) { return ~a; } }", "the operator in '~a'"),
        ("class A { void F(int a) { ++a; } }", "the operator in '++a'"),
        ('class A { string B = "\\e"; }', "\\e is not known to be an escape"),
        ("class A { char B = '\\e'; }", "\\e is not known to be an escape"),
        ("class A { void F(int a) { G(in a); } void G(int a) { } }", "'in a' is no argument of C# 5"),
        ('class A { string B = """a"""; }', "raw_string_literal"),
        # types, wherever one stands
        ("class A { nint B; }", "nint: no row in tables/csharp.yml, types"),
        ("class A { dynamic B; }", "dynamic: no row"),
        ("class A { Span<byte> B; }", "Span: no row"),
        ("class A { System.Text.Json.JsonElement B; }", "write a using directive and the name alone"),
        ("class A { void F(HttpClient a) { } }", "HttpClient: no row"),
        ("class A { void F() { HttpClient a; } }", "HttpClient: no row"),
        ("class A { HttpClient F() { } }", "HttpClient: no row"),
        ("class A { List<HttpClient> B; }", "HttpClient: no row"),
        ("class A { HttpClient[] B; }", "HttpClient: no row"),
        ("class A { int F(int a) { return (HttpClient)a; } }", "HttpClient: no row"),
        ("class A : HttpClient { }", "HttpClient: no row"),
        ("class A { int? B; }", "nullable_type"),
        ("[Obsolete] class A { }", "Obsolete: no row in tables/csharp.yml, attributes"),
        ("class List { }", "List is the name of a type in csharp.yml"),
        # members, whoever else has one of this name
        ("class A { void Delete() { } void F(string x) { File.Delete(x); } }", "File.Delete: no row"),
        ("class A { void F(string Delete) { File.Delete(Delete); } }", "File.Delete: no row"),
        ("class A { void F(string File) { File.Delete(); } }", "string.Delete: no row"),
        ("class A { void F(string x) { System.IO.File.Delete(x); } }", "of a type that is not declared here"),
        ("class A { void F(string x) { global::System.IO.File.Delete(x); } }", "of a type that is not declared here"),
        ("class A { int F(string x) { return G().Length; } string G() { } }", "of a type that is not declared here"),
        ("class A { void F(string a) { } void G(long a) { a.Trim(); } }", "of a type that is not declared here"),
        ("class A { void F(string a) { Delete(a); } }", "Delete: no method of this file"),
        ("class A { string F(StringBuilder a) { return a.ToString(1, 2); } }", "StringBuilder.ToString: 2: the row"),
        ("class A { void F(StringBuilder a) { G(a.ToString); } void G(int b) { } }", "StringBuilder.ToString is read"),
        ("class A { void F(StringBuilder a) { a.Length = 0; } }", "StringBuilder.Length is assigned to"),
        # functions of Windows
        (
            NATIVE % (f'"advapi32.dll", {EXACT}', "RegSetValueExW"),
            "RegSetValueExW: no row in tables/csharp.yml, natives",
        ),
        (NATIVE % (f'"advapi32.dll", EntryPoint = "RegSetValueExW", {EXACT}', "RegQueryInfoKeyW"), "wanted is exactly"),
        (NATIVE % (f'"evil.dll", {EXACT}', "RegQueryInfoKeyW"), 'wanted is exactly [DllImport("advapi32.dll", CharSet'),
        (NATIVE % (f"Library, {EXACT}", "RegQueryInfoKeyW"), "wanted is exactly"),
        (NATIVE % ('"advapi32.dll"', "RegQueryInfoKeyW"), "wanted is exactly"),
        (NATIVE % ('"advapi32.dll", SetLastError = true', "RegQueryInfoKeyW"), "wanted is exactly"),
        (NATIVE % (f'"advapi32.dll", {EXACT}, SetLastError = false', "RegQueryInfoKeyW"), "wanted is exactly"),
        ("class A { public static extern int RegQueryInfoKeyW(int a); }", "extern without [DllImport(...)]"),
    ],
)
def test_csharp(bad, message):
    problems = found(check_csharp("sample.cs", f"\n{bad}\n"))
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith("sample.cs:") for problem in problems)


@pytest.mark.parametrize(
    "good",
    [
        "using System;\nclass A { int F(int a) { if (a == 0) throw G(); return a; } Win32Exception G() { return H; } "
        "private Win32Exception H; }",
        "class A { void F() { this.G(); G(); new A().G(); A.H(); } void G() { } static void H() { } }",
        "class A { int F(B b) { return b.C; } } class B { public int C; }",
        NATIVE % (f'"advapi32.dll", {EXACT}', "RegQueryInfoKeyW"),
        NATIVE % (f'"advapi32.dll", {EXACT}, SetLastError = true', "RegQueryInfoKeyW"),
        "class A { bool F(bool a) { return !a; } }",
        "class A : B { public override int C { get { return 1; } set { throw D; } } private Win32Exception D; } "
        "class B { }",
    ],
)
def test_csharp_of_5(good):
    assert check_csharp("sample.cs", good) == []


def test_csharp_that_writes_is_refused_to_what_may_only_read():
    writes = NATIVE % (f'"kernel32.dll", {EXACT}', "CreateDirectoryW")
    (problem,) = found(check_csharp_reads_only("sample.cs", writes))
    assert problem == "sample.cs:1: CreateDirectoryW writes, and this program may only read"
    assert check_csharp("sample.cs", writes) == []
    assert check_csharp_reads_only("sample.cs", NATIVE % (f'"advapi32.dll", {EXACT}', "RegQueryInfoKeyW")) == []


@pytest.mark.parametrize(
    "program",
    [
        "Add-Type -TypeDefinition @'\nclass A { int B => 1; }\n'@",
        'Add-Type -TypeDefinition @"\nclass A { int B => 1; }\n"@',
        "Add-Type -TypeDefinition 'class A { int B => 1; }'",
        'Add-Type -TypeDefinition "class A { int B => 1; }"',
        "add-type -TypeDefinition ('class A { int B => 1; }')",
    ],
)
def test_csharp_in_a_program_is_judged(program):
    ((line, text),) = embedded(source(program))
    assert line == 1 and text == "class A { int B => 1; }"
    assert any(
        "(C# at line 1)" in problem and "arrow_expression" in problem
        for problem in found(check_embedded(source(program)))
    )


@pytest.mark.parametrize(
    "program",
    [
        "Add-Type -TypeDefinition $text",
        "Add-Type -TypeDefinition (Get-Own)",
        'Add-Type -TypeDefinition "class $name { }"',
        'Add-Type -TypeDefinition @"\nclass $name { }\n"@',
        "Add-Type -TypeDefinition ('class A' + ' { }')",
        "Add-Type -TypeDefinition 'class A { }' -ReferencedAssemblies evil",
        "Add-Type -MemberDefinition 'int a;'",
        "Add-Type -Path evil.dll",
        "Add-Type 'class A { }'",
        "Add-Type @splat",
    ],
)
def test_csharp_that_only_running_would_tell(program):
    (problem,) = found(check_embedded(source(program)))
    assert "wanted is -TypeDefinition with a literal" in problem


def test_text_that_is_not_compiled_is_no_csharp():
    assert list(embedded(source("$text = @'\nclass A { }\n'@\n"))) == []
