# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks that rules name: pure functions of the facts (or of the evidence) and the rule's options.

A check raises ``Undetermined`` (through ``Facts.need``) when a fact that decides is missing; the engine makes that
``unknown``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...evidence import Evidence
from ..model import Answer
from ..view import Facts
from . import ciphers, dotnet, schannel, system, wsus
from .evidence import CHECKS as EVIDENCE_CHECKS

FACT_CHECKS: dict[str, Callable[[Facts, Mapping[str, Any]], Answer]] = {
    name: function for module in (wsus, dotnet, schannel, ciphers, system) for name, function in module.CHECKS.items()
}


def run_check(name: str, facts: Facts, evidence: Evidence, options: Mapping[str, Any]) -> Answer:
    """Run the check of that name.

    Raises:
        Undetermined: a fact that decides could not be read.
        KeyError: there is no such check (a test holds the rules against the checks).
    """
    if name in EVIDENCE_CHECKS:
        return EVIDENCE_CHECKS[name](evidence)
    return FACT_CHECKS[name](facts, options)


__all__ = ["EVIDENCE_CHECKS", "FACT_CHECKS", "run_check"]
