# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An output that is too much is a malformed answer of this host, and no failure of the connection."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.action import assess, wsus_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect import AnswerError, memory
from support.action_stub import ANSWER, PASSWORD, action, run


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (MemoryError("more than 1024 MiB of memory"), "the answer takes more than 1024 MiB of memory"),
        (AnswerError("malformed_answer", f"more than all, {PASSWORD}"), "more than all, ***"),
    ],
)
@pytest.mark.parametrize("module", [assess, wsus_facts])
def test_too_much(module, problem, words):
    result = run(action(module, {"defer_errors": True} if module is assess else {}, problem))
    message = result["error"]["message"] if module is assess else result["msg"]
    assert message.startswith(f"The answer could not be read: {words} (winrm, 10.0.0.5:5986)")


def test_no_memory_where_the_system_does_not_tell_its_size(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_STATM", tmp_path / "none")
    assert "there is no memory left (winrm" in run(action(wsus_facts, {}, MemoryError()))["msg"]


def test_what_was_taken_from_the_output_is_the_answer():
    """And what Ansible made of the rest, which is not the host's, is not."""
    made = action(wsus_facts, {}, {"changed": False, "failed": False, "msg": ""})
    made._answer = {name: ANSWER[name] for name in ("contract", "collected_at", "raw")}
    assert run(made)["ansible_facts"]["wsus"]["collected_at"] == ANSWER["collected_at"]
