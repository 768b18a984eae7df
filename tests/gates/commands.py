# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: only commands and parameters of Windows Server 2012 with WMF 5.1 and the WSUS role, by their full names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from support.powershell import Command, Source, child_of, line_of, text_of, walk

from .problem import Problem, table

# Of every function with [CmdletBinding()], and of every cmdlet: about_CommonParameters.
COMMON = {"Debug", "ErrorAction", "ErrorVariable", "Verbose", "WarningAction"}


def parameters_of(function: object) -> set[str]:
    """The names in a function's param block."""
    found = set()
    for node in walk(function):  # type: ignore[arg-type]
        if node.type == "function_statement" and node is not function:
            continue
        if node.type == "script_parameter":
            variable = child_of(node, "variable")
            if variable is not None:
                found.add(text_of(variable).lstrip("$"))
        elif node.type == "script_parameter_default":
            # The grammar takes `= 'x', [string]$Next` for a list of two.
            found |= set(re.findall(r"\]\$(\w+)$", text_of(node), re.M))
    return found


def own_functions(sources: list[Source]) -> dict[str, set[str]]:
    """Functions of the collection, with their parameters."""
    return {name: parameters_of(node) for source in sources for name, node in source.functions.items()}


def _unknown_parameters(command: Command, known: set[str]) -> Iterator[tuple[int, str]]:
    for parameter in command.parameters:
        if parameter not in known | COMMON:
            close = [name for name in sorted(known) if name.lower().startswith(parameter.lower())]
            help_text = f"; write {close[0]} in full" if close else "; commands.yml says what is judged"
            yield command.line, f"{command.name} -{parameter} is not known{help_text}"


def _problems(source: Source, own: Mapping[str, set[str]]) -> Iterator[tuple[int, str]]:
    rows = {row["name"]: row for row in table("commands")["commands"]}
    dynamic = {(row["file"], row["text"]) for row in table("commands")["dynamic"]}
    for command in source.commands:
        text = text_of(command.node).strip()
        if command.name is None:
            if (source.name, text) not in dynamic:
                yield command.line, f"a call of what only running it would tell: {text[:60]!r}; commands.yml has such"
        elif command.name in own:
            yield from _unknown_parameters(command, own[command.name])
        elif command.name in rows:
            yield from _unknown_parameters(command, set(rows[command.name]["parameters"]))
        else:
            yield (
                command.line,
                f"{command.name} is neither in commands.yml nor a function of the collection: an alias, a program, or "
                "one that has to be judged",
            )
    for node in source.nodes("redirection"):
        yield line_of(node), f"{text_of(node)}: a redirection may write a file; catch what is printed"


def check_commands(source: Source, own: Mapping[str, set[str]]) -> list[Problem]:
    return [Problem(source.name, line, text) for line, text in _problems(source, own)]
