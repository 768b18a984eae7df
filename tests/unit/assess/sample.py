# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of a healthy topmost server (2019), written from docs/reference/facts.md, and ways to change them."""

from __future__ import annotations

import copy
from typing import Any

CHANGED = "2026-10-25T00:00:00.000Z"
STARTED = "2026-11-16T00:00:00.000Z"
NET = r"HKLM\SOFTWARE\{}Microsoft\.NETFramework\{}"
SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002"
SWITCH = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
STRONG_SWITCH = "Switch.System.Net.DontEnableSchUseStrongCrypto"
ERROR = {"error": {"code": "access_denied", "message": "no right to read this"}}


def value(path: str, name: str, kind: str | None = None, data: Any = None) -> dict[str, Any]:
    return {
        "path": path,
        "name": name,
        "exists": kind is not None,
        "type": kind,
        "data": data,
        "key_last_write": CHANGED,
        "owner": "local",
    }


def side(protocol: str, role: str, state: str) -> dict[str, Any]:
    key = rf"{SCHANNEL}\Protocols\{protocol}\{role.capitalize()}"
    return {
        "state": state,
        "source": "os_default",
        "default": state,
        "enabled": value(key, "Enabled"),
        "disabled_by_default": value(key, "DisabledByDefault"),
        "type_problems": [],
        "reason": None,
    }


def protocols() -> dict[str, Any]:
    states = {
        "SSL 2.0": "unsupported",
        "SSL 3.0": "disabled",
        "TLS 1.0": "enabled",
        "TLS 1.1": "enabled",
        "TLS 1.2": "enabled",
        "TLS 1.3": "unsupported",
    }
    return {
        protocol: {role: side(protocol, role, state) for role in ("client", "server")}
        for protocol, state in states.items()
    }


def strong_crypto() -> dict[str, Any]:
    found = {}
    for view, prefix in (("native", ""), ("wow6432", "Wow6432Node\\")):
        for short, version in (("v4", "v4.0.30319"), ("v2", "v2.0.50727")):
            path = NET.format(prefix, version)
            found[f"{view}_{short}"] = {
                "system_default_tls_versions": value(path, "SystemDefaultTlsVersions", "REG_DWORD", 1),
                "sch_use_strong_crypto": value(path, "SchUseStrongCrypto", "REG_DWORD", 1),
            }
    return found


def healthy() -> dict[str, Any]:
    service = {"exists": True, "state": "Running", "start_mode": "automatic", "account": "LocalSystem"}
    suites = ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    return copy.deepcopy(
        {
            "schema_version": "1.0",
            "collected_at": "2026-11-24T00:00:00.000Z",
            "os": {
                "id": "2019",
                "name": "Windows Server 2019 Standard",
                "build": 17763,
                "is_server": True,
                "support_ends": "2029-01-09",
                "support_ended": False,
                "esu_ends": None,
                "esu_ended": None,
            },
            "updates": {"monthly_rollup": {"state": "not_required", "needed": None, "evidence": [], "rollups": []}},
            "schannel": {
                "complete": True,
                "protocols": protocols(),
                "ciphers": {
                    "AES 128/128": {
                        "effective": "enabled",
                        "source": "os_default",
                        "enabled": value(rf"{SCHANNEL}\Ciphers\AES 128/128", "Enabled"),
                    }
                },
                "hashes": {},
                "key_exchange_algorithms": {},
                "fips": {"enabled": False, "value": value("HKLM\\fips", "Enabled", "REG_DWORD", 0)},
            },
            "dotnet": {
                "version": "4.7.2",
                "release": 461814,
                "installed": True,
                "v35_installed": False,
                "strong_crypto": strong_crypto(),
                "app_context": {
                    view: {switch: value(rf"HKLM\{view}\AppContext", switch) for switch in (SWITCH, STRONG_SWITCH)}
                    for view in ("native", "wow6432")
                },
                "documented_set": {"complete": True, "missing": []},
                "import": {
                    "asks_for": "system_default",
                    "names": [],
                    "methods": {"registry": True, "w3wp_config": False},
                    "switches": {},
                    "reason": "SystemDefaultTlsVersions is 1",
                },
            },
            "w3wp": {
                "config": {"path": "w3wp.exe.config", "exists": False, "state": "absent", "message": None},
                "switches_honoured": True,
            },
            "ciphers": {
                "policy": {"functions": value(POLICY, "Functions"), "ecc_curves": value(POLICY, "EccCurves")},
                "local": {
                    "functions": value("HKLM\\local", "Functions"),
                    "ecc_curves": value("HKLM\\local", "EccCurves"),
                },
                "list": {
                    "source": "os_default",
                    "suites": suites,
                    "ignored": [],
                    "truncated": False,
                    "type_problem": None,
                },
                "effective": suites,
                "killed": [],
                "endpoint_suites": suites,
                "endpoint_list": {
                    "source": "built_in",
                    "host": "sws.update.microsoft.com",
                    "date": "2020-08",
                    "age_days": None,
                    "verified": None,
                },
                "common": suites,
                "common_if_reenabled": suites,
                "curves": {
                    "source": "os_default",
                    "curves": ["curve25519", "NistP256"],
                    "common": ["NistP256"],
                    "type_problem": None,
                    "determined": True,
                    "needed": True,
                },
                "determined": True,
            },
            "winhttp": {"proxy": {"native": {"access": "direct", "server": None, "bypass": None}}},
            "wsus": {
                "role": {"installed": True, "version": "10.0.17763.1"},
                "api": {"reached": True, "by": "assembly", "error": None},
                "endpoint": {
                    "mu_url": "https://sws.update.microsoft.com",
                    "host": "sws.update.microsoft.com",
                    "kind": "sws",
                    "redirector_change_number": 4002,
                },
                "hierarchy": {"position": "topmost", "replica": False, "upstream": None},
                "proxy": {"used": False, "name": None, "port": None, "ssl_separate": False},
                "synchronization": {
                    "status": "NotProcessing",
                    "last": {
                        "result": "Succeeded",
                        "started": "2026-11-23T03:00:00.000Z",
                        "ended": "2026-11-23T03:05:00.000Z",
                        "error": "NotApplicable",
                        "error_text": "",
                        "manual": False,
                    },
                },
            },
            "configmgr": {"present": False, "roles": [], "uses_wsus": False, "evidence": [], "logs": []},
            "services": {**dict.fromkeys(("WsusService", "W3SVC", "WAS"), service), "processes": []},
            "policy": {},
            "restart": {
                "boot_time": STARTED,
                "processes": {"w3wp": STARTED, "WsusService": STARTED},
                "pending": [],
                "undetermined": [],
                "os_pending": {"component_servicing": False, "windows_update": False, "file_rename": False},
            },
            "journal": {"exists": True, "trusted": True, "entries": [], "interrupted": [], "pending": []},
        }
    )


def change(facts: dict[str, Any], *path_and_data: Any) -> dict[str, Any]:
    """*facts* with the member at the path replaced by the last argument; ``...`` removes it."""
    *path, last, data = path_and_data
    node = facts
    for name in path:
        node = node[name]
    if data is ...:
        del node[last]
    else:
        node[last] = data
    return facts
