# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The restarts that a list of operations calls for."""

from __future__ import annotations

from collections.abc import Iterable

from ..facts.restart_table import CONFIGURATION, PACKAGE, RESTARTS, Need, restarts_of
from .model import PACKAGE as PACKAGE_KIND
from .model import REGISTRY_VALUE, WSUS_CONFIGURATION, Operation, Restart


def needs(operation: Operation) -> list[Need]:
    """What one operation calls for."""
    if operation.kind == WSUS_CONFIGURATION:
        return restarts_of(CONFIGURATION)
    if operation.kind == PACKAGE_KIND:
        return restarts_of(PACKAGE)
    names = [str(operation.name)] if operation.kind == REGISTRY_VALUE else None
    return restarts_of(str(operation.path), names)


def restarts_for(operations: Iterable[Operation]) -> tuple[Restart, ...]:
    """Each restart once, in the order in which they are done; one that any operation requires is required."""
    found: dict[str, list[tuple[Need, str]]] = {}
    for operation in operations:
        for need in needs(operation):
            found.setdefault(need.what, []).append((need, operation.id))
    restarts = []
    for what in RESTARTS:
        asked = found.get(what, [])
        required = [item for item in asked if item[0].need == "required"]
        if asked:
            reasons = dict.fromkeys(need.reason for need, _id in required or asked)
            ids = tuple(identity for _need, identity in required or asked)
            restarts.append(Restart(what, "required" if required else "recommended", "; ".join(reasons), ids))
    return tuple(restarts)
