# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts ``wsus``: the role, where the server synchronizes from, and how its last synchronization ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..redact import mask_user_info, redact
from .context import Context
from .raw import (
    ErrorInfo,
    RegistryKey,
    as_bool,
    as_int,
    as_mapping,
    as_text,
    dword,
    format_time,
    malformed,
    read_error,
    read_key,
    read_time,
    text,
)
from .tables import load_table

SETUP = r"HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup"
ROLE_SERVICES = (
    "UpdateServices-Services",
    "UpdateServices-UI",
    "UpdateServices-WidDatabase",
    "UpdateServices-Database",
)
API_GROUPS = ("server", "configuration", "subscription", "last_synchronization")
WAYS = ("assembly", "module")
NAME_LIMIT = 1_024
ERROR_TEXT_LIMIT = 4_000
"""Contract: ErrorText."""

# WID is reached by its pipe name: MICROSOFT##WID since 2012, MICROSOFT##SSEE of WSUS 3.0.
_WID = re.compile(r"##(?:WID|SSEE)", re.IGNORECASE)
_URL = re.compile(r"\s*https?://([^/?#\\]*)(?:[/?#\\].*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Group:
    """One group of the API's properties: typed readers, None for what is missing, in error or of another type."""

    members: Mapping[str, object]

    def text(self, name: str, limit: int = NAME_LIMIT) -> str | None:
        """Text, cut at ``limit`` characters."""
        return as_text(self.members.get(name), limit)

    def flag(self, name: str) -> bool | None:
        """The facts' TRI."""
        return as_bool(self.members.get(name))

    def port(self, name: str) -> int | None:
        """A TCP port."""
        return as_int(self.members.get(name), 0, 65_535)

    def number(self, name: str) -> int | None:
        """A signed 64-bit number (RedirectorChangeNumber is a bigint in SUSDB)."""
        return as_int(self.members.get(name), -(2**63), 2**63 - 1)

    def time(self, name: str) -> str | None:
        """A TIME, None if it is none."""
        return format_time(read_time(self.members.get(name)))

    def prose(self, name: str, limit: int) -> str | None:
        """A message, without the passwords it may quote. The collector cuts it too, perhaps within one."""
        found = self.text(name, limit)
        return None if found is None else redact(found, limit=limit - 1)

    def address(self, name: str) -> str | None:
        """A host name that may carry user info."""
        found = self.text(name)
        return None if found is None else mask_user_info(found)


def _groups(api: Mapping[str, object]) -> dict[str, Group]:
    """The groups by name; one that is missing or in error is empty."""
    groups = {}
    for name in API_GROUPS:
        found = as_mapping(api.get(name))
        groups[name] = Group({} if found is None or "error" in found else found)
    return groups


def _first_error(api: Mapping[str, object]) -> ErrorInfo | None:
    """The first thing that the API would not tell, named in the message."""
    for name in API_GROUPS:
        found = api.get(name)
        error = read_error(found)
        if error is not None:
            return ErrorInfo(error.code, f"{name}: {error.message}")
        for member, value in (as_mapping(found) or {}).items():
            error = read_error(value)
            if error is not None:
                return ErrorInfo(error.code, f"{name}.{as_text(member, 100)}: {error.message}")
    return None


def _api(raw: object) -> tuple[dict[str, Any], dict[str, Group]]:
    """(the facts' ``api``, the groups): not reached where the whole of it is an error."""
    error = read_error(raw)
    api = as_mapping(raw)
    if error is None and (api is None or not any(name in api for name in API_GROUPS)):
        error = malformed("api is neither an error nor an answer of the API")
    if error is not None or api is None:
        return {"reached": False, "by": None, **(error or malformed("")).as_fact()}, _groups({})
    first = _first_error(api)
    way = as_text(api.get("reached_by"), 20)
    return {
        "reached": True,
        "by": way if way in WAYS else None,
        "error": None if first is None else first.as_fact()["error"],
    }, _groups(api)


def host_of(url: str) -> str | None:
    """The host of an http(s) URL in lower case, without user info, port and trailing dot; None if there is none."""
    match = _URL.fullmatch(url)
    if match is None:
        return None
    host = re.sub(r":[0-9]*\Z", "", match.group(1).strip().rpartition("@")[2])
    return host.lower().removesuffix(".") or None


def _endpoint(configuration: Group) -> dict[str, Any]:
    """Where a topmost server synchronizes from, by the host alone: the stored value may end in ``/v6`` (KB 4482416)."""
    url = configuration.text("MUUrl", 2_048)
    host = None if url is None else host_of(url)
    return {
        "mu_url": None if url is None else mask_user_info(url),
        "host": host,
        "kind": None if url is None else endpoint_kind(url),
        "redirector_change_number": configuration.number("RedirectorChangeNumber"),
    }


def endpoint_kind(url: str) -> str:
    """``sws``, ``sws1``, ``fe2`` or ``other``. The current one serves https on its standard port only; path and case do
    not matter.
    """
    kinds = {row["host"]: str(row["kind"]) for row in load_table("endpoints")["endpoints"]}
    by_host = kinds.get(host_of(url) or "", "other")
    try:
        parts = urlsplit(url.strip())
        standard = parts.scheme.lower() == "https" and parts.port in (None, 443)
    except ValueError:
        standard = False
    return by_host if standard or by_host != "sws" else "other"


def _hierarchy(configuration: Group) -> dict[str, Any]:
    from_microsoft = configuration.flag("SyncFromMicrosoftUpdate")
    upstream = {
        "name": configuration.address("UpstreamWsusServerName"),
        "port": configuration.port("UpstreamWsusServerPortNumber"),
        "ssl": configuration.flag("UpstreamWsusServerUseSsl"),
    }
    return {
        "position": None if from_microsoft is None else "topmost" if from_microsoft else "downstream",
        "replica": configuration.flag("IsReplicaServer"),
        # A topmost server may still hold the name of a former upstream server: it has none.
        "upstream": upstream if from_microsoft is False else None,
    }


def _proxy(configuration: Group) -> dict[str, Any]:
    user, domain = configuration.text("ProxyUserName"), configuration.text("ProxyUserDomain")
    return {
        "used": configuration.flag("UseProxy"),
        "name": configuration.address("ProxyName"),
        "port": configuration.port("ProxyServerPort"),
        "user": f"{domain}\\{user}" if user and domain else user,
        "has_password": configuration.flag("HasProxyPassword"),
        "ssl_separate": configuration.flag("UseSeparateProxyForSsl"),
        "ssl_name": configuration.address("SslProxyName"),
        "ssl_port": configuration.port("SslProxyServerPort"),
    }


def _synchronization(subscription: Group, last: Group) -> dict[str, Any]:
    ended = {
        "id": last.text("Id"),
        "started": last.time("StartTime"),
        "ended": last.time("EndTime"),
        "result": last.text("Result"),
        "error": last.text("Error"),
        "error_text": last.prose("ErrorText", ERROR_TEXT_LIMIT),
        "manual": last.flag("StartedManually"),
    }
    return {
        "status": subscription.text("Status"),
        "automatic": subscription.flag("SynchronizeAutomatically"),
        "last": ended if last.members else None,
    }


def _role_services(raw: object) -> tuple[list[str], bool]:
    """(names of the role services that are there, whether the list is sure). 0 = removed."""
    key = read_key(raw, f"{SETUP}\\Installed Role Services")
    values = {name: key.value(name) for name in ROLE_SERVICES}
    names = [name for name, value in values.items() if value.exists and dword(value) != 0]
    return names, all(value.error is None for value in values.values())


def _installed(setup: RegistryKey, services: list[str], sure: bool) -> bool | None:
    """Whether this host is a WSUS server; the console alone (UpdateServices-UI) makes none."""
    if setup.exists is not True:
        return setup.exists
    if [name for name in services if name != "UpdateServices-UI"] or text(setup.value("SqlServerName")):
        return True
    if setup.value("SqlServerName").error is not None or not sure or not services:
        return None
    return False


def _flag_of(number: int | None) -> bool | None:
    """A 0/1 DWORD as TRI."""
    return {0: False, 1: True}.get(number) if number is not None else None


def _role(raw: Mapping[str, object], server: Group) -> dict[str, Any]:
    """The role by its registry; where that is silent, by what the API says of the server."""
    setup = read_key(raw.get("setup"), SETUP)
    services, sure = _role_services(raw.get("role_services"))
    port = dword(setup.value("PortNumber"))
    ssl = _flag_of(dword(setup.value("UsingSSL")))
    database = text(setup.value("SqlServerName"))
    return {
        "installed": _installed(setup, services, sure),
        "services": services,
        "version": text(setup.value("VersionString")) or server.text("Version"),
        "port": server.port("PortNumber") if port is None or port > 65_535 else port,
        "ssl": server.flag("UseSecureConnection") if ssl is None else ssl,
        "certificate_name": text(setup.value("ServerCertificateName")),
        "database": {
            "kind": None if not database else "WID" if _WID.search(database) else "SQL Server",
            "server": database,
            "name": text(setup.value("SqlDatabaseName")),
        },
        "content_dir": text(setup.value("ContentDir")),
        "target_dir": text(setup.value("TargetDir")),
    }


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """Facts of the subset."""
    del ctx
    api, groups = _api(raw.get("api"))
    configuration = groups["configuration"]
    return {
        "role": _role(raw, groups["server"]),
        "api": api,
        "endpoint": _endpoint(configuration),
        "hierarchy": _hierarchy(configuration),
        "proxy": _proxy(configuration),
        "synchronization": _synchronization(groups["subscription"], groups["last_synchronization"]),
        "log": {"path": configuration.text("LogFilePath"), "level": configuration.text("LogLevel")},
        "server_id": configuration.text("ServerId"),
        "last_config_change": configuration.time("LastConfigChange"),
    }
