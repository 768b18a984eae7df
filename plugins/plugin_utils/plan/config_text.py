# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of a configuration file for a diff: it may hold connection strings and keys of any web site."""

from __future__ import annotations

import re

from ..redact import MASK, redact
from ..text import visible

_SECRET = re.compile(
    r"connection.?string|passw|passphrase|pwd|secret|(?<!publickey)token|credential|(?:validation|decryption|api|private|access).?key",
    re.IGNORECASE,
)
# A name starts only where a word starts, and a value ends before the next element: each character is looked at once.
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([\w:.-]+)(\s*=\s*)("[^"<]*"|'[^'<]*')""")
_NAMING = frozenset({"key", "name"})
_NAMED = frozenset({"value", "connectionstring"})


def config_text(text: str) -> str:
    """``text`` with ``***`` for what may be a secret: attributes, elements and settings of such a name."""
    first, *elements = redact(text).split("<")
    shown = visible("<".join([first, *(_element(element) for element in elements)]))
    return shown if shown.endswith("\n") or not shown else shown + "\n"


def _element(element: str) -> str:
    """What stands behind one ``<``, up to the next: a tag (or what looks like one, in a comment) and text."""
    key_is_secret = any(
        match[1].casefold() in _NAMING and _SECRET.search(match[3]) for match in _ATTRIBUTE.finditer(element)
    )

    def masked(match: re.Match[str]) -> str:
        secret = _SECRET.search(match[1]) or (key_is_secret and match[1].casefold() in _NAMED)
        return f"{match[1]}{match[2]}{match[3][0]}{MASK}{match[3][0]}" if secret else match[0]

    tag, bracket, text = _ATTRIBUTE.sub(masked, element).partition(">")
    name = tag.split(None, 1)[0] if tag.strip() else ""
    if text.strip() and _SECRET.search(name) and not name.startswith("/"):
        text = MASK
    return tag + bracket + text
