# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The code blocks of a page of the documentation, in their order, reStructuredText or Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from antsibull_docutils.rst_code_finder import find_code_blocks
from develop.places import ROOT
from markdown_it import MarkdownIt


@dataclass(frozen=True)
class Block:
    """One code block. ``line`` from 1; ``language``: as written, empty where the page names none."""

    page: str
    line: int
    language: str
    text: str

    @property
    def first(self) -> str:
        """The first line, by which a recipe is found."""
        return self.text.strip().partition("\n")[0].strip()

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def guides() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "docsite" / "rst").glob("*.rst"))


def readmes() -> list[str]:
    roles = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "roles").glob("*/README.md"))
    return ["README.md", *roles, "extensions/simulator/README.md"]


def pages() -> list[str]:
    """Every page for users."""
    return [*guides(), *readmes()]


def blocks(page: str) -> list[Block]:
    content = (ROOT / page).read_text(encoding="utf-8")
    return of_restructured(page, content) if Path(page).suffix == ".rst" else of_markdown(page, content)


def of_restructured(page: str, content: str) -> list[Block]:
    unknown: list[str] = []

    def refuse(line: int | str, _column: int, source: str) -> None:
        unknown.append(f"{page}:{line}: {source[:60]!r}")

    found = [
        Block(page, one.row_offset + 1, one.language or "", one.content)
        for one in find_code_blocks(content, path=page, warn_unknown_block=refuse)
    ]
    # Such a block would never be executed: `::` instead of a code-block with its language.
    assert not unknown, f"literal blocks without a language: {unknown}"
    return found


def of_markdown(page: str, content: str) -> list[Block]:
    return [
        Block(page, (token.map or [0])[0] + 1, token.info.strip(), token.content)
        for token in MarkdownIt().parse(content)
        if token.type in {"fence", "code_block"}
    ]
