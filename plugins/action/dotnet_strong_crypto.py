# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Strong cryptography of .NET Framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..plugin_utils._action import preload
from ..plugin_utils._change import SingleChange
from ..plugin_utils.plan import Plan, finish, plan_strong_crypto
from ..plugin_utils.plan.dotnet_strong_crypto import SETS

preload()


class ActionModule(SingleChange):
    """The user-facing ``wsus.compliance.dotnet_strong_crypto``."""

    spec: ClassVar[Mapping[str, Any]] = {"values": {"type": "str", "default": "documented", "choices": list(SETS)}}
    subset = ("dotnet", "policy")

    def plan(self, options: Mapping[str, Any], facts: Mapping[str, Any]) -> Plan:
        override = options["override_unknown_owner"]
        return finish([plan_strong_crypto(facts, options["values"], override_unknown_owner=override)])
