# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one place where secrets are taken out of text: passwords in addresses, authorization headers, given secrets.

The text may come from a host and be of any content, so no pattern here may take more than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"

# Up to the last @ of the authority. A password with a slash is no valid URL, yet is met; it is looked for as far as 512
# characters.
_USER_INFO = re.compile(r"://(?:[^/\s]*@|[^/@:\s]{1,256}:\S{1,512}@)")
# "Basic authentication" is no header: a word in small letters is kept.
_SCHEME = r"(?i:Basic|Bearer|Digest|Kerberos|Negotiate|NTLM)"
_TOKEN = re.compile(rf"\b({_SCHEME})(\s{{1,9}})(?![A-Z]?[a-z]+(?![A-Za-z0-9+/_=.~-]))[A-Za-z0-9+/_=.~-]{{8,}}")
_HEADER = re.compile(rf"((?i:Authorization)[\"']?\s{{0,9}}[:=]\s{{0,9}}[\"']?{_SCHEME}\s{{1,9}})[^\s\"',;]+")

_HOST_AND_PORT = re.compile(r"(?:[A-Za-z]+=)?(?:[A-Za-z]+://)?[A-Za-z0-9._*<>\[\]-]*(?::[0-9]{1,5})?/?")
_PREFIX = re.compile(r"(?:[A-Za-z]+=)?(?:[A-Za-z]+://)?")
_SEPARATORS = re.compile(r"([;\s]+)")


def mask_user_info(text: str) -> str:
    """``text`` (a proxy, a list of them, a URL) with ``***`` for what stands before an ``@``: it may hold a password.

    A password may hold separators itself, so with an ``@`` anywhere every part that is no plain host is masked as well.
    """
    if "@" not in text:
        return text
    parts = _SEPARATORS.split(text)
    for index in range(0, len(parts), 2):
        part = parts[index]
        if "@" in part:
            prefix = _PREFIX.match(part)
            parts[index] = f"{prefix.group() if prefix else ''}{MASK}@{part.rpartition('@')[2]}"
        elif not _HOST_AND_PORT.fullmatch(part):
            parts[index] = MASK
    return "".join(parts)


def _forms(secrets: Iterable[str]) -> list[str]:
    """The secrets as they are and percent-encoded, the longest first."""
    return sorted({form for one in secrets if one for form in (one, quote(one, safe=""))}, key=len, reverse=True)


def _end(text: str, limit: int, forms: Iterable[str]) -> int:
    """Where to cut ``text``, at ``limit`` or before: within no secret, no address and no token."""
    end = limit
    for _time in range(4):  # a place before one of them may lie within another
        before = end
        address = text.rfind("://", 0, end)
        if address >= 0 and not re.search(r"\s", text[address:end]):
            end = address
        if not text[end].isspace():
            blank = max(text.rfind(char, max(0, end - 512), end) for char in " \t\r\n")
            end = blank if blank >= 0 else end
        for form in forms:
            start = text.find(form, max(0, end - len(form) + 1), end + len(form) - 1)
            if 0 <= start < end:
                end = start
        if end == before:
            break
    return end


def redact(text: str, secrets: Iterable[str] = (), limit: int | None = None) -> str:
    """Prose without secrets: those given (also percent-encoded), user info in addresses, authorization headers.

    A secret shorter than six characters is replaced only where it stands as a word: garbled words would tell it.

    Args:
        text: a message of anyone.
        secrets: what is known to be secret.
        limit: characters that are looked at; the rest is cut off, and what the cut would leave half of with it.
    """
    forms = _forms(secrets)
    if limit is not None and len(text) > limit:
        text = text[: _end(text, limit, forms)]
    for form in forms:
        pattern = re.escape(form)
        text = re.sub(pattern if len(form) >= 6 else rf"(?<!\w){pattern}(?!\w)", MASK, text)
    text = _USER_INFO.sub(f"://{MASK}@", text)
    return _TOKEN.sub(rf"\1\2{MASK}", _HEADER.sub(rf"\1{MASK}", text))
