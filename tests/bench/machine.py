# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On what a measurement was taken: nothing that names the machine."""

from __future__ import annotations

import os
import platform
import re
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path


def about() -> str:
    """One line for the document."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    gigabytes = int(memory[1]) / 1024 / 1024 if memory else 0
    cores = len(os.sched_getaffinity(0))
    return (
        f"Measured {datetime.now(timezone.utc):%Y-%m-%d} on {cores} cores and {gigabytes:.0f} GiB of memory, Linux, "
        f"Python {platform.python_version()}, ansible-core {version('ansible-core')}, pywinrm {version('pywinrm')}; "
        f"load of the machine when this part began: {os.getloadavg()[0]:.1f}."
    )
