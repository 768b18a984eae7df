# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which .NET Framework 4 a host has, and whether it honours AppContext switches (table ``dotnet_releases.yml``)."""

from __future__ import annotations

from collections.abc import Mapping

from .raw import RegistryKey, dword, read_key
from .tables import load_table

NDP_V4 = r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full"
SWITCHES_SINCE = 393295
"""Release of .NET 4.6, the first with AppContextSwitchOverrides and the registry key AppContext (facts.md, w3wp)."""


def read_ndp_v4(dotnet: Mapping[str, object] | None) -> RegistryKey:
    """The key in which .NET Framework 4.5 and later registers itself; ``dotnet``: the raw subset or None."""
    return read_key((dotnet or {}).get("ndp_v4"), NDP_V4)


def read_release(dotnet: Mapping[str, object] | None) -> int | None:
    """The Release number, None if it can't be told."""
    return dword(read_ndp_v4(dotnet).value("Release"))


def version_of(release: int | None) -> str | None:
    """``4.7.2`` and the like: the newest version whose documented minimum is reached; None below 4.5."""
    if release is None:
        return None
    reached = [row for row in load_table("dotnet_releases")["releases"] if row["release"] <= release]
    return str(max(reached, key=lambda row: int(row["release"]))["version"]) if reached else None


def honours_switches(release: int | None) -> bool | None:
    """Whether AppContext switches of configuration files and of the registry have an effect (facts' TRI)."""
    return None if release is None else release >= SWITCHES_SINCE
