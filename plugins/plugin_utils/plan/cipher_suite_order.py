# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution ``cipher_suite_order``: accepted suites go into the list of the policy that is there; none is made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..assess.view import Facts, Undetermined
from ..facts.cipher_lists import POLICY_LIMIT, Suite, read_names
from ..facts.ciphers import POLICY
from .draft import Draft, registry_value, view
from .model import Operation
from .suites import Accepted, accepted_here, lost_to_fips, standing_in_the_way

NAME = "cipher_suite_order"
VALUE = "Functions"
RULES = ("ciphers.common_suite",)
TYPE_RULE = "ciphers.policy_type"
DUE = "REG_SZ"
EDITOR = (
    "SSL Cipher Suite Order (Computer Configuration > Administrative Templates > Network > SSL Configuration Settings)"
)


def plan_cipher_suites(
    facts: Facts | Mapping[str, Any],
    accepted: Collection[str] | None = None,
    *,
    override_unknown_owner: bool = False,
    earlier: Iterable[Operation] = (),
) -> Draft:
    """Adds what the list lacks. ``earlier``: operations of the plan so far; what they turn on counts as on."""
    found, draft = view(facts), Draft(NAME, override_unknown_owner)
    try:
        here = accepted_here(found, accepted)
        value = found.value("ciphers", "policy", "functions")
        names = read_names(registry_value(value), DUE)
        if not names.readable:
            raise Undetermined(names.type_problem or "the policy's list could not be read")
        if names.empty:
            _without_list(found, draft)
        else:
            _with_list(found, draft, here, value, names.names, {operation.target for operation in earlier})
    except Undetermined as reason:
        draft.leave(str(reason), target=f"{POLICY}\\{VALUE}")
    return draft


def _without_list(facts: Facts, draft: Draft) -> None:
    """Without a policy Windows has its own list, in which nothing is lacking unless somebody changed it."""
    if not facts.need(bool, "ciphers", "determined") or facts.texts("ciphers", "common_if_reenabled"):
        return
    draft.refuse(
        "no policy orders the suites, and the list of Windows itself has none that the endpoint accepts",
        "Put an accepted suite back by Enable-TlsCipherSuite (2016 and later), or order the suites by the Group Policy "
        "SSL Cipher Suite Order. A list that is not there is never made: it would be all that the host has.",
        f"{POLICY}\\{VALUE}",
    )


def _with_list(
    facts: Facts, draft: Draft, here: Accepted, value: Mapping[str, Any], names: tuple[str, ...], on: set[str]
) -> None:
    # Only what ends within the characters that Windows reads is in the list.
    read = read_names(registry_value(value), DUE, POLICY_LIMIT).names
    listed = here.in_list(read)
    missing = [suite for suite in here.suites if here.key(suite) not in listed and _survives(facts, suite, on)]
    taken, left = _fitting(",".join(names), missing)
    target = f"{POLICY}\\{VALUE}"
    if missing and not taken:
        if listed:
            draft.notes.append(f"The cipher suite policy is full: {_shown(left)} did not fit.")
        else:
            draft.refuse(
                f"no accepted suite fits into the {POLICY_LIMIT:,} characters of the list",
                f"Take suites out of {EDITOR} that nobody needs.",
                target,
            )
        return
    if not missing and not here.suites:
        draft.leave("this Windows has no suite that the endpoint accepts", "Use a newer Windows Server.", target)
        return
    if not missing and not listed:
        draft.leave(
            "each accepted suite is lost to a disabled algorithm, or to FIPS mode, so it would not help in the list",
            "Name schannel_algorithms too.",
            target,
        )
        return
    if not taken and value.get("type") == DUE:
        return
    if left:
        draft.notes.append(f"The cipher suite policy has {POLICY_LIMIT:,} characters: {_shown(left)} did not fit.")
    text = ",".join(_inserted(here, names, [suite.name for suite in taken]))
    draft.set_value(
        value,
        (POLICY, VALUE),
        {"exists": True, "type": DUE, "data": text},
        findings=RULES if value.get("type") == DUE else (*RULES, TYPE_RULE),
        setting=f"{EDITOR}: put {_shown(taken or list(here.suites))} before the others, or set it to Not Configured",
    )


def _survives(facts: Facts, suite: Suite, on: set[str]) -> bool:
    """Whether the suite would be usable, were it in the list."""
    return not lost_to_fips(facts, suite) and all(
        f"{algorithm.path}\\Enabled" in on for algorithm in standing_in_the_way(facts, suite)
    )


def _fitting(text: str, missing: list[Suite]) -> tuple[list[Suite], list[Suite]]:
    """(what fits beside ``text``, what does not), the endpoint's preferred first."""
    room = POLICY_LIMIT - len(text)
    taken: list[Suite] = []
    left: list[Suite] = []
    for suite in missing:
        needed = len(suite.name) + 1
        if needed <= room:
            taken.append(suite)
            room -= needed
        else:
            left.append(suite)
    return taken, left


def _inserted(here: Accepted, names: tuple[str, ...], new: list[str]) -> list[str]:
    """The list with ``new`` before the first entry that the endpoint does not accept."""
    place = next((index for index, name in enumerate(names) if not here.in_list([name])), len(names))
    return [*names[:place], *new, *names[place:]]


def _shown(suites: list[Suite]) -> str:
    return ", ".join(suite.name for suite in suites)
