# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parts of stored documents, for reports: what has another shape than it should have is empty, and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, (dict, Mapping)) else {}


def records(value: object) -> list[Mapping[str, Any]]:
    """The mappings in a list; none where it is no list."""
    # A dict is told without asking its abstract class.
    return [one for one in value if isinstance(one, (dict, Mapping))] if isinstance(value, list) else []
