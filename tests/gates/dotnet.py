# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: only types and members that .NET Framework 4.5.2 has, called as it can be called.

What is called on a type stands in the table with the type (``System.IO.File::Exists``). What is called on an object
stands there by its name alone, for a syntax tree does not know the object's type: no such row may have a name that
writes where another type has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support.powershell import Source, child_of, line_of, text_of, unwrapped
from tree_sitter import Node

from .problem import Problem, Use, as_row, frozen, index, not_permitted

TYPES = "dotnet_types.types"
MEMBERS = "dotnet_members.members"
STATICS = "dotnet_members.statics"
DYNAMIC = "dynamic.texts"


def _flat(node: Node) -> str:
    return re.sub(r"\s+", " ", text_of(node))


@dataclass(frozen=True)
class Member:
    """A member that is read or called: ``arguments`` is None where it is only read."""

    node: Node
    rows: str
    name: str
    arguments: tuple[str, ...] | None
    text: str  # as a row of dynamic has it

    @property
    def line(self) -> int:
        return line_of(self.node)


def _argument_list(node: Node) -> Node | None:
    """The arguments of a call; among those of a command the grammar puts them beside the member."""
    if node.type == "invocation_expression":
        return child_of(node, "argument_list")
    if node.parent is not None and node.parent.type == "unary_expression":
        node = node.parent
    beside = node.next_sibling
    return beside if beside is not None and beside.type == "argument_list" else None


def _arguments(node: Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    listed = child_of(node, "argument_expression_list")
    return tuple(_flat(child) for child in (listed.named_children if listed else []) if child.type != "comment")


def members(source: Source) -> Iterator[Member]:
    for node in source.nodes("member_access", "invocation_expression"):
        name = child_of(node, "member_name")
        if name is None:
            continue
        arguments = _argument_list(node)
        written = _flat(node) + (_flat(arguments) if arguments is not None and node.type == "member_access" else "")
        receiver, static = unwrapped(node.children[0]), any(child.type == "::" for child in node.children)
        rows = MEMBERS if not static else STATICS if receiver.type == "type_literal" else DYNAMIC
        full = f"{text_of(receiver)[1:-1]}::{text_of(name)}" if rows == STATICS else text_of(name)
        yield Member(node, rows, full, _arguments(arguments), written)


def permitted_form(member: Member, forms: list[list[str]]) -> tuple[str, ...] | None:
    """The first of the argument lists that this call has; ``*`` is any one argument."""
    for form in forms:
        given = member.arguments or ()
        if len(form) == len(given) and all(want in {"*", have} for want, have in zip(form, given, strict=True)):
            return tuple(form)
    return None


def conversions(source: Source) -> Iterator[tuple[Node, Node]]:
    """What makes a value of a type out of another one: casts, typed variables and parameters, ``-as``; and the type."""
    for node in source.nodes("cast_expression"):
        yield node, node.named_children[0]
    for node in source.nodes("attribute"):
        if (literal := child_of(node, "type_literal")) is not None:
            yield node, literal
    for node in source.nodes("comparison_expression"):
        if text_of(node.children[1]).lower() == "-as":
            yield node, unwrapped(node.children[2])


def _is_dynamic_conversion(node: Node, kind: Node) -> bool:
    """``'X' -as [type]`` makes a type of a text, ``$x -as $y`` a value of whatever type."""
    return node.type == "comparison_expression" and (kind.type != "type_literal" or text_of(kind).lower() == "[type]")


def dynamic(source: Source) -> Iterator[tuple[Node, str]]:
    """What only running it would tell, but for a row that permits this very text."""
    for member in members(source):
        if member.rows == DYNAMIC:
            yield member.node, member.text
    for node, kind in conversions(source):
        if _is_dynamic_conversion(node, kind):
            yield node, _flat(node)


def uses(source: Source) -> Iterator[Use]:
    for node in source.nodes("type_literal"):
        name = text_of(node)[1:-1]
        yield Use(line_of(node), TYPES, name, as_row(name=name, since="?", source="?"))
    for member in members(source):
        if member.rows == DYNAMIC or not re.fullmatch(r"(?:.*::)?\w+", member.name):
            continue
        count = [] if member.arguments is None else [len(member.arguments)]
        fields: dict[str, Any] = {"arguments": count} if count else {}
        fields |= {"syntax": "PowerShell 5.0"} if member.name.endswith("::new") else {}
        form = as_row(name=member.name, since="?", effect="?", **fields, source="?")
        yield Use(member.line, member.rows, member.name, form)
        row = index(member.rows).get(member.name, {})
        for number in count if "arguments" in row else []:
            yield Use(member.line, f"{member.rows}.arguments", (member.name, number), str(number))
        for field in ("only", "reads_as"):
            if permitted := permitted_form(member, row.get(field, [])):
                yield Use(member.line, f"{member.rows}.{field}", (member.name, frozen(list(permitted))), "")
    for node, text in dynamic(source):
        form = as_row(file=source.name, text=text, effect="?", why="?", source="?")
        yield Use(line_of(node), DYNAMIC, (source.name, text), form)


def _problems(source: Source) -> Iterator[tuple[int, str]]:
    for member in members(source):
        row = index(member.rows).get(member.name) if member.rows != DYNAMIC else None
        if not re.fullmatch(r"(?:.*::)?\w+", member.name):
            yield member.line, f"a member that only running it would tell: {member.text[:60]!r}"
        elif row is None:
            continue
        elif member.arguments is None and "arguments" in row:
            yield member.line, f"{member.name} is a method: a program may call it, not pass it on"
        elif member.arguments is not None and "arguments" not in row:
            yield member.line, f"{member.name} is called, and its row has no arguments: [{len(member.arguments)}]"
        elif "only" in row and permitted_form(member, row["only"]) is None:
            yield member.line, f"{member.text[:90]}: the row of {member.name} has no such list of arguments in only"
    for node in source.nodes("argument_list"):
        before = node.prev_sibling
        of_member = before is not None and unwrapped(before).type == "member_access"
        if node.parent is not None and node.parent.type == "command_elements" and not of_member:
            yield line_of(node), f"a call of what only running it would tell: {text_of(node)[:60]!r}"
    for node, kind in conversions(source):
        row = index(TYPES).get(text_of(kind)[1:-1], {})
        if not _is_dynamic_conversion(node, kind) and kind.type == "type_literal" and not row.get("cast"):
            yield line_of(node), f"{_flat(node)[:60]!r}: the row of {text_of(kind)[1:-1]} has no cast: true"


def check_dotnet(source: Source) -> list[Problem]:
    return [Problem(source.name, line, text) for line, text in [*not_permitted(uses(source)), *_problems(source)]]
