# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a program imports, as Ansible reads it: line by line, in any case (module_manifest.py of ansible-core).

Ansible knows many spellings. Only one of each is permitted here, so that no import is overlooked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from support.powershell import Source

from .problem import ROOT, Problem

# Lines that may import something in Ansible's or PowerShell's eyes, wherever they stand.
IMPORTING = re.compile(r"^\s*#\s*(ansible)?requires\b|#\s*POWERSHELL_COMMON|^\s*using\b", re.IGNORECASE)
IMPORTING_CSHARP = re.compile(r"^\s*using\b|^\s*//\s*AssemblyReference\b", re.IGNORECASE)
OWN = r"ansible_collections\.wsus\.compliance\.plugins\.module_utils\.(?P<own>\w+)"
PERMITTED = re.compile(rf"#AnsibleRequires -(?:CSharpUtil Ansible\.Basic|(?P<kind>CSharpUtil|PowerShell) {OWN})")
# Namespaces of .NET: check_csharp judges them.
PERMITTED_CSHARP = re.compile(rf"using (?:(?!(?i:ansible))[\w.]+|{OWN});")
SUFFIX = {"PowerShell": ".psm1", "CSharpUtil": ".cs", None: ".cs"}


def _lines(name: str, text: str) -> Iterator[tuple[int, str, re.Match[str] | None]]:
    """Lines that import: the number, the line, and its parts where it is one of the permitted ones."""
    csharp = name.endswith(".cs")
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if (IMPORTING_CSHARP if csharp else IMPORTING).search(line):
            yield number, line, (PERMITTED_CSHARP if csharp else PERMITTED).fullmatch(line.rstrip())


def _path(match: re.Match[str], root: Path) -> Path:
    return root / "plugins" / "module_utils" / f"{match['own']}{SUFFIX[match.groupdict().get('kind')]}"


def check_imports(name: str, text: str, root: Path = ROOT) -> list[Problem]:
    found = []
    for number, line, match in _lines(name, text):
        if match is None:
            found.append(
                Problem(name, number, f"{line.strip()!r} is none of the imports that are known: imports.py has them")
            )
        elif match["own"] and not _path(match, root).is_file():
            found.append(
                Problem(name, number, f"{line.strip()!r}: {_path(match, root).relative_to(root)} is not there")
            )
    return found


@dataclass
class Closure:
    """All that a file imports, directly or not."""

    modules: list[Source] = field(default_factory=list)
    csharp: list[Source] = field(default_factory=list)


def closure(source: Source, root: Path = ROOT) -> Closure:
    found = Closure()
    waiting, seen = [source], {source.name}
    while waiting:
        one = waiting.pop(0)
        for _line, _text, match in _lines(one.name, one.text):
            if match is None or not match["own"] or not (path := _path(match, root)).is_file():
                continue
            imported = Source.read(path, root)
            if imported.name not in seen:
                seen.add(imported.name)
                waiting.append(imported)
                (found.csharp if path.suffix == ".cs" else found.modules).append(imported)
    return found
