# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scenarios, the lab's and the project's own, and the cells that they make with the operating systems."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from develop.lab import lab_home

from .places import CHECKOUT, LabError

OWN_SCENARIOS = CHECKOUT / "tests" / "lab" / "scenarios"
CHANGED = "-30d"
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
REGISTRY_TYPES = {"REG_SZ": 1, "REG_DWORD": 4}


@dataclass(frozen=True, order=True)
class Cell:
    """One host to make: an operating system in a state."""

    persona: str
    scenario: str

    @property
    def id(self) -> str:
        return f"{self.persona}-{self.scenario}"


PERSONAS = ("2012", "2012R2", "2016", "2019", "2022", "2025")


def scenario_files() -> dict[str, Path]:
    """Every scenario by name: the lab's and the project's own."""
    found = {path.stem: path for path in sorted((lab_home() / "scenarios").glob("*.json"))}
    for path in sorted(OWN_SCENARIOS.glob("*.json")):
        if path.stem in found:
            raise LabError(f"{path.name} has the name of a scenario of the lab")
        found[path.stem] = path
    return found


def all_cells() -> list[Cell]:
    """Every scenario on every persona that it is for."""
    cells = []
    for name, path in scenario_files().items():
        wanted = json.loads(path.read_text("utf-8")).get("personas", PERSONAS)
        cells += [Cell(persona, name) for persona in PERSONAS if persona in wanted]
    return cells


def ago(offset: str, base: datetime | None = None) -> datetime:
    """`-30d`, `-2h`, `-10m`, `-5s` from now."""
    base = base or datetime.now(timezone.utc)
    return base + timedelta(**{UNITS[offset[-1]]: int(offset[:-1])})


def expand(scenario: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A scenario as mkprefix.py takes it, and what is left to do on the files once the prefix is made.

    Scenario files of the project may have a member `extra`, for what would make them large or binary:
      values        [{key, name, count, data}]: that many values; {0} in the name is the number
      keys          [{key, count}]: that many keys
      pad           [{key, name, item, length}]: items are added to a comma-separated list up to that many characters
      registry_pol  {path below drive_c: [[key, value name, type, data], ...]}
      files_changed when its files were written (default -30d, as its registry values; mkprefix.py leaves them at now)
    and `{-2h}` in a text is the time of two hours ago.
    """
    text = re.sub(r"\{(-\d+[dhms])\}", lambda m: f"{ago(m[1]):%Y-%m-%dT%H:%M:%S}.000Z", json.dumps(scenario))
    scenario = json.loads(text)
    extra = scenario.pop("extra", {})
    registry = scenario.setdefault("registry", {})
    for many in extra.pop("values", []):
        key = registry.setdefault(many["key"], {})
        key.update({many["name"].format(number): many["data"] for number in range(many["count"])})
    for many in extra.pop("keys", []):
        registry.update({many["key"].format(number): {} for number in range(many["count"])})
    for pad in extra.pop("pad", []):
        key, number = registry[pad["key"]], 0
        while len(key[pad["name"]]) < pad["length"]:
            key[pad["name"]] += "," + pad["item"].format(number)
            number += 1
    rest = {"registry_pol": extra.pop("registry_pol", {}), "files_changed": extra.pop("files_changed", CHANGED)}
    if extra:
        raise LabError(f"unknown members of extra: {', '.join(extra)}")
    return scenario, rest


def expanded_file(name: str, folder: Path) -> Path:
    """A scenario as a file for mkprefix.py."""
    scenario, _rest = expand(json.loads(scenario_files()[name].read_text("utf-8")))
    path = folder / f"{name}.json"
    path.write_text(json.dumps(scenario), "utf-8")
    return path


def registry_pol(entries: list[list[Any]]) -> bytes:
    """A Registry.pol as Windows writes it: PReg, then [key;value;type;size;data] in UTF-16."""

    def text(value: str) -> bytes:
        return (value + "\0").encode("utf-16-le")

    data = b"PReg\x01\0\0\0"
    for key, name, kind, value in entries:
        raw = struct.pack("<I", value) if kind == "REG_DWORD" else text(value)
        parts = [text(key), text(name), struct.pack("<I", REGISTRY_TYPES[kind]), struct.pack("<I", len(raw)), raw]
        data += "[".encode("utf-16-le") + ";".encode("utf-16-le").join(parts) + "]".encode("utf-16-le")
    return data
