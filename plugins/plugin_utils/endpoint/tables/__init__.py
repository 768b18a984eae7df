# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an endpoint might accept one day: profiles.yml, whose schema is in ``schemas/``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...table import read_table


def profile_rows() -> tuple[Mapping[str, Any], ...]:
    """The rows of profiles.yml."""
    rows: tuple[Mapping[str, Any], ...] = read_table(Path(__file__).parent / "profiles.yml")["profiles"]
    return rows
