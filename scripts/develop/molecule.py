# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stage molecule: each scenario of extensions/molecule counts as one test."""

from __future__ import annotations

import subprocess
import time

from .environment import test_environment
from .lab import install_wine, lab_hindrance
from .places import ROOT, VENV, say, seconds_since
from .totals import Totals, headline

# Scenarios that need the lab end so.
LAB = "_lab"


def run_molecule(arguments: list[str]) -> Totals:
    headline("molecule")
    start = time.monotonic()
    totals = Totals("molecule")
    scenarios = sorted(path.parent.name for path in (ROOT / "extensions" / "molecule").glob("*/molecule.yml"))
    for scenario in scenarios:
        if scenario.endswith(LAB):
            install_wine()
            if hindrance := lab_hindrance():
                say(f"{scenario}: SKIPPED: {hindrance}")
                totals.skipped += 1
                totals.warning = f"MOLECULE SCENARIO SKIPPED: {hindrance}"
                continue
        # From the collection's root: elsewhere molecule silently ignores the base configuration.
        command = [str(VENV / "bin" / "molecule"), "test", "--scenario-name", scenario, *arguments]
        done = subprocess.run(command, env=test_environment(), cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            totals.failed += 1
        else:
            totals.passed += 1
    if not scenarios:
        totals.failed = 1
        totals.note = "no scenario in extensions/molecule"
    totals.duration = seconds_since(start)
    return totals
