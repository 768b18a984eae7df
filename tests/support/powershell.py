# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PowerShell as a syntax tree, and what the gates ask of it. No PowerShell is needed, none is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import tree_sitter
import tree_sitter_pwsh
from tree_sitter import Node

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_pwsh.language()))


def text_of(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def line_of(node: Node) -> int:
    return node.start_point[0] + 1


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text."""
    yield node
    for child in node.children:
        yield from walk(child)


def child_of(node: Node, kind: str) -> Node | None:
    return next((child for child in node.children if child.type == kind), None)


@dataclass
class Command:
    """One call of a command; a name that is no plain word (``& $x``) is None."""

    node: Node
    name: str | None
    parameters: list[str] = field(default_factory=list)

    @property
    def line(self) -> int:
        return line_of(self.node)


@dataclass
class Source:
    """A script or module: its name for messages, its text, its tree."""

    name: str
    text: str

    @classmethod
    def read(cls, path: Path, root: Path) -> Source:
        return cls(path.relative_to(root).as_posix(), path.read_text("utf-8"))

    @cached_property
    def tree(self) -> Node:
        return _PARSER.parse(self.text.encode()).root_node

    def nodes(self, *kinds: str) -> list[Node]:
        return [node for node in walk(self.tree) if not kinds or node.type in kinds]

    @cached_property
    def commands(self) -> list[Command]:
        found = []
        for node in self.nodes("command"):
            name = child_of(node, "command_name")
            elements = child_of(node, "command_elements")
            own = elements.children if elements else []
            parameters = [text_of(one).rstrip(":").lstrip("-") for one in own if one.type == "command_parameter"]
            plain = child_of(node, "command_invocation_operator") is None
            found.append(Command(node, text_of(name) if name and plain else None, parameters))
        return found

    @cached_property
    def functions(self) -> dict[str, Node]:
        return {
            text_of(name): node
            for node in self.nodes("function_statement")
            if (name := child_of(node, "function_name")) is not None
        }


# --- $spec ------------------------------------------------------------------------------------------------------------

_WRAPPERS = {"pipeline", "pipeline_chain", "unary_expression", "integer_literal", "string_literal", "statement_list"}
_CONSTANTS = {"$true": True, "$false": False, "$null": None}


class NotConstantError(ValueError):
    """A value that only running the program would tell."""


def constant(node: Node) -> Any:
    """What a literal, a list or a hash table of such stands for."""
    kind, text = node.type, text_of(node)
    inner = [child for child in node.named_children if child.type != "comment"]
    if kind in {
        "pipeline",
        "pipeline_chain",
        "unary_expression",
        "integer_literal",
        "string_literal",
        "statement_list",
    }:
        if len(inner) == 1:
            return constant(inner[0])
    elif kind in {"verbatim_string_characters", "verbatim_string_literal"}:
        return text[1:-1].replace("''", "'")
    elif kind == "expandable_string_literal" and not inner:
        return text[1:-1]
    elif kind == "decimal_integer_literal":
        return int(text)
    elif kind == "variable" and text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    elif kind == "array_expression":
        found = constant_list(inner[0]) if inner else []
        return found
    elif kind == "array_literal_expression":
        return [constant(child) for child in inner]
    elif kind == "hash_literal_expression":
        return _hash(node)
    raise NotConstantError(f"line {line_of(node)}: {kind}: {text[:80]}")


def constant_list(node: Node) -> list[Any]:
    """The content of ``@( ... )``."""
    found: list[Any] = []
    for statement in node.named_children:
        if statement.type == "comment":
            continue
        value = constant(statement)
        found += value if isinstance(value, list) else [value]
    return found


def _hash(node: Node) -> dict[str, Any]:
    body = child_of(node, "hash_literal_body")
    found = {}
    for entry in body.named_children if body else []:
        if entry.type == "hash_entry":
            key, value = [child for child in entry.named_children if child.type != "comment"]
            found[text_of(key).strip("'\"")] = constant(value)
    return found


def spec_of(source: Source) -> dict[str, Any]:
    """The hash table ``$spec`` of a module, as Ansible.Basic gets it.

    Raises:
        NotConstantError: there is none, or it is more than constants.
    """
    for node in source.nodes("assignment_expression"):
        left, value = child_of(node, "left_assignment_expression"), child_of(node, "assignment_value")
        if left and value and text_of(left).lower() == "$spec":
            found = constant(value.named_children[0])
            if isinstance(found, dict):
                return found
    raise NotConstantError(f"{source.name}: no hash table $spec, or one that only running the program would tell")
