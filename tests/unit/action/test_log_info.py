# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin log_info on files of the controller."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import stat

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


def host_file(text, start=0, **more):
    content = text.encode()
    return {
        "path": r"C:\Logs\SoftwareDistribution.log",
        "size": len(content),
        "created": None,
        "last_write": None,
        "head": hashlib.sha256(content[:1024]).hexdigest(),
        "head_length": min(1024, len(content)),
        "known": start or None,
        "from": start,
        "to": len(content),
        "left_out": 0,
        "content": base64.b64encode(gzip.compress(content[start:])).decode(),
        **more,
    }


def on_host(answer, **args):
    made = action(log_info, args, {"changed": False, "contract": 1, "files": answer, "windows_events": None})
    return made, run(made)


def test_without_src_the_logs_of_wsus_on_the_host_are_read():
    made, result = on_host([host_file(of_class("tls_reset", process="w3wp.4"))])
    assert [event["class"] for event in result["events"]] == ["tls_reset"]
    (call,) = made.calls
    assert call["module_name"] == "wsus.compliance.wsus_logs"
    assert call["module_args"] == {"src": [], "known": [], "maximum": 67108864}


def test_what_earlier_runs_found_is_kept(folder):
    first, later = of_class("tls_reset", process="w3wp.4"), of_class("dns")
    on_host([host_file(first)], state_dir="state")
    made, result = on_host([host_file(first + later, len(first.encode()))], state_dir="state", windows_events=True)
    assert sorted(event["class"] for event in result["events"]) == ["dns", "tls_reset"]
    (known,) = made.calls[0]["module_args"]["known"]
    assert known["offset"] == len(first.encode())
    assert made.calls[0]["module_args"]["windows_events"] == {"after": 0}
    state = folder / "state" / "wsus-1.json"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert json.loads(state.read_text())["offsets"] == result["offsets"]


def test_in_check_mode_nothing_is_kept(folder):
    made = action(log_info, {"state_dir": "state"}, {"contract": 1, "files": [host_file(of_class("dns"))]})
    made._task.check_mode = True
    assert run(made)["events"] and not (folder / "state").exists()


def test_nothing_is_kept_of_a_host_that_could_not_be_read(folder):
    denied = {"path": "C:\\a.log", "error": {"code": "access_denied", "message": "no"}}
    _made, result = on_host([denied], state_dir="state")
    assert result["failed"] and "no" in result["msg"] and not (folder / "state").exists()
    made = action(log_info, {}, {"failed": True, "msg": "broken"})
    assert run(made)["failed"]


def test_a_state_that_can_not_be_read_is_told(folder):
    (folder / "state").mkdir()
    (folder / "state" / "wsus-1.json").write_text("[")
    with pytest.raises(AnsibleActionFail, match="how far the logs of this host were read"):
        on_host([], state_dir="state")


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ({"remote_src": False}, "src must name"),
        ({"remote_src": False, "src": ["a"], "windows_events": True}, "windows_events"),
        ({"max_bytes": 1}, "max_bytes"),
        ({"state_dir": "a", "offsets": {}}, "mutually exclusive"),
        ({"state_dir": " "}, "state_dir"),
    ],
)
def test_options_that_make_no_sense_are_refused(args, text):
    with pytest.raises(Exception, match=text):
        run(action(log_info, args))


def test_it_may_be_delegated():
    made = action(log_info, {}, {"contract": 1, "files": [host_file(of_class("dns"))]}, delegate_to="site")
    assert run(made)["events"]
