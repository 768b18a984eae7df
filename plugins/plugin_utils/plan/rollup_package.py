# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a package file is a Monthly Rollup that lets WSUS of this Windows use TLS 1.2: by its name and its manifest.

A name tells Windows, architecture and KB, never a Monthly Rollup from a security-only update: their numbers mix. So
only a KB of rollups.yml is taken by its name; for any other one the manifest must say it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from ..facts.tables import load_table

MANIFEST_LIMIT = 1_048_576
_NAME = re.compile(
    r"(windows[a-z0-9.]*(?:-rt)?)-(kb[0-9]{6,8})(?:-v[0-9]+)?-(x64|x86|ia64|arm|arm64)(?:[-_][0-9a-z._-]+)?\.(msu|cab)",
    re.I,
)
_WINDOWS = {"2012": ("windows8-rt", "windows8"), "2012R2": ("windows8.1",)}
"""How the names of Microsoft's files call a Windows."""
_ROLLUP = "Package_for_RollupFix"
_SINGLE = re.compile(r"Package_for_KB[0-9]{6,8}(?:\Z|[_~].*)", re.I | re.S)
_VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.[0-9]{1,6}\.[0-9]{1,6}")


@dataclass(frozen=True)
class Verdict:
    """``usable``: it is what is needed. ``reason``: why not, or what says that it is. ``build``, ``number``: the
    RollupFix of a usable one will be of this build, and of this number or a later one.
    """

    usable: bool
    reason: str
    kb: str | None = None
    build: int | None = None
    number: int | None = None


@dataclass(frozen=True)
class Manifest:
    """What a manifest (.mum, or the answer file in an .msu) says of its package."""

    name: str
    version: str
    architecture: str


def read_manifest(content: bytes) -> Manifest | None:
    """The first package that the manifest names; None where it names none, is no XML, too big, or has a DTD."""
    if len(content) > MANIFEST_LIMIT:
        return None
    found: list[Manifest] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "assemblyIdentity" and attributes.get("name", "").startswith("Package_for_"):
            architecture = attributes.get("processorArchitecture", "")
            found.append(Manifest(attributes["name"], attributes.get("version", ""), architecture))

    def doctype(*_: object) -> None:
        raise ValueError("a document type declaration")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError):
        return None
    return found[0] if found else None


def judge_package(file_name: str, os_id: str, manifest: bytes | None = None) -> Verdict:
    """``file_name``: without folder. ``os_id``: of the facts. ``manifest``: content, where it was read."""
    rows: dict[str, Mapping[str, Any]] = {row["os"]: row for row in load_table("rollups")["systems"]}
    if os_id not in rows:
        return Verdict(False, "this Windows needs no Monthly Rollup for TLS 1.2")
    match = _NAME.fullmatch(file_name[:300])
    if match is None:
        return Verdict(False, "its name is not that of an update of Microsoft (windows8.1-kb4561666-x64.msu)")
    windows, kb, architecture = match[1].lower(), match[2].upper(), match[3].lower()
    if windows not in _WINDOWS[os_id]:
        return Verdict(False, f"it is for another Windows ({windows}, not {_WINDOWS[os_id][0]})", kb)
    if architecture != "x64":
        return Verdict(False, f"it is for the architecture {architecture}, not x64", kb)
    if manifest is not None:
        return _by_manifest(read_manifest(manifest), rows[os_id], kb)
    if kb in {str(item["kb"]) for item in rows[os_id]["kbs"]}:
        number = int(rows[os_id]["not_installed_below"])
        return Verdict(True, f"{kb} is a known Monthly Rollup", kb, int(rows[os_id]["build"]), number)
    return Verdict(False, f"whether {kb} is a Monthly Rollup or a security-only update is not known by its name", kb)


def _by_manifest(manifest: Manifest | None, row: Mapping[str, Any], kb: str) -> Verdict:
    if manifest is None:
        return Verdict(False, "its manifest names no package", kb)
    if _SINGLE.fullmatch(manifest.name):
        return Verdict(False, f"{manifest.name[:60]} is a security-only or a single update, no Monthly Rollup", kb)
    if manifest.name.partition("~")[0] != _ROLLUP:
        return Verdict(False, "its manifest names no Monthly Rollup", kb)
    if manifest.architecture.lower() not in ("", "amd64"):
        return Verdict(False, f"it is for the architecture {manifest.architecture[:20]}, not amd64", kb)
    version = _VERSION.fullmatch(manifest.version[:60])
    if version is None or int(version[1]) != row["build"]:
        return Verdict(False, f"it is for another build of Windows ({manifest.version[:40] or 'no version'})", kb)
    known = kb in {str(item["kb"]) for item in row["kbs"]}
    if int(version[2]) < row["installed_from"] and not known:
        return Verdict(False, f"it may be older than {row['needed']}, which brought TLS 1.2 to WSUS", kb)
    return Verdict(True, f"its manifest names {_ROLLUP} {manifest.version}", kb, int(row["build"]), int(version[2]))
