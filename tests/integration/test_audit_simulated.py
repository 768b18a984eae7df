# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an audit finds on simulated hosts, over real WinRM, and says of them; what it says of those it can't audit."""

from __future__ import annotations

import json

from support.simulated import validate

OUTCOMES = {
    "healthy": "compliant",
    "healthy-w3wp": "compliant",
    "proxy": "compliant",
    "issue1": "noncompliant",
    "issue2": "noncompliant",
    "issue3": "noncompliant",
    "issue4": "noncompliant",
    "issue5": "noncompliant",
    "endpoint-fe2": "noncompliant",
    "unreachable": "unreachable",
}


CALLBACK = '''
import json
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """All results as one JSON document."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "wsus_test_json"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = []

    def v2_runner_on_ok(self, result):
        self.seen.append(1)

    def v2_playbook_on_stats(self, stats):
        print(json.dumps({"results": len(self.seen), "custom": stats.custom.get("_run")}))
'''


def test_demo_fleet(fleet):
    before = {name: one["executions"] for name, one in fleet.simulator.counters().items()}
    run = fleet.run("-e", f"audit_hosts={','.join(OUTCOMES)}")
    assert run.code == 4, run.text
    validate("fleet", run.fleet)
    assert run.fleet["hosts"] == dict(sorted(OUTCOMES.items()))
    assert run.fleet["outcome"] == "unreachable"
    assert run.fleet["issues"]["issue_4"] == ["issue4"]
    for name, outcome in OUTCOMES.items():
        document = run.document(name)
        validate("audit", document)
        assert document["outcome"] == outcome
        assert run.recap(name)["changed"] == 0
    counters = fleet.simulator.counters()
    for name in OUTCOMES:
        new = len(counters[name]["executions"]) - len(before[name])
        assert new == (0 if name == "unreachable" else 1), "one round trip for each host"
    assert "issue5        Windows Server 2019     NOT COMPLIANT  issue 5 likely" in run.text
    assert "10 hosts: 3 compliant, 6 not compliant, 1 unreachable" in run.text
    assert fleet.simulator.password not in run.text + json.dumps(run.fleet) + json.dumps(run.document("unreachable"))


def test_all_unreachable(fleet):
    run = fleet.run("-e", "audit_hosts=dead,unreachable")
    assert run.code == 4, run.text
    assert run.fleet["counts"] == {"compliant": 0, "noncompliant": 0, "undetermined": 0, "unreachable": 2}
    codes = {name: run.document(name)["error"]["code"] for name in ("dead", "unreachable")}
    assert codes == {"dead": "unreachable", "unreachable": "authentication_failed"}
    assert run.recap("dead")["unreachable"] == 1


def test_hosts_that_cannot_be_audited_say_why(fleet):
    run = fleet.run("-e", "audit_hosts=old,other-contract,cut,linux,healthy")
    assert run.code in (2, 4), run.text
    found = {name: run.document(name)["error"]["code"] for name in ("old", "other-contract", "cut", "linux")}
    assert found == {
        "old": "powershell_too_old",
        "other-contract": "malformed_answer",
        "cut": "unreachable",
        "linux": "not_windows",
    }
    assert "WMF) 5.1" in run.document("old")["error"]["message"]
    assert run.fleet["hosts"]["healthy"] == "compliant"
    assert run.fleet["counts"]["undetermined"] == 3
    for name in found:
        validate("audit", run.document(name))


def test_a_host_that_hangs_is_reported_as_timeout(fleet):
    run = fleet.run(
        *("-e", "audit_hosts=hang,healthy"),
        *("-e", "ansible_winrm_operation_timeout_sec=2", "-e", "ansible_winrm_read_timeout_sec=4"),
    )
    assert run.code == 4, run.text
    assert run.document("hang")["error"]["code"] == "timeout"
    assert run.fleet["hosts"] == {"hang": "unreachable", "healthy": "compliant"}


def test_the_tasks_own_timeout(fleet):
    run = fleet.run("-e", "audit_hosts=hang", ANSIBLE_TASK_TIMEOUT="3")
    assert run.code == 4, run.text
    assert run.document("hang")["error"]["code"] == "timeout"


def test_psrp_towards_a_server_that_does_not_speak_it(fleet):
    run = fleet.run(
        *("-e", "audit_hosts=healthy", "-e", "ansible_connection=psrp", "-e", "ansible_psrp_connection_timeout=3"),
        *("-e", "ansible_psrp_read_timeout=3", "-e", "ansible_psrp_reconnection_retries=0"),
    )
    assert run.code in (2, 4), run.text
    assert "Traceback" not in run.text
    found = run.document("healthy")
    assert found["outcome"] in ("unreachable", "undetermined") and "(psrp, " in found["error"]["message"]


def test_hostile_values_are_neither_templated_nor_shown_raw(fleet):
    run = fleet.run("-e", "audit_hosts=hostile,blind", "-e", "audit_fail_on_noncompliant=true", "-vvv")
    assert run.code == 2, run.text
    assert not list(fleet.folder.rglob("pwned"))
    shown = run.stdout + run.stderr
    assert "\u202e" not in shown.replace("\\u202e", "")
    assert "\x1b[31mred" not in shown
    raw = (run.folder / "hostile.json").read_text()
    assert raw.isascii() and "\x1b" not in raw
    assert json.loads(raw)["facts"]["os"]["name"].startswith("{{ lookup(")
    assert r"\x1b[31mred\u202e" in run.stdout


def test_a_second_run_replaces_the_first(fleet):
    fleet.run("-e", "audit_hosts=issue1,healthy")
    first = fleet.folder / "wsus-audit" / "issue1.json"
    old = json.loads(first.read_text())["audited_at"]
    run = fleet.run("-e", "audit_hosts=issue1,healthy", "--limit", "issue1")
    assert run.code == 0, run.text
    assert run.fleet["hosts"] == {"issue1": "noncompliant"}, "healthy.json is of an earlier run"
    assert run.document("issue1")["audited_at"] > old
    assert (run.folder / "healthy.json").exists()


def test_output_of_a_json_callback_stays_json(fleet):
    (fleet.folder / "callbacks").mkdir()
    (fleet.folder / "callbacks" / "wsus_test_json.py").write_text(CALLBACK)
    run = fleet.run(
        *("-e", "audit_hosts=healthy,issue1", "-e", "audit_artifact=build_7"),
        ANSIBLE_CALLBACK_PLUGINS=str(fleet.folder / "callbacks"),
        ANSIBLE_STDOUT_CALLBACK="wsus_test_json",
    )
    assert run.code == 0, run.text
    found = json.loads(run.stdout)["custom"]["wsus_audit_build_7"]
    assert found["outcome"] == "noncompliant" and found["note"] == ""
    assert found["counts"] == {"compliant": 1, "noncompliant": 1, "undetermined": 0, "unreachable": 0}
