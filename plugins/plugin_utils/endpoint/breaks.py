# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts of an audit have nothing in common with what an endpoint accepts now. The hosts are not asked.

The result files hold enough for that: which suites are left after FIPS mode and disabled algorithms (``effective``),
which may or may not be (in ``list``, but neither ``effective`` nor ``killed``), and whether TLS 1.2 can be used. By TLS
1.3 alone nobody is said to get through: that WSUS asks for it is written nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..assess.findings import position
from ..assess.view import Facts, Undetermined
from ..facts.cipher_lists import known_suites, suite_system
from ..facts.ciphers import endpoint_suites, is_accepted
from ..text import clean
from .model import DECIDES, NEWER, Offer

OFF = ("disabled", "half_disabled", "unsupported")
ON = ("enabled", "off_unless_asked")
"""States of a protocol as client in which it can't, and can, be used."""


_FACTS = (
    *(("os", name) for name in ("id", "name", "support_ends")),
    *(("wsus", "role", "installed"), ("wsus", "hierarchy", "position")),
    *(("schannel", "protocols", name, "client", "state") for name in (DECIDES, NEWER)),
    *(("ciphers", name) for name in ("effective", "killed", "common", "determined")),
    *(("ciphers", "list", name) for name in ("source", "suites")),
)
"""What of the facts is needed to judge a host, and to say which Windows it has."""


@dataclass(frozen=True)
class Judged:
    """A host. ``breaks``: it has nothing in common with the endpoint, None = can't be told; ``already``: it had nothing
    in common with what the audit went by either.
    """

    host: str
    breaks: bool | None
    reason: str
    already: bool = False


def judge(host: str, document: Mapping[str, Any], offer: Offer) -> Judged | None:
    """One host by its result file; None where it does not talk to Microsoft Update: downstream, or no WSUS."""
    if "facts" not in document or "collection_version" not in document:
        return Judged(host, None, "the file is not the result of an audit")
    error = document.get("error")
    if isinstance(error, Mapping):
        return Judged(host, None, f"it was not audited: {clean(error.get('message'), 200)}")
    facts = Facts(document.get("facts"))
    if facts.get(bool, "wsus", "role", "installed") is False or position(facts) == "downstream":
        return None
    try:
        return _judge(host, facts, offer)
    except Undetermined as reason:
        return Judged(host, None, clean(str(reason), 300))


def deciding_facts(facts: object) -> dict[str, Any]:
    """The part of a host's facts by which ``judge`` judges it, in their shape, also why there is none of it."""
    found: dict[str, Any] = {}
    for path in _FACTS:
        value, place = facts, found
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
            if isinstance(value, Mapping) and "error" in value:
                place[name] = {"error": value["error"]}
                break
            if value is None:
                break
            if name == path[-1]:
                place[name] = value
            else:
                place = place.setdefault(name, {})
    return found


def _judge(host: str, facts: Facts, offer: Offer) -> Judged:
    """Undetermined: a fact that decides is not known."""
    answer = offer.protocols.get(DECIDES, "undetermined")
    if answer == "undetermined":
        raise Undetermined(f"whether the endpoint accepts {DECIDES} was not determined")
    state = _state(facts, DECIDES)
    off = state in OFF
    before = facts.get(list, "ciphers", "common")
    already = off or (before == [] and facts.get(bool, "ciphers", "determined") is True)
    if answer == "rejected":
        return _judge_newer(host, facts, offer, already)
    if off:
        return Judged(host, True, f"{DECIDES} is {str(state).replace('_', ' ')} as client", True)
    if state not in ON:
        raise Undetermined(f"whether {DECIDES} can be used as client is not known")
    common, effective = _common(facts, offer.accepted(DECIDES))
    if common:
        return Judged(host, False, f"in common: {', '.join(common)}")
    what = f"{len(effective)} suites offered, none of them accepted" if effective else "no usable suite is offered"
    return Judged(host, True, what, already)


def _judge_newer(host: str, facts: Facts, offer: Offer, already: bool) -> Judged:
    """A host where the endpoint does not accept TLS 1.2."""
    refused = f"{DECIDES} is not accepted"
    answer = offer.protocols.get(NEWER, "rejected")
    if answer == "undetermined":
        raise Undetermined(f"{refused}, and whether {NEWER} is was not determined")
    if answer == "rejected":
        return Judged(host, True, refused, already)
    state = _state(facts, NEWER)
    if state in OFF:
        return Judged(host, True, f"{refused}, and {NEWER} is {str(state).replace('_', ' ')} as client", already)
    if state not in ON:
        raise Undetermined(f"{refused}, and whether {NEWER} can be used as client is not known")
    common, _effective = _common(facts, offer.accepted(NEWER))
    if not common:
        return Judged(host, True, f"{refused}, and no suite of {NEWER} that is accepted is offered", already)
    raise Undetermined(f"Windows can use {NEWER} here; whether WSUS does is not documented")


def _state(facts: Facts, protocol: str) -> str | None:
    return facts.get(str, "schannel", "protocols", protocol, "client", "state")


def _common(facts: Facts, suites: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """(the suites that the host can use and are accepted, all that it can use).

    Raises:
        Undetermined: there is none of the first, and some may or may not be usable.
    """
    os_id = facts.need(str, "os", "id")
    if suite_system(os_id) is None:
        raise Undetermined(f"the cipher suites of Windows Server {os_id} are not known")
    effective = facts.texts("ciphers", "effective")
    common = _accepted(tuple(effective), suites, os_id)
    if common:
        return list(common), effective
    if facts.need(str, "ciphers", "list", "source") == "unknown":
        raise Undetermined("which suites it offers is not known")
    killed = {str(item.get("name")) for item in facts.records("ciphers", "killed")}
    chosen = tuple(facts.texts("ciphers", "list", "suites"))
    perhaps = [name for name in _accepted(chosen, suites, os_id) if name not in killed]
    if perhaps:
        raise Undetermined(f"whether it can use {', '.join(perhaps[:4])} is not known")
    return [], effective


@lru_cache(maxsize=1_000)
def _accepted(names: tuple[str, ...], suites: tuple[str, ...], os_id: str) -> tuple[str, ...]:
    """Of the suites of a host those that an endpoint accepts. The hosts of a fleet have few lists."""
    bases, groups = endpoint_suites(suites)
    known = known_suites(names, suite_system(os_id) or {})[0]
    return tuple(suite.name for suite in known if is_accepted(suite, bases, groups))
