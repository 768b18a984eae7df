# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One AppContext switch in the configuration file of a program, w3wp.exe by default."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import READ_FILE, HostFailure, ended, preload
from ..plugin_utils._change import CHANGE_SPEC, ChangeAction
from ..plugin_utils.assess.view import Facts
from ..plugin_utils.facts import build_facts
from ..plugin_utils.facts.dotnet import DONT_SYSTEM_DEFAULT
from ..plugin_utils.facts.raw import CONTENT_LIMIT, ErrorInfo, FileEntry
from ..plugin_utils.facts.w3wp import CONFIG_PATH
from ..plugin_utils.plan import Plan, finish, plan_switch
from ..plugin_utils.plan.app_config_edit import check_name
from ..plugin_utils.plan.w3wp_config import check_path, has_switch, plan_w3wp_config
from ..plugin_utils.text import clean

preload()

SPEC = {
    **CHANGE_SPEC,
    "path": {"type": "str", "default": CONFIG_PATH},
    "name": {"type": "str", "default": DONT_SYSTEM_DEFAULT},
    "value": {"type": "bool", "default": False},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
}
SUBSET = ("dotnet", "w3wp", "services", "schannel")
_NOT_THERE = "is not found"
_WRITTEN_OUT = CONFIG_PATH.rpartition("%")[2].casefold()


class ActionModule(ChangeAction):
    """The user-facing ``wsus.compliance.app_context_switch``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        self.place(options, "journal_dir")
        variables = task_vars or {}
        try:
            check_path(options["path"])
            check_name(options["name"])
        except ValueError as problem:
            raise AnsibleActionFail(clean(str(problem), 500)) from None
        try:
            return self.changed(result, self.carry_out(self._plan(options, variables), options, variables))
        except HostFailure as failure:
            return ended(result, failure.error)

    def _plan(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Plan:
        wanted = {name: options[name] for name in ("name", "value", "state")}
        path = str(options["path"])
        if path.casefold().endswith(_WRITTEN_OUT):
            given = None if options["facts"] is None else self.known(options, SUBSET, task_vars)
            if given is not None and _is_that_of_facts(path, given) and has_switch(given, **wanted):
                return Plan()
            answer = self.collect(SUBSET, task_vars)
            facts = build_facts(answer)
            if _is_that_of_facts(path, facts):
                return finish([plan_w3wp_config(facts, answer["raw"], **wanted)])
        return finish([plan_switch(self._file(path, task_vars), path, **wanted)])

    def _file(self, path: str, task_vars: Mapping[str, Any]) -> FileEntry:
        """What is in a file that facts don't tell of."""
        try:
            answer = self.execute(READ_FILE, {"src": path}, task_vars)
        except HostFailure as failure:
            if failure.error["code"] != "module_failed":
                raise
            # Whatever is there after all: its state is compared before anything is written.
            if _NOT_THERE in failure.error["message"]:
                return FileEntry(path, False)
            return FileEntry(path, None, error=ErrorInfo("unreadable", failure.error["message"]))
        try:
            content = base64.b64decode(str(answer.get("content")), validate=True)
        except (binascii.Error, ValueError):
            return FileEntry(path, None, error=ErrorInfo("malformed", "its content is not base64"))
        if len(content) > CONTENT_LIMIT:
            return FileEntry(path, None, error=ErrorInfo("too_big", f"it has {len(content):,} bytes"))
        return FileEntry(path, True, len(content), content=content)


def _is_that_of_facts(path: str, facts: Mapping[str, Any]) -> bool:
    """Whether ``path`` is the file that facts tell of, by the name that this collection or the host has for it."""
    written_out = Facts(facts).get(str, "w3wp", "config", "path") or ""
    return path.casefold() in (CONFIG_PATH.casefold(), written_out.casefold())
