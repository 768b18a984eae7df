# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Synchronizes a WSUS server and judges by the entry of the history that this made."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ..plugin_utils._action import APPLY, HostFailure, WsusAction, ended
from ..plugin_utils._change import APPLY, wsus_of
from ..plugin_utils.apply.synchronization import Synchronization, check_synchronization
from ..plugin_utils.report.files import plain
from ..plugin_utils.text import clean

SPEC = {
    "categories_only": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 3600},
}
STEP = 30
"""Seconds that one execution waits on the host: so often the progress is shown, and no connection is held for long."""
SHORTEST = 5


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.synchronization``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        if not SHORTEST <= options["timeout"] <= 86_400:
            raise AnsibleActionFail(f"timeout must be {SHORTEST} to 86400 seconds")
        if self._task.check_mode:
            return {**result, "changed": True, "proof": "unproved", "msg": "not started in check mode"}
        start = time.monotonic()
        try:
            found, text = self._synchronize(options, task_vars or {})
        except HostFailure as failure:
            return ended(result, failure.error)
        seconds = round(time.monotonic() - start, 1)
        about = {"synchronization": dict(found.last), "seconds": seconds, "changed": True}
        if text is None:
            return {**result, **plain(about), "proof": "proved"}
        lines = found.log.problems()
        said = "".join(f"\n  {clean(line, 300)}" for line in lines[-5:])
        return {
            **result,
            **plain({**about, "log_lines": lines}),
            "failed": True,
            "proof": "failed",
            "msg": clean(text, 2_000) + (f" SoftwareDistribution.log:{said}" if said else ""),
        }

    def _step(self, task_vars: Mapping[str, Any], **arguments: Any) -> Synchronization:
        answer = self.execute(APPLY, {"action": "synchronize", **arguments}, task_vars)
        return self.checked(check_synchronization, answer)

    def _synchronize(
        self, options: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> tuple[Synchronization, str | None]:
        """The last answer, and why it is no proof; None where it is one."""
        end = time.monotonic() + options["timeout"]
        host = str(task_vars.get("inventory_hostname"))
        begin = {"start": True, "category_only": options["categories_only"]}
        found = self._step(task_vars, **begin, wait_seconds=min(STEP, options["timeout"]))
        started = found
        while found.error is None and not (started.started and found.ended(started.previous_id)):
            if time.monotonic() >= end:
                what = "The synchronization" if started.started else "Another synchronization, which ran already,"
                return found, f"{what} has not ended within {options['timeout']} s ({found.progress}). It goes on."
            Display().display(f"{clean(host, 60)}: synchronizing: {clean(found.progress, 100)}")
            wait = max(1, min(STEP, int(end - time.monotonic())))
            if started.started:
                more = {"previous_id": started.previous_id, "log_offset": started.log.offset}
                found = self._step(task_vars, start=False, **more, wait_seconds=wait)
            elif found.idle:  # the one that ran has ended: now ours
                started = found = self._step(task_vars, **begin, wait_seconds=wait)
            else:
                found = self._step(task_vars, start=False, wait_seconds=wait)
        if found.error is not None:
            return found, wsus_of(found.error)
        if found.last.get("Result") != "Succeeded":
            why = found.last.get("ErrorText") or "WSUS gives no text"
            return found, f"The synchronization ended as {found.last.get('Result')}: {found.last.get('Error')}: {why}."
        return found, None
