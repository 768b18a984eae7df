# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One algorithm of SCHANNEL, which is only ever turned on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..plugin_utils._action import preload
from ..plugin_utils._change import SingleChange
from ..plugin_utils.plan import Plan, finish, plan_algorithm

preload()


class ActionModule(SingleChange):
    """The user-facing ``wsus.compliance.schannel_algorithm``."""

    spec: ClassVar[Mapping[str, Any]] = {
        "kind": {"type": "str", "required": True, "choices": ["cipher", "hash", "key_exchange"]},
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "enabled", "choices": ["enabled", "default"]},
    }
    subset = ("os", "schannel", "policy")

    def plan(self, options: Mapping[str, Any], facts: Mapping[str, Any]) -> Plan:
        chosen = (options["kind"], options["name"], options["state"])
        return finish([plan_algorithm(facts, *chosen, override_unknown_owner=options["override_unknown_owner"])])
