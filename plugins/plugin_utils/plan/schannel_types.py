# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution ``schannel_types``: SCHANNEL values of another type become a REG_DWORD where that can change nothing.

No document says what Schannel makes of another type: it may take the value for absent, or for the number in it. Where
both come to the same state, the right type keeps that state. Where they don't, one of the two would be turned over, so
a person decides; but TLS 1.2 as client, and what every accepted suite needs, is turned on, as WSUS needs it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from ..assess.checks.schannel import sides
from ..assess.view import Facts, Undetermined
from ..facts.ciphers import TREES
from ..facts.raw import number_in
from ..facts.schannel import FIPS, FIPS_LEGACY, PROTOCOLS, SCHANNEL, state_of
from ..text import clean
from .draft import Draft, dword, registry_value, view
from .model import Operation
from .schannel_algorithms import ON, is_subkey, plan_algorithms
from .schannel_tls12 import TYPE_RULE, VALUES, of_its_type, plan_protocol
from .wording import SHORT, value_text

NAME = "schannel_types"
_OFF = ("disabled", "half_disabled")
_FIPS = "System cryptography: Use FIPS compliant algorithms for encryption, hashing, and signing"


@dataclass(frozen=True)
class _Side:
    """A protocol as client or server. ``wrong``: members of VALUES whose value has another type."""

    protocol: str
    role: str
    values: Mapping[str, Mapping[str, Any]]
    wrong: tuple[str, ...]

    @property
    def path(self) -> str:
        """Its key."""
        return rf"{SCHANNEL}\Protocols\{self.protocol}\{self.role.title()}"

    def wrong_text(self) -> str:
        """The values of another type, for people."""
        return " and ".join(f"{VALUES[name]} is {value_text(self.values[name], SHORT)}" for name in self.wrong)


def plan_types(
    facts: Facts | Mapping[str, Any],
    *,
    states: Mapping[str, Mapping[str, str]],
    accepted: Collection[str] | None = None,
    override_unknown_owner: bool = False,
    earlier: Iterable[Operation] = (),
) -> Draft:
    """All SCHANNEL values of another type.

    Args:
        states: what is wanted of protocols (``Wanted.protocol_states``); it decides where the type leaves it open.
        accepted: suites that the endpoint accepts, in place of those of the facts.
        earlier: operations of the plan so far, which are not planned again.
    """
    found, draft = view(facts), Draft(NAME, override_unknown_owner)
    planned = {operation.target.casefold() for operation in earlier}
    try:
        _protocols(found, draft, states, planned)
        needed = _needed(found, accepted)
        for kind in TREES:
            _algorithms(found, draft, kind, planned, needed)
        _fips(found, draft)
    except Undetermined as reason:
        draft.leave(str(reason))
    return draft


# --- protocols -------------------------------------------------------------------------------------------------------


def _protocols(facts: Facts, draft: Draft, states: Mapping[str, Mapping[str, str]], planned: Collection[str]) -> None:
    for protocol, role in sides(facts):
        path = ("schannel", "protocols", protocol, role)
        try:
            values = {member: facts.value(*path, member) for member in VALUES}
        except Undetermined as reason:
            draft.leave(str(reason), target=rf"{SCHANNEL}\Protocols\{clean(protocol, 100)}\{role.title()}")
            continue
        side = _Side(protocol, role, values, tuple(name for name in values if of_its_type(values[name])))
        done = [name for name in side.wrong if rf"{side.path}\{VALUES[name]}".casefold() in planned]
        if side.wrong and not done:
            _mend(facts, draft, side, states.get(protocol, {}).get(role))


def _mend(facts: Facts, draft: Draft, side: _Side, wanted: str | None) -> None:
    default = facts.need(str, "schannel", "protocols", side.protocol, side.role, "default")
    state = facts.need(str, "schannel", "protocols", side.protocol, side.role, "state")
    numbers = _kept(side, default, state) if side.protocol in PROTOCOLS and default != "unsupported" else None
    if numbers is not None:
        for member in side.wrong:
            draft.set_value(
                side.values[member], (side.path, VALUES[member]), dword(numbers[member]), findings=(TYPE_RULE,)
            )
    elif wanted is not None and default in ("enabled", "disabled"):
        draft.add(
            plan_protocol(
                facts,
                side.protocol,
                side.role,
                wanted,
                override_unknown_owner=draft.override_unknown_owner,
                resolution=NAME,
            )
        )
    else:
        _left(draft, side, default)


def _kept(side: _Side, default: str, state: str) -> dict[str, int] | None:
    """The numbers, of the values that exist, by which the state stays what it certainly is; None where it is open."""
    if state not in ("enabled", "off_unless_asked", *_OFF):
        return None
    choices = [_numbers(side.values[name], wrong=name in side.wrong) for name in VALUES]
    same = _OFF if state in _OFF else (state,)
    for on, off in product(*choices):
        if state_of(on, off, default)[0] in same:
            return {name: number for name, number in zip(VALUES, (on, off), strict=True) if number is not None}
    return None


def _numbers(value: Mapping[str, Any], *, wrong: bool) -> tuple[int | None, ...]:
    """What may be written: the number that is in a value of another type, else either; a right value stays."""
    if not value["exists"]:
        return (None,)
    found = _number(value)
    if wrong:
        return (1, 0) if found is None else (int(found != 0),)
    return (found,)


def _number(value: Mapping[str, Any]) -> int | None:
    try:
        return number_in(registry_value(value))
    except ValueError:
        return None  # facts that were handed in, and are none


def _left(draft: Draft, side: _Side, default: str) -> None:
    what = f"{clean(side.protocol, 40)} as {side.role}"
    if default == "unsupported":
        draft.leave(
            f"{side.wrong_text()}, and this Windows has no {what}",
            f"Remove it: {' and '.join(_delete(side.path, VALUES[name]) for name in side.wrong)}.",
            side.path,
        )
        return
    on, off = (
        " and ".join(
            f"{VALUES[name]}={number}" for name, number in zip(VALUES, pair, strict=True) if name in side.wrong
        )
        for pair in ((1, 0), (0, 1))
    )
    without = f", which makes it {default}" if default in ("enabled", "disabled") else ""
    draft.leave(
        f"{side.wrong_text()}: whether Windows takes that for a number or for nothing decides whether {what} is on, "
        "and no document says it",
        f"Write as REG_DWORD {off} to have it off, or {on} to have it on (reg add with /t REG_DWORD), "
        f"or remove what has the wrong type{without}.",
        side.path,
    )


def _delete(path: str, name: str) -> str:
    return f'reg delete "{clean(path, 200)}" /v {name} /f'


# --- algorithms ------------------------------------------------------------------------------------------------------


def _needed(facts: Facts, accepted: Collection[str] | None) -> set[str]:
    """Targets without which no accepted suite is certainly left."""
    if facts.get(list, "ciphers", "common"):
        return set()
    return {operation.target.casefold() for operation in plan_algorithms(facts, accepted).operations}


def _algorithms(facts: Facts, draft: Draft, kind: str, planned: Collection[str], needed: Collection[str]) -> None:
    member, subkey = TREES[kind]
    for name in facts.need(dict, "schannel", member):
        target = rf"{SCHANNEL}\{subkey}\{name}"
        try:
            value = facts.value("schannel", member, name, "enabled")
        except Undetermined as reason:
            draft.leave(str(reason), target=clean(target, 300))
            continue
        whole = rf"{target}\Enabled".casefold()
        if not of_its_type(value) or whole in planned:
            continue
        certain = facts.get(str, "schannel", member, name, "effective") == "enabled"
        if is_subkey(name) and (certain or whole in needed):
            draft.set_value(value, (target, "Enabled"), dword(ON), findings=(TYPE_RULE,))
        else:
            draft.leave(
                f"Enabled is {value_text(value, SHORT)}: whether Windows takes that for 0 or for nothing decides "
                f"whether {clean(name, 60)} is on, and no document says it",
                f"Write it as REG_DWORD, 0 to have it off, {ON} to have it on: "
                f'reg add "{clean(target, 200)}" /v Enabled /t REG_DWORD /d 0 (or {ON}) /f',
                clean(target, 300),
            )


def _fips(facts: Facts, draft: Draft) -> None:
    """FIPS mode is never changed, not by its type either."""
    value = facts.value("schannel", "fips", "value")
    if of_its_type(value):
        legacy = str(value.get("name")).casefold() != "enabled"
        path, name = (FIPS_LEGACY, "FIPSAlgorithmPolicy") if legacy else (FIPS, "Enabled")
        draft.leave(
            f"{name} is {value_text(value, SHORT)}; FIPS mode is never changed",
            f"Set the security option {_FIPS!r}, or write it as REG_DWORD, 0 for off, 1 for on: "
            f'reg add "{path}" /v {name} /t REG_DWORD /d 0 (or 1) /f',
            f"{path}\\{name}",
        )
