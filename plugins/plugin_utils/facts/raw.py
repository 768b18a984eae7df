# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Typed, tolerant readers of the collector's shapes (docs/reference/collector.md).

The answer of a host is hostile input: every reader here returns a value of its declared type for *any* object, never
raises, and never trusts a length. What has not the contract's shape becomes an error with code ``malformed``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .scalars import (
    CODES,
    ITEM_LIMIT,
    MALFORMED,
    MESSAGE_LIMIT,
    NOT_COLLECTED,
    TEXT_LIMIT,
    ErrorInfo,
    as_bool,
    as_int,
    as_list,
    as_mapping,
    as_text,
    format_time,
    malformed,
    not_collected,
    read_error,
    read_time,
)

__all__ = [
    "CODES",
    "CONTENT_LIMIT",
    "ITEM_LIMIT",
    "LIST_LIMIT",
    "MALFORMED",
    "MESSAGE_LIMIT",
    "NOT_COLLECTED",
    "SUBKEY_LIMIT",
    "TEXT_LIMIT",
    "ErrorInfo",
    "FileEntry",
    "RegistryData",
    "RegistryKey",
    "RegistryTree",
    "RegistryValue",
    "Service",
    "as_bool",
    "as_int",
    "as_list",
    "as_mapping",
    "as_text",
    "dword",
    "format_time",
    "malformed",
    "not_collected",
    "number_in",
    "read_error",
    "read_file",
    "read_key",
    "read_service",
    "read_time",
    "read_tree",
    "read_value",
    "text",
]

LIST_LIMIT = 1_048_576
"""Most characters of a whole REG_MULTI_SZ: tighter than the contract's items times text, and more than any real value
has.
"""
SUBKEY_LIMIT = 200
"""Subkeys of a TREE (contract); more of them mean that the tree is not complete."""
CONTENT_LIMIT = 1_048_576
"""Most bytes of a FILE's content (contract: 1 MiB)."""

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_NUMBER = re.compile(r"\s*(?:0[xX]([0-9a-fA-F]{1,16})|(-?[0-9]{1,20}))\s*")
_MISSING: Any = object()


# --- VALUE -----------------------------------------------------------------------------------------------------------

RegistryData = str | int | tuple[str, ...] | None


@dataclass(frozen=True)
class RegistryValue:
    """One registry value: what it is where it exists, or why it could not be read.

    ``data`` by ``type``: text (REG_SZ, REG_EXPAND_SZ), unsigned number (REG_DWORD, REG_QWORD), tuple of text
    (REG_MULTI_SZ), lower-case hex (REG_BINARY, REG_NONE), None (REG_UNKNOWN, or where it does not exist).
    """

    path: str
    name: str
    exists: bool = False
    type: str | None = None
    data: RegistryData = None
    key_last_write: datetime | None = None
    error: ErrorInfo | None = None

    def as_fact(self, owner: str | None) -> dict[str, Any]:
        """The facts' VALUE shape; ``owner`` is what ``Context.owner(path, name)`` says."""
        if self.error is not None:
            return {"path": self.path, "name": self.name, **self.error.as_fact()}
        return {
            "path": self.path,
            "name": self.name,
            "exists": self.exists,
            "type": self.type,
            "data": list(self.data) if isinstance(self.data, tuple) else self.data,
            "key_last_write": format_time(self.key_last_write),
            "owner": owner,
        }


def _data(kind: str, data: object) -> tuple[RegistryData, ErrorInfo | None]:
    """The data of a value of type ``kind``, checked against what the contract lets that type hold."""
    if kind in ("REG_SZ", "REG_EXPAND_SZ") and isinstance(data, str):
        if len(data) > TEXT_LIMIT:
            return None, ErrorInfo("too_big", f"more than {TEXT_LIMIT} characters")
        return as_text(data), None
    if kind in ("REG_DWORD", "REG_QWORD"):
        bits = 32 if kind == "REG_DWORD" else 64
        number = as_int(data, -(2 ** (bits - 1)), 2**bits - 1)
        if number is not None:
            return number % 2**bits, None  # PowerShell shows 0xFFFFFFFF as -1
    if kind == "REG_MULTI_SZ" and isinstance(data, (list, tuple)):
        if len(data) > ITEM_LIMIT:
            return None, ErrorInfo("too_big", f"more than {ITEM_LIMIT} items")
        if sum(len(item) for item in data if isinstance(item, str)) > LIST_LIMIT:
            return None, ErrorInfo("too_big", f"more than {LIST_LIMIT} characters")
        if all(isinstance(item, str) for item in data):
            return tuple(as_text(item) or "" for item in data), None
    if kind in ("REG_BINARY", "REG_NONE"):
        if data is None:
            return "", None
        if isinstance(data, str) and len(data) <= TEXT_LIMIT and _HEX.fullmatch(data):
            return data.lower(), None
    if kind == "REG_UNKNOWN":
        return None, None
    return None, malformed(f"the data is not of type {kind[:40]}")


def read_value(obj: object, path: str, name: str, key_last_write: datetime | None = None) -> RegistryValue:
    """The VALUE ``name`` of the key ``path``; ``obj`` is what the answer holds for it."""
    error = read_error(obj)
    mapping = as_mapping(obj)
    if error is None and mapping is not None:
        kind = as_text(mapping.get("type"), 40)
        data, error = _data(kind, mapping.get("data")) if kind is not None else (None, malformed("no type"))
        if error is None:
            return RegistryValue(path, name, True, kind, data, key_last_write)
    return RegistryValue(path, name, error=error or malformed("not a value"), key_last_write=key_last_write)


def dword(value: RegistryValue) -> int | None:
    """The number of a REG_DWORD (unsigned: -1 was read as 0xFFFFFFFF), or None if it is absent, of another type, or in
    error.
    """
    if value.exists and value.type == "REG_DWORD" and isinstance(value.data, int):
        return value.data
    return None


def text(value: RegistryValue) -> str | None:
    """The text of a REG_SZ or REG_EXPAND_SZ (unexpanded), or None."""
    if value.exists and value.type in ("REG_SZ", "REG_EXPAND_SZ") and isinstance(value.data, str):
        return value.data
    return None


def number_in(value: RegistryValue) -> int | None:
    """The number that a value holds whatever its type: DWORD, QWORD, decimal or 0x text, 1 to 8 bytes little endian.

    For judging values of a wrong type: the number that a reader that did not mind the type would take. None if there is
    none.
    """
    if isinstance(value.data, int):
        return value.data
    if value.type in ("REG_SZ", "REG_EXPAND_SZ") and isinstance(value.data, str):
        match = _NUMBER.fullmatch(value.data[:60])
        if match is None:
            return None
        return int(match.group(1), 16) if match.group(1) else int(match.group(2))
    if value.type in ("REG_BINARY", "REG_NONE") and isinstance(value.data, str) and 2 <= len(value.data) <= 16:
        return int.from_bytes(bytes.fromhex(value.data), "little")
    return None


# --- KEY, TREE -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RegistryKey:
    """One registry key with the values that were read. ``exists`` is None where ``error`` is set.

    ``values_read`` is False for a KEY without ``values`` (the contract has some, of which only the key itself matters).
    """

    path: str
    exists: bool | None
    last_write: datetime | None = None
    values: Mapping[str, RegistryValue] = field(default_factory=dict)
    error: ErrorInfo | None = None
    values_read: bool = True

    def value(self, name: str) -> RegistryValue:
        """The value ``name`` (case-insensitive, as in the registry); one that does not exist is ``exists=False``."""
        if self.error is not None:
            return RegistryValue(self.path, name, error=self.error)
        if not self.values_read:
            return RegistryValue(self.path, name, error=malformed("the key has no member values"))
        found = self.values.get(name)
        if found is not None:
            return found
        wanted = name.casefold()
        for key, item in self.values.items():
            if key.casefold() == wanted:
                return item
        return RegistryValue(self.path, name, key_last_write=self.last_write)


def _head(obj: object, default_path: str) -> tuple[Mapping[str, object], str, bool | None, ErrorInfo | None]:
    """Members, path, exists and error, which KEY, TREE and FILE have in common."""
    mapping = as_mapping(obj)
    if mapping is None:
        return {}, default_path, None, malformed("missing" if obj is None else "not an object")
    path = as_text(mapping.get("path"), 4_096) or default_path
    error = read_error(mapping)
    exists = as_bool(mapping.get("exists"))
    if error is None and exists is None:
        error = malformed("neither exists nor error")
    return mapping, path, exists if error is None else None, error


def read_key(obj: object, default_path: str) -> RegistryKey:
    """A KEY; ``default_path`` is the path that the contract names, for an answer without one."""
    mapping, path, exists, error = _head(obj, default_path)
    if error is not None:
        return RegistryKey(path, None, error=error)
    last_write = read_time(mapping.get("last_write"))
    if not exists:
        return RegistryKey(path, False)
    if mapping.get("values") is None:
        return RegistryKey(path, True, last_write, values_read=False)
    values = as_mapping(mapping["values"])
    error = read_error(values)
    if values is None or error is not None:
        return RegistryKey(path, None, error=error or malformed("values is not an object"))
    read = {}
    for name in list(values)[:ITEM_LIMIT]:
        clean = as_text(name, 16_383) or ""
        read[clean] = read_value(values[name], path, clean, last_write)
    return RegistryKey(path, True, last_write, read)


@dataclass(frozen=True)
class RegistryTree:
    """A key with subkeys. ``truncated``: there are more subkeys than were read, so absence proves nothing."""

    path: str
    exists: bool | None
    last_write: datetime | None = None
    subkeys: Mapping[str, object] = field(default_factory=dict)
    truncated: bool = False
    error: ErrorInfo | None = None

    def names(self) -> list[str]:
        """The subkeys' names as found, each once whatever its case."""
        return list({name.casefold(): name for name in reversed(list(self.subkeys))}.values())[::-1]

    def _find(self, name: str) -> object:
        """What the answer holds for the subkey ``name``; _MISSING, or an ERROR where that can't be told."""
        if self.error is not None:
            return self.error.as_fact()
        wanted = name.casefold()
        found = [item for key, item in self.subkeys.items() if key.casefold() == wanted]
        if len(found) > 1:
            return malformed("the subkey is there twice").as_fact()
        if not found and self.truncated:
            return ErrorInfo("too_big", "the list of subkeys is not complete").as_fact()
        return found[0] if found else _MISSING

    def key(self, name: str) -> RegistryKey:
        """The subkey ``name`` (case-insensitive) as a KEY; one that does not exist is ``exists=False``."""
        path, found = f"{self.path}\\{name}", self._find(name)
        return RegistryKey(path, False) if found is _MISSING else read_key(found, path)

    def tree(self, name: str) -> RegistryTree:
        """The subkey ``name`` (case-insensitive) as a TREE; one that does not exist is ``exists=False``."""
        path, found = f"{self.path}\\{name}", self._find(name)
        return RegistryTree(path, False) if found is _MISSING else read_tree(found, path)


def read_tree(obj: object, default_path: str) -> RegistryTree:
    """A TREE; its subkeys are read by ``key`` and ``tree`` when they are asked for."""
    mapping, path, exists, error = _head(obj, default_path)
    if error is not None:
        return RegistryTree(path, None, error=error)
    if not exists:
        return RegistryTree(path, False)
    subkeys = as_mapping(mapping.get("subkeys"))
    if subkeys is None:
        return RegistryTree(path, None, error=malformed("subkeys is not an object"))
    # An ERROR in place of the subkeys; a subkey that is called "error" is a KEY, without a code.
    inner = as_mapping(subkeys.get("error"))
    error = read_error(subkeys) if inner is not None and "code" in inner else None
    if error is not None:
        return RegistryTree(path, None, error=error)
    # The list is complete only where the answer says so: only then does absence prove anything.
    truncated = mapping.get("truncated") is not False or len(subkeys) > SUBKEY_LIMIT
    taken = {as_text(name, 1_024) or "": subkeys[name] for name in list(subkeys)[:SUBKEY_LIMIT]}
    return RegistryTree(path, True, read_time(mapping.get("last_write")), taken, truncated)


# --- FILE, SERVICE ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileEntry:
    """A FILE; ``content`` is the bytes, or None where they were not asked for. ``exists`` is None where ``error`` is
    set.
    """

    path: str
    exists: bool | None
    size: int | None = None
    last_write: datetime | None = None
    content: bytes | None = None
    error: ErrorInfo | None = None


def read_file(obj: object, default_path: str = "") -> FileEntry:
    """A FILE; content that is not base64 is ``malformed``, more than 1 MiB of it ``too_big``."""
    mapping, path, exists, error = _head(obj, default_path)
    if error is not None:
        return FileEntry(path, None, error=error)
    if not exists:
        return FileEntry(path, False)
    size, last_write = as_int(mapping.get("size"), 0), read_time(mapping.get("last_write"))
    raw = mapping.get("content")
    if raw is None:
        return FileEntry(path, True, size, last_write)
    if not isinstance(raw, str):
        return FileEntry(path, None, size, last_write, error=malformed("content is not text"))
    if len(raw) > CONTENT_LIMIT * 4 // 3 + 4:
        return FileEntry(path, None, size, last_write, error=ErrorInfo("too_big", f"more than {CONTENT_LIMIT} bytes"))
    try:
        return FileEntry(path, True, size, last_write, base64.b64decode(raw.encode("ascii"), validate=True))
    except (binascii.Error, ValueError):
        return FileEntry(path, None, size, last_write, error=malformed("content is not base64"))


@dataclass(frozen=True)
class Service:
    """A SERVICE; ``start`` is the raw DWORD (2 automatic, 3 manual, 4 disabled). ``exists`` is None where ``error`` is
    set.
    """

    name: str
    exists: bool | None
    state: str | None = None
    start: int | None = None
    account: str | None = None
    delayed: bool | None = None
    error: ErrorInfo | None = None


def read_service(obj: object, name: str) -> Service:
    """The SERVICE that the contract calls ``name``."""
    mapping = as_mapping(obj)
    error = read_error(mapping)
    if mapping is None or error is not None:
        return Service(name, None, error=error or malformed("not a service"))
    exists = as_bool(mapping.get("exists"))
    if exists is None:
        return Service(name, None, error=malformed("neither exists nor error"))
    if not exists:
        return Service(name, False)
    return Service(
        name,
        True,
        as_text(mapping.get("state"), 100),
        as_int(mapping.get("start"), 0, 2**32 - 1),
        as_text(mapping.get("account"), 1_024),
        as_bool(mapping.get("delayed")),
    )
