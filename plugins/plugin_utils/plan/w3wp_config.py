# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution ``w3wp_config`` (method 2): the switch in w3wp.exe.config by which .NET lets Schannel choose."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ..assess.view import Facts, Undetermined
from ..facts.dotnet import DONT_SYSTEM_DEFAULT, SYSTEM_DEFAULT, SYSTEM_DEFAULT_BUILT_IN
from ..facts.raw import FileEntry, as_mapping, read_file
from ..facts.w3wp import CONFIG_PATH
from ..text import clean
from .app_config_edit import EditRefused, check_name, remove_switch, set_switch
from .draft import Draft, view
from .model import ABSENT, FILE, Operation, State
from .wording import file_text

NAME = "w3wp_config"
RULES = ("w3wp.app_context_switch", "import.tls12")
_OLD = ("TLS 1.0", "TLS 1.1")
_PATH = re.compile(
    r"(?:[A-Za-z]:|%SystemRoot%)\\(?:[^\\/:*?\"<>|\x00-\x1f]+\\)*[^\\/:*?\"<>|\x00-\x1f]+\.exe\.config", re.I
)


def check_path(path: str) -> str:
    """``path`` as an option. ValueError: it is no configuration file of a program on a local drive."""
    if len(path) > 260 or not _PATH.fullmatch(path) or ".." in path.split("\\"):
        raise ValueError("path must be an absolute path of a local drive that ends in .exe.config")
    return path


def file_state(content: bytes | None) -> State:
    """FILE STATE without content."""
    if content is None:
        return ABSENT
    return {"exists": True, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def file_operation(resolution: str, what: str, path: str, before: bytes | None, after: bytes | None) -> Operation:
    """The operation that replaces, makes or removes a file; the contents are known to the diff."""
    wanted = file_state(after)
    if after is not None:
        wanted = {**wanted, "content": base64.b64encode(after).decode("ascii")}
    contents = {hashlib.sha256(content).hexdigest(): content for content in (before, after) if content is not None}
    return Operation(FILE, resolution, what, file_state(before), wanted, path, contents=contents)


def plan_switch(
    file: FileEntry,
    path: str = CONFIG_PATH,
    name: str = DONT_SYSTEM_DEFAULT,
    value: bool = False,
    state: str = "present",
) -> Draft:
    """One switch in one configuration file; ``file``: what was read of it, with its content.

    Raises:
        ValueError: the options make no sense.
    """
    check_path(path)
    check_name(name)
    if state not in ("present", "absent"):
        raise ValueError("state must be present or absent")
    draft = Draft(NAME)
    if file.error is not None:
        draft.leave(f"it could not be read: {file.error.code} {clean(file.error.message, 200)}".strip(), target=path)
        return draft
    if file.exists and file.content is None:
        draft.leave("its content was not read", target=path)
        return draft
    before = file.content if file.exists else None
    try:
        if state == "present":
            after: bytes | None = set_switch(before, name, value)
        else:
            after = None if before is None else remove_switch(before, name)
    except EditRefused as problem:
        draft.refuse(
            f"the file is left as it is: {clean(str(problem), 300)}", "Mend the file by hand, then run again.", path
        )
        return draft
    if after != before:
        what = f"{name}={str(value).lower()}" if state == "present" else f"without {name}"
        draft.operations.append(
            file_operation(NAME, f"{path}: {what}, now {file_text(file_state(before))}", path, before, after)
        )
    return draft


def has_switch(facts: Facts | Mapping[str, Any], name: str, value: bool, state: str) -> bool:
    """Whether the facts show that the file has what is asked for, so that nobody has to look at the file itself."""
    try:
        found = view(facts)
        kind = found.need(str, "w3wp", "config", "state")
        switches = found.need(dict, "w3wp", "config", "switches")
    except Undetermined:
        return False
    if state == "absent":
        return kind == "absent" or (kind == "ok" and name not in switches)
    return kind == "ok" and switches.get(name) is value


def plan_w3wp_config(
    facts: Facts | Mapping[str, Any],
    raw: Mapping[str, object] | None,
    *,
    earlier: Collection[str] = (),
    name: str = DONT_SYSTEM_DEFAULT,
    value: bool = False,
    state: str = "present",
) -> Draft:
    """One switch in w3wp.exe.config of this host.

    ``raw``: the raw state, which alone has the content of the file. ``earlier``: targets that the plan changes.

    Raises:
        ValueError: the options make no sense.
    """
    check_name(name)
    found, draft = view(facts), Draft(NAME)
    if state == "present":
        _check_effect(found, draft, name, earlier)
        if draft.refused or draft.unresolved:
            return draft
    subset = as_mapping((raw or {}).get("w3wp"))
    if subset is None or "error" in subset:
        if raw is None and has_switch(found, name, value, state):
            return draft
        draft.leave("the file was not read", "Run without facts that were gathered before.", CONFIG_PATH)
        return draft
    draft.add(plan_switch(read_file(subset.get("config"), CONFIG_PATH), CONFIG_PATH, name, value, state))
    draft.operations = [replace(operation, findings=RULES) for operation in draft.operations]
    if draft.operations:
        draft.notes += _notes(found)
    return draft


def _check_effect(found: Facts, draft: Draft, name: str, earlier: Collection[str]) -> None:
    """Whether .NET would heed the switch here."""
    try:
        if not found.need(bool, "w3wp", "switches_honoured"):
            version = clean(found.get(str, "dotnet", "version") or "of this host", 40)
            draft.refuse(
                f".NET Framework {version} is older than 4.6 and does not know the switch",
                "Use dotnet_strong_crypto, or install a newer .NET Framework.",
                CONFIG_PATH,
            )
            return
        setting = found.value("dotnet", "strong_crypto", "native_v4", "system_default_tls_versions")
    except Undetermined as reason:
        draft.leave(str(reason), target=CONFIG_PATH)
        return
    of_this = name == DONT_SYSTEM_DEFAULT
    if of_this and _is_zero(setting) and f"{setting.get('path')}\\{SYSTEM_DEFAULT}" not in earlier:
        draft.refuse(
            f"{SYSTEM_DEFAULT} is 0 in the registry, which defeats the switch", "Use dotnet_strong_crypto.", CONFIG_PATH
        )


def _is_zero(value: Mapping[str, Any]) -> bool:
    return value.get("type") == "REG_DWORD" and value.get("data") == 0 and value.get("data") is not False


def _notes(facts: Facts) -> list[str]:
    """What the article says of this method, for this host."""
    try:
        processes = facts.records("services", "processes")
        pools = sorted({str(item["app_pool"]) for item in processes if isinstance(item.get("app_pool"), str)})
    except Undetermined:
        pools = []
    shown = ", ".join(clean(pool, 60) for pool in pools[:20]) or "not known"
    notes = [f"w3wp.exe.config applies to every w3wp.exe of the host. Application pools that run now: {shown}."]
    old = [name for name in _OLD if facts.get(str, "schannel", "protocols", name, "client", "state") == "enabled"]
    if old:
        notes.append(
            f"{' and '.join(old)} stay possible in w3wp.exe towards servers without TLS 1.2 while Windows has them on."
        )
    release = facts.get(int, "dotnet", "release")
    if release is not None and release < SYSTEM_DEFAULT_BUILT_IN and facts.get(str, "os", "id") != "2016":
        notes.append("This .NET Framework is older than 4.7: it knows the switch only with its rollups of 2017.")
    return notes
