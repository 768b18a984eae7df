# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts ``dotnet``: .NET Framework, the documented strong cryptography values, and what WSUS' import makes of them.

WSUS targets .NET 4.5 and its web services run as 64-bit code on .NET 4, so the native v4.0.30319 key and the native
AppContext key count. What .NET does with them was read in Microsoft's reference source (.NET 4.8), ServicePointManager
(LoadConfiguration), NetRegistryConfiguration.cs (ReadConfig) and AppContextDefaultValues; functions say which.

Not seen by the collector, so not part of the answer: .NET's registry overrides of a program (a value named after the
path of w3wp.exe below ...\\v4.0.30319\\System.Net.ServicePointManager.*), and code that sets SecurityProtocol itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .app_config import AppConfig, parse_boolean
from .context import Context
from .dotnet_release import honours_switches, read_ndp_v4, read_release, version_of
from .raw import RegistryKey, RegistryValue, dword, read_key
from .w3wp import read_config

SYSTEM_DEFAULT = "SystemDefaultTlsVersions"
STRONG_CRYPTO = "SchUseStrongCrypto"
DONT_SYSTEM_DEFAULT = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
DONT_STRONG_CRYPTO = "Switch.System.Net.DontEnableSchUseStrongCrypto"
SWITCHES = {DONT_SYSTEM_DEFAULT: SYSTEM_DEFAULT, DONT_STRONG_CRYPTO: STRONG_CRYPTO}
"""AppContext switch -> the registry value that it governs."""

TARGET_DEFAULT = True
"""Both switches where nothing sets them, for a target of .NET 4.5 (System, AppContextDefaultValues.Defaults.cs)."""
NAMED = ("TLS 1.0", "TLS 1.1", "TLS 1.2")
OLD_ONLY = ("SSL 3.0", "TLS 1.0")
SYSTEM_DEFAULT_BUILT_IN = 460798
"""Release of .NET 4.7, the first whose source knows the choice "system default"; older ones got it by rollups."""

KEYS = {
    "native_v4": r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319",
    "native_v2": r"HKLM\SOFTWARE\Microsoft\.NETFramework\v2.0.50727",
    "wow6432_v4": r"HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319",
    "wow6432_v2": r"HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v2.0.50727",
}
APP_CONTEXT = {
    "native": r"HKLM\SOFTWARE\Microsoft\.NETFramework\AppContext",
    "wow6432": r"HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\AppContext",
}
NDP_V35 = r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v3.5"

_BOTH = frozenset({True, False})
_ABSENT: frozenset[int | None] = frozenset({None})
# Stands for "could be anything": absent, off, on, and a number that is neither.
_ANY: frozenset[int | None] = frozenset({None, 0, 1, 2})


@dataclass(frozen=True)
class Switch:
    """An AppContext switch as the web services see it; ``value`` None = can't be told."""

    value: bool | None
    source: str

    @property
    def candidates(self) -> frozenset[bool]:
        """The values that it may have."""
        return _BOTH if self.value is None else frozenset({self.value})


def _agreed(answers: frozenset[bool]) -> bool | None:
    """The one answer that all cases give, else None."""
    return next(iter(answers)) if len(answers) == 1 else None


def registry_candidates(value: RegistryValue) -> frozenset[int | None]:
    """What .NET may take from a value: its number, None for one that it treats as absent.

    ReadConfig takes a value only if its kind is DWord: REG_SZ "1" and a REG_QWORD are as good as absent.
    """
    return _ANY if value.error is not None else frozenset({dword(value)})


def enabled(registry: frozenset[int | None], dont: frozenset[bool]) -> bool | None:
    """Whether a feature is on, by LoadDisable...Configuration: all candidates are tried, None where they differ.

    With DontEnable true the registry value must be 1; with DontEnable false the feature is on unless the value is 0.
    """
    cases = itertools.product(registry, dont)
    return _agreed(frozenset(number == 1 if dont_enable else number != 0 for number, dont_enable in cases))


def _from_config(config: AppConfig, name: str) -> tuple[bool | None, bool]:
    """(value, whether it is known) of a switch in the configuration file; (None, True) = the file does not set it."""
    if config.state == "absent":
        return None, True
    if config.state != "ok" or name in config.undetermined:
        return None, False
    return config.switches.get(name), True


def _from_registry(value: RegistryValue) -> tuple[bool | None, bool]:
    """(value, whether it is known) of a switch in the AppContext key; (None, True) = not set, or no boolean.

    .NET 4.6 to 4.6.2 took text of any length and no other type; later versions read at most 5 characters of any type
    (AppContextDefaultValues.DesktopOverrides.cs). Where these two differ the switch is not known.
    """
    if value.error is not None:
        return None, False
    if isinstance(value.data, str) and value.type in ("REG_SZ", "REG_EXPAND_SZ"):
        parsed = parse_boolean(value.data)
        return (None, False) if parsed is not None and len(value.data) > 5 else (parsed, True)
    if isinstance(value.data, tuple) and value.data and parse_boolean(value.data[0]) is not None:
        return None, False
    return None, True


def resolve_switch(name: str, config: AppConfig, registry: RegistryValue, honoured: bool | None) -> Switch:
    """A switch by precedence: w3wp.exe.config, the registry, then the target framework (AppContext.TryGetSwitch)."""
    if honoured is False:
        return Switch(TARGET_DEFAULT, "target_framework")
    result = Switch(TARGET_DEFAULT, "target_framework")
    places = (("w3wp.exe.config", _from_config(config, name)), ("registry", _from_registry(registry)))
    for source, (value, known) in places:
        if not known:
            return Switch(None, source)
        if value is not None:
            result = Switch(value, source)
            break
    if honoured is None and result.value != TARGET_DEFAULT:
        return Switch(None, result.source)
    return result


def _config_alone(
    config: AppConfig, values: Mapping[str, RegistryValue], honoured: bool | None, knows: bool
) -> bool | None:
    """Whether the file's switches make TLS 1.2 possible without the registry's help; a registry 0 still forbids it.

    ``knows``: this .NET Framework has the choice "system default" for certain.
    """
    if honoured is False:
        return False
    found: list[bool | None] = []
    for switch, name in SWITCHES.items():
        value, known = _from_config(config, switch)
        dont = frozenset({TARGET_DEFAULT if value is None else value}) if known else _BOTH
        # A registry 1 is the other method; without it the value would be absent.
        without = frozenset(0 if number == 0 else None for number in registry_candidates(values[name]))
        found.append(_proven(name, enabled(without, dont), knows))
    alone = either(found)
    return alone if honoured or alone is False else None


def _proven(name: str, on: bool | None, knows: bool) -> bool | None:
    """``on``, but None where SystemDefaultTlsVersions is on and this .NET Framework may not know it."""
    return None if on and name == SYSTEM_DEFAULT and not knows else on


def either(parts: list[bool | None]) -> bool | None:
    """Three-valued "or"."""
    if True in parts:
        return True
    return None if None in parts else False


def _reason(
    asks_for: str,
    values: Mapping[str, RegistryValue],
    switches: Mapping[str, Switch],
    release: int | None,
    config: AppConfig,
    installed: bool | None,
) -> str:
    """Why, in a sentence or more."""
    honoured = honours_switches(release)
    said = {
        "system_default": f"{SYSTEM_DEFAULT} is in effect: Schannel decides",
        "named": f"{STRONG_CRYPTO} is in effect: TLS 1.0, 1.1 and 1.2 are asked for",
        "old_only": f"neither {SYSTEM_DEFAULT} nor {STRONG_CRYPTO} is in effect: SSL 3.0 and TLS 1.0 are asked for",
        "unknown": "it can't be told which protocols .NET asks for",
    }
    parts = [said[asks_for]]
    if installed is False:
        parts.append(".NET Framework 4 is not installed")
    for name, value in values.items():
        if value.error is not None:
            parts.append(f"{name} could not be read ({value.error.code})")
        elif value.exists and value.type != "REG_DWORD":
            parts.append(f"{name} is {value.type}, which .NET ignores")
        elif dword(value) == 0 and switches[_switch_of(name)].value is False:
            parts.append(f"{name} is 0, which defeats the switch")
    for name, switch in switches.items():
        if switch.value is None:
            parts.append(f"{name} can't be told from {switch.source}")
        elif switch.source != "target_framework":
            parts.append(f"{name} is {str(switch.value).lower()} by {switch.source}")
    if honoured is False and config.switches.keys() & SWITCHES.keys():
        parts.append("this .NET Framework is older than 4.6 and does not know the switches in w3wp.exe.config")
    if honoured is None:
        parts.append("the version of .NET Framework is not known")
    elif release is not None and release < SYSTEM_DEFAULT_BUILT_IN and asks_for in ("system_default", "unknown"):
        parts.append(f"this .NET Framework is older than 4.7 and needs its rollups of 2017 for {SYSTEM_DEFAULT}")
    return "; ".join(parts)


def _switch_of(value_name: str) -> str:
    return DONT_SYSTEM_DEFAULT if value_name == SYSTEM_DEFAULT else DONT_STRONG_CRYPTO


def _import(raw: Mapping[str, object], ctx: Context, keys: Mapping[str, RegistryKey]) -> dict[str, Any]:
    """The member ``import``."""
    release = read_release(raw)
    honoured = honours_switches(release)
    config = read_config(ctx.subset("w3wp"))[1]
    native = read_key(raw.get("app_context_native"), APP_CONTEXT["native"])
    values = {name: keys["native_v4"].value(name) for name in (SYSTEM_DEFAULT, STRONG_CRYPTO)}
    switches = {name: resolve_switch(name, config, native.value(name), honoured) for name in SWITCHES}

    system_default, strong = (
        enabled(registry_candidates(values[name]), switches[switch].candidates) for switch, name in SWITCHES.items()
    )
    knows = knows_system_default(release, ctx.os_id)
    if not strong:
        system_default = _proven(SYSTEM_DEFAULT, system_default, knows)
    asks_for, names = "unknown", list[str]()
    if _installed(read_ndp_v4(raw)) is False:
        asks_for = "unknown"
    elif system_default:
        asks_for = "system_default"
    elif system_default is False and strong is not None:
        asks_for, names = ("named", list(NAMED)) if strong else ("old_only", list(OLD_ONLY))
    by_registry = [
        _proven(name, enabled(registry_candidates(value), frozenset({TARGET_DEFAULT})), knows)
        for name, value in values.items()
    ]
    return {
        "asks_for": asks_for,
        "names": names,
        "methods": {"registry": either(by_registry), "w3wp_config": _config_alone(config, values, honoured, knows)},
        "switches": {name: {"value": switch.value, "source": switch.source} for name, switch in switches.items()},
        "reason": _reason(asks_for, values, switches, release, config, _installed(read_ndp_v4(raw))),
    }


def knows_system_default(release: int | None, os_id: str | None) -> bool:
    """Whether this .NET Framework has the choice "system default" for certain.

    .NET 4.7 and later have it; older ones got it by rollups, which nobody looked for, except that on Windows Server
    2016 .NET 4.6.2 is serviced by the cumulative updates of Windows (MicrosoftDocs, tls.md).
    """
    return release is not None and (release >= SYSTEM_DEFAULT_BUILT_IN or os_id == "2016")


def _documented_set(keys: Mapping[str, RegistryKey]) -> dict[str, Any]:
    """The eight values of Microsoft's "Configure for strong cryptography": all must be REG_DWORD 1."""
    missing, unreadable = [], False
    for key in keys.values():
        for name in (SYSTEM_DEFAULT, STRONG_CRYPTO):
            value = key.value(name)
            if value.error is not None:
                unreadable = True
            elif dword(value) != 1:
                missing.append(f"{value.path}\\{name}")
    return {"complete": False if missing else None if unreadable else True, "missing": missing}


def _installed(key: RegistryKey) -> bool | None:
    """By the key's Install (1); the facts' TRI."""
    if key.exists is not True:
        return key.exists
    number = dword(key.value("Install"))
    return None if number is None else number == 1


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """Facts of the subset."""
    keys = {name: read_key(raw.get(name), path) for name, path in KEYS.items()}
    contexts = {name: read_key(raw.get(f"app_context_{name}"), path) for name, path in APP_CONTEXT.items()}
    release = read_release(raw)
    return {
        "version": version_of(release),
        "release": release,
        "installed": _installed(read_ndp_v4(raw)),
        "v35_installed": _installed(read_key(raw.get("ndp_v35"), NDP_V35)),
        "strong_crypto": {
            name: {
                "system_default_tls_versions": ctx.value_fact(key.value(SYSTEM_DEFAULT)),
                "sch_use_strong_crypto": ctx.value_fact(key.value(STRONG_CRYPTO)),
            }
            for name, key in keys.items()
        },
        "app_context": {
            view: {name: ctx.value_fact(key.value(name)) for name in SWITCHES} for view, key in contexts.items()
        },
        "documented_set": _documented_set(keys),
        "import": _import(raw, ctx, keys),
    }
