# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Windows lab: where it is, its Wine, and why it can't run; for the stages and for the tests themselves."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

from .places import CACHE, ROOT, say, seconds_since

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
    if not lab_is_there() or shutil.which("wine") or os.geteuid() or not Path("/etc/debian_version").exists():
        return
    start = time.monotonic()
    say(f"installing {' '.join(WINE_PACKAGES)} for the lab")
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *WINE_PACKAGES]):
        done = subprocess.run(
            command,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            say(f"{done.stdout.rstrip()}\n{shlex.join(command)} failed")
            return
    say(f"done in {seconds_since(start)}")


def lab_hindrance() -> str:
    """Why the lab's tests cannot run, in a few words that can't be overlooked; empty when they can."""
    if not lab_is_there():
        return "NO LAB (WSUS_LAB_HOME=/path/to/winlab names it)"
    if not (shutil.which(os.environ.get("WINE") or "wine") and shutil.which("wineserver")):
        return f"NO WINE ({WINE_COMMAND})"
    return ""
