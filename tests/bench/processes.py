# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a command and samples the memory of its processes."""

from __future__ import annotations

import re
import resource
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.5
_PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.M)


@dataclass
class Spent:
    """What a run cost. Memory is the largest sum of PSS (pages shared by n processes count 1/n for each), in MiB."""

    code: int
    output: str
    seconds: float
    cpu: float
    memory: float


def family(root: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [root]
    for one in found:
        found += children.get(one, [])
    return found


def memory(root: int) -> float:
    """The sum of PSS of the process and all below it, in MiB."""
    total = 0
    for one in family(root):
        try:
            match = _PSS.search(Path(f"/proc/{one}/smaps_rollup").read_bytes())
        except OSError:
            continue
        total += int(match[1]) if match else 0
    return total / 1024


def run(command: list[str], folder: Path, environment: Mapping[str, str], *, sample: bool = False) -> Spent:
    """Runs the command to its end. Sampling takes some processor time: a run is timed or sampled, not both."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    log = folder / "output.txt"
    most = 0.0
    with log.open("wb") as stream:
        child = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        )
        try:
            while sample and child.poll() is None:
                most = max(most, memory(child.pid))
                time.sleep(INTERVAL)
            child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
    seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(child.returncode, log.read_text("utf-8", "replace"), seconds, cpu, most)
