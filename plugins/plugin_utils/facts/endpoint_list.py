# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of suites that the endpoint accepts: whose it is, how old. The built-in one is in tables/endpoints.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .scalars import read_time
from .tables import load_table

ENDPOINT = "sws.update.microsoft.com"
"""The endpoint whose list counts where no other is given."""


@dataclass(frozen=True)
class EndpointList:
    """A list in place of the built-in one.

    ``suites``: base names or names with the suffix of a curve, at least one. ``measured_at``: a contract TIME where
    ``endpoint_info`` measured it at ``host``; None: a user named the suites. ``verified``: whether a root store vouched
    for the certificate that was shown then.
    """

    suites: tuple[str, ...]
    host: str | None = None
    measured_at: str | None = None
    verified: bool | None = None


def built_in(host: str = ENDPOINT) -> Mapping[str, Any] | None:
    """The row of endpoints.yml for a host, None where it has none."""
    rows: list[Mapping[str, Any]] = [row for row in load_table("endpoints")["endpoints"] if row["host"] == host]
    return rows[0] if rows else None


def list_fact(given: EndpointList | None, collected_at: datetime | None) -> dict[str, Any]:
    """The fact ``endpoint_list``. ``age_days`` counts whole days by the clocks of controller and host: from the
    measurement until the host was read, null where that is not known.
    """
    if given is None:
        row = built_in() or {}
        date = row.get("accepted_suites_date")
        return {
            "source": "built_in",
            "host": ENDPOINT,
            "date": None if date is None else str(date),
            "age_days": None,
            "verified": None,
        }
    measured = read_time(given.measured_at)
    if measured is None:
        return {"source": "option", "host": None, "date": None, "age_days": None, "verified": None}
    return {
        "source": "measured",
        "host": given.host,
        "date": given.measured_at,
        "age_days": None if collected_at is None else (collected_at - measured).days,
        "verified": given.verified,
    }
