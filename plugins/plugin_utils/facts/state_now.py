# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a target of an operation holds now, from the raw state: for telling whether a run that broke off left a gap."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from .context import Context
from .raw import as_mapping, read_file, read_key
from .updates import monthly_rollup, read_packages
from .w3wp import CONFIG_PATH

_SUBSETS = ("schannel", "dotnet", "ciphers")
"""Subsets whose keys plans change."""
_DEPTH = 6


class StateNow:
    """STATE, FILE STATE, the configuration or the rollup of what was read; None of everything else."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.keys: dict[str, Mapping[str, object]] = {}
        for name in _SUBSETS:
            self._collect(ctx.subset(name), 0)

    def _collect(self, node: object, depth: int) -> None:
        """Every KEY below ``node`` by its path."""
        members = as_mapping(node)
        if members is None or depth > _DEPTH:
            return
        path = members.get("path")
        if isinstance(path, str):
            self.keys.setdefault(path.casefold(), members)
        for member in members.values():
            self._collect(member, depth + 1)

    def value(self, path: str, name: str) -> dict[str, Any] | None:
        """STATE of a registry value."""
        key = self.keys.get(path.casefold())
        found = None if key is None else read_key(key, path).value(name)
        if found is None or found.error is not None:
            return None
        if not found.exists:
            return {"exists": False}
        data = list(found.data) if isinstance(found.data, tuple) else found.data
        return {"exists": True, "type": found.type, "data": data}

    def file(self, path: str) -> dict[str, Any] | None:
        """FILE STATE; of w3wp.exe.config alone."""
        if not path.casefold().endswith(CONFIG_PATH.casefold().removeprefix("%systemroot%")):
            return None
        entry = read_file((self.ctx.subset("w3wp") or {}).get("config"))
        if entry.error is not None or (entry.exists and entry.content is None):
            return None
        if entry.content is None:
            return {"exists": False}
        return {"exists": True, "sha256": hashlib.sha256(entry.content).hexdigest(), "size": len(entry.content)}

    def rollup(self) -> dict[str, Any] | None:
        """Whether a Monthly Rollup that is enough is installed, or will be when Windows restarts."""
        packages = read_packages((self.ctx.subset("updates") or {}).get("packages"))
        fact = monthly_rollup(packages, self.ctx.os_id)
        known = fact["state"] in ("installed", "not_installed")
        return {"installed": fact["state"] == "installed" or fact["pending"]} if known else None

    def configuration(self, names: Mapping[str, Any]) -> dict[str, Any] | None:
        """Those members of the WSUS configuration."""
        api = as_mapping((self.ctx.subset("wsus") or {}).get("api")) or {}
        members = as_mapping(api.get("configuration"))
        return None if members is None else {name: members.get(name) for name in names}
