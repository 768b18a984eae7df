# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Synchronizes a WSUS server and judges by the entry of the history that this made."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ..plugin_utils._action import HostFailure, WsusAction, ended, preload
from ..plugin_utils._change import APPLY, wsus_of
from ..plugin_utils._checks import check_facts
from ..plugin_utils.apply.synchronization import Synchronization, check_synchronization, upstream_of
from ..plugin_utils.assess import assess
from ..plugin_utils.facts import build_facts
from ..plugin_utils.report.files import plain
from ..plugin_utils.report.result import audited, brief
from ..plugin_utils.report.version import collection_version
from ..plugin_utils.text import clean

preload()

SPEC = {
    "facts": {"type": "dict"},
    "categories_only": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 3600},
    "assess": {"type": "bool", "default": True},
}
SUBSET = ("wsus", "services")
STEP = 30
"""Seconds that one execution waits on the host: so often the progress is shown, and no connection is held for long."""
PAUSE = 1.0
"""Least seconds between two questions, where the host answers at once."""
SHORTEST = 5


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.synchronization``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        check_facts(options["facts"])
        if not SHORTEST <= options["timeout"] <= 86_400:
            raise AnsibleActionFail(f"timeout must be {SHORTEST} to 86400 seconds")
        variables = task_vars or {}
        start = time.monotonic()
        try:
            facts = options["facts"]
            hindrance, upstream = upstream_of(build_facts(self.collect(SUBSET, variables)) if facts is None else facts)
            if hindrance is not None:
                return {**result, "changed": False, "failed": True, "proof": "unproved", "msg": clean(hindrance, 500)}
            if self._task.check_mode:
                return self._checked(result, variables)
            before, found, text = self._synchronize(options, variables)
        except HostFailure as failure:
            return ended(result, failure.error)
        entry = found.entry(before.previous_id) if before.started else found.last
        about = {
            "changed": before.started,
            "synchronization": dict(entry),
            "upstream": upstream,
            "seconds": round(time.monotonic() - start, 1),
            "diff": _diff(before, entry if text is None else found.last),
        }
        if text is None and entry.get("Result") != "Succeeded":
            why = entry.get("ErrorText") or "WSUS gives no text"
            text = f"The synchronization ended as {entry.get('Result')}: {entry.get('Error')}: {why}."
        if text is None:
            # With another server than Microsoft's it says nothing of the way to Microsoft.
            return {**result, **plain({**about, "proof": "proved" if upstream is None else "unproved"})}
        lines = found.log.problems()
        said = "".join(f"\n  {clean(line, 300)}" for line in lines[-5:])
        more = {"proof": "failed", "log_lines": lines, "failed": True, "assessment": None}
        if options["assess"]:
            more["assessment"] = self._assessment(variables)
        shown = clean(text, 2_000) + (f" SoftwareDistribution.log:{said}" if said else "")
        return {**result, **plain({**about, **more}), "msg": shown}

    def _step(self, task_vars: Mapping[str, Any], **arguments: Any) -> Synchronization:
        answer = self.execute(APPLY, {"action": "synchronize", **arguments}, task_vars)
        return self.checked(check_synchronization, answer)

    def _checked(self, result: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Check mode: whether one could be started is asked, and none is."""
        found = self._step(task_vars, start=False, wait_seconds=0)
        if found.error is not None:
            return {**result, "changed": False, "failed": True, "proof": "unproved", "msg": wsus_of(found.error)}
        about = {"changed": True, "proof": "unproved", "msg": "not started in check mode", "diff": _diff(found, None)}
        return {**result, **plain({**about, "synchronization": dict(found.last)})}

    def _synchronize(
        self, options: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> tuple[Synchronization, Synchronization, str | None]:
        """The answer to the start, the last answer, and why there is nothing to judge; None where there is."""
        end = time.monotonic() + options["timeout"]
        host = clean(str(task_vars.get("inventory_hostname")), 60)
        begin = {"start": True, "category_only": options["categories_only"]}
        found = started = self._step(task_vars, **begin, wait_seconds=min(STEP, options["timeout"]))
        asked = time.monotonic()
        while found.error is None and not (started.started and found.ended(started.previous_id)):
            if time.monotonic() >= end:
                what = "The synchronization" if started.started else "Another synchronization, which ran already,"
                text = f"{what} has not ended within {options['timeout']} s ({found.progress}). It goes on."
                return started, found, text
            whose = "synchronizing" if started.started else "another synchronization runs"
            Display().display(f"{host}: {whose}: {clean(found.progress, 100)}")
            time.sleep(max(0.0, min(asked + PAUSE, end) - time.monotonic()))
            wait = max(1, min(STEP, int(end - time.monotonic())))
            asked = time.monotonic()
            if started.started:
                more = {"previous_id": started.previous_id, "log_offset": started.log.offset}
                found = self._step(task_vars, start=False, **more, wait_seconds=wait)
            elif found.idle:  # the one that ran has ended: now ours
                started = found = self._step(task_vars, **begin, wait_seconds=wait)
            else:
                found = self._step(task_vars, start=False, wait_seconds=wait)
        return started, found, None if found.error is None else wsus_of(found.error)

    def _assessment(self, task_vars: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the configuration says of why it failed; None where the host can't be read any more."""
        try:
            facts = build_facts(self.collect(["all"], task_vars))
            host = str(task_vars.get("inventory_hostname"))
            about = {"profile": "standard", "version": collection_version(), "audited_at": ""}
            found = brief(audited(host, facts, assess(facts), **about), "")
            return {name: found[name] for name in ("outcome", "issues", "reasons")}
        except Exception:  # the failure itself is what is to be told
            return None


def _diff(before: Synchronization, after: Mapping[str, Any] | None) -> dict[str, str]:
    """The last synchronization before and after. ``after`` None: one that would be started."""
    now = "one that this task starts\n" if after is None else _text(after)
    header = "last synchronization"
    entry = next((item for item in before.history if item.get("Id") == before.previous_id), {})
    was = _text(before.last if not before.started else entry)
    return {"before": was, "after": now, "before_header": header, "after_header": header}


def _text(entry: Mapping[str, Any]) -> str:
    if not entry.get("Id") or entry.get("Result") == "NeverRun":
        return ""
    return f"{entry.get('EndTime') or entry.get('StartTime')}: {entry.get('Result')} ({entry.get('Id')})\n"
