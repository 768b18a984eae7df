# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stages that are pytest's: one for each folder of tests/."""

from __future__ import annotations

import subprocess
import time

from .environment import test_environment
from .lab import install_wine, lab_hindrance
from .npm import npm_hindrance
from .packages import browser_hindrance, install_browser, install_tshark, tshark_hindrance
from .places import RESULTS, ROOT, VENV, say, seconds_since
from .totals import Totals, headline, read_junit

# Their own arguments. By file: what a file prepares for its tests is prepared once.
PYTEST_STAGES: dict[str, list[str]] = {
    "gates": [],
    "unit": ["-n", "2"],
    "integration": ["-n", "2", "--dist=loadfile"],
    "lab": ["-n", "2"],  # what is shared: tests/lab/conftest.py
}


def run_pytest(stage: str, arguments: list[str]) -> Totals:
    headline(stage)
    folder = ROOT / "tests" / stage
    totals = Totals(stage)
    if not any(folder.rglob("test_*.py")):
        totals.note = f"nothing to do: no tests in tests/{stage}"
        say(totals.note)
        return totals

    hindrance = ""
    if stage == "lab":
        install_wine()
        hindrance = lab_hindrance()
    elif stage == "integration":
        install_tshark()
        install_browser()

    start = time.monotonic()
    RESULTS.mkdir(parents=True, exist_ok=True)
    junit = RESULTS / f"{stage}.xml"
    junit.unlink(missing_ok=True)
    # A file or a test named among the arguments stands for the whole folder.
    named = any((ROOT / argument.split("::")[0]).exists() for argument in arguments if not argument.startswith("-"))
    code = subprocess.run(
        [
            *[str(VENV / "bin" / "python"), "-m", "pytest", f"--junitxml={junit}"],
            *PYTEST_STAGES[stage],
            *([] if named else [f"tests/{stage}"]),
            *arguments,
        ],
        env=test_environment(),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode
    totals.passed, totals.failed, totals.skipped = read_junit(junit)
    totals.duration = seconds_since(start)
    if hindrance:
        totals.warning = f"LAB TESTS SKIPPED: {hindrance}"
    elif stage == "integration":
        missing = {
            "CAPTURES BESIDE TSHARK": tshark_hindrance(),
            "THE HTML REPORT": browser_hindrance(),
            "REPORTS BESIDE THEIR STANDARDS": npm_hindrance(),
        }
        totals.warning = "; ".join(f"TESTS OF {what} SKIPPED: {why}" for what, why in missing.items() if why)
    if code and not totals.failed:
        totals.failed = 1
        totals.note = f"pytest ended with exit code {code}"
    elif not (totals.passed or totals.failed or hindrance):
        totals.failed = 1
        totals.note = "there are tests, but none ran"
    return totals
