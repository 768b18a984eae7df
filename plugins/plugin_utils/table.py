# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the tables of this collection: YAML data files with a source in every row and a schema each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _frozen(node: Any) -> Any:
    """``node`` with mappings and lists made read-only: a table is shared by all callers."""
    if isinstance(node, dict):
        return MappingProxyType({key: _frozen(item) for key, item in node.items()})
    if isinstance(node, list):
        return tuple(_frozen(item) for item in node)
    return node


@cache
def read_table(path: Path) -> Any:
    """The table in the file, read once and read-only (mappings and tuples)."""
    with path.open("rb") as stream:
        return _frozen(yaml.load(stream, Loader=_LOADER))
