# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Issues of a host in words: surest first, with reasons and steps, and nothing of a host reaches the terminal."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.issues import load_issues
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.diagnosis import diagnosis_lines
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.summary import host_lines
from hypothesis import given
from hypothesis import strategies as st

TITLES = {name: str(row["title"]) for name, row in load_issues().items()}


def issue(word: str, **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "evidence_for": [],
        "evidence_against": [],
        "missing": [],
        "history": [],
        "remediation": [],
    }
    return {"verdict": word, **empty, **more}


def texts(issues: Any, columns: int = 200) -> list[str]:
    return [line.text for line in diagnosis_lines({"issues": issues}, columns, TITLES)]


def test_the_surest_comes_first_and_the_excluded_share_a_line() -> None:
    found = texts(
        {
            "issue_5": issue("likely"),
            "endpoint": issue("excluded"),
            "issue_1": issue("confirmed"),
            "proxy": issue("excluded"),
        }
    )
    heads = [line.split(":")[0].strip() for line in found]
    assert heads == ["issue 1", "issue 5", "excluded"]
    assert TITLES["issue_1"] in found[0] and "Confirmed" in found[0]
    assert "endpoint, proxy" in found[-1]


def test_reasons_and_steps_are_told() -> None:
    case = issue(
        "possible",
        evidence_for=["pro one", "pro two"],
        evidence_against=["contra"],
        history=["long ago"],
        missing=["a capture"],
        remediation=[{"resolution": "a", "text": "do this"}, {"resolution": None, "text": "do that"}],
    )
    found = texts({"issue_3": case})
    assert [line.split() for line in found[1:]] == [
        *(["for", "pro", "one"], ["pro", "two"], ["against", "contra"], ["earlier", "long", "ago"]),
        *(["missing", "a", "capture"], ["->", "do", "this"], ["or", "do", "that"]),
    ]


def test_much_is_cut_and_says_so() -> None:
    found = texts({"other": issue("likely", evidence_for=[f"number {n}" for n in range(9)])})
    assert sum("number" in line for line in found) == 5 and "4 more" in found[-1]


def test_nothing_of_a_host_reaches_the_terminal() -> None:
    found = texts({"other": issue("likely", evidence_for=["\x1b[2Jgone\n\u202e"])})
    assert not any(char in line for line in found for char in "\x1b\n\u202e")


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_no_line_is_too_wide(columns: int) -> None:
    assert max(map(len, texts({"issue_1": issue("likely", evidence_for=["word " * 300])}, columns))) <= columns


def test_it_follows_the_findings_of_a_host_that_was_audited() -> None:
    base = {"facts": {}, "findings": [], "summary": {}, "issues": {"issue_1": issue("possible")}}
    documents = {
        "a": {**base, "outcome": "compliant", "error": None},
        "b": {**base, "outcome": "unreachable", "error": {"code": "unreachable", "message": "gone"}},
    }
    lines = [line.text for line in host_lines(documents, 100, lambda one: diagnosis_lines(one, 100, TITLES))]
    assert sum("issue 1:" in line for line in lines) == 1


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(sorted(TITLES)),
        JSON
        | st.fixed_dictionaries(
            {"verdict": st.sampled_from(["likely", "x"]), "evidence_for": JSON, "remediation": JSON}
        ),
    )
)
def test_any_form_is_shown(issues: Any) -> None:
    texts(issues)
