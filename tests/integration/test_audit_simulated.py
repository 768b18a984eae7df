# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The audit as users run it: ansible-playbook against simulated hosts over real WinRM."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.simulated import Fleet, validate

from wsus_simulator import Simulator
from wsus_simulator.simulator import HOSTS_FOLDER, hosts_of_folder

EVIL = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}\x1b[31mred\u202e\r\nfatal: [x]"

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
HOSTS: dict[str, Any] = {
    "hostile": {
        "extends": "issue1.yml",
        "registry": {
            r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion": {"values": {"ProductName": EVIL}},
        },
        "wsus": {"api": {"configuration": {"MUUrl": f"https://example.com/{EVIL}"}}},
    },
    "blind": {
        "extends": "healthy.yml",
        "wsus": {"api": {"error": {"code": "connection_failed", "message": f"refused {EVIL}"}}},
    },
    "old": {"extends": "healthy.yml", "powershell_version": "4.0"},
    "other-contract": {"extends": "healthy.yml", "contract": 2},
    "cut": {"extends": "healthy.yml", "connection": {"fault": "cut"}},
    "hang": {"extends": "healthy.yml", "connection": {"fault": "hang", "seconds": 60}},
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


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator({**hosts_of_folder(HOSTS_FOLDER), **HOSTS}) as running:
        yield running


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: Path) -> Fleet:
    inventory = simulator.inventory()
    hosts = inventory["all"]["children"]["wsus"]["hosts"]
    # Neither has WinRM; the audit must not even try to connect to the second.
    inventory["all"]["hosts"] = {
        "localhost": {"ansible_connection": "local"},
        "linux": {"ansible_connection": "ssh", "ansible_host": "192.0.2.1"},
    }
    hosts["dead"] = {**hosts["healthy"], "ansible_port": 1}
    path = tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump(inventory))
    return Fleet(simulator, path, tmp_path)


def demo(*names: str) -> str:
    return ",".join(names or OUTCOMES)


def test_demo_fleet(fleet):
    before = {name: one["executions"] for name, one in fleet.simulator.counters().items()}
    run = fleet.run("-e", f"audit_hosts={demo()}")
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
        assert counters[name]["writes"] == []
        new = len(counters[name]["executions"]) - len(before[name])
        assert new == (0 if name == "unreachable" else 1), "one round trip for each host"
    assert "issue5        Windows Server 2019     NOT COMPLIANT  issue 5 likely" in run.text
    assert "10 hosts: 3 compliant, 6 not compliant, 1 unreachable" in run.text
    assert fleet.simulator.password not in run.text + json.dumps(run.fleet) + json.dumps(run.document("unreachable"))


@pytest.mark.parametrize(
    ("host", "flags", "code"),
    [
        ("healthy", {"noncompliant": True, "undetermined": True}, 0),
        ("issue1", {}, 0),
        ("issue1", {"undetermined": True}, 0),
        ("issue1", {"noncompliant": True}, 2),
        ("blind", {}, 0),
        ("blind", {"noncompliant": True}, 0),
        ("blind", {"undetermined": True}, 2),
        ("dead", {}, 4),
        ("linux", {}, 2),
    ],
)
def test_exit_codes(fleet, host, flags, code):
    extra = json.dumps({"audit_hosts": host, **{f"audit_fail_on_{name}": value for name, value in flags.items()}})
    run = fleet.run("-e", extra)
    assert run.code == code, run.text
    if code == 2 and flags:
        wanted = "is not compliant: fail high import.tls12" if host == "issue1" else "could not be determined"
        assert wanted in run.text
        assert f"{host}.json" in run.text


def test_switches_of_a_playbook_that_imports_this_one(fleet):
    play = "- ansible.builtin.import_playbook: wsus.compliance.audit\n  vars: {audit_fail_on_noncompliant: true}\n"
    run = fleet.run("-e", "audit_hosts=issue1,healthy", playbook=fleet.play(play))
    assert run.code == 2, run.text
    assert (run.recap("issue1")["failed"], run.recap("healthy")["failed"]) == (1, 0)


def test_switches_that_are_variables_of_a_host(fleet):
    inventory = yaml.safe_load(fleet.inventory.read_text())
    inventory["all"]["children"]["wsus"]["hosts"]["issue1"]["audit_fail_on_noncompliant"] = True
    fleet.inventory.write_text(yaml.safe_dump(inventory))
    run = fleet.run("-e", "audit_hosts=issue1,issue2,healthy")
    assert run.code == 2, run.text
    assert [run.recap(name)["failed"] for name in ("issue1", "issue2", "healthy")] == [1, 0, 0]


def test_check_mode_writes_the_same(fleet):
    run = fleet.run("-e", "audit_hosts=healthy,issue1", "--check", "--diff")
    assert run.code == 0, run.text
    assert run.fleet["counts"]["noncompliant"] == 1
    assert run.recap("issue1")["changed"] == 0


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


def test_serial_gets_through_all_batches(fleet):
    run = fleet.run("-e", "audit_hosts=dead,linux,issue1,healthy", "-e", "audit_serial=1")
    assert run.fleet["hosts"] == {
        "dead": "unreachable",
        "healthy": "compliant",
        "issue1": "noncompliant",
        "linux": "undetermined",
    }, run.text
    assert run.text.count("import.tls12:") == 1, "a host is shown with its own batch only"
    assert run.recap("dead")["unreachable"] == 1
    assert run.recap("linux")["failed"] == 1


def test_localhost_of_the_inventory_is_no_server(fleet):
    run = fleet.run("--limit", "localhost,healthy")
    assert run.code == 0, run.text
    assert run.fleet["hosts"] == {"healthy": "compliant"}


def test_output_of_a_json_callback_stays_json(fleet):
    (fleet.folder / "callbacks").mkdir()
    (fleet.folder / "callbacks" / "wsus_test_json.py").write_text(CALLBACK)
    run = fleet.run(
        *("-e", "audit_hosts=healthy,issue1"),
        ANSIBLE_CALLBACK_PLUGINS=str(fleet.folder / "callbacks"),
        ANSIBLE_STDOUT_CALLBACK="wsus_test_json",
    )
    assert run.code == 0, run.text
    found = json.loads(run.stdout)["custom"]["wsus_audit"]
    assert found["outcome"] == "noncompliant"
    assert found["hosts"] == {"healthy": "compliant", "issue1": "noncompliant"}


@pytest.mark.parametrize("serial", ["1", "50%", "2"])
@pytest.mark.parametrize("hosts", ["healthy,issue1,proxy", "h*y,!healthy-w3wp,issue1,&wsus"])
def test_sizes_of_batches_and_patterns(fleet, serial, hosts):
    run = fleet.run("-e", json.dumps({"audit_hosts": hosts, "audit_serial": serial}))
    assert run.code == 0, run.text
    assert run.fleet["hosts"]["healthy"] == "compliant"


def test_psrp_towards_a_server_that_does_not_speak_it(fleet):
    run = fleet.run(
        *("-e", "audit_hosts=healthy", "-e", "ansible_connection=psrp", "-e", "ansible_psrp_connection_timeout=3"),
        *("-e", "ansible_psrp_read_timeout=3", "-e", "ansible_psrp_reconnection_retries=0"),
    )
    assert run.code in (2, 4), run.text
    assert "Traceback" not in run.text
    found = run.document("healthy")
    assert found["outcome"] in ("unreachable", "undetermined") and "(psrp, " in found["error"]["message"]


DIRECT = """
- hosts: hostile
  gather_facts: false
  tasks:
    - wsus.compliance.wsus_facts:
    - wsus.compliance.assess:
    - wsus.compliance.assess:
      delegate_to: healthy
"""


def test_callbacks_get_no_raw_characters_and_a_delegated_task_is_refused(fleet):
    run = fleet.run("-vvv", playbook=fleet.play(DIRECT))
    assert run.code == 2, run.text
    assert "delegate_to can't be used here" in run.text
    assert r"\\x1b[31mred\\u202e" in run.stdout
    assert not re.search("[\u202e\u2028\x9b]|\x1b\\[31mred", run.stdout + run.stderr)


SOME = """
- hosts: healthy,issue1,proxy
  gather_facts: false
  strategy: {strategy}
  serial: {serial}
  roles:
    - role: wsus.compliance.audit
      when: inventory_hostname != 'healthy'
"""


@pytest.mark.parametrize(("strategy", "serial"), [("linear", 0), ("linear", 2), ("free", 0)])
def test_a_role_that_some_hosts_skip_has_a_report_of_the_others(fleet, strategy, serial):
    (fleet.folder / "wsus-audit").mkdir()
    (fleet.folder / "wsus-audit" / "fleet.json").write_text('{"hosts": "of an earlier run"}')
    run = fleet.run(playbook=fleet.play(SOME.format(strategy=strategy, serial=serial)))
    assert run.code == 0, run.text
    assert run.fleet["hosts"] == {"issue1": "noncompliant", "proxy": "compliant"}
    assert "run_once value changed" not in run.text
    assert run.text.count("import.tls12:") == 1


ROLE = """
- hosts: {hosts}
  gather_facts: false
  strategy: {strategy}
  tasks:
    - name: Lose a host
      ansible.builtin.fail:
      when: inventory_hostname == lose | default('')
    - name: Audit
      ansible.builtin.include_role:
        name: wsus.compliance.audit
      when: inventory_hostname != skip | default('')
"""


def test_role_in_a_playbook_of_the_users(fleet):
    (fleet.folder / "wsus-audit").mkdir()
    (fleet.folder / "wsus-audit" / "issue2.json").write_text('{"outcome": "compliant"}')
    playbook = fleet.play(ROLE.format(hosts="healthy,issue1,issue2,proxy", strategy="linear"))
    run = fleet.run("-e", "lose=issue2", "-e", "skip=healthy", "-e", "audit_output_dir=wsus-audit", playbook=playbook)
    assert run.code == 2, run.text
    assert run.fleet["hosts"] == {"issue1": "noncompliant", "issue2": "unreachable", "proxy": "compliant"}
    assert "dropped out of the play" in run.document("issue2")["error"]["message"]
    assert "left out   1 host" in run.text


def test_role_under_the_strategy_free(fleet):
    playbook = fleet.play(ROLE.format(hosts="healthy,issue1,dead,proxy", strategy="free"))
    run = fleet.run(playbook=playbook)
    assert run.code == 4, run.text
    assert run.fleet["counts"] == {"compliant": 2, "noncompliant": 1, "undetermined": 0, "unreachable": 1}


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        ({"audit_profile": "strict"}, "standard, documented"),
        ({"audit_evidence": {"logs": []}}, "evidence has unknown members: logs"),
        ({"audit_fail_on_noncompliant": "maybe"}, "audit_fail_on_noncompliant"),
        ({"audit_output_dir": "/proc/nowhere"}, "can't be written"),
        ({"audit_output_dir": ""}, "output_dir must be the name"),
        ({"audit_output_dir": ["a"]}, "output_dir"),
        ({"audit_accepted_suites": ["TLS_AES_128_GCM"]}, "cipher suite of Windows: TLS_AES_128_GCM."),
        ({"audit_serial": "abc"}, "audit_serial must be a number of hosts"),
        ({"audit_serial": "0"}, "audit_serial must be a number of hosts"),
        ({"audit_hosts": "typo"}, "typo (audit_hosts) matches no host"),
        ({"audit_hosts": ["typo", "typ*"]}, "typo,typ* (audit_hosts) matches no host"),
    ],
)
def test_wrong_variables_are_refused(fleet, extra, text):
    run = fleet.run("-e", json.dumps({"audit_hosts": "healthy", **extra}))
    assert run.code == 2, run.text
    assert text in run.text
    assert "Traceback" not in run.text
    assert run.text.count("nowhere: No such file") < 2 and run.text.count("File exists") < 2, "says it once"
    assert not Path("/healthy.json").exists() and not Path("/fleet.json").exists()


SUITE = "TLS_PSK_WITH_NULL_SHA256"


def test_options_reach_the_assessment(fleet):
    run = fleet.run(
        "-e",
        json.dumps(
            {
                "audit_hosts": "healthy",
                "audit_profile": "documented",
                "audit_accepted_suites": [SUITE],
            }
        ),
    )
    document = run.document("healthy")
    assert document["profile"] == "documented"
    assert document["outcome"] == "noncompliant", run.text
    assert document["facts"]["ciphers"]["endpoint_suites"] == [SUITE]


FACTS = """
- hosts: issue1
  gather_facts: false
  tasks:
    - wsus.compliance.wsus_facts:
    - wsus.compliance.assess:
        facts: "{{ ansible_facts.wsus }}"
      register: found
    - ansible.builtin.assert:
        that:
          - found.outcome == 'noncompliant'
          - found.issues.issue_1.verdict == 'likely'
          - found.findings | length > 30
          - found is not changed
"""


def test_facts_and_assessment_as_tasks(fleet):
    run = fleet.run(playbook=fleet.play(FACTS))
    assert run.code == 0, run.text
