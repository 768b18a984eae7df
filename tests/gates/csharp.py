# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: C# no newer than C# 5, which is what Add-Type of Windows PowerShell 5.1 compiles, and only what is known.

The kinds of syntax are an allow-list: those of C# 5 (ECMA-334, 5th edition) that the programs use. A new one is judged
when it is met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter
import tree_sitter_c_sharp
from support.powershell import Source, line_of, text_of, walk
from tree_sitter import Node

from .problem import Problem, table

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c_sharp.language()))

# fmt: off
KINDS = {
    "argument", "argument_list", "array_rank_specifier", "array_type", "assignment_expression", "attribute",
    "attribute_argument", "attribute_argument_list", "attribute_list", "binary_expression", "block",
    "boolean_literal", "bracketed_argument_list", "cast_expression", "character_literal",
    "character_literal_content", "class_declaration", "comment", "compilation_unit", "constructor_declaration",
    "declaration_list", "element_access_expression", "escape_sequence", "expression_statement", "field_declaration",
    "for_statement", "generic_name", "identifier", "if_statement", "integer_literal", "invocation_expression",
    "local_declaration_statement", "member_access_expression", "method_declaration", "modifier",
    "namespace_declaration", "object_creation_expression", "parameter", "parameter_list",
    "parenthesized_expression", "predefined_type", "prefix_unary_expression", "qualified_name", "return_statement",
    "string_literal", "string_literal_content", "throw_statement", "type_argument_list", "using_directive",
    "variable_declaration", "variable_declarator", "while_statement",
}
# fmt: on
MODIFIERS = {"const", "extern", "internal", "out", "private", "public", "readonly", "sealed", "static"}


# Their names are the file's own.
DECLARATIONS = {"class_declaration", "method_declaration", "parameter", "variable_declarator"}


def _name(node: Node) -> str:
    """The last word of what is called, made or read: ``List`` of ``new List<int>()``, ``Add`` of ``a.B.Add(c)``."""
    fields = ("name", "function", "type")
    target = next(child for field in fields if (child := node.child_by_field_name(field)) is not None)
    return text_of(target).split("<")[0].split(".")[-1]


def _problems(text: str) -> Iterator[tuple[int, str]]:
    tree = _PARSER.parse(text.encode()).root_node
    namespaces = {row["name"] for row in table("csharp")["namespaces"]}
    members = {row["name"] for row in table("csharp")["members"]}
    natives = {row["name"] for row in table("csharp")["natives"]}
    own = {
        text_of(name)
        for node in walk(tree)
        if node.type in DECLARATIONS and (name := node.child_by_field_name("name")) is not None
    }
    for node in walk(tree):
        if node.type == "ERROR" or node.is_missing:
            yield line_of(node), f"no C# that the grammar knows: {text_of(node)[:60]!r}"
        elif node.is_named and node.type not in KINDS:
            yield line_of(node), f"{node.type} is not known to be C# 5: {text_of(node)[:60]!r}"
        elif node.type == "modifier" and text_of(node) not in MODIFIERS:
            yield line_of(node), f"the modifier {text_of(node)} is not known to be C# 5"
        elif node.type == "integer_literal" and not re.fullmatch(r"(0x[0-9A-Fa-f]+|[0-9]+)[uUlL]*", text_of(node)):
            yield line_of(node), f"{text_of(node)} is a number of C# 7"
        elif node.type == "assignment_expression" and any(child.type == "??=" for child in node.children):
            yield line_of(node), "??= is C# 8"
        elif node.type == "local_declaration_statement" and any(child.type == "using" for child in node.children):
            yield line_of(node), "a using declaration is C# 8; write a using statement"
        elif node.type == "method_declaration" and "extern" in text_of(node).split("(")[0].split():
            if _name(node) not in natives:
                yield line_of(node), f"{_name(node)} is a function of Windows that is not in csharp.yml"
        elif node.type == "using_directive":
            name = text_of(node).removeprefix("using").strip(" ;")
            if name not in namespaces:
                yield line_of(node), f"using {name}: not in csharp.yml"
        elif node.type in {"invocation_expression", "object_creation_expression", "member_access_expression"}:
            name = _name(node)
            if name and name not in members | own:
                yield line_of(node), f"{name} is not in csharp.yml: say since which .NET Framework it is there"


def check_csharp(name: str, text: str) -> list[Problem]:
    return [Problem(name, line, found) for line, found in _problems(text)]


def check_csharp_reads_only(name: str, text: str) -> list[Problem]:
    """For C# of a program that may only read: it declares no function of Windows that writes."""
    writers = {row["name"] for row in table("csharp")["natives"] if row["effect"] == "writes"}
    return [
        Problem(name, line_of(node), f"{_name(node)} writes, and this program may only read")
        for node in walk(_PARSER.parse(text.encode()).root_node)
        if node.type == "method_declaration" and _name(node) in writers
    ]


def embedded(source: Source) -> list[tuple[int, str]]:
    """C# in here-strings of a program that calls Add-Type: the line, and the text."""
    if not any(command.name == "Add-Type" for command in source.commands):
        return []
    kinds = ("verbatim_here_string_characters", "expandable_here_string_literal")
    return [(line_of(node), text_of(node)[2:-2].strip()) for node in source.nodes(*kinds)]
