# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When state takes effect: whether a synchronization or an import would succeed with what the processes read.

It is a small model of its own, made of Microsoft's documents (effects.yml), and shares nothing with what audits the
hosts. What each part is read by: the worker process of IIS reads .NET's values, its config file and the protocols of
SCHANNEL; the WSUS service the protocols and its endpoint; Windows the policy of cipher suites and the updates at its
start; the algorithms of SCHANNEL count at once.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import yaml

from .machine import Machine
from .state import State

_CCS = "HKLM\\SYSTEM\\CurrentControlSet\\Control"
SCHANNEL = f"{_CCS}\\SecurityProviders\\SCHANNEL"
_SSL = "Cryptography\\Configuration"
_FRAMEWORK = "HKLM\\SOFTWARE\\Microsoft\\.NETFramework"
_PACKAGES = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages"
_ROLLUP = re.compile(r"Package_for_RollupFix~[^~]*~[^~]*~[^~]*~(\d+)\.(\d+)\.")
_CURVE = re.compile(r"_P(256|384|521)\Z")
INSTALLED = 0x70
PROTOCOLS = ("SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2")


@dataclass(frozen=True)
class Outcome:
    """How a connection ends: a name of the table, and the endpoint that was asked."""

    name: str
    endpoint: str

    @property
    def good(self) -> bool:
        """Whether it succeeds."""
        return self.name == "succeeded"

    def text(self, member: str) -> str:
        """A text of the table for this outcome."""
        return str(table()["outcomes"][self.name][member]).replace("{endpoint}", self.endpoint)


@functools.cache
def table() -> dict[str, Any]:
    """The model's data."""
    data = yaml.safe_load((Path(__file__).parent / "effects.yml").read_text("utf-8"))
    assert isinstance(data, dict)
    return data


def synchronization(machine: Machine) -> Outcome:
    """What a synchronization that starts now meets."""
    now, service = machine.state, machine.started("WsusService")
    endpoint = urlsplit(str(_configuration(service).get("MUUrl", ""))).hostname or ""
    if wanted := now.behaviour.wsus.outcome:
        return Outcome(wanted, endpoint)
    if _configuration(now).get("SyncFromMicrosoftUpdate") is False:
        return Outcome("succeeded", str(_configuration(now).get("UpstreamWsusServerName", "")))
    kind = table()["endpoints"].get(endpoint, "unknown_name")
    if kind != "tls12":
        return Outcome(kind, endpoint)
    offered = [name for name in PROTOCOLS if _usable(service, name, by_default=True)]
    if "TLS 1.2" in offered and not _service_knows_tls12(machine.started("boot")):
        offered.remove("TLS 1.2")
    return Outcome(_handshake(machine, offered), endpoint)


def importing(machine: Machine) -> Outcome:
    """What an import that starts now meets."""
    worker, endpoint = machine.started("w3wp"), str(table()["import_endpoint"])
    if wanted := machine.state.behaviour.wsus.import_outcome:
        return Outcome(wanted, endpoint)
    if _dotnet(worker, "SystemDefaultTlsVersions", "DontEnableSystemDefaultTlsVersions"):
        offered = [name for name in PROTOCOLS if _usable(worker, name, by_default=True)]
    elif _dotnet(worker, "SchUseStrongCrypto", "DontEnableSchUseStrongCrypto"):
        # The program names the protocols itself: DisabledByDefault does not count then.
        offered = [name for name in PROTOCOLS[1:] if _usable(worker, name, by_default=False)]
    else:
        offered = [name for name in PROTOCOLS[:-1] if _usable(worker, name, by_default=False)]
    return Outcome(_handshake(machine, offered), endpoint)


def startup_lines(state: State, boot: State) -> list[str]:
    """What WSUS says of the protocols when it starts; nothing where it does not know TLS 1.2."""
    if not _service_knows_tls12(boot):
        return []
    lines = []
    for name in PROTOCOLS[1:]:
        key = f"{SCHANNEL}\\Protocols\\{name}\\Client"
        if state.registry.find(key) is None:
            lines.append(f"SCHANNEL Protocols subkey for '{name}' not found. Protocol is enabled")
        else:
            lines.append(
                f"SCHANNEL Protocol '{name}' {'enabled' if _usable(state, name, by_default=True) else 'disabled'}"
            )
    return lines


def _handshake(machine: Machine, offered: list[str]) -> str:
    if not offered:
        return "no_common_algorithm"
    return "succeeded" if "TLS 1.2" in offered and _common_suite(machine) else "reset"


# -- protocols ---------------------------------------------------------------------------------------------------------
def _usable(state: State, protocol: str, *, by_default: bool) -> bool:
    key = f"{SCHANNEL}\\Protocols\\{protocol}\\Client"
    enabled = number(state, key, "Enabled")
    if enabled == 0 or (by_default and number(state, key, "DisabledByDefault")):
        return False
    return enabled is not None or protocol != "SSL 3.0" or build(state) < table()["first_build_2016"]


def _dotnet(worker: State, value: str, switch: str) -> bool:
    """Whether .NET was told: by its value, else by the switch of the config file, else by that of the registry."""
    stored = number(worker, f"{_FRAMEWORK}\\v4.0.30319", value)
    if stored is not None:
        return stored == 1
    release = number(worker, "HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full", "Release") or 0
    if release < table()["switches_from_release"]:
        return False
    name = f"Switch.System.Net.{switch}"
    said = _config_switches(worker).get(name)
    if said is None:
        key = worker.registry.find(f"{_FRAMEWORK}\\AppContext")
        found = key.value(name) if key else None
        said = str(found.data) if found and found.type == "REG_SZ" else None
    return said is not None and said.strip().lower() == "false"


def _config_switches(worker: State) -> dict[str, str]:
    file = worker.file(f"{worker.environment.system_root}\\System32\\inetsrv\\w3wp.exe.config")
    if file is None or file.problem:
        return {}
    try:
        root = ElementTree.fromstring(file.read())
    except (ElementTree.ParseError, ValueError, LookupError):
        return {}
    element = root.find("runtime/AppContextSwitchOverrides")
    pairs = (element.get("value", "") if element is not None else "").split(";")
    return {name.strip(): value for name, _sep, value in (pair.partition("=") for pair in pairs)}


def _service_knows_tls12(boot: State) -> bool:
    number_of_build = build(boot)
    needed = table()["rollups"].get(number_of_build)
    if needed is None:
        return number_of_build >= int(table()["first_build_2016"])
    for key in boot.registry.children(_PACKAGES):
        match = _ROLLUP.match(key.name)
        right = match and int(match[1]) == number_of_build and int(match[2]) >= needed
        if right and number(boot, key.path, "CurrentState") == INSTALLED:
            return True
    return False


# -- cipher suites -----------------------------------------------------------------------------------------------------
def _common_suite(machine: Machine) -> bool:
    now, boot = machine.state, machine.started("boot")
    modern = build(now) >= table()["first_build_2016"]
    accepted = table()["suites_2016" if modern else "suites_2012"]
    policy = _names(boot, f"HKLM\\SOFTWARE\\Policies\\Microsoft\\{_SSL}\\SSL\\00010002", "Functions")
    local = _names(now, f"{_CCS}\\{_SSL}\\Local\\SSL\\00010002", "Functions")
    for suite in policy or local:
        name = _CURVE.sub("", suite) if modern else suite
        if name in accepted and not _switched_off(now, name):
            return _common_curve(boot) if modern else True
    return False


def _switched_off(state: State, suite: str) -> bool:
    return any(
        part in suite and number(state, f"{SCHANNEL}\\{key}", "Enabled") == 0
        for part, key in table()["algorithms"].items()
    )


def _common_curve(boot: State) -> bool:
    curves = _names(boot, f"HKLM\\SOFTWARE\\Policies\\Microsoft\\{_SSL}\\SSL\\00010002", "EccCurves")
    known = {name.upper() for name in table()["curves"]}
    return not curves or any(name in known for name in curves)


def _names(state: State, path: str, value: str) -> list[str]:
    key = state.registry.find(path)
    found = key.value(value) if key else None
    data = found.data if found else None
    parts = data if isinstance(data, list) else str(data or "")[: table()["policy_characters"]].split(",")
    return [part.strip().upper() for part in parts if part.strip()]


# -- pieces of a state -------------------------------------------------------------------------------------------------
def number(state: State, path: str, name: str) -> int | None:
    """A DWORD; anything else is not read by who reads such values."""
    key = state.registry.find(path)
    value = key.value(name) if key else None
    return value.data if value and value.type == "REG_DWORD" and isinstance(value.data, int) else None


def build(state: State) -> int:
    """The build of Windows, such as 17763; 0 where the scenario says none."""
    key = state.registry.find("HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion")
    value = key.value("CurrentBuildNumber") if key else None
    text = str(value.data) if value else ""
    return int(text) if text.isascii() and text.isdigit() else 0


def _configuration(state: State) -> Mapping[str, Any]:
    configuration = state.wsus_api.get("configuration") if isinstance(state.wsus_api, Mapping) else None
    return configuration if isinstance(configuration, Mapping) else {}
