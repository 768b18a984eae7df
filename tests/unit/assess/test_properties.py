# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must hold for any facts: no exception, no pass on what is missing, the same answer for the same input."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.findings import answer, load_rules
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.view import Facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence import Evidence
from hypothesis import given, settings
from hypothesis import strategies as st

from .sample import ERROR, change, healthy

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def paths(node: Any, prefix: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every member of nested dicts, outer ones too."""
    if isinstance(node, dict):
        for name, member in node.items():
            yield (*prefix, name)
            yield from paths(member, (*prefix, name))


PATHS = list(paths(healthy()))


@given(JSON)
@settings(max_examples=100, deadline=None)
def test_any_json_is_assessed_and_nothing_is_compliant(facts: Any) -> None:
    assert assess(facts)["compliant"] is not True


@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON), min_size=1, max_size=4), JSON)
@settings(max_examples=150, deadline=None)
def test_any_change_is_assessed_and_twice_the_same(changes: list[tuple[tuple[Any, ...], Any]], evidence: Any) -> None:
    facts = healthy()
    for path, data in changes:
        try:
            change(facts, *path, data)
        except (KeyError, TypeError):
            continue  # an earlier change took the place away
    first = assess(copy.deepcopy(facts), evidence)
    assert assess(facts, evidence) == first
    assert {item["result"] for item in first["findings"]} <= set(first["summary"])


AS_FOUND = ("ciphers", "hashes", "key_exchange_algorithms")
"""Tables of schannel that hold what the host has: fewer rows are no missing facts."""


class Recorder(Facts):
    """Remembers which facts a check could not do without."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.needed: set[tuple[str, ...]] = set()
        self.optional = 0

    def need(self, kind: Any, *path: str) -> Any:
        if not self.optional:
            self.needed.add(path)
        return super().need(kind, *path)

    def get(self, kind: Any, *path: str, default: Any = None) -> Any:
        self.optional += 1
        try:
            return super().get(kind, *path, default=default)
        finally:
            self.optional -= 1


def needed_by(rule: Any) -> list[tuple[str, ...]]:
    recorder = Recorder(healthy())
    assert answer(rule, recorder, Evidence(), "documented").result in (
        "pass",
        "fail",
        "notapplicable",
        "notchecked",
        "informational",
    )
    return sorted(recorder.needed)


NEEDED = [(rule, path) for rule in load_rules() for path in needed_by(rule)]


def test_every_rule_of_facts_needs_some() -> None:
    assert {rule.id for rule, _path in NEEDED} == {
        rule.id for rule in load_rules() if not rule.id.startswith("evidence.")
    }


@pytest.mark.parametrize("broken", [..., None, ERROR, [], "text", 7, {}], ids=str)
def test_no_rule_passes_without_a_fact_that_it_needs(broken: Any) -> None:
    passed = []
    for rule, path in NEEDED:
        data = change(healthy(), *path, broken)
        before: Any = healthy()
        for name in path:
            before = before[name]
        if type(before) is type(broken) and broken != {}:
            continue  # of the right type: another value, not a missing one
        if path[0] == "schannel" and path[1] in AS_FOUND and broken in (..., {}):
            continue
        result = answer(rule, Facts(data), Evidence(), "documented").result
        if result in ("pass", "notapplicable") and rule.id != "wsus.role":
            passed.append((rule.id, path))
    assert not passed
