# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugins with a stub in place of the connection and of ``_execute_module``."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible_collections.wsus.compliance.plugins.action import assess, outcome, report, wsus_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import BUILDERS, build_facts

ANSWER = {"changed": False, "contract": 1, "collected_at": "2026-11-24T02:31:04.353Z", "raw": {}}
PASSWORD = "correct-horse-battery"


class TaskTimeoutError(BaseException):
    """As ansible-core's: no Exception."""


class HostVars(dict):
    def raw_get(self, name):
        return self[name]


def action(
    module: Any,
    args: dict[str, Any],
    answer: Any = None,
    *,
    windows: bool = True,
    strategy: str = "linear",
    run_once: bool = True,
    delegate_to: str | None = None,
) -> Any:
    """The action of a module with these task arguments; ``answer`` is what the collector returns or raises."""
    play = SimpleNamespace(strategy=strategy)
    task = MagicMock(
        args=args, async_val=0, check_mode=False, delegate_to=delegate_to, run_once=run_once, get_play=lambda: play
    )
    shell = SimpleNamespace(SHELL_FAMILY="powershell" if windows else "sh", tmpdir=None)
    if windows:
        shell._IS_WINDOWS = True
    options = {"remote_addr": "10.0.0.5", "port": 5986, "remote_password": PASSWORD}
    connection = MagicMock(transport="winrm", _shell=shell, become=None, get_option=options.__getitem__)
    made = module.ActionModule(task, connection, MagicMock(password=None), MagicMock(), MagicMock(), MagicMock())
    made._load_name = "wsus.compliance.test"
    calls: list[dict[str, Any]] = []

    def execute(**arguments):
        calls.append(arguments)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    made._execute_module = execute
    made.calls = calls
    return made


def run(made: Any, host: str = "wsus-1", **variables: Any) -> dict[str, Any]:
    return made.run(task_vars={"inventory_hostname": host, **variables})


# --- wsus_facts -------------------------------------------------------------------------------------------------------


def test_facts_take_one_execution():
    made = action(wsus_facts, {"gather_subset": ["os", "wsus"]}, {**ANSWER, "ansible_facts": {"evil": 1}})
    result = run(made)
    assert [(one["module_name"], one["module_args"]) for one in made.calls] == [
        ("wsus.compliance.wsus_facts", {"gather_subset": ["os", "wsus"]})
    ]
    assert result["changed"] is False
    assert list(result["ansible_facts"]) == ["wsus"]
    assert set(BUILDERS) < set(result["ansible_facts"]["wsus"])
    assert type(json.loads(json.dumps(result["ansible_facts"]))) is dict


@pytest.mark.parametrize(
    "args",
    [{"gather_subset": ["everything"]}, {"gather": ["os"]}, {"gather_subset": {"a": 1}}, {"_raw_params": "os"}],
)
def test_facts_refuse_what_is_no_option(args):
    made = action(wsus_facts, args, ANSWER)
    with pytest.raises(AnsibleActionFail):
        run(made)
    assert made.calls == []


def test_nothing_is_sent_to_a_host_that_is_not_windows():
    made = action(wsus_facts, {}, ANSWER, windows=False)
    result = run(made)
    assert result["failed"] and result["msg"].startswith("Not a Windows host: its shell is sh")
    assert made.calls == []


@pytest.mark.parametrize(
    ("problem", "kind", "text"),
    [
        (AnsibleConnectionFailure("refused"), AnsibleConnectionFailure, "No connection: refused"),
        (AnsibleError("the connection attempt timed out"), AnsibleConnectionFailure, "No answer in time"),
        (ConnectionResetError("reset by peer"), AnsibleConnectionFailure, "No connection: reset"),
        (TaskTimeoutError(), AnsibleConnectionFailure, "the task's own timeout is over"),
        (KeyError("boom"), None, "The collector failed"),
        ({"failed": True, "msg": f"wrong {PASSWORD}"}, None, r"wrong \*{3} \(winrm, 10.0.0.5:5986\)"),
        ({"skipped": True}, None, "was skipped"),
        ({"contract": 9}, None, "contract 9"),
    ],
)
def test_failures_reach_ansible_in_clear_words(problem, kind, text):
    made = action(wsus_facts, {}, problem)
    if kind is not None:
        with pytest.raises(kind, match=text):
            run(made)
        return
    result = run(made)
    assert result["failed"] and re.search(text, result["msg"])


def test_an_interrupt_is_not_a_failure_of_the_host():
    with pytest.raises(KeyboardInterrupt):
        run(action(assess, {"defer_errors": True}, KeyboardInterrupt()))


# --- assess -----------------------------------------------------------------------------------------------------------


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


# --- outcome ----------------------------------------------------------------------------------------------------------


def audit(result_outcome: str, **more: Any) -> dict[str, Any]:
    return {
        "host": "wsus-1",
        "audited_at": "2026-11-24T02:31:04.353Z",
        "outcome": result_outcome,
        "issues": {},
        "error": None,
        "reasons": ["fail high a.b: c"],
        "summary": {},
        "path": "/out/wsus-1.json",
        **more,
    }


FLAGS = {"fail_on_noncompliant": True, "fail_on_undetermined": True}


@pytest.mark.parametrize(
    ("result_outcome", "flags", "fails"),
    [
        ("compliant", FLAGS, False),
        ("noncompliant", {}, False),
        ("noncompliant", {"fail_on_noncompliant": True}, True),
        ("noncompliant", {"fail_on_undetermined": True}, False),
        ("undetermined", {}, False),
        ("undetermined", {"fail_on_undetermined": True}, True),
        ("undetermined", {"fail_on_noncompliant": True}, False),
    ],
)
def test_outcome_fails_only_what_is_asked_for(result_outcome, flags, fails):
    made = action(outcome, {"result": audit(result_outcome), **flags})
    result = run(made)
    assert result["outcome"] == result_outcome and result.get("failed", False) is fails
    if not fails:
        return
    text = result["msg"]
    assert ("not compliant" in text) is (result_outcome == "noncompliant")
    assert ("could not be determined" in text) is (result_outcome == "undetermined")
    assert "fail high a.b: c" in text and "/out/wsus-1.json" in text


def test_outcome_of_a_host_that_was_not_audited():
    lost = audit("unreachable", error={"code": "timeout", "message": "No answer"})
    with pytest.raises(AnsibleConnectionFailure, match="No answer"):
        run(action(outcome, {"result": lost}))
    linux = audit("undetermined", error={"code": "not_windows", "message": "Not a Windows host"})
    result = run(action(outcome, {"result": linux}))
    assert result["failed"] and result["msg"] == "Not a Windows host"


@pytest.mark.parametrize("result", [{"skipped": True}, {}])
def test_outcome_needs_a_result(result):
    with pytest.raises(AnsibleActionFail, match="Was that task skipped"):
        run(action(outcome, {"result": result}))


# --- report -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch) -> list[str]:
    """What the report shows on the screen."""
    lines: list[str] = []
    screen = SimpleNamespace(display=lambda text, color=None: lines.append(text))
    monkeypatch.setattr(report, "Display", lambda: screen)
    return lines


def play(results: dict[str, Any], *, dead: tuple[str, ...] = (), batch: list[str] | None = None) -> dict[str, Any]:
    """The magic variables of a play on these hosts; ``dead`` ones have dropped out."""
    live = [name for name in results if name not in dead]
    return {
        "hostvars": HostVars({name: {"audit_result": one} if one else {} for name, one in results.items()}),
        "ansible_play_hosts_all": list(results),
        "ansible_play_hosts": live,
        "ansible_play_batch": [name for name in live if batch is None or name in batch],
    }


def test_report(tmp_path, shown):
    results = {"a": audit("compliant"), "b": audit("noncompliant", issues={"issue_1": "likely"})}
    result = run(action(report, {"output_dir": str(tmp_path / "new")}), **play(results))
    fleet = json.loads((tmp_path / "new" / "fleet.json").read_text())
    assert fleet["hosts"] == {"a": "compliant", "b": "noncompliant"} and fleet["issues"]["issue_1"] == ["b"]
    assert result["changed"] is False and result["outcome"] == "noncompliant"
    assert result["lines"] == shown
    stats = result["ansible_stats"]
    assert stats["per_host"] is False and stats["data"]["wsus_audit"]["counts"] == fleet["counts"]


def test_report_counts_no_file_of_an_earlier_run(tmp_path, shown):
    (tmp_path / "b.json").write_text('{"outcome": "compliant"}')
    run(action(report, {"output_dir": str(tmp_path)}), **play({"a": audit("compliant"), "b": None}, dead=("b",)))
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "compliant", "b": "unreachable"}
    written = json.loads((tmp_path / "b.json").read_text())
    assert written["unreachable"] is True and "dropped out" in written["error"]["message"]


def test_report_shows_findings_only_of_this_runs_file(tmp_path, shown):
    path = tmp_path / "a.json"
    finding = {"id": "x.y", "result": "fail", "severity": "high", "actual": "old news"}
    path.write_text(json.dumps({"host": "a", "audited_at": "2020-01-01T00:00:00.000Z", "findings": [finding]}))
    run(action(report, {"output_dir": str(tmp_path)}), **play({"a": audit("noncompliant", path=str(path))}))
    assert "old news" not in "\n".join(shown) and "could not be read back" in "\n".join(shown)
    path.write_text(json.dumps({"host": "a", "audited_at": audit("x")["audited_at"], "findings": [finding]}))
    shown.clear()
    run(action(report, {"output_dir": str(tmp_path)}), **play({"a": audit("noncompliant", path=str(path))}))
    assert "old news" in "\n".join(shown)


def test_report_of_a_batch_leaves_later_hosts_open(tmp_path, shown):
    results = {"a": audit("compliant"), "b": audit("compliant"), "c": None}
    run(action(report, {"output_dir": str(tmp_path)}), **play(results, batch=["b"]))
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "compliant", "b": "compliant"}
    text = "\n".join(shown)
    assert "to come    1 host" in text
    assert not any(line.startswith("a ") for line in shown), "shown with its own batch"


def test_report_leaves_out_hosts_that_the_audit_was_not_run_on(tmp_path, shown):
    results = {"a": audit("compliant"), "b": {"skipped": True}, "c": None}
    run(action(report, {"output_dir": str(tmp_path)}), **play(results))
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "compliant"}
    assert "2 hosts of the play" in "\n".join(shown)


def test_report_waits_for_all_hosts_where_run_once_means_nothing(tmp_path, shown):
    results = {"a": audit("compliant"), "b": None}
    result = run(action(report, {"output_dir": str(tmp_path)}, strategy="free"), **play(results))
    assert result["skipped"] and not (tmp_path / "fleet.json").exists() and not shown
    run(action(report, {"output_dir": str(tmp_path)}, strategy="free"), **play({**results, "b": audit("compliant")}))
    assert (tmp_path / "fleet.json").exists() and shown


def test_report_does_not_wait_for_hosts_that_skipped_the_audit(tmp_path, shown):
    results = {"a": audit("compliant"), "b": {"skipped": True}}
    run(action(report, {"output_dir": str(tmp_path)}, strategy="free"), **play(results))
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "compliant"}


def test_without_run_once_the_first_host_with_a_result_writes_the_report(tmp_path, shown):
    results = {"a": None, "b": audit("compliant"), "c": audit("noncompliant")}
    for name in ("a", "c"):
        result = run(action(report, {"output_dir": str(tmp_path)}, run_once=False), name, **play(results))
        assert result["skipped"] and not (tmp_path / "fleet.json").exists() and not shown
    run(action(report, {"output_dir": str(tmp_path)}, run_once=False), "b", **play(results))
    found = json.loads((tmp_path / "fleet.json").read_text())
    assert found["hosts"] == {"b": "compliant", "c": "noncompliant"}
    assert "1 host of the play" in "\n".join(shown)


def test_without_any_result_the_first_host_writes_the_report(tmp_path, shown):
    variables = play({"a": None, "b": None, "c": None}, dead=("a",))
    assert run(action(report, {"output_dir": str(tmp_path)}, run_once=False), "c", **variables)["skipped"]
    run(action(report, {"output_dir": str(tmp_path)}, run_once=False), "b", **variables)
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "unreachable"}


def test_a_lost_host_whose_file_cannot_be_written_costs_no_other(tmp_path, shown):
    (tmp_path / "b.json").mkdir()
    variables = play({"a": audit("compliant"), "b": None, "c": None}, dead=("b", "c"))
    result = run(action(report, {"output_dir": str(tmp_path)}), **variables)
    fleet = json.loads((tmp_path / "fleet.json").read_text())
    assert fleet["hosts"] == {"a": "compliant", "b": "unreachable", "c": "unreachable"}
    assert (tmp_path / "c.json").exists()
    assert [text for text in result["warnings"] if "b.json can't be written: is a folder" in text]
    assert "  unwritten  b: the result file can't be written" in shown


@pytest.mark.parametrize("folder", ["", " ", None, ["x"]])
def test_report_refuses_an_empty_folder(folder, shown):
    with pytest.raises(AnsibleActionFail, match="output_dir"):
        run(action(report, {"output_dir": folder}), **play({"a": audit("compliant")}))


def test_report_is_silent_where_asked(tmp_path, shown, monkeypatch):
    args = {"output_dir": str(tmp_path)}
    assert run(action(report, {**args, "summary": False}), **play({"a": audit("compliant")}))["lines"]
    monkeypatch.setattr(report.C.config, "get_config_value", lambda _name: "ansible.posix.jsonl")
    run(action(report, args), **play({"a": audit("compliant")}))
    assert shown == []


def test_report_says_what_it_could_not_write(tmp_path, shown):
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="can't be written") as caught:
        run(action(report, {"output_dir": f"{tmp_path}/file"}), **play({"a": audit("compliant")}))
    assert caught.value.__cause__ is None and caught.value.__suppress_context__, "ansible-core would say it twice"


def test_report_folds_many_hosts(tmp_path, shown):
    results = {f"h{number:04}": audit("compliant", summary={"fail": 1}) for number in range(1_000)}
    run(action(report, {"output_dir": str(tmp_path)}), **play(results))
    assert len(shown) < 10
    assert "with 1000 minor failed in all" in "\n".join(shown)
