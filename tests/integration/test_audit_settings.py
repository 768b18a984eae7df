# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a user sets of an audit: which hosts, how many at a time, what fails it, by which profile it judges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from support.simulated import Fleet, read_only

from wsus_simulator.simulator import HOSTS_FOLDER

SUITE = "TLS_PSK_WITH_NULL_SHA256"


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


@pytest.mark.parametrize("serial", ["1", "50%", "2"])
@pytest.mark.parametrize("hosts", ["healthy,issue1,proxy", "h*y,!healthy-w3wp,issue1,&wsus"])
def test_sizes_of_batches_and_patterns(fleet, serial, hosts):
    run = fleet.run("-e", json.dumps({"audit_hosts": hosts, "audit_serial": serial}))
    assert run.code == 0, run.text
    assert run.fleet["hosts"]["healthy"] == "compliant"


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


def test_no_setting_of_the_user_reaches_a_run(fleet, monkeypatch):
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "no.such.callback")
    run = fleet.run("-e", "audit_hosts=healthy")
    assert run.code == 0, run.text


def test_a_host_that_was_asked_to_write_fails_what_ran_on_it(fleet, tmp_path):
    task = {"name": "Write", "ansible.builtin.raw": r"New-Item C:\written.txt"}
    playbook = fleet.play(yaml.safe_dump([{"hosts": "healthy", "gather_facts": False, "tasks": [task]}]))
    with (
        pytest.raises(AssertionError, match=r"asked to write: \{'healthy': .*New-Item"),
        read_only({"healthy": HOSTS_FOLDER / "healthy.yml"}) as simulator,
    ):
        Fleet(simulator, simulator.write_inventory(tmp_path / "one.yml"), tmp_path).run(playbook=playbook)
