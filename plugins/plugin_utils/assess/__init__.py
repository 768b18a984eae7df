# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts and evidence to findings and issues: pure, deterministic, and never a pass on what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..evidence import read_evidence
from .findings import PROFILES, find
from .issues import judge
from .model import compliance, summarize
from .view import Facts


def assess(
    facts: Mapping[str, Any], evidence: Mapping[str, Any] | None = None, *, profile: str = "standard"
) -> dict[str, Any]:
    """Assess one server.

    Args:
        facts: ``ansible_facts.wsus`` (docs/reference/facts.md); nothing about its form is trusted.
        evidence: ``{events, startups, connections}`` of ``log_info`` and ``capture_info``;
            None = the run was not asked to look.
        profile: ``standard``, or ``documented``, which also judges the unused method and the complete documented set.

    Returns:
        ``{compliant, findings, issues, summary}`` (docs/reference/findings.md).

    Raises:
        ValueError: there is no such profile.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile {profile!r} is not known; it is one of {', '.join(PROFILES)}")
    view = Facts(facts)
    read = read_evidence(evidence)
    findings = find(view, read, profile)
    return {
        "compliant": compliance(findings),
        "findings": findings,
        "issues": judge(view, read),
        "summary": summarize(findings),
    }


__all__ = ["PROFILES", "assess"]
