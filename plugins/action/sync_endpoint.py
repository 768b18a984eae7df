# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The endpoint that a topmost server synchronizes with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..plugin_utils._action import preload
from ..plugin_utils._change import SingleChange
from ..plugin_utils.plan import Plan, finish, plan_endpoint

preload()


class ActionModule(SingleChange):
    """The user-facing ``wsus.compliance.sync_endpoint``."""

    spec: ClassVar[Mapping[str, Any]] = {
        "mu_url": {"type": "str"},
        "redirector_change_number": {"type": "int"},
    }
    subset = ("wsus",)

    def plan(self, options: Mapping[str, Any], facts: Mapping[str, Any]) -> Plan:
        return finish([plan_endpoint(facts, options["mu_url"], options["redirector_change_number"])])
