# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: C# no newer than C# 5, which is what Add-Type of Windows PowerShell 5.1 compiles, and only what is known.

The kinds of syntax are an allow-list: those of C# 5 (ECMA-334, 5th edition) that the programs use. A new one is judged
when it is met. Types, members, attributes and functions of Windows have rows in tables/csharp.yml; a member's row names
its type (``List.Add``), which is found by the declaration of what it is called on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter
import tree_sitter_c_sharp
from support.powershell import Source, child_of, line_of, text_of, unwrapped, walk
from tree_sitter import Node

from .csharp_names import Names, argument_count, constructed, member_of, type_text, types
from .problem import Problem, Use, as_row, index, not_permitted

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c_sharp.language()))

# fmt: off
KINDS = {
    "accessor_declaration", "accessor_list", "argument", "argument_list", "array_rank_specifier", "array_type",
    "assignment_expression", "attribute", "attribute_argument", "attribute_argument_list", "attribute_list",
    "base_list", "binary_expression", "block", "boolean_literal", "bracketed_argument_list", "break_statement",
    "cast_expression", "character_literal", "character_literal_content", "class_declaration", "comment",
    "compilation_unit", "conditional_expression", "constructor_declaration",
    "declaration_list", "element_access_expression", "escape_sequence", "expression_statement", "field_declaration",
    "for_statement", "generic_name", "identifier", "if_statement", "integer_literal", "invocation_expression",
    "local_declaration_statement", "member_access_expression", "method_declaration", "modifier",
    "namespace_declaration", "null_literal", "object_creation_expression", "parameter", "parameter_list",
    "parenthesized_expression", "predefined_type", "prefix_unary_expression", "property_declaration",
    "qualified_name", "return_statement",
    "string_literal", "string_literal_content", "throw_statement", "type_argument_list", "using_directive",
    "variable_declaration", "variable_declarator", "while_statement",
}
# fmt: on
MODIFIERS = {"const", "extern", "internal", "out", "override", "private", "public", "readonly", "sealed", "static"}
OPERATORS = {"+", "-", "*", "==", "!=", "<", ">", "<=", ">=", "<<", ">>", "|", "&", "||", "&&", "=", "+="}
PREFIXES = {"!"}
ESCAPE = re.compile(r"\\(['\"\\0abfnrtv]|u[0-9A-Fa-f]{4})")
NUMBER = re.compile(r"(0x[0-9A-Fa-f]+|[0-9]+)[uUlL]*")
# What a function of Windows is imported with: never EntryPoint, by which it would be another one.
IMPORT_ARGUMENTS = {"CharSet = CharSet.Unicode", "ExactSpelling = true"}
# What it may be imported with as well: whether its error is kept for Marshal.GetLastWin32Error.
KEEPS_ERROR = "SetLastError = true"


def _syntax(node: Node) -> str | None:
    """Why this piece of syntax is newer than C# 5, or not known to be."""
    text, tokens = text_of(node), {child.type for child in node.children if not child.is_named}
    if node.type == "ERROR" or node.is_missing:
        return f"no C# that the grammar knows: {text[:60]!r}"
    if node.is_named and node.type not in KINDS:
        return f"{node.type} is not known to be C# 5: {text[:60]!r}"
    if node.type == "modifier" and text not in MODIFIERS:
        return f"the modifier {text} is not known to be C# 5"
    if node.type == "class_declaration" and child_of(node, "parameter_list") is not None:
        return "a class with parameters is C# 12; write a constructor"
    if node.type == "property_declaration" and (child_of(node, "accessor_list") is None or "=" in tokens):
        return f"a property with an expression or a value is C# 6: {text[:60]!r}"
    if node.type == "accessor_declaration" and (child_of(node, "block") is None or not tokens <= {"get", "set"}):
        return f"{text[:60]!r}: write the body of get or set"
    if node.type == "integer_literal" and not NUMBER.fullmatch(text):
        return f"{text} is a number of C# 7"
    if node.type == "escape_sequence" and not ESCAPE.fullmatch(text):
        return f"{text} is not known to be an escape of C# 5"
    if node.type == "assignment_expression" and "??=" in tokens:
        return "??= is C# 8"
    if node.type in {"assignment_expression", "binary_expression"} and not tokens <= OPERATORS:
        return f"the operator in {text[:60]!r} is not known to be C# 5"
    if node.type == "prefix_unary_expression" and not tokens <= PREFIXES:
        return f"the operator in {text[:60]!r} is not known to be C# 5"
    if node.type == "argument" and not tokens <= {"out"}:
        return f"{text[:60]!r} is no argument of C# 5"
    if node.type == "local_declaration_statement" and "using" in tokens:
        return "a using declaration is C# 8; write a using statement"
    return None


def uses(text: str) -> Iterator[Use]:
    """What needs a row in csharp.yml."""
    tree = _PARSER.parse(text.encode()).root_node
    names = Names(tree)
    for node in walk(tree):
        line = line_of(node)
        if node.type == "using_directive":
            name = text_of(node).removeprefix("using").strip(" ;")
            yield Use(line, "csharp.namespaces", name, as_row(name=name, source="?"))
        elif node.type == "attribute":
            name = text_of(node.named_children[0])
            yield Use(line, "csharp.attributes", name, as_row(name=name, since="?", source="?"))
        elif node.type == "method_declaration" and "extern" in map(text_of, node.children):
            name = text_of(node.child_by_field_name("name") or node)
            yield Use(line, "csharp.natives", name, as_row(name=name, library="?", effect="?", source="?"))
        key = member_of(node, names) or constructed(node, names)
        if key is not None:
            count = argument_count(node)
            fields = {} if count is None else {"arguments": [count]}
            yield Use(line, "csharp.members", key, as_row(name=key, since="?", effect="?", **fields, source="?"))
            if count is not None and "arguments" in index("csharp.members").get(key, {}):
                yield Use(line, "csharp.members.arguments", (key, count), str(count))
    for node in [*types(tree), *filter(names.foreign, walk(tree))]:
        name = type_text(node)
        if name not in names.classes:
            yield Use(line_of(node), "csharp.types", name, as_row(name=name, since="?", source="?"))


def _native(node: Node) -> Iterator[str]:
    """A function of Windows: of its library, under its own name."""
    name = text_of(node.child_by_field_name("name") or node)
    row = index("csharp.natives").get(name)
    attributes = [one for one in walk(node) if one.type == "attribute"]
    if row is None:
        return
    if len(attributes) != 1 or text_of(attributes[0].named_children[0]) != "DllImport":
        yield f"{name} is declared extern without [DllImport(...)], or with more"
        return
    library, *others = [text_of(one) for one in walk(attributes[0]) if one.type == "attribute_argument"] or [""]
    if library != f'"{row["library"]}"' or set(others) - {KEEPS_ERROR} != IMPORT_ARGUMENTS:
        wanted = ", ".join([f'"{row["library"]}"', *sorted(IMPORT_ARGUMENTS)])
        yield f"{name}: wanted is exactly [DllImport({wanted})], with or without {KEEPS_ERROR}"


def _problems(text: str) -> Iterator[tuple[int, str]]:
    tree = _PARSER.parse(text.encode()).root_node
    names = Names(tree)
    known = set(index("csharp.types"))
    for node in walk(tree):
        if (problem := _syntax(node)) or (problem := names.problem(node, known)):
            yield line_of(node), problem
        elif node.type == "method_declaration" and "extern" in map(text_of, node.children):
            yield from ((line_of(node), found) for found in _native(node))
        if node.type == "assignment_expression" and (member := member_of(node.children[0], names)):
            yield line_of(node), f"{member} is assigned to: only variables and members of the file's own types may be"
        key = member_of(node, names) or constructed(node, names)
        row = index("csharp.members").get(key) if key is not None else None
        if row is not None and (argument_count(node) is None) == ("arguments" in row):
            yield line_of(node), f"{key} is {'read' if 'arguments' in row else 'called'}, which its row does not permit"


def check_csharp(name: str, text: str) -> list[Problem]:
    return [Problem(name, line, found) for line, found in [*_problems(text), *not_permitted(uses(text))]]


# --- C# in PowerShell -------------------------------------------------------------------------------------------------


def _literal(node: Node | None) -> str | None:
    """The text of a string in which nothing is filled in."""
    literal = unwrapped(node) if node is not None else None
    if literal is None or literal.type != "string_literal":
        return None
    inner = literal.named_children[0]
    text = text_of(inner)
    if inner.type.startswith("expandable") and ("`" in text or inner.named_children):
        return None
    return text[2:-2].strip() if "here_string" in inner.type else text[1:-1].replace("''", "'")


def embedded(source: Source) -> Iterator[tuple[int, str | None]]:
    """The C# of each Add-Type, by line; None where only running the program would tell it."""
    for command in source.commands:
        if (command.name or "").lower() == "add-type":
            given = {argument.parameter: argument.value for argument in command.arguments}
            yield command.line, _literal(given["TypeDefinition"]) if set(given) == {"TypeDefinition"} else None


def check_embedded(source: Source) -> list[Problem]:
    found = []
    for line, text in embedded(source):
        if text is None:
            found.append(
                Problem(source.name, line, "Add-Type: wanted is -TypeDefinition with a literal, and nothing else")
            )
        else:
            found += check_csharp(f"{source.name} (C# at line {line})", text)
    return found
