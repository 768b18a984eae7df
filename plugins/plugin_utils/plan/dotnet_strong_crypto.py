# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution ``dotnet_strong_crypto`` (method 1): the values by which .NET lets Schannel choose the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..assess.view import Facts
from ..facts.dotnet import KEYS, STRONG_CRYPTO, SWITCHES, SYSTEM_DEFAULT
from .draft import Draft, dword, readable, view

NAME = "dotnet_strong_crypto"
SETS: dict[str, tuple[str, ...]] = {"required": ("native_v4",), "documented": tuple(KEYS)}
"""Which keys: the one that WSUS' web services read, or all four of "Configure for strong cryptography"."""
VALUES = {"system_default_tls_versions": SYSTEM_DEFAULT, "sch_use_strong_crypto": STRONG_CRYPTO}
"""Member of the facts -> name of the value."""
OF_WSUS = ("import.tls12", "dotnet.strong_crypto.v4_native")
OF_DOCUMENTED = "dotnet.strong_crypto.documented_set"
OF_TYPE = "dotnet.value_type"


def plan_strong_crypto(
    facts: Facts | Mapping[str, Any], values: str = "documented", *, override_unknown_owner: bool = False
) -> Draft:
    """REG_DWORD 1 for both values of each key of the set.

    Raises:
        ValueError: there is no such set.
    """
    if values not in SETS:
        raise ValueError(f"the set must be one of {', '.join(SETS)}")
    found, draft = view(facts), Draft(NAME, override_unknown_owner)
    for key in SETS[values]:
        for member, name in VALUES.items():
            value = readable(found, draft, f"{KEYS[key]}\\{name}", "dotnet", "strong_crypto", key, member)
            if value is not None:
                draft.set_value(value, (KEYS[key], name), dword(1), findings=_rules(found, key, values))
    return draft


def _rules(facts: Facts, key: str, values: str) -> tuple[str, ...]:
    """The rules that the whole set mends, for a value of this key."""
    whole = (OF_DOCUMENTED,) if values == "documented" else ()
    types = (OF_TYPE,) if all(place[2] in SETS[values] for place in _wrong_types(facts)) else ()
    return ((*OF_WSUS,) if key == "native_v4" else ()) + whole + types


def _wrong_types(facts: Facts) -> list[tuple[str, ...]]:
    """Where a value of the rule ``dotnet.value_type`` has a type that .NET passes over."""
    places = [("dotnet", "strong_crypto", key, member, "REG_DWORD") for key in KEYS for member in VALUES]
    places += [("dotnet", "app_context", view, name, "REG_SZ") for view in ("native", "wow6432") for name in SWITCHES]
    return [
        (*path, kind)
        for *path, kind in places
        for value in facts.shown(*path)
        if value["exists"] and value.get("type") != kind
    ]
