# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each way of reading a host has read, in one form, ``(place, name, value)``, to hold one against the other.

Compared are registry values, properties of the WSUS API, packages, services and the content of w3wp.exe.config. What is
left out (``NOT_COMPARED``) each of them reads in a form of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Setting = tuple[str, str, str]

SCHANNEL = r"hklm\system\currentcontrolset\control\securityproviders\schannel"
API_PARTS = ("server", "configuration", "subscription", "last_synchronization")
NOT_COMPARED = "times of keys and files, processes, the start of Windows, policy files and RSOP, the environment"


def place(path: str) -> str:
    """One spelling of a key's path: the drive HKLM: and the provider's own are HKLM."""
    text = path.rpartition("::")[2].lower()
    return text.replace("hkey_local_machine", "hklm").replace("hklm:", "hklm").rstrip("\\")


def text_of(data: Any) -> str:
    """Binary values are hex, or lists of numbers, in decimal or as 0x..."""
    if isinstance(data, list) and data and all(isinstance(item, int) for item in data):
        return bytes(data).hex()
    if isinstance(data, list):
        return "".join(item[2:] if str(item).startswith("0x") else f"{item}\n" for item in map(str, data)).strip()
    return str(data).strip().lower()


def values_of(path: str, values: dict[str, Any]) -> Iterator[Setting]:
    """The values of one key, in any of the three ways' forms; what is there without data has none of them."""
    for name, value in values.items():
        data = next((value[form] for form in ("raw_value", "data", "value") if value.get(form) is not None), None)
        if data is not None:
            yield place(path), name.lower(), text_of(data)


def api_of(parts: dict[str, Any]) -> Iterator[Setting]:
    for part in API_PARTS:
        for name, value in (parts.get(part) or {}).items():
            if value is not None:
                yield f"api {part}", name.lower(), text_of(value)


def keys_of(raw: Any) -> Iterator[Setting]:
    """The values of all KEY shapes of the collector's answer."""
    if isinstance(raw, dict):
        if "path" in raw and raw.get("values"):
            yield from values_of(raw["path"], raw["values"])
        for value in raw.values():
            yield from keys_of(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from keys_of(value)


def of_collector(raw: Any) -> set[Setting]:
    """What any other way must have read as well."""
    packages = [*raw["updates"]["packages"]["rollups"], *raw["updates"]["packages"]["kbs"]]
    services = {**raw["services"]["services"], **raw["configmgr"]["services"]}
    found = set(keys_of(raw)) | set(api_of(raw["wsus"]["api"]))
    found |= {("package", one["name"].lower(), text_of(one["state"])) for one in packages}
    found |= {("service", name.lower(), "") for name, one in services.items() if one["exists"]}
    if raw["w3wp"]["config"]["content"]:
        found.add(("file", "w3wp.exe.config", text_of(raw["w3wp"]["config"]["content"])))
    return found


def others_of(outputs: list[Any], services: list[str], contents: list[Any]) -> Iterator[Setting]:
    """What the scripts of both playbooks put out, and what they do by other means."""
    for output in outputs:
        if isinstance(output, dict) and "configuration" in output:
            yield from api_of(output)
        elif isinstance(output, dict) and str(output.get("name", "")).startswith("Package_"):
            yield "package", output["name"].lower(), text_of(output["state"])
    yield from (("service", name.lower(), "") for name in services)
    yield from (("file", "w3wp.exe.config", text_of(one["content"])) for one in contents)


def of_script(outputs: list[Any]) -> set[Setting]:
    """What script_audit.ps1 puts out."""
    first = next(one for one in outputs if isinstance(one, dict) and "keys" in one)
    found = {setting for key in first["keys"] for setting in values_of(key["path"], key.get("values") or {})}
    return found | set(others_of(outputs, [one["name"] for one in first["services"]], first["files"]))


def of_playbook(kept: dict[str, Any]) -> set[Setting]:
    """What stock_audit.yml has registered."""
    paths = {
        "keys": lambda item: item,
        "protocols": lambda item: "\\".join([SCHANNEL, "Protocols", *item]),
        "algorithms": lambda item: f"{SCHANNEL}\\{item}",
    }
    found: set[Setting] = set()
    for register, path in paths.items():
        for one in kept[register]["results"]:
            found |= set(values_of(path(one["item"]), one.get("properties") or {}))
    services = [service["name"] for one in kept["services"]["results"] for service in one["services"]]
    outputs = [one for part in ("packages", "wsus", "system") for one in kept[part]]
    return found | set(others_of(outputs, services, kept["contents"]["results"]))
