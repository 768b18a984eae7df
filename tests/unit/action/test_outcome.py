# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin outcome on a stub of Ansible."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.wsus.compliance.plugins.action import outcome
from support.action_stub import action, audit, run

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
