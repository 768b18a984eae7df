# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two audits by their result files -> what differs, on the screen and as data. Runs on the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import WsusAction
from ..plugin_utils._screen import COLUMNS, show
from ..plugin_utils.report.compare import compare
from ..plugin_utils.report.compare_lines import compare_lines
from ..plugin_utils.report.files import FileError, plain, write_json
from ..plugin_utils.report.stored import Stored, read_results
from ..plugin_utils.report.summary import screen_width
from ..plugin_utils.text import clean

SPEC = {
    "baseline": {"type": "list", "elements": "path", "required": True},
    "current": {"type": "list", "elements": "path", "required": True},
    "hosts": {"type": "list", "elements": "str"},
    "dest": {"type": "path"},
    "fail_on": {"type": "str", "choices": ["worse", "drift", "never"], "default": "worse"},
    "summary": {"type": "bool", "default": True},
}


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.compare``. It connects to no host."""

    _requires_connection = False

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        dest = self.place(options, "dest")
        baseline, current = (self._read(options, name) for name in ("baseline", "current"))
        compared = compare(baseline.documents, current.documents)
        problems = [clean(text, 500) for text in (*baseline.problems, *current.problems)]
        if dest is not None:
            try:
                write_json(Path(dest).absolute(), compared)
            except FileError as problem:
                raise AnsibleActionFail(str(problem)) from None  # its text says the cause
        lines = [*compare_lines(compared, screen_width(COLUMNS))]
        found = {
            **result,
            **plain(compared),
            "changed": False,
            "problems": problems,
            "lines": show(lines, options["summary"]),
            **({"warnings": [*result.get("warnings", ()), *problems]} if problems else {}),
        }
        if options["fail_on"] != "never" and compared[options["fail_on"]]:
            return {**found, "failed": True, "msg": lines[-1].text}
        return found

    @staticmethod
    def _read(options: dict[str, Any], name: str) -> Stored:
        """The results of one side; of the hosts that are asked for, where some are."""
        stored = read_results(Path(str(one)).absolute() for one in options[name])
        if options["hosts"] is not None:
            wanted = set(map(str, options["hosts"]))
            stored.documents = {host: one for host, one in stored.documents.items() if host in wanted}
        if not stored.documents:
            text = "; ".join([f"{name} has no results of these hosts", *stored.problems])
            raise AnsibleActionFail(clean(text, 2_000))
        return stored
