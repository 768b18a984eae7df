# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan is made of (docs/reference/plan.md): operations, what is not done, the restarts that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

State = Mapping[str, Any]
"""STATE, FILE STATE or a configuration, by the kind of the operation (docs/reference/apply.md)."""

ABSENT: State = {"exists": False}

REGISTRY_VALUE = "registry_value"
FILE = "file"
WSUS_CONFIGURATION = "wsus_configuration"
PACKAGE = "package"


@dataclass(frozen=True)
class Operation:
    """One change. ``target`` is its path, and for a registry value the name of it. The path of a package is that of its
    copy on the host, None until there is one; its ``name`` is that of the file.

    ``contents``: what files hold, by their SHA-256, as far as it is known; only for the diff. ``id`` is given by
    ``Plan``'s maker, in the order of the plan.
    """

    kind: str
    resolution: str
    what: str
    before: State
    after: State
    path: str | None = None
    name: str | None = None
    id: str = ""
    remove_keys: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    owner: str | None = None
    reversible: bool = True
    details: Mapping[str, Any] | None = None
    contents: Mapping[str, bytes] | None = None

    @property
    def target(self) -> str:
        """What is changed, for people and for telling two operations apart."""
        if self.kind == WSUS_CONFIGURATION:
            return "the WSUS configuration"
        if self.kind == PACKAGE:
            return str(self.name)
        return f"{self.path}\\{self.name}" if self.kind == REGISTRY_VALUE else str(self.path)

    def for_host(self) -> dict[str, Any]:
        """The operation as wsus_apply takes it."""
        found: dict[str, Any] = {"id": self.id, "kind": self.kind}
        if self.kind in (REGISTRY_VALUE, FILE, PACKAGE):
            found["path"] = self.path
        if self.kind in (REGISTRY_VALUE, PACKAGE):
            found["name"] = self.name
        if self.kind == PACKAGE:
            found |= dict(self.details or {})
        found |= {"before": dict(self.before), "after": dict(self.after)}
        return found | ({"remove_keys": list(self.remove_keys)} if self.remove_keys else {})

    def as_dict(self) -> dict[str, Any]:
        """The operation of the plan; without the content of a file, of which the diff shows the text."""
        after = {name: item for name, item in self.after.items() if name != "content"}
        return {
            **self.for_host(),
            "path": self.path,
            "name": self.name,
            "after": after,
            "resolution": self.resolution,
            "what": self.what,
            "findings": list(self.findings),
            "owner": self.owner,
            "reversible": self.reversible,
        }


@dataclass(frozen=True)
class Refusal:
    """What is wanted and not done. ``id``: of a resolution, a rule or (taking back) an operation."""

    id: str
    reason: str
    next_step: str
    target: str | None = None
    owner: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The published shape."""
        return {
            "id": self.id,
            "target": self.target,
            "reason": self.reason,
            "next_step": self.next_step,
            "owner": self.owner,
        }


@dataclass(frozen=True)
class Restart:
    """A restart without which operations (ids) have no effect, or that a document orders beyond that."""

    what: str
    need: str
    reason: str
    operations: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The published shape."""
        return {"what": self.what, "need": self.need, "reason": self.reason, "operations": list(self.operations)}


@dataclass(frozen=True)
class Plan:
    """What is to be changed and what is not. ``named``: the resolutions that the caller asked for by name, of which
    a refusal is a failure. ``report_only``: nothing was asked for, so nothing of it is to be carried out.
    """

    operations: tuple[Operation, ...] = ()
    refused: tuple[Refusal, ...] = ()
    unresolved: tuple[Refusal, ...] = ()
    restarts: tuple[Restart, ...] = ()
    notes: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    report_only: bool = False

    def for_host(self) -> list[dict[str, Any]]:
        """The operations as wsus_apply takes them; none of a plan that only reports."""
        if self.report_only:
            return []
        return [operation.for_host() for operation in self.operations]

    def journal_notes(self) -> dict[str, dict[str, Any]]:
        """What the journal keeps of each operation for the controller, by id."""
        return {
            operation.id: {
                "resolution": operation.resolution,
                "restarts": [
                    {"what": restart.what, "need": restart.need}
                    for restart in self.restarts
                    if operation.id in restart.operations
                ],
            }
            for operation in self.operations
        }

    def failures(self) -> list[Refusal]:
        """Why the task fails before anything is written: what was asked for by name and is not done."""
        return [refusal for refusal in (*self.refused, *self.unresolved) if refusal.id in self.named]

    def as_dict(self) -> dict[str, Any]:
        """The published shape."""
        return {
            "operations": [operation.as_dict() for operation in self.operations],
            "refused": [refusal.as_dict() for refusal in self.refused],
            "unresolved": [refusal.as_dict() for refusal in self.unresolved],
            "restarts": [restart.as_dict() for restart in self.restarts],
            "notes": list(self.notes),
            "report_only": self.report_only,
        }
