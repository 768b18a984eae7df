# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subset ``updates``: whether the Monthly Rollup is installed that lets WSUS of 2012 and 2012 R2 synchronize over TLS
1.2.

Proof is a package of Component Based Servicing in an effective state. Three answers: a package that can't be judged
makes ``not_installed`` impossible, not ``installed``. Security-only updates (Package_for_KB..., not in the table) never
count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .context import Context
from .raw import ErrorInfo, as_bool, as_int, as_list, as_mapping, as_text, malformed, read_error
from .tables import load_table

PACKAGES = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
_PACKAGE_LIMIT = 2_000
_NAME_LIMIT = 300
INSTALL_PENDING = 96
"""CurrentState of a package that is installed when Windows restarts (0x60)."""
_EVIDENCE_LIMIT = 20
_ROLLUP = re.compile(
    r"Package_for_RollupFix~[^~]*~[^~]*~[^~]*~([0-9]{1,6})\.([0-9]{1,6})\.[0-9]{1,6}\.[0-9]{1,6}", re.I
)
_KB = re.compile(r"Package_for_(KB[0-9]{6,8})~.*", re.I | re.S)


@dataclass(frozen=True)
class Package:
    """A package of CBS: its name, and CurrentState (None where it could not be read)."""

    name: str
    state: int | None


@dataclass(frozen=True)
class Packages:
    """What is known of the installed packages. ``complete``: nothing was cut off and every item had the contract's
    shape.
    """

    rollups: tuple[Package, ...] = ()
    kbs: tuple[Package, ...] = ()
    complete: bool = True
    error: ErrorInfo | None = None


@dataclass(frozen=True)
class _Verdict:
    """What one package says of the needed rollup: ``proof`` True (installed), False (says nothing for it), None (may
    be). ``pending``: it is one that Windows installs when it restarts.
    """

    proof: bool | None
    evidence: str
    pending: bool = False


def _read_list(obj: object) -> tuple[tuple[Package, ...], bool]:
    items = as_list(obj, _PACKAGE_LIMIT)
    if items is None:
        return (), False
    packages, complete = [], isinstance(obj, (list, tuple)) and len(obj) <= _PACKAGE_LIMIT
    for item in items:
        mapping = as_mapping(item) or {}
        name = as_text(mapping.get("name"), _NAME_LIMIT + 1)
        if name is None or len(name) > _NAME_LIMIT:
            complete = False
        else:
            packages.append(Package(name, as_int(mapping.get("state"), 0, 2**32 - 1)))
    return tuple(packages), complete


def read_packages(obj: object) -> Packages:
    """The raw member ``packages``."""
    mapping = as_mapping(obj)
    if mapping is None:
        return Packages(error=malformed("packages is missing"))
    error = read_error(mapping)
    if error is not None:
        return Packages(error=error)
    if as_bool(mapping.get("exists")) is not True:
        # Every Windows has this key: without it nothing can be told.
        return Packages(error=ErrorInfo("not_found", "the key does not exist"))
    rollups, rollups_whole = _read_list(mapping.get("rollups"))
    kbs, kbs_whole = _read_list(mapping.get("kbs"))
    return Packages(rollups, kbs, rollups_whole and kbs_whole and mapping.get("truncated") is False)


def _with_state(package: Package, says: str) -> _Verdict:
    """``package`` would prove the rollup; whether it does hangs on its state."""
    row = {row["state"]: row for row in load_table("rollups")["states"]}.get(package.state)
    effective = None if row is None else row["effective"]
    shown = f"{row['name']}, {package.state}" if row is not None else str(package.state)
    hint = {True: "", False: "; it does not count", None: "; that proves nothing"}[effective]
    return _Verdict(effective, f"{package.name} ({shown}): {says}{hint}", package.state == INSTALL_PENDING)


def _judge_rollup(package: Package, row: Mapping[str, Any]) -> _Verdict:
    """What a Package_for_RollupFix says, by the number of its version."""
    match = _ROLLUP.fullmatch(package.name)
    if match is None:
        return _Verdict(None, f"{package.name}: the name is not understood")
    build, number = int(match.group(1)), int(match.group(2))
    if build != row["build"]:
        return _Verdict(False, f"{package.name}: not of build {row['build']}")
    if number >= row["installed_from"]:
        return _with_state(package, f"{number} is {row['installed_from']} or newer")
    if number < row["not_installed_below"]:
        return _Verdict(False, f"{package.name}: {number} is older than {row['needed']}")
    bounds = f"{row['not_installed_below']} and {row['installed_from']}"
    maybe = _with_state(
        package, f"{number} lies between {bounds}, where {row['needed']} can't be told from the rollup before it"
    )
    return maybe if maybe.proof is False else _Verdict(None, maybe.evidence)


def _judge_kb(package: Package, row: Mapping[str, Any]) -> _Verdict | None:
    """What a Package_for_KB says; None for one that is not in the table of rollups."""
    match = _KB.fullmatch(package.name)
    kb = match.group(1).upper() if match is not None else None
    if kb not in {entry["kb"] for entry in row["kbs"]}:
        return None
    return _with_state(package, f"{kb} is {row['needed']} or a later Monthly Rollup")


def _verdicts(packages: Packages, row: Mapping[str, Any]) -> Iterator[_Verdict]:
    for package in packages.rollups:
        yield _judge_rollup(package, row)
    for package in packages.kbs:
        verdict = _judge_kb(package, row)
        if verdict is not None:
            yield verdict


def _decide(packages: Packages, verdicts: list[_Verdict]) -> tuple[str, list[str]]:
    """State and evidence for an OS that needs a rollup."""
    if packages.error is not None:
        return "unknown", [f"the packages could not be read: {packages.error.code} {packages.error.message}".strip()]
    for proof, state in ((True, "installed"), (None, "unknown")):
        evidence = [verdict.evidence for verdict in verdicts if verdict.proof is proof]
        if evidence:
            return state, evidence[:_EVIDENCE_LIMIT]
    evidence = [verdict.evidence for verdict in verdicts][:_EVIDENCE_LIMIT]
    if not packages.complete:
        return "unknown", [*evidence, "the list of packages is not complete"]
    return "not_installed", evidence or ["no Package_for_RollupFix and no known Monthly Rollup among the packages"]


def monthly_rollup(packages: Packages, os_id: str | None) -> dict[str, Any]:
    """The fact ``monthly_rollup`` for the OS ``os_id`` (None: not known)."""
    names = [package.name for package in packages.rollups]
    fact: dict[str, Any] = {"state": "unknown", "needed": None, "pending": False, "evidence": [], "rollups": names}
    if os_id is None:
        return {**fact, "evidence": ["the operating system is not known"]}
    rows = {row["os"]: row for row in load_table("rollups")["systems"]}
    if os_id not in rows:
        return {**fact, "state": "not_required"}
    verdicts = list(_verdicts(packages, rows[os_id]))
    state, evidence = _decide(packages, verdicts)
    pending = any(verdict.pending for verdict in verdicts)
    return {**fact, "state": state, "needed": rows[os_id]["needed"], "pending": pending, "evidence": evidence}


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """The facts ``updates``."""
    return {"monthly_rollup": monthly_rollup(read_packages(raw.get("packages")), ctx.os_id)}
