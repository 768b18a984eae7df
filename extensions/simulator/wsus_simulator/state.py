# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state of one simulated host at one moment. Nothing here changes after it was built.

A host that is written to gets another state: whoever reads one reads what was there at one time, and hosts of one file
share theirs until then.
"""

from __future__ import annotations

import bisect
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from .behaviour import Behaviour

MACHINE_GUID_KEY = "HKLM\\SOFTWARE\\Microsoft\\Cryptography"
RegistryData = str | int | list[str] | None  # text, number, list of text, hex text, nothing


@dataclass(frozen=True)
class Problem:
    """Why something can't be read: a code of the contract and a text."""

    code: str
    message: str


@dataclass(frozen=True)
class Value:
    """One registry value; `data` in the contract's form."""

    name: str
    type: str
    data: RegistryData
    problem: Problem | None = None


@dataclass(frozen=True)
class Key:
    """One registry key; `values` by lower-case name."""

    path: str
    last_write: datetime
    values: Mapping[str, Value] = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("\\")[2]

    def value(self, name: str) -> Value | None:
        """The value of that name, whatever its case."""
        return self.values.get(name.lower())


class Registry:
    """All keys of a host, found by path in any case. Parents of a key exist with it."""

    def __init__(self, keys: Mapping[str, Key], default_time: datetime) -> None:
        self._keys: dict[str, Key] = dict(keys)
        self._default_time = default_time
        for key in list(self._keys.values()):
            path = key.path
            while "\\" in path and (path := path.rpartition("\\")[0]).lower() not in self._keys:
                self._keys[path.lower()] = Key(path, default_time)
        # A key's children are neighbours when the paths are sorted with the separator before all else.
        self._order = sorted(self._keys, key=_tree_order)
        self._order_keys = [_tree_order(path) for path in self._order]

    def find(self, path: str) -> Key | None:
        """The key at `path`, or None."""
        return self._keys.get(path.lower())

    def children(self, path: str) -> Iterator[Key]:
        """The direct subkeys of `path` in the registry's order."""
        prefix = path.lower() + "\\"
        depth = prefix.count("\\")
        at = bisect.bisect_left(self._order_keys, _tree_order(prefix))
        while at < len(self._order) and self._order[at].startswith(prefix):
            if self._order[at].count("\\") == depth:
                yield self._keys[self._order[at]]
            at += 1

    def __iter__(self) -> Iterator[Key]:
        return (self._keys[path] for path in self._order)

    def changed(self, changes: Iterable[Key], removed: Iterable[str] = ()) -> Registry:
        """Another registry with these keys in place of those of the same path, and without the removed paths."""
        gone = {path.lower() for path in removed}
        keys = {**self._keys, **{key.path.lower(): key for key in changes}}
        return Registry({path: key for path, key in keys.items() if path not in gone}, self._default_time)


def _tree_order(path: str) -> str:
    return path.replace("\\", "\0")


@dataclass(frozen=True)
class File:
    """One file: its bytes, or only a size (then it reads as that many spaces)."""

    path: str
    last_write: datetime
    content: bytes | None = None
    size: int = 0
    problem: Problem | None = None

    def read(self) -> bytes:
        """The file's bytes."""
        return b" " * self.size if self.content is None else self.content


@dataclass(frozen=True)
class Service:
    """One service, in the words of the contract."""

    name: str
    state: str = "Running"
    start: int = 2
    account: str | None = "LocalSystem"
    delayed: bool | None = False
    problem: Problem | None = None


@dataclass(frozen=True)
class Process:
    """One process as CIM reports it."""

    name: str
    process_id: int
    started: datetime | None = None
    app_pool: str | None = None


@dataclass(frozen=True)
class Environment:
    """What a PowerShell process finds around it. Names of the machine that are None are made of the host's name."""

    machine_name: str | None = None
    is_64bit_operating_system: bool = True
    is_64bit_process: bool = True
    powershell_version: str = "5.1.0.0"
    powershell_edition: str = "Desktop"
    ui_culture: str = "en-US"
    system_root: str = "C:\\Windows"
    program_files: str = "C:\\Program Files"
    program_data: str = "C:\\ProgramData"
    machine_guid: str | None = None

    @property
    def system_drive(self) -> str:
        """The drive of the system root, such as C:"""
        return self.system_root[:2]


@dataclass(frozen=True)
class PolicyFile:
    """A Registry.pol or a preferences file, described by its entries."""

    path: str
    last_write: datetime
    entries: list[dict[str, Any]] = field(default_factory=list)
    problem: Problem | None = None


@dataclass(frozen=True)
class Policy:
    """Group Policy as the host has it. A Problem stands for the whole part."""

    settings: list[dict[str, Any]] = field(default_factory=list)
    gpos: list[dict[str, Any]] = field(default_factory=list)
    rsop_problem: Problem | None = None
    preferences: list[PolicyFile] | Problem | None = None
    local_pol: PolicyFile | None = None
    domain_pol: list[PolicyFile] | Problem | None = None


@dataclass(frozen=True)
class ConnectionFault:
    """How the connection to a host misbehaves; `at` and `code` are of the kinds that have them.

    `after` of these requests pass before it begins.
    """

    kind: str
    operations: frozenset[str]
    times: int | None = None
    seconds: float = 60.0
    after: int = 0
    at: str = "body"
    code: int = 0
    message: str = ""


@dataclass(frozen=True)
class Output:
    """What a module prints that no module would. `content` None: its own result, with `members` laid over it."""

    content: bytes | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    before: bytes = b""
    after: bytes = b""
    repeat: int = 1
    stderr: bytes = b""
    exit_code: int | None = None


@dataclass(frozen=True)
class State:
    """Everything that a simulated host answers from."""

    about: str
    registry: Registry
    files: Mapping[str, File]
    services: Mapping[str, Service]
    processes: list[Process] | Problem
    boot_time: datetime | Problem
    environment: Environment
    wsus_api: Mapping[str, Any] | Problem | None = None
    policy: Policy = field(default_factory=Policy)
    subset_problems: Mapping[str, Problem] = field(default_factory=dict)
    fault: ConnectionFault | None = None
    output: Output | None = None
    contract: int = 1
    behaviour: Behaviour = field(default_factory=Behaviour)

    def named(self, host: str) -> State:
        """This state with a machine name and GUID: the scenario's own, else such as are made of the host's name."""
        # NetBIOS names have no dot and at most 15 characters.
        name = self.environment.machine_name or host.partition(".")[0].upper()[:15]
        key = self.registry.find(MACHINE_GUID_KEY)
        value = key.value("MachineGuid") if key else None
        stored = str(value.data) if value and value.type == "REG_SZ" else None
        guid = self.environment.machine_guid or stored or str(uuid.uuid5(uuid.NAMESPACE_DNS, host.lower()))
        return replace(self, environment=replace(self.environment, machine_name=name, machine_guid=guid))

    def file(self, path: str) -> File | None:
        """The file at `path`, whatever its case."""
        return self.files.get(path.lower())

    def is_folder(self, path: str) -> bool:
        """Whether a file lies somewhere below `path`."""
        prefix = path.rstrip("\\").lower() + "\\"
        return any(name.startswith(prefix) for name in self.files)

    def service(self, name: str) -> Service | None:
        """The service of that name, whatever its case."""
        return self.services.get(name.lower())
