# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What changes, as Ansible's --diff shows it: one function for what is planned and for what was done.

Nothing that a terminal would obey gets into it, as all of it comes from a host, and no secret (config_text.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..facts.app_config import decoded
from ..text import visible
from .config_text import config_text
from .model import FILE, REGISTRY_VALUE, WSUS_CONFIGURATION, Operation, Plan, State
from .wording import data_text, file_text, value_text

Change = tuple[Operation, State, State]
"""An operation with the states before and after it."""
REGISTRY = "registry"
CONFIGURATION = "WSUS configuration"
PACKAGES = "packages"
LINE_LIMIT = 2_000


def planned(plan: Plan) -> list[dict[str, str]]:
    """The diff that carrying out the whole plan will give."""
    return diff_of((operation, operation.before, operation.after) for operation in plan.operations)


def diff_of(changes: Iterable[Change]) -> list[dict[str, str]]:
    """``{before, after, before_header, after_header}``: the registry, each file, the WSUS configuration, packages."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for operation, before, after in changes:
        header = _header(operation)
        texts.setdefault(header, []).append((_text(operation, before), _text(operation, after)))
    return [
        {
            "before": "".join(before for before, _after in parts),
            "after": "".join(after for _before, after in parts),
            "before_header": header,
            "after_header": header,
        }
        for header, parts in texts.items()
    ]


def _header(operation: Operation) -> str:
    if operation.kind == FILE:
        return visible(str(operation.path))
    return {REGISTRY_VALUE: REGISTRY, WSUS_CONFIGURATION: CONFIGURATION}.get(operation.kind, PACKAGES)


def _text(operation: Operation, state: State) -> str:
    """Lines of text for a state; none for what is absent."""
    if operation.kind == WSUS_CONFIGURATION:
        return "".join(
            f"{name} = {data_text(None, state.get(name), LINE_LIMIT)}\n" for name in sorted(operation.before)
        )
    if operation.kind == FILE:
        return _file(operation, state)
    if operation.kind == REGISTRY_VALUE:
        if not state.get("exists"):
            return ""
        return visible(f"{operation.path}\\{operation.name} = {value_text(state)}\n")
    return f"{visible(str(operation.name))} installed\n" if state.get("installed") else ""


def _file(operation: Operation, state: State) -> str:
    """The text of the file where it is known by its hash, else what is known of it."""
    if not state.get("exists"):
        return ""
    content = (operation.contents or {}).get(str(state.get("sha256")))
    text = None if content is None else decoded(content)
    return f"({file_text(state)})\n" if text is None else config_text(text)
