# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts ``configmgr``: whether a Configuration Manager site server or software update point uses this WSUS (issue 4).

Which component runs where: "Log files for Configuration Manager" (MicrosoftDocs/memdocs): WSUSCtrl.log
(SMS_WSUS_CONTROL_MANAGER) on the software update point, wsyncmgr.log and WCM.log on the site server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .context import Context
from .raw import (
    FileEntry,
    RegistryKey,
    as_list,
    as_mapping,
    as_text,
    format_time,
    read_file,
    read_key,
    read_service,
    text,
)

SMS = r"HKLM\SOFTWARE\Microsoft\SMS"
COMPONENTS = ("SMS_WSUS_CONTROL_MANAGER", "SMS_WSUS_CONFIGURATION_MANAGER", "SMS_WSUS_SYNC_MANAGER")
SITE_SERVER_SERVICE = "SMS_SITE_COMPONENT_MANAGER"
SERVICES = ("SMS_EXECUTIVE", SITE_SERVER_SERVICE)
LOG_ROLES = {"wsyncmgr.log": "site_server", "wcm.log": "site_server", "wsusctrl.log": "software_update_point"}
USING_LOGS = ("wsyncmgr.log", "wsusctrl.log")
"""Logs that are written only where WSUS is used; WCM.log is written by every site."""
LOG_LIMIT = 100
RESERVATION = "a log alone proves only that Configuration Manager is or was here"


@dataclass
class _Evidence:
    """What was found. ``certain``: roles by registry and services. ``unreadable``: what could not be looked at."""

    certain: set[str] = field(default_factory=set)
    by_log: set[str] = field(default_factory=set)
    present: bool = False
    control_manager: bool = False
    using_log: bool = False
    unreadable: bool = False
    texts: list[str] = field(default_factory=list)


def _looked_at(found: _Evidence, exists: bool | None, what: str) -> bool:
    """Whether the thing is there; what could not be read is noted."""
    if exists is None:
        found.unreadable = True
        found.texts.append(f"{what} could not be read")
    return exists is True


def _same_host(site_server: str, machine: str) -> bool:
    return site_server.split(".")[0].strip("\\ ").casefold() == machine.split(".")[0].casefold()


def _registry(found: _Evidence, setup: RegistryKey, identification: RegistryKey, machine: str | None) -> None:
    """The keys of a site. Site systems have ``Identification`` too: there its "Site Server" names another host."""
    if _looked_at(found, setup.exists, setup.path):
        found.present = True
        found.certain.add("site_server")
        found.texts.append(f"registry key {setup.path} exists")
    if _looked_at(found, identification.exists, identification.path):
        found.present = True
        site_server = text(identification.value("Site Server"))
        if site_server and machine and not _same_host(site_server, machine):
            found.texts.append(f"registry key {identification.path} exists, its site server is {site_server[:256]}")
        else:
            found.certain.add("site_server")
            found.texts.append(f"registry key {identification.path} exists")


def _components(found: _Evidence, raw: object) -> None:
    components = as_mapping(raw) or {}
    for name in COMPONENTS:
        key = read_key(components.get(name), f"{SMS}\\Operations Management\\Components\\{name}")
        if _looked_at(found, key.exists, key.path):
            found.present = True
            found.texts.append(f"registry key {key.path} exists")
            if name == "SMS_WSUS_CONTROL_MANAGER":
                found.control_manager = True
                found.certain.add("software_update_point")


def _services(found: _Evidence, raw: object) -> None:
    services = as_mapping(raw) or {}
    for name in SERVICES:
        if _looked_at(found, read_service(services.get(name), name).exists, f"service {name}"):
            found.present = True
            found.texts.append(f"service {name} exists")
            if name == SITE_SERVER_SERVICE:
                found.certain.add("site_server")


def _logs(found: _Evidence, raw: object) -> list[FileEntry]:
    """The log files that exist."""
    items = as_list(raw, LOG_LIMIT)
    if items is None:
        found.unreadable = True
        found.texts.append("the folders of logs could not be read")
    files = []
    for item in items or []:
        file = read_file(item)
        if not _looked_at(found, file.exists, f"log {file.path}"):
            continue
        files.append(file)
        name = file.path.replace("/", "\\").rpartition("\\")[2].casefold()
        if name in LOG_ROLES:
            found.by_log.add(LOG_ROLES[name])
        found.using_log |= name in USING_LOGS
        last = format_time(file.last_write)
        found.texts.append(f"log {file.path} exists" + (f", last written {last}" if last else ""))
    return files


def _verdict(found: _Evidence) -> tuple[bool | None, bool | None]:
    """(present, uses_wsus). False only where everything could be read and nothing was found."""
    something = found.present or found.using_log
    none_at_all = not found.unreadable and not found.by_log
    present = True if something else False if none_at_all else None
    if found.control_manager or found.using_log:
        return present, True
    # A software update point has its control manager on the WSUS host: a site without one there uses another WSUS.
    return present, False if none_at_all else None


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """Facts of the subset."""
    setup = read_key(raw.get("setup"), f"{SMS}\\Setup")
    identification = read_key(raw.get("identification"), f"{SMS}\\Identification")
    environment = as_mapping((ctx.subset("os") or {}).get("environment")) or {}
    found = _Evidence()
    _registry(found, setup, identification, as_text(environment.get("machine_name"), 256) or None)
    _components(found, raw.get("components"))
    _services(found, raw.get("services"))
    logs = _logs(found, raw.get("logs"))
    present, uses = _verdict(found)
    roles = found.certain
    if found.by_log and (found.by_log - found.certain or (found.using_log and not found.control_manager)):
        found.texts.append(RESERVATION)
    if found.using_log:
        roles = roles | found.by_log
    return {
        "present": present,
        "roles": [role for role in ("site_server", "software_update_point") if role in roles],
        "uses_wsus": uses,
        "site_code": text(identification.value("Site Code")),
        "version": text(setup.value("Full Version")),
        "evidence": found.texts,
        "logs": [{"path": file.path, "last_write": format_time(file.last_write)} for file in logs],
    }
