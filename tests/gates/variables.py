# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: variables are the file's own or known ones of PowerShell; what is assigned to is in the program's memory.

A variable with a drive that is no scope (``$env:X``, ``${C:\\x}``) is read and written by a provider. A member that is
assigned to may be anything: each whole target is a row.
"""

from __future__ import annotations

from collections.abc import Iterator

from support.powershell import Source, child_of, drive_of, line_of, text_of, unwrapped, variable_name
from tree_sitter import Node

from .functions import parameters_in
from .problem import Problem, Use, as_row, index, not_permitted

SCOPES = {None, "script", "local", "private"}
INCREMENTS = (
    "post_increment_expression",
    "post_decrement_expression",
    "pre_increment_expression",
    "pre_decrement_expression",
)


def _parts(target: Node) -> Iterator[Node]:
    """What one assignment assigns to: without casts and parentheses, each of a list."""
    target = unwrapped(target)
    if target.type in {"left_assignment_expression", "expression_with_unary_operator", "cast_expression"}:
        yield from _parts(target.named_children[-1])
    elif target.type == "array_literal_expression":
        for child in target.named_children:
            yield from _parts(child)
    else:
        yield target


def targets(source: Source) -> list[Node]:
    """Everything that is assigned to or counted up or down."""
    roots = source.nodes("left_assignment_expression")
    roots += [node.named_children[0] for node in source.nodes(*INCREMENTS)]
    return [part for root in roots for part in _parts(root)]


def declared(source: Source) -> list[Node]:
    """Variables that the file gives a value: assigned to, parameters, those of foreach."""
    found = [node for node in targets(source) if node.type == "variable"]
    found += [variable for node in source.nodes("script_parameter") for variable, _type in parameters_in(node)]
    for node in source.nodes("foreach_statement"):
        found += [variable for variable in [child_of(node, "variable")] if variable is not None]
    return found


def _element_of_variable(node: Node) -> bool:
    while node.type == "element_access":
        node = unwrapped(node.named_children[0])
    return node.type == "variable"


def uses(source: Source) -> Iterator[Use]:
    own = {variable_name(node) for node in declared(source)}
    for node in source.nodes("variable"):
        name = variable_name(node)
        if name is not None and name not in own:
            yield Use(line_of(node), "variables.automatic", name, as_row(name=name, source="?"))
    for node in targets(source):
        if node.type in {"member_access", "element_access"} and not _element_of_variable(node):
            text = text_of(node)
            form = as_row(file=source.name, text=text, effect="?", why="?", source="?")
            yield Use(line_of(node), "assigned.targets", (source.name, text), form)


def _problems(source: Source) -> Iterator[tuple[int, str]]:
    known = index("variables.automatic") | index("variables.reserved")
    for node in source.nodes("variable"):
        drive = drive_of(node)
        if variable_name(node) is None:
            yield line_of(node), f"{text_of(node)}: a name that may be a provider's"
        elif (drive and drive.lower()) not in SCOPES:
            yield line_of(node), f"{text_of(node)} reads or writes through the provider {drive}"
    for node in declared(source):
        if (name := variable_name(node)) in known and not known[name].get("assigned"):
            yield line_of(node), f"${name} is PowerShell's own: give your variable another name"
    for node in targets(source):
        if node.type not in {"variable", "member_access", "element_access"}:
            yield line_of(node), f"{text_of(node)[:60]!r} is assigned to, and only running it would tell what that is"


def check_variables(source: Source) -> list[Problem]:
    return [Problem(source.name, line, text) for line, text in [*_problems(source), *not_permitted(uses(source))]]
