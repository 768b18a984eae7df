# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the lab is and what it keeps, and its programs as modules."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from develop.lab import KEPT, lab_home
from develop.places import ROOT

CHECKOUT = ROOT


class LabError(Exception):
    """The lab itself did not do what it should: nothing is said about the product."""


@functools.cache
def module(name: str) -> ModuleType:
    """A program of the lab as a module; nothing is written into the lab's folder."""
    path = lab_home() / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"winlab_{name}", path)
    if spec is None or spec.loader is None:
        raise LabError(f"no {path}")
    loaded = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        sys.modules[spec.name] = loaded  # dataclasses look their module up
        spec.loader.exec_module(loaded)
    finally:
        sys.dont_write_bytecode = before
    return loaded


def _folder(variable: str, default: Path) -> Path:
    path = Path(os.environ.setdefault(variable, str(default))).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def cache_folder() -> Path:
    # winrmd hands every variable WINLAB_* to the hosts.
    folders = {variable: _folder(variable, default) for variable, default in KEPT.items()}
    return folders["WINLAB_CACHE"]


def hosts_folder() -> Path:
    return _folder("WSUS_LAB_DIR", cache_folder() / "hosts")
