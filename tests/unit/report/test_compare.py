# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drift between two audits: what is new, fixed, or can't be told any more."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.compare import CHANGES, compare
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.result import RESULTS

from .samples import document, finding, lost


def of(*findings):
    return {"a": document("a", list(findings))}


EXPECTED = {
    # before: {after: change}
    None: {"fail": "new", "error": "unread", "unknown": "unread"},
    "pass": {"fail": "new", "error": "unread", "unknown": "unread"},
    "informational": {"fail": "new", "error": "unread", "unknown": "unread"},
    "notapplicable": {"fail": "new", "error": "unread", "unknown": "unread"},
    "notchecked": {"fail": "new", "error": "unread", "unknown": "unread"},
    "fail": {
        **dict.fromkeys(("pass", "informational", "notapplicable"), "fixed"),
        **dict.fromkeys(("error", "unknown", "notchecked"), "unread"),
        None: "gone",
    },
    "error": {
        **dict.fromkeys(("pass", "informational", "notapplicable", "notchecked"), "read"),
        **{"fail": "new", "unknown": "changed", None: "gone"},
    },
    "unknown": {
        **dict.fromkeys(("pass", "informational", "notapplicable", "notchecked"), "read"),
        **{"fail": "new", "error": "changed", None: "gone"},
    },
}


@pytest.mark.parametrize(("before", "after"), [*itertools.product([None, *RESULTS], repeat=2)])
def test_each_pair_of_results(before, after):
    sides = [of(finding("x"), *([finding("a.b", one)] if one else [])) for one in (before, after)]
    found = compare(*sides)
    changes = [one["change"] for host in found["hosts"].values() for one in host["findings"]]
    wanted = EXPECTED[before].get(after)
    assert changes == ([wanted] if wanted else [])
    assert found["counts"] == {change: int(change == wanted) for change in CHANGES}
    assert found["worse"] is (wanted in ("new", "unread"))


def test_the_same_twice_is_no_drift():
    both = {"a": document("a", [finding("a.b"), finding("c.d", "unknown")]), "b": lost("b")}
    assert compare(both, both) == {"hosts": {}, "counts": dict.fromkeys(CHANGES, 0), "drift": False, "worse": False}


def test_a_failure_of_another_kind():
    found = compare(of(finding("a.b", actual="1")), of(finding("a.b", actual="2")))
    (one,) = found["hosts"]["a"]["findings"]
    assert (one["change"], one["before"]["actual"], one["after"]["actual"]) == ("changed", "1", "2")
    assert (found["drift"], found["worse"]) == (True, False)


def test_what_does_not_count_is_drift_and_not_worse():
    found = compare(of(finding("a.b", "pass")), of(finding("a.b", severity="low")))
    assert (found["counts"]["new"], found["drift"], found["worse"]) == (1, True, False)


def test_hosts_come_and_go():
    good, bad = {"a": document("a")}, {"a": lost("a")}
    for before, after, sides, worse in (
        ({}, good, (None, "compliant"), False),
        (good, {}, ("compliant", None), True),
        (good, bad, ("compliant", "unreachable"), True),
        (bad, good, ("unreachable", "compliant"), False),
        (bad, {}, ("unreachable", None), True),
    ):
        found = compare(before, after)
        assert found["hosts"] == {"a": {"before": sides[0], "after": sides[1], "findings": []}}
        assert (found["drift"], found["worse"]) == (True, worse), (before, after)


def test_the_worst_comes_first():
    before = of(finding("z.fixed"), finding("a.low", "pass", "low"), finding("b.high", "pass"))
    after = of(finding("z.fixed", "pass"), finding("a.low", severity="low"), finding("b.high"))
    found = compare(before, after)["hosts"]["a"]["findings"]
    assert [one["id"] for one in found] == ["b.high", "a.low", "z.fixed"]
