# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scalars, times and errors of the collector's answer: the bottom of the readers in raw.py, which hands them on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ..redact import redact
from ..text import clean

TEXT_LIMIT = 65_536
"""Most characters of any text that is taken over (contract: text, and hex)."""
ITEM_LIMIT = 10_000
"""Most items of any list that are taken over (contract: REG_MULTI_SZ)."""
MESSAGE_LIMIT = 2_000
"""Most characters of an error message (contract)."""

MALFORMED = "malformed"
NOT_COLLECTED = "not_collected"
CODES = frozenset(
    {
        "access_denied", "not_found", "role_absent", "service_unavailable", "connection_failed", "api_unavailable",
        "cim_failed", "unreadable", "too_big", MALFORMED, NOT_COLLECTED,
    }
)  # fmt: skip

_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,7}))?Z")


# --- scalars ---------------------------------------------------------------------------------------------------------


def as_mapping(obj: object) -> Mapping[str, object] | None:
    """``obj`` if it is a mapping (members whose name is not text are left out), else None."""
    if not isinstance(obj, Mapping):
        return None
    return {key: item for key, item in obj.items() if isinstance(key, str)}


def as_list(obj: object, limit: int = ITEM_LIMIT) -> list[object] | None:
    """The first ``limit`` items of ``obj`` if it is a list, else None."""
    if isinstance(obj, Sequence) and not isinstance(obj, (str, bytes, bytearray)):
        return list(obj[:limit])
    return None


def as_text(obj: object, limit: int = TEXT_LIMIT) -> str | None:
    """``obj`` if it is text, cut at ``limit`` characters; lone surrogates (not writable as UTF-8) become ``?``."""
    if not isinstance(obj, str):
        return None
    text = str(obj[:limit])
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def as_int(obj: object, low: int = -(2**63), high: int = 2**64 - 1) -> int | None:
    """``obj`` if it is a whole number from ``low`` to ``high``; bool is not a number here."""
    if isinstance(obj, int) and not isinstance(obj, bool) and low <= obj <= high:
        return int(obj)
    return None


def as_bool(obj: object) -> bool | None:
    """``obj`` if it is true or false, else None (the facts' TRI)."""
    return obj if isinstance(obj, bool) else None


def read_time(obj: object) -> datetime | None:
    """A contract TIME (``yyyy-MM-ddTHH:mm:ss.fffZ``, UTC) as an aware datetime, else None."""
    match = _TIME.fullmatch(obj) if isinstance(obj, str) and len(obj) <= 40 else None
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    micro = int((match.group(7) or "").ljust(6, "0")[:6])
    try:
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=timezone.utc)
    except ValueError:  # the 31st of February
        return None


def format_time(time: datetime | None) -> str | None:
    """``time`` (aware) in the contract's form, cut to milliseconds."""
    if time is None:
        return None
    utc = time.astimezone(timezone.utc)
    return f"{utc.year:04d}-{utc:%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


# --- ERROR -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ErrorInfo:
    """Why something could not be read."""

    code: str
    message: str = ""

    def as_fact(self) -> dict[str, Any]:
        """The ERROR shape."""
        return {"error": {"code": self.code, "message": self.message}}


def malformed(message: str) -> ErrorInfo:
    """The error of an answer that has not the contract's shape."""
    return ErrorInfo(MALFORMED, clean(message, MESSAGE_LIMIT))


def not_collected(message: str = "not asked for") -> ErrorInfo:
    """The error of a subset that is not in the answer."""
    return ErrorInfo(NOT_COLLECTED, clean(message, MESSAGE_LIMIT))


def read_error(obj: object) -> ErrorInfo | None:
    """The ERROR that ``obj`` is, or None if it is none; unknown codes become ``unreadable``."""
    if not isinstance(obj, Mapping) or "error" not in obj:
        return None
    error = as_mapping(obj["error"])
    if error is None:
        return malformed("an error without code")
    code = as_text(error.get("code"), 100)
    # Cut in the host's own texts as well, perhaps within a password.
    message = redact(as_text(error.get("message"), MESSAGE_LIMIT) or "", limit=MESSAGE_LIMIT - 1)
    # What is invisible becomes longer when it is shown: made visible first, and then cut.
    return ErrorInfo(code if code in CODES else "unreadable", clean(message, MESSAGE_LIMIT))
