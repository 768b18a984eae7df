# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution ``monthly_rollup``: a package that is named is to be installed. None is ever chosen or downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..assess.view import Facts, Undetermined
from ..text import clean
from .draft import Draft, view
from .model import PACKAGE, Operation
from .package_file import PackageFile
from .rollup_package import judge_package

NAME = "monthly_rollup"
SIZE_LIMIT = 2**31 - 1
"""Bytes that a cabinet may have ([MS-CAB])."""
RULES = ("updates.monthly_rollup",)


def wants_package(facts: Facts | Mapping[str, Any]) -> bool:
    """Whether the facts show a host on which a package would be installed."""
    found = view(facts).get(str, "updates", "monthly_rollup", "state") == "not_installed"
    return found and view(facts).get(bool, "updates", "monthly_rollup", "pending") is not True


def plan_monthly_rollup(facts: Facts | Mapping[str, Any], package: PackageFile | None) -> Draft:
    """``package``: the file on the controller, None where none is named. ValueError: its path is empty."""
    found, draft = view(facts), Draft(NAME)
    if package is not None and not package.path.strip():
        raise ValueError("monthly_rollup_package must be the path of a file on the controller")
    try:
        state = found.need(str, "updates", "monthly_rollup", "state")
        if state in ("installed", "not_required"):
            return draft
        os_id = found.need(str, "os", "id")
        needed = found.get(str, "updates", "monthly_rollup", "needed") or "the needed rollup"
    except Undetermined as reason:
        draft.leave(str(reason))
        return draft
    advice = (
        f"Name a Monthly Rollup of June 2017 ({clean(needed, 20)}) or later that lies on the controller, best the "
        "latest, or install one by Windows Update (see the README of the role enforce)."
    )
    if state != "not_installed":
        draft.leave("whether a Monthly Rollup is installed could not be determined")
    elif found.get(bool, "updates", "monthly_rollup", "pending") is True:
        draft.notes.append("A Monthly Rollup waits for a restart of Windows, which installs it.")
    elif package is None:
        draft.refuse("no package is named", advice)
    else:
        _install(draft, package, os_id, advice)
    return draft


def _install(draft: Draft, package: PackageFile, os_id: str, advice: str) -> None:
    name = package.name
    if (package.size or 0) > SIZE_LIMIT:
        draft.refuse(f"{clean(name, 120)}: it is longer than any cabinet", advice, package.path)
        return
    verdict = judge_package(name, os_id, package.manifest)
    if not verdict.usable:
        unread = "" if package.unread is None else f"; its manifest is not read: {package.unread}"
        draft.refuse(f"{clean(name, 120)}: {verdict.reason}{unread}", advice, package.path)
        return
    draft.operations.append(
        Operation(
            PACKAGE,
            NAME,
            f"install {clean(name, 120)} ({verdict.reason})",
            {"installed": False},
            {"installed": True},
            None,
            name,
            findings=RULES,
            reversible=False,
            details={
                "kb": verdict.kb,
                "build": verdict.build,
                "number": verdict.number,
                "sha256": package.sha256,
                "size": package.size,
            },
        )
    )
    draft.notes.append("An update of Windows is not taken away by a rollback.")
