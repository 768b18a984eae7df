# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stage oldest: unit tests, audit, enforce and rollback with the oldest ansible-core; the audit on each Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from .environment import test_environment
from .places import CACHE, RESULTS, ROOT, say, seconds_since
from .setup import only_one
from .totals import Totals, headline, read_junit
from .venv import Venv

REQUIREMENTS = "requirements-oldest.txt"
PYTHONS = ("3.10", "3.11", "3.12")
# No tools of development are in its environment: tests of them stay out.
TESTS = ["tests/integration/test_audit_simulated.py"]
# Once, on the oldest Python that is there: the stage unit runs on the newest, and both ends hold what is between.
ONCE = ["tests/unit", "tests/integration/test_enforce.py", "tests/integration/test_rollback.py"]


def find_python(version: str) -> Venv | None:
    """The environment for a Python on PATH or among pyenv's; None where there is none that can make one."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [shutil.which(f"python{version}"), *sorted(map(str, root.glob(f"versions/{version}.*/bin/python3")))]
    probe = "import sys, ensurepip, venv; print(sys.version); print(sys.base_prefix)"
    for python in filter(None, candidates):
        try:
            done = subprocess.run([python, "-I", "-c", probe], capture_output=True, text=True, check=False)
        except OSError:
            continue
        if done.returncode == 0 and done.stdout.startswith(f"{version}."):
            *said, prefix = done.stdout.splitlines()
            return Venv(CACHE / f"venv-oldest-{version}", python, " ".join(said), prefix)
    return None


def run_oldest(arguments: list[str]) -> Totals:
    headline("oldest")
    start = time.monotonic()
    totals = Totals("oldest")
    once = ONCE
    RESULTS.mkdir(parents=True, exist_ok=True)
    for version in PYTHONS:
        venv = find_python(version)
        if venv is None:
            say(f"Python {version}: SKIPPED: not found")
            totals.skipped += 1
            totals.warning = "OLDEST ANSIBLE-CORE: NOT ON EVERY PYTHON (see above)"
            continue
        with only_one():
            venv.install("oldest", REQUIREMENTS)
        say(f"Python {version}")
        junit = RESULTS / f"oldest-{version}.xml"
        junit.unlink(missing_ok=True)
        variables = test_environment()
        tests, once = arguments or [*TESTS, *once], []
        code = subprocess.run(
            # By file: what a file prepares for its tests is prepared once.
            [venv.program, "-m", "pytest", "-q", "-n", "2", "--dist=loadfile", f"--junitxml={junit}", *tests],
            env=variables | {"PATH": os.pathsep.join([str(venv.path / "bin"), variables["PATH"]])},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode
        passed, failed, skipped = read_junit(junit)
        totals.passed += passed
        totals.skipped += skipped
        totals.failed += failed or bool(code) or not passed
    totals.duration = seconds_since(start)
    return totals
