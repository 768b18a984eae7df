# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AppContext switches of a .NET Framework configuration file: bytes -> what the runtime takes from it.

How the runtime reads the list was checked in Microsoft's reference source (mscorlib,
AppContextDefaultValues.DesktopOverrides.cs): pairs are split at ``;`` and at the first ``=``; names count exactly as
written, case and blanks included; a value counts only if Boolean.TryParse takes it (any case, blanks around it); of a
name that is there twice the last value that parses wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from xml.parsers import expat

SIZE_LIMIT = 1_048_576
"""Most bytes that are parsed (contract: 1 MiB)."""

RUNTIME_VERSION = "v4.0.30319"
"""What ``version`` of a <runtime> element must be for .NET 4 to read it (a file may hold one for each runtime)."""

_DECLARED = re.compile(rb"""<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']""")
# Python knows codecs that are no character sets of files (idna, unicode_escape ...): only these are looked up by name.
_CHARSET = re.compile(
    r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin1|windows-125\d|windows-874|ibm\d{3}"
    r"|gb2312|gbk|gb18030|big5|shift_jis|euc-(?:jp|kr)"
)
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),  # before UTF-16, whose mark it starts with
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_UTF16 = re.compile(r"utf-?16(?:le|be)?|ucs-2|iso-10646-ucs-2")


@dataclass(frozen=True)
class AppConfig:
    """What a configuration file says of AppContext switches.

    ``state``: ok, malformed, dtd, too_big. ``switches``: every name found; None = no boolean (the runtime ignores it),
    or not to be told. ``undetermined``: the names of the latter kind. ``duplicates``: names given more than once.
    """

    state: str
    message: str | None = None
    encoding: str | None = None
    switches: Mapping[str, bool | None] = field(default_factory=dict)
    undetermined: frozenset[str] = frozenset()
    duplicates: tuple[str, ...] = ()
    runtime_elements: int = 0
    override_elements: int = 0


class _DoctypeMet(Exception):
    """The document has a DTD: nothing of it is read."""


@dataclass(frozen=True)
class Place:
    """An element, in bytes of the text as UTF-8: ``start`` of its start tag, ``close`` of its end tag (of an
    empty-element tag: behind it), and of its first child element (None: it has none). ``read``: nothing about it leaves
    a doubt that the runtime of .NET 4 reads it.
    """

    start: int
    close: int
    first_child: int | None
    read: bool


@dataclass(frozen=True)
class Override:
    """One AppContextSwitchOverrides: its place and its texts of ``value``, in any case of that name, with the pairs."""

    place: Place
    values: Mapping[str, str]
    pairs: Sequence[tuple[str, bool | None]]


@dataclass(frozen=True)
class Layout:
    """Where the elements of a well-formed file stand that matter for switches. The file is ``mark``, then ``text`` in
    ``encoding``.
    """

    text: str
    encoding: str
    mark: bytes
    root: Place
    sections: Place | None
    runtimes: tuple[Place, ...]
    overrides: tuple[Override, ...]


class Unfit(Exception):
    """A file that is not read: ``state`` and ``message`` as in AppConfig."""

    def __init__(self, state: str, message: str, encoding: str | None = None) -> None:
        super().__init__(message)
        self.state, self.message, self.encoding = state, message, encoding


def parse_boolean(text: str) -> bool | None:
    """``text`` as Boolean.TryParse takes it: True or False in any case with blanks or NUL around, else None."""
    return {"true": True, "false": False}.get(text.strip("\0 \t\r\n\v\f\x85\xa0\u2028\u2029\u3000").lower())


def parse_overrides(text: str) -> list[tuple[str, bool | None]]:
    """(name, value) of every pair ``name=value`` of the semicolon list; the value is None if it is no boolean."""
    pairs = []
    for part in text.strip(" \t\r\n\v\f").split(";"):
        name, equals, value = part.partition("=")
        if equals and name and value:
            pairs.append((name, parse_boolean(value)))
    return pairs


def _decode(content: bytes) -> tuple[str | None, str, bytes]:
    """Text, name of the encoding, and the byte order mark before it; the text is None where the bytes are not of that
    encoding or it is not known.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _decode_as(content[len(mark) :], name), name, mark
    for start, name in ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")):
        if content.startswith(start):
            return _decode_as(content, name), name, b""
    match = _DECLARED.match(content[:400])
    declared = match.group(1).decode("ascii").lower() if match else "utf-8"
    if _UTF16.fullmatch(declared):  # said in 8-bit characters, so it can't be true; XmlReader refuses such a file too
        return None, declared, b""
    return (_decode_as(content, declared) if _CHARSET.fullmatch(declared) else None), declared, b""


def decoded(content: bytes) -> str | None:
    """The text of a file as it is read here; None where it is of no encoding that can be told."""
    return _decode(content)[0]


def _decode_as(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeError, LookupError):
        return None


_ROOT = ("configuration",)
_SECTIONS = (*_ROOT, "configSections")
_RUNTIME = (*_ROOT, "runtime")
_OVERRIDES = (*_RUNTIME, "AppContextSwitchOverrides")


@dataclass
class _Open:
    """An element whose end was not met yet."""

    path: tuple[str, ...]
    start: int
    read: bool
    values: Mapping[str, str]
    first_child: int | None = None


class _Reader:
    """Expat handlers: collect the elements that matter, stop at a document type declaration."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")  # stands above what the declaration says: the text is decoded already
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.open: list[_Open] = []
        self.depth = 0
        self.places: dict[tuple[str, ...], list[Place]] = {}
        self.overrides: list[Override] = []

    def doctype(self, *_: object) -> None:
        raise _DoctypeMet

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Names are compared as written. With a default namespace it is not documented whether an element counts."""
        parent = self.open[-1] if self.open and len(self.open) == self.depth else None
        if parent is not None and parent.first_child is None:
            parent.first_child = self.parser.CurrentByteIndex
        path = (*(() if parent is None else parent.path), name)
        wanted = path in (_ROOT, _SECTIONS, _RUNTIME, _OVERRIDES) and (parent is not None or self.depth == 0)
        self.depth += 1
        if not wanted:
            return
        given = {key: text for key, text in attributes.items() if key.casefold() == "value"}
        read = not attributes.get("xmlns") and (parent is None or parent.read)
        if path == _RUNTIME:
            read = read and attributes.get("version", RUNTIME_VERSION) == RUNTIME_VERSION
        elif path == _OVERRIDES:
            read = read and len(given) < 2
        self.open.append(_Open(path, self.parser.CurrentByteIndex, read, given))

    def end(self, name: str) -> None:
        del name
        if len(self.open) == self.depth:
            element = self.open.pop()
            place = Place(element.start, self.parser.CurrentByteIndex, element.first_child, element.read)
            self.places.setdefault(element.path, []).append(place)
            if element.path == _OVERRIDES:
                pairs = [pair for text in element.values.values() for pair in parse_overrides(text)]
                self.overrides.append(Override(place, element.values, pairs))
        self.depth -= 1


def read_layout(content: bytes) -> Layout | None:
    """The elements of a file; None where its root is not ``configuration``, of which .NET reads nothing.

    Raises:
        Unfit: it is too big, malformed, or has a DTD.
    """
    if len(content) > SIZE_LIMIT:
        raise Unfit("too_big", f"more than {SIZE_LIMIT} bytes")
    text, encoding, mark = _decode(content)
    if text is None:
        raise Unfit("malformed", f"not text of the encoding {encoding}", encoding)
    reader = _Reader()
    try:
        reader.parser.Parse(text.encode("utf-8"), True)
    except _DoctypeMet:
        raise Unfit("dtd", "the file has a document type declaration, which is refused", encoding) from None
    except (expat.ExpatError, ValueError) as error:
        raise Unfit("malformed", f"not well-formed XML: {error}", encoding) from None
    places = reader.places
    if _ROOT not in places:
        return None
    return Layout(
        text,
        encoding,
        mark,
        places[_ROOT][0],
        places.get(_SECTIONS, [None])[0],
        tuple(places.get(_RUNTIME, ())),
        tuple(reader.overrides),
    )


def _merge(elements: Sequence[Override]) -> tuple[dict[str, bool | None], frozenset[str]]:
    """Switches of all elements, and the names that can't be told.

    Which of several elements the runtime takes is not documented: a switch counts where all of them say the same of it.
    """
    said: dict[str, list[bool]] = {}
    for element in elements:
        # A pair that is no boolean is passed over by the runtime, so an earlier one of the same name stays.
        effective = {name: value for name, value in element.pairs if value is not None}
        for name, _value in element.pairs:
            said.setdefault(name, [])
        for name, value in effective.items():
            said[name].append(value)
    switches: dict[str, bool | None] = {}
    undetermined = set()
    all_doubtful = not any(element.place.read for element in elements)
    for name, values in said.items():
        found: set[bool | None] = set(values)
        if all_doubtful or len(values) < len(elements):  # an element that says nothing of it
            found.add(None)
        if len(found) == 1:
            switches[name] = next(iter(found))
        else:
            switches[name] = None
            undetermined.add(name)
    return switches, frozenset(undetermined)


def _duplicates(elements: Sequence[Override]) -> tuple[str, ...]:
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for element in elements:
        for name, _value in element.pairs:
            if name in seen:
                twice[name] = None
            seen.add(name)
    return tuple(twice)


@lru_cache(maxsize=4)
def parse_app_config(content: bytes) -> AppConfig:
    """The switches of a configuration file. DTDs are refused, so no entity is ever expanded; comments do not count.

    Remembered, because several subsets of one host's facts ask for the same file.
    """
    try:
        layout = read_layout(content)
    except Unfit as problem:
        return AppConfig(problem.state, problem.message, problem.encoding)
    if layout is None:
        return AppConfig("ok", None, _decode(content)[1])
    switches, undetermined = _merge(layout.overrides)
    doubt = None
    if undetermined:
        doubt = "it can't be told which AppContextSwitchOverrides element the runtime reads"
    return AppConfig(
        "ok",
        doubt,
        layout.encoding,
        MappingProxyType(switches),
        undetermined,
        _duplicates(layout.overrides),
        len(layout.runtimes),
        len(layout.overrides),
    )
