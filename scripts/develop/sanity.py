# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stage sanity: `ansible-test sanity`, each of its tests as one, without containers and without PowerShell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from .environment import test_environment
from .places import CACHE, ROOT, VENV, say, seconds_since, stop
from .totals import Totals, headline

HOME = CACHE / "sanity"
SHIM = HOME / "bin"
NOT_COPIED = shutil.ignore_patterns(
    *(".git", ".cache", ".ansible", ".venv", ".vscode", ".hypothesis", "__pycache__", "*.tar.gz"),
    *("wsus-audit", "wsus-demo", "wsus-journal", "out", "output"),
)
# Only this test is content with what pwsh_spec.py can answer.
WITH_SHIM = "validate-modules"
# How ansible-test says that a test did nothing.
NOTHING_DONE = re.compile(r"^WARNING: (Required program .*|Skipping .*)$", re.M)


def copy_checkout(folder: Path) -> Path:
    """A copy that ansible-test may write into. Not within the checkout, where git ignores it, and so ansible-test."""
    copy = folder / "ansible_collections" / "wsus" / "compliance"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    return copy


def make_home() -> None:
    """A home for ansible-test, with what it would download, and with a stand-in for pwsh."""
    SHIM.mkdir(parents=True, exist_ok=True)
    program = SHIM / "pwsh"
    stand_in = ROOT / "scripts" / "develop" / "pwsh_spec.py"
    program.write_text(f'#!/bin/sh\nexec "{VENV}/bin/python" "{stand_in}" "$@"\n')
    program.chmod(0o755)
    # It makes a virtual environment for a test and downloads get-pip for it, unless it has that already.
    downloads = HOME / ".ansible" / "test" / "cache"
    downloads.mkdir(parents=True, exist_ok=True)
    (downloads / f"{get_pip()}.py").write_text("import ensurepip\nensurepip.bootstrap(upgrade=True)\n")


def get_pip() -> str:
    """The name that this ansible-test has for its download: `get_pip_` and the version of pip that it asks for."""
    (source,) = VENV.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py")
    version = re.search(r"\bpip='([0-9.]+)'", source.read_text("utf-8"))
    if not version:
        stop(f"{source} does not say which pip it asks for")
    return "get_pip_" + version[1].replace(".", "_")


def environment(test: str) -> dict[str, str]:
    variables = test_environment() | {"HOME": str(HOME)}
    if test == WITH_SHIM:
        variables["PATH"] = os.pathsep.join([str(SHIM), variables["PATH"]])
    return variables


def call(copy: Path, test: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(VENV / "bin" / "ansible-test"), "sanity", "--color", "no", *arguments],
        env=environment(test),
        cwd=copy,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def run_test(copy: Path, test: str) -> tuple[str, subprocess.CompletedProcess[str], str]:
    start = time.monotonic()
    python = "{}.{}".format(*sys.version_info)
    return test, call(copy, test, "--requirements", "--python", python, "--test", test), seconds_since(start)


def list_tests(copy: Path) -> list[str]:
    done = call(copy, "", "--list-tests")
    if done.returncode:
        stop(done.stdout)
    tests = [line for line in done.stdout.splitlines() if re.fullmatch(r"[a-z0-9-]+", line)]
    if not tests:
        stop(f"ansible-test sanity has no tests:\n{done.stdout}")
    return sorted(tests, key=lambda test: test != "pylint")  # the slowest first


def run_sanity(arguments: list[str]) -> Totals:
    """All tests of ansible-test sanity, or those that are named."""
    headline("sanity")
    start = time.monotonic()
    totals = Totals("sanity")
    make_home()
    with TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=2) as pool:
        copy = copy_checkout(Path(folder))
        for test, done, duration in pool.map(partial(run_test, copy), arguments or list_tests(copy)):
            nothing = NOTHING_DONE.search(done.stdout)
            if done.returncode:
                totals.failed += 1
                say(f"{test:24}FAILED  {duration:>6}\n{done.stdout}")
            elif nothing:
                totals.skipped += 1
                say(f"{test:24}SKIPPED {duration:>6}   {nothing[1]}")
            else:
                totals.passed += 1
                say(f"{test:24}passed  {duration:>6}")
    totals.duration = seconds_since(start)
    return totals
