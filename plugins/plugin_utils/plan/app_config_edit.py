# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Edits one AppContext switch of a configuration file as a careful person would: bytes in, bytes out, all else stays.

Where elements stand is read by facts/app_config.py, and its reading of the result has the last word: an edit that would
not mean what was asked for is refused.

Taking a switch out leaves the bytes that were there before it was put in, with one exception: an element that held
nothing before (``<runtime/>``, ``<configuration></configuration>``) is not told from one that was made for the switch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ..facts.app_config import SIZE_LIMIT, Layout, Override, Place, Unfit, parse_app_config, read_layout
from .app_config_value import Misread, Value, escape

STEP = b"   "
"""Indentation where the file has no example of it, as the article prints it."""
_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(/?)>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")
_BLANK = b" \t\r\n"
_ELEMENT = "AppContextSwitchOverrides"
_NEW_FILE = (
    '<?xml version="1.0" encoding="utf-8"?>\r\n<configuration>\r\n   <runtime>\r\n      {}\r\n   </runtime>\r\n'
    "</configuration>\r\n"
)


class EditRefused(Exception):
    """The file is left as it is; the text says why."""


class _Edit(NamedTuple):
    """Bytes from ``start`` to ``end`` become ``new``."""

    start: int
    end: int
    new: bytes


def check_name(name: str) -> str:
    """``name`` as an option. ValueError: it could not be the name of a switch in such a file."""
    if not name or len(name) > 500 or name != name.strip() or not name.isprintable() or set(name) & set(";="):
        raise ValueError("a switch has a name of printable characters without ; and =")
    return name


def set_switch(content: bytes | None, name: str, value: bool) -> bytes:
    """The file with the switch set to ``value``; None = there is no file.

    Raises:
        EditRefused: the file is not well formed, or what the runtime would read could not be told.
        ValueError: ``name`` is no name.
    """
    pair = f"{check_name(name)}={str(value).lower()}"
    element = f'<{_ELEMENT} value="{escape(pair, chr(34))}"/>'
    if content is None:
        return _NEW_FILE.format(element).encode()
    layout = _layout(content)
    if not layout.root.read:
        raise EditRefused("the root element has a default namespace: whether .NET reads it is not documented")
    data = layout.text.encode()
    edits = [edit for override in layout.overrides for edit in _set_in(data, override, name, value)]
    if not any(override.place.read for override in layout.overrides):
        edits.append(_added(data, layout, element.encode()))
    result = _edited(content, layout, data, edits)
    if parse_app_config(result).switches.get(name) is not value:
        raise EditRefused("it can't be told which AppContextSwitchOverrides element the runtime reads")
    return result


def remove_switch(content: bytes, name: str) -> bytes:
    """The file without the switch. Raises as ``set_switch``."""
    check_name(name)
    layout = _layout(content)
    data = layout.text.encode()
    edits: list[_Edit] = []
    emptied: list[Place] = []
    for override in layout.overrides:
        for key, place in _attributes(data, override).items():
            new = _value(data, override, key, place).without(name)
            if new is not None and not new.strip(" ;\t\r\n") and _only_value(data, override.place):
                emptied.append(override.place)
            elif new is not None:
                edits.append(place._replace(new=new.encode()))
    result = _edited(content, layout, data, [*edits, *_removals(data, layout, emptied)])
    if name in parse_app_config(result).switches:
        raise EditRefused("the switch could not be taken out")
    return result


def _layout(content: bytes) -> Layout:
    try:
        layout = read_layout(content)
    except Unfit as problem:
        raise EditRefused(str(problem)) from None
    if layout is None:
        raise EditRefused("its root element is not configuration")
    if layout.mark + layout.text.encode(layout.encoding) != content:
        raise EditRefused(f"its encoding {layout.encoding} can't be written back byte by byte")
    return layout


def _edited(content: bytes, layout: Layout, data: bytes, edits: Iterable[_Edit]) -> bytes:
    """``content`` with the edits, in its encoding."""
    ordered = sorted(edits, reverse=True)
    if not ordered:
        return content
    for edit in ordered:
        data = data[: edit.start] + edit.new + data[edit.end :]
    try:
        result = layout.mark + data.decode().encode(layout.encoding)
    except UnicodeError:
        raise EditRefused(f"the switch can't be written in the encoding {layout.encoding}") from None
    if len(result) > SIZE_LIMIT:
        raise EditRefused(f"it would have more than {SIZE_LIMIT} bytes")
    if parse_app_config(result).state != "ok":
        raise EditRefused("the result would not be well formed")
    return result


# --- an element that is there ----------------------------------------------------------------------------------------


def _tag(data: bytes, start: int) -> re.Match[bytes]:
    match = _TAG.match(data, start)
    if match is None:
        raise EditRefused("a tag could not be understood")
    return match


def _attributes(data: bytes, override: Override) -> dict[str, _Edit]:
    """Where the texts of ``value`` stand, without their quotes, as edits that change nothing yet."""
    tag = _tag(data, override.place.start)
    return {
        match.group(1).decode(): _Edit(match.start(2) + 1, match.end(2) - 1, b"")
        for match in _ATTRIBUTE.finditer(data, tag.start(), tag.end())
        if match.group(1).decode() in override.values
    }


def _value(data: bytes, override: Override, key: str, place: _Edit) -> Value:
    try:
        return Value(override.values[key], data[place.start : place.end].decode())
    except Misread as problem:
        raise EditRefused(str(problem)) from None


def _set_in(data: bytes, override: Override, name: str, value: bool) -> list[_Edit]:
    if not override.values:
        at = override.place.start + len(f"<{_ELEMENT}")
        return [_Edit(at, at, f' value="{escape(name, chr(34))}={str(value).lower()}"'.encode())]
    if len(override.values) > 1:
        raise EditRefused(f"an {_ELEMENT} element has value more than once")
    said = [found for pair, found in override.pairs if pair == name and found is not None]
    if said and said[-1] is value:
        return []
    edits = []
    for key, place in _attributes(data, override).items():
        quote = data[place.end : place.end + 1].decode()
        new = _value(data, override, key, place).with_pair(name, value, quote)
        edits.append(place._replace(new=new.encode()))
    return edits


# --- a new element ---------------------------------------------------------------------------------------------------


def _added(data: bytes, layout: Layout, element: bytes) -> _Edit:
    """The element in the first runtime that is read, or with a runtime of its own."""
    runtime = next((place for place in layout.runtimes if place.read), None)
    root_indent = _indent(data, layout.root.start) or b""
    if runtime is None:
        return _new_runtime(data, layout, element, root_indent)
    outer = _indent(data, runtime.start)
    inner = None if outer is None else outer + (outer.removeprefix(root_indent) or STEP)
    if runtime.first_child is not None:
        inner = _indent(data, runtime.first_child)
    return _inside(data, runtime, "runtime", element, inner, outer)


def _new_runtime(data: bytes, layout: Layout, element: bytes, root_indent: bytes) -> _Edit:
    """A runtime after configSections, which must be first, else as first child of the root."""
    root, sections = layout.root, layout.sections
    line = _newline(data, root.start)
    neighbour = sections.start if sections is not None else root.first_child
    indent = root_indent + STEP if neighbour is None else _indent(data, neighbour)
    block = b"<runtime>" + element + b"</runtime>"
    if indent is not None and line is not None:
        step = indent.removeprefix(root_indent) or STEP
        block = line.join([b"<runtime>", indent + step + element, indent + b"</runtime>"])
    if neighbour is None:
        return _inside(data, root, "configuration", block, indent, root_indent, first=True)
    place = _tag(data, root.start).end() if sections is None else _end(data, sections)
    return _Edit(place, place, _before(line, indent) + block)


def _inside(
    data: bytes,
    parent: Place,
    name: str,
    child: bytes,
    inner: bytes | None,
    outer: bytes | None,
    *,
    first: bool = False,
) -> _Edit:
    """``child`` within ``parent``, as its last child or (``first``) right behind its start tag.

    ``inner``, ``outer``: indentation of the child and of the parent's end tag; None = all on one line.
    """
    tag = _tag(data, parent.start)
    line = _newline(data, parent.start)
    before = _before(line, inner)
    after = _before(line, outer) if before else b""
    if tag.group(1):
        slash = len(data[: tag.end() - 2].rstrip(_BLANK))
        return _Edit(slash, tag.end(), b">" + before + child + after + f"</{name}>".encode())
    inside = data[tag.end() : parent.close]
    place = tag.end() if first else tag.end() + len(inside.rstrip(_BLANK))
    if b"\n" in inside or inside.strip(_BLANK) or not before:
        return _Edit(place, place, before + child)
    return _Edit(place, parent.close, before + child + after)


def _before(line: bytes | None, indent: bytes | None) -> bytes:
    return b"" if line is None or indent is None else line + indent


def _indent(data: bytes, place: int) -> bytes | None:
    """What stands between the start of the line and ``place``; None where that is more than blanks."""
    start = data.rfind(b"\n", 0, place) + 1
    indent = data[start:place]
    return indent if start > 0 and not indent.strip(b" \t") else None


def _newline(data: bytes, place: int) -> bytes | None:
    """The kind of line end nearest to ``place``; None in a file of one line."""
    end = data.rfind(b"\n", 0, place)
    end = data.find(b"\n", place) if end < 0 else end
    if end < 0:
        return None
    return b"\r\n" if data[max(0, end - 1) : end] == b"\r" else b"\n"


def _end(data: bytes, place: Place) -> int:
    """Behind the element."""
    tag = _tag(data, place.start)
    return tag.end() if tag.group(1) else data.index(b">", place.close) + 1


# --- an element less -------------------------------------------------------------------------------------------------


def _only_value(data: bytes, place: Place) -> bool:
    """Whether the element holds nothing but ``value``."""
    tag = _tag(data, place.start)
    attributes = len(_ATTRIBUTE.findall(data, tag.start(), tag.end()))
    return attributes == 1 and (bool(tag.group(1)) or not data[tag.end() : place.close].strip(_BLANK))


def _removals(data: bytes, layout: Layout, emptied: list[Place]) -> list[_Edit]:
    """Takes out elements with their lines, and a plain runtime that would be left empty instead of what it holds."""
    edits = {place: _line_of(data, place) for place in emptied}
    for runtime in layout.runtimes:
        held = {place: edit for place, edit in edits.items() if runtime.start < place.start < runtime.close}
        tag = _tag(data, runtime.start)
        if not held or _ATTRIBUTE.search(data, tag.start(), tag.end()):
            continue
        rest, start = b"", tag.end()
        for edit in sorted(held.values()):
            rest, start = rest + data[start : edit.start], edit.end
        if not (rest + data[start : runtime.close]).strip(_BLANK):
            edits = {place: edit for place, edit in edits.items() if place not in held}
            edits[runtime] = _line_of(data, runtime)
    return list(edits.values())


def _line_of(data: bytes, place: Place) -> _Edit:
    """The element, with the line end and the indentation before it."""
    start = place.start
    if _indent(data, start) is not None:
        start = data.rfind(b"\n", 0, start)
        start -= data[max(0, start - 1) : start] == b"\r"
    return _Edit(start, _end(data, place), b"")
