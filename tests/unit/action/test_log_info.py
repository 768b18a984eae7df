# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin log_info on files of the controller."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.wsus.compliance.plugins.action import log_info
from support.action_stub import action, run
from support.log_samples import of_class


def result_of(**args):
    made = action(log_info, {"remote_src": False, **args}, windows=False)
    result = run(made)
    assert made.calls == [] and result["changed"] is False
    assert json.dumps(result)
    return result


def test_events_and_offsets(folder):
    (folder / "SoftwareDistribution.log").write_text(of_class("tls_reset", process="w3wp.4"), newline="")
    result = result_of(src=["Software*.log"])
    (event,) = result["events"]
    assert (event["class"], event["process"], event["last"]) == ("tls_reset", "w3wp", "2026-03-04T05:06:07.089Z")
    assert "failed" not in result and result["records"] == 1
    again = result_of(src=["Software*.log"], offsets=result["offsets"])
    assert again["events"] == [] and again["offsets"] == result["offsets"]


def test_since(folder):
    (folder / "a.log").write_text(of_class("dns"), newline="")
    for since, number in (("2026-03-04T05:06:07Z", 1), ("2026-03-04T06:06:08+01:00", 0), ("2026-03-04 05:06:08", 0)):
        assert len(result_of(src=["a.log"], since=since)["events"]) == number, since
    with pytest.raises(AnsibleActionFail, match="since is not a time"):
        result_of(src=["a.log"], since="yesterday")


def test_fails_only_where_nothing_could_be_read(folder):
    (folder / "a.log").write_text(of_class("dns"), newline="")
    assert "failed" not in result_of(src=["a.log", "missing.log"])
    result = result_of(src=["missing\x1b.log", str(folder)])
    assert result["failed"] and "There is no such file" in result["msg"] and "It is a folder" in result["msg"]
    assert "\x1b" not in json.dumps(result) and result["sources"][0]["error"]["code"] == "not_found"


@pytest.mark.parametrize("src", [[], [" "], ["a.log", ""]])
def test_src_names_something(folder, src):
    with pytest.raises(AnsibleActionFail, match="src must name"):
        result_of(src=src)


def test_an_empty_log_is_no_failure(folder):
    (folder / "a.log").touch()
    assert "failed" not in result_of(src=["a.log"])
