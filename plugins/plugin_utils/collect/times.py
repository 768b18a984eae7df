# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Times of answers, which sort as text and are kept as text."""

from __future__ import annotations

import re

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def contract_time(value: object) -> str | None:
    """A contract TIME, ``yyyy-MM-ddTHH:mm:ss.fffZ``; None of anything else."""
    return value if isinstance(value, str) and _TIME.fullmatch(value) else None
