# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents of hosts and of the fleet, and their schemas."""

from __future__ import annotations

import itertools
import json

import jsonschema
import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.report import fleet, result, version
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.files import plain

from .samples import ABOUT, document, empty_answer, finding, lost, schema

FLEET_ABOUT = {name: ABOUT[name] for name in ("audited_at", "version")}


def check(name, instance):
    jsonschema.Draft202012Validator(schema(name)).validate(plain(instance))


@pytest.mark.parametrize("name", ["audit", "fleet"])
def test_schemas_are_schemas_and_describe_their_members(name):
    found = schema(name)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$schema"].endswith("2020-12/schema") and found["$id"].endswith(f"{name}.schema.json")
    for member, one in found["properties"].items():
        assert one.get("description") or one.get("$ref"), member


@pytest.mark.parametrize(
    ("compliant", "code", "outcome"),
    [
        (True, None, "compliant"),
        (False, None, "noncompliant"),
        (None, None, "undetermined"),
        (None, "unreachable", "unreachable"),
        (None, "authentication_failed", "unreachable"),
        (None, "timeout", "unreachable"),
        (None, "certificate", "unreachable"),
        (None, "not_windows", "undetermined"),
        (None, "powershell_too_old", "undetermined"),
        (None, "module_failed", "undetermined"),
        (None, "malformed_answer", "undetermined"),
        (None, "no_result", "undetermined"),
    ],
)
def test_outcome(compliant, code, outcome):
    assert result.outcome_of(compliant, {"code": code} if code else None) == outcome


def test_real_documents_are_valid():
    check("audit", empty_answer("h"))
    for code in ("unreachable", "not_windows", "malformed_answer", "no_result"):
        check("audit", lost("h", code))


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "compliant"},
        {"outcome": "fine"},
        {"compliant": "yes"},
        {"facts": {}},
        {"findings": []},
        {"issues": {}},
        {"error": {"code": "no_such_code", "message": "m"}},
        {"error": {"code": "timeout", "message": "m"}},
        {"audited_at": "yesterday"},
        {"more": 1},
        {"summary": {}},
        {"unreachable": True},
    ],
)
def test_schema_refuses(change):
    with pytest.raises(jsonschema.ValidationError):
        check("audit", {**empty_answer("h"), **change})


def test_schema_refuses_a_finding_of_another_shape():
    found = empty_answer("h")
    for name, value in (("result", "ok"), ("severity", "critical"), ("reference", "see there"), ("needs", "coffee")):
        bad = [{**found["findings"][0], name: value}]
        with pytest.raises(jsonschema.ValidationError):
            check("audit", {**found, "findings": bad})


def test_deciding_findings_are_worst_first():
    shuffled = [
        finding("l.f", "fail", "low"),
        finding("h.u", "unknown"),
        finding("m.f", "fail", "medium"),
        finding("h.p", "pass"),
        finding("h.e", "error"),
        finding("h.f"),
        finding("i.i", "informational", "info"),
    ]
    for order in itertools.permutations(shuffled):
        assert [one["id"] for one in result.deciding(order)] == ["h.f", "h.e", "h.u", "m.f", "l.f"]


def test_reasons_are_those_that_decide():
    both = [finding("a.fail"), finding("b.unknown", "unknown"), finding("c.low", "fail", "low")]
    assert result.reasons(document("h", both)) == ["fail high a.fail: found"]
    assert result.reasons(document("h", both[1:])) == ["unknown high b.unknown: found"]
    many = [finding(f"a.b{number}", actual="\x1b[31m" + "x" * 5_000) for number in range(30)]
    reasons = result.reasons(document("h", many))
    assert len(reasons) == 5
    assert all(len(one) <= 200 and one.isprintable() for one in reasons)


def test_the_registered_result_stays_small():
    many = [finding(f"a.b{number}", actual="x" * 5_000) for number in range(100)]
    small = result.brief(document("h", many, issue_1="likely"), "/tmp/h.json")
    assert len(json.dumps(small)) < 3_000
    assert "unreachable" not in small, "Ansible would drop the host"
    assert small["issues"]["issue_1"] == "likely"
    assert "facts" not in small and "findings" not in small


def briefs(*documents):
    return {one["host"]: result.brief(one, "/x") for one in documents}


def test_fleet():
    found = fleet.fleet(
        briefs(
            document("b", [finding("x.y")], issue_1="likely", proxy="possible"),
            document("a", [finding("x.y")], issue_1="confirmed"),
            document("c"),
            lost("d"),
            lost("e", "not_windows"),
        ),
        **FLEET_ABOUT,
    )
    check("fleet", found)
    assert found["outcome"] == "unreachable"
    assert found["counts"] == {"compliant": 1, "noncompliant": 2, "undetermined": 1, "unreachable": 1}
    assert list(found["hosts"]) == ["a", "b", "c", "d", "e"]
    assert found["issues"]["issue_1"] == ["a", "b"]
    assert found["issues"]["proxy"] == []


def test_worst_outcome():
    for size in (1, 2, 3, 4):
        for some in itertools.permutations(result.OUTCOMES, size):
            assert fleet.worst(some) == max(some, key=result.OUTCOMES.index)
    assert fleet.worst([]) == "undetermined"


@pytest.mark.parametrize(
    "obj", [None, "x", {}, {"skipped": True}, {"outcome": "fine", "issues": {}}, {"outcome": "compliant"}]
)
def test_what_is_no_result(obj):
    assert not fleet.is_result(obj)


def test_version_of_a_checkout_and_of_an_installed_collection(tmp_path):
    assert version.collection_version(tmp_path) == "unknown"
    (tmp_path / "galaxy.yml").write_text("version: 2.3.4\n")
    version.collection_version.cache_clear()
    assert version.collection_version(tmp_path) == "2.3.4"
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "5.6.7"}}')
    version.collection_version.cache_clear()
    assert version.collection_version(tmp_path) == "5.6.7"
    version.collection_version.cache_clear()
    assert version.collection_version()[0].isdigit()
