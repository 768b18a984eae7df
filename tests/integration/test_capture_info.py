# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""capture_info in a playbook: no host is connected to, nothing changes, errors are one clear line."""

from __future__ import annotations

import gzip
import json

import yaml
from support.captures import FIXTURES


def tasks(*given):
    """A play on a host without any connection; ``given``: options, and what must hold of the result."""
    play = []
    for options, holds in given:
        play.append({"wsus.compliance.capture_info": options, "register": "result", "ignore_errors": True})
        play.append(
            {
                "ansible.builtin.assert": {
                    "that": [*holds, "not result.changed"],
                    "fail_msg": "got {{ result | to_json }}",
                }
            }
        )
    return yaml.safe_dump([{"hosts": "dead", "gather_facts": False, "tasks": play}])


def test_captures_in_a_playbook(fleet, tmp_path):
    (tmp_path / "x.etl").write_bytes(b"not a capture")
    (tmp_path / "x.pcap.gz").write_bytes(gzip.compress((FIXTURES / "tls12-reset.pcap").read_bytes()))
    old = str(FIXTURES / "tls10-reset.pcap")
    failed = "result is failed"
    play = fleet.play(
        tasks(
            (
                {"src": old},
                [
                    "result is success",
                    "result.path == " + json.dumps(old),
                    "result.connections | length == 3",
                    "result.connections[0].issues == ['issue_1', 'issue_3']",
                    "result.connections[0].outcome == 'reset_after_hello'",
                    "not result.truncated",
                ],
            ),
            ({"src": old, "endpoints": ["192.0.2.1"]}, ["result.connections == []"]),
            (
                {
                    "src": str(FIXTURES / "tls12-no-common-suite-reset.pcap"),
                    "accepted_suites": ["TLS_RSA_WITH_AES_128_CBC_SHA"],
                },
                ["result.connections[0].issues == ['other']"],
            ),
            ({"src": str(FIXTURES / "short-frames.pcap")}, ["result.truncated", "result.warnings | length == 1"]),
            ({"src": str(tmp_path)}, [failed, "'is a folder' in result.msg"]),
            ({"src": str(tmp_path / "x.etl")}, [failed, "'etl2pcap' in result.msg"]),
            ({"src": str(tmp_path / "x.pcap.gz")}, [failed, "'gzip' in result.msg"]),
            ({"src": str(tmp_path / "none")}, [failed, "'No such file' in result.msg"]),
            ({"src": ""}, [failed, "'src must be' in result.msg"]),
            ({"src": old, "endpoints": ["no name"]}, [failed, "'endpoints has' in result.msg"]),
            ({"src": old, "endpoints": []}, [failed, "'endpoints names none' in result.msg"]),
            ({"src": old, "accepted_suites": ["X"]}, [failed, "'accepted_suites' in result.msg"]),
        )
    )
    for more in ([], ["--check", "--diff"]):
        run = fleet.run(*more, playbook=play)
        assert run.code == 0, run.text
        assert run.recap("dead")["changed"] == 0
        assert "Traceback" not in run.text


def test_the_verdict_reaches_the_issues(fleet):
    capture = {"wsus.compliance.capture_info": {"src": str(FIXTURES / "no-hello.pcap")}, "register": "capture"}
    evidence = {"connections": "{{ capture.connections }}"}
    audit = {"wsus.compliance.assess": {"evidence": evidence}, "register": "audit"}
    shown = "audit.issues.issue_2.evidence_for | select('search', 'without a ClientHello') | list | length == 1"
    check = {"ansible.builtin.assert": {"that": [shown], "fail_msg": "got {{ audit.issues | to_json }}"}}
    play = yaml.safe_dump([{"hosts": "issue2", "gather_facts": False, "tasks": [capture, audit, check]}])
    run = fleet.run(playbook=fleet.play(play))
    assert run.code == 0, run.text
