# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports of a real run, read back by programs that are not ours, and the playbooks that ask no host."""

from __future__ import annotations

import csv
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import junitparser
import pytest
from develop.npm import SARIF_SCHEMA
from markdown_it import MarkdownIt
from support.fetched import text_of
from support.simulated import fleet_of, validate

HOSTS = ["healthy", "hostile", "issue1", "blind", "dead"]
FORMATS = ["junit", "sarif", "csv", "html", "markdown"]


def asked(**variables):
    return ["-e", json.dumps(variables)]


@pytest.fixture(scope="module")
def once(simulator, tmp_path_factory):
    """The folder of an audit with all formats."""
    fleet = fleet_of(simulator, tmp_path_factory.mktemp("audited"))
    run = fleet.run(*asked(audit_hosts=",".join(HOSTS), audit_formats=FORMATS))
    assert run.code == 4, run.text
    return fleet.folder / "wsus-audit"


@pytest.fixture
def audited(once, tmp_path):
    """A copy of it, beside which a test may run."""
    return Path(shutil.copytree(once, tmp_path / "wsus-audit"))


def results(folder):
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in HOSTS}


def test_a_reader_of_junit_sees_the_same(audited):
    suites = {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(audited / "junit.xml"))}
    assert set(suites) == set(HOSTS)
    for name, document in results(audited).items():
        summary, suite = document["summary"], suites[name]
        if document["error"]:
            assert (suite.tests, suite.errors) == (1, 1)
            continue
        assert suite.tests == sum(summary.values())
        assert suite.failures == summary["fail"]
        assert suite.errors == summary["error"] + summary["unknown"]
        assert suite.skipped == summary["notapplicable"] + summary["notchecked"]
        for case in suite:
            (finding,) = [one for one in document["findings"] if one["id"] == case.name]
            if finding["result"] == "fail":
                assert isinstance(case.result[0], junitparser.Failure)
                assert finding["remediation"]["text"] in case.result[0].text


def test_a_reader_of_csv_sees_the_same(audited):
    with (audited / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for name, document in results(audited).items():
        found = [(row["rule"], row["result"]) for row in rows if row["host"] == name]
        wanted = [(one["id"], one["result"]) for one in document["findings"]]
        assert found == (wanted or [("audit", "error")])


class _Text(HTMLParser):
    """The text of a page, and the elements that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.elements = "", set()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)

    def handle_data(self, data):
        self.text += data


def test_markdown_is_shown_as_it_was_meant(audited):
    page = _Text()
    page.feed(MarkdownIt("gfm-like", {"linkify": False}).render((audited / "report.md").read_text()))
    plain = {"h1", "h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong", "a"}
    assert page.elements == plain
    said = re.sub(r"\s+", " ", page.text)
    for document in results(audited).values():
        for finding in document["findings"]:
            if finding["result"] == "fail":
                assert re.sub(r"\s+", " ", finding["actual"])[:100] in said
    assert "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}" in said


def test_sarif_names_each_host_and_rule(audited):
    run = json.loads((audited / "report.sarif").read_text())["runs"][0]
    found = {(one["properties"]["host"], one["ruleId"], one["kind"]) for one in run["results"]}
    kinds = {"fail": "fail", "error": "open", "unknown": "open"}
    assert found == {
        (name, finding["id"], kinds[finding["result"]])
        for name, document in results(audited).items()
        for finding in document["findings"]
        if finding["result"] in kinds
    }
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1


def test_sarif_is_what_oasis_says(audited):
    schema = json.loads(text_of(SARIF_SCHEMA))
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    check = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    document = json.loads((audited / "report.sarif").read_text())
    assert [problem.message for problem in check.iter_errors(document)] == []
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not check.is_valid(document), "the schema tells what is wrong"


def test_results_are_what_their_schemas_say(audited):
    for name in HOSTS:
        validate("audit", json.loads((audited / f"{name}.json").read_text()))
    validate("fleet", json.loads((audited / "fleet.json").read_text()))


def test_the_report_of_slices_is_that_of_the_whole(fleet, audited):
    slices = [fleet.folder / "slice 1", fleet.folder / "slice 2"]
    for number, name in enumerate(HOSTS):
        slices[number % 2].mkdir(exist_ok=True)
        shutil.copy(audited / f"{name}.json", slices[number % 2])
    run = fleet.run(
        *asked(report_src=[str(one) for one in slices], report_output_dir="./merged"),
        playbook="wsus.compliance.report",
    )
    assert run.code == 0, run.text
    merged = fleet.folder / "merged"
    again = fleet.run(
        *asked(report_src=[str(one) for one in reversed(slices)], report_output_dir="./other-way"),
        playbook="wsus.compliance.report",
    )
    assert again.code == 0, again.text
    for file in ("fleet.json", "junit.xml", "report.sarif", "findings.csv", "report.html", "report.md"):
        assert (merged / file).read_bytes() == (fleet.folder / "other-way" / file).read_bytes(), file
    for file in ("junit.xml", "report.sarif", "findings.csv"):
        assert sorted((merged / file).read_text().splitlines()) == sorted((audited / file).read_text().splitlines())
    whole, again = (json.loads((place / "fleet.json").read_text()) for place in (audited, merged))
    for member in ("outcome", "counts", "hosts", "issues"):
        assert whole[member] == again[member]


def test_compare_ends_as_pipelines_need_it(fleet, audited):
    baseline = fleet.folder / "baseline"
    shutil.copytree(audited, baseline)
    given = {"compare_baseline": str(baseline), "compare_current": str(audited)}
    playbook = "wsus.compliance.compare"
    same = fleet.run(*asked(**given, compare_fail_on="drift"), playbook=playbook)
    assert same.code == 0 and "Nothing differs." in same.text, same.text
    shutil.copy(baseline / "issue1.json", audited / "healthy.json")
    text = (audited / "healthy.json").read_text().replace('"host": "issue1"', '"host": "healthy"')
    (audited / "healthy.json").write_text(text)
    worse = fleet.run(*asked(**given, compare_dest="./drift.json"), playbook=playbook)
    assert worse.code == 2 and "healthy  compliant -> noncompliant" in worse.text, worse.text
    drift = json.loads((fleet.folder / "drift.json").read_text())
    assert drift["worse"] is True and list(drift["hosts"]) == ["healthy"]
    back = {"compare_baseline": str(audited), "compare_current": str(baseline)}
    better = fleet.run(*asked(**back), playbook=playbook)
    assert better.code == 0 and "healthy  noncompliant -> compliant" in better.text, better.text


@pytest.mark.parametrize(
    ("playbook", "variables", "said"),
    [
        ("compare", {}, "compare_baseline must name the folder"),
        ("compare", {"compare_baseline": "./none"}, "baseline has no results of these hosts"),
        ("compare", {"compare_baseline": ".", "compare_fail_on": "better"}, "value of fail_on must be one of"),
        ("report", {"report_src": "./none"}, "none can't be read: No such file or directory"),
        ("report", {"report_src": "./none", "report_formats": ["pdf"]}, "value of formats must be one or more of"),
    ],
)
def test_what_is_asked_wrongly_is_said(fleet, playbook, variables, said):
    run = fleet.run(*asked(**variables), playbook=f"wsus.compliance.{playbook}")
    assert run.code == 2 and said in run.text and "Traceback" not in run.text, run.text
