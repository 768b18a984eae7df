# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of one ``value`` attribute as it stands in the file, entities included: pairs in, out, changed in place."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..facts.app_config import parse_boolean

_UNIT = re.compile(r"&#x([0-9A-Fa-f]+);|&#([0-9]+);|&([a-z]+);|\r\n|.", re.DOTALL)
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_STRIPPED = " \t\r\n\v\f"


class Misread(ValueError):
    """The text in the file is not what the parser made of it."""


class _Part(NamedTuple):
    """What stands between two semicolons: raw text, name and value; ``value_at``: where the raw value starts;
    ``separator``: the semicolon behind it, as it is written.
    """

    raw: str
    name: str
    value: str
    value_at: int
    separator: str


def escape(text: str, quote: str) -> str:
    """``text`` within an attribute in these quotes."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return text.replace('"', "&quot;") if quote == '"' else text.replace("'", "&apos;")


class Value:
    """``decoded``: what the parser made of ``raw``."""

    def __init__(self, decoded: str, raw: str) -> None:
        self.raw = raw
        self.places: list[int] | None = None  # of each character in raw; None = the two are the same
        if raw != decoded:
            matches = list(_UNIT.finditer(raw))
            if "".join(map(_char, matches)) != decoded:
                raise Misread("an attribute could not be understood")
            self.places = [*(match.start() for match in matches), len(raw)]
        inner = decoded.strip(_STRIPPED)
        start = len(decoded) - len(decoded.lstrip(_STRIPPED)) if inner else 0
        self.head = self._raw(0, start)
        self.tail = self._raw(start + len(inner), len(decoded))
        self.parts: list[_Part] = []
        end = start + len(inner)
        for text in inner.split(";"):
            name, equals, value = text.partition("=")
            at = len(self._raw(start, start + len(name) + len(equals)))
            stop = start + len(text)
            separator = self._raw(stop, min(stop + 1, end))
            self.parts.append(_Part(self._raw(start, stop), name if equals and value else "", value, at, separator))
            start = stop + 1

    def _raw(self, start: int, end: int) -> str:
        return self.raw[start:end] if self.places is None else self.raw[self.places[start] : self.places[end]]

    def _joined(self, parts: list[_Part]) -> str:
        inner = "".join(part.raw + part.separator for part in parts[:-1]) + (parts[-1].raw if parts else "")
        return self.head + inner + self.tail

    def with_pair(self, name: str, value: bool, quote: str) -> str:
        """The raw text with ``name=value``: in the place of every pair of that name, else at the end."""
        text = str(value).lower()
        parts = [
            part._replace(raw=part.raw[: part.value_at] + text)
            if part.name == name and parse_boolean(part.value) is not value
            else part
            for part in self.parts
        ]
        if not any(part.name == name for part in parts):
            new = _Part(f"{escape(name, quote)}={text}", name, text, 0, ";")
            last = parts.pop()
            # A list that ends in a semicolon still does: so the pair can be taken out without a trace.
            parts += [last._replace(separator=";"), new] if last.raw else [new, last] if parts else [new]
        return self._joined(parts)

    def without(self, name: str) -> str | None:
        """The raw text without the pairs of that name; None where there is none."""
        kept = [part for part in self.parts if part.name != name]
        return None if len(kept) == len(self.parts) else self._joined(kept)


def _char(match: re.Match[str]) -> str:
    hexadecimal, decimal, entity = match.groups()
    if hexadecimal or decimal:
        return chr(int(hexadecimal, 16) if hexadecimal else int(decimal))
    if entity:
        return _ENTITIES.get(entity, "?")
    return " " if match.group() in ("\r\n", "\r", "\n", "\t") else match.group()
