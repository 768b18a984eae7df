# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The formats of a report: each is a function of the documents of the hosts, and one file beside ``fleet.json``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..files import FileError, write_text

HOMEPAGE = "https://github.com/wsus-compliance/wsus.compliance"


@dataclass(frozen=True)
class Report:
    """What a report is made of.

    ``fleet``: the fleet's document. ``documents``: those of the hosts, by name. ``titles``: issue -> what it is.
    ``compared``: what ``compare`` says of an earlier audit, made ``before_at``, and this one; None: there is no
    earlier one.
    """

    fleet: Mapping[str, Any]
    documents: Sequence[Mapping[str, Any]]
    titles: Mapping[str, str]
    compared: Mapping[str, Any] | None = None
    before_at: str = ""


@dataclass(frozen=True)
class Format:
    """The name of a format's file, and what makes its content."""

    file: str
    content: Callable[[Report], str]


# Each is loaded when it is asked for: most runs ask for none, and every run would wait for all.


def _junit(report: Report) -> str:
    from .junit import junit

    return junit(report.documents)


def _sarif(report: Report) -> str:
    from .sarif import sarif

    return sarif(report.documents, version=report.fleet["collection_version"], homepage=HOMEPAGE)


def _csv(report: Report) -> str:
    from .comma_separated import comma_separated

    return comma_separated(report.documents)


def _html(report: Report) -> str:
    from .html import html

    return html(report.fleet, report.documents, report.titles, report.compared, report.before_at)


def _markdown(report: Report) -> str:
    from .markdown import markdown

    return markdown(report.fleet, report.documents, report.titles)


FORMATS: dict[str, Format] = {
    "junit": Format("junit.xml", _junit),
    "sarif": Format("report.sarif", _sarif),
    "csv": Format("findings.csv", _csv),
    "html": Format("report.html", _html),
    "markdown": Format("report.md", _markdown),
}


def write_formats(report: Report, names: Sequence[str], folder: Any) -> tuple[dict[str, str], list[str]]:
    """Writes a report in the formats ``names``.

    Returns:
        Format -> path of its file, and of each file that could not be written why.
    """
    written, problems = {}, []
    for name in dict.fromkeys(names):
        path = folder / FORMATS[name].file
        try:
            write_text(path, FORMATS[name].content(report))
        except FileError as problem:
            problems.append(str(problem))
        else:
            written[name] = str(path)
    return written, problems
