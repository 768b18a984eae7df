# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ends the audit of one host: says what Ansible and its exit code are to make of the result."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import WsusAction, ended
from ..plugin_utils.report.fleet import is_result
from ..plugin_utils.text import clean

SPEC = {
    "result": {"type": "dict", "required": True},
    "fail_on_noncompliant": {"type": "bool", "default": False},
    "fail_on_undetermined": {"type": "bool", "default": False},
}
_TEXT = {
    "noncompliant": "is not compliant",
    "undetermined": "could not be determined: nothing that counts fails, but what decides could not be read",
}


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.outcome``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        audit = options["result"]
        if not is_result(audit):
            raise AnsibleActionFail("result is not what wsus.compliance.assess returns. Was that task skipped?")
        if audit.get("error"):
            return ended(result, audit["error"])
        outcome = str(audit["outcome"])
        if options.get(f"fail_on_{outcome}"):
            where = f" Result file: {audit['path']}" if audit.get("path") else ""
            reasons = "; ".join(clean(reason, 200).rstrip(".") for reason in audit.get("reasons") or ())
            text = f"{clean(audit.get('host'), 100)} {_TEXT[outcome]}" + (f": {reasons}." if reasons else ".")
            return {**result, "failed": True, "changed": False, "outcome": outcome, "msg": text + where}
        return {**result, "changed": False, "outcome": outcome}
