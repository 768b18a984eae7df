# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations and options of wsus_apply (docs/reference/apply.md) for tests."""

from __future__ import annotations

import base64
import hashlib
import itertools
from typing import Any

ABSENT: dict[str, Any] = {"exists": False}
_numbers = itertools.count(1)


def value(kind: str, data: Any) -> dict[str, Any]:
    """STATE of a registry value that exists."""
    return {"exists": True, "type": kind, "data": data}


def registry(number: str, path: str, name: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "kind": "registry_value",
        "path": path,
        "name": name,
        "before": before,
        "after": after,
        **more,
    }


def content(raw: bytes) -> dict[str, Any]:
    """FILE STATE of a file that is to have this content."""
    return {**digest(raw), "content": base64.b64encode(raw).decode()}


def digest(raw: bytes) -> dict[str, Any]:
    """FILE STATE of a file that has this content."""
    return {"exists": True, "sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw)}


def file(number: str, path: str, before: Any, after: Any) -> dict[str, Any]:
    return {"id": number, "kind": "file", "path": path, "before": before, "after": after}


def wsus(number: str, before: Any, after: Any) -> dict[str, Any]:
    return {"id": number, "kind": "wsus_configuration", "before": before, "after": after}


def journal(**more: Any) -> dict[str, Any]:
    """Option `journal` with an id that no other has."""
    number = next(_numbers)
    return {
        "id": f"20261125T{number:09}Z-{number:08x}",
        "purpose": "enforce",
        "rolls_back": None,
        "collection_version": "1.1.0",
        "notes": {},
        **more,
    }


def statuses(answer: dict[str, Any]) -> dict[str, str]:
    return {operation["id"]: operation["status"] for operation in answer["operations"]}
