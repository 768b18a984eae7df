# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Imports an update that is named: the only proof that imports work."""

from __future__ import annotations

import re
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import HostFailure, WsusAction, ended
from ..plugin_utils._change import APPLY
from ..plugin_utils._checks import check_facts
from ..plugin_utils.apply.synchronization import Import, check_import, upstream_of
from ..plugin_utils.report.files import plain
from ..plugin_utils.text import clean

SPEC = {"update_id": {"type": "str", "required": True}, "facts": {"type": "dict"}}
HEADER = "updates of WSUS"
_GUID = re.compile(r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.update_import``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        check_facts(options["facts"])
        update = options["update_id"].strip()
        if not _GUID.fullmatch(update):
            raise AnsibleActionFail(
                "update_id must be a GUID, the id that the Microsoft Update Catalog has for the update"
            )
        diff = {"before": "", "after": f"{update}\n", "before_header": HEADER, "after_header": HEADER}
        nothing: dict[str, Any] = {
            "changed": False,
            "imported": False,
            "was_there": None,
            "log_lines": [],
            "proof": "unproved",
        }
        hindrance = None if options["facts"] is None else upstream_of(options["facts"])[0]
        if hindrance is not None:
            return {**result, **nothing, "failed": True, "msg": clean(hindrance, 500)}
        if self._task.check_mode:
            return {**result, **nothing, "changed": True, "diff": diff, "msg": "not imported in check mode"}
        try:
            answer = self.execute(APPLY, {"action": "import", "update_id": update.strip("{}")}, task_vars or {})
            found: Import = self.checked(check_import, answer)
        except HostFailure as failure:
            return ended(result, failure.error)
        about = {
            "changed": found.imported,
            "imported": found.imported,
            "was_there": found.was_there,
            "log_lines": found.problems,
            "proof": found.proof,
            "diff": diff if found.imported and not found.was_there else {},
        }
        if found.proof != "failed":
            return {**result, **plain(about)}
        why = "WSUS reported success, and its worker process an error meanwhile"
        if found.error is not None:
            # Not with the step that helps where WSUS does not answer: mostly it is Microsoft that was not reached.
            why = f"{clean(found.error.message, 1_000).rstrip('. ')} ({found.error.code})"
        said = "".join(f"\n  {clean(line, 300)}" for line in found.problems[-5:])
        text = f"The import of {update} failed: {clean(why, 1_200)}" + (
            f" SoftwareDistribution.log:{said}" if said else ""
        )
        return {**result, **plain(about), "failed": True, "msg": text}
