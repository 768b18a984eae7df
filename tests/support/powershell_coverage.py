# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which statements of PowerShell ran: a copy of the collection in which each statement notes that it is reached.

Ansible's own coverage sets breakpoints, which the lab can't do while it says that it is Windows PowerShell 5.1; under
another version the WSUS API is not loaded, and a sixth of the statements would seem never to run. A note is a file on
the host, written once for each statement and run.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from support.powershell import Source, child_of, line_of, text_of
from tree_sitter import Node

FOLDER = "cov"  # on the host's C:
TITLE = "coverage of PowerShell"  # what the run of the tests shows at its end
# Statements stand in the lists of these; in the lists of sub-expressions and @( ) stand values.
BLOCKS = {"program", "script_block_body", "statement_block"}
NOTE = (
    "if ($null -eq [AppDomain]::CurrentDomain.GetData('wsus{0}')) {{ [AppDomain]::CurrentDomain.SetData('wsus{0}', 1); "
    "[System.IO.File]::WriteAllText('C:\\" + FOLDER + "\\{0}', '') }}; "
)
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "tests", "scripts", "wsus-*", "*.tar.gz")


@dataclass(frozen=True)
class Statement:
    """``text`` is its first line, ``function`` what it stands in, which is empty in a script's own part."""

    number: int
    file: str
    function: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.function}: {self.text}"


@dataclass(frozen=True, order=True)
class Name:
    """Which statement it is, whatever is written above it; ``nth`` is 0 where the rest says it already."""

    file: str
    function: str
    text: str
    nth: int = 0


def names(statements: Iterable[Statement]) -> dict[Name, Statement]:
    """Each statement by its name."""
    alike: dict[Name, list[Statement]] = {}
    for one in statements:
        alike.setdefault(Name(one.file, one.function, one.text), []).append(one)
    return {
        (replace(name, nth=number) if len(found) > 1 else name): one
        for name, found in alike.items()
        for number, one in enumerate(found, 1)
    }


def _function_of(node: Node) -> str:
    above = node.parent
    while above and above.type != "function_statement":
        above = above.parent
    name = child_of(above, "function_name") if above else None
    return text_of(name) if name else ""


def _statements(source: Source) -> list[Node]:
    lists = [node for node in source.nodes("statement_list") if node.parent and node.parent.type in BLOCKS]
    return sorted(
        (child for one in lists for child in one.named_children if child.type not in {"comment", "empty_statement"}),
        key=lambda node: node.start_byte,
    )


def instrument(collection: Path, sources: Iterable[Path], root: Path) -> list[Statement]:
    """Rewrites the copies of ``sources`` below ``collection``; returns what is counted."""
    found: list[Statement] = []
    for path in sources:
        source = Source.read(path, root)
        raw, copied, position = source.text.encode(), b"", 0
        for node in _statements(source):
            text = text_of(node).splitlines()[0].strip()
            found.append(Statement(len(found), source.name, _function_of(node), line_of(node), text))
            copied += raw[position : node.start_byte] + NOTE.format(found[-1].number).encode()
            position = node.start_byte
        (collection / source.name).write_bytes(copied + raw[position:])
    return found


def instrumented_copy(root: Path, folder: Path) -> tuple[Path, list[Statement]]:
    """A collections path with a copy of the collection that notes what it runs, and its statements."""
    collection = folder / "ansible_collections" / "wsus" / "compliance"
    shutil.copytree(root, collection, ignore=NOT_COPIED)
    plugins = root / "plugins"
    return folder, instrument(collection, sorted([*plugins.rglob("*.ps1"), *plugins.rglob("*.psm1")]), root)


def hits(drive: Path) -> set[int]:
    """The numbers of the statements that ran on a host, by its drive C:."""
    return {int(path.name) for path in (drive / FOLDER).iterdir()}
