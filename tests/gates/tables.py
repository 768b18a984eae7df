# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for the tables themselves: their shape, what Windows ships, and that each row is used."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

import jsonschema

from .problem import Problem, Use, index, key_of

# TABLE.LIST, and the fields of its rows whose items are judged one by one.
JUDGED = {
    "assigned.targets": (),
    "attributes.attributes": ("named",),
    "commands.commands": ("parameters",),
    "csharp.attributes": (),
    "csharp.members": ("arguments",),
    "csharp.namespaces": (),
    "csharp.natives": (),
    "csharp.types": (),
    "dotnet_members.members": ("arguments", "only", "reads_as"),
    "dotnet_members.statics": ("arguments", "only", "reads_as"),
    "dotnet_types.types": (),
    "dynamic.texts": (),
    "syntax.kinds": (),
    "syntax.operators": (),
    "variables.automatic": (),
}
LISTS = [*JUDGED, *(f"{rows}.{field}" for rows, fields in JUDGED.items() for field in fields)]
NEWEST_FRAMEWORK = (4, 5, 2)
# Not in the list of Windows' own commands, and not told apart from them: about_CommonParameters.
COMMON = {"ErrorAction", "Verbose", "WarningAction"}


def left_over(uses: Iterable[Use]) -> list[str]:
    """Rows, and items of them, that nothing uses: they would let something in that nobody judged in its place."""
    used: dict[str, set[Hashable]] = {}
    for use in uses:
        used.setdefault(use.rows, set()).add(use.key)
    return [f"{rows}: {key}" for rows in LISTS for key in index(rows) if key not in used.get(rows, set())]


def check_schema(name: str, content: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Problem]:
    """The shape of a table, and that no row is there twice."""
    found = [
        Problem(f"tables/{name}.yml", 1, f"{'/'.join(map(str, error.absolute_path))}: {error.message}")
        for error in jsonschema.Draft202012Validator(schema).iter_errors(content)
    ]
    for part, rows in content.items():
        keys = [key_of(row) for row in rows]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        found += [Problem(f"tables/{name}.yml", 1, f"{part}: {key} is there twice") for key in twice]
    return found


def _versions(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        version = row.get("since", "")
        if version[:1].isdigit() and tuple(map(int, version.split("."))) > NEWEST_FRAMEWORK:
            yield f"{row['name']}: since {version}, which is newer than 4.5.2"
        if row["name"].endswith("::new") != ("syntax" in row):
            yield f"{row['name']}: syntax says since when PowerShell has ::new, and nothing else"


def check_versions(name: str, content: Mapping[str, list[Mapping[str, Any]]]) -> list[Problem]:
    rows = (row for listed in content.values() for row in listed)
    return [Problem(f"tables/{name}.yml", 1, text) for text in _versions(rows)]


def _shipped(rows: Iterable[Mapping[str, Any]], shipped: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        command = shipped.get(row["name"])
        if "role" in row:
            if command is not None or "server2012" not in row["source"]:
                yield f"{row['name']}: a command of a role is in no list of Windows itself; its source is that of 2012"
        elif command is None:
            yield f"{row['name']}: not in windows_commands.yml; its row comes from the whole list, if Windows ships it"
        elif command["from"] not in {"WMF 5.1", "2012"}:
            yield f"{row['name']} is there since {command['from']}, which Windows Server 2012 is older than"
        elif unknown := sorted(set(row["parameters"]) - COMMON - set(command["parameters"])):
            yield f"{row['name']} -{', -'.join(unknown)}: not in the first Windows that has the command"


def check_tables(rows: Iterable[Mapping[str, Any]], shipped: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """The rows of commands.yml held against what each Windows ships."""
    return [Problem("tables/commands.yml", 1, text) for text in _shipped(rows, shipped)]
