# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution ``sync_endpoint``: where a topmost server synchronizes from (KB 4482416)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..assess.checks.wsus import downstream_of
from ..assess.view import Facts, Undetermined
from ..facts.tables import load_table
from ..facts.wsus import endpoint_kind, host_of
from ..text import clean
from .draft import Draft, view
from .model import WSUS_CONFIGURATION, Operation

NAME = "sync_endpoint"
RULES = ("endpoint.mu_url", "endpoint.redirector_change_number")
LONGEST = 1_024
"""Characters of MUUrl in the database of WSUS."""
_URL = re.compile(r"https?://[^\s@\x00-\x1f\x7f]+", re.IGNORECASE)


def known_endpoint(url: str) -> Mapping[str, Any] | None:
    """The row of endpoints.yml for the host of ``url``."""
    host = host_of(url)
    return next((row for row in load_table("endpoints")["endpoints"] if row["host"] == host), None)


def current_endpoint() -> Mapping[str, Any]:
    """The row of the endpoint that Microsoft wants to be used."""
    rows: list[Mapping[str, Any]] = [row for row in load_table("endpoints")["endpoints"] if row["status"] == "current"]
    return rows[0]


def check_url(url: str) -> str:
    """``url`` as an option. ValueError: WSUS could not use it, or it holds what has no place in a configuration."""
    if len(url) > LONGEST or not _URL.fullmatch(url) or host_of(url) is None:
        raise ValueError("mu_url must be an http(s) address without user info, blanks and control characters")
    return url


def plan_endpoint(facts: Facts | Mapping[str, Any], mu_url: str | None = None, number: int | None = None) -> Draft:
    """MUUrl and RedirectorChangeNumber.

    None = the current endpoint, and the number that the table has for it. Of an endpoint that is not in the table the
    number stays as it is. An address of the same endpoint in another spelling is left.
    """
    draft = Draft(NAME)
    url = check_url(mu_url) if mu_url is not None else str(current_endpoint()["url"])
    row = known_endpoint(url)
    if row is not None and row["status"] != "current":
        draft.refuse(
            f"{row['host']} has not served WSUS since {row['status_date']}", f"Use {current_endpoint()['url']}."
        )
        return draft
    try:
        _plan(view(facts), draft, url, number if number is not None or row is None else row["redirector_change_number"])
    except Undetermined as reason:
        draft.leave(str(reason), "Make the WSUS API answer (services, WsusPool, rights of the account) and run again.")
    return draft


def _plan(facts: Facts, draft: Draft, url: str, number: int | None) -> None:
    if not facts.need(bool, "wsus", "role", "installed"):
        draft.refuse("the WSUS role is not installed", "Name a WSUS server.")
        return
    if facts.need(str, "wsus", "hierarchy", "position") != "topmost" or facts.need(
        bool, "wsus", "hierarchy", "replica"
    ):
        draft.refuse(
            f"{clean(downstream_of(facts), 200)}: only the topmost server has an endpoint of Microsoft",
            "Change it on the topmost server of this hierarchy.",
        )
        return
    found = facts.need(str, "wsus", "endpoint", "mu_url")
    found_number = facts.need(int, "wsus", "endpoint", "redirector_change_number")
    if "@" in found:
        draft.refuse("MUUrl holds user info, which would be written into the journal", "Change MUUrl by hand once.")
        return
    after = {
        "MUUrl": found if same_endpoint(found, url) else url,
        "RedirectorChangeNumber": found_number if number is None else number,
    }
    before = {"MUUrl": found, "RedirectorChangeNumber": found_number}
    changed = [name for name in after if after[name] != before[name]]
    if changed and _proxy_has_no_name(facts):
        draft.refuse(
            "WSUS is to use a proxy that has no name, and saves no change of its configuration while that is so",
            "In the WSUS console, Options, Update Source and Proxy Server: enter the proxy's name and port, or do "
            "without a proxy. Then run again.",
            "the WSUS configuration",
        )
    elif changed:
        what = ", ".join(f"{name}: {clean(before[name], 200)} -> {clean(after[name], 200)}" for name in changed)
        served = tuple(rule for rule, name in zip(RULES, after, strict=True) if name in changed)
        draft.operations.append(Operation(WSUS_CONFIGURATION, NAME, what, before, after, findings=served))


def _proxy_has_no_name(facts: Facts) -> bool:
    """Whether the API's Save would refuse the whole configuration for that (WsusInvalidDataException)."""
    used = facts.get(bool, "wsus", "proxy", "used")
    return used is True and facts.get(str, "wsus", "proxy", "name") == ""


def same_endpoint(found: str, wanted: str) -> bool:
    """Whether WSUS asks the same endpoint by both: the current one whatever its path and case, others by the text."""
    kinds = {endpoint_kind(found), endpoint_kind(wanted)}
    return kinds == {"sws"} or found.rstrip("/") == wanted.rstrip("/")
