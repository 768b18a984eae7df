# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can come of a host under `enforce_apply: all`, and what came of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CODES = ("policy", "preference", "unknown_owner", "refused", "package", "person", "stopped")
OUTCOMES = ("compliant", "undetermined")
PACKAGE = "updates.monthly_rollup"
LAST = "sync.last_result"


@dataclass(frozen=True)
class Fate:
    """What comes of a cell; one of the first three is there."""

    unaffected: str | None = None
    fixed: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)
    applied: tuple[str, ...] = ()

    def problems(self) -> list[str]:
        found = [f"{code} is no reason" for code in self.kept.values() if code not in CODES]
        if self.unaffected not in (None, *OUTCOMES):
            found.append(f"unaffected: {self.unaffected}")
        if sum(map(bool, (self.unaffected, self.fixed, self.kept))) != 1:
            found.append("one of unaffected, fixed, kept is needed")
        return found


def failing(audit: Mapping[str, Any]) -> list[str]:
    """The rules that fail in an audit, of those that count."""
    return [line.split()[2].rstrip(":") for line in audit["reasons"] if line.startswith("fail ")]


def found_fate(result: Mapping[str, Any], restarted: Sequence[Any], after: str) -> Fate:
    """What came of a cell: the result of `enforce`, what was restarted, and the outcome of the audit after it."""
    before = result["audit"]["outcome"]
    applied = tuple(sorted({number.partition(".")[0] for number in result["applied"]}))
    if before != "noncompliant":
        return Fate(unaffected=before, applied=applied)
    if after == "compliant":
        return Fate(fixed=applied or (("restart",) if restarted else ("synchronization",)))
    failed = set(failing(result["audit"]))
    kept = {one["id"]: _refusal(one["owner"]) for one in result["refused"]}
    told = [one["id"] for one in result["unresolved"] if one["id"] in failed and one["id"] != LAST]
    kept |= {rule: "package" if rule == PACKAGE else "person" for rule in told}
    if result.get("failed"):
        kept[_stopped_at(result)] = "stopped"
    # What a synchronization has to say is left over, where nothing else tells why it failed again.
    if not kept and LAST in failed:
        kept[LAST] = "person"
    return Fate(kept=kept, applied=applied)


def _refusal(owner: str | None) -> str:
    kind = (owner or "").partition(":")[0]
    return {"gpo": "policy", "preference": "preference", "unknown": "unknown_owner"}.get(kind, "refused")


def _stopped_at(result: Mapping[str, Any]) -> str:
    """The resolution whose operation ended the run, as the message has it."""
    names = {operation["id"] for operation in result["plan"]}
    found = [name for name in names if f"topped at {name}" in result["msg"]]
    return found[0].partition(".")[0] if found else result["msg"]
