# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role and the modules in playbooks of the user's own."""

from __future__ import annotations

import re

import pytest

SOME = """
- hosts: healthy,issue1,proxy
  gather_facts: false
  strategy: {strategy}
  serial: {serial}
  roles:
    - role: wsus.compliance.audit
      when: inventory_hostname != 'healthy'
"""


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


DIRECT = """
- hosts: hostile
  gather_facts: false
  tasks:
    - wsus.compliance.wsus_facts:
    - wsus.compliance.assess:
    - wsus.compliance.assess:
      delegate_to: healthy
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


def test_facts_and_assessment_as_tasks(fleet):
    run = fleet.run(playbook=fleet.play(FACTS))
    assert run.code == 0, run.text


def test_callbacks_get_no_raw_characters_and_a_delegated_task_is_refused(fleet):
    run = fleet.run("-vvv", playbook=fleet.play(DIRECT))
    assert run.code == 2, run.text
    assert "delegate_to can't be used here" in run.text
    assert r"\\x1b[31mred\\u202e" in run.stdout
    assert not re.search("[\u202e\u2028\x9b]|\x1b\\[31mred", run.stdout + run.stderr)
