# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collector's subset `policy`: what Group Policy and its preferences say about the keys that count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .shapes import MAX_MESSAGE, Shape, error, key
from .state import PolicyFile, Problem, State
from .times import format_time

MAX_SETTINGS = 2000
_INTERNET_SETTINGS = "microsoft\\windows\\currentversion\\internet settings\\winhttp"
_RELEVANT = (
    "software\\policies\\microsoft\\cryptography\\configuration\\ssl\\00010002",
    "system\\currentcontrolset\\control\\securityproviders\\schannel",
    "system\\currentcontrolset\\control\\cryptography\\configuration\\local\\ssl\\00010002",
    "software\\microsoft\\.netframework",
    "software\\wow6432node\\microsoft\\.netframework",
    "software\\" + _INTERNET_SETTINGS,
    "software\\wow6432node\\" + _INTERNET_SETTINGS,
)
# Of Lsa only FIPS counts.
_LSA = "system\\currentcontrolset\\control\\lsa"
_HIVES = ("hkey_local_machine\\", "hklm\\", "machine\\")


def subset(state: State) -> Shape:
    """The subset as the contract has it."""
    policy = state.policy
    return {
        "rsop": error(policy.rsop_problem) if policy.rsop_problem else _rsop(policy.settings, policy.gpos),
        "rsop_logging": key(state.registry, "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System", ["RSoPLogging"]),
        "preferences": _preferences(state),
        "registry_pol": {"local": _local(state), "domain": _domain(state)},
    }


def relevant(path: str, value_name: str) -> bool:
    """Whether the contract lets a policy's value be named."""
    low = path.lower().strip("\\")
    for hive in _HIVES:
        low = low.removeprefix(hive)
    if low.startswith(_LSA):
        below = low[len(_LSA) :]
        if not below:
            # A Registry.pol that deletes a value names it **del.NAME.
            return value_name.lower().removeprefix("**del.") == "fipsalgorithmpolicy"
        return f"{below}\\".startswith("\\fipsalgorithmpolicy\\")
    return low.startswith(_RELEVANT)


def _rsop(settings: Iterable[dict[str, Any]], gpos: Iterable[dict[str, Any]]) -> Shape:
    found = [
        {
            "key": item["key"],
            "value_name": item["value_name"],
            "value_type": item.get("value_type", 1),
            "deleted": item.get("deleted", False),
            "precedence": item.get("precedence", 1),
            "gpo_id": item.get("gpo_id", ""),
        }
        for item in settings
        if relevant(item["key"], item["value_name"])
    ]
    return {"settings": found[:MAX_SETTINGS], "gpos": [dict(gpo) for gpo in gpos]}


def _preferences(state: State) -> Shape:
    folder = f"{state.environment.program_data}\\Microsoft\\Group Policy\\History"

    def content(item: PolicyFile) -> Shape:
        names = ("uid", "hive", "key", "name", "type", "action")
        found = [entry for entry in item.entries if relevant(entry["key"], entry["name"])]
        return {"items": [{name: entry.get(name) for name in names} for entry in found]}

    files = state.policy.preferences
    if isinstance(files, Problem):
        return {"path": folder, **error(files)}
    return {
        "path": folder,
        "exists": files is not None,
        "files": [_policy_file(f"{folder}\\{item.path}", item, content(item)) for item in files or []],
    }


def _local(state: State) -> Shape:
    path = f"{state.environment.system_root}\\System32\\GroupPolicy\\Machine\\Registry.pol"
    item = state.policy.local_pol
    if item is None:
        return {"path": path, "exists": False, "last_write": None, "entries": []}
    return _policy_file(path, item, _entries(item))


def _domain(state: State) -> Shape:
    folder = f"{state.environment.system_root}\\System32\\GroupPolicy\\DataStore"
    files = state.policy.domain_pol
    if isinstance(files, Problem):
        return {"path": folder, **error(files)}
    return {
        "path": folder,
        "exists": files is not None,
        "files": [_policy_file(f"{folder}\\{item.path}", item, _entries(item)) for item in files or []],
    }


def _entries(item: PolicyFile) -> Shape:
    names = ("key", "value_name", "type")
    found = [entry for entry in item.entries if relevant(entry["key"], entry["value_name"])]
    return {"exists": True, "entries": [{name: entry[name] for name in names} for entry in found]}


def _policy_file(path: str, item: PolicyFile, content: Shape) -> Shape:
    if item.problem:
        return {"path": path, **error(Problem(item.problem.code, item.problem.message[:MAX_MESSAGE]))}
    head = {"path": path}
    if "exists" in content:
        head["exists"] = content.pop("exists")
    return {**head, "last_write": format_time(item.last_write), **content}
