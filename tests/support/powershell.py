# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PowerShell as a syntax tree, and what the gates ask of it. No PowerShell is needed, none is run."""

from __future__ import annotations

import re
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


def above(node: Node) -> Iterator[Node]:
    """What the node stands in, innermost first."""
    while node.parent is not None:
        node = node.parent
        yield node


def function_of(node: Node) -> Node | None:
    """The function that the node stands in."""
    return next((one for one in above(node) if one.type == "function_statement"), None)


# Layers of the grammar around a single thing, and parentheses.
_LAYERS = {"pipeline", "pipeline_chain", "unary_expression", "parenthesized_expression", "statement_list"}


def unwrapped(node: Node) -> Node:
    """The node without what only groups."""
    inner = [child for child in node.named_children if child.type != "comment"]
    return unwrapped(inner[0]) if node.type in _LAYERS and len(inner) == 1 else node


# --- variables --------------------------------------------------------------------------------------------------------

# However they are written: $Name, ${name}, @name, $script:name; $_ and its like.
_VARIABLE = re.compile(r"[$@](?:\{(?:(\w+):)?(\w+)\}|(?:(\w+):)?(\w+)|[$?^])")


def variable_name(node: Node) -> str | None:
    """In lower case, without a scope; None for one of another shape (``${C:\\x}``)."""
    match = _VARIABLE.fullmatch(text_of(node))
    return (match[2] or match[4] or text_of(node)[1:]).lower() if match else None


def drive_of(node: Node) -> str | None:
    """What stands before the colon: a scope, or a provider."""
    match = _VARIABLE.fullmatch(text_of(node))
    return match and (match[1] or match[3])


# --- commands ---------------------------------------------------------------------------------------------------------


@dataclass
class Argument:
    """What follows a command's name: ``-Name value``, ``-Switch``, ``value`` or ``@splat``."""

    parameter: str | None
    value: Node | None = None

    @property
    def splatted(self) -> bool:
        return self.value is not None and _is_splat(self.value)


@dataclass
class Command:
    """One call of a command; a name that is no plain word (``& $x``) is None."""

    node: Node
    name: str | None
    arguments: list[Argument] = field(default_factory=list)

    @property
    def line(self) -> int:
        return line_of(self.node)

    @property
    def text(self) -> str:
        return text_of(self.node).strip()


def _is_splat(node: Node) -> bool:
    return any(one.type == "variable" and text_of(one).startswith("@") for one in walk(node))


def _arguments(elements: Node | None) -> Iterator[Argument]:
    waiting: Argument | None = None
    for node in elements.named_children if elements is not None else []:
        # An argument_list belongs to the member before it.
        if node.type in {"command_argument_sep", "comment", "redirection", "argument_list"}:
            continue
        if node.type == "command_parameter":
            waiting = Argument(text_of(node).rstrip(":").lstrip("-"))
            yield waiting
        elif waiting is not None and not _is_splat(node):
            waiting.value, waiting = node, None
        else:
            yield Argument(None, node)


# --- files ------------------------------------------------------------------------------------------------------------


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

    @cached_property
    def _all(self) -> list[Node]:
        return list(walk(self.tree))

    def nodes(self, *kinds: str) -> list[Node]:
        return [node for node in self._all if not kinds or node.type in kinds]

    @cached_property
    def commands(self) -> list[Command]:
        found = []
        for node in self.nodes("command"):
            name = child_of(node, "command_name")
            plain = child_of(node, "command_invocation_operator") is None
            arguments = list(_arguments(child_of(node, "command_elements")))
            found.append(Command(node, text_of(name) if name and plain else None, arguments))
        return found

    @cached_property
    def functions(self) -> dict[str, Node]:
        return {
            text_of(name): node
            for node in self.nodes("function_statement")
            if (name := child_of(node, "function_name")) is not None
        }


# --- $spec ------------------------------------------------------------------------------------------------------------

_CONSTANTS = {"$true": True, "$false": False, "$null": None}
_SINGLE = {"pipeline", "pipeline_chain", "unary_expression", "integer_literal", "string_literal", "statement_list"}
CREATE = "[Ansible.Basic.AnsibleModule]::Create($args, $spec)"


class NotConstantError(ValueError):
    """A value that only running the program would tell."""


def constant(node: Node) -> Any:
    """What a literal, a list or a hash table of such stands for."""
    kind, text = node.type, text_of(node)
    inner = [child for child in node.named_children if child.type != "comment"]
    if kind in _SINGLE:
        if len(inner) == 1:
            return constant(inner[0])
    elif kind in {"verbatim_string_characters", "verbatim_string_literal"}:
        return text[1:-1].replace("''", "'")
    elif kind == "expandable_string_literal" and not inner and not set(text[1:-1]) & set('`"'):
        return text[1:-1]
    elif kind == "decimal_integer_literal" and text.isdigit():
        return int(text)
    elif kind == "variable" and text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    elif kind == "array_expression":
        return constant_list(inner[0]) if inner else []
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
    found: dict[str, Any] = {}
    for entry in body.named_children if body else []:
        if entry.type in {"comment", "empty_statement"}:
            continue
        parts = [child for child in entry.named_children if child.type != "comment"]
        if entry.type != "hash_entry" or len(parts) != 2:
            raise NotConstantError(f"line {line_of(entry)}: {entry.type}: {text_of(entry)[:80]}")
        key = key_of(parts[0])
        if key.lower() in map(str.lower, found):
            raise NotConstantError(f"line {line_of(entry)}: {key} is there twice")
        found[key] = constant(parts[1])
    return found


def key_of(node: Node) -> str:
    """A key of a hash table: a word, or text in quotes."""
    inner = node.named_children[0] if node.named_children else node
    return text_of(inner) if inner.type == "simple_name" else str(constant(inner))


def spec_of(source: Source) -> dict[str, Any]:
    """The hash table ``$spec`` of a module, as Ansible.Basic gets it.

    Raises:
        NotConstantError: there is none, it is more than constants, or something but ``Create`` touches it later.
    """
    uses = [node for node in source.nodes("variable") if variable_name(node) == "spec"]
    wanted = (
        f"{source.name}: wanted is `$spec = @{{ ... }}` of constants, then `{CREATE}`, both of them outside of blocks"
    )
    if len(uses) != 2 or any(one.type.endswith(("block", "block_body")) for use in uses for one in above(use)):
        lines = ", ".join(str(line_of(node)) for node in uses) or "none"
        raise NotConstantError(f"{wanted}; lines with $spec: {lines}")
    assignment = next((one for one in above(uses[0]) if one.type == "assignment_expression"), None)
    call = next((one for one in above(uses[1]) if one.type == "invocation_expression"), None)
    if assignment is None or call is None or text_of(call) != CREATE:
        raise NotConstantError(f"{wanted}; line {line_of(uses[1])} is something else")
    left, operator, value = (
        child_of(assignment, kind) for kind in ("left_assignment_expression", "assignment_operator", "assignment_value")
    )
    if not (left and operator and value) or text_of(left) != "$spec" or text_of(operator) != "=":
        raise NotConstantError(f"{wanted}; line {line_of(assignment)} is something else")
    found = constant(value.named_children[0])
    if not isinstance(found, dict):
        raise NotConstantError(f"{wanted}; line {line_of(assignment)} is no hash table")
    return found
