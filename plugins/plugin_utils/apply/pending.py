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

ORDER = ("iisreset", "WsusService", "reboot")
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
        times = [one for one in restart["pending"] if (_OF_TIMES.get(one["needs"]), "required") not in known]
    return Pending(tuple(items), tuple(times), tuple(undetermined))


def to_do(pending: Pending, *, restart_ok: bool, reboot_ok: bool, from_times: bool) -> list[str]:
    """What to restart now, in order. A restart of Windows makes the others needless; recommended ones are not done."""
    wanted = {item.what for item in pending.items if item.need == "required"}
    if from_times:
        wanted |= {_OF_TIMES[one["needs"]] for one in pending.from_times if one["needs"] in _OF_TIMES}
    if "reboot" in wanted and reboot_ok:
        return ["reboot"]
    return [what for what in ORDER if what in wanted and what != "reboot" and restart_ok]


def left(pending: Pending, done: Iterable[str]) -> list[Item]:
    """What is outstanding after these restarts."""
    finished = set(done)
    return [item for item in pending.items if item.what not in finished and "reboot" not in finished]


def reasons(items: Iterable[Item], what: Sequence[str], need: str) -> list[str]:
    """Why, a line each."""
    return list(
        dict.fromkeys(f"{item.what}: {item.reason}" for item in items if item.what in what and item.need == need)
    )
