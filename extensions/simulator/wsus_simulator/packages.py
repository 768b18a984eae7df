# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Updates of Windows: their copies on the host, their installation, and what a restart of Windows makes of it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import journal
from .machine import Machine, WriteError
from .modules import ModuleFailure, Result
from .shapes import Shape, error
from .state import Key, Problem, State, Value
from .winrm import Outcome

PACKAGES = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.(msu|cab)\Z", re.IGNORECASE)
_KB = re.compile(r"KB[0-9]{1,9}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_ROLLUP = re.compile(r"Package_for_RollupFix~[^~]*~[^~]*~[^~]*~(\d+)\.(\d+)\.")
PENDING, INSTALLED, PERMANENT = 0x60, 0x70, 0x80


def folder(state: State) -> str:
    """The folder of the copies."""
    return journal.folder(state).rpartition("\\")[0] + "\\package"


@dataclass(frozen=True)
class Package:
    """The package of an operation; `path` is None where there is no copy."""

    name: str
    path: str | None
    kb: str
    build: int
    number: int
    sha256: str
    size: int

    @classmethod
    def of(cls, state: State, operation: Mapping[str, Any]) -> Package:
        """As the operation has it; ModuleFailure where it is malformed."""
        name, path = str(operation.get("name", "")), operation.get("path")
        numbers = [operation.get(member) for member in ("build", "number", "size")]
        kb, digits = str(operation.get("kb", "")), str(operation.get("sha256", "")).lower()
        right = _NAME.match(name) and _KB.match(kb) and _SHA256.match(digits)
        if not right or not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
            raise ModuleFailure(f"operation {operation.get('id')}: it is no package")
        if path is not None and str(path).lower() != f"{folder(state)}\\{name}".lower():
            raise ModuleFailure(f"operation {operation.get('id')}: its path is not that of a copy")
        build, number, size = (int(str(one)) for one in numbers)
        return cls(name, None if path is None else str(path), kb, build, number, digits, size)

    def read(self, state: State) -> Shape:
        """Whether it, or a later one, is installed or is going to be."""
        root = state.registry.find(PACKAGES)
        if root is None or root.problem:
            return error((root.problem if root else None) or Problem("unreadable", f"There is no {PACKAGES}."))
        for key in state.registry.children(PACKAGES):
            match = _ROLLUP.match(key.name)
            right = match and int(match[1]) == self.build and int(match[2]) >= self.number
            if right or key.name.lower().startswith(f"package_for_{self.kb}~".lower()):
                value = key.value("CurrentState")
                if value and value.data in (PENDING, INSTALLED, PERMANENT):
                    return {"installed": True}
        return {"installed": False}

    def hindrance(self, state: State) -> Shape | None:
        """ERROR where there is no copy, or it is not the file of the controller."""
        found = state.file(self.path) if self.path else None
        if found is None:
            return error(Problem("not_found", f"There is no copy of {self.name}."))
        content = found.read()
        if len(content) != self.size or hashlib.sha256(content).hexdigest() != self.sha256:
            return error(Problem("package_corrupt", f"{self.path} is another file."))
        return None

    def install(self, machine: Machine) -> None:
        """Windows has it from now on, and installs it when it restarts."""
        with machine.lock:
            if machine.refusal(PACKAGES) is not None:
                raise WriteError("install_failed", "dism.exe ended with exit code -2146498530 (0x800f081e)")
            state, now = machine.state, machine.clock()
            path = f"{PACKAGES}\\Package_for_RollupFix~31bf3856ad364e35~amd64~~{self.build}.{self.number}.1.1"
            key = Key(path, now, {"currentstate": Value("CurrentState", "REG_DWORD", PENDING)})
            machine.change(registry=state.registry.changed([key]))


def installed_by_restart(machine: Machine) -> None:
    """What waits for a restart of Windows is installed by it."""
    state = machine.state
    changed = [
        Key(key.path, key.last_write, {**key.values, "currentstate": Value("CurrentState", "REG_DWORD", INSTALLED)})
        for key in state.registry.children(PACKAGES)
        if (value := key.value("CurrentState")) and value.data == PENDING
    ]
    if changed:
        machine.change(registry=state.registry.changed(changed))


# -- the copy ----------------------------------------------------------------------------------------------------------
def stage(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    """The answer to stage_package without its head."""
    state = machine.state
    name = options.get("package_name")
    if name and not _NAME.match(str(name)):
        raise ModuleFailure("package_name is no name of an .msu or .cab")
    if why := journal.distrust(state):
        return {"changed": False, "path": None, **error(Problem("journal_untrusted", why))}
    try:
        machine.check_writable(folder(state))
    except WriteError as refused:
        return {"changed": False, "path": None, **error(Problem(refused.code, refused.message))}
    clear(machine)
    return {"changed": bool(name), "path": f"{folder(state)}\\{name}" if name else None, "error": None}


def clear(machine: Machine) -> None:
    """No copies are left."""
    prefix = folder(machine.state).lower() + "\\"
    for file in [file for name, file in machine.state.files.items() if name.startswith(prefix)]:
        machine.write_file(file.path, None)


def is_copy(state: State, arguments: Mapping[str, Any]) -> bool:
    """Whether it is to become the copy of a package: no other file is taken."""
    place, _sep, name = str(arguments.get("Path", "")).rpartition("\\")
    return place.lower() == folder(state).lower() and bool(_NAME.match(name))


def receive(machine: Machine, arguments: Mapping[str, Any], stdin: bytes) -> Outcome:
    """What ansible's winrm_put_file.ps1 does: lines of base64 behind its own input."""
    content = bytearray()
    try:
        for line in stdin.rpartition(b"\0\0\0\0\n")[2].split():
            content += base64.b64decode(line, validate=True)
    except binascii.Error:
        return Outcome(b"", b"The input is not a valid Base-64 string.", 1)
    path = str(arguments["Path"])
    try:
        machine.check_writable(path)
    except WriteError as refused:
        return Outcome(b"", refused.message.encode(), 1)
    machine.write_file(path, bytes(content))
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    machine.on_write({"kind": "copy", "name": "winrm_put_file", "check_mode": False, "written": [path]})
    return Outcome(json.dumps({"sha1": digest}).encode())
