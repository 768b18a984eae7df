# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Debian packages that some tests need: installed where that is possible, named where it is not."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

from .places import say, seconds_since

TSHARK_PACKAGES = ["tshark", "tcpdump"]
TSHARK_COMMAND = "apt-get install --no-install-recommends " + " ".join(TSHARK_PACKAGES)

BROWSER_PACKAGES = ["chromium", "chromium-driver"]
BROWSER_COMMAND = "apt-get install --no-install-recommends " + " ".join(BROWSER_PACKAGES)


def install_packages(packages: list[str], purpose: str) -> None:
    """As root on Debian; elsewhere nothing is installed."""
    if os.geteuid() or not Path("/etc/debian_version").exists():
        return
    start = time.monotonic()
    say(f"installing {' '.join(packages)} for {purpose}")
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
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


def install_tshark() -> None:
    """With it tests hold what is read of captures against what Wireshark reads."""
    if not shutil.which("tshark"):
        install_packages(TSHARK_PACKAGES, "the tests of captures")


def tshark_hindrance() -> str:
    """Why these tests are skipped; empty where they are not."""
    return "" if shutil.which("tshark") else f"NO TSHARK ({TSHARK_COMMAND})"


def install_browser() -> None:
    """With it tests look at the HTML report as its readers do."""
    if browser_hindrance():
        install_packages(BROWSER_PACKAGES, "the tests of the HTML report")


def browser_hindrance() -> str:
    """Why these tests are skipped; empty where they are not."""
    return "" if shutil.which("chromium") and shutil.which("chromedriver") else f"NO CHROMIUM ({BROWSER_COMMAND})"
