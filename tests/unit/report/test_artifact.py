# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a job leaves to a later one: complete, bounded, never a template, and merged in any order."""

from __future__ import annotations

import base64
import itertools
import json
import zlib

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.breaks import deciding_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.report import artifact
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.artifact import ArtifactError, pack, unpack
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.files import file_name, write_json
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.stored import read_results

from .samples import document, finding, lost

EVIL = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }} {% raw %} {# x"


def fleet(number: int = 40) -> list:
    """Hosts whose findings differ, so that compression does not make all of them vanish."""
    return [
        document(f"h{place:03}", [finding("a.b", "fail" if place % 2 else "pass", actual=f"{place * 7919:x}" * 20)])
        for place in range(number)
    ]


def packed(content: object, **more) -> dict:
    data = base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()
    return {"schema_version": "1.0", "left_out": {"hosts": 0, "findings": 0}, "data": data, **more}


def test_what_a_report_needs_comes_back():
    whole = [document("b", [finding("x.y", actual=EVIL)], issue_1="likely"), lost("a"), document("c")]
    made = pack(whole)
    assert (made["outcome"], made["left_out"], made["note"]) == ("unreachable", {"hosts": 0, "findings": 0}, "")
    assert made["counts"] == {"compliant": 1, "noncompliant": 1, "undetermined": 0, "unreachable": 1}
    documents, left_out = unpack(json.loads(json.dumps(made)))
    assert left_out == "" and {one["host"] for one in documents} == {"a", "b", "c"}
    for one in documents:
        (before,) = [other for other in whole if other["host"] == one["host"]]
        same = set(before) - {"facts"}
        assert {name: one[name] for name in same} == {name: before[name] for name in same}
        assert one["facts"] == deciding_facts(before["facts"]) and bool(one["facts"]) is bool(before["facts"])
        assert not before["facts"] or one["facts"]["os"]["name"] == "Windows Server 2019 Standard"


def test_nothing_of_a_host_is_there_to_be_templated():
    hosts = [document(f"h{EVIL}", [finding(EVIL, actual=EVIL)], os_name=EVIL), lost("b", cause=EVIL)]
    made = pack(hosts)
    text = json.dumps(made)
    assert "{{" not in text and "{%" not in text and "{#" not in text
    (one, _other) = unpack(made)[0] if unpack(made)[0][0]["error"] is None else reversed(unpack(made)[0])
    assert one["findings"][0]["actual"] == EVIL and one["facts"]["os"]["name"] == EVIL


def test_findings_of_the_best_hosts_go_first_and_it_is_said():
    hosts = fleet()
    limit = len(json.dumps(pack(hosts))) * 4 // 5
    made = pack(hosts, limit)
    assert len(json.dumps(made)) <= limit
    number = made["left_out"]["findings"]
    assert 0 < number < 40 and made["left_out"]["hosts"] == 0
    assert made["note"].startswith(f"the findings of {number} hosts left out, as the artifact would be too long")
    documents, left_out = unpack(made)
    assert left_out == made["note"] and len(documents) == 40
    bare = {one["host"] for one in documents if not one["findings"]}
    assert len(bare) == number
    best = sorted(hosts, key=lambda one: (one["outcome"] == "compliant", one["host"]))[-number:]
    assert bare == {one["host"] for one in best}
    assert {one["host"]: one["outcome"] for one in documents} == {one["host"]: one["outcome"] for one in hosts}


def test_hosts_go_last_and_the_outcome_still_counts_all():
    hosts = fleet(200)
    made = pack(hosts, 1_500)
    assert len(json.dumps(made)) <= 1_500
    assert made["left_out"]["hosts"] > 0
    assert sum(made["counts"].values()) == 200 and made["outcome"] == "noncompliant"
    documents, left_out = unpack(made)
    assert len(documents) == 200 - made["left_out"]["hosts"] > 0
    assert f"{made['left_out']['hosts']} hosts and the findings of {len(documents)} hosts left out" in left_out


def test_a_real_fleet_fits():
    """Findings that hosts share are written once."""
    shared = [finding(f"rule.{number}", "pass", actual="as it should be " * 40) for number in range(35)]
    hosts = [document(f"wsus-{number:04}.example.net", shared) for number in range(1_000)]
    assert pack(hosts)["left_out"] == {"hosts": 0, "findings": 0}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "is no artifact"),
        ("text", "is no artifact"),
        ({"schema_version": 1}, "is no artifact"),
        (packed({}, schema_version="2.0"), "has the schema '2.0', and this collection reads 1.0"),
        (packed({}, data=5), "it has no data"),
        (packed({}, data="%%%"), "can't be unpacked"),
        (packed({}, data=base64.b64encode(b"no zlib").decode()), "can't be unpacked"),
        (packed({}, data=packed([1] * 500)["data"][:12]), "its data is cut"),
        (packed([]), "has no hosts"),
        (packed({"findings": {}, "hosts": []}), "has no hosts"),
        (packed({"findings": [], "hosts": [7]}), "findings that are not there"),
        (packed({"findings": [{}], "hosts": [{"findings": [1]}]}), "findings that are not there"),
        (packed({"findings": [{}], "hosts": [{"findings": [True]}]}), "findings that are not there"),
    ],
)
def test_what_is_damaged_is_said(value, said):
    with pytest.raises(ArtifactError, match=said):
        unpack(value)


def test_what_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(artifact, "UNPACKED_LIMIT", 10_000)
    with pytest.raises(ArtifactError, match="more than 10,000 bytes"):
        unpack(packed({"findings": ["x" * 20_000], "hosts": []}))
    with pytest.raises(ArtifactError, match="more than 10,000 bytes"):
        unpack(packed({"findings": ["x" * 1_000], "hosts": [{"findings": [0] * 11}]}))


@pytest.mark.parametrize(("job", "name"), [(42, "wsus_audit_42"), ("4_2", "wsus_audit_4_2")])
def test_names(job, name):
    assert artifact.artifact_name(job) == name and artifact.is_artifact_name(name)


@pytest.mark.parametrize("job", [None, "", True, "{{ 1 }}", "1 2", "x" * 65, "é", "1\n", 1.5])
def test_no_names(job):
    assert artifact.artifact_name(job) is None


@pytest.mark.parametrize("name", ["wsus_audit_", "wsus_audit", "xwsus_audit_1", "wsus_audit_1 ", 7])
def test_other_variables_are_none(name):
    assert not artifact.is_artifact_name(name)


def test_slices_come_together_in_any_order(tmp_path):
    late = document("both", [finding("a.b")]) | {"audited_at": "2026-11-25T00:00:00.000Z"}
    slices = {
        "wsus_audit_3": pack([document("a"), document("both")]),
        "wsus_audit_20": pack([late, document("c")]),
        "wsus_audit_x": pack([lost("d"), document("both")]),
        "wsus_audit_bad": {"schema_version": "1.0"},
        "wsus_audit_cut": pack(fleet(200), 1_500),
    }
    results = [read_results([], dict(order)) for order in itertools.permutations(slices.items())]
    texts = {json.dumps([one.documents, one.problems]) for one in results}
    assert len(texts) == 1
    assert results[0].documents["both"]["audited_at"] == late["audited_at"]
    assert [text for text in results[0].problems if "left out, as the artifact" not in text] == [
        "a result in wsus_audit_3 is an older result of both; it is left out",
        "a result in wsus_audit_x is an older result of both; it is left out",
        "wsus_audit_bad is damaged: it has no data; it is left out",
    ]


def test_the_file_of_a_result_says_more_than_its_artifact(tmp_path):
    there = document("a")
    write_json(tmp_path / file_name("a"), there)
    found = read_results([tmp_path], {"wsus_audit_1": pack([there])})
    assert found.documents["a"]["facts"] == there["facts"]


def test_a_document_that_is_none_is_left_out():
    found = read_results([], {"wsus_audit_1": packed({"findings": [], "hosts": [{"findings": []}]})})
    assert found.documents == {}
    assert found.problems == ["a result in wsus_audit_1 is no result of wsus.compliance.audit; it is left out"]
