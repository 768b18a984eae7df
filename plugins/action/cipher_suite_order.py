# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the endpoint accepts, in a list that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..plugin_utils._action import preload
from ..plugin_utils._change import SingleChange
from ..plugin_utils.plan import Plan, finish, plan_cipher_suites

preload()


class ActionModule(SingleChange):
    """The user-facing ``wsus.compliance.cipher_suite_order``."""

    spec: ClassVar[Mapping[str, Any]] = {"accepted_suites": {"type": "list", "elements": "str"}}
    subset = ("os", "schannel", "ciphers", "policy")
    rules: ClassVar[Mapping[str, Any]] = {"mutually_exclusive": [["facts", "accepted_suites"]]}

    def plan(self, options: Mapping[str, Any], facts: Mapping[str, Any]) -> Plan:
        override = options["override_unknown_owner"]
        return finish([plan_cipher_suites(facts, options["accepted_suites"], override_unknown_owner=override)])
