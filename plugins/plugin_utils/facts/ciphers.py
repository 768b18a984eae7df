# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subset ``ciphers``: which cipher suites and curves this host offers, and which of them the endpoint accepts.

The way of a suite: the list (policy, else local, else OS default), less what the OS does not know, less what FIPS mode
or a disabled SCHANNEL algorithm takes out, met with what the endpoint accepts. ``determined`` is false where any step
that decides whether something is left could not be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .cipher_lists import (
    NAME_LIMIT,
    POLICY_LIMIT,
    Names,
    Suite,
    base_name,
    curve_groups,
    curve_rows,
    known_suites,
    read_names,
    suite_system,
)
from .context import Context
from .endpoint_list import ENDPOINT, built_in
from .endpoint_list import list_fact as endpoint_list
from .raw import RegistryKey, RegistryTree, not_collected, read_key, read_tree
from .schannel import FIPS, SCHANNEL, fips, switched_on
from .tables import load_table

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002"
_VALUES = {"functions": "Functions", "ecc_curves": "EccCurves"}
TREES = {
    "cipher": ("ciphers", "Ciphers"),
    "hash": ("hashes", "Hashes"),
    "key_exchange": ("key_exchange_algorithms", "KeyExchangeAlgorithms"),
}
"""Kind of an algorithm -> member of the subset schannel, subkey of SCHANNEL."""


# --- the list --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chosen:
    """The names that count. ``source``: policy, local, os_default, unknown."""

    source: str
    names: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    type_problem: str | None = None


def choose(policy: Names, local: Names, default: Iterable[str] | None) -> Chosen:
    """The policy's list where it has one, else the local one, else the default (None: not known)."""
    problem = policy.type_problem or local.type_problem
    if not policy.readable:
        return Chosen("unknown", type_problem=policy.type_problem)
    if not policy.empty:
        return Chosen("policy", policy.names, policy.cut, policy.type_problem)
    if not local.readable:
        return Chosen("unknown", type_problem=problem)
    if not local.empty:
        return Chosen("local", local.names, local.cut, problem)
    return (
        Chosen("unknown", type_problem=problem)
        if default is None
        else Chosen("os_default", tuple(default), (), problem)
    )


def suite_list(
    policy: RegistryKey, local: RegistryKey, system: Mapping[str, Any] | None
) -> tuple[list[Suite], dict[str, Any]]:
    """The suites of the list in order, and the fact ``list``."""
    chosen = choose(
        read_names(policy.value("Functions"), "REG_SZ", POLICY_LIMIT),
        read_names(local.value("Functions"), "REG_MULTI_SZ"),
        None if system is None else system["default"],
    )
    suites, ignored = ([], []) if system is None else known_suites(chosen.names, system)
    late = f"does not end within the first {POLICY_LIMIT:,} characters of the list"
    fact = {
        # Without the OS nobody can say which of the names count.
        "source": "unknown" if system is None else chosen.source,
        "suites": [suite.name for suite in suites],
        "ignored": [*ignored, *({"name": name[:NAME_LIMIT], "reason": late} for name in chosen.cut)],
        "truncated": bool(chosen.cut),
        "type_problem": chosen.type_problem,
    }
    return suites, fact


# --- what takes suites out -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fate:
    """What happens to a suite: ``by`` = registry keys that take it out; ``uncertain`` = one that could is not known."""

    by: tuple[str, ...]
    uncertain: bool

    @property
    def lives(self) -> bool:
        """Whether it is certainly usable."""
        return not self.by and not self.uncertain


def needs_of(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(kind, name) of the SCHANNEL algorithms without which the suite of this row of cipher_suites.yml is lost."""
    cipher = [] if row["cipher"] is None else [("cipher", str(row["cipher"]))]
    return [*cipher, ("hash", str(row["hash"])), *(("key_exchange", str(name)) for name in row["key_exchange"])]


@cache
def spellings(kind: str, name: str) -> tuple[str, ...]:
    """The subkeys that are met for an algorithm, the documented one first."""
    rows = load_table("cipher_suites")["algorithms"]
    return (name, *(alias for row in rows if (row["kind"], row["name"]) == (kind, name) for alias in row["aliases"]))


class Switches:
    """FIPS mode and the SCHANNEL algorithms of a host (raw subset ``schannel``; None: not collected)."""

    def __init__(self, schannel: Mapping[str, object] | None) -> None:
        self.fips: bool | None = None
        self.fips_path = FIPS
        self._trees: dict[str, RegistryTree] = {}
        if schannel is not None:
            self.fips, value = fips(schannel)
            self.fips_path = value.path
        for kind, (member, subkey) in TREES.items():
            path = rf"{SCHANNEL}\{subkey}"
            missing = RegistryTree(path, None, error=not_collected())
            self._trees[kind] = missing if schannel is None else read_tree(schannel.get(member), path)

    def _algorithm(self, kind: str, name: str) -> Fate:
        by, uncertain = [], False
        for spelling in spellings(kind, name):
            key = self._trees[kind].key(spelling)
            on = switched_on(key.value("Enabled"), True)
            if on is False:
                by.append(key.path)
            uncertain = uncertain or on is None
        return Fate(tuple(by), uncertain)

    def fate(self, row: Mapping[str, Any]) -> Fate:
        """What happens to the suite that ``row`` of cipher_suites.yml describes."""
        fates = [self._algorithm(kind, name) for kind, name in needs_of(row)]
        if not row["fips"] and self.fips is not False:
            fates.insert(0, Fate((self.fips_path,) if self.fips else (), self.fips is None))
        by = tuple(dict.fromkeys(path for fate in fates for path in fate.by))
        return Fate(by, any(fate.uncertain for fate in fates))


# --- curves ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curves:
    """The fact ``curves``, and whether its ``common`` can be relied on where it is empty."""

    fact: dict[str, Any]
    determined: bool


def _curve_fact(source: str, curves: list[str], common: list[str], type_problem: str | None) -> dict[str, Any]:
    return {
        "source": source,
        "curves": curves,
        "common": common,
        "type_problem": type_problem,
    }


def curve_list(
    policy: RegistryKey, local: RegistryKey, ctx: Context, accepted: set[str], fips_on: bool | None
) -> Curves:
    """The curves of Windows Server 2016 and later, by the TLS groups that the endpoint accepts."""
    chosen = choose(
        read_names(policy.value("EccCurves"), "REG_MULTI_SZ"),
        read_names(local.value("EccCurves"), "REG_MULTI_SZ"),
        None if ctx.os is None else ctx.os["curves"],
    )
    rows = curve_rows(chosen.names)
    match = [row for row in rows if row["tls12"] and row["group"] in accepted]
    sure = [row["name"] for row in match if row["fips"] or fips_on is False]
    # Names that mean such a group, but not in any document of Windows: perhaps Windows knows them.
    perhaps = curve_groups(chosen.names) & accepted - {row["group"] for row in rows}
    open_question = bool(perhaps) or (fips_on is None and bool(match))
    names = [row["name"] for row in rows]
    return Curves(
        _curve_fact(chosen.source, names, sure, chosen.type_problem),
        chosen.source != "unknown" and (bool(sure) or not open_question),
    )


def curves_of_suites(suites: Iterable[Suite], common: Iterable[Suite]) -> Curves:
    """The curves of 2012 and 2012 R2: those in the names of the suites."""
    names, shared = (list(dict.fromkeys(s.curve for s in group if s.curve is not None)) for group in (suites, common))
    return Curves(_curve_fact("suite_names", names, shared, None), True)


# --- all together ----------------------------------------------------------------------------------------------------


def endpoint_suites(accepted: tuple[str, ...] | None) -> tuple[list[str], set[str]]:
    """Base names of the suites, and TLS groups of the curves, that the endpoint accepts; ``accepted`` replaces the
    suites.
    """
    row = built_in()
    if row is None:
        raise LookupError(f"endpoints.yml has no row for {ENDPOINT}")
    suites = row["accepted_suites"] if accepted is None else accepted
    return list(dict.fromkeys(base_name(name) for name in suites)), curve_groups(row["accepted_curves"]["names"])


def is_accepted(suite: Suite, accepted: Collection[str], groups: set[str]) -> bool:
    """Whether the endpoint accepts the suite, with its curve where the name says one."""
    return suite.base in accepted and (suite.curve is None or bool(curve_groups([suite.curve]) & groups))


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """The facts ``ciphers``."""
    policy, local = read_key(raw.get("policy"), POLICY), read_key(raw.get("local"), LOCAL)
    system = suite_system(ctx.os_id)
    switches = Switches(ctx.subset("schannel"))
    accepted, groups = endpoint_suites(None if ctx.accepted is None else ctx.accepted.suites)
    suites, list_fact = suite_list(policy, local, system)

    rows = {row["name"]: row for row in load_table("cipher_suites")["suites"]}
    fates = {suite: switches.fate(rows[suite.base]) for suite in suites}
    met = [suite for suite in suites if is_accepted(suite, accepted, groups)]
    common = [suite for suite in met if fates[suite].lives]
    if system is not None and system["names"] == "curve_suffix":
        curves = curves_of_suites(suites, common)
    elif system is not None:
        curves = curve_list(policy, local, ctx, groups, switches.fips)
    else:
        curves = Curves(_curve_fact("unknown", [], [], None), False)

    # A suite that may or may not live leaves the question open only where no other lives for certain.
    suites_settled = bool(common) or not any(fates[suite].uncertain and not fates[suite].by for suite in met)
    curves_matter = any("_ECDHE_" in suite.base for suite in met)
    return {
        "policy": {name: ctx.value_fact(policy.value(value)) for name, value in _VALUES.items()},
        "local": {name: ctx.value_fact(local.value(value)) for name, value in _VALUES.items()},
        "list": list_fact,
        "effective": [suite.name for suite in suites if fates[suite].lives],
        "killed": [{"name": suite.name, "by": path} for suite in suites for path in fates[suite].by],
        "endpoint_suites": accepted,
        "endpoint_list": endpoint_list(ctx.accepted, ctx.collected_at),
        "common": [suite.name for suite in common],
        "common_if_reenabled": [suite.name for suite in met],
        "curves": {
            **curves.fact,
            "determined": curves.determined,
            "needed": any("_ECDHE_" in name for name in accepted),
        },
        "determined": list_fact["source"] != "unknown" and suites_settled and (curves.determined or not curves_matter),
    }
