# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""connection_info by unmodified ansible on simulated hosts, and its evidence in the hands of assess."""

from __future__ import annotations

import json
from pathlib import Path

from support.simulated import Fleet, read_only

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Probe
      wsus.compliance.connection_info:
        protocols: [TLS 1.2, TLS 1.0]
      register: probe
    - name: Judge
      wsus.compliance.assess:
        evidence:
          probes: ["{{ probe }}"]
        dest: "{{ playbook_dir }}/{{ inventory_hostname }}.json"
    - name: Keep
      check_mode: false
      ansible.builtin.copy:
        content: "{{ probe | to_json }}"
        dest: "{{ playbook_dir }}/{{ inventory_hostname }}.probe.json"
        mode: "0600"
      delegate_to: localhost
      vars: {ansible_connection: local}
"""


def test_probe_and_judge(tmp_path: Path) -> None:
    hosts = {
        "good": {"extends": "healthy.yml"},
        "limited": {"extends": "issue5.yml", "endpoint": {"outcome": "reset"}},
        "proxied": {"extends": "proxy.yml", "endpoint": {"proxy_status": 407}},
    }
    with read_only(hosts) as simulator:
        fleet = Fleet(simulator, simulator.write_inventory(tmp_path / "hosts.yml"), tmp_path)
        run = fleet.run("--check", playbook=fleet.play(PLAY))
        counters = simulator.counters()
    assert run.code == 0, run.text
    probes = {name: json.loads((tmp_path / f"{name}.probe.json").read_text()) for name in hosts}
    assert {name: one["outcome"] for name, one in probes.items()} == {
        "good": "established",
        "limited": "reset_after_hello",
        "proxied": "proxy_refused",
    }
    for name, one in probes.items():
        assert counters[name]["executions"].count("wsus.compliance.wsus_connection") == 1
        assert one["changed"] is False
    judged = {name: json.loads((tmp_path / f"{name}.json").read_text()) for name in hosts}
    # the configuration and the wire say the same
    assert judged["limited"]["issues"]["issue_5"]["verdict"] == "confirmed"
    assert judged["good"]["issues"]["issue_5"]["verdict"] == "excluded"
    assert judged["proxied"]["issues"]["proxy"]["verdict"] == "confirmed"
    found = {name: {one["id"]: one["result"] for one in document["findings"]} for name, document in judged.items()}
    assert {name: one["evidence.connection"] for name, one in found.items()} == {
        "good": "pass",
        "limited": "informational",
        "proxied": "informational",
    }
