# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One protocol of SCHANNEL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..plugin_utils._action import preload
from ..plugin_utils._change import SingleChange
from ..plugin_utils.facts.schannel import PROTOCOLS, ROLES
from ..plugin_utils.plan import Plan, finish, plan_protocol
from ..plugin_utils.plan.schannel_tls12 import STATES

preload()


class ActionModule(SingleChange):
    """The user-facing ``wsus.compliance.schannel_protocol``."""

    spec: ClassVar[Mapping[str, Any]] = {
        "protocol": {"type": "str", "required": True, "choices": list(PROTOCOLS)},
        "role": {"type": "str", "default": "client", "choices": list(ROLES)},
        "state": {"type": "str", "required": True, "choices": list(STATES)},
    }
    subset = ("os", "schannel", "policy")

    def plan(self, options: Mapping[str, Any], facts: Mapping[str, Any]) -> Plan:
        chosen = (options["protocol"], options["role"], options["state"])
        return finish([plan_protocol(facts, *chosen, override_unknown_owner=options["override_unknown_owner"])])
