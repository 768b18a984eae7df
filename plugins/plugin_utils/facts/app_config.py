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
class _Element:
    """One AppContextSwitchOverrides. ``certain``: nothing about its place leaves a doubt that the runtime reads it."""

    pairs: Sequence[tuple[str, bool | None]]
    certain: bool


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


def _decode(content: bytes) -> tuple[str | None, str]:
    """Text and name of the encoding; the text is None where the bytes are not of that encoding or it is not known."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _decode_as(content[len(mark) :], name), name
    for start, name in ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")):
        if content.startswith(start):
            return _decode_as(content, name), name
    match = _DECLARED.match(content[:400])
    declared = match.group(1).decode("ascii").lower() if match else "utf-8"
    if _UTF16.fullmatch(declared):  # said in 8-bit characters, so it can't be true; XmlReader refuses such a file too
        return None, declared
    return (_decode_as(content, declared) if _CHARSET.fullmatch(declared) else None), declared


def _decode_as(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeError, LookupError):
        return None


class _Reader:
    """Expat handlers: collect configuration/runtime/AppContextSwitchOverrides, stop at a document type declaration."""

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.elements: list[_Element] = []
        self.runtimes = 0
        self.root_plain = True
        self.runtime_plain = True

    def doctype(self, *_: object) -> None:
        raise _DoctypeMet

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Names are compared as written. With a default namespace it is not documented whether an element counts."""
        plain = not attributes.get("xmlns")
        self.stack.append(name)
        if self.stack == ["configuration"]:
            self.root_plain = plain
        elif self.stack == ["configuration", "runtime"]:
            self.runtimes += 1
            self.runtime_plain = plain and attributes.get("version", RUNTIME_VERSION) == RUNTIME_VERSION
        elif self.stack == ["configuration", "runtime", "AppContextSwitchOverrides"]:
            given = [text for key, text in attributes.items() if key.casefold() == "value"]
            certain = self.root_plain and self.runtime_plain and plain and len(given) < 2
            self.elements.append(_Element([pair for text in given for pair in parse_overrides(text)], certain))

    def end(self, name: str) -> None:
        del name
        self.stack.pop()


def _merge(elements: Sequence[_Element]) -> tuple[dict[str, bool | None], frozenset[str]]:
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
    all_doubtful = not any(element.certain for element in elements)
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


def _duplicates(elements: Sequence[_Element]) -> tuple[str, ...]:
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
    if len(content) > SIZE_LIMIT:
        return AppConfig("too_big", f"more than {SIZE_LIMIT} bytes")
    text, encoding = _decode(content)
    if text is None:
        return AppConfig("malformed", f"not text of the encoding {encoding}", encoding)
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")  # stands above what the declaration says: the text is decoded already
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(text.encode("utf-8"), True)
    except _DoctypeMet:
        return AppConfig("dtd", "the file has a document type declaration, which is refused", encoding)
    except (expat.ExpatError, ValueError) as error:
        return AppConfig("malformed", f"not well-formed XML: {error}", encoding)
    switches, undetermined = _merge(reader.elements)
    doubt = None
    if undetermined:
        doubt = "it can't be told which AppContextSwitchOverrides element the runtime reads"
    twice = _duplicates(reader.elements)
    return AppConfig(
        "ok", doubt, encoding, MappingProxyType(switches), undetermined, twice, reader.runtimes, len(reader.elements)
    )
