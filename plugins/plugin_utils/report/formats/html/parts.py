# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elements of the page. Text becomes HTML here and nowhere else: what is no ``Markup`` yet is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ....collect.times import contract_time
from ....text import clean, many
from ..words import TEXT_LIMIT

HOSTS_SHOWN = 8
"""Hosts that a list shows; with more of them it is opened first."""

Attribute = str | int | bool | None


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


NOTHING = Markup("")


def element(tag: str, *content: str, **attributes: Attribute) -> Markup:
    """An element with its content, as it is where it is ``Markup``, else escaped.

    Args:
        tag: its name; ``void`` elements have no content and no end.
        content: one after the other.
        attributes: a trailing ``_`` is left out of a name, others are ``-``. True: no value; False, None: none at all.
    """
    inner = "".join([_inner(part) for part in content])
    begin = f"<{tag}{''.join(_attributes(attributes))}>" if attributes else f"<{tag}>"
    return Markup(f"{begin}{inner}</{tag}>")


def start(tag: str, **attributes: Attribute) -> Markup:
    """The start of an element, which is all of a void one."""
    return Markup(f"<{tag}{''.join(_attributes(attributes))}>")


@lru_cache(maxsize=10_000)
def _escaped(text: str) -> str:
    """Most texts of a fleet are those of the rules, and come again with each host."""
    return html.escape(text, quote=False)


def _attributes(attributes: dict[str, Attribute]) -> Iterable[str]:
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        written = name.rstrip("_").replace("_", "-")
        yield f" {written}" if value is True else f' {written}="{html.escape(str(value))}"'


def together(parts: Iterable[str]) -> Markup:
    """Several parts as one."""
    return Markup("".join([_inner(part) for part in parts]))


def shown(value: object, limit: int = TEXT_LIMIT) -> str:
    """A value of a host on one line; empty where there is none."""
    return "" if value is None else clean(value, limit)


def link(text: str, url: str) -> Markup | str:
    """A link to another place; the text alone where the address is none of the web's."""
    if not url.startswith("https://") or any(char.isspace() for char in url):
        return text
    return element("a", text, href=url, rel="noopener noreferrer")


def moment(time: object) -> Markup | str:
    """A time in words of UTC; what is none, as it is."""
    found = contract_time(time)
    if found is None:
        return shown(time, 40) or "not known"
    return element("time", f"{found[:10]} {found[11:19]} UTC", datetime=found)


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Sequence[int] = (),
    named: bool = False,
    small: bool = False,
) -> Markup:
    """A table that can be scrolled by itself. The first cell of a row names it.

    Args:
        caption: what it is a table of.
        heads: of the columns.
        rows: their cells.
        numbers: places of the columns that have numbers.
        named: the heading above it says what it is of; only screen readers need the caption.
        small: it is not made as wide as the page.
    """
    kinds = [' class="n"' if place in numbers else "" for place in range(len(heads))]
    head = "".join(f'<th scope="col"{kind}>{_inner(text)}</th>' for text, kind in zip(heads, kinds, strict=True))
    body = "".join([f"<tr>{_cells(row, kinds)}</tr>" for row in rows])
    title = element("caption", caption, class_="unseen" if named else None)
    kind = "small" if small else None
    inner = Markup(f"{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>")
    # A region that scrolls has to be reached by keyboard.
    whole = element("table", inner, class_=kind)
    return element("div", whole, class_="scroll", tabindex=0, role="group", aria_label=caption)


def _cells(row: Sequence[str], kinds: Sequence[str]) -> str:
    """The cells of a row. Half of a page is cells: this is ``element`` without what they do not need."""
    cells = [f"<td{kind}>{_inner(cell)}</td>" for cell, kind in zip(row[1:], kinds[1:], strict=True)]
    return f'<th scope="row"{kinds[0]}>{_inner(row[0])}</th>{"".join(cells)}'


def _inner(text: str) -> str:
    return text if text.__class__ is Markup else _escaped(text)


def pairs(rows: Iterable[tuple[str, str]]) -> Markup:
    """Labels with their texts; several of one label stand below it."""
    parts: list[Markup] = []
    previous = None
    for label, text in rows:
        if label != previous:
            parts.append(element("dt", label))
        previous = label
        parts.append(element("dd", text, data_copy=True) if label == "To do" else element("dd", text))
    return element("dl", *parts) if parts else NOTHING


def folded(heading: str, *content: str, level: int = 4) -> Markup:
    """What is shown when its heading is opened."""
    return element("details", element("summary", element(f"h{level}", heading)), *content)


def host_list(links: Sequence[Markup]) -> Markup:
    """Links to hosts; many of them are folded."""
    if not links:
        return Markup("none")
    items = element("ul", *(element("li", one) for one in links), class_="names")
    if len(links) <= HOSTS_SHOWN:
        return items
    return element("details", element("summary", many(len(links), "host")), items)
