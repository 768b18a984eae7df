# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of SCHANNEL protocols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..model import Answer, failed, informational, passed, unknown
from ..view import Facts, Undetermined
from .dotnet import type_answer

Options = Mapping[str, Any]
SIDES = ("client", "server")
USABLE = frozenset({"enabled", "off_unless_asked"})
"""States in which a program that names the protocol gets it."""
OFF = frozenset({"disabled", "half_disabled", "unsupported"})
INCOMPLETE = "SCHANNEL has more keys than were read"
BEFORE_TLS13 = frozenset({"2012", "2012R2", "2016", "2019"})


def usable_when_named(facts: Facts, protocol: str) -> bool | None:
    """Whether a program that asks for *protocol* by name gets it as client; None = could not be determined."""
    state = facts.get(str, "schannel", "protocols", protocol, "client", "state")
    if state in USABLE:
        return True
    return False if state in OFF else None


def protocol_enabled(facts: Facts, options: Options) -> Answer:
    """A protocol side is plainly enabled: off_unless_asked would leave out programs that let Schannel choose."""
    path = ("schannel", "protocols", options["protocol"], options["side"])
    state = facts.need(str, *path, "state")
    source = facts.get(str, *path, "source") or "unknown"
    evidence = values(facts, *path)
    if state == "enabled":
        return passed(f"Enabled ({source.replace('_', ' ')})", evidence)
    if state in USABLE or state in OFF:
        return failed(f"{options['protocol']} {options['side']} is {state.replace('_', ' ')}", evidence)
    return unknown(facts.get(str, *path, "reason") or "The state could not be determined", evidence)


def half_disabled(facts: Facts, options: Options) -> Answer:
    """Lists the sides whose two values contradict each other."""
    states = {
        (protocol, side): facts.need(str, "schannel", "protocols", protocol, side, "state")
        for protocol, side in sides(facts)
    }
    found = [f"{protocol} {side}" for (protocol, side), state in states.items() if state == "half_disabled"]
    if found:
        return failed("Half disabled: " + ", ".join(found))
    open_ones = [
        f"{protocol} {side}"
        for (protocol, side), state in states.items()
        if state == "unknown" or (state == "disabled" and contradiction_is_open(facts, protocol, side))
    ]
    if open_ones:
        return unknown("Not determined: " + ", ".join(open_ones))
    return passed("None") if facts.need(bool, "schannel", "complete") else unknown(INCOMPLETE)


def contradiction_is_open(facts: Facts, protocol: str, side: str) -> bool:
    """Whether a side that Enabled switches off may have a DisabledByDefault that says the contrary.

    That it is off is certain then, but not that its two values agree.
    """
    path = ("schannel", "protocols", protocol, side)
    try:
        enabled, by_default = facts.value(*path, "enabled"), facts.value(*path, "disabled_by_default")
    except Undetermined:
        return True
    return bool(enabled["exists"] and by_default["exists"] and by_default.get("type") != "REG_DWORD")


def schannel_value_type(facts: Facts, options: Options) -> Answer:
    """Every SCHANNEL value that was read and exists is a REG_DWORD."""
    wrong: list[Mapping[str, Any]] = []
    unread: list[str] = []
    places: list[tuple[str, ...]] = [
        ("schannel", "protocols", protocol, side, name)
        for protocol, side in sides(facts)
        for name in ("enabled", "disabled_by_default")
    ]
    for table in ("ciphers", "hashes", "key_exchange_algorithms"):
        try:
            found = facts.need(dict, "schannel", table)
        except Undetermined as reason:
            unread.append(str(reason))
            continue
        places += [("schannel", table, name, "enabled") for name in found if isinstance(name, str)]
    places.append(("schannel", "fips", "value"))
    for path in places:
        try:
            value = facts.value(*path)
        except Undetermined as reason:
            unread.append(str(reason))
            continue
        if value["exists"] and value.get("type") != "REG_DWORD":
            wrong.append(value)
    if not wrong and not unread and not facts.need(bool, "schannel", "complete"):
        unread.append(INCOMPLETE)
    return type_answer(wrong, unread)


def tls13_unsupported(facts: Facts, options: Options) -> Answer:
    """TLS 1.3 switched on in the registry of a Windows that has not got it."""
    os_id = facts.need(str, "os", "id")
    if os_id not in BEFORE_TLS13:
        return passed("This version of Windows has TLS 1.3")
    forced = []
    for side in SIDES:
        enabled = facts.value("schannel", "protocols", "TLS 1.3", side, "enabled")
        if enabled["exists"] and enabled.get("data") != 0:
            forced.append(enabled)
    if forced:
        return failed("TLS 1.3 is enabled in the registry", forced)
    return passed("Not forced")


def old_protocols(facts: Facts, options: Options) -> Answer:
    """Which old protocols a program can still use as client."""
    usable = []
    for protocol in options["protocols"]:
        state = facts.need(str, "schannel", "protocols", protocol, "client", "state")
        if state in USABLE:
            usable.append(protocol)
        elif state not in OFF:
            raise Undetermined(f"The state of {protocol} could not be determined")
    if usable:
        return informational("Still usable as client: " + ", ".join(usable))
    return passed("None")


def sides(facts: Facts) -> Iterator[tuple[str, str]]:
    """Every (protocol, side) of the facts; at least the ones that every Windows knows."""
    protocols = facts.need(dict, "schannel", "protocols")
    if "TLS 1.2" not in protocols:
        raise Undetermined("schannel.protocols has not the expected form")
    for protocol in protocols:
        if isinstance(protocol, str):
            for side in SIDES:
                yield protocol, side


def values(facts: Facts, *path: str) -> list[Mapping[str, Any]]:
    """The two values behind a state, those that could be read."""
    return facts.shown(*path, "enabled") + facts.shown(*path, "disabled_by_default")


CHECKS = {
    function.__name__: function
    for function in (protocol_enabled, half_disabled, schannel_value_type, tls13_unsupported, old_protocols)
}
