# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""States of targets as a host tells them: STATE, FILE STATE, the WSUS configuration, a package; by type and size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..facts.raw import CONTENT_LIMIT, as_int, as_mapping, as_text, read_value

REGISTRY_VALUE, FILE, WSUS_CONFIGURATION, PACKAGE = "registry_value", "file", "wsus_configuration", "package"
KINDS = (REGISTRY_VALUE, FILE, WSUS_CONFIGURATION, PACKAGE)
OPERATION_ID = re.compile(r"[A-Za-z0-9._-]{1,80}")
JOURNAL_ID = re.compile(r"[0-9]{8}T[0-9]{9}Z-[0-9a-f]{8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_URL_LIMIT = 2_048


def read_state(kind: object, obj: object) -> dict[str, Any] | None:
    """The state of a target of this kind in its plain form, without the content of a file; None where it is none."""
    state = as_mapping(obj)
    if state is None:
        return None
    if kind == WSUS_CONFIGURATION:
        return _configuration(state)
    if kind == PACKAGE:
        return {"installed": state["installed"]} if isinstance(state.get("installed"), bool) else None
    if state.get("exists") is False:
        return {"exists": False}
    if state.get("exists") is not True:
        return None
    if kind == FILE:
        return _file(state)
    return _registry(state) if kind == REGISTRY_VALUE else None


def _configuration(state: Mapping[str, object]) -> dict[str, Any] | None:
    members: dict[str, Any] = {}
    if "MUUrl" in state:
        members["MUUrl"] = as_text(state["MUUrl"], _URL_LIMIT)
    if "RedirectorChangeNumber" in state:
        members["RedirectorChangeNumber"] = as_int(state["RedirectorChangeNumber"], -(2**63), 2**63 - 1)
    return None if not members or None in members.values() else members


def _file(state: Mapping[str, object]) -> dict[str, Any] | None:
    digits, size = as_text(state.get("sha256"), 65), as_int(state.get("size"), 0, CONTENT_LIMIT)
    if digits is None or size is None or not _SHA256.fullmatch(digits.lower()):
        return None
    return {"exists": True, "sha256": digits.lower(), "size": size}


def _registry(state: Mapping[str, object]) -> dict[str, Any] | None:
    value = read_value(state, "", "")
    if value.error is not None:
        return None
    data = list(value.data) if isinstance(value.data, tuple) else value.data
    return {"exists": True, "type": value.type, "data": data}
