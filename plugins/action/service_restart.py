# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does the restarts that changes still need: what they are is said by the journals of the host, or by times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import HostFailure, WsusAction, ended, preload
from ..plugin_utils._change import APPLY
from ..plugin_utils._checks import check_facts
from ..plugin_utils.apply.answer import Restarted, check_restarts
from ..plugin_utils.apply.pending import (
    RESTARTS_OF_SERVICES,
    Pending,
    left,
    lines,
    pending_restarts,
    reasons,
    times_left,
    to_do,
)
from ..plugin_utils.facts import build_facts
from ..plugin_utils.report.files import plain
from ..plugin_utils.text import clean

preload()

SPEC = {
    "facts": {"type": "dict"},
    "restart_ok": {"type": "bool", "default": False},
    "reboot_ok": {"type": "bool", "default": False},
    "from_times": {"type": "bool", "default": False},
    "always": {"type": "list", "elements": "str", "default": [], "choices": list(RESTARTS_OF_SERVICES)},
    "reboot_timeout": {"type": "int", "default": 900},
}
SUBSET = ("os", "dotnet", "schannel", "ciphers", "w3wp", "wsus", "services", "restart", "policy", "journal")
HEADER = "outstanding restarts"
REBOOT = "ansible.windows.win_reboot"
MESSAGE = "wsus.compliance: a change of the TLS configuration takes effect by this restart"


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.service_restart``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        check_facts(options["facts"])
        if options["reboot_timeout"] < 1:
            raise AnsibleActionFail("reboot_timeout must be a number of seconds")
        variables = task_vars or {}
        if options["always"] and not options["restart_ok"]:
            raise AnsibleActionFail("always wants restarts, which restart_ok does not allow")
        allowed = {name: options[name] for name in ("restart_ok", "reboot_ok", "from_times", "always")}
        try:
            given = options["facts"]
            pending = None if given is None else pending_restarts(given)
            # Facts that were gathered before may tell of what was restarted since: nothing is done by them alone.
            if pending is None or pending.error is not None or to_do(pending, **allowed):
                pending = pending_restarts(build_facts(self.collect(SUBSET, variables)))
            if pending.error is not None:
                text = f"Which restarts are needed can't be told: {pending.error}. Nothing was restarted."
                return {**result, "failed": True, "changed": False, "msg": clean(text, 2_000)}
            todo = to_do(pending, **allowed)
            done: list[Restarted] = []
            if todo and not self._task.check_mode:
                done = self._restart(todo, pending, options, variables)
        except HostFailure as failure:
            return ended(result, failure.error)
        good = todo if self._task.check_mode else [item.what for item in done if item.status in ("done", "not_running")]
        rest, times = left(pending, good), times_left(pending, good)
        found = {
            "changed": bool(todo) if self._task.check_mode else any(item.status == "done" for item in done),
            "restarts": [vars(item) for item in done],
            "restart_required": reasons(rest, RESTARTS_OF_SERVICES, "required"),
            "reboot_required": reasons(rest, ("reboot",), "required"),
            "reboot_recommended": reasons(rest, ("reboot",), "recommended"),
            "from_times": times,
            "undetermined": list(pending.undetermined),
            "diff": {
                "before": lines(pending.items, pending.from_times),
                "after": lines(rest, times),
                "before_header": HEADER,
                "after_header": HEADER,
            },
        }
        failed = next((item for item in done if item.status == "failed"), None)
        if failed is not None:
            found |= {"failed": True, "msg": f"{failed.what} failed: {clean(failed.message, 1_500)}"}
        return {**result, **plain(found)}

    def _restart(
        self, todo: Sequence[str], pending: Pending, options: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> list[Restarted]:
        """What was restarted, in this order; the first that fails ends it."""
        if "reboot" not in todo:
            return self._ask(list(todo), pending, task_vars)
        action = self._reboot_action(options)
        # The note comes first: should the host not come back, nobody restarts it once more for the same.
        (note,) = self._ask(["reboot_note"], pending, task_vars)
        if note.status != "done":
            why = f"it could not be noted in the journals, so it was not done: {note.message}"
            return [Restarted("reboot", "failed", why)]
        found = action.run(task_vars=dict(task_vars))
        message = clean(found.get("msg") or "", 1_500)
        if found.get("failed") or not found.get("rebooted"):
            return [Restarted("reboot", "failed", message or "it did not restart")]
        elapsed = found.get("elapsed")
        return [Restarted("reboot", "done", message, float(elapsed) if isinstance(elapsed, (int, float)) else None)]

    def _ask(self, asked: list[str], pending: Pending, task_vars: Mapping[str, Any]) -> list[Restarted]:
        arguments = {"action": "restart", "restarts": asked, "journals": list(pending.journals)}
        return self.checked(partial(check_restarts, asked=asked), self.execute(APPLY, arguments, task_vars))

    def _reboot_action(self, options: Mapping[str, Any]) -> Any:
        """win_reboot on this task's connection."""
        task = self._task.copy()
        task.args = {"reboot_timeout": options["reboot_timeout"], "msg": MESSAGE}
        action = self._shared_loader_obj.action_loader.get(
            REBOOT,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        if action is None:
            raise AnsibleActionFail(f"{REBOOT} is not there: install the collection ansible.windows")
        return action
