# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Ansible modules that a simulated host can run. All of them only read."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from . import collector, connection, logs
from .state import State, Value
from .times import format_time

Result = dict[str, Any]
OLDEST_POWERSHELL = (5, 1)
_VARIABLE = re.compile(r"%([^%]+)%")
_REGISTRY_PATH = re.compile(r"HK(?:CC|CR|CU|LM|U):\\", re.IGNORECASE)
_CHECKSUMS = ("md5", "sha1", "sha256", "sha384", "sha512")
_STATES = {"Running": "started"}
_START_MODES = {0: "boot", 1: "system", 2: "auto", 3: "manual", 4: "disabled"}
# Names that mean a module of ansible.windows on a Windows host.
_SHORT = re.compile(r"(?:ansible\.(?:windows|builtin|legacy)\.)?(\w+)\Z")


class ModuleFailure(Exception):
    """A module that ends with FailJson."""


def full_name(name: str) -> str:
    """The name under which a module is known here, such as ansible.windows.win_ping for ping."""
    if name in MODULES:
        return name
    match = _SHORT.match(name)
    short = match[1] if match else ""
    for candidate in (f"ansible.windows.{short}", f"ansible.windows.win_{short}"):
        if candidate in MODULES:
            return candidate
    return name


def run(name: str, state: State, options: Mapping[str, Any]) -> Result:
    """The JSON result of a module; `name` as full_name gives it."""
    try:
        result = MODULES[name](state, options)
    except ModuleFailure as failure:
        result = {"failed": True, "msg": str(failure)}
    return {"changed": False, **result, "invocation": {"module_args": dict(options)}}


def to_json(result: Result) -> bytes:
    """A result as a module prints it."""
    return json.dumps(result, ensure_ascii=True).encode("ascii") + b"\r\n"


def require_powershell(state: State) -> None:
    """Fail where Windows PowerShell is too old for the collection's programs."""
    version = state.environment.powershell_version
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_POWERSHELL:
        raise ModuleFailure(f"powershell_too_old: Windows PowerShell 5.1 (WMF 5.1) is needed, this host has {version}.")


def refuse_unknown(name: str, options: Mapping[str, Any], known: Sequence[str]) -> None:
    """Fail where an option is not one of the module's."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ModuleFailure(
            f"Unsupported parameters for ({name}) module: {', '.join(unknown)}. "
            f"Supported parameters include: {', '.join(known)}"
        )


def items(value: object) -> list[Any]:
    """An option that is a list; None is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ModuleFailure(f"a list was expected, got {type(value).__name__}")
    return value


def truth(value: object) -> bool:
    """An option that is true or false, in the words that Ansible takes."""
    return value is True or str(value).lower() in ("true", "yes", "on", "1", "y", "t")


def _wsus_facts(state: State, options: Mapping[str, Any]) -> Result:
    require_powershell(state)
    refuse_unknown("wsus.compliance.wsus_facts", options, ["gather_subset"])
    subsets = _list(options.get("gather_subset"), ["all"])
    choices = ["all", *collector.SUBSETS]
    wrong = [item for item in subsets if item not in choices]
    if wrong:
        raise ModuleFailure(
            f"value of gather_subset must be one or more of: {', '.join(choices)}. Got no match for: {', '.join(wrong)}"
        )
    return {
        "contract": state.contract,
        "collected_at": format_time(datetime.now(timezone.utc)),
        "raw": collector.collect(state, subsets),
    }


def _wsus_logs(state: State, options: Mapping[str, Any]) -> Result:
    require_powershell(state)
    refuse_unknown(logs.NAME, options, logs.OPTIONS)
    return {
        "contract": state.contract,
        "collected_at": format_time(datetime.now(timezone.utc)),
        **logs.answer(state, options),
    }


def _wsus_connection(state: State, options: Mapping[str, Any]) -> Result:
    name = "wsus.compliance.wsus_connection"
    require_powershell(state)
    default = ["default", "TLS 1.0", "TLS 1.1", "TLS 1.2"]
    known: Result = {"port": 443, "proxy_from": "wsus", "proxy_name": None, "proxy_port": None, "timeout": 10}
    refuse_unknown(name, options, ["target", "protocols", *known])
    given = {**known, **{one: value for one, value in options.items() if value is not None}}
    given["target"] = _first(options, "target")
    given["protocols"] = _list(options.get("protocols"), default)
    wrong = [item for item in given["protocols"] if item not in connection.PROTOCOLS]
    if wrong or given["proxy_from"] not in ("wsus", "given", "none"):
        raise ModuleFailure(f"value of protocols or proxy_from is none of its choices: {', '.join(wrong)}")
    if given["proxy_from"] == "given" and None in (given["proxy_name"], given["proxy_port"]):
        raise ModuleFailure("proxy_from is given but all of the following are missing: proxy_name, proxy_port")
    return {
        "contract": state.contract,
        "collected_at": format_time(datetime.now(timezone.utc)),
        "raw": connection.raw(state, given),
    }


def _list(value: object, default: list[str]) -> list[str]:
    """A list option as Ansible takes it: null is the default, text is split at commas."""
    if value is None:
        return default
    if isinstance(value, str):
        return [item.strip() for item in value.split(",")]
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _win_ping(state: State, options: Mapping[str, Any]) -> Result:
    data = options.get("data", "pong")
    if data == "crash":
        raise ModuleFailure("Unhandled exception while executing module: boom")
    return {"ping": data}


def _win_reg_stat(state: State, options: Mapping[str, Any]) -> Result:
    path = _first(options, "path", "key")
    if not _REGISTRY_PATH.match(path):
        raise ModuleFailure(f"path: {path} is not a valid registry path, see module documentation for examples.")
    key = state.registry.find(path.replace(":", "", 1).rstrip("\\"))
    name = next((options[alias] for alias in ("name", "entry", "value") if options.get(alias) is not None), None)
    if key and key.problem:
        raise ModuleFailure(f"Unhandled exception while executing module: {key.problem.message}")
    if name is None:
        if key is None:
            return {"exists": False}
        return {
            "exists": True,
            "properties": {value.name: _property(state, value) for value in key.values.values()},
            "sub_keys": [child.name for child in state.registry.children(key.path)],
        }
    found = key.value(str(name)) if key else None
    return {"exists": True, **_property(state, found)} if found else {"exists": False}


def _property(state: State, value: Value) -> Result:
    if value.problem:
        raise ModuleFailure(f"Unhandled exception while executing module: {value.problem.message}")
    data: Any = value.data
    if value.type in ("REG_BINARY", "REG_NONE"):
        octets = list(bytes.fromhex(str(data)))
        return {"type": value.type, "value": octets, "raw_value": [f"0x{octet:02x}" for octet in octets]}
    expanded = expand(state, data) if value.type == "REG_EXPAND_SZ" else data
    return {"type": value.type, "value": expanded, "raw_value": data}


def expand(state: State, text: str) -> str:
    """The text with the environment's variables in place."""
    env = state.environment
    known = {
        "systemroot": env.system_root,
        "windir": env.system_root,
        "systemdrive": env.system_drive,
        "programfiles": env.program_files,
        "programdata": env.program_data,
        "computername": env.machine_name,
    }
    return _VARIABLE.sub(lambda match: known.get(match[1].lower()) or match[0], text)


def _win_stat(state: State, options: Mapping[str, Any]) -> Result:
    path = expand(state, _first(options, "path", "dest", "name")).rstrip("\\")
    found = state.file(path)
    if found and found.problem:
        raise ModuleFailure(f"Unhandled exception while executing module: {found.problem.message}")
    stat: Result = {"exists": False}
    if found:
        algorithm = str(options.get("checksum_algorithm") or "sha1")
        if algorithm not in _CHECKSUMS:
            raise ModuleFailure(
                f"value of checksum_algorithm must be one of: {', '.join(_CHECKSUMS)}. Got no match for: {algorithm}"
            )
        written = found.last_write.timestamp()
        stat = {
            **_stat_base(found.path),
            "isreg": True,
            "isdir": False,
            "attributes": "Archive",
            "isarchive": True,
            "extension": "." + found.path.rpartition(".")[2],
            "creationtime": written,
            "lastaccesstime": written,
            "lastwritetime": written,
        }
        if options.get("get_size", True):
            stat["size"] = found.size
        if options.get("get_checksum", True):
            stat["checksum"] = hashlib.new(algorithm, found.read(), usedforsecurity=False).hexdigest()
    elif state.is_folder(path):
        stat = {**_stat_base(path), "isreg": False, "isdir": True, "attributes": "Directory", "isarchive": False}
    return {"stat": stat}


def _stat_base(path: str) -> Result:
    flags = ("ishidden", "isjunction", "islnk", "isreadonly", "isshared")
    return {
        "exists": True,
        "path": path,
        "filename": path.rpartition("\\")[2],
        "nlink": 1,
        "hlnk_targets": [],
        "owner": "NT AUTHORITY\\SYSTEM",
        **dict.fromkeys(flags, False),
    }


def _slurp(state: State, options: Mapping[str, Any]) -> Result:
    path = expand(state, _first(options, "src", "path"))
    found = state.file(path)
    if found is None:
        kind = "is a directory" if state.is_folder(path) else "is not found"
        raise ModuleFailure(f"Path {path} {kind}")
    if found.problem:
        raise ModuleFailure(f"Unhandled exception while executing module: {found.problem.message}")
    return {"content": base64.b64encode(found.read()).decode("ascii"), "encoding": "base64"}


def _win_service_info(state: State, options: Mapping[str, Any]) -> Result:
    name = options.get("name")
    pattern = re.compile(_wildcard(str(name)), re.IGNORECASE) if name else None
    services = [
        {
            "name": service.name,
            "display_name": service.name,
            "state": _STATES.get(service.state) or re.sub(r"(?<!^)(?=[A-Z])", "_", service.state).lower(),
            "start_mode": "delayed" if service.delayed and service.start == 2 else _START_MODES.get(service.start),
            "username": service.account,
        }
        for service in state.services.values()
        if not service.problem and (pattern is None or pattern.match(service.name))
    ]
    return {"exists": bool(services), "services": services}


def _setup(state: State, options: Mapping[str, Any]) -> Result:
    """Enough for plays that gather facts; `gather_subset` and `filter` are read past."""
    shape = collector.collect(state, ["os"])["os"]
    version = {} if "error" in shape else shape["current_version"].get("values", {})
    env, build = state.environment, version.get("CurrentBuild", {}).get("data")
    return {
        "ansible_facts": {
            "ansible_os_family": "Windows",
            "ansible_system": "Win32NT",
            "ansible_distribution": version.get("ProductName", {}).get("data"),
            "ansible_kernel": build,
            "ansible_hostname": env.machine_name,
            "ansible_nodename": env.machine_name,
            "ansible_architecture": "64-bit" if env.is_64bit_operating_system else "32-bit",
            "ansible_powershell_version": int(env.powershell_version.partition(".")[0]),
            "ansible_windows_domain": None,
        }
    }


def _wildcard(text: str) -> str:
    return re.escape(text).replace(r"\*", ".*").replace(r"\?", ".") + r"\Z"


def _first(options: Mapping[str, Any], *names: str) -> str:
    for name in names:
        if options.get(name) is not None:
            return str(options[name])
    raise ModuleFailure(f"missing required arguments: {names[0]}")


MODULES: dict[str, Callable[[State, Mapping[str, Any]], Result]] = {
    "wsus.compliance.wsus_connection": _wsus_connection,
    "wsus.compliance.wsus_facts": _wsus_facts,
    logs.NAME: _wsus_logs,
    "ansible.windows.win_ping": _win_ping,
    "ansible.windows.win_reg_stat": _win_reg_stat,
    "ansible.windows.win_stat": _win_stat,
    "ansible.windows.win_service_info": _win_service_info,
    "ansible.windows.slurp": _slurp,
    "ansible.windows.setup": _setup,
}
