# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: only types and members that .NET Framework 4.5.2 has; what is assigned to is the program's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from support.powershell import Source, child_of, line_of, text_of

from .problem import Problem, table

# Drives of variables that are scopes; every other one (env:, function:, HKLM:) is a provider, and may write.
SCOPES = {"script", "global", "local", "private", "using"}


def _member_name(node: object) -> str | None:
    name = child_of(node, "member_name")  # type: ignore[arg-type]
    return text_of(name) if name is not None else None


def _problems(source: Source) -> Iterator[tuple[int, str]]:
    types = {row["name"] for row in table("dotnet_types")["types"]}
    members = {row["name"] for row in table("dotnet_members")["members"]}
    assigned = {row["name"] for row in table("dotnet_members")["assigned"]}
    for node in source.nodes("type_literal"):
        name = text_of(node)[1:-1]
        if name not in types:
            yield line_of(node), f"[{name}] is not in dotnet_types.yml: say since which .NET Framework it is there"
    for node in source.nodes("member_access", "invocation_expression"):
        name = _member_name(node)
        if name is None or not re.fullmatch(r"\w+", name):
            yield line_of(node), f"a member that only running it would tell: {text_of(node)[:60]!r}"
        elif name not in members:
            yield line_of(node), f".{name} is not in dotnet_members.yml: say what has it, since when, and its effect"
    for node in source.nodes("left_assignment_expression"):
        target = text_of(node)
        member = re.search(r"(?:\.|::)(\w+)$", target)
        if member and member[1] not in assigned:
            yield line_of(node), f"{target} is assigned to: dotnet_members.yml says which members may be"
        drive = re.match(r"(?:\[[^\]]+\])?\$\{?(\w+):(?!:)", target)
        if drive and drive[1].lower() not in SCOPES:
            yield line_of(node), f"{target} writes through the provider {drive[1]}"


def check_dotnet(source: Source) -> list[Problem]:
    return [Problem(source.name, line, text) for line, text in _problems(source)]
