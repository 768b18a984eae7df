# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CSV (RFC 4180) for spreadsheets: a row for each finding of each host, and one for a host that was not audited."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..shapes import records
from .words import evidence_of, per_finding, remediation_of, text_of

COLUMNS = (
    *("host", "outcome", "audited_at", "rule", "title", "severity", "result", "expected", "actual", "evidence"),
    *("owner", "remediation", "needs", "reference"),
)
_FORMULA = re.compile(r"[\s'\"]*[=+\-@\uff0b\uff0d\uff1d\uff20]")
"""What a spreadsheet takes for a formula, wide characters of East Asian keyboards included."""


def comma_separated(documents: Iterable[Mapping[str, Any]]) -> str:
    """CSV of the documents of hosts, with a byte order mark: Excel takes it for UTF-8 only then."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for document in documents:
        writer.writerows(_rows(document))
    return "\ufeff" + stream.getvalue()


def _rows(document: Mapping[str, Any]) -> Iterator[list[str]]:
    about = [_defused(text_of(document, name)) for name in ("host", "outcome", "audited_at")]
    error = document.get("error")
    findings = records(document.get("findings"))
    if isinstance(error, Mapping) or not findings:
        told = error if isinstance(error, Mapping) else {"code": "no_findings", "message": "The result has no findings"}
        message = _defused(text_of(told, "message"))
        yield [*about, "audit", "The host is audited", "high", "error", "", message, *[""] * 5]
        return
    for finding in findings:
        yield [*about, *_cells(finding)]


@per_finding
def _cells(finding: Mapping[str, Any]) -> list[str]:
    cells = [
        *(text_of(finding, name) for name in ("id", "title", "severity", "result", "expected", "actual")),
        "; ".join(evidence_of(finding)),
        text_of(finding, "owner"),
        remediation_of(finding),
        *(text_of(finding, name) for name in ("needs", "reference")),
    ]
    return [_defused(cell) for cell in cells]


def _defused(cell: str) -> str:
    """A cell that a spreadsheet shows as text: an apostrophe keeps it from being calculated."""
    # Nearly all begin with a letter, and so with none of these.
    return cell if cell[:1].isalnum() or not _FORMULA.match(cell) else f"'{cell}"
