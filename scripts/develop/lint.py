# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of the stage lint."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from .environment import test_environment
from .places import CACHE, COLLECTIONS, ROOT, SIMULATOR, say, seconds_since, stop
from .totals import Totals, headline


@dataclass
class Check:
    name: str
    command: list[str]
    variables: dict[str, str]

    def run(self) -> tuple[bool, str, str]:
        start = time.monotonic()
        done = subprocess.run(
            self.command,
            env=test_environment() | {"NO_COLOR": "1"} | self.variables,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        # mypy names files by the link.
        output = done.stdout.replace(".cache/collections/ansible_collections/wsus/compliance/", "")
        return done.returncode == 0, output.rstrip(), seconds_since(start)


def typed_packages() -> list[str]:
    """mypy checks packages under the names that code imports them by, so that relative imports mean what they say."""
    arguments = ["--package", "develop"]
    for kind in ("plugin_utils", "action", "filter", "test"):
        if any((ROOT / "plugins" / kind).rglob("*.py")):
            arguments += ["--package", f"ansible_collections.wsus.compliance.plugins.{kind}"]
    if any((SIMULATOR / "wsus_simulator").glob("*.py")):
        arguments += ["--package", "wsus_simulator"]
    return arguments


def lint_checks() -> list[Check]:
    mypy_path = os.pathsep.join(map(str, (COLLECTIONS, SIMULATOR, ROOT / "scripts", ROOT / "tests")))
    # The slow ones first: two run at a time.
    return [
        Check("ansible-lint", ["ansible-lint", "--offline", "--profile", "production"], {}),
        Check("mypy", ["mypy", *typed_packages()], {"MYPYPATH": mypy_path}),
        Check(
            "documentation",
            ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "."],
            {"HOME": str(CACHE / "ansible")},  # where it keeps its log
        ),
        Check("ruff check", ["ruff", "check", "."], {}),
        Check("ruff format", ["ruff", "format", "--check", "."], {}),
        Check("yamllint", ["yamllint", "-s", "."], {}),
        Check("changelog", ["antsibull-changelog", "lint"], {}),
        Check("build", build_command(), {}),
    ]


def build_command() -> list[str]:
    return ["ansible-galaxy", "collection", "build", "--force", "--output-path", str(CACHE / "build")]


def lint(arguments: list[str]) -> Totals:
    if arguments:
        stop("lint takes no arguments; scripts/dev run calls one of its tools")
    headline("lint")
    start = time.monotonic()
    totals = Totals("lint")
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = {pool.submit(check.run): check for check in lint_checks()}
        for future in as_completed(running):
            check = running[future]
            good, output, duration = future.result()
            if good:
                totals.passed += 1
                say(f"{check.name:16}passed {duration:>8}")
            else:
                totals.failed += 1
                say(f"{check.name:16}FAILED {duration:>8}   {shlex.join(check.command)}\n{output}\n")
    totals.duration = seconds_since(start)
    return totals
