# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Windows lab: where it is, its Wine, and why it can't run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

from .places import ROOT, say, seconds_since

WINE_PACKAGES = ["wine", "wine64"]
WINE_COMMAND = "apt-get install --no-install-recommends " + " ".join(WINE_PACKAGES)


def lab_home() -> Path | None:
    named = os.environ.get("WSUS_LAB_HOME")
    home = Path(named).resolve() if named else ROOT.parent / "shared" / "winlab"
    return home if (home / "winrmd.py").is_file() else None


def install_wine() -> None:
    """Where the lab is there, its Wine is set up like everything else; elsewhere nothing is installed."""
    if not lab_home() or shutil.which("wine") or os.geteuid() or not Path("/etc/debian_version").exists():
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
    if not lab_home():
        return "NO LAB (WSUS_LAB_HOME=/path/to/winlab names it)"
    if not shutil.which("wine"):
        return f"NO WINE ({WINE_COMMAND})"
    return ""
