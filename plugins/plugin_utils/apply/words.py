# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan came to, in lines for the screen: what --diff does not show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..text import clean

LINES = 30
"""Most operations, and most refusals, that are shown of one host."""


def plan_lines(host: str, found: Mapping[str, Any]) -> list[str]:
    """Lines for one host's result of module ``enforce``; none where there is nothing to say.

    Operations are shown where nothing was asked for (else --diff shows them); what is not done always is, unless the
    task fails for it and says so itself.
    """
    shown = clean(host, 60)
    lines: list[str] = []
    if found["report_only"] and found["plan"]:
        lines.append(f"{shown}: nothing was asked for. This is what 'all' would do:")
        lines += [f"  {item['id']}: {clean(item['what'], 300)}" for item in found["plan"][:LINES]]
        lines += [f"  and {len(found['plan']) - LINES} more"] if len(found["plan"]) > LINES else []
    if found["failed"]:
        return lines
    left = [*found["refused"], *found["unresolved"]]
    if left:
        lines.append(f"{shown}: not done:")
        for item in left[:LINES]:
            target = f" ({clean(item['target'], 200)})" if item["target"] else ""
            lines.append(f"  {item['id']}{target}: {clean(item['reason'], 300)}")
            lines.append(f"    -> {clean(item['next_step'], 400)}")
    lines += [f"{shown}: note: {clean(note, 300)}" for note in found["notes"]]
    return lines
