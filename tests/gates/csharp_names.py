# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each name in a C# file is: a type, a member of which type, or the file's own."""

from __future__ import annotations

from collections.abc import Iterator

from support.powershell import child_of, text_of, walk
from tree_sitter import Node

DECLARATIONS = {
    "class_declaration",
    "constructor_declaration",
    "method_declaration",
    "parameter",
    "property_declaration",
    "variable_declarator",
}
TYPE_KINDS = {"identifier", "generic_name", "predefined_type", "array_type", "qualified_name", "nullable_type"}


def type_text(node: Node) -> str:
    """``List`` of ``List<int>``; an array and a predefined type as they are written."""
    return text_of(node.named_children[0]) if node.type == "generic_name" else text_of(node)


def types(tree: Node) -> Iterator[Node]:
    """Every type that is named where C# wants one."""
    for node in walk(tree):
        for field in ("type", "returns"):
            if (child := node.child_by_field_name(field)) is not None:
                yield child
        if node.type in {"type_argument_list", "base_list"}:
            yield from node.named_children


def _name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return text_of(name) if name is not None else ""


class Names:
    """The names that a file declares, and the types of its variables."""

    def __init__(self, tree: Node) -> None:
        nodes = list(walk(tree))
        self.classes = {_name(node) for node in nodes if node.type == "class_declaration"}
        self.methods = {_name(node) for node in nodes if node.type == "method_declaration"}
        self.variables: dict[str, set[str]] = {}
        for node in nodes:
            if node.type == "variable_declaration":
                kind = node.child_by_field_name("type")
                for one in node.named_children:
                    if one.type == "variable_declarator" and kind is not None:
                        self.variables.setdefault(_name(one), set()).add(type_text(kind))
            elif node.type == "parameter" and (kind := node.child_by_field_name("type")) is not None:
                self.variables.setdefault(_name(node), set()).add(type_text(kind))

    def type_of(self, node: Node) -> str | None:
        """The type of what a member is read or called of; None where the declaration alone does not tell."""
        text = text_of(node)
        if node.type in {"identifier", "predefined_type", "generic_name"}:
            kinds = self.variables.get(text, {type_text(node)})
            return next(iter(kinds)) if len(kinds) == 1 else None
        if node.type == "object_creation_expression" and (kind := node.child_by_field_name("type")) is not None:
            return type_text(kind)
        return None

    def problem(self, node: Node, known_types: set[object]) -> str | None:
        """What only a compiler would tell: a name without declaration, a member of an unknown thing."""
        parent = node.parent
        if parent is None:
            return None
        receiver = node.children[0] if node.type == "member_access_expression" else None
        if receiver is not None and receiver.type != "this" and self.type_of(receiver) is None:
            return f"{text_of(node)[:60]!r}: of a type that is not declared here; give it a variable with its type"
        if node.type == "invocation_expression" and node.children[0].type == "identifier":
            if (name := text_of(node.children[0])) not in self.methods:
                return f"{name}: no method of this file"
            return None
        if node.type in DECLARATIONS and _name(node) in known_types and node.type != "constructor_declaration":
            return f"{_name(node)} is the name of a type in csharp.yml: give yours another one"
        if node.type == "qualified_name":
            inside = {"qualified_name", "namespace_declaration", "using_directive"}
            return None if parent.type in inside else f"{text_of(node)}: write a using directive and the name alone"
        return None

    def foreign(self, node: Node) -> bool:
        """A name that stands where a value does, and that the file does not declare: a type of .NET."""
        if node.type != "identifier" or node.parent is None or text_of(node) in self.variables.keys() | self.classes:
            return False
        parent = node.parent
        if parent.type in {"attribute", "generic_name", "namespace_declaration", "qualified_name", "using_directive"}:
            return False
        if parent.type in {"type_argument_list", "base_list"} or (
            parent.type in DECLARATIONS and _name(parent) == text_of(node)
        ):
            return False
        if parent.type == "attribute_argument" and node == parent.children[0] and len(parent.children) > 1:
            return False
        fields = [parent.child_by_field_name(field) for field in ("type", "returns")]
        if parent.type == "member_access_expression":
            fields.append(parent.child_by_field_name("name"))
        if parent.type == "invocation_expression":
            fields.append(parent.child_by_field_name("function"))
        return node not in fields


def member_of(node: Node, names: Names) -> str | None:
    """TYPE.MEMBER, for a member of a type that is not the file's own."""
    if node.type != "member_access_expression" or node.children[0].type == "this":
        return None
    kind = names.type_of(node.children[0])
    return None if kind is None or kind in names.classes else f"{kind}.{text_of(node.named_children[-1]).split('<')[0]}"


def constructed(node: Node, names: Names) -> str | None:
    """TYPE.new, for an object of a type that is not the file's own."""
    kind = node.child_by_field_name("type") if node.type == "object_creation_expression" else None
    return None if kind is None or type_text(kind) in names.classes else f"{type_text(kind)}.new"


def argument_count(node: Node) -> int | None:
    """Of a call; None where a member is only read."""
    call = node.parent if node.type == "member_access_expression" else node
    if call is None or call.type not in {"invocation_expression", "object_creation_expression"}:
        return None
    if call.type == "invocation_expression" and call.children[0] != node:
        return None
    arguments = child_of(call, "argument_list")
    return len([one for one in arguments.named_children if one.type == "argument"]) if arguments is not None else 0
