# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin report: what other endpoint profiles would mean, in each place where it is told."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.wsus.compliance.plugins.action import report
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.artifact import pack
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.files import file_name, write_json
from support.action_stub import action, run
from unit.assess.sample import healthy
from unit.report.samples import document, lost, schema

CBC = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"


def of(host: str, *suites: str, downstream: bool = False):
    """A compliant host's document, with the suites that it offers (none: those of the sample)."""
    facts = healthy()
    if suites:
        facts["ciphers"].update(effective=list(suites), list={"source": "policy", "suites": list(suites)})
    if downstream:
        facts["wsus"]["hierarchy"]["position"] = "downstream"
    return {**document(host), "facts": facts}


@pytest.fixture
def src(tmp_path):
    hosts = [of("a"), of("<b>", CBC), of("c", downstream=True), lost("d")]
    for one in hosts:
        write_json(tmp_path / "in" / file_name(one["host"]), one)
    return {"src": [str(tmp_path / "in")], "output_dir": str(tmp_path / "out")}


def fleet(src):
    found = json.loads(Path(src["output_dir"], "fleet.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema("fleet")).validate(found)
    return found


def test_it_is_told_in_the_file_on_the_screen_and_in_the_reports(src, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "COLUMNS", 120)
    result = run(action(report, {**src, "formats": ["html", "markdown"], "endpoint_profiles": ["without_cbc"]}))
    told = fleet(src)["readiness"]
    assert list(told) == ["without_cbc"]
    one = told["without_cbc"]
    assert one["ready"] == ["a"] and list(one["not_ready"]) == ["<b>"] and one["not_concerned"] == ["c"]
    assert list(one["undetermined"]) == ["d"] and one["already"] == []
    (line,) = [text for text in result["lines"] if text.lstrip().startswith("what if")]
    assert "1 ready, 1 not ready (<b>), 1 undetermined" in line
    page = (tmp_path / "out" / "report.html").read_text()
    assert "TLS 1.2 without CBC suites" in page and "What if" in page
    assert "1 suites offered, none of them accepted" in page and "<b>" not in page.replace("&lt;b&gt;", "")
    text = (tmp_path / "out" / "report.md").read_text()
    assert "If the endpoint accepted something else" in text and "&#60;b&#62; |" in text


def test_the_built_in_ones_are_asked_where_the_files_are_read_anyhow(src):
    run(action(report, src))
    assert list(fleet(src)["readiness"]) == ["without_cbc", "tls13_only"]


def test_none_are_asked_where_none_are_wanted(src):
    result = run(action(report, {**src, "endpoint_profiles": [], "formats": ["html"]}))
    assert "readiness" not in fleet(src) and not any("what if" in line for line in result["lines"])


def test_a_profile_of_ones_own(src):
    own = {"mine": {"accepted_suites": [CBC], "date": "2027-06-30", "title": "Only one"}, "tls13_only": None}
    run(action(report, {**src, "endpoint_profiles": own}))
    told = fleet(src)["readiness"]
    assert told["mine"]["ready"] == ["<b>"]
    assert told["mine"]["date"] == "2027-06-30" and set(told) == {"mine", "tls13_only"}


def test_what_makes_no_sense_is_told_before_anything_is_written(src, tmp_path):
    with pytest.raises(AnsibleActionFail, match="endpoint_profiles: there is no built-in profile tomorrow"):
        run(action(report, {**src, "endpoint_profiles": ["tomorrow"]}))
    assert not (tmp_path / "out").exists()


def test_artifacts_of_jobs_say_as_much_as_the_files(src):
    run(action(report, src))
    of_files = fleet(src)
    hosts = [of("a"), of("<b>", CBC), of("c", downstream=True), lost("d")]
    artifacts = {"wsus_audit_1": pack(hosts[:2]), "wsus_audit_2": pack(hosts[2:])}
    asked = {"artifacts": True, "output_dir": src["output_dir"], "endpoint_profiles": ["without_cbc", "tls13_only"]}
    run(action(report, asked), **artifacts)
    assert fleet(src)["readiness"] == of_files["readiness"]
