# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists of cipher suites and curves of another type: why ``all`` leaves them, and what a person does about each.

Whether Windows reads such a list is not documented. Where it does not, its own list is in force, and the right type
would take away each suite (curve) that the written list has not got: for every program of the server.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..assess.checks.ciphers import TYPES
from ..assess.view import Facts, Undetermined
from ..facts.cipher_lists import read_names
from ..facts.ciphers import LOCAL, POLICY
from ..text import clean
from .cipher_suite_order import EDITOR, TYPE_RULE
from .cipher_suite_order import NAME as BY_NAME
from .draft import registry_value
from .model import Refusal
from .wording import owner_text

_VALUES = {"functions": "Functions", "ecc_curves": "EccCurves"}
_PATHS = {"policy": POLICY, "local": LOCAL}
_CURVE_EDITOR = "ECC Curve Order (beside SSL Cipher Suite Order)"


def lists_by_hand(facts: Facts, planned: Collection[str]) -> list[Refusal]:
    """One for each list of another type. ``planned``: targets that the plan writes in the right type."""
    left = []
    for (place, name), due in TYPES.items():
        try:
            value = facts.value("ciphers", place, name)
        except Undetermined:
            continue  # the type is not what is wrong with it
        target = f"{_PATHS[place]}\\{_VALUES[name]}"
        if value["exists"] and value.get("type") != due and target not in planned:
            owner = value["owner"] if isinstance(value.get("owner"), str) else None
            found = clean(value.get("type"), 20)
            why = f"{_VALUES[name]} is {found} instead of {due}: whether Windows reads it is not documented"
            if place == "policy":
                why += ", and if it does not, the right type would take away what this list has not got"
            left.append(Refusal(TYPE_RULE, why, _step(place, name, value, owner), target, owner))
    return left


def _step(place: str, name: str, value: Mapping[str, Any], owner: str | None) -> str:
    path, of_suites = _PATHS[place], name == "functions"
    if place == "local":
        tools = (
            "Enable-TlsCipherSuite and Disable-TlsCipherSuite"
            if of_suites
            else "Enable-TlsEccCurve and Disable-TlsEccCurve"
        )
        return (
            f"It is Windows' own list. Remove it, write it as REG_MULTI_SZ with one name an item, and change it by "
            f"{tools} (2016 and later) or by the Group Policy only; restart Windows."
        )
    if owner is not None and owner.startswith(("gpo:", "preference:")):
        setting = EDITOR if of_suites else _CURVE_EDITOR
        return f"Set {setting} in {owner_text(owner)} in place of the registry value. Then gpupdate /target:computer."
    remove = f'reg delete "{path}" /v {_VALUES[name]} /f'
    try:
        names = read_names(registry_value(value), TYPES[place, name]).names
    except ValueError:
        names = ()
    if not names:
        return f"It holds no list. Remove it: {remove}"
    if of_suites:
        do = f"name {BY_NAME} in enforce_apply, which writes it as REG_SZ"
    else:
        data = "\\0".join(clean(item, 40) for item in names[:20])
        do = f'reg add "{path}" /v {_VALUES[name]} /t REG_MULTI_SZ /d {data} /f'
    return f"If this list is to be in force: {do}. If Windows' own is: {remove}. Restart Windows after either."
