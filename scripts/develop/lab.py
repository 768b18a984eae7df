# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Windows lab: where it is, its Wine, and why it can't run; for the stages and for the tests themselves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .packages import install_packages
from .places import CACHE, ROOT

WINE_PACKAGES = ["wine", "wine64"]
WINE_COMMAND = "apt-get install --no-install-recommends " + " ".join(WINE_PACKAGES)
# What it keeps from run to run, by the variables that tell it so.
KEPT = {"WINLAB_CACHE": CACHE / "winlab", "WINLAB_TYPECACHE": CACHE / "winlab-types"}


def lab_home() -> Path:
    """Where the lab is, or would be."""
    named = os.environ.get("WSUS_LAB_HOME")
    return Path(named).resolve() if named else ROOT.parent / "shared" / "winlab"


def lab_is_there() -> bool:
    return (lab_home() / "winrmd.py").is_file()


def install_wine() -> None:
    """Where the lab is there, its Wine is set up like everything else; elsewhere nothing is installed."""
    if not lab_is_there() or shutil.which("wine"):
        return
    install_packages(WINE_PACKAGES, "the lab")


def lab_hindrance() -> str:
    """Why the lab's tests cannot run, in a few words that can't be overlooked; empty when they can."""
    if not lab_is_there():
        return "NO LAB (WSUS_LAB_HOME=/path/to/winlab names it)"
    if not (shutil.which(os.environ.get("WINE") or "wine") and shutil.which("wineserver")):
        return f"NO WINE ({WINE_COMMAND})"
    return ""
