# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cell of the lab as a host of the simulator, with what `lab.hosts.make_prefix` adds to what mkprefix.py makes."""

from __future__ import annotations

import json
import re
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from support import lab
from support.lab import Cell
from support.lab.scenarios import REGISTRY_TYPES, ago, expand
from support.winlab_state import iso, state_from_winlab

_DOMAIN = "windows/system32/GroupPolicy/DataStore/"
_PREFERENCES = re.compile(r"ProgramData/Microsoft/Group Policy/History/(.*Registry\.xml)")


def scenario_of(cell: Cell) -> dict[str, Any]:
    """The simulator's scenario of a cell."""
    path = lab.scenario_files()[cell.scenario]
    original = json.loads(path.read_text("utf-8"))
    _scenario, rest = expand(original)
    with tempfile.TemporaryDirectory() as folder:
        own = path.parent == lab.OWN_SCENARIOS
        source = lab.expanded_file(cell.scenario, Path(folder)) if own else cell.scenario
        state = state_from_winlab(lab.lab_home(), cell.persona, source)
    configuration = state.get("wsus", {}).get("api", {}).get("configuration", {})
    if configuration.get("UseProxy") and not configuration.get("ProxyName"):
        state["resists"] = {"wsus": "write_failed"}  # WSUS saves nothing while its proxy has no name
    if state.get("wsus", {}).get("api", {}).get("last_synchronization", {}).get("Error") == "ProxyError":
        state["wsus"]["synchronization"] = {"outcome": "proxy"}  # and it will be no better the next time
    changed = iso(ago(rest["files_changed"]).replace(microsecond=0))
    given = original.get("set", {}).get("files", {})
    for below in given:
        if (file := state["files"].get("C:\\" + below.replace("/", "\\"))) is not None:
            file["last_write"] = changed
    files = [{"path": found[1].replace("/", "\\"), "items": _items(given[found[0]])} for found in _matches(given)]
    if files:
        state["policy"]["preferences"] = {"files": files}
    if rest["registry_pol"]:
        state["policy"]["registry_pol"] = _registry_pol(rest["registry_pol"])
    return state


def _matches(given: dict[str, str]) -> list[re.Match[str]]:
    return [found for below in given if (found := _PREFERENCES.fullmatch(below))]


def _items(text: str) -> list[dict[str, str]]:
    """The items of a Registry.xml that set values; the scenarios are the project's own."""
    root = ET.fromstring(text.encode("utf-8"))
    return [
        {
            "uid": item.attrib["uid"],
            **{name: item[0].attrib[name] for name in ("hive", "key", "name", "type", "action")},
        }
        for item in root
    ]


def _registry_pol(files: dict[str, list[list[Any]]]) -> dict[str, Any]:
    def entries(rows: list[list[Any]]) -> list[dict[str, Any]]:
        return [{"key": key, "value_name": name, "type": REGISTRY_TYPES[kind]} for key, name, kind, _data in rows]

    found: dict[str, Any] = {"domain": {"files": []}}
    for below, rows in files.items():
        if below.startswith(_DOMAIN):
            path = below.removeprefix(_DOMAIN).replace("/", "\\")
            found["domain"]["files"].append({"path": path, "entries": entries(rows)})
        else:
            found["local"] = {"entries": entries(rows)}
    return found
