# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: a program that may only read has nothing that writes, in itself or in anything that it imports.

The other gates see to it that whatever a program uses has a row; here counts what the row says of its effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from support.powershell import Source

from . import commands, csharp, dotnet, variables
from .functions import Parameters
from .problem import Problem, Use, index

WRITES = "writes"


def _uses(source: Source, own: dict[str, Parameters]) -> Iterator[Use]:
    yield from commands.uses(source, own)
    yield from variables.uses(source)
    yield from (use for use in dotnet.uses(source) if use.rows not in {dotnet.MEMBERS, dotnet.STATICS})


def _problems(source: Source, own: dict[str, Parameters]) -> Iterator[tuple[int, str]]:
    for use in _uses(source, own):
        if use.rows.count(".") == 1 and index(use.rows).get(use.key, {}).get("effect") == WRITES:
            yield use.line, f"{use.key} writes, and this program may only read"
    for member in dotnet.members(source):
        row = index(member.rows).get(member.name, {}) if member.rows != dotnet.DYNAMIC else {}
        # A call in exactly one of these forms reads: OpenSubKey('a'), but not OpenSubKey('a', $true).
        reads = member.arguments is not None and dotnet.permitted_form(member, row.get("reads_as", [])) is not None
        if row.get("effect") == WRITES and not reads:
            yield member.line, f"{member.text[:90]} writes or may write, and this program may only read"


def check_reads_only(source: Source, own: dict[str, Parameters]) -> list[Problem]:
    return [Problem(source.name, line, text) for line, text in _problems(source, own)]


def check_csharp_reads_only(name: str, text: str) -> list[Problem]:
    return [
        Problem(name, use.line, f"{use.key} writes, and this program may only read")
        for use in csharp.uses(text)
        if use.rows.count(".") == 1 and index(use.rows).get(use.key, {}).get("effect") == WRITES
    ]
