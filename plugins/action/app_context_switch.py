# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One AppContext switch in w3wp.exe.config; its text, which facts do not have, is read where it is to be edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import HostFailure, ended, preload
from ..plugin_utils._change import CHANGE_SPEC, ChangeAction
from ..plugin_utils.facts import build_facts
from ..plugin_utils.plan import finish
from ..plugin_utils.plan.w3wp_config import has_switch, plan_w3wp_config
from ..plugin_utils.text import clean

preload()

SPEC = {
    **CHANGE_SPEC,
    "name": {"type": "str", "default": "Switch.System.Net.DontEnableSystemDefaultTlsVersions"},
    "value": {"type": "bool", "default": False},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
}
SUBSET = ("dotnet", "w3wp", "services", "schannel")


class ActionModule(ChangeAction):
    """The user-facing ``wsus.compliance.app_context_switch``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        self.place(options, "journal_dir")
        variables = task_vars or {}
        wanted = {name: options[name] for name in ("name", "value", "state")}
        facts: Mapping[str, Any] = {} if options["facts"] is None else self.known(options, SUBSET, variables)
        try:
            raw = None
            if not facts or not has_switch(facts, **wanted):
                answer = self.collect(SUBSET, variables)
                facts, raw = build_facts(answer), answer["raw"]
            try:
                plan = finish([plan_w3wp_config(facts, raw, **wanted)])
            except ValueError as problem:
                raise AnsibleActionFail(clean(str(problem), 500)) from None
            return self.changed(result, self.carry_out(plan, options, variables))
        except HostFailure as failure:
            return ended(result, failure.error)
