# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which restarts are outstanding, and which of them may be done: of journaled changes, and of others by times alone.

Times give no order: Group Policy may write a key anew with the same data. So what only they tell of is done only where
that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..facts.restart import CIPHER_POLICY

RESTARTS_OF_SERVICES = ("iisreset", "WsusService")
ORDER = (*RESTARTS_OF_SERVICES, "reboot")
_OF_TIMES = {"iisreset": "iisreset", "service_restart": "WsusService", "reboot": "reboot"}
"""What the facts ``restart`` call it -> what it is called here."""


@dataclass(frozen=True)
class Item:
    """One restart that is outstanding. ``need``: required, recommended. ``journal``: None = from times."""

    what: str
    need: str
    reason: str
    journal: str | None = None


@dataclass(frozen=True)
class Pending:
    """What is outstanding. ``error``: why that can't be told; ``from_times``: as the facts ``restart`` have it."""

    items: tuple[Item, ...] = ()
    from_times: tuple[Mapping[str, Any], ...] = ()
    undetermined: tuple[str, ...] = ()
    error: str | None = None

    @property
    def journals(self) -> tuple[str, ...]:
        """The journals in which a restart is to be noted."""
        return tuple(dict.fromkeys(item.journal for item in self.items if item.journal is not None))


def _error_of(fact: object) -> str | None:
    if not isinstance(fact, Mapping):
        return "it was not read"
    error = fact.get("error")
    return None if error is None else f"{error.get('code')}: {error.get('message')}"


def pending_restarts(facts: Mapping[str, Any]) -> Pending:
    """What the facts ``journal`` and ``restart`` say."""
    journal, restart = facts.get("journal"), facts.get("restart")
    problem = _error_of(journal)
    if problem is not None or not isinstance(journal, Mapping):
        return Pending(error=f"the journals of the host: {problem}")
    items = [Item(one["what"], one["need"], one["reason"], one["journal"]) for one in journal["pending"]]
    undetermined = list(journal["undetermined"])
    problem = _error_of(restart)
    times: Sequence[Mapping[str, Any]] = ()
    if problem is not None or not isinstance(restart, Mapping):
        undetermined.append(f"what times tell: {problem}")
    else:
        known = {(item.what, item.need) for item in items}
        owner = _policy_owner(facts)
        times = [
            {**one, "owner": owner if str(one["path"]).casefold() == CIPHER_POLICY.casefold() else None}
            for one in restart["pending"]
            if (_OF_TIMES.get(one["needs"]), "required") not in known
        ]
    return Pending(tuple(items), tuple(times), tuple(undetermined))


def _policy_owner(facts: Mapping[str, Any]) -> str | None:
    """The Group Policy that sets the cipher suite or curve policy, the one key that waits for a restart of Windows."""
    found = facts.get("ciphers")
    policy = found.get("policy") if isinstance(found, Mapping) else None
    values = policy.values() if isinstance(policy, Mapping) else ()
    owners = [value.get("owner") for value in values if isinstance(value, Mapping)]
    return next((one for one in owners if isinstance(one, str) and one.startswith(("gpo:", "preference:"))), None)


def to_do(
    pending: Pending, *, restart_ok: bool, reboot_ok: bool, from_times: bool, always: Iterable[str] = ()
) -> list[str]:
    """What to restart now, in order. A restart of Windows makes the others needless; recommended ones are not done.
    ``always``: restarts of services that are wanted for another reason than a change.

    What a Group Policy sets may be written again at any time with the same data, also right after a restart: for that
    Windows is never restarted from times, or it would be again and again.
    """
    wanted = {item.what for item in pending.items if item.need == "required"} | set(always)
    if from_times:
        wanted |= {
            what
            for one in pending.from_times
            if (what := _OF_TIMES.get(one["needs"])) is not None and (what != "reboot" or one.get("owner") is None)
        }
    if "reboot" in wanted and reboot_ok:
        return ["reboot"]
    return [what for what in ORDER if what in wanted and what != "reboot" and restart_ok]


def left(pending: Pending, done: Iterable[str]) -> list[Item]:
    """What is outstanding after these restarts."""
    finished = set(done)
    return [item for item in pending.items if item.what not in finished and "reboot" not in finished]


def times_left(pending: Pending, done: Iterable[str]) -> list[Mapping[str, Any]]:
    """What times tell of that is outstanding after these restarts."""
    finished = set(done)
    return [
        one
        for one in pending.from_times
        if "reboot" not in finished and _OF_TIMES.get(one["needs"], one["needs"]) not in finished
    ]


def lines(items: Iterable[Item], times: Iterable[Mapping[str, Any]]) -> str:
    """What is outstanding, for a diff."""
    texts = [f"{item.what} {item.need}: {item.reason}\n" for item in items]
    texts += [f"{_OF_TIMES.get(one['needs'], one['needs'])} by times: {one['what']} ({one['path']})\n" for one in times]
    return "".join(dict.fromkeys(texts))


def reasons(items: Iterable[Item], what: Sequence[str], need: str) -> list[str]:
    """Why, a line each."""
    return list(
        dict.fromkeys(f"{item.what}: {item.reason}" for item in items if item.what in what and item.need == need)
    )
