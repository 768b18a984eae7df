# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Times of logs as UTC, ``yyyy-MM-ddTHH:mm:ss.fffZ``, which sorts as text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T\s]+(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*(Z|UTC|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
_SITE = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})\s*(\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,9}))?\s*([+-]\d{1,4})?")
# No place on Earth is further from UTC than 14 hours.
_BIAS_LIMIT = 14 * 60


def _utc(parts: tuple[str, ...], fraction: str | None, offset: timedelta) -> str | None:
    try:
        year, month, day, hour, minute, second = map(int, parts)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc) + offset
    except (ValueError, OverflowError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{(fraction or '')[:3]:0<3}Z" if moment.year >= 1000 else None


def softdist_time(text: str) -> str | None:
    """``yyyy-MM-dd HH:mm:ss.fff`` of SoftwareDistribution.log, which is UTC; None for a day that no month has."""
    try:
        datetime.fromisoformat(f"{text[:10]}T{text[11:19]}")
    except ValueError:
        return iso_time(text, utc=True)
    return f"{text[:10]}T{text[11:19]}.{text[20:23]:0<3}Z"


def iso_time(text: str, *, utc: bool = False) -> str | None:
    """The time in ``text``, ISO 8601 or as in SoftwareDistribution.log; None where there is none.

    Args:
        text: anything.
        utc: what names no time zone is UTC; else it is None.
    """
    match = _ISO.search(text)
    if match is None:
        return None
    zone = (match[8] or "").upper()
    if not zone and not utc:
        return None
    offset = timedelta()
    if zone not in ("", "Z", "UTC"):
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        if minutes > _BIAS_LIMIT:
            return None
        offset = timedelta(minutes=-minutes if zone[0] == "+" else minutes)
    return _utc(match.groups()[:6], match[7], offset)


def biased_time(text: str) -> str | None:
    """The time in ``MM-DD-YYYY HH:MM:SS.mmm+BIAS`` of Configuration Manager: UTC is local time plus bias, in minutes.

    None where there is no bias, which leaves the time zone open.
    """
    match = _SITE.search(text)
    if match is None or match[8] is None or abs(int(match[8])) > _BIAS_LIMIT:
        return None
    month, day, year, *rest = match.groups()[:6]
    return _utc((year, month, day, *rest), match[7], timedelta(minutes=int(match[8])))
