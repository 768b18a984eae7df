# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A pcap or pcapng file of the controller -> how its connections to update endpoints ended, and what that shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import WsusAction
from ..plugin_utils._checks import check_suites
from ..plugin_utils.evidence.capture import CaptureError, Wanted, read_capture
from ..plugin_utils.facts.cipher_lists import base_name
from ..plugin_utils.report.files import plain
from ..plugin_utils.text import clean

SPEC = {
    "src": {"type": "path", "required": True},
    "endpoints": {"type": "list", "elements": "str"},
    "accepted_suites": {"type": "list", "elements": "str"},
}


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.capture_info``. It connects to no host and changes nothing."""

    _requires_connection = False

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        check_suites(options["accepted_suites"])
        src = self.place(options, "src")
        suites = options["accepted_suites"]
        try:
            wanted = Wanted(options["endpoints"])
            path = Path(str(src)).absolute()
            found = read_capture(path, wanted, suites and [base_name(name.strip()) for name in suites])
        except (CaptureError, ValueError) as problem:
            raise AnsibleActionFail(clean(problem)) from None  # its text says the cause
        return {**result, "changed": False, "path": str(path), **plain(found)}
