# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin assess on a stub of Ansible."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.wsus.compliance.plugins.action import assess, wsus_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from support.action_stub import ANSWER, TaskTimeoutError, action, run


def test_assess_returns_everything_without_a_file():
    result = run(action(assess, {}, ANSWER))
    assert result["changed"] is False and "failed" not in result and "unreachable" not in result
    assert result["path"] is None and result["error"] is None
    assert {"id", "actual"} < set(result["findings"][0])
    assert "verdict" in result["issues"]["issue_1"]


def test_assess_returns_little_with_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(action(assess, {"dest": "out/"}, ANSWER), host="../evil")
    assert result["path"] == str(tmp_path / "out" / "%2E.%2Fevil.json")
    assert set(result["issues"].values()) <= {"undetermined", "excluded", "possible"}
    assert "findings" not in result and len(json.dumps(result)) < 3_000
    document = json.loads((tmp_path / "out" / "%2E.%2Fevil.json").read_text())
    assert document["host"] == "../evil" and document["findings"]
    assert document["audited_at"] == result["audited_at"]


def test_assess_writes_where_dest_says(tmp_path):
    assert run(action(assess, {"dest": str(tmp_path)}, ANSWER))["path"] == str(tmp_path / "wsus-1.json")
    assert run(action(assess, {"dest": f"{tmp_path}/a/b.json"}, ANSWER))["path"] == str(tmp_path / "a" / "b.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="can't be written") as caught:
        run(action(assess, {"dest": f"{tmp_path}/file/"}, ANSWER))
    assert caught.value.__cause__ is None and caught.value.__suppress_context__, "ansible-core would say it twice"


def test_assess_takes_facts_without_a_connection():
    made = action(assess, {"facts": build_facts(ANSWER)}, AssertionError("not to be called"))
    assert run(made)["outcome"] == "undetermined"
    assert made.calls == []


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ({"profile": "strict"}, "profile"),
        ({"facts": {"os": {}}}, "not what wsus.compliance.wsus_facts returns"),
        ({"facts": {"schema_version": "1.0"}, "accepted_suites": ["X"]}, "mutually exclusive"),
        ({"accepted_suites": []}, "names no cipher suite"),
        ({"accepted_suites": [" "]}, "names no cipher suite"),
        ({"accepted_suites": ["TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA"]}, r"Windows: TLS_AES_128_GCM_SHA\. "),
        ({"accepted_suites": [{"name": "x"}]}, "cipher suite|accepted_suites"),
        ({"accepted_suites": [49199, "\x1b[2J"]}, r"cipher_suites\.yml"),
        ({"dest": ""}, "dest must be the name"),
        ({"dest": None}, "dest must be the name"),
        ({"output_dir": " "}, "output_dir must be the name"),
        ({"output_dir": None}, "output_dir must be the name"),
        ({"output_dir": ["a"]}, "output_dir"),
        ({"dest": "a", "output_dir": "b"}, "mutually exclusive"),
        ({"evidence": {"logs": []}}, "unknown members: logs"),
        ({"evidence": {"events": "x"}}, "evidence.events must be a list"),
        ({"evidence": ["x"]}, "evidence"),
        ({"destination": "x"}, "Unsupported"),
    ],
)
def test_assess_refuses_what_is_no_option(args, text):
    made = action(assess, args, ANSWER)
    with pytest.raises(AnsibleActionFail, match=text):
        run(made)
    assert made.calls == []


def test_accepted_suites_may_have_the_suffix_of_a_curve():
    suites = ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384_P384", " tls_aes_128_gcm_sha256"]
    assert run(action(assess, {"accepted_suites": suites}, ANSWER))["outcome"] == "undetermined"


def test_assess_writes_into_a_folder(tmp_path):
    made = action(assess, {"output_dir": str(tmp_path / "new" / "folder")}, ANSWER)
    assert run(made)["path"] == str(tmp_path / "new" / "folder" / "wsus-1.json")


@pytest.mark.parametrize("module", [assess, wsus_facts])
def test_delegation_is_refused(module):
    made = action(module, {}, ANSWER, delegate_to="wsus-2")
    with pytest.raises(AnsibleActionFail, match="delegate_to"):
        run(made)
    assert made.calls == []


def test_facts_may_be_assessed_anywhere():
    assert run(action(assess, {"facts": build_facts(ANSWER)}, delegate_to="localhost"))["error"] is None


UNSAFE = "\x1b[31m\x9b\u202e\u2028\r\u200b\ud800"


@pytest.mark.parametrize("module", [assess, wsus_facts])
def test_nothing_that_ansible_gets_moves_a_cursor_or_turns_text_round(module):
    name = {"type": "REG_SZ", "data": f"Windows{UNSAFE} Serveur\xa0é"}
    error = {"error": {"code": "connection_failed", "message": f"no{UNSAFE}"}}
    raw = {"os": {"product_name": f"x{UNSAFE}", "current_version": {"values": {"ProductName": name}}}}
    raw["wsus"] = {"api": error, "setup": error}
    found = run(action(module, {}, {**ANSWER, "raw": raw}))
    text = json.dumps(found, ensure_ascii=False, default=str)
    assert not [char for char in UNSAFE if not char.isprintable() and char in text]
    assert r"\\x1b[31m\\x9b\\u202e\\u2028" in text


LOST = AnsibleConnectionFailure("basic: the specified credentials were rejected by the server")


def test_a_lost_host_gets_its_file_and_then_its_error(tmp_path):
    with pytest.raises(AnsibleConnectionFailure):
        run(action(assess, {"dest": f"{tmp_path}/"}, LOST))
    document = json.loads((tmp_path / "wsus-1.json").read_text())
    assert document["unreachable"] is True and document["error"]["code"] == "authentication_failed"


@pytest.mark.parametrize(
    ("problem", "result_outcome", "code"),
    [
        (LOST, "unreachable", "authentication_failed"),
        (TaskTimeoutError(), "unreachable", "timeout"),
        ({"failed": True, "msg": "Ansible requires PowerShell v5.1"}, "undetermined", "powershell_too_old"),
        ([], "undetermined", "malformed_answer"),
    ],
)
def test_deferred_errors_are_data(tmp_path, problem, result_outcome, code):
    made = action(assess, {"dest": f"{tmp_path}/", "defer_errors": True}, problem)
    if problem == []:
        made._execute_module = lambda **_: {"contract": 1, "raw": []}
    result = run(made)
    assert result["outcome"] == result_outcome and result["error"]["code"] == code
    assert "failed" not in result and "unreachable" not in result
    assert result["host_unreachable"] is (result_outcome == "unreachable")
    assert (tmp_path / "wsus-1.json").exists()


def test_a_fault_of_the_assessment_costs_one_host_and_is_no_pass(monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(assess, "assess", broken)
    result = run(action(assess, {"defer_errors": True}, ANSWER))
    assert result["outcome"] == "undetermined" and result["compliant"] is None
    assert "ZeroDivisionError: oops" in result["error"]["message"]
