# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution ``schannel_tls12``, and single protocols of SCHANNEL: what Windows has on by default is not written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from ..assess.view import Facts, Undetermined
from ..facts.schannel import PROTOCOLS, ROLES, SCHANNEL, state_of
from .draft import Draft, dword, view
from .model import ABSENT, State

NAME = "schannel_tls12"
TLS12 = "TLS 1.2"
VALUES = {"enabled": "Enabled", "disabled_by_default": "DisabledByDefault"}
"""Member of the facts -> name of the value."""
WRITTEN = {"enabled": (1, 0), "disabled": (0, 1)}
"""State -> (Enabled, DisabledByDefault)."""
STATES = (*WRITTEN, "default")
RULES = {
    (TLS12, "client"): ("schannel.tls12_client",),
    (TLS12, "server"): ("schannel.tls12_server",),
}
TYPE_RULE = "schannel.value_type"
_WAYS = ((), ("enabled",), ("disabled_by_default",), ("enabled", "disabled_by_default"))
"""Which of the two values to write, the fewest first."""


def plan_protocol(
    facts: Facts | Mapping[str, Any],
    protocol: str,
    role: str,
    state: str,
    *,
    override_unknown_owner: bool = False,
    resolution: str = NAME,
) -> Draft:
    """A protocol as client or server: ``enabled`` or ``disabled`` for every program, or ``default`` (no values).

    Raises:
        ValueError: there is no such protocol, role or state.
    """
    if protocol not in PROTOCOLS or role not in ROLES or state not in STATES:
        raise ValueError(f"no protocol, role or state of SCHANNEL: {protocol}, {role}, {state}")
    draft = Draft(resolution, override_unknown_owner)
    path = rf"{SCHANNEL}\Protocols\{protocol}\{role.title()}"
    try:
        _plan(view(facts), draft, protocol, role, state, path)
    except Undetermined as reason:
        draft.leave(str(reason), target=path)
    return draft


def _plan(facts: Facts, draft: Draft, protocol: str, role: str, state: str, path: str) -> None:
    side = ("schannel", "protocols", protocol, role)
    values = {member: facts.value(*side, member) for member in VALUES}
    if state == "default":
        wanted: dict[str, State] = dict.fromkeys(VALUES, ABSENT)
    else:
        default = facts.need(str, *side, "default")
        if default == "unsupported":
            if state == "enabled":
                draft.refuse(f"this Windows has no {protocol}", "Do without it.", path)
            return
        if default not in ("enabled", "disabled"):
            draft.leave(f"what this Windows makes of {protocol} without any value is not known", target=path)
            return
        wanted = _smallest(values, default, state)
    rules = RULES.get((protocol, role), ())
    for member, after in wanted.items():
        value = values[member]
        draft.set_value(value, (path, VALUES[member]), after, findings=(*rules, *of_its_type(value)))


def of_its_type(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The rule that fails for this VALUE of SCHANNEL because of its type; none where the type is right."""
    return (TYPE_RULE,) if value["exists"] and value.get("type") != "REG_DWORD" else ()


def _smallest(values: Mapping[str, Mapping[str, Any]], default: str, state: str) -> dict[str, State]:
    """The fewest values that make the state certain."""
    numbers = dict(zip(VALUES, WRITTEN[state], strict=True))
    found = {member: tuple(_numbers(value)) for member, value in values.items()}
    for way in _WAYS:
        readings = [(numbers[member],) if member in way else found[member] for member in VALUES]
        if {state_of(on, off, default)[0] for on, off in product(*readings)} == {state}:
            return {member: dword(numbers[member]) for member in way}
    raise AssertionError("both values together always lead to the state")


def _numbers(value: Mapping[str, Any]) -> Iterable[int | None]:
    """What Schannel may take of a value; of one of another type anything, so it never decides and is replaced."""
    data = value.get("data")
    if not value["exists"]:
        return (None,)
    if value.get("type") == "REG_DWORD" and isinstance(data, int) and not isinstance(data, bool):
        return (data,)
    return (None, 0, 1)


def plan_protocols(
    facts: Facts | Mapping[str, Any],
    states: Mapping[str, Mapping[str, str]],
    *,
    override_unknown_owner: bool = False,
) -> Draft:
    """Several protocols: ``{"TLS 1.2": {"client": "enabled"}}``. ValueError as ``plan_protocol``."""
    found, draft = view(facts), Draft(NAME, override_unknown_owner)
    for protocol, roles in states.items():
        for role, state in roles.items():
            draft.add(plan_protocol(found, protocol, role, state, override_unknown_owner=override_unknown_owner))
            note = _warning(found, protocol, role, state)
            if note is not None:
                draft.notes.append(note)
    return draft


def _warning(facts: Facts, protocol: str, role: str, state: str) -> str | None:
    """What turning this off costs WSUS."""
    if state != "disabled" or role != "client":
        return None
    if protocol == TLS12:
        return "TLS 1.2 as client is the only protocol that the endpoint of Microsoft Update accepts."
    if facts.get(str, "dotnet", "import", "asks_for") == "old_only":
        return f"The import asks for old protocols only: without {protocol} it fails (issue 2) until .NET uses TLS 1.2."
    return None
