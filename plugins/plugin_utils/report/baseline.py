# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report's hosts beside an earlier audit of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .compare import compare
from .stored import read_results, wrong


@dataclass(frozen=True)
class Earlier:
    """What ``compare`` says of an earlier audit, made ``at``, and this one; None: there is nothing to compare with.
    ``problems``: what of it could not be read.
    """

    compared: dict[str, Any] | None = None
    at: str = ""
    problems: tuple[str, ...] = ()


def compared_with(folders: Iterable[Path], current: Mapping[str, Mapping[str, Any]], *, whole: bool) -> Earlier:
    """What differs from the earlier audit in these folders.

    Args:
        folders: with its result files.
        current: documents of the report, by name.
        whole: whether the report is of all there is. Else hosts that it is not about (of later batches, left out) are
            no difference.
    """
    stored = read_results(folders)
    before = {name: one for name, one in stored.documents.items() if whole or name in current}
    if not before:
        none = "baseline has no results of these hosts: there is nothing to compare with"
        return Earlier(problems=(none, *stored.problems))
    known = {name: one for name, one in current.items() if not wrong(one)}
    lost = [name for name in current if name not in known]
    compared = compare({name: one for name, one in before.items() if name not in lost}, known)
    return Earlier(compared, max(str(one["audited_at"]) for one in before.values()), tuple(stored.problems))
