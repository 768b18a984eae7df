# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin wsus_facts on a stub of Ansible."""

from __future__ import annotations

import json
import re

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible_collections.wsus.compliance.plugins.action import assess, wsus_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import BUILDERS
from support.action_stub import ANSWER, PASSWORD, TaskTimeoutError, action, run


def test_facts_take_one_execution():
    made = action(wsus_facts, {"gather_subset": ["os", "wsus"]}, {**ANSWER, "ansible_facts": {"evil": 1}})
    result = run(made)
    assert [(one["module_name"], one["module_args"]) for one in made.calls] == [
        ("wsus.compliance.wsus_facts", {"gather_subset": ["os", "wsus"]})
    ]
    assert result["changed"] is False
    assert list(result["ansible_facts"]) == ["wsus"]
    assert set(BUILDERS) < set(result["ansible_facts"]["wsus"])
    assert isinstance(json.loads(json.dumps(result["ansible_facts"])), dict)


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
        (ConnectionResetError("reset by peer"), AnsibleConnectionFailure, "The connection was lost: reset"),
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
