# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drift: what differs between two audits of the same hosts, finding by finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .result import SEVERITIES

CHANGES = ("new", "unread", "fixed", "read", "changed", "gone")
"""
======== ==============================================================
new      it fails, and did not
unread   it can't be determined, and was
fixed    it does not fail any more
read     it is determined, and was not; it does not fail
changed  it fails or can't be determined as before, in another way
gone     there is no such finding any more: it failed, or was not known
======== ==============================================================
"""
CHANGE_WORDS = {
    **dict(zip(CHANGES, CHANGES, strict=True)),
    "unread": "not determined any more",
    "read": "determined again",
}
"""What a person reads for each of them."""
WORSE = ("new", "unread")
_UNREAD = ("error", "unknown")
COUNTING = ("high", "medium")


def compare(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What differs between two sets of documents, by inventory name.

    Returns:
        ``hosts``: of those that differ ``before`` and ``after`` (the outcome, null where the host was not among them)
        and ``findings`` (``id``, ``title``, ``severity``, ``change``, ``before`` and ``after``: ``result`` and
        ``actual``, or null). ``counts``: how many findings have each of CHANGES. ``drift``: whether anything differs.
        ``worse``: whether a finding that counts is new or unread, or a host is no longer audited or no longer there.
    """
    hosts: dict[str, dict[str, Any]] = {}
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        found = {
            "before": None if old is None else old["outcome"],
            "after": None if new is None else new["outcome"],
            # Of a host that was not audited nothing is known of any finding: its outcome says so, once.
            "findings": list(_findings(old, new)) if _audited(old) and _audited(new) else [],
        }
        if found["findings"] or found["before"] != found["after"]:
            hosts[name] = found
    every = [finding for found in hosts.values() for finding in found["findings"]]
    return {
        "hosts": hosts,
        "counts": {change: sum(1 for finding in every if finding["change"] == change) for change in CHANGES},
        "drift": bool(hosts),
        "worse": any(map(_is_worse, every))
        or any(
            name in before and not _audited(after.get(name)) and (_audited(before[name]) or name not in after)
            for name in hosts
        ),
    }


def _audited(document: Mapping[str, Any] | None) -> bool:
    return document is not None and not document.get("error")


def _is_worse(finding: Mapping[str, Any]) -> bool:
    return finding["change"] in WORSE and finding["severity"] in COUNTING


def _findings(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The findings that differ, the worst first."""
    sides = [{str(one["id"]): one for one in side["findings"]} if side else {} for side in (old, new)]
    found = []
    for rule in {**sides[0], **sides[1]}:
        one, other = sides[0].get(rule), sides[1].get(rule)
        if change := _change(one, other):
            shown = other or one or {}
            found.append(
                {
                    **{name: shown.get(name) for name in ("id", "title", "severity")},
                    "change": change,
                    **{label: _side(side) for label, side in (("before", one), ("after", other))},
                }
            )
    severity = {name: place for place, name in enumerate(SEVERITIES)}
    yield from sorted(
        found, key=lambda one: (CHANGES.index(one["change"]), severity.get(str(one["severity"]), 9), one["id"])
    )


def _side(finding: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if finding is None else {name: finding.get(name) for name in ("result", "actual")}


def _change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str | None:
    """One of CHANGES; None where nothing differs that matters. A finding that is new and passes does not."""
    old = before["result"] if before else None
    new = after["result"] if after else None
    if new is None:
        return "gone" if old == "fail" or old in _UNREAD else None
    if new == "fail" and old != "fail":
        return "new"
    if new in _UNREAD and old not in _UNREAD:
        return "unread"
    if old == "fail" and new != "fail":
        # Not looked at is not mended.
        return "unread" if new == "notchecked" else "fixed"
    if old in _UNREAD and new not in _UNREAD:
        return "read"
    same = before is not None and after is not None and (old, before.get("actual")) == (new, after.get("actual"))
    return "changed" if not same and (new == "fail" or new in _UNREAD) else None
