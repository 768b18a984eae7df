# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What operations are about: registry values, files, the configuration of WSUS. Read, compare, write."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .build import DATA_FORMS
from .machine import Machine, WriteError
from .modules import ModuleFailure, expand
from .packages import Package
from .shapes import Shape, error, too_big
from .state import Key, Problem, State, Value
from .times import format_time

MAX_CONTENT = 1 << 20
SAVING = "ProcessingSave"
SETUP = "HKLM\\SOFTWARE\\Microsoft\\Update Services\\Server\\Setup"
_ID = re.compile(r"[A-Za-z0-9._-]{1,80}\Z")
_KEY = re.compile(r"HKLM(\\[^\\]+)+\Z", re.IGNORECASE)
_FILE = re.compile(r"[A-Za-z]:(\\[^\\]+)+\Z")
_CONFIGURATION = {"MUUrl": str, "RedirectorChangeNumber": int}
_MEMBERS = {
    "registry_value": {"id", "kind", "path", "name", "before", "after", "remove_keys"},
    "file": {"id", "kind", "path", "before", "after"},
    "wsus_configuration": {"id", "kind", "before", "after"},
    "package": {"id", "kind", "path", "name", "kb", "build", "number", "sha256", "size", "before", "after"},
}


class Target:
    """The target of one operation. A malformed operation fails the module: nothing was compared yet."""

    def __init__(self, state: State, operation: Any) -> None:
        self.operation = operation if isinstance(operation, dict) else {}
        self.id = str(self.operation.get("id", ""))
        self.kind = str(self.operation.get("kind", ""))
        if not _ID.match(self.id):
            raise ModuleFailure(f"operation {self.id!r:.100}: an id is 1 to 80 characters of A-Z a-z 0-9 . _ -")
        if self.kind not in _MEMBERS:
            raise self._wrong(f"kind {self.kind!r:.100} is not known")
        if unknown := set(self.operation) - _MEMBERS[self.kind]:
            raise self._wrong(f"unknown members: {', '.join(sorted(map(str, unknown)))}")
        self.path = expand(state, str(self.operation.get("path") or ""))
        self.name = str(self.operation.get("name", ""))
        pattern = {"registry_value": _KEY, "file": _FILE}.get(self.kind)
        if pattern and not pattern.match(self.path):
            raise self._wrong(f"path {self.path!r:.200} is not one")
        self.remove_keys = [str(path) for path in self.operation.get("remove_keys") or []]
        if not all(_KEY.match(path) for path in self.remove_keys):
            raise self._wrong("remove_keys is not a list of keys")
        self.package = Package.of(state, self.operation) if self.kind == "package" else None
        self.before = self._wanted("before")
        self.after = self._wanted("after")
        self.content = self._content()

    def _wrong(self, text: str) -> ModuleFailure:
        return ModuleFailure(f"operation {self.id}: {text}")

    # -- what is wanted ----------------------------------------------------------------------------------------------
    def _wanted(self, which: str) -> Shape:
        given = self.operation.get(which)
        if not isinstance(given, dict):
            raise self._wrong(f"{which} is not a state")
        if self.kind == "wsus_configuration":
            other = self.operation.get("after")
            right = all(
                name in _CONFIGURATION and isinstance(value, _CONFIGURATION[name]) and not isinstance(value, bool)
                for name, value in given.items()
            )
            if not given or not right or not isinstance(other, dict) or set(other) != set(given):
                raise self._wrong(f"{which} is not a configuration, or has other members than after")
            return dict(given)
        if self.kind == "package":
            installed = given.get("installed")
            if not isinstance(installed, bool) or (which == "after" and not installed):
                raise self._wrong(f"{which} does not say that it is installed, or is not")
            return {"installed": installed}
        if given.get("exists") is False:
            return {"exists": False}
        if given.get("exists") is not True:
            raise self._wrong(f"{which} does not say whether it exists")
        if self.kind == "file":
            return {"exists": True, "sha256": str(given.get("sha256", "")).lower(), "size": given.get("size")}
        form = DATA_FORMS.get(str(given.get("type")))
        data = form.convert(given.get("data")) if form else None
        if data is None and (which == "after" or given.get("type") != "REG_UNKNOWN"):
            raise self._wrong(f"{which}: the data does not fit the type")
        return {"exists": True, "type": given["type"], "data": data}

    def _content(self) -> bytes | None:
        if self.kind != "file" or not self.after["exists"]:
            return None
        try:
            content = base64.b64decode(self.operation["after"].get("content") or "", validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise self._wrong("content is not base64") from None
        if len(content) > MAX_CONTENT or file_state(content) != self.after:
            raise self._wrong("content is too long, or not what sha256 and size say")
        return content

    def describe(self) -> Shape:
        """What identifies the target, for the list of what was written."""
        names = {"registry_value": ("path", "name"), "file": ("path",), "package": ("name", "kb")}.get(self.kind, ())
        return {"id": self.id, "kind": self.kind, **{name: self.operation[name] for name in names}}

    # -- what is there -----------------------------------------------------------------------------------------------
    def read(self, state: State) -> Shape:
        """STATE, or ERROR."""
        if self.kind == "registry_value":
            return _read_value(state, self.path, self.name)
        if self.kind == "file":
            return self._read_file(state)
        if self.package:
            return self.package.read(state)
        return _read_configuration(state, self.before)

    def _read_file(self, state: State) -> Shape:
        found = state.file(self.path)
        if found is None:
            if state.is_folder(self.path):
                return error(Problem("unreadable", f"{self.path} is a folder."))
            return {"exists": False}
        if found.problem is None and found.size > MAX_CONTENT:
            return error(too_big(f"The file {self.path}"))
        return error(found.problem) if found.problem else file_state(found.read())

    def hindrance(self, state: State, check_mode: bool) -> Shape | None:
        """ERROR where it is clear beforehand that it can't be written; in check mode a package has no copy yet."""
        if self.kind == "file" and self.after["exists"]:
            folder = self.path.rpartition("\\")[0]
            if not folder_exists(state, folder):
                return error(Problem("not_found", f"There is no folder {folder}."))
        return self.package.hindrance(state) if self.package and not check_mode else None

    def image(self, state: State) -> bytes | None:
        """The content of a file that is there, for the journal."""
        found = state.file(self.path) if self.kind == "file" else None
        return found.read() if found and not found.problem else None

    def missing_keys(self, state: State) -> list[str]:
        """The keys that a write makes, outermost first."""
        if self.kind != "registry_value" or not self.after["exists"]:
            return []
        parts = self.path.split("\\")
        paths = ["\\".join(parts[:count]) for count in range(2, len(parts) + 1)]
        return [path for path in paths if state.registry.find(path) is None]

    # -- the write ---------------------------------------------------------------------------------------------------
    def write(self, machine: Machine) -> None:
        """Make the target what is wanted; WriteError where the host refuses."""
        if self.kind == "wsus_configuration" and not configuration_is_saved(machine):
            raise WriteError("write_failed", "The server still saves an earlier change of its configuration.")
        if self.package:
            self.package.install(machine)
            return
        with machine.lock:
            place = "wsus" if self.kind == "wsus_configuration" else self.path
            machine.check_writable(place)
            if machine.refusal(place) == "reverts":
                return
            if self.kind == "registry_value":
                self._write_value(machine)
            elif self.kind == "file":
                machine.write_file(self.path, self.content)
            else:
                self._write_configuration(machine)

    def _write_value(self, machine: Machine) -> None:
        state, now = machine.state, machine.clock()
        key = state.registry.find(self.path)
        if key and key.problem:
            raise WriteError(key.problem.code, key.problem.message)
        changes = {path.lower(): Key(path, now) for path in self.missing_keys(state)}
        if changes:
            _touch(state, changes, next(iter(changes.values())).path, machine)
        if self.after["exists"]:
            key = key or changes[self.path.lower()]
            old = key.value(self.name)
            value = Value(old.name if old else self.name, self.after["type"], self.after["data"])
            changes[self.path.lower()] = replace(key, last_write=now, values={**key.values, self.name.lower(): value})
        elif key and key.value(self.name):
            left = {name: value for name, value in key.values.items() if name != self.name.lower()}
            changes[self.path.lower()] = replace(key, last_write=now, values=left)
        machine.change(registry=state.registry.changed(changes.values()))
        for path in self.remove_keys:
            _remove_empty_key(machine, path)

    def _write_configuration(self, machine: Machine) -> None:
        api = machine.state.wsus_api
        assert isinstance(api, Mapping)
        configuration = api["configuration"]
        if configuration.get("UseProxy") and not configuration.get("ProxyName"):
            # The API checks the whole of what it saves.
            raise WriteError(
                "write_failed", "The address of the proxy server cannot be empty. (WsusInvalidDataException)"
            )
        changed = {**configuration, **self.after, "LastConfigChange": format_time(machine.clock())}
        machine.change(wsus_api={**api, "configuration": changed})


def configuration_is_saved(machine: Machine) -> bool:
    """Wait until WSUS has saved an earlier change of its configuration; whether it has. Not with the lock held."""
    wait = machine.state.behaviour.timing.wait
    return machine.wait(wait, lambda: machine.state.behaviour.wsus.configuration_state != SAVING)


def same(one: Shape, other: Shape) -> bool:
    """Whether two states are one; ERROR is like nothing."""
    return "error" not in one and one == other


def file_state(content: bytes) -> Shape:
    """FILE STATE of these bytes."""
    return {"exists": True, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def folder_exists(state: State, path: str) -> bool:
    """Whether a folder is there: one with files in it, or one that Windows and IIS bring."""
    root = state.environment.system_root.lower()
    brought = {root, f"{root}\\system32"}
    if state.registry.find("HKLM\\SOFTWARE\\Microsoft\\InetStp"):
        brought.add(f"{root}\\system32\\inetsrv")
    return path.lower() in brought or state.is_folder(path)


def api_problem(state: State) -> Problem | None:
    """Why the WSUS API can't be used, if it can't."""
    if state.registry.find(SETUP) is None:
        return Problem("role_absent", "the WSUS role is not installed")
    if isinstance(state.wsus_api, Problem):
        return state.wsus_api
    if state.wsus_api is None:
        return Problem("api_unavailable", "The WSUS administration API is not installed.")
    return None


def _read_value(state: State, path: str, name: str) -> Shape:
    key = state.registry.find(path)
    if key and key.problem:
        return error(key.problem)
    value = key.value(name) if key else None
    if value is None:
        return {"exists": False}
    return error(value.problem) if value.problem else {"exists": True, "type": value.type, "data": value.data}


def _read_configuration(state: State, members: Mapping[str, Any]) -> Shape:
    problem = api_problem(state)
    configuration = None if problem or not isinstance(state.wsus_api, Mapping) else state.wsus_api.get("configuration")
    if problem or isinstance(configuration, Problem):
        return error(problem or configuration)  # type: ignore[arg-type]
    found: Shape = {}
    for name in members:
        value = (configuration or {}).get(name, Problem("not_found", f"The configuration has no property '{name}'."))
        if isinstance(value, Problem):
            return error(value)
        found[name] = value
    return found


def _touch(state: State, changes: dict[str, Key], made: str, machine: Machine) -> None:
    """A key gets a time when a subkey is made in it or removed from it."""
    parent = state.registry.find(made.rpartition("\\")[0])
    if parent and not parent.problem:
        changes.setdefault(parent.path.lower(), replace(parent, last_write=machine.clock()))


def _remove_empty_key(machine: Machine, path: str) -> None:
    state = machine.state
    key = state.registry.find(path)
    if key is None or key.values or key.problem or any(state.registry.children(path)):
        return
    changes: dict[str, Key] = {}
    _touch(state, changes, key.path, machine)
    machine.change(registry=state.registry.changed(changes.values(), [path]))
