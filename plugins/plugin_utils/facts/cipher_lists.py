# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists of names in registry values (cipher suites, curves), and which names an operating system knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .raw import RegistryValue
from .tables import load_table

POLICY_LIMIT = 1_023
"""Characters of the policy's text that Windows reads (windowsserverdocs, Manage TLS; win32, Prioritizing Schannel
Cipher Suites).
"""
NAME_LIMIT = 200
"""Characters that are shown of a name that means nothing."""
_ITEM_LIMIT = 10_000
_SUFFIX = re.compile(r"_P(256|384|521)$")
_BLANK = " \t\r\n\0"
SUFFIX_CURVES = {"256": "NistP256", "384": "NistP384", "521": "NistP521"}


@dataclass(frozen=True)
class Names:
    """The names in one value, in order. ``readable`` False: it could not be read, or its type holds no list.

    ``cut``: names that do not end within the text that Windows reads. ``type_problem``: the type is not the documented
    one.
    """

    readable: bool
    names: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    type_problem: str | None = None

    @property
    def empty(self) -> bool:
        """Whether the value is as good as absent."""
        return self.readable and not self.names and not self.cut


def _split(text: str, limit: int | None) -> tuple[list[str], list[str]]:
    """The names of a comma separated text: those that end within ``limit`` characters, and the others."""
    inside: list[str] = []
    beyond: list[str] = []
    start = 0
    for part in text.split(",")[:_ITEM_LIMIT]:
        name = part.strip(_BLANK)
        if name:
            end = start + len(part.rstrip(_BLANK))
            (inside if limit is None or end <= limit else beyond).append(name)
        start += len(part) + 1
    return inside, beyond


def read_names(value: RegistryValue, due: str, limit: int | None = None) -> Names:
    """The names in ``value``, whose documented type is ``due``.

    REG_SZ and REG_EXPAND_SZ are split at commas and obey ``limit``; each item of a REG_MULTI_SZ may itself hold commas.
    """
    if value.error is not None:
        return Names(False)
    if not value.exists:
        return Names(True)
    problem = None if value.type == due else f"{value.type} instead of {due}"
    if isinstance(value.data, str) and value.type in ("REG_SZ", "REG_EXPAND_SZ"):
        inside, beyond = _split(value.data, limit)
        return Names(True, tuple(inside), tuple(beyond), problem)
    if isinstance(value.data, tuple) and value.type == "REG_MULTI_SZ":
        names = [name for item in value.data for name in _split(item, None)[0]]
        return Names(len(names) <= _ITEM_LIMIT, tuple(names[:_ITEM_LIMIT]), (), problem)
    return Names(False, type_problem=problem)


# --- cipher suites ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Suite:
    """A suite of a host's list: ``name`` as that OS calls it, ``base`` without the suffix of a curve, ``curve`` of the
    suffix.
    """

    name: str
    base: str
    curve: str | None = None


def base_name(name: str) -> str:
    """The name without the suffix of a curve, in capitals."""
    return _SUFFIX.sub("", name.upper())


def suite_system(os_id: str | None) -> Mapping[str, Any] | None:
    """The row of cipher_suites.yml for an OS."""
    rows: dict[str, Mapping[str, Any]] = {row["os"]: row for row in load_table("cipher_suites")["systems"]}
    return None if os_id is None else rows.get(os_id)


def is_suite(name: str) -> bool:
    """Whether ``name`` is that of a cipher suite of any Windows, with the suffix of a curve or without."""
    return base_name(name) in _vocabulary(None)[1]


@cache
def _vocabulary(os_id: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """The names of suites that an OS knows (None: that any OS knows), and their base names."""
    systems = load_table("cipher_suites")["systems"]
    rows = [row for row in systems if os_id is None or row["os"] == os_id]
    names = frozenset(name for row in rows for name in (*row["default"], *row["not_default"]))
    return names, frozenset(base_name(name) for name in names)


def _suite(name: str, system: Mapping[str, Any]) -> Suite | str:
    """``name`` as this OS understands it, or why it does not."""
    upper = name.upper()
    base = base_name(upper)
    known, bases = _vocabulary(system["os"])
    suffix = _SUFFIX.search(upper)
    if system["names"] == "curve_suffix":
        if upper in known:
            return Suite(upper, base, SUFFIX_CURVES[suffix.group(1)] if suffix is not None else None)
        if upper in bases:
            return "has no effect on this operating system without the suffix of a curve (_P256, _P384, _P521)"
    elif base in known and (suffix is None or "_ECDHE_" in base):
        return Suite(upper, base)
    if base in _vocabulary(None)[1]:
        return "this operating system does not have it"
    return "not the name of a cipher suite of Windows"


def known_suites(names: Iterable[str], system: Mapping[str, Any]) -> tuple[list[Suite], list[dict[str, str]]]:
    """The suites that ``names`` mean to this OS, each once (where a suffix means nothing, two suffixes are one suite);
    the ignored.
    """
    suites: dict[str, Suite] = {}
    ignored: dict[str, dict[str, str]] = {}
    for name in names:
        suite = _suite(name, system)
        if isinstance(suite, str):
            shown = name[:NAME_LIMIT]
            ignored.setdefault(shown, {"name": shown, "reason": suite})
        else:
            suites.setdefault(suite.name if system["names"] == "curve_suffix" else suite.base, suite)
    return list(suites.values()), list(ignored.values())


# --- curves ----------------------------------------------------------------------------------------------------------


def curve_rows(names: Iterable[str]) -> list[Mapping[str, Any]]:
    """The rows of the curves that ``names`` mean to Windows, in order, each once; unknown names are left out."""
    table = {row["name"].casefold(): row for row in load_table("cipher_suites")["curves"]}
    return list({key: table[key] for key in (name.casefold() for name in names) if key in table}.values())


def curve_groups(names: Iterable[str]) -> set[str]:
    """The TLS groups that ``names`` mean to anyone: names of Windows, of the group, and of other software (P-256,
    x25519).
    """
    wanted = {name.casefold() for name in names}
    return {
        row["group"]
        for row in load_table("cipher_suites")["curves"]
        if wanted & {item.casefold() for item in (row["name"], row["group"], *row["other_names"])}
    }
