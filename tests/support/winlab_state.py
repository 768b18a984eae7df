# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cell of the lab (persona x scenario) as a scenario of the simulator: what a prefix made by mkprefix.py holds.

The contract test runs the real collector on the prefix and the simulated one on this, and compares. So this follows
mkprefix.build() step by step and uses its own helpers for merging, filling in and reading .reg files.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

HKLM = "HKEY_LOCAL_MACHINE"
SERVICES = "SYSTEM\\CurrentControlSet\\Services\\"
# What the lab's engine says it is.
POWERSHELL = "5.1.17763.5576"
SERVICE_STOPPED = (
    "The WSUS service is not running. (Microsoft.UpdateServices.Administration.WsusInvalidServerException)"
)
STARTS = {"auto": 2, "manual": 3, "disabled": 4}
# What the lab's API reports where no synchronization ever ran: .NET's zero GUID and time.
NEVER_RUN = {
    "Id": "00000000-0000-0000-0000-000000000000",
    "StartTime": "0001-01-01T00:00:00Z",
    "EndTime": "0001-01-01T00:00:00Z",
    "Result": "NeverRun",
    "Error": "NotApplicable",
    "ErrorText": "",
    "StartedManually": False,
}
CONFIGURATION = [
    "MUUrl",
    "RedirectorChangeNumber",
    "SyncFromMicrosoftUpdate",
    "IsReplicaServer",
    "UpstreamWsusServerName",
    "UpstreamWsusServerPortNumber",
    "UpstreamWsusServerUseSsl",
    "UseProxy",
    "ProxyName",
    "ProxyServerPort",
    "ProxyUserName",
    "ProxyUserDomain",
    "HasProxyPassword",
    "AnonymousProxyAccess",
    "AllowProxyCredentialsOverNonSsl",
    "UseSeparateProxyForSsl",
    "SslProxyName",
    "SslProxyServerPort",
    "ServerId",
    "OobeInitialized",
    "LogFilePath",
    "LogLevel",
]
SERVER = ["Name", "Version", "PortNumber", "UseSecureConnection", "IsConnectionSecureForApiRemoting"]


def state_from_winlab(home: Path, persona: str, scenario: str | Path, name: str | None = None) -> dict[str, Any]:
    """The scenario that describes the prefix of `persona` and `scenario`; `home` is the lab's folder."""
    return _Cell(_load_mkprefix(home), persona, str(scenario), name).scenario()


def _load_mkprefix(home: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("winlab_mkprefix", home / "mkprefix.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(home / "mkprefix.py")
    module = importlib.util.module_from_spec(spec)
    # The lab is not ours: no __pycache__ there.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


class _Cell:
    def __init__(self, lab: ModuleType, persona: str, scenario: str, name: str | None) -> None:
        self.lab = lab
        self.patch: dict[str, Any] = lab.load("scenarios", scenario)
        if not lab.applies(self.patch, persona):
            raise ValueError(f"scenario {scenario} does not apply to persona {persona}")
        home = Path(str(lab.HERE))
        reg = Path(scenario).with_suffix(".reg") if scenario.endswith(".json") else home / f"scenarios/{scenario}.reg"
        self.scenario_reg = reg if reg.exists() else None
        base = lab.merge(lab.load("personas", "common"), lab.load("personas", persona))
        data = lab.merge(base, self.patch.get("set", {}))
        self.now = datetime.now(timezone.utc).replace(microsecond=0)
        self.words: dict[str, Any] = {key: value for key, value in data.items() if isinstance(value, str | int)}
        self.words.update(now=self.now, name=name or data["name"])
        for key, spec in data["times"].items():
            self.words[key] = lab.relative(spec, self.now)
        self.data: dict[str, Any] = lab.fill(data, self.words)
        self.role = bool(data["wsus_role"])
        self.keys: dict[str, tuple[str, datetime, dict[str, tuple[str, Any]]]] = {}

    def scenario(self) -> dict[str, Any]:
        self.registry()
        boot = self.words["boot"]
        result: dict[str, Any] = {
            "about": f"{self.data['about']}: {self.patch['about']}",
            "installed": iso(self.words["install"]),
            "boot_time": iso(boot),
            "powershell_version": POWERSHELL,
            "environment": {"machine_name": self.words["name"], "system_root": "C:\\windows"},
            "registry": {
                path: {"last_write": iso(when), "values": dict(values.values())}
                for path, when, values in self.keys.values()
            },
            "files": self.files(),
            "services": self.services(),
            "processes": self.processes(),
            "policy": {"rsop": self.rsop()},
        }
        if self.role:
            result["wsus"] = {"api": self.api()}
        return result

    # -- registry, in the order of mkprefix.build() ------------------------------------------------------------------
    def registry(self) -> None:
        lab, data, installed = self.lab, self.data, self.words["install"]
        personas = Path(str(lab.HERE)) / "personas"
        # What Wine's own template holds of the keys that the collector reads and the personas leave alone.
        self.apply({f"{HKLM}\\SYSTEM\\CurrentControlSet\\Control\\Session Manager": {}}, installed, reg_text)
        for file in data["reg"] + (data["reg_role"] if self.role else []):
            keys = lab.read_reg(personas / file)
            filled = {
                key: values and {n: lab.fill(d, self.words) for n, d in values.items()} for key, values in keys.items()
            }
            self.apply(filled, installed, self.from_text)
        for service in self.lab_services():
            values = {"ObjectName": service["account"], "Start": STARTS[service["start"]]}
            self.apply({f"{HKLM}\\{SERVICES}{service['name']}": values}, installed, from_json)
        changed = lab.relative(self.patch.get("changed", "-30d"), self.now)
        if self.scenario_reg:
            self.apply(lab.read_reg(self.scenario_reg), changed, self.from_text)
        self.apply(self.patch.get("registry", {}), changed, from_json)
        packages = f"{HKLM}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages\\"
        for package in data["cim"].get("packages", []):
            self.apply({packages + package["PackageName"]: {"CurrentState": 0x70}}, installed, from_json)
        settings = {"type": "binary", "value": lab.winhttp_settings(data["winhttp_proxy"]).hex()}
        for view in ("", "Wow6432Node\\"):
            key = f"{HKLM}\\SOFTWARE\\{view}Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections"
            self.apply({key: {"WinHttpSettings": settings}}, installed, from_json)
        # Wine empties Domain when it starts (the name is then in "NV Domain" only).
        self.apply({f"{HKLM}\\{SERVICES}Tcpip\\Parameters": {"Domain": ""}}, self.now, from_json)
        self.apply(self.patch.get("pending_registry", {}), self.now - timedelta(minutes=10), from_json)

    def apply(self, keys: dict[str, Any], when: datetime, convert: Callable[[Any], Any]) -> None:
        for full, values in keys.items():
            hive, _sep, below = full.partition("\\")
            if hive.upper() not in (HKLM, "HKLM"):
                continue
            path = "HKLM\\" + below
            if values is None:
                low = path.lower()
                self.keys = {k: v for k, v in self.keys.items() if k != low and not k.startswith(low + "\\")}
                continue
            self.touch(path, when)
            for name, value in values.items():
                stored = self.keys[path.lower()][2]
                if value is None:
                    stored.pop(name.lower(), None)
                elif name:
                    stored[name.lower()] = (name, convert(value))

    def touch(self, path: str, when: datetime) -> None:
        parts = path.split("\\")
        for depth in range(2, len(parts) + 1):
            at = "\\".join(parts[:depth])
            known = self.keys.get(at.lower())
            if known is None or depth == len(parts):
                self.keys[at.lower()] = (known[0] if known else at, when, known[2] if known else {})

    def from_text(self, text: str) -> Any:
        """Wine's text of a value's data in the simulator's form."""
        return reg_text(text, self.lab.unquote)

    def number(self, path: str, name: str) -> int | None:
        key = self.keys.get(path.lower())
        value = key[2].get(name.lower()) if key else None
        return value[1] if value and isinstance(value[1], int) else None

    # -- services, processes, files ----------------------------------------------------------------------------------
    def lab_services(self) -> list[dict[str, Any]]:
        return [service for service in self.data["services"] if self.role or not service.get("role")]

    def start(self, service: dict[str, Any]) -> int:
        found = self.number(f"HKLM\\{SERVICES}{service['name']}", "Start")
        return STARTS[service["start"]] if found is None else found

    def running(self, name: str) -> bool:
        return any(service["name"] == name and self.start(service) == 2 for service in self.lab_services())

    def services(self) -> dict[str, Any]:
        return {
            service["name"]: {
                "state": "Running" if self.running(service["name"]) else "Stopped",
                "start": self.start(service),
                "account": service["account"],
            }
            for service in self.lab_services()
        }

    def processes(self) -> list[dict[str, Any]]:
        started = self.data["snapshot"]["processes"]
        found = []
        if self.running("W3SVC"):
            when = iso(self.words[started["w3wp"]])
            found.append({"name": "w3wp.exe", "process_id": 101, "started": when, "app_pool": "WsusPool"})
        if self.running("WsusService"):
            when = iso(self.words[started["WsusService"]])
            found.append({"name": "WsusService.exe", "process_id": 100, "started": when})
        return found

    def files(self) -> dict[str, Any]:
        if not self.role:
            return {}
        return {
            "C:\\" + path.replace("/", "\\"): {"text": text, "last_write": "now"}
            for path, text in self.data.get("files", {}).items()
        }

    # -- CIM and the WSUS API ----------------------------------------------------------------------------------------
    def rsop(self) -> dict[str, Any]:
        space = self.data["cim"].get("root/rsop/computer", {})
        return {
            "settings": [
                {
                    "key": row["registryKey"],
                    "value_name": row["valueName"],
                    "value_type": row["valueType"],
                    "deleted": row["deleted"],
                    "precedence": row["precedence"],
                    "gpo_id": row["GPOID"],
                }
                for row in space.get("RSOP_RegistryPolicySetting", [])
            ],
            "gpos": [
                {"id": row["id"], "name": row["name"], "guid": row["guidName"]} for row in space.get("RSOP_GPO", [])
            ],
        }

    def api(self) -> dict[str, Any]:
        wsus = self.data["wsus"]
        if not self.running("W3SVC"):
            return {"error": {"code": "connection_failed", "message": "Unable to connect to the remote server"}}
        if not self.running("WsusService"):
            return {"error": {"code": "connection_failed", "message": SERVICE_STOPPED}}
        # A server that never saved its configuration: a day before its start.
        changed = iso(self.words["boot"] - timedelta(days=1))
        config = {name: wsus["config"][name] for name in CONFIGURATION if name in wsus["config"]}
        done = [entry for entry in wsus["history"] if moment(entry["EndTime"]) <= self.now]
        busy = len(done) < len(wsus["history"])
        return {
            "reached_by": "assembly",
            "server": {name: wsus["server"][name] for name in SERVER},
            "configuration": {**config, "LastConfigChange": wsus["config"].get("LastConfigChange", changed)},
            "subscription": {
                "SynchronizeAutomatically": wsus["subscription"]["SynchronizeAutomatically"],
                "Status": "Running" if busy else "NotProcessing",
            },
            "last_synchronization": {name: done[-1][name] for name in NEVER_RUN} if done else NEVER_RUN,
        }


def iso(when: datetime) -> str:
    """A time as scenario files write it."""
    return when.isoformat().replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """A time of the lab's history."""
    return datetime.fromisoformat(text[:19] + "+00:00")


def from_json(value: Any) -> Any:
    """A value of the lab's JSON files in the simulator's form."""
    if isinstance(value, int):
        return value & 0xFFFFFFFF
    if isinstance(value, str | list):
        return value
    kind = value["type"].lower().removeprefix("reg_").removesuffix("_sz")
    return {"type": {"expand": "REG_EXPAND_SZ"}.get(kind, f"REG_{kind.upper()}"), "data": value["value"]}


def reg_text(text: str, unquote: Callable[[str], str] = str) -> Any:
    """The data of a .reg file, as mkprefix.read_reg() returns it, in the simulator's form."""
    if text.startswith("dword:"):
        return int(text[6:], 16)
    if text.startswith('"'):
        return unquote(text[1:-1])
    if text.startswith("str("):
        body = unquote(text[text.index('"') + 1 : -1])
        if text.startswith("str(7)"):
            return body.removesuffix("\0").split("\0") if body else []
        return {"type": "REG_EXPAND_SZ", "data": body}
    kind, _sep, octets = text.partition(":")
    data = bytes.fromhex(octets.replace(",", "").replace(" ", ""))
    if kind == "hex(b)":
        return {"type": "REG_QWORD", "data": int.from_bytes(data, "little")}
    if kind == "hex(7)":
        return data.decode("utf-16-le").rstrip("\0").split("\0")
    if kind in ("hex(2)", "hex(1)"):
        return {
            "type": "REG_EXPAND_SZ" if kind == "hex(2)" else "REG_SZ",
            "data": data.decode("utf-16-le").rstrip("\0"),
        }
    return {"type": "REG_NONE" if kind == "hex(0)" else "REG_BINARY", "data": data.hex()}
