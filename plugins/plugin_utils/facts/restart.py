# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts ``restart``: what was changed after the process that must read it was started (table ``restarts.yml``).

By times alone, so these are findings and no orders: Group Policy may write a key anew with the same data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .context import Context
from .dotnet import APP_CONTEXT, KEYS
from .raw import ErrorInfo, RegistryKey, as_bool, format_time, read_key, read_time, read_tree
from .restart_table import matches
from .services import Process, read_processes
from .tables import load_table
from .w3wp import CONFIG_PATH, read_config

SERVICING_PENDING = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"
UPDATE_PENDING = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired"
SCHANNEL_PROTOCOLS = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
CIPHER_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
WSUS_POOL = "wsuspool"
"""IIS application pool of WSUS' web services, case-folded."""


@dataclass(frozen=True)
class Change:
    """Something that may have been changed. ``key``: its path as in the table; ``path``: as the host names it.

    ``names``: values that it holds. ``problem``: why nothing can be said of it; else ``changed`` None = no time.
    """

    key: str
    path: str
    names: frozenset[str] = frozenset()
    changed: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Reader:
    """Who must start anew. ``starts``: of its processes, None for no time; ``problem``: they are not known."""

    starts: tuple[datetime | None, ...] = ()
    problem: str | None = None

    @property
    def earliest(self) -> datetime | None:
        """The earliest known start."""
        return min((start for start in self.starts if start is not None), default=None)


def _of_key(key: RegistryKey, path: str) -> Change | None:
    """A registry key that the contract calls ``path``; None where it does not exist."""
    if key.error is not None:
        return Change(path, key.path, problem=f"could not be read ({key.error.code})")
    if not key.exists:
        return None
    if not key.values_read:
        return Change(path, key.path, problem="its values were not read")
    names = frozenset(name.casefold() for name, value in key.values.items() if value.exists or value.error is not None)
    return Change(path, key.path, names, key.last_write)


def _registry_changes(ctx: Context) -> Iterator[Change | None]:
    """Keys of the subsets dotnet, schannel and ciphers."""
    dotnet, schannel, ciphers = ctx.subset("dotnet"), ctx.subset("schannel"), ctx.subset("ciphers")
    if dotnet is None:
        yield Change(KEYS["native_v4"], KEYS["native_v4"], problem="the subset dotnet was not read")
        yield Change(APP_CONTEXT["native"], APP_CONTEXT["native"], problem="the subset dotnet was not read")
    else:
        yield _of_key(read_key(dotnet.get("native_v4"), KEYS["native_v4"]), KEYS["native_v4"])
        yield _of_key(read_key(dotnet.get("app_context_native"), APP_CONTEXT["native"]), APP_CONTEXT["native"])
    protocols = read_tree((schannel or {}).get("protocols"), SCHANNEL_PROTOCOLS)
    if schannel is None or protocols.error is not None or protocols.truncated:
        any_client = f"{SCHANNEL_PROTOCOLS}\\*\\Client"
        yield Change(any_client, any_client, problem="the SCHANNEL protocols were not read completely")
    for name in protocols.names():
        yield _of_key(protocols.tree(name).key("Client"), f"{SCHANNEL_PROTOCOLS}\\{name}\\Client")
    if ciphers is None:
        yield Change(CIPHER_POLICY, CIPHER_POLICY, problem="the subset ciphers was not read")
    else:
        yield _of_key(read_key(ciphers.get("policy"), CIPHER_POLICY), CIPHER_POLICY)


def _file_changes(ctx: Context) -> Iterator[Change | None]:
    """w3wp.exe.config. (MUUrl has no time of its own: LastConfigChange moves with any option of WSUS.)"""
    if ctx.subset("w3wp") is None:
        yield Change(CONFIG_PATH, CONFIG_PATH, problem="the subset w3wp was not read")
    else:
        file, config = read_config(ctx.subset("w3wp"))
        if file.error is not None:
            yield Change(CONFIG_PATH, file.path, problem=f"could not be read ({file.error.code})")
        elif file.exists:
            # A file that is there and not understood may hold the switches.
            names = frozenset(name.casefold() for name in config.switches) if config.state == "ok" else frozenset({"*"})
            yield Change(CONFIG_PATH, file.path, names, file.last_write)


def wsus_workers(processes: Sequence[Process]) -> list[Process]:
    """The worker processes of WSUS: those of WsusPool, else those whose pool is not known."""
    workers = [process for process in processes if process.name.casefold() == "w3wp.exe"]
    own = [process for process in workers if (process.app_pool or "").casefold() == WSUS_POOL]
    return own or [process for process in workers if process.app_pool is None]


def readers_of(raw: Mapping[str, object], ctx: Context) -> dict[str, Reader]:
    """Readers of the table by name. One that does not run reads everything at its start: nothing is pending for it."""
    boot = raw.get("boot_time")
    system = Reader((read_time(boot),), None if read_time(boot) else "the time of the last start is not known")
    services = ctx.subset("services")
    processes = ErrorInfo("not_collected") if services is None else read_processes(services)
    if isinstance(processes, ErrorInfo):
        unknown = Reader(problem="its processes are not known")
        return {"w3wp": unknown, "WsusService": unknown, "system": system}
    service = [process for process in processes if process.name.casefold() == "wsusservice.exe"]
    return {
        "w3wp": Reader(tuple(process.started for process in wsus_workers(processes))),
        "WsusService": Reader(tuple(process.started for process in service)),
        "system": system,
    }


def _compare(row: Mapping[str, Any], change: Change, reader: Reader) -> dict[str, Any] | str | None:
    """The pending entry; text where it can't be told; None where nothing is pending."""
    wanted = {name.casefold() for name in row["values"]}
    if change.problem is None and wanted and not change.names & (wanted | {"*"}):
        return None
    label = f"{row['what']} ({change.path}) and {row['reader']}"
    if reader.problem is None and not reader.starts:
        return None
    if change.problem is not None or reader.problem is not None:
        return f"{label}: {change.problem or reader.problem}"
    if change.changed is None:
        return f"{label}: the time of the change is not known"
    since = reader.earliest
    if since is not None and change.changed > since:
        return {
            "what": row["what"],
            "path": change.path,
            "changed": format_time(change.changed),
            "reader": row["reader"],
            "since": format_time(since),
            "needs": row["needs"],
        }
    # Of several processes one without a time may be the oldest.
    return f"{label}: the start of a process is not known" if None in reader.starts else None


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """Facts of the subset."""
    readers = readers_of(raw, ctx)
    changes = [change for change in (*_registry_changes(ctx), *_file_changes(ctx)) if change is not None]
    pending: list[dict[str, Any]] = []
    undetermined: list[str] = []
    for row in load_table("restarts")["restarts"]:
        for change in changes:
            if not matches(row["path"], change.key):
                continue
            result = _compare(row, change, readers[row["reader"]])
            if isinstance(result, str):
                undetermined.append(result)
            elif result is not None:
                pending.append(result)
    servicing = read_key(raw.get("cbs_reboot_pending"), SERVICING_PENDING)
    windows_update = read_key(raw.get("windows_update_reboot_required"), UPDATE_PENDING)
    return {
        "boot_time": format_time(read_time(raw.get("boot_time"))),
        "processes": {name: format_time(readers[name].earliest) for name in ("w3wp", "WsusService")},
        "os_pending": {
            "component_servicing": servicing.exists,
            "windows_update": windows_update.exists,
            "file_rename": as_bool(raw.get("pending_file_rename")),
        },
        "pending": pending,
        "undetermined": undetermined,
    }
