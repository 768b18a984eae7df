# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of Windows, Microsoft's endpoints and updates, as data: one YAML file each, with a source in every row.

The schemas in ``schemas/`` say what the members mean; tests check every table against its schema.
"""

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
def load_table(name: str) -> Any:
    """The table ``<name>.yml`` beside this file, read once and read-only (mappings and tuples)."""
    if not name.isidentifier():
        raise ValueError(f"not the name of a table: {name!r}")
    with Path(__file__).with_name(f"{name}.yml").open("rb") as stream:
        return _frozen(yaml.load(stream, Loader=_LOADER))
