# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Times of a scenario: relative to the start of the simulator, or absolute."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_RELATIVE = re.compile(r"([+-])(\d{1,6})([dhms])\Z")
_FRACTION = re.compile(r"\.(\d+)")
ALLOWED = "-9d, -3h, -10m, -5s (before the simulator's start), now, or 2026-11-20T02:10:11Z"


def parse_time(text: str, start: datetime) -> datetime:
    """Return the UTC time that `text` names; ValueError says what is allowed."""
    if text == "now":
        return start
    match = _RELATIVE.match(text)
    try:
        if match:
            span = timedelta(**{_UNITS[match[3]]: int(match[2])})
            return start - span if match[1] == "-" else start + span
        # Python 3.10 knows neither Z nor fractions other than 3 or 6 digits.
        padded = _FRACTION.sub(lambda found: f".{found[1][:6]:0<6}", text)
        when = datetime.fromisoformat(padded[:-1] + "+00:00" if padded.endswith("Z") else padded)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a time; allowed: {ALLOWED}") from None
    if when.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; allowed: {ALLOWED}")
    try:
        return when.astimezone(timezone.utc)
    except OverflowError:
        # 0001-01-01 with a zone east of Greenwich
        raise ValueError(f"{text!r} is before year 1 or after year 9999 in UTC") from None


def format_time(when: datetime) -> str:
    """Return the contract's TIME: yyyy-MM-ddTHH:mm:ss.fffZ."""
    # isoformat and not strftime: %Y does not pad years below 1000 on Linux.
    return when.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
