# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts ``services``: the services that WSUS needs, and the processes that read most settings only at their start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .context import Context
from .raw import (
    ErrorInfo,
    as_int,
    as_list,
    as_mapping,
    as_text,
    format_time,
    malformed,
    read_error,
    read_service,
    read_time,
)

NAMES = ("WsusService", "W3SVC", "WAS", "wuauserv", "BITS")
START_MODES = {2: "automatic", 3: "manual", 4: "disabled"}
"""SERVICE_AUTO_START, SERVICE_DEMAND_START, SERVICE_DISABLED (winnt.h); 0 and 1 are for drivers."""


@dataclass(frozen=True)
class Process:
    """A running process; ``started`` UTC, ``app_pool`` None where it is no worker process or can't be told."""

    name: str
    process_id: int | None
    started: datetime | None
    app_pool: str | None

    def as_fact(self) -> dict[str, Any]:
        """The facts' shape."""
        return {
            "name": self.name,
            "process_id": self.process_id,
            "started": format_time(self.started),
            "app_pool": self.app_pool,
        }


def read_processes(raw: Mapping[str, object]) -> list[Process] | ErrorInfo:
    """The processes of the raw subset ``services``. An entry without a name may be any: it makes the list an error."""
    found = raw.get("processes")
    error = read_error(found)
    items = as_list(found)
    if error is not None or items is None:
        return error or malformed("processes is not a list")
    processes = []
    for item in items:
        entry = as_mapping(item)
        name = as_text(entry.get("name"), 260) if entry is not None else None
        if entry is None or not name:
            return malformed("a process has no name")
        processes.append(
            Process(
                name,
                as_int(entry.get("process_id"), 0, 2**32 - 1),
                read_time(entry.get("started")),
                as_text(entry.get("app_pool"), 260) or None,
            )
        )
    return processes


def _service(raw: object, name: str) -> dict[str, Any]:
    """One service; all null where it could not be read."""
    service = read_service(raw, name)
    return {
        "exists": service.exists,
        "state": service.state,
        "start_mode": None if service.start is None else START_MODES.get(service.start),
        "account": service.account,
    }


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """Facts of the subset."""
    del ctx
    services = as_mapping(raw.get("services")) or {}
    processes = read_processes(raw)
    return {
        **{name: _service(services.get(name), name) for name in NAMES},
        "processes": processes.as_fact()
        if isinstance(processes, ErrorInfo)
        else [process.as_fact() for process in processes],
    }
