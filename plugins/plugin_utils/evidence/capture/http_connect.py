# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CONNECT requests to a proxy and its answers. Credentials are not kept.

Sources: RFC 9110 (9.3.6, 15), RFC 9112.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

METHOD = b"CONNECT "
HEAD_LIMIT = 64 * 1024
"""No head of a request or an answer is longer; those with Kerberos tickets have some kilobytes."""
_REQUEST = re.compile(
    rb"CONNECT\s+(\[[0-9A-Fa-f:.%]{2,60}\]|[^\s:/]{1,255})(?::(\d{1,5}))?\s+HTTP/1\.[01]\s*", re.IGNORECASE
)
_STATUS = re.compile(rb"HTTP/1\.[01]\s+(\d{3})(?:\s+([^\r\n]{0,200}))?")
_SCHEMES = re.compile(rb"\n(?:Proxy|WWW)-Authenticate:\s*([A-Za-z]{2,20})", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What a proxy said: status, its text, and the ways to authenticate that it wants."""

    status: int
    reason: str
    schemes: tuple[str, ...] = ()


def head_end(data: bytearray, since: int = 0) -> int:
    """Where the head ends; -1 where it is not complete. ``since``: what has been looked at already."""
    start = max(0, since - 3)
    end = data.find(b"\r\n\r\n", start)
    bare = data.find(b"\n\n", start)
    if end < 0 or 0 <= bare < end:
        return bare + 2 if bare >= 0 else -1
    return end + 4


def target(head: bytes) -> tuple[str, int] | None:
    """(host, port) of a CONNECT request; None where it is none."""
    match = _REQUEST.match(head.split(b"\n", 1)[0])
    if match is None:
        return None
    host = match[1].decode("ascii", "backslashreplace").lower().strip("[]").rstrip(".")
    port = int(match[2] or 443)
    return (host, port) if port < 65536 else None


def answer(head: bytes) -> Answer | None:
    """A proxy's answer; None where it is none."""
    match = _STATUS.match(head)
    if match is None:
        return None
    reason = (match[2] or b"").decode("ascii", "backslashreplace").strip()
    schemes = dict.fromkeys(name.decode("ascii") for name in _SCHEMES.findall(head))
    return Answer(int(match[1]), reason, tuple(schemes)[:10])
