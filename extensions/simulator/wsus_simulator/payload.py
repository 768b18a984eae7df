# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a client asks a host to run: decode the command line and the standard input that ansible sends.

Two generations are known. Up to ansible-core 2.18 the input is the text of exec_wrapper.ps1, four zero bytes and one
JSON manifest; since 2.19 it is two JSON documents, the bootstrap's and the manifest, with four zero bytes between.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_SEPARATOR = b"\0\0\0\0"
_ENCODED = re.compile(r"-enc\w*\s+(\S+)", re.IGNORECASE)
_SUFFIX = re.compile(r"\.ps1\Z", re.IGNORECASE)
MAX_SHOWN = 400


@dataclass(frozen=True)
class Work:
    """One thing to run. `kind`: module; helper (a script of ansible's own, such as winrm_put_file); or command."""

    kind: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    check_mode: bool = False


def decode(command: str, stdin: bytes) -> Work:
    """Return what `command` with `stdin` asks for. It never fails: what is not understood is a command."""
    head, found, rest = stdin.partition(_SEPARATOR)
    if found:
        manifest = _json(rest.split(_SEPARATOR, 1)[0])
        if isinstance(manifest, dict):
            work = _new_form(manifest) if head.lstrip().startswith(b"{") else _old_form(manifest)
            if work:
                return work
    return Work("command", readable(command))


def script(command: str) -> str:
    """The command line, or the script that it holds encoded; twice, where ansible-core 2.16 runs one of win_reboot."""
    for _time in range(2):
        match = _ENCODED.search(command)
        if match is None:
            break
        try:
            command = base64.b64decode(match[1], validate=True).decode("utf-16-le")
        except (binascii.Error, ValueError):
            break
    return command


def readable(command: str) -> str:
    """The command line with an encoded script decoded, cut to a length fit for a message."""
    command = " ".join(script(command).split())
    return command if len(command) <= MAX_SHOWN else command[: MAX_SHOWN - 3] + "..."


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _old_form(manifest: dict[str, Any]) -> Work | None:
    arguments, actions = manifest.get("module_args"), manifest.get("actions")
    if not isinstance(arguments, dict):
        return None
    # A module run by another wrapper (async_wrapper) returns something else than the module's result.
    wrappers = [str(name) for name in actions] if isinstance(actions, list) else []
    if "async_wrapper" in wrappers:
        return Work("helper", "async_wrapper")
    return _module(str(arguments.get("_ansible_module_name", "")), arguments)


def _new_form(manifest: dict[str, Any]) -> Work | None:
    actions = manifest.get("actions")
    if not isinstance(actions, list) or not actions or not all(isinstance(action, dict) for action in actions):
        return None
    names = [str(action.get("name", "")) for action in actions]
    if names[-1] != "module_wrapper.ps1":
        params = actions[-1].get("params")
        return Work("helper", _SUFFIX.sub("", names[-1]), params if isinstance(params, dict) else {})
    if "async_wrapper.ps1" in names:
        return Work("helper", "async_wrapper")
    params = actions[-1].get("params")
    if not isinstance(params, dict):
        return None
    arguments: dict[str, Any] = {}
    variables = params.get("Variables")
    for variable in variables if isinstance(variables, list) else []:
        if (
            isinstance(variable, dict)
            and variable.get("Name") == "complex_args"
            and isinstance(variable.get("Value"), dict)
        ):
            arguments = variable["Value"]
    name = arguments.get("_ansible_module_name") or _SUFFIX.sub("", str(params.get("Script", "")))
    return _module(str(name), arguments)


def _module(name: str, arguments: dict[str, Any]) -> Work:
    options = {key: value for key, value in arguments.items() if not key.startswith("_ansible_")}
    return Work("module", name, options, bool(arguments.get("_ansible_check_mode")))
