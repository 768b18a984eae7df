# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a report says on the screen: the hosts of this batch (earlier ones have been shown), then the fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .diagnosis import diagnosis_lines
from .documents import Documents
from .summary import FOLD_HOSTS, Line, fleet_lines, host_lines, screen_width


@dataclass(frozen=True)
class Results:
    """What is reported.

    ``hosts``: results of the action ``assess``, or documents, by name. ``shown``: which of them the summary has one by
    one. ``pending``: hosts of later batches. ``left_out``: hosts on which the audit was not run. ``unwritten``: host ->
    why its result file could not be written.
    """

    hosts: Mapping[str, Mapping[str, Any]]
    shown: Collection[str]
    pending: int = 0
    left_out: int = 0
    unwritten: Mapping[str, str] | None = None


def report_lines(
    results: Results,
    documents: Documents,
    fleet: Mapping[str, Any],
    *,
    columns: int,
    folder: Path,
    titles: Mapping[str, str],
    diagnosis: bool,
) -> Sequence[Line]:
    """The summary.

    Args:
        results: what is reported.
        documents: those of the results; only those that are shown are read.
        fleet: the fleet's document.
        columns: of the terminal.
        folder: where the files are.
        titles: issue -> what it is.
        diagnosis: whether to say of each host how its issues were decided.
    """
    columns = screen_width(columns)
    done = results.hosts
    shown = [name for name in done if name in results.shown]
    fold = len(shown) > FOLD_HOSTS and not diagnosis
    in_detail = {name: documents.one(name) for name in shown if not (fold and done[name]["outcome"] == "compliant")}
    rest = fleet_lines(
        fleet,
        columns,
        folder=_place(folder),
        pending=results.pending,
        left_out=results.left_out,
        folded=_folded(done) if fold else None,
        titles=titles,
        errors={name: str(one["error"]["code"]) for name, one in done.items() if one.get("error")},
        unwritten=sorted(results.unwritten or ()),
    )
    hosts = (
        host_lines(in_detail, columns, lambda one: diagnosis_lines(one, columns, titles))
        if diagnosis
        else host_lines(in_detail, columns)
    )
    return [Line(""), *hosts, *([Line("")] if hosts else []), *rest, Line("")]


def _place(folder: Path) -> str:
    """The folder as one would write it here."""
    here = Path.cwd()
    return f"./{folder.relative_to(here)}" if folder.is_relative_to(here) else str(folder)


def _folded(done: Mapping[str, Mapping[str, Any]]) -> Counter[str]:
    """How many findings of each result the compliant hosts have, which share a line."""
    counts: Counter[str] = Counter()
    for one in done.values():
        if one["outcome"] == "compliant" and isinstance(one.get("summary"), Mapping):
            counts.update({str(result): int(number) for result, number in one["summary"].items()})
    return counts
