# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pieces of a collector's answer (docs/reference/collector.md) for tests of the facts."""

from __future__ import annotations

from typing import Any

TIME = "2026-09-30T01:02:03.456Z"
SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
DENIED: dict[str, Any] = {"error": {"code": "access_denied", "message": "no"}}


def reg(data: Any, kind: str | None = None) -> dict[str, Any]:
    """A VALUE; the type follows from the data unless it is given."""
    guessed = {int: "REG_DWORD", str: "REG_SZ", list: "REG_MULTI_SZ"}[type(data)] if kind is None else kind
    return {"type": guessed, "data": data}


def key(path: str, **values: Any) -> dict[str, Any]:
    """A KEY that exists; a value that is no VALUE or ERROR yet is made one."""
    made = {name: value if isinstance(value, dict) else reg(value) for name, value in values.items()}
    return {"path": path, "exists": True, "last_write": TIME, "values": made}


def no_key(path: str) -> dict[str, Any]:
    return {"path": path, "exists": False, "last_write": None, "values": {}}


def tree(path: str, subkeys: dict[str, Any] | None = None, *, truncated: bool = False) -> dict[str, Any]:
    """A TREE that exists."""
    return {"path": path, "exists": True, "last_write": TIME, "subkeys": subkeys or {}, "truncated": truncated}


def no_tree(path: str) -> dict[str, Any]:
    return {"path": path, "exists": False, "last_write": None, "subkeys": {}, "truncated": False}


BUILDS = {"2012": 9200, "2012R2": 9600, "2016": 14393, "2019": 17763, "2022": 20348, "2025": 26100}


def os_raw(os_id: str | None, *, product_type: str = "ServerNT", **values: Any) -> dict[str, Any]:
    """The raw subset ``os``; None = a build that no table knows."""
    build = str(BUILDS.get(os_id or "", 25398))
    all_values = {"ProductName": "Windows Server", "CurrentBuild": build, "CurrentBuildNumber": build, **values}
    return {
        "current_version": key(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", **all_values),
        "product_options": key(r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions", ProductType=product_type),
        "tcpip": key(r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters", Domain="example.test"),
        "environment": {
            "machine_name": "WSUS01",
            "is_64bit_operating_system": True,
            "is_64bit_process": True,
            "powershell_version": "5.1.14393.1",
            "powershell_edition": "Desktop",
            "ui_culture": "en-US",
        },
    }


def schannel_raw(**members: Any) -> dict[str, Any]:
    """The raw subset ``schannel`` of a host where nothing is set, with ``members`` in place of its own."""
    base = {
        "root": key(SCHANNEL, EventLogging=1),
        "protocols": tree(rf"{SCHANNEL}\Protocols"),
        "ciphers": no_tree(rf"{SCHANNEL}\Ciphers"),
        "hashes": no_tree(rf"{SCHANNEL}\Hashes"),
        "key_exchange_algorithms": no_tree(rf"{SCHANNEL}\KeyExchangeAlgorithms"),
        "fips": no_key(r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy"),
        "fips_legacy": key(r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa"),
    }
    return {**base, **members}


def algorithm_tree(subkey: str, **enabled: Any) -> dict[str, Any]:
    """SCHANNEL\\<subkey> with an ``Enabled`` per algorithm; give names with blanks by ``**{...}``."""
    path = rf"{SCHANNEL}\{subkey}"
    return tree(path, {name: key(rf"{path}\{name}", Enabled=value) for name, value in enabled.items()})


POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002"


def ciphers_raw(policy: dict[str, Any] | None = None, local: dict[str, Any] | None = None) -> dict[str, Any]:
    """The raw subset ``ciphers``; a dict without ``path`` is the key's values."""
    return {
        "policy": no_key(POLICY) if policy is None else policy if "error" in policy else key(POLICY, **policy),
        "local": no_key(LOCAL) if local is None else local if "error" in local else key(LOCAL, **local),
    }


def answer(**subsets: Any) -> dict[str, Any]:
    """A module result."""
    return {"changed": False, "contract": 1, "collected_at": TIME, "raw": subsets}
