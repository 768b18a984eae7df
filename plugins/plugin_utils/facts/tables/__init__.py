# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of Windows, Microsoft's endpoints and updates, as data: one YAML file each, with a source in every row.

The schemas in ``schemas/`` say what the members mean; tests check every table against its schema.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...table import read_table

_FOLDER = Path(__file__).parent


def load_table(name: str) -> Any:
    """The table ``<name>.yml`` beside this file, read once and read-only (mappings and tuples)."""
    if not name.isidentifier():
        raise ValueError(f"not the name of a table: {name!r}")
    return read_table(_FOLDER / f"{name}.yml")
