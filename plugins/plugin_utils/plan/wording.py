# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""States and owners in words. What came from a host is made safe to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..assess.findings import owner_place
from ..text import clean

SHORT = 160
"""Characters of a value in one line of a plan."""


def data_text(kind: object, data: object, limit: int | None = None) -> str:
    """A value's data on one line."""
    if isinstance(data, int):
        return f"{data} (0x{data:08x})" if data > 0xFFFF else str(data)
    if isinstance(data, (list, tuple)):
        return clean(", ".join(str(item) for item in data), limit)
    if data is None or data == "":
        return "(empty)" if kind != "REG_UNKNOWN" else "(not readable)"
    return clean(data, limit)


def value_text(state: Mapping[str, Any], limit: int | None = None) -> str:
    """A registry value's STATE: ``absent``, or ``REG_DWORD 1``."""
    if not state.get("exists"):
        return "absent"
    return f"{clean(state.get('type'), 20)} {data_text(state.get('type'), state.get('data'), limit)}"


def file_text(state: Mapping[str, Any]) -> str:
    """A FILE STATE without its content."""
    if not state.get("exists"):
        return "absent"
    return f"{state.get('size')} bytes, SHA-256 {clean(state.get('sha256'), 64)}"


def owner_text(owner: str) -> str:
    """Where a person changes what this owner sets."""
    return clean(owner_place(owner))
