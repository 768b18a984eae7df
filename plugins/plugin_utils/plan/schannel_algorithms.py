# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution ``schannel_algorithms``: algorithms that accepted suites need are turned on again; none is turned off."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..assess.view import Facts, Undetermined
from ..facts.cipher_lists import Suite
from ..facts.ciphers import TREES
from .draft import Draft, dword, view
from .model import ABSENT
from .schannel_tls12 import of_its_type
from .suites import Accepted, Algorithm, accepted_here, algorithms_found, lost_to_fips, standing_in_the_way

NAME = "schannel_algorithms"
RULES = ("ciphers.algorithm_disabled", "ciphers.common_suite")
ON = 0xFFFFFFFF
"""What KB245030 writes; the newest pages of Microsoft show 1, and Schannel takes both for on."""
STATES = ("enabled", "default")


def is_subkey(name: str) -> bool:
    """Whether it can be the name of an algorithm's key."""
    return bool(name) and len(name) <= 255 and "\\" not in name


def plan_algorithm(
    facts: Facts | Mapping[str, Any], kind: str, name: str, state: str, *, override_unknown_owner: bool = False
) -> Draft:
    """One algorithm: ``enabled`` where it is disabled, ``default`` removes its value.

    Raises:
        ValueError: there is no such kind or state, or it is no name of a subkey.
    """
    if kind not in TREES or state not in STATES or not is_subkey(name):
        raise ValueError(f"no kind, name or state of an algorithm: {kind}, {name[:60]}, {state}")
    found, draft = view(facts), Draft(NAME, override_unknown_owner)
    try:
        for algorithm in algorithms_found(found, kind, name):
            _plan(found, draft, algorithm, state)
    except Undetermined as reason:
        draft.leave(str(reason), target=name)
    return draft


def _plan(facts: Facts, draft: Draft, algorithm: Algorithm, state: str) -> None:
    if state == "enabled" and algorithm.effective == "enabled":
        return
    target = f"{algorithm.path}\\Enabled"
    if any(operation.target == target for operation in draft.operations):
        return  # another suite needs it too
    try:
        value = facts.value("schannel", algorithm.member, algorithm.name, "enabled")
    except Undetermined as reason:
        draft.leave(str(reason), target=target)
        return
    after = dword(ON) if state == "enabled" else ABSENT
    draft.set_value(value, (algorithm.path, "Enabled"), after, findings=(*RULES, *of_its_type(value)))


def plan_algorithms(
    facts: Facts | Mapping[str, Any],
    accepted: Collection[str] | None = None,
    *,
    override_unknown_owner: bool = False,
) -> Draft:
    """What the accepted suites of the host's list lack; where the list has none, what those of this Windows lack."""
    found, draft = view(facts), Draft(NAME, override_unknown_owner)
    try:
        here = accepted_here(found, accepted)
        if found.need(str, "ciphers", "list", "source") == "unknown":
            raise Undetermined("the list of cipher suites could not be read")
        suites = _concerned(found, here)
        for suite in suites:
            for algorithm in standing_in_the_way(found, suite):
                _plan(found, draft, algorithm, "enabled")
        if suites and all(lost_to_fips(found, suite) for suite in suites):
            draft.leave(
                "FIPS mode takes out every suite that the endpoint accepts, or may",
                "Let the suites be accepted ones that FIPS approves; FIPS mode is never changed.",
            )
    except Undetermined as reason:
        draft.leave(str(reason))
    return draft


def takes_all(facts: Facts, accepted: Collection[str] | None = None) -> bool:
    """Whether no accepted suite of this Windows is left by the algorithms. False where that can't be told.

    A list of suites can't be mended then before the algorithms are.
    """
    try:
        here = accepted_here(facts, accepted)
        return bool(here.suites) and all(standing_in_the_way(facts, suite) for suite in here.suites)
    except Undetermined:
        return False


def _concerned(facts: Facts, here: Accepted) -> list[Suite]:
    listed = here.in_list(facts.texts("ciphers", "list", "suites"))
    return [suite for suite in here.suites if here.key(suite) in listed] or list(here.suites)
