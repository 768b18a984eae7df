# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads a host's state in one round trip and returns it, with its meaning, as ``ansible_facts.wsus``."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._action import SUBSETS, HostFailure, WsusAction, ended, preload
from ..plugin_utils.facts import build_facts
from ..plugin_utils.report.files import plain

preload()

SPEC = {
    "gather_subset": {"type": "list", "elements": "str", "default": ["all"], "choices": ["all", *SUBSETS]},
}


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.wsus_facts``; the module of this name is its collector."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        try:
            answer = self.collect(options["gather_subset"], task_vars or {})
        except HostFailure as failure:
            return ended(result, failure.error)
        return {**result, "changed": False, "ansible_facts": {"wsus": plain(build_facts(answer))}}
