# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts ``w3wp``: the configuration file that applies to every IIS worker process, WSUS' web services among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .app_config import AppConfig, parse_app_config
from .context import Context
from .dotnet_release import honours_switches, read_release
from .raw import FileEntry, format_time, read_file

CONFIG_PATH = r"%SystemRoot%\System32\inetsrv\w3wp.exe.config"
NAMES_REPORTED = 1_000
"""Most switches that the facts show (a file of 1 MiB could hold 150,000)."""
NAME_LIMIT = 1_024


def read_config(raw: Mapping[str, object] | None) -> tuple[FileEntry, AppConfig]:
    """The file and what it says; ``raw`` is the raw subset w3wp, None if there is none.

    ``AppConfig.state`` is also ``absent`` and ``unreadable`` here, as in the facts.
    """
    entry = read_file((raw or {}).get("config"), CONFIG_PATH)
    if entry.error is not None:
        state = "too_big" if entry.error.code == "too_big" else "unreadable"
        return entry, AppConfig(state, f"{entry.error.code}: {entry.error.message}")
    if not entry.exists:
        return entry, AppConfig("absent")
    if entry.content is None:
        return entry, AppConfig("unreadable", "the answer has no content")
    return entry, parse_app_config(entry.content)


def _reported(names: Mapping[str, bool | None]) -> dict[str, bool | None]:
    """The switches that the facts show, those of System.Net first where there are too many."""
    ordered = sorted(names, key=lambda name: not name.startswith("Switch.System.Net."))
    kept = {name for name in ordered if len(name) <= NAME_LIMIT}
    kept = set([name for name in ordered if name in kept][:NAMES_REPORTED])
    return {name: value for name, value in names.items() if name in kept}


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """Facts of the subset."""
    entry, config = read_config(raw)
    return {
        "config": {
            "path": entry.path,
            "exists": entry.exists,
            "last_write": format_time(entry.last_write),
            "size": entry.size,
            "state": config.state,
            "message": config.message,
            "encoding": config.encoding,
            "switches": _reported(config.switches),
            "duplicates": [name for name in config.duplicates if len(name) <= NAME_LIMIT][:NAMES_REPORTED],
            "runtime_elements": config.runtime_elements,
            "override_elements": config.override_elements,
        },
        "switches_honoured": honours_switches(read_release(ctx.subset("dotnet"))),
    }
