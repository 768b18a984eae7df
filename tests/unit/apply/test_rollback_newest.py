# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which journal a rollback takes that names none: never an older one because the newest can't be read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.journal import Entry, Journal
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.rollback import (
    Rollback,
    newest,
    nothing_to_take_back,
    plan_rollback,
)

FIRST, SECOND = "20261124T110000000Z-00000001", "20261124T120000000Z-00000002"
DONE = Entry("a.1", "registry_value", "HKLM\\x", "y", {"exists": False}, {"exists": False}, state="applied")


def journal(identity: str, state: str = "complete", purpose: str | None = "enforce", *entries: Entry) -> Journal:
    return Journal(identity, state, purpose=purpose, operations=entries)


@pytest.mark.parametrize("state", ["damaged", "unreadable"])
def test_one_that_may_be_the_newest_change_is_not_passed_over(state):
    found = newest([journal(FIRST, "complete", "enforce", DONE), journal(SECOND, state, None)])
    assert isinstance(found, Journal) and found.id == SECOND
    made = plan_rollback(found)
    assert made.plan.operations == () and made.plan.failures()


def test_one_that_changed_nothing_and_rollbacks_are_passed_over():
    found = newest(
        [
            journal(FIRST, "complete", "enforce", DONE),
            journal(SECOND, "never_started"),
            journal(SECOND, "complete", "rollback", DONE),
        ]
    )
    assert isinstance(found, Journal) and found.id == FIRST
    assert newest([]) == newest([journal(SECOND, "stopped")]) and isinstance(newest([]), Rollback)


def facts(*entries: Any, truncated: Any = False) -> dict[str, Any]:
    return {"journal": {"entries": list(entries), "truncated": truncated}}


def entry(state: str = "complete", purpose: str | None = "enforce", operation: str = "applied") -> dict[str, Any]:
    return {"state": state, "purpose": purpose, "operations": [{"state": operation}]}


@pytest.mark.parametrize(
    ("found", "nothing"),
    [
        (facts(), True),
        (facts(entry(purpose="rollback")), True),
        (facts(entry(state="never_started", operation="not")), True),
        (facts(entry()), False),
        (facts(entry(operation="perhaps")), False),
        (facts(entry("damaged", None)), False),
        (facts(entry("unreadable", None)), False),
        (facts({"state": "complete", "purpose": "enforce", "operations": None}), False),
        (facts(truncated=True), False),
        ({"journal": {"error": {"code": "unreadable", "message": ""}}}, False),
        ({}, False),
    ],
)
def test_facts_that_show_that_there_is_nothing(found, nothing):
    assert nothing_to_take_back(found) is nothing
