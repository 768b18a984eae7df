# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts ``winhttp``: informational for WSUS, whose synchronization uses System.Net and its own proxy settings."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from ..redact import mask_user_info
from .context import Context
from .raw import RegistryValue, dword, read_key

INTERNET_SETTINGS = r"SOFTWARE\{}Microsoft\Windows\CurrentVersion\Internet Settings"
VIEWS = {"native": "", "wow6432": "Wow6432Node\\"}
PROTOCOL_BITS = {
    0x8: "SSL 2.0",
    0x20: "SSL 3.0",
    0x80: "TLS 1.0",
    0x200: "TLS 1.1",
    0x800: "TLS 1.2",
    0x2000: "TLS 1.3",
}
"""DefaultSecureProtocols (KB3140245) uses the bits of WINHTTP_FLAG_SECURE_PROTOCOL_* of winhttp.h."""

# WinHttpSettings is not documented; its shape is that of WinINet's DefaultConnectionSettings, as many observers found:
# version, counter, flags, length and text of the proxy, length and text of the bypass list; numbers little endian.
_HEADER = struct.Struct("<III")
_LENGTH = struct.Struct("<I")
_VERSIONS = (0x18, 0x28)
_FLAG_DIRECT, _FLAG_PROXY, _FLAGS_AUTOMATIC = 0x1, 0x2, 0x4 | 0x8


def _printable(raw: bytes) -> str:
    """Text of the blob: 8-bit characters of a code page that is not stated, cut at the first NUL."""
    return "".join(char for char in raw.split(b"\0")[0].decode("cp1252", "replace") if char.isprintable())


def _strings(blob: bytes) -> tuple[str, str] | None:
    """(proxy, bypass) that follow the header, None where the lengths do not fit the blob. A missing bypass is empty."""
    found: list[str] = []
    offset = _HEADER.size
    for _time in range(2):
        if offset == len(blob) and found:
            found.append("")
            break
        if offset + _LENGTH.size > len(blob):
            return None
        (length,) = _LENGTH.unpack_from(blob, offset)
        offset += _LENGTH.size
        if length > len(blob) - offset:
            return None
        found.append(_printable(blob[offset : offset + length]))
        offset += length
    return found[0], found[1]


def parse_settings(blob: bytes) -> dict[str, Any]:
    """access, server and bypass of a WinHttpSettings value; ``unknown`` for anything that has not the known shape."""
    unknown = {"access": "unknown", "server": None, "bypass": None}
    if len(blob) < _HEADER.size:
        return unknown
    version, _counter, flags = _HEADER.unpack_from(blob)
    strings = _strings(blob)
    if version not in _VERSIONS or strings is None or flags & _FLAGS_AUTOMATIC:
        return unknown
    server, bypass = (mask_user_info(text) or None for text in strings)
    if flags & _FLAG_PROXY:
        return {"access": "proxy", "server": server, "bypass": bypass} if server else unknown
    return {**unknown, "access": "direct"} if flags & _FLAG_DIRECT else unknown


def _proxy(value: RegistryValue) -> dict[str, Any]:
    """The proxy of one view. Without the value WinHTTP connects directly (``netsh winhttp reset proxy`` removes it)."""
    if value.error is None and not value.exists:
        return {"access": "direct", "server": None, "bypass": None}
    if value.type == "REG_BINARY" and isinstance(value.data, str):
        return parse_settings(bytes.fromhex(value.data))
    return parse_settings(b"")


def protocols_of(number: int | None) -> list[str] | None:
    """Names of the protocols that the bits of DefaultSecureProtocols switch on; bits without a name are left out."""
    return None if number is None else [name for bit, name in PROTOCOL_BITS.items() if number & bit]


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """Facts of the subset."""
    protocols, proxies = {}, {}
    for view, part in VIEWS.items():
        base = "HKLM\\" + INTERNET_SETTINGS.format(part)
        value = read_key(raw.get(view), f"{base}\\WinHttp").value("DefaultSecureProtocols")
        protocols[view] = {"value": ctx.value_fact(value), "protocols": protocols_of(dword(value))}
        connections = read_key(raw.get(f"connections_{view}"), f"{base}\\Connections")
        proxies[view] = _proxy(connections.value("WinHttpSettings"))
    return {"default_secure_protocols": protocols, "proxy": proxies}
