# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Journals as docs/reference/apply.md has them, read without any code of the collection or of the simulator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any


def records(lines: Sequence[str]) -> list[dict[str, Any]]:
    """The records of a journal; its chain must hold."""
    found, previous = [], ""
    for line in lines:
        digits, blank, text = line[:64], line[64:65], line[65:]
        assert blank == " "
        assert digits == hashlib.sha256((previous + text).encode()).hexdigest(), f"the chain breaks at {text[:80]}"
        found.append(json.loads(text))
        previous = digits
    return found
