# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines for the screen: what --diff does not show."""

from __future__ import annotations

from typing import Any

from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.words import LINES, plan_lines


def result(**members: Any) -> dict[str, Any]:
    nothing = {"plan": [], "refused": [], "unresolved": [], "notes": [], "report_only": False, "failed": False}
    return {**nothing, **members}


def refusal(**members: Any) -> dict[str, Any]:
    return {"id": "cipher_suite_order", "target": None, "reason": "a GPO", "next_step": "change it", **members}


def test_nothing_to_say():
    assert plan_lines("h", result(plan=[{"id": "a.1", "what": "x"}])) == [], "--diff shows it"
    assert plan_lines("h", result(report_only=True)) == []


def test_a_report_says_what_all_would_do():
    plan = [{"id": f"a.{number}", "what": "x" * 500} for number in range(LINES + 3)]
    lines = plan_lines("h", result(report_only=True, plan=plan))
    assert "This is what 'all' would do" in lines[0] and lines[-1] == "  and 3 more"
    assert len(lines) == LINES + 2 and max(map(len, lines)) < 400


def test_what_is_not_done_is_said_unless_the_task_says_it():
    found = result(refused=[refusal(target="HKLM\\x")], unresolved=[refusal(id="wsus.role")], notes=["look"])
    assert plan_lines("h", found) == [
        "h: not done:",
        "  cipher_suite_order (HKLM\\x): a GPO",
        "    -> change it",
        "  wsus.role: a GPO",
        "    -> change it",
        "h: note: look",
    ]
    assert plan_lines("h", {**found, "failed": True}) == []


def test_what_a_host_says_moves_no_cursor():
    bad = "\x1b[2J\u202e\r\n"
    found = result(
        report_only=True, plan=[{"id": "a.1", "what": bad}], refused=[refusal(reason=bad, target=bad)], notes=[bad]
    )
    assert all(line.isprintable() for line in plan_lines(f"h{bad}", found))
