# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One resolution while it is planned: what it changes, what it does not, and what is to be said about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..assess.view import Facts, Undetermined
from ..facts.raw import RegistryValue
from .model import ABSENT, REGISTRY_VALUE, Operation, Refusal, State
from .owner import refused_by_owner
from .wording import SHORT, value_text

READ_AGAIN = "Make it readable (see the reason) and run again. What could not be read is never changed."


@dataclass
class Draft:
    """Filled by the planners; ``finish()`` makes a plan of one or more."""

    resolution: str
    override_unknown_owner: bool = False
    operations: list[Operation] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    unresolved: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, reason: str, next_step: str, target: str | None = None, owner: str | None = None) -> None:
        """It is known what to change, and it must not be done here."""
        self.refused.append(Refusal(self.resolution, reason, next_step, target, owner))

    def leave(self, reason: str, next_step: str = READ_AGAIN, target: str | None = None) -> None:
        """It can't be decided."""
        self.unresolved.append(Refusal(self.resolution, reason, next_step, target))

    def add(self, other: Draft) -> Draft:
        """All of ``other`` too."""
        self.operations += other.operations
        self.refused += other.refused
        self.unresolved += other.unresolved
        self.notes += [note for note in other.notes if note not in self.notes]
        return self

    def set_value(
        self,
        value: Mapping[str, Any],
        place: tuple[str, str],
        after: State,
        *,
        findings: Iterable[str] = (),
        setting: str | None = None,
    ) -> None:
        """Plans that the registry value has the state ``after``; nothing where it has.

        ``value``: the facts' VALUE, which was readable. ``place``: (path, name) as this collection writes it out; a
        fact of another place is a host's mistake or trick, and is not followed. ``setting``: see ``refused_by_owner``.
        """
        path, name = place
        target = f"{path}\\{name}"
        if not _same(value.get("path"), path) or not _same(value.get("name"), name):
            self.leave("the fact is of another value than the one it should tell of", target=target)
            return
        before = state_of(value)
        if before == after:
            return
        owner = value.get("owner")
        owner = owner if isinstance(owner, str) else None
        refused = refused_by_owner(
            owner, path, name, after, override_unknown=self.override_unknown_owner, setting=setting
        )
        if refused is not None:
            self.refuse(*refused, target=target, owner=owner)
        elif before.get("type") == "REG_UNKNOWN":
            self.refuse("its data can't be read, so it could not be put back", f"Remove {target} by hand.", target)
        else:
            verb = f"set to {value_text(after, SHORT)}" if after.get("exists") else "remove"
            was = f", now {value_text(before, SHORT)}" if before.get("exists") else ", now absent"
            self.operations.append(
                Operation(
                    REGISTRY_VALUE,
                    self.resolution,
                    f"{target}: {verb}{was}",
                    before,
                    after,
                    path,
                    name,
                    findings=tuple(findings),
                    owner=owner,
                )
            )


def _same(found: object, wanted: str) -> bool:
    return isinstance(found, str) and found.casefold() == wanted.casefold()


def view(facts: Facts | Mapping[str, Any]) -> Facts:
    """The one door to facts."""
    return facts if isinstance(facts, Facts) else Facts(facts)


def readable(facts: Facts, draft: Draft, target: str, *path: str) -> Mapping[str, Any] | None:
    """The VALUE at ``path``; where it could not be read, that is noted and None returned."""
    try:
        return facts.value(*path)
    except Undetermined as reason:
        draft.leave(str(reason), target=target)
        return None


def registry_value(value: Mapping[str, Any]) -> RegistryValue:
    """The facts' VALUE, which was readable, as the readers of raw state take it."""
    data, kind = value.get("data"), value.get("type")
    return RegistryValue(
        str(value.get("path")),
        str(value.get("name")),
        bool(value["exists"]),
        kind if isinstance(kind, str) else None,
        tuple(str(item) for item in data) if isinstance(data, list) else data if isinstance(data, (str, int)) else None,
    )


def state_of(value: Mapping[str, Any]) -> State:
    """STATE of the facts' VALUE."""
    if not value.get("exists"):
        return ABSENT
    data = value.get("data")
    return {
        "exists": True,
        "type": value.get("type"),
        "data": list(data) if isinstance(data, (list, tuple)) else data,
    }


def dword(number: int) -> State:
    """STATE of a REG_DWORD."""
    return {"exists": True, "type": "REG_DWORD", "data": number}
