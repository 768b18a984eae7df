# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of .NET Framework: how the import chooses its protocol, and the documented values behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..model import Answer, failed, notapplicable, passed, unknown
from ..view import Facts, Undetermined

Options = Mapping[str, Any]
NATIVE = "native_v4"
PAIR = ("system_default_tls_versions", "sch_use_strong_crypto")
SWITCHES = (
    "Switch.System.Net.DontEnableSystemDefaultTlsVersions",
    "Switch.System.Net.DontEnableSchUseStrongCrypto",
)
KEYS = (NATIVE, "native_v2", "wow6432_v4", "wow6432_v2")


def import_tls12(facts: Facts, options: Options) -> Answer:
    """Either documented method in effect is enough; neither has to be complete."""
    asks = facts.need(str, "dotnet", "import", "asks_for")
    reason = facts.get(str, "dotnet", "import", "reason") or asks
    evidence = [value for name in PAIR for value in facts.shown("dotnet", "strong_crypto", NATIVE, name)]
    if asks in ("system_default", "named"):
        return passed(reason, evidence)
    return failed(reason, evidence) if asks == "old_only" else unknown(reason, evidence)


def dotnet_installed(facts: Facts, options: Options) -> Answer:
    """.NET Framework 4 by its NDP key."""
    if facts.need(bool, "dotnet", "installed"):
        return passed(f".NET Framework {facts.get(str, 'dotnet', 'version') or '4'}")
    return failed(".NET Framework 4 is not installed")


def strong_crypto_pair(facts: Facts, options: Options) -> Answer:
    """Both values of the 64-bit v4 key are REG_DWORD 1."""
    values, unread = read_values(facts, [NATIVE])
    wrong = [shown(value) for value in values if not is_one(value)]
    if wrong:
        return failed(", ".join(wrong), values)
    return unknown("; ".join(unread)) if unread else passed("Both values are 1", values)


def strong_crypto_set(facts: Facts, options: Options) -> Answer:
    """All eight values are REG_DWORD 1."""
    values, unread = read_values(facts, KEYS)
    wrong = [value for value in values if not is_one(value)]
    if wrong:
        listed = "; ".join(f"{value.get('path')}: {shown(value)}" for value in wrong)
        return failed(f"{len(wrong)} of 8 values are not REG_DWORD 1: {listed}", wrong)
    return unknown("; ".join(unread)) if unread else passed("All eight values are 1")


def read_values(facts: Facts, keys: Iterable[str]) -> tuple[list[Mapping[str, Any]], list[str]]:
    """The strong cryptography values of these keys that could be read, and why the others could not."""
    values: list[Mapping[str, Any]] = []
    unread: list[str] = []
    for key in keys:
        for name in PAIR:
            try:
                values.append(facts.value("dotnet", "strong_crypto", key, name))
            except Undetermined as reason:
                unread.append(str(reason))
    return values, unread


def dotnet_value_type(facts: Facts, options: Options) -> Answer:
    """Values that exist have the type that .NET reads; an unread one is unknown unless another one is wrong."""
    wrong: list[Mapping[str, Any]] = []
    unread: list[str] = []
    places = [("dotnet", "strong_crypto", key, name, "REG_DWORD") for key in KEYS for name in PAIR]
    places += [("dotnet", "app_context", view, name, "REG_SZ") for view in ("native", "wow6432") for name in SWITCHES]
    for *path, kind in places:
        try:
            value = facts.value(*path)
        except Undetermined as reason:
            unread.append(str(reason))
            continue
        if value["exists"] and value.get("type") != kind:
            wrong.append(value)
    return type_answer(wrong, unread)


def type_answer(wrong: list[Mapping[str, Any]], unread: list[str]) -> Answer:
    """Fail names the wrong ones; unread ones are never passed over."""
    if wrong:
        return failed("; ".join(f"{value.get('name')} is {value.get('type')}" for value in wrong), wrong)
    if unread:
        return unknown("; ".join(unread))
    return passed("All values that exist have the documented type")


def app_context_switch(facts: Facts, options: Options) -> Answer:
    """Method 2 of the article, where .NET honours it."""
    if not facts.need(bool, "w3wp", "switches_honoured"):
        version = facts.get(str, "dotnet", "version") or "of this server"
        return notapplicable(f".NET Framework {version} does not know AppContext switches")
    if facts.need(bool, "dotnet", "import", "methods", "w3wp_config"):
        return passed("The switch is set in w3wp.exe.config")
    state = facts.get(str, "w3wp", "config", "state") or "unknown"
    return failed("There is no w3wp.exe.config" if state == "absent" else "w3wp.exe.config does not enable TLS 1.2")


def w3wp_config(facts: Facts, options: Options) -> Answer:
    """The file is absent or well formed."""
    state = facts.need(str, "w3wp", "config", "state")
    message = facts.get(str, "w3wp", "config", "message") or state
    if state == "absent":
        return passed("There is no w3wp.exe.config")
    if state == "ok":
        return passed("Well formed")
    return failed(message) if state in ("malformed", "dtd") else unknown(message)


def is_one(value: Mapping[str, Any]) -> bool:
    """Exists as REG_DWORD 1."""
    return (
        bool(value["exists"])
        and value.get("type") == "REG_DWORD"
        and value.get("data") == 1
        and value["data"] is not True
    )


def shown(value: Mapping[str, Any]) -> str:
    """``Name is absent`` or ``Name is REG_SZ 1``."""
    if not value["exists"]:
        return f"{value.get('name')} is absent"
    return f"{value.get('name')} is {value.get('type')} {value.get('data')}"


CHECKS = {
    function.__name__: function
    for function in (
        import_tls12,
        dotnet_installed,
        strong_crypto_pair,
        strong_crypto_set,
        dotnet_value_type,
        app_context_switch,
        w3wp_config,
    )
}
