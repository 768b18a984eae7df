# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""enforce and rollback: what they say of the server after the change, read by the execution that wrote."""

from __future__ import annotations

import json
import shutil

import pytest
from ansible_collections.wsus.compliance.plugins.action import assess, enforce, rollback
from support.simulated_action import APPLY, SimulatedHost

from wsus_simulator import apply

SAID = ("outcome", "counts", "issues", "reasons")


def said(audit):
    return {name: audit[name] for name in SAID if name in audit}


def spoilt(**members):
    """The host's own answer to apply with other members."""

    def answer(host):
        def hook(name, arguments):
            if name != APPLY:
                return None
            return {**json.loads(json.dumps(apply.run(host.machine, arguments, False))), **members}

        return hook

    return answer


def test_the_assessment_after_is_what_another_execution_would_find(folder):
    host = SimulatedHost("issue1.yml")
    result = host.run(enforce, apply=["all"], output_dir="out")
    assert host.asked == ["wsus_facts", "apply"]
    after = result["audit_after"]
    assert said(after) != said(result["audit"]) and result["audit"]["outcome"] == "noncompliant"
    read = host.run(assess, output_dir="again")
    assert said(after) == said(read) and len(after["reasons"]) > 0
    first, second = (json.loads((folder / name / "wsus-1.json").read_text()) for name in ("out", "again"))
    for document in (first, second):
        for name in ("audited_at", "collected_at"):
            document.pop(name, None)
        document["facts"] = None
    assert first == second
    taken_back = host.run(rollback, assess=True, output_dir="out")
    assert host.asked[3:] == ["wsus_facts", "apply"] and taken_back["changed"] is True
    assert said(taken_back["audit"]) == said(read)
    assert said(taken_back["audit_after"]) == said(host.run(assess, output_dir="again"))


def test_it_is_read_only_where_something_was_written():
    host = SimulatedHost("issue1.yml")
    assert host.run(enforce, check=True, apply=["all"])["audit_after"] is None
    assert host.run(enforce)["audit_after"] is None
    assert host.run(enforce, apply=["all"], assess_after=False)["audit_after"] is None
    assert host.run(enforce, apply=["all"])["audit_after"] is None, "it is as it should be"
    assert [sent["read_after"] for name, sent in host.executions if name == APPLY] == [True, False]
    assert host.run(rollback)["audit_after"] is None
    assert host.executions[-1][1]["read_after"] is False


@pytest.mark.parametrize("raw", ["none", None, [], {}])
def test_what_was_done_is_told_whatever_was_read_afterwards(raw):
    host = SimulatedHost("issue1.yml")
    host.hook = spoilt(raw=raw)(host)
    result = host.run(enforce, apply=["all"])
    assert result["changed"] is True and len(result["applied"]) == 8 and result["journal_copy"]
    assert "failed" not in result
    if raw == {}:
        assert result["audit_after"]["outcome"] == "undetermined"
    else:
        assert result["audit_after"] is None


def test_what_was_done_is_told_where_the_result_file_cannot_be_written_any_more(folder):
    host = SimulatedHost("issue1.yml")
    answer = spoilt()(host)

    def hook(name, arguments):
        if name == APPLY:
            shutil.rmtree(folder / "out")
            (folder / "out").write_text("")
        return answer(name, arguments)

    host.hook = hook
    result = host.run(enforce, apply=["all"], output_dir="out")
    assert result["changed"] is True and len(result["applied"]) == 8 and result["audit_after"] is None
