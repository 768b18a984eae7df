# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The formats of a report: what each says of a result, and that hosts can put nothing but text into them."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.documents import Documents
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.fleet import fleet
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.formats import (
    FORMATS,
    Report,
    words,
    write_formats,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.formats.comma_separated import COLUMNS
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.formats.words import EVIDENCE_LIMIT, TEXT_LIMIT
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.result import RESULTS, SEVERITIES
from hypothesis import given
from hypothesis import strategies as st

from .samples import document, empty_answer, finding, lost

EVIL = "<script>alert(1)</script>\"'`|*_[x](javascript:y) @user #1 =cmd|'/c calc'!A1 {{ 7*7 }} \x1b[31m\x00\u202e\ud800"
EVERY = [finding(f"rule.{word}", word) for word in RESULTS]


def report(*documents: dict[str, Any]) -> Report:
    by_name = {one["host"]: one for one in documents}
    whole = fleet(by_name, audited_at="2026-11-24T02:31:04.353Z", version="1.0.0")
    return Report(whole, list(documents), {"issue_1": "The import asks for TLS 1.0"})


def content(name: str, *documents: dict[str, Any]) -> str:
    return FORMATS[name].content(report(*documents))


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


# -- JUnit XML ---------------------------------------------------------------------------------------------------------


def test_junit_means_what_it_says():
    (suite,) = ET.fromstring(content("junit", document("a", EVERY)))
    cases = {case.attrib["name"]: [child.tag for child in case] for case in suite.iter("testcase")}
    assert cases == {
        "rule.pass": [],
        "rule.fail": ["failure"],
        "rule.error": ["error"],
        "rule.unknown": ["error"],
        "rule.notapplicable": ["skipped"],
        "rule.notchecked": ["skipped"],
        "rule.informational": ["system-out"],
    }
    counts = [suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")]
    assert (suite.attrib["name"], counts) == ("a", ["7", "1", "2", "2"])
    assert suite.attrib["timestamp"] == "2026-11-24T02:31:04"
    (failure,) = suite.iter("failure")
    assert failure.attrib == {"message": "A rule: found", "type": "fail high"}
    assert failure.text.splitlines() == [
        *("Expected: e", "Actual: found", "Why: r", "To do: Mend it."),
        "Reference: https://learn.microsoft.com/",
    ]


@pytest.mark.parametrize("broken", [lost("a"), document("a", [])])
def test_a_host_that_was_not_audited_is_never_green(broken):
    root = ET.fromstring(content("junit", broken, document("b")))
    assert [root.attrib[name] for name in ("tests", "failures", "errors", "skipped")] == ["2", "0", "1", "0"]
    (error,) = root.iter("error")
    assert error.attrib["message"] == error.text != ""
    log = json.loads(content("sarif", broken, document("b")))["runs"][0]
    (note,) = log["invocations"][0]["toolExecutionNotifications"]
    assert log["invocations"][0]["executionSuccessful"] is False and note["message"]["text"].startswith("a was not")
    assert [row["result"] for row in cells(content("csv", broken))] == ["error"]


def test_a_result_that_is_not_known_is_no_success():
    root = ET.fromstring(content("junit", document("a") | {"findings": [finding("a.b", "fixed")]}))
    assert [one.attrib["message"] for one in root.iter("error")] == ["unknown result fixed"]


# -- SARIF -------------------------------------------------------------------------------------------------------------


def test_sarif_has_what_fails_and_what_could_not_be_determined():
    run = json.loads(content("sarif", document("a", EVERY), document("b", EVERY[:2])))["runs"][0]
    found = [(one["properties"]["host"], one["ruleId"], one["kind"], one["level"]) for one in run["results"]]
    assert found == [
        ("a", "rule.fail", "fail", "error"),
        ("a", "rule.error", "open", "none"),
        ("a", "rule.unknown", "open", "none"),
        ("b", "rule.fail", "fail", "error"),
    ]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [f"rule.{word}" for word in RESULTS]
    assert [rules[one["ruleIndex"]] for one in run["results"]] == [one["ruleId"] for one in run["results"]]
    prints = [one["partialFingerprints"]["hostAndRule/v1"] for one in run["results"]]
    assert len(set(prints)) == 4
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.json"


def test_levels_follow_the_severity():
    findings = [finding(f"r.{word}", severity=word) for word in SEVERITIES]
    run = json.loads(content("sarif", document("a", findings)))["runs"][0]
    assert [one["level"] for one in run["results"]] == ["error", "warning", "note", "note"]


# -- CSV ---------------------------------------------------------------------------------------------------------------


def test_csv_has_a_row_for_each_finding():
    rows = cells(content("csv", document("a", EVERY), lost("b")))
    assert [(row["host"], row["rule"], row["result"]) for row in rows] == [
        *(("a", f"rule.{word}", word) for word in RESULTS),
        ("b", "audit", "error"),
    ]
    assert all(tuple(row) == COLUMNS for row in rows)
    assert rows[1]["remediation"] == "Mend it." and rows[-1]["outcome"] == "unreachable"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "'=1", '"=1', "\uff1d1", "\n=1"])
def test_no_cell_is_a_formula(text):
    (row,) = cells(content("csv", document("a", [finding("a.b", actual=text)])))
    assert row["actual"].startswith("'")
    (row,) = cells(content("csv", document(text)))
    assert row["host"].startswith("'")


# -- Markdown ----------------------------------------------------------------------------------------------------------


def test_markdown_says_what_is_wrong_and_what_to_do():
    text = content("markdown", document("b"), document("a", EVERY, issue_1="confirmed"), lost("c"))
    assert text.startswith("# WSUS compliance\n")
    assert "| **not compliant** | 1 |" in text and "| **unreachable** | 1 |" in text
    assert "| issue 1 | The import asks for TLS 1&#46;0 | a |" in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Issues", "## Hosts", "## c", "## a"]
    assert "- **To do**: Mend it&#46;" in text and "Not audited: " in text
    assert text.count("### A rule") == 3


# -- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_what_hosts_say_is_text(name):
    """Names, values and evidence that would be markup, formulas or terminal commands somewhere."""
    evil = finding("a.b", actual=EVIL, step=EVIL) | {
        "owner": EVIL,
        "evidence": [{"text": EVIL}, {"path": EVIL, "name": EVIL, "exists": True, "type": EVIL, "data": [EVIL]}],
    }
    text = content(name, document(EVIL, [evil], issue_1="confirmed"), lost(EVIL + "2"))
    assert not {"\x1b", "\x00", "\u202e", "\ud800"} & set(text)
    text.encode("utf-8")
    if name in ("junit", "html", "markdown"):
        assert "<script>alert" not in text
    if name == "markdown":
        assert "[x]" not in text and "@user" not in text and "`" not in text
    if name == "junit":
        assert "<script>alert(1)</script>" in ET.fromstring(text)[0].attrib["name"]
    if name == "sarif":
        assert "{{ 7*7 }}" in json.loads(text)["runs"][0]["results"][0]["message"]["text"]


@pytest.mark.parametrize("name", FORMATS)
def test_long_texts_are_cut(name):
    long = "x" * 1_000_000
    one = finding("a.b", actual=long) | {"evidence": [{"text": long}] * 100, "rationale": long}
    text = content(name, document("a", [one]))
    assert len(text) - len(content(name)) < (EVIDENCE_LIMIT + 10) * (TEXT_LIMIT + 100)
    assert f"and {100 - EVIDENCE_LIMIT} more" in text


@pytest.mark.parametrize("name", FORMATS)
def test_what_the_product_makes_of_nothing(name):
    assert content(name, empty_answer("a"))
    assert content(name)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*finding("a.b"), "more"]), VALUES), st.text(min_size=1, max_size=30))
def test_any_finding_of_any_host(changed, host):
    """What is read back of a file was checked for little more than its results and its ids."""
    one = {**finding("a.b"), **changed, "id": "a.b", "result": "fail"}
    given_document = {**document("x"), "host": host, "findings": [one]}
    for name in FORMATS:
        text = content(name, given_document)
        text.encode("utf-8")
        if name == "junit":
            assert len(ET.fromstring(text)) == 1
        if name == "csv":
            assert len(cells(text)) == 1


def test_files_are_written_and_what_can_not_be_is_said(tmp_path):
    (tmp_path / "report.md").mkdir()
    written, problems = write_formats(report(document("a")), ["csv", "markdown", "csv", "junit"], tmp_path)
    assert written == {"csv": str(tmp_path / "findings.csv"), "junit": str(tmp_path / "junit.xml")}
    assert (tmp_path / "findings.csv").read_bytes().startswith(b'\xef\xbb\xbf"host",')
    assert problems == [f"{tmp_path / 'report.md'} can't be written: is a folder"]


def test_what_hosts_have_alike_is_one_finding(monkeypatch):
    """And nothing else is: what is made of one is then made of all of them."""
    evidence = [[{"text": "x", "count": number}] for number in (1, 1, 1.0, True)]
    hosts = {name: document(name, [{**finding("a.b"), "evidence": evidence[n]}]) for n, name in enumerate("abcd")}
    found = [one["findings"][0] for one in Documents(hosts).all.values()]
    assert found[0] is found[1] and [type(one["evidence"][0]["count"]) for one in found] == [int, int, float, bool]
    made = []
    once = words.per_finding(lambda one: made.append(one) or len(made))
    assert [once(one) for one in [*found, *found]] == [1, 1, 2, 3, 1, 1, 2, 3]
    monkeypatch.setattr(words, "KEPT", 3)
    assert once(finding("new")) == 4 and once(found[0]) == 5, "more than may be kept is made anew"


@given(st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(RESULTS), st.text(max_size=3)), max_size=3)))
def test_findings_alike_change_no_format(hosts):
    apart = [document(str(n), [finding(*one) for one in found]) for n, found in enumerate(hosts)]
    shared = list(Documents({one["host"]: one for one in apart}).all.values())
    apart.sort(key=lambda one: one["host"])
    for name in FORMATS:
        assert content(name, *shared) == content(name, *apart), name
