# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Journals for tests: records in their order, and what a host would have made of them."""

from __future__ import annotations

import base64
from typing import Any

from support.raw_host import HOST, chain, digest

ID = "20261125T120000000Z-0a1b2c3d"
NEXT = "20261125T130000000Z-0a1b2c3d"
NET = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
CONFIG = r"%SystemRoot%\System32\inetsrv\w3wp.exe.config"
ABSENT = {"exists": False}
ONE = {"exists": True, "type": "REG_DWORD", "data": 1}
OLD, NEW = b"<configuration/>", b"<configuration></configuration>"


def at(minute: int) -> str:
    return f"2026-11-25T12:{minute:02d}:00.000Z"


def begin(identity: str = ID, **members: Any) -> dict[str, Any]:
    return {
        "record": "begin",
        "journal": 1,
        "id": identity,
        "purpose": "enforce",
        "rolls_back": None,
        "host": HOST,
        "user": "CORP\\admin",
        "at": at(0),
        "collection_version": "1.0.0",
        "powershell_version": "5.1",
        **members,
    }


def value(identity: str = "dotnet_strong_crypto.1", name: str = "SchUseStrongCrypto", **members: Any) -> dict[str, Any]:
    return {
        "record": "operation",
        "id": identity,
        "kind": "registry_value",
        "path": NET,
        "name": name,
        "before": ABSENT,
        "after": ONE,
        "missing_keys": [],
        "note": {"resolution": identity.partition(".")[0]},
        **members,
    }


def state(content: bytes) -> dict[str, Any]:
    return {"exists": True, "sha256": digest(content), "size": len(content)}


def file(identity: str = "w3wp_config.1", **members: Any) -> dict[str, Any]:
    return {
        "record": "operation",
        "id": identity,
        "kind": "file",
        "path": CONFIG,
        "before": state(OLD),
        "after": state(NEW),
        "missing_keys": [],
        "note": {"resolution": "w3wp_config"},
        **members,
    }


def blob(content: bytes = OLD) -> dict[str, Any]:
    return {"record": "blob", "sha256": digest(content), "content": base64.b64encode(content).decode()}


def ready() -> dict[str, Any]:
    return {"record": "ready", "at": at(1)}


def writing(identity: str, minute: int = 2) -> dict[str, Any]:
    return {"record": "writing", "id": identity, "at": at(minute)}


def applied(identity: str, minute: int = 3) -> dict[str, Any]:
    return {"record": "applied", "id": identity, "at": at(minute)}


def failed(identity: str, code: str = "write_failed") -> dict[str, Any]:
    return {"record": "failed", "id": identity, "at": at(4), "code": code, "message": "no"}


def end(outcome: str = "complete") -> dict[str, Any]:
    return {"record": "end", "at": at(9), "outcome": outcome}


def restart(what: str, minute: int) -> dict[str, Any]:
    return {"record": "restart", "what": what, "at": at(minute)}


def whole(*operations: dict[str, Any], identity: str = ID, minute: int = 3, **members: Any) -> list[dict[str, Any]]:
    """The records of a run that ended well."""
    records = [begin(identity, **members)]
    for operation in operations:
        records.append(operation)
        if operation["kind"] == "file" and operation["before"]["exists"]:
            records.append(blob())
    records.append(ready())
    for operation in operations:
        records += [writing(operation["id"], minute), applied(operation["id"], minute)]
    return [*records, end()]


__all__ = ["chain"]
