# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of WSUS and of Configuration Manager -> classified events, start-ups, and how far each log was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import WsusAction
from ..plugin_utils.evidence.logs import iso_time, read_logs
from ..plugin_utils.evidence.logs.files import Reading, read_files
from ..plugin_utils.evidence.logs.signatures import load_signatures
from ..plugin_utils.report.files import plain
from ..plugin_utils.text import clean

load_signatures()

SPEC = {
    "src": {"type": "list", "elements": "path", "required": True},
    "remote_src": {"type": "bool", "default": True},
    "since": {"type": "str"},
    "offsets": {"type": "dict"},
}


def _since(text: str | None) -> str | None:
    """The option as the parser takes it.

    Raises:
        AnsibleActionFail: it is no time.
    """
    if text is None:
        return None
    time = iso_time(text, utc=True)
    if time is None:
        raise AnsibleActionFail(
            f"since is not a time: {clean(text, 60)}. Give it as 2026-03-04T05:06:07Z (without a time zone: UTC)."
        )
    return time


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.log_info``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        if not options["src"] or not all(name.strip() for name in options["src"]):
            raise AnsibleActionFail("src must name at least one log, and none of its entries may be empty")
        since = _since(options["since"])
        if options["remote_src"]:
            reading = self._on_host(options, task_vars or {})
        else:
            reading = read_files(options["src"], options["offsets"])
        found = read_logs(reading.sources, since)
        answer = {**result, "changed": False, **plain({**found.as_dict(), "offsets": reading.offsets()})}
        if not found.readable:
            errors = "; ".join(f"{one['path']}: {one['error']['message']}" for one in found.sources)
            return {**answer, "failed": True, "msg": f"No log could be read. {clean(errors, 1_000)}"}
        return answer

    def _on_host(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Reading:
        """Sources that are read on the managed host."""
        raise AnsibleActionFail(
            "Logs on the managed host can't be read by this version. Copy them to the controller, for example by "
            "ansible.builtin.fetch, and set remote_src to false."
        )
