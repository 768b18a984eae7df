# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: a program that may only read has nothing that writes, in itself or in anything that it imports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from support.powershell import Source, child_of, line_of, text_of

from .problem import ROOT, Problem, table

IMPORT = re.compile(
    r"^#AnsibleRequires -(PowerShell|CSharpUtil) ansible_collections\.wsus\.compliance\.plugins\.(\S+)", re.M
)
SUFFIXES = {"PowerShell": ".psm1", "CSharpUtil": ".cs"}
# Values of enumerations, and of parameters, that open something for writing.
WRITING = re.compile(
    r"IO\.File\]::Replace|FileMode\]::(?!Open\b)\w+|FileAccess\]::(?!Read\b)\w+|\[\w*RegistryKeyPermissionCheck\w*\]|RegistryRights|FileSystemRights",
    re.IGNORECASE,
)


def imports(source: Source, root: Path = ROOT) -> list[Path]:
    """PowerShell modules and C# of the collection that a program imports, directly or not."""
    found: list[Path] = []
    waiting = [source.text]
    while waiting:
        for kind, name in IMPORT.findall(waiting.pop()):
            path = root / "plugins" / Path(*name.split(".")).with_suffix(SUFFIXES[kind])
            if path.is_file() and path not in found:
                found.append(path)
                waiting.append(path.read_text("utf-8"))
    return found


def _problems(source: Source) -> Iterator[tuple[int, str]]:
    writers = {row["name"] for row in table("commands")["commands"] if row["effect"] == "writes"}
    members = {row["name"] for row in table("dotnet_members")["members"] if row["effect"] == "writes"}
    for command in source.commands:
        if command.name in writers:
            yield command.line, f"{command.name} writes, and this program may only read"
    for node in source.nodes("member_access", "invocation_expression"):
        name = child_of(node, "member_name")
        if name is not None and text_of(name) in members:
            yield line_of(node), f".{text_of(name)} writes, and this program may only read"
    for node in source.nodes("invocation_expression"):
        name, arguments = child_of(node, "member_name"), child_of(node, "argument_list")
        if name is None or arguments is None:
            continue
        # A second argument of OpenSubKey, or any of OpenBaseKey but hive and view, may ask for the right to write.
        if text_of(name) == "OpenSubKey" and not re.fullmatch(r"\([^,]+(,\s*\$false)?\)", text_of(arguments)):
            yield line_of(node), f"OpenSubKey{text_of(arguments)} may open the key for writing"
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := WRITING.search(line):
            yield number, f"{found[0]} may open something for writing"


def check_reads_only(source: Source) -> list[Problem]:
    return [Problem(source.name, line, text) for line, text in _problems(source)]
