# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What this Windows has of the suites that the endpoint accepts, and what of SCHANNEL stands in their way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..assess.view import Facts, Undetermined
from ..facts.cipher_lists import SUFFIX_CURVES, Suite, known_suites, suite_system
from ..facts.ciphers import TREES, endpoint_suites, is_accepted, needs_of, spellings
from ..facts.schannel import SCHANNEL
from ..facts.tables import load_table


@dataclass(frozen=True)
class Accepted:
    """Suites of this Windows that the endpoint accepts, in the endpoint's order, under the names of this Windows."""

    system: Mapping[str, Any]
    suites: tuple[Suite, ...]
    bases: tuple[str, ...]
    groups: frozenset[str]

    def key(self, suite: Suite) -> str:
        """What makes two names one suite here."""
        return suite.name if self.system["names"] == "curve_suffix" else suite.base

    def in_list(self, names: Collection[str]) -> set[str]:
        """Keys of the accepted suites that ``names`` hold."""
        suites, _ignored = known_suites(names, self.system)
        return {self.key(suite) for suite in suites if is_accepted(suite, self.bases, set(self.groups))}


def accepted_here(facts: Facts, accepted: Collection[str] | None = None) -> Accepted:
    """``accepted``: names, in place of those of the facts.

    Raises:
        Undetermined: which Windows this is, or what the endpoint accepts, is not known.
    """
    os_id = facts.need(str, "os", "id")
    system = suite_system(os_id)
    if system is None:
        raise Undetermined(f"the cipher suites of Windows Server {os_id} are not known")
    given = tuple(accepted) if accepted else tuple(facts.texts("ciphers", "endpoint_suites"))
    bases, groups = endpoint_suites(given)
    suffixes = [f"_P{curve}" for curve in SUFFIX_CURVES] if system["names"] == "curve_suffix" else []
    names = [f"{base}{suffix}" for base in bases for suffix in (*suffixes, "")]
    suites = [suite for suite in known_suites(names, system)[0] if is_accepted(suite, bases, groups)]
    return Accepted(system, tuple(suites), tuple(bases), frozenset(groups))


def suite_row(suite: Suite) -> Mapping[str, Any]:
    """The row of cipher_suites.yml that says what the suite needs."""
    rows: list[Mapping[str, Any]] = [row for row in load_table("cipher_suites")["suites"] if row["name"] == suite.base]
    return rows[0]


@dataclass(frozen=True)
class Algorithm:
    """A subkey of SCHANNEL that is on the host. ``effective``: enabled, disabled, unknown."""

    kind: str
    name: str
    effective: str

    @property
    def member(self) -> str:
        """Where it stands in the subset schannel."""
        return TREES[self.kind][0]

    @property
    def path(self) -> str:
        """Its key."""
        return rf"{SCHANNEL}\{TREES[self.kind][1]}\{self.name}"


def algorithms_found(facts: Facts, kind: str, name: str) -> list[Algorithm]:
    """The subkeys that the host has for an algorithm; none = it is on.

    Raises:
        Undetermined: not all subkeys are known.
    """
    member = TREES[kind][0]
    tree = facts.need(dict, "schannel", member)
    if not facts.need(bool, "schannel", "complete"):
        raise Undetermined("SCHANNEL has more keys than were read")
    wanted = {spelling.casefold() for spelling in spellings(kind, name)}
    found = [key for key in tree if isinstance(key, str) and key.casefold() in wanted]
    return [Algorithm(kind, key, facts.need(str, "schannel", member, key, "effective")) for key in found]


def standing_in_the_way(facts: Facts, suite: Suite) -> list[Algorithm]:
    """The subkeys that take the suite out, or may. Undetermined as above."""
    return [
        algorithm
        for kind, name in needs_of(suite_row(suite))
        for algorithm in algorithms_found(facts, kind, name)
        if algorithm.effective != "enabled"
    ]


def lost_to_fips(facts: Facts, suite: Suite) -> bool:
    """Whether FIPS mode takes the suite out, or may."""
    return not suite_row(suite)["fips"] and facts.get(bool, "schannel", "fips", "enabled") is not False
