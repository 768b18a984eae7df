# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shapes of the collector's contract, made of a host's state: KEY, VALUE, TREE, FILE, SERVICE, ERROR."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from .state import Key, Problem, Registry, RegistryData, Service, State
from .times import format_time

MAX_MESSAGE = 2000
MAX_TEXT = 65536
MAX_ITEMS = 10000
MAX_SUBKEYS = 200

Shape = dict[str, Any]


def error(problem: Problem) -> Shape:
    """ERROR."""
    return {"error": {"code": problem.code, "message": problem.message[:MAX_MESSAGE]}}


def too_big(what: str) -> Problem:
    """The problem of data over a limit."""
    return Problem("too_big", f"{what} is longer than the limit.")


def key(registry: Registry, path: str, names: Sequence[str] | None = ()) -> Shape:
    """KEY with those of `names` that exist; names None: KEY without values."""
    found = registry.find(path)
    if found is None:
        shape: Shape = {"path": path, "exists": False, "last_write": None}
        return shape if names is None else {**shape, "values": {}}
    return _existing_key(found, path, names)


def tree(registry: Registry, path: str, names: Sequence[str], depth: int = 1) -> Shape:
    """TREE of `depth` levels; the keys of the lowest level have values."""
    found = registry.find(path)
    shape: Shape = {"path": path, "exists": found is not None, "last_write": None, "subkeys": {}, "truncated": False}
    if found is None:
        return shape
    if found.problem:
        return {"path": path, **error(found.problem)}
    shape["last_write"] = format_time(found.last_write)
    children = sorted(registry.children(path), key=lambda child: child.name)
    shape["truncated"] = len(children) > MAX_SUBKEYS
    for child in children[:MAX_SUBKEYS]:
        place = f"{path}\\{child.name}"
        below = tree(registry, place, names, depth - 1) if depth > 1 else _existing_key(child, place, names)
        shape["subkeys"][child.name] = below
    return shape


def file(state: State, path: str, limit: int | None = None) -> Shape:
    """FILE; with `limit` its content too, which must not be longer."""
    found = state.file(path)
    if found is None:
        return {"path": path, "exists": False, "size": None, "last_write": None, "content": None}
    if found.problem:
        return {"path": path, **error(found.problem)}
    if limit is not None and found.size > limit:
        return {"path": path, **error(too_big("The file"))}
    content = None if limit is None else base64.b64encode(found.read()).decode("ascii")
    return {
        "path": path,
        "exists": True,
        "size": found.size,
        "last_write": format_time(found.last_write),
        "content": content,
    }


def service(found: Service | None, name: str) -> Shape:
    """SERVICE, or ERROR in its place."""
    if found is None:
        return {"name": name, "exists": False, "state": None, "start": None, "account": None, "delayed": None}
    if found.problem:
        return error(found.problem)
    return {
        "name": name,
        "exists": True,
        "state": found.state,
        "start": found.start,
        "account": found.account,
        "delayed": found.delayed,
    }


def _existing_key(found: Key, path: str, names: Sequence[str] | None) -> Shape:
    if found.problem:
        return {"path": path, **error(found.problem)}
    shape: Shape = {"path": path, "exists": True, "last_write": format_time(found.last_write)}
    if names is not None:
        values = ((name, found.value(name)) for name in names)
        shape["values"] = {
            name: error(value.problem) if value.problem else _value(value.type, value.data)
            for name, value in values
            if value
        }
    return shape


def _value(kind: str, data: RegistryData) -> Shape:
    long = len(data) > MAX_ITEMS or any(len(item) > MAX_TEXT for item in data) if isinstance(data, list) else False
    if long or (isinstance(data, str) and len(data) > MAX_TEXT):
        return error(too_big("The data"))
    return {"type": kind, "data": data}
