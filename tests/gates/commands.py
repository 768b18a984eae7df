# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: only commands and parameters of Windows Server 2012 with WMF 5.1 and the WSUS role, by their full names.

Values are passed by parameter name, so that each parameter is seen; those of a splatted hash table are, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from support.powershell import (
    Argument,
    Command,
    NotConstantError,
    Source,
    above,
    child_of,
    constant,
    function_of,
    key_of,
    line_of,
    text_of,
    unwrapped,
    variable_name,
    walk,
)
from tree_sitter import Node

from .functions import Parameters, parameters_of
from .problem import Problem, Use, as_row, index, not_permitted

# Parameters that every function with [CmdletBinding()] has: about_CommonParameters.
COMMON = {"ErrorAction", "Verbose", "WarningAction"}
COMMANDS = "commands.commands"
DYNAMIC = "dynamic.texts"


# --- splatting --------------------------------------------------------------------------------------------------------


def _around(node: Node) -> Node | None:
    """What the node stands in, but for the layer that the grammar puts around each operand."""
    return next((one for one in above(node) if one.type != "unary_expression"), None)


def _added_key(variable: Node) -> tuple[str | None] | None:
    """The key of ``$name['key'] = ...``, if the variable stands in one; (None,) for a key that isn't literal."""
    element = _around(variable)
    if element is None or element.type != "element_access" or unwrapped(element.named_children[0]) != variable:
        return None
    left = _around(element)
    if left is None or left.type != "left_assignment_expression":
        return None
    try:
        return (str(constant(element.named_children[1])),)
    except NotConstantError:
        return (None,)


def splatted(source: Source, command: Command, argument: Argument) -> list[str] | None:
    """The keys of the hash table that is splatted; None where something but literals could add to it."""
    splat = unwrapped(argument.value) if argument.value is not None else None
    name = variable_name(splat) if splat is not None and splat.type == "variable" else None
    within = function_of(command.node) or source.tree
    keys: list[str] = []
    tables = 0
    for variable in (node for node in walk(within) if node.type == "variable" and variable_name(node) == name):
        if variable == splat:
            continue
        assignment = next((one for one in above(variable) if one.type == "assignment_expression"), None)
        left = child_of(assignment, "left_assignment_expression") if assignment is not None else None
        value = child_of(assignment, "assignment_value") if assignment is not None else None
        if added := _added_key(variable):
            if added[0] is None:
                return None
            keys.append(added[0])
        elif left is not None and value is not None and text_of(left) == text_of(variable):
            hashed = unwrapped(value.named_children[0])
            if hashed.type != "hash_literal_expression":
                return None
            tables += 1
            body = child_of(hashed, "hash_literal_body")
            for entry in body.named_children if body is not None else []:
                key = child_of(entry, "key_expression")
                try:
                    keys += [key_of(key)] if key is not None else []
                except NotConstantError:
                    return None
        else:
            return None
    return keys if name is not None and tables == 1 else None


# --- calls ------------------------------------------------------------------------------------------------------------


def parameters(source: Source, command: Command) -> Iterator[tuple[int, str]]:
    for argument in command.arguments:
        if argument.parameter is not None:
            yield command.line, argument.parameter
        elif argument.splatted:
            yield from ((command.line, key) for key in splatted(source, command, argument) or [])


def _is_block(node: Node | None) -> bool:
    return node is not None and unwrapped(node).type == "script_block_expression"


def dynamic(source: Source, own: Mapping[str, Parameters]) -> Iterator[tuple[int, str]]:
    """Calls of what a variable holds, and what is passed to be called: ``& $x``, ``Invoke-Own -Action $x``."""
    for command in source.commands:
        if command.name is None:
            yield command.line, command.text
        for argument in command.arguments:
            kind = own.get(command.name or "", {}).get(argument.parameter or "", "")
            if kind.lower() == "[scriptblock]" and not _is_block(argument.value):
                value = text_of(argument.value) if argument.value is not None else ""
                yield command.line, f"{command.name} -{argument.parameter} {value}"


def uses(source: Source, own: Mapping[str, Parameters]) -> Iterator[Use]:
    rows = index(COMMANDS)
    for command in source.commands:
        if command.name is None or command.name in own:
            continue
        names = sorted({name for _line, name in parameters(source, command)})
        form = as_row(name=command.name, parameters=names, effect="?", source="?")
        yield Use(command.line, COMMANDS, command.name, form)
        for line, name in parameters(source, command) if command.name in rows else []:
            yield Use(line, f"{COMMANDS}.parameters", (command.name, name), name)
    for line, text in dynamic(source, own):
        form = as_row(file=source.name, text=text, effect="?", why="?", source="?")
        yield Use(line, DYNAMIC, (source.name, text), form)


def _called_parameter(command: Command) -> bool:
    """``& $Name`` of a parameter [scriptblock]: what it may be is judged where it is passed."""
    function = function_of(command.node)
    name = re.fullmatch(r"& \$(\w+)", command.text)
    known = parameters_of(function) if function is not None else {}
    return name is not None and known.get(name[1], "").lower() == "[scriptblock]"


def _unknown(command: Command, names: Iterator[tuple[int, str]], known: set[str]) -> Iterator[tuple[int, str]]:
    for line, parameter in names:
        if parameter not in known:
            close = [name for name in sorted(known) if name.lower().startswith(parameter.lower())]
            help_text = f"; write {close[0]} in full" if close else ""
            yield (
                line,
                f"{command.name} -{parameter} is neither in its row nor a parameter of its param block{help_text}",
            )


def _literals(command: Command, only: Mapping[str, list[str]]) -> Iterator[tuple[int, str]]:
    """Parameters whose values are rows as well: each must be there, as a literal."""
    for parameter, values in only.items():
        given = [
            text_of(one.value) for one in command.arguments if one.parameter == parameter and one.value is not None
        ]
        if len(given) != 1 or given[0].strip("'\"") not in values:
            yield (
                command.line,
                f"{command.name} -{parameter} {', '.join(given)}: its row permits only {values}, as a literal",
            )


def _problems(source: Source, own: Mapping[str, Parameters]) -> Iterator[tuple[int, str]]:
    rows = index(COMMANDS)
    for command in source.commands:
        for argument in command.arguments:
            if argument.splatted and splatted(source, command, argument) is None:
                yield (
                    command.line,
                    f"{command.text[:60]!r}: splatted is more than one literal hash table and ['literal'] keys",
                )
            elif argument.parameter is None and not argument.splatted:
                yield command.line, f"{command.text[:60]!r}: a value without its parameter's name"
        if command.name is None:
            if not _called_parameter(command):
                yield command.line, f"a call of what only running it would tell: {command.text[:60]!r}"
        elif command.name in own:
            yield from _unknown(command, parameters(source, command), own[command.name].keys() | COMMON)
            blocks = {name for name, kind in own[command.name].items() if kind.lower() == "[scriptblock]"}
            if blocks and any(argument.splatted for argument in command.arguments):
                yield command.line, f"{command.name} runs what it gets: no splatting"
        elif command.name in rows:
            yield from _unknown(command, parameters(source, command), set(rows[command.name]["parameters"]))
            yield from _literals(command, rows[command.name].get("only", {}))
    for node in source.nodes("redirection"):
        yield line_of(node), f"{text_of(node)}: a redirection may write a file; catch what is printed"


def check_commands(source: Source, own: Mapping[str, Parameters]) -> list[Problem]:
    judged = (use for use in uses(source, own) if use.rows != f"{COMMANDS}.parameters")  # _problems says more of these
    found = [*not_permitted(judged), *_problems(source, own)]
    return [Problem(source.name, line, text) for line, text in found]
