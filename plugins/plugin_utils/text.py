# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One sanitiser for text that comes from a host, a log or an error, before a person sees it.

Control characters can move a terminal's cursor and color its text, bidirectional overrides show text in another order
than it is read by programs: they become visible escapes. What only breaks lines becomes a space.
"""

from __future__ import annotations

import re
import unicodedata

# Runs of what only separates: ASCII white space, and the spaces of other scripts (French texts of Windows have U+00A0).
_SPACES = re.compile("[ \t\r\n\v\f\x85\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
# Python calls these printable, yet they are blank: fillers, variation selectors.
_BLANK = re.compile("[\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")

# What moves a cursor, hides, or changes the order of what is read: controls (but tab and line feed), format characters,
# line and paragraph separators, lone surrogates.
_UNSAFE = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0001-\U000e007f]"
)


def _escape(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def visible(text: str) -> str:
    r"""``text`` as data that any program may show: ``\x1b``, ``\u202e`` ... as visible escapes, all else as it is.

    Tabs and line feeds stay, and CR LF becomes LF.
    """
    if text.isprintable():  # none of them is; nor is a line break, so nothing is to be done for nearly all texts
        return text
    return _UNSAFE.sub(lambda match: _escape(match.group()), text.replace("\r\n", "\n"))


def clean(text: object, limit: int | None = None) -> str:
    r"""``text`` on one line, its control and invisible characters as visible escapes (``\x1b``, ``\u202e``).

    Args:
        text: anything; what is not text is shown as ``str`` shows it.
        limit: most characters of the result; a cut one ends in ``...``.
    """
    shown = text if isinstance(text, str) else str(text)
    if limit is not None:  # no work for what is cut off anyway; runs of spaces may take a part of it
        shown = shown[: limit * 4 + 64]
    if shown.isascii() and shown.isprintable():  # nearly all texts: there are no other spaces, nothing blank or hidden
        shown = (_SPACES.sub(" ", shown) if "  " in shown else shown).strip(" ")
        return shown if limit is None else cut(shown, limit)
    shown = _BLANK.sub(lambda match: _escape(match.group()), _SPACES.sub(" ", shown).strip(" "))
    if not shown.isprintable():  # controls, format characters, separators, surrogates, private and unassigned ones
        shown = "".join(char if char.isprintable() else _escape(char) for char in shown)
    return shown if limit is None else cut(shown, limit)


def cut(text: str, limit: int) -> str:
    """``text``, at most ``limit`` characters; a cut one ends in ``...``."""
    if len(text) <= limit:
        return text
    return text[: max(0, limit - 3)].rstrip() + "..."[:limit]


def many(number: int, one: str) -> str:
    """``1 host``, ``2 hosts``, ``1,000 hosts``."""
    return f"{number:,} {one if number == 1 else f'{one}s'}"


def _cell(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def fit(text: str, columns: int) -> str:
    """``text``, at most ``columns`` columns wide on a terminal; a cut one ends in ``...``."""
    if width(text) <= columns:
        return text
    taken = 0
    for index, char in enumerate(text):
        taken += _cell(char)
        if taken > columns - 3:
            return text[:index].rstrip() + "..."[: max(0, columns)]
    return text


def pad(text: str, columns: int) -> str:
    """``text`` cut or filled with spaces to exactly ``columns`` columns."""
    text = fit(text, columns)
    return text + " " * (columns - width(text))


def wrap(text: str, columns: int, lines: int) -> list[str]:
    """``text`` broken at spaces into at most ``lines`` lines of ``columns`` columns; the last may end in ``...``."""
    result: list[str] = []
    rest = text
    while rest and len(result) < lines - 1 and width(rest) > columns:
        head = rest
        while width(head) > columns:
            shorter = head.rpartition(" ")[0]
            if not shorter:
                break
            head = shorter
        if width(head) > columns:  # one long word: cut in the last line
            break
        result.append(head)
        rest = rest[len(head) :].lstrip(" ")
    if rest:
        result.append(fit(rest, columns))
    return result
