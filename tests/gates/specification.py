# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: a module's ``$spec`` is what its sidecar file documents.

ansible-test's validate-modules compares more; this runs in an instant and without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from support.powershell import NotConstantError, Source, spec_of

from .problem import Problem

# Keys of an option that documentation and specification both have; `options` are compared by what is in them.
COMPARED = ("type", "elements", "choices", "default", "required", "aliases", "no_log")
KNOWN = {*COMPARED, "options"}
TOP = {"options", "supports_check_mode"}


def _options(spec: Mapping[str, Any], documented: Mapping[str, Any], where: str) -> Iterator[str]:
    for name in sorted(spec.keys() | documented.keys()):
        if name not in documented or name not in spec:
            yield f"{where}{name} is only in {'$spec' if name in spec else 'the documentation'}"
            continue
        ours, theirs = spec[name], documented[name]
        for key in sorted(ours.keys() - KNOWN):
            yield f"{where}{name}: {key} is not known to specification.py, which has to compare it"
        for key in COMPARED:
            if ours.get(key) != theirs.get(key):
                yield f"{where}{name}: {key} is {ours.get(key)!r}, the documentation says {theirs.get(key)!r}"
        yield from _options(ours.get("options", {}), theirs.get("suboptions", {}), f"{where}{name}.")


def _problems(source: Source, sidecar: Mapping[str, Any]) -> Iterator[str]:
    try:
        spec = spec_of(source)
    except NotConstantError as problem:
        yield str(problem)
        return
    documentation = sidecar["DOCUMENTATION"]
    for key in sorted(spec.keys() - TOP):
        yield f"{key} is not known to specification.py, which has to compare it"
    yield from _options(spec.get("options", {}), documentation.get("options", {}), "")
    support = documentation.get("attributes", {}).get("check_mode", {}).get("support")
    if spec.get("supports_check_mode", False) is not (support == "full"):
        yield f"supports_check_mode is {spec.get('supports_check_mode')}, the documentation says {support!r}"


def check_spec(source: Source, sidecar: Mapping[str, Any]) -> list[Problem]:
    return [Problem(source.name, 1, text) for text in _problems(source, sidecar)]
