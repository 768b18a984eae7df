# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers the module wsus.compliance.wsus_facts as docs/reference/collector.md says, from a host's state."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from . import journal, policy
from .shapes import Shape, error, file, key, service, tree
from .state import Problem, State
from .times import format_time

CV = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
CCS = "HKLM\\SYSTEM\\CurrentControlSet"
SETUP = "HKLM\\SOFTWARE\\Microsoft\\Update Services\\Server\\Setup"
SMS = "HKLM\\SOFTWARE\\Microsoft\\SMS"
MAX_PACKAGES = 2000
MAX_ERROR_TEXT = 4000
MAX_CONFIG = 1 << 20
_VIEWS = {"native": "HKLM\\SOFTWARE", "wow6432": "HKLM\\SOFTWARE\\Wow6432Node"}
_KB = re.compile(r"Package_for_KB[0-9]+~")
_ROLLUP = "Package_for_RollupFix~"

_MEMBERS = {
    "server": ("Name", "Version", "PortNumber", "UseSecureConnection", "IsConnectionSecureForApiRemoting"),
    "configuration": (
        "MUUrl",
        "RedirectorChangeNumber",
        "SyncFromMicrosoftUpdate",
        "IsReplicaServer",
        "UpstreamWsusServerName",
        "UpstreamWsusServerPortNumber",
        "UpstreamWsusServerUseSsl",
        "UseProxy",
        "ProxyName",
        "ProxyServerPort",
        "ProxyUserName",
        "ProxyUserDomain",
        "HasProxyPassword",
        "AnonymousProxyAccess",
        "AllowProxyCredentialsOverNonSsl",
        "UseSeparateProxyForSsl",
        "SslProxyName",
        "SslProxyServerPort",
        "ServerId",
        "OobeInitialized",
        "LogFilePath",
        "LogLevel",
        "LastConfigChange",
    ),
    "subscription": ("SynchronizeAutomatically", "Status"),
    "last_synchronization": ("Id", "StartTime", "EndTime", "Result", "Error", "ErrorText", "StartedManually"),
}


def collect(state: State, subsets: list[str]) -> Shape:
    """The member `raw` of the module's result: the subsets asked for, in the contract's order."""
    wanted = set(SUBSETS) if "all" in subsets else set(subsets)
    raw: Shape = {}
    for name, read in SUBSETS.items():
        if name in wanted:
            problem = state.subset_problems.get(name)
            raw[name] = error(problem) if problem else read(state)
    return raw


def _os(state: State) -> Shape:
    version = (
        "ProductName",
        "CurrentVersion",
        "CurrentMajorVersionNumber",
        "CurrentMinorVersionNumber",
        "CurrentBuild",
        "CurrentBuildNumber",
        "UBR",
        "EditionID",
        "InstallationType",
        "ReleaseId",
        "DisplayVersion",
    )
    env = state.environment
    return {
        "current_version": key(state.registry, "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", version),
        "product_options": key(state.registry, f"{CCS}\\Control\\ProductOptions", ["ProductType"]),
        "tcpip": key(state.registry, f"{CCS}\\Services\\Tcpip\\Parameters", ["Domain", "NV Domain"]),
        "environment": {
            "machine_name": env.machine_name,
            "is_64bit_operating_system": env.is_64bit_operating_system,
            "is_64bit_process": env.is_64bit_process,
            "powershell_version": env.powershell_version,
            "powershell_edition": env.powershell_edition,
            "ui_culture": env.ui_culture,
            "system_root": env.system_root,
            "program_files": env.program_files,
            "program_data": env.program_data,
        },
    }


def _updates(state: State) -> Shape:
    path = f"{CV}\\Component Based Servicing\\Packages"
    shape = key(state.registry, path, None)
    if "error" in shape:
        return {"packages": shape}
    found: dict[str, list[Shape]] = {"rollups": [], "kbs": []}
    truncated = False
    for child in sorted(state.registry.children(path), key=lambda child: child.name):
        if child.name.startswith(_ROLLUP):
            kind = found["rollups"]
        elif _KB.match(child.name):
            kind = found["kbs"]
        else:
            continue
        value = None if child.problem else child.value("CurrentState")
        number = value.data if value and not value.problem and value.type == "REG_DWORD" else None
        if len(kind) < MAX_PACKAGES:
            kind.append({"name": child.name, "state": number})
        else:
            truncated = True
    return {"packages": {**shape, **found, "truncated": truncated}}


def _schannel(state: State) -> Shape:
    root, registry = f"{CCS}\\Control\\SecurityProviders\\SCHANNEL", state.registry
    sizes = ["Enabled", "ClientMinKeyBitLength", "ClientMaxKeyBitLength", "ServerMinKeyBitLength"]
    return {
        "root": key(registry, root, ["EventLogging"]),
        "protocols": tree(registry, f"{root}\\Protocols", ["Enabled", "DisabledByDefault"], depth=2),
        "ciphers": tree(registry, f"{root}\\Ciphers", ["Enabled"]),
        "hashes": tree(registry, f"{root}\\Hashes", ["Enabled"]),
        "key_exchange_algorithms": tree(registry, f"{root}\\KeyExchangeAlgorithms", sizes),
        "fips": key(registry, f"{CCS}\\Control\\Lsa\\FipsAlgorithmPolicy", ["Enabled"]),
        "fips_legacy": key(registry, f"{CCS}\\Control\\Lsa", ["FIPSAlgorithmPolicy"]),
    }


def _dotnet(state: State) -> Shape:
    registry, shape = state.registry, {}
    crypto = ["SystemDefaultTlsVersions", "SchUseStrongCrypto"]
    switches = [
        "Switch.System.Net.DontEnableSystemDefaultTlsVersions",
        "Switch.System.Net.DontEnableSchUseStrongCrypto",
    ]
    for view, root in _VIEWS.items():
        framework = f"{root}\\Microsoft\\.NETFramework"
        shape[f"{view}_v4"] = key(registry, f"{framework}\\v4.0.30319", crypto)
        shape[f"{view}_v2"] = key(registry, f"{framework}\\v2.0.50727", crypto)
        shape[f"app_context_{view}"] = key(registry, f"{framework}\\AppContext", switches)
    ndp = "HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP"
    shape["ndp_v4"] = key(registry, f"{ndp}\\v4\\Full", ["Install", "Release", "Version"])
    shape["ndp_v35"] = key(registry, f"{ndp}\\v3.5", ["Install", "SP", "Version"])
    return shape


def _ciphers(state: State) -> Shape:
    tail, names = "Cryptography\\Configuration", ["Functions", "EccCurves"]
    return {
        "policy": key(state.registry, f"HKLM\\SOFTWARE\\Policies\\Microsoft\\{tail}\\SSL\\00010002", names),
        "local": key(state.registry, f"{CCS}\\Control\\{tail}\\Local\\SSL\\00010002", names),
    }


def _winhttp(state: State) -> Shape:
    shape: Shape = {}
    for view, root in _VIEWS.items():
        settings = f"{root}\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"
        shape[view] = key(state.registry, f"{settings}\\WinHttp", ["DefaultSecureProtocols"])
        shape[f"connections_{view}"] = key(state.registry, f"{settings}\\Connections", ["WinHttpSettings"])
    return shape


def _w3wp(state: State) -> Shape:
    return {
        "config": file(state, f"{state.environment.system_root}\\System32\\inetsrv\\w3wp.exe.config", MAX_CONFIG),
        "inetstp": key(state.registry, "HKLM\\SOFTWARE\\Microsoft\\InetStp", ["MajorVersion", "MinorVersion"]),
    }


def _wsus(state: State) -> Shape:
    setup = (
        "ContentDir",
        "TargetDir",
        "PortNumber",
        "UsingSSL",
        "ServerCertificateName",
        "SqlServerName",
        "SqlDatabaseName",
        "VersionString",
        "IISTargetWebSiteIndex",
    )
    roles = ["UpdateServices-Services", "UpdateServices-UI", "UpdateServices-WidDatabase", "UpdateServices-Database"]
    return {
        "setup": key(state.registry, SETUP, setup),
        "role_services": key(state.registry, f"{SETUP}\\Installed Role Services", roles),
        "api": _api(state),
    }


def _api(state: State) -> Shape:
    if state.registry.find(SETUP) is None:
        return error(Problem("role_absent", "the WSUS role is not installed"))
    api = state.wsus_api
    if isinstance(api, Problem):
        return error(api)
    if api is None:
        return error(Problem("api_unavailable", "The WSUS administration API is not installed."))
    shape: Shape = {"reached_by": api["reached_by"]}
    for part, names in _MEMBERS.items():
        members = api.get(part, {})
        if part == "server" and not isinstance(members, Problem):
            members = {"Name": state.environment.machine_name, **members}
        shape[part] = error(members) if isinstance(members, Problem) else _members(members, names)
    return shape


def _members(members: Mapping[str, Any], names: tuple[str, ...]) -> Shape:
    shape: Shape = {}
    for name in names:
        value = members.get(name, Problem("unreadable", f"The property '{name}' cannot be found on this object."))
        if name == "ErrorText" and isinstance(value, str):
            value = value[:MAX_ERROR_TEXT]
        shape[name] = error(value) if isinstance(value, Problem) else value
    return shape


def _configmgr(state: State) -> Shape:
    components = ("SMS_WSUS_CONTROL_MANAGER", "SMS_WSUS_CONFIGURATION_MANAGER", "SMS_WSUS_SYNC_MANAGER")
    services = ("SMS_EXECUTIVE", "SMS_SITE_COMPONENT_MANAGER")
    root = f"{SMS}\\Operations Management\\Components"
    return {
        "setup": key(state.registry, f"{SMS}\\Setup", ["Full Version", "Installation Directory", "Type"]),
        "identification": key(state.registry, f"{SMS}\\Identification", ["Site Code", "Site Server"]),
        "components": {name: key(state.registry, f"{root}\\{name}", None) for name in components},
        "services": {name: service(state.service(name), name) for name in services},
        "logs": _configmgr_logs(state),
    }


def _configmgr_logs(state: State) -> list[Shape]:
    env = state.environment
    folders = [
        f"{env.program_files}\\Microsoft Configuration Manager\\Logs",
        f"{env.program_files}\\SMS_CCM\\Logs",
        f"{env.system_drive}\\SMS\\Logs",
    ]
    setup = state.registry.find(f"{SMS}\\Setup")
    where = setup.value("Installation Directory") if setup and not setup.problem else None
    if where and isinstance(where.data, str) and where.data:
        folder = where.data.rstrip("\\") + "\\Logs"
        if folder.lower() not in {known.lower() for known in folders}:
            folders.append(folder)
    paths = [f"{folder}\\{name}" for folder in folders for name in ("wsyncmgr.log", "WCM.log", "WSUSCtrl.log")]
    return [file(state, path) for path in paths if state.file(path)]


def _services(state: State) -> Shape:
    names = ("WsusService", "W3SVC", "WAS", "wuauserv", "BITS")
    shown = ("w3wp.exe", "wsusservice.exe")
    processes: object
    if isinstance(state.processes, Problem):
        processes = error(state.processes)
    else:
        processes = [
            {
                "name": process.name,
                "process_id": process.process_id,
                "started": format_time(process.started) if process.started else None,
                "app_pool": process.app_pool,
            }
            for process in state.processes
            if process.name.lower() in shown
        ]
    return {"services": {name: service(state.service(name), name) for name in names}, "processes": processes}


def _restart(state: State) -> Shape:
    manager = state.registry.find(f"{CCS}\\Control\\Session Manager")
    rename: object = bool(manager and manager.value("PendingFileRenameOperations"))
    if manager and manager.problem:
        rename = error(manager.problem)
    boot = state.boot_time
    return {
        "boot_time": error(boot) if isinstance(boot, Problem) else format_time(boot),
        "cbs_reboot_pending": key(state.registry, f"{CV}\\Component Based Servicing\\RebootPending", None),
        "windows_update_reboot_required": key(
            state.registry, f"{CV}\\WindowsUpdate\\Auto Update\\RebootRequired", None
        ),
        "pending_file_rename": rename,
    }


SUBSETS: dict[str, Callable[[State], Shape]] = {
    "os": _os,
    "updates": _updates,
    "schannel": _schannel,
    "dotnet": _dotnet,
    "ciphers": _ciphers,
    "winhttp": _winhttp,
    "w3wp": _w3wp,
    "wsus": _wsus,
    "configmgr": _configmgr,
    "services": _services,
    "policy": policy.subset,
    "restart": _restart,
    "journal": journal.subset,
}
