# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts of an audit have nothing in common with what an endpoint accepts now. The hosts are not asked.

The result files hold enough for that: which suites are left after FIPS mode and disabled algorithms (``effective``),
which may or may not be (in ``list``, but neither ``effective`` nor ``killed``), and whether TLS 1.2 can be used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..assess.findings import position
from ..assess.view import Facts, Undetermined
from ..facts.cipher_lists import known_suites, suite_system
from ..facts.ciphers import endpoint_suites, is_accepted
from ..text import clean
from .model import DECIDES, Measurement


@dataclass(frozen=True)
class Judged:
    """A host. ``breaks``: it has nothing in common with the endpoint, None = can't be told; ``already``: it had nothing
    in common with what the audit went by either.
    """

    host: str
    breaks: bool | None
    reason: str
    already: bool = False


def judge(host: str, document: Mapping[str, Any], found: Measurement) -> Judged | None:
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
        return _judge(host, facts, found)
    except Undetermined as reason:
        return Judged(host, None, clean(str(reason), 300))


def _judge(host: str, facts: Facts, found: Measurement) -> Judged:
    """Undetermined: a fact that decides is not known."""
    answer = found.protocols.get(DECIDES, "undetermined")
    if answer == "undetermined":
        raise Undetermined(f"whether the endpoint accepts {DECIDES} was not determined")
    state = facts.get(str, "schannel", "protocols", DECIDES, "client", "state")
    off = state in ("disabled", "half_disabled", "unsupported")
    before = facts.get(list, "ciphers", "common")
    already = off or (before == [] and facts.get(bool, "ciphers", "determined") is True)
    if answer == "rejected":
        return Judged(host, True, f"the endpoint no longer accepts {DECIDES}", already)
    if off:
        return Judged(host, True, f"{DECIDES} is {str(state).replace('_', ' ')} as client", True)
    if state not in ("enabled", "off_unless_asked"):
        raise Undetermined(f"whether {DECIDES} can be used as client is not known")

    os_id = facts.need(str, "os", "id")
    system = suite_system(os_id)
    if system is None:
        raise Undetermined(f"the cipher suites of Windows Server {os_id} are not known")
    bases, groups = endpoint_suites(found.accepted_suites)

    def accepted(names: Sequence[str]) -> list[str]:
        return [suite.name for suite in known_suites(names, system)[0] if is_accepted(suite, bases, groups)]

    effective = facts.texts("ciphers", "effective")
    common = accepted(effective)
    if common:
        return Judged(host, False, f"in common: {', '.join(common)}")
    if facts.need(str, "ciphers", "list", "source") == "unknown":
        raise Undetermined("which suites it offers is not known")
    killed = {str(item.get("name")) for item in facts.records("ciphers", "killed")}
    perhaps = [name for name in accepted(facts.texts("ciphers", "list", "suites")) if name not in killed]
    if perhaps:
        raise Undetermined(f"whether it can use {', '.join(perhaps[:4])} is not known")
    what = f"{len(effective)} suites offered, none of them accepted" if effective else "no usable suite is offered"
    return Judged(host, True, what, already)
