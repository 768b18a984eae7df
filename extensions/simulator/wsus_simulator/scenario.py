# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scenario files: read YAML, validate each file against the schema, and merge it over those that it extends."""

from __future__ import annotations

import copy
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from .schema import first_problem

MAX_FILE = 4 << 20
HOSTS_FOLDER = Path(__file__).resolve().parent.parent / "hosts"
MAX_DEPTH = 8
MAX_NESTING = 50
MAX_NODES = 100_000
"""Most values of a file, each as often as an alias repeats it."""
Scenario = dict[str, Any]

# Paths and names compare without regard to case on Windows, and so do the maps that hold them.
_CASELESS = frozenset({"registry", "values", "files", "services"})
_CONTENT = frozenset({"text", "base64", "size"})
# Words of one file that say nothing about the file that extends it.
_OWN = ("extends", "base")


class ScenarioError(Exception):
    """What is wrong in a scenario, in one line: FILE: place: what is wrong and what is allowed."""

    def __init__(self, text: str) -> None:
        # Names of a file, and what PyYAML says of it, may hold anything.
        shown = (char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
        super().__init__("".join(shown))


# The C loader where PyYAML has it: ten times as fast.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_TIMESTAMP, _BOOL = "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Safe loading, but duplicate keys are errors, and times stay text, as do on, off, yes and no (`on` is a key)."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable) or key in result:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} is there twice", key_node.start_mark)
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP and (tag != _BOOL or first in "tTfF")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_scenario(path: str | Path, cache: dict[Path, Scenario] | None = None) -> Scenario:
    """Return the scenario of a file with all that it extends; `cache` keeps files between calls."""
    return copy.deepcopy(_load(Path(path), (), {} if cache is None else cache))


def complete_scenario(data: object, folder: Path, where: str, cache: dict[Path, Scenario] | None = None) -> Scenario:
    """Return a scenario that is not in a file, with all that it extends: files of `folder`, or shipped hosts."""
    return _resolve(check_scenario(data, where), folder, where, (), {} if cache is None else cache)


def check_scenario(data: object, where: str) -> Scenario:
    """Return `data` if it has the form of a scenario, else raise ScenarioError."""
    problem = first_problem(data)
    if problem:
        raise ScenarioError(f"{where}: {problem}")
    assert isinstance(data, dict)
    _check_case(data, where)
    return data


def is_base(path: Path) -> bool:
    """Whether a file is only there to be extended (base: true)."""
    return bool(_read(path).get("base"))


def merge(base: Scenario, patch: Scenario) -> Scenario:
    """Merge `patch` into `base`: maps deeply, all else replaces, null removes."""
    _merge(base, patch, "")
    return base


def _load(path: Path, chain: tuple[Path, ...], cache: dict[Path, Scenario]) -> Scenario:
    path = path.resolve()
    if path in cache:
        return cache[path]
    if path in chain or len(chain) >= MAX_DEPTH:
        kind = "extends itself" if path in chain else f"extends more than {MAX_DEPTH} files deep"
        raise ScenarioError(f"{path}: extends: {kind}: {' -> '.join(p.name for p in (*chain, path))}")
    cache[path] = _resolve(check_scenario(_read(path), str(path)), path.parent, str(path), (*chain, path), cache)
    return cache[path]


def _resolve(own: Scenario, folder: Path, where: str, chain: tuple[Path, ...], cache: dict[Path, Scenario]) -> Scenario:
    """`own` over all that it extends."""
    extends = own.get("extends", [])
    result: Scenario = {}
    for name in [extends] if isinstance(extends, str) else extends:
        parent = next((path for path in (folder / name, HOSTS_FOLDER / name) if _is_file(path)), None)
        if parent is None:
            raise ScenarioError(
                f"{where}: extends: there is no file {name}; allowed: a path relative to {folder}, "
                "or a host that comes with the simulator"
            )
        merge(result, copy.deepcopy(_load(parent, chain, cache)))
    return merge(result, {key: value for key, value in copy.deepcopy(own).items() if key not in _OWN})


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or none
        return False


def _refused(event: Any, what: str) -> yaml.MarkedYAMLError:
    return yaml.composer.ComposerError(None, None, what, event.start_mark)


def _check_size(text: str) -> None:
    """Refuse what takes more than a glance: PyYAML's composer recurses in C, and aliases multiply.

    Counted by events, which come one by one.
    """
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    nodes = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _start in open_nodes):
                raise _refused(event, f"*{event.anchor} is within itself")
            nodes += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.NodeEvent):
            nodes += 1
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append((event.anchor, nodes - 1))
            elif event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, start = open_nodes.pop()
            if anchor:
                sizes[anchor] = nodes - start
        if len(open_nodes) > MAX_NESTING:
            raise _refused(event, f"nested deeper than {MAX_NESTING} levels")
        if nodes > MAX_NODES:
            raise _refused(event, f"more than {MAX_NODES} values")


def _read(path: Path) -> Scenario:
    try:
        if path.stat().st_size > MAX_FILE:
            raise ScenarioError(f"{path}: larger than {MAX_FILE >> 20} MiB")
        text = path.read_text("utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: is not UTF-8 text") from None
    return read_text(text, str(path))


def read_text(text: str, path: str) -> Scenario:
    """The map that a text holds; `path` names it in errors."""
    try:
        _check_size(text)
        data = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}" if mark else "?"
        raise ScenarioError(f"{path}: {place}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}: not YAML: {str(error).splitlines()[0]}") from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # PyYAML lets through whatever its conversions raise: !!bool x, !!timestamp x, a number of 5,000 digits.
        raise ScenarioError(f"{path}: not YAML: a value is not of its type ({type(error).__name__}: {error})") from None
    if not isinstance(data, dict):
        raise ScenarioError(f"{path}: is not a map; allowed: about, extends, registry, files, ...")
    return data


def _check_case(data: Scenario, where: str) -> None:
    """Two spellings of one Windows name in one map: one would be lost."""
    maps = [("registry", data.get("registry")), ("files", data.get("files")), ("services", data.get("services"))]
    maps += [
        (f"registry.{path}.values", key.get("values"))
        for path, key in (data.get("registry") or {}).items()
        if isinstance(key, dict)
    ]
    for place, names in maps:
        seen: dict[str, str] = {}
        for name in names or {}:
            other = seen.setdefault(name.lower(), name)
            if other != name:
                raise ScenarioError(f"{where}: {place}: {name!r} and {other!r} are the same to Windows")


def _merge(base: dict[str, Any], patch: dict[str, Any], section: str) -> None:
    caseless = section in _CASELESS
    spelled = {name.lower(): name for name in base} if caseless else {}
    for key, value in patch.items():
        old = spelled.get(key.lower(), key) if caseless else key
        if value is None:
            base.pop(old, None)
            if section == "registry":
                _remove_below(base, old)
        elif isinstance(value, dict) and isinstance(base.get(old), dict) and section != "values":
            if section == "files" and _CONTENT & value.keys():
                # One content replaces another, whatever the form.
                base[old] = {name: item for name, item in base[old].items() if name not in _CONTENT}
            _merge(base[old], value, key if not caseless else "")
        else:
            base.pop(old, None)
            base[key] = _without_nulls(value)


def _remove_below(registry: dict[str, Any], path: str) -> None:
    prefix = path.lower() + "\\"
    for name in [name for name in registry if name.lower().startswith(prefix)]:
        del registry[name]


def _without_nulls(value: Any) -> Any:
    """Nulls of a map that has nothing to merge into: they remove nothing."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value
