# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Disks of a few pages of memory, which a test fills. Only root can make one."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType


class Disk:
    """A disk in the place of a folder, with so many bytes, while the context lasts."""

    def __init__(self, place: Path, size: int) -> None:
        self.place, self.size = place, size

    def __enter__(self) -> Disk:
        self.place.mkdir(exist_ok=True)
        options = f"size={self.size},mode=755"
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(self.place)]
        subprocess.run(command, check=True, capture_output=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: object, trace: TracebackType | None) -> None:
        subprocess.run(["umount", "-l", str(self.place)], check=True)

    def used(self) -> int:
        found = os.statvfs(self.place)
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    def resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.place)], check=True)


def disk_hindrance() -> str:
    """Why none can be made here; empty where it can."""
    try:
        with tempfile.TemporaryDirectory() as folder, Disk(Path(folder), 1 << 12):
            return ""
    except (OSError, subprocess.CalledProcessError) as problem:
        return f"no disk can be made here: {problem}"
