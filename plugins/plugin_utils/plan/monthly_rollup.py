# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution ``monthly_rollup``: a package that is named is to be installed. None is ever chosen or downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..assess.view import Facts, Undetermined
from ..text import clean
from .draft import Draft, view
from .model import PACKAGE, Operation
from .rollup_package import judge_package

NAME = "monthly_rollup"
RULES = ("updates.monthly_rollup",)
_PATH_LIMIT = 260


@dataclass(frozen=True)
class PackageFile:
    """A package on the host; ``manifest``: content of its manifest, where it was read."""

    path: str
    manifest: bytes | None = None


def plan_monthly_rollup(facts: Facts | Mapping[str, Any], package: PackageFile | None) -> Draft:
    """ValueError: the path is none of a host."""
    found, draft = view(facts), Draft(NAME)
    if package is not None and (not package.path.strip() or len(package.path) > _PATH_LIMIT):
        raise ValueError("package must be the path of a file on the host")
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
        f"Name a Monthly Rollup of June 2017 ({clean(needed, 20)}) or later that lies on the host, best the latest."
    )
    if state != "not_installed":
        draft.leave("whether a Monthly Rollup is installed could not be determined")
    elif package is None:
        draft.refuse("no package is named", advice)
    else:
        name = package.path.replace("/", "\\").rpartition("\\")[2]
        verdict = judge_package(name, os_id, package.manifest)
        if not verdict.usable:
            draft.refuse(f"{clean(name, 120)}: {verdict.reason}", advice, package.path)
        else:
            draft.operations.append(
                Operation(
                    PACKAGE,
                    NAME,
                    f"install {clean(name, 120)} ({verdict.reason})",
                    {"installed": False},
                    {"installed": True},
                    package.path,
                    name,
                    findings=RULES,
                    reversible=False,
                    details={"kb": verdict.kb},
                )
            )
    return draft
