# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions of the collection: what a file defines and exports, and what another one that imports it may call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from support.powershell import (
    Command,
    NotConstantError,
    Source,
    child_of,
    constant,
    line_of,
    text_of,
    unwrapped,
    walk,
)
from tree_sitter import Node

from .problem import Problem, index

# Parameters by name, each with its type as written.
Parameters = dict[str, str]
# What has commas of its own.
ENCLOSED = {
    "argument_list",
    "array_expression",
    "hash_literal_expression",
    "parenthesized_expression",
    "script_block_expression",
    "string_literal",
    "sub_expression",
}
NAME = re.compile(r"[A-Z][A-Za-z]+-[A-Z][A-Za-z0-9]+")


def _defaults(node: Node) -> Iterator[tuple[Node, str]]:
    """The grammar takes `= 'x', [string]$Next` for a list of two: PowerShell begins another parameter at the comma."""
    if node.type == "array_literal_expression":
        for element in node.named_children[1:]:
            inner = list(walk(element))
            types = [text_of(one) for one in inner if one.type == "type_literal"]
            yield from ((one, types[-1] if types else "") for one in inner if one.type == "variable")
    elif node.type not in ENCLOSED:
        for child in node.children:
            yield from _defaults(child)


def parameters_in(node: Node) -> Iterator[tuple[Node, str]]:
    """The parameters of one script_parameter: their variables, and their types as written."""
    variable, attributes, default = (
        child_of(node, kind) for kind in ("variable", "attribute_list", "script_parameter_default")
    )
    if variable is not None:
        types = [text_of(one) for one in walk(attributes) if one.type == "type_literal"] if attributes else []
        yield variable, types[-1] if types else ""
    if default is not None:
        yield from _defaults(default)


def parameters_of(function: Node) -> Parameters:
    """Those of the function itself, not of functions in it."""
    found = {}
    waiting = list(function.children)
    while waiting:
        node = waiting.pop()
        if node.type == "script_parameter":
            found |= {text_of(variable).lstrip("$"): kind for variable, kind in parameters_in(node)}
        elif node.type in {"script_block", "param_block", "function_parameter_declaration", "parameter_list"}:
            waiting += node.children
    return found


def _is_list_of_names(command: Command) -> bool:
    (argument,) = command.arguments if len(command.arguments) == 1 else [None]
    return argument is not None and argument.parameter == "Function" and argument.value is not None


def _listed(value: Node) -> list[str]:
    """Words with commas between them, or ``@('Get-A', 'Get-B')`` of literals; else the text, which is no name."""
    if unwrapped(value).type != "array_expression":
        return re.split(r",\s*", text_of(value).strip())
    try:
        return [str(one) for one in constant(value)]
    except NotConstantError:
        return [text_of(value)]


def exports(source: Source) -> list[str]:
    """The names that its Export-ModuleMember lists."""
    found: list[str] = []
    for command in source.commands:
        if command.name == "Export-ModuleMember" and _is_list_of_names(command):
            found += _listed(command.arguments[0].value)  # type: ignore[arg-type]
    return found


def own_functions(source: Source, imported: Iterable[Source] = ()) -> dict[str, Parameters]:
    """What the file may call: its own functions, and those that its imports export."""
    found = {}
    for module in imported:
        found |= {name: parameters_of(module.functions[name]) for name in exports(module) if name in module.functions}
    return found | {name: parameters_of(node) for name, node in source.functions.items()}


def _problems(source: Source) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for node in source.nodes("function_statement"):
        keyword, name = text_of(node.children[0]), text_of(child_of(node, "function_name") or node)
        if keyword != "function":
            yield line_of(node), f"{keyword} {name}: only functions are known"
        elif not NAME.fullmatch(name):
            yield line_of(node), f"function {name}: wanted is Verb-Noun, which is no alias, scope or provider"
        elif name.lower() in {str(known).lower() for known in index("commands.commands")}:
            yield line_of(node), f"function {name} takes the place of a command that commands.yml knows"
        elif name.lower() in seen:
            yield line_of(node), f"function {name} is there twice"
        seen.add(name.lower())
    if source.name.endswith(".psm1"):
        listed = [command for command in source.commands if command.name == "Export-ModuleMember"]
        if len(listed) != 1 or not _is_list_of_names(listed[0]):
            yield 1, "a module has one Export-ModuleMember -Function with a list of names"
        for name in exports(source):
            if name not in source.functions:
                yield listed[0].line, f"Export-ModuleMember: {name} is no function of this module"


def check_functions(source: Source) -> list[Problem]:
    return [Problem(source.name, line, text) for line, text in _problems(source)]
