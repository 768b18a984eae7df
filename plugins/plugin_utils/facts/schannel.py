# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subset ``schannel``: which protocols and algorithms Schannel may use.

Sources: TLS registry settings (MicrosoftDocs/windowsserverdocs; the version of 2019 documents DisabledByDefault),
Protocols in TLS/SSL (MicrosoftDocs/win32), KB245030. A value of a wrong type: no source says whether Schannel minds the
type, so the state is worked out for every number that it may be taken for, and is told only where all agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from .context import Context
from .raw import RegistryKey, RegistryTree, RegistryValue, number_in, read_key, read_tree
from .tables import load_table

SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
FIPS = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy"
FIPS_LEGACY = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa"
PROTOCOLS = ("SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
ROLES = ("client", "server")


def readings(value: RegistryValue) -> tuple[int | None, ...]:
    """The numbers that ``value`` may count as; None among them = as if it were not there. Unreadable = it may be
    anything.
    """
    if value.error is not None:
        return (None, 0, 1)
    if not value.exists:
        return (None,)
    number = number_in(value)
    if value.type == "REG_DWORD":
        return (number,)
    # A wrong type without a number in it is some number to a reader that does not look at the type: zero or not.
    return (None, number) if number is not None else (None, 0, 1)


def switched_on(value: RegistryValue, default: bool | None) -> bool | None:
    """Whether an ``Enabled`` (0 = off, any other number = on, absent = ``default``) is on; None where that can't be
    told.
    """
    found = {default if number is None else number != 0 for number in readings(value)}
    return found.pop() if len(found) == 1 else None


# --- protocols -------------------------------------------------------------------------------------------------------


def _named_default(protocol: str, os: Mapping[str, Any] | None) -> str:
    """The state without any value: ``enabled``, ``disabled``, ``unsupported``, or ``unknown`` (OS or protocol not in
    the table).
    """
    return "unknown" if os is None else str(os["protocols"].get(protocol, "unknown"))


def _everywhere(protocol: str) -> bool:
    """Whether every OS of the table has the protocol, so that an explicit value decides on an unknown OS too."""
    states = [row["protocols"].get(protocol) for row in load_table("os")["systems"]]
    return None not in states and "unsupported" not in states


def state_of(
    enabled: int | None, disabled_by_default: int | None, default: str, *, supported: bool = True
) -> tuple[str, str]:
    """(state, source) of a protocol and role for two numbers (None = absent) and the OS default.

    ``supported``: for an unknown default only, whether every known OS has the protocol. DisabledByDefault=0 alone on a
    protocol that is off by default is ``unknown``: the documents enable such a protocol by Enabled=1, with or without
    it.
    """
    if default == "unsupported":
        return default, "os_default"
    if enabled == 0:
        return ("half_disabled" if disabled_by_default == 0 else "disabled"), "registry"
    if enabled is not None:
        if default == "unknown" and not supported:
            return "unknown", "unknown"
        return ("off_unless_asked" if disabled_by_default else "enabled"), "registry"
    if disabled_by_default is None:
        return default, "unknown" if default == "unknown" else "os_default"
    if default == "enabled":
        return ("off_unless_asked" if disabled_by_default else "enabled"), "registry"
    if default == "disabled" and disabled_by_default:
        return "disabled", "os_default"
    return "unknown", "unknown"


_OFF = {"disabled", "half_disabled"}


def _agreed(states: set[tuple[str, str]]) -> tuple[str, str]:
    """The one state that all readings give, else ``unknown``."""
    names = {state for state, _source in states}
    if names == _OFF:  # off either way; only whether the registry contradicts itself is open
        return "disabled", "registry"
    if len(names) != 1:
        return "unknown", "unknown"
    sources = {source for _state, source in states}
    return names.pop(), "os_default" if "os_default" in sources else sources.pop()


def _reason(state: str, default: str, errors: list[RegistryValue], problems: list[str]) -> str | None:
    """Why a state is not simply read off the registry."""
    if state == "unsupported":
        return "the operating system does not have this protocol, whatever the registry says"
    if errors:
        error = errors[0].error
        return f"could not be read: {'' if error is None else f'{error.code} {error.message}'.strip()}"
    if problems:
        hint = "the readings differ" if state == "unknown" else "every reading gives this state"
        return f"not REG_DWORD: {', '.join(problems)}; {hint}"
    if state == "unknown" and default == "disabled":
        return "off by default, and DisabledByDefault=0 without Enabled is not documented to change that"
    if state == "unknown":
        return "whether this operating system has the protocol, and its default, is not known"
    if state == "half_disabled":
        return "Enabled=0 turns it off although DisabledByDefault=0 says that it is on by default"
    return None


def _side(protocol: str, key: RegistryKey, ctx: Context) -> dict[str, Any]:
    """The SIDE of one role."""
    enabled, disabled_by_default = key.value("Enabled"), key.value("DisabledByDefault")
    values = (enabled, disabled_by_default)
    default = _named_default(protocol, ctx.os)
    supported = _everywhere(protocol)
    states = {
        state_of(on, off, default, supported=supported)
        for on, off in product(readings(enabled), readings(disabled_by_default))
    }
    state, source = _agreed(states)
    problems = [value.name for value in values if value.exists and value.type != "REG_DWORD"]
    return {
        "state": state,
        "source": source,
        "default": default,
        "enabled": ctx.value_fact(enabled),
        "disabled_by_default": ctx.value_fact(disabled_by_default),
        "type_problems": problems,
        "reason": _reason(state, default, [value for value in values if value.error is not None], problems),
    }


def _protocol_names(tree: RegistryTree, ctx: Context) -> Iterator[str]:
    """The six, then others found on the host, each once; known ones as the table spells them."""
    known = {name.casefold(): name for name in (*PROTOCOLS, *(ctx.os["protocols"] if ctx.os is not None else ()))}
    yield from PROTOCOLS
    for found in tree.names():
        name = known.get(found.casefold(), found)
        if name not in PROTOCOLS:
            yield name


def protocols(tree: RegistryTree, ctx: Context) -> dict[str, Any]:
    """The facts ``protocols``."""
    facts = {}
    for name in _protocol_names(tree, ctx):
        roles = tree.tree(name)
        facts[name] = {role: _side(name, roles.key(role.title()), ctx) for role in ROLES}
    return facts


# --- algorithms ------------------------------------------------------------------------------------------------------


def algorithms(tree: RegistryTree, ctx: Context) -> dict[str, Any]:
    """The facts ``ciphers``, ``hashes`` or ``key_exchange_algorithms``: what the host has subkeys for. ERROR if
    unreadable.
    """
    if tree.error is not None:
        return tree.error.as_fact()
    facts: dict[str, Any] = {}
    for name in tree.names():
        value = tree.key(name).value("Enabled")
        on = switched_on(value, True)
        facts[name] = {
            "effective": {True: "enabled", False: "disabled", None: "unknown"}[on],
            "source": "registry" if value.exists or value.error is not None else "os_default",
            "enabled": ctx.value_fact(value),
        }
    return facts


# --- FIPS ------------------------------------------------------------------------------------------------------------


def fips(raw: Mapping[str, object]) -> tuple[bool | None, RegistryValue]:
    """Whether FIPS mode is on, and the value that says so.

    Since Vista it is FipsAlgorithmPolicy\\Enabled. Microsoft's page names the older Lsa\\FIPSAlgorithmPolicy; where
    only that one is set no source says what Schannel does, so the answer is None.
    """
    modern = read_key(raw.get("fips"), FIPS).value("Enabled")
    legacy = read_key(raw.get("fips_legacy"), FIPS_LEGACY).value("FIPSAlgorithmPolicy")
    shown = legacy if legacy.exists and modern.error is None and not modern.exists else modern
    on = switched_on(modern, False)
    if on is False and switched_on(legacy, False) is not False:
        return None, shown
    return on, shown


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """The facts ``schannel``."""
    on, value = fips(raw)
    trees = {
        member: read_tree(raw.get(member), rf"{SCHANNEL}\{subkey}")
        for member, subkey in (
            ("ciphers", "Ciphers"),
            ("hashes", "Hashes"),
            ("key_exchange_algorithms", "KeyExchangeAlgorithms"),
        )
    }
    found = read_tree(raw.get("protocols"), rf"{SCHANNEL}\Protocols")
    cut = any(tree.truncated for tree in (found, *(found.tree(name) for name in found.names()), *trees.values()))
    return {
        "complete": not cut and all(tree.error is None for tree in (found, *trees.values())),
        "protocols": protocols(found, ctx),
        **{member: algorithms(tree, ctx) for member, tree in trees.items()},
        "fips": {"enabled": on, "value": ctx.value_fact(value)},
    }
