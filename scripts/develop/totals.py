# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each stage counted, and the last words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from .places import say


@dataclass
class Totals:
    stage: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    duration: str = ""
    note: str = ""
    warning: str = ""

    def __str__(self) -> str:
        counts = f"{self.passed:5} passed {self.failed:5} failed {self.skipped:5} skipped {self.duration:>8}"
        return f"{self.stage:12}{counts}   {self.note}".rstrip()


def headline(text: str) -> None:
    say(f"\n=== {text} {'=' * (100 - len(text))}")


def read_junit(path: Path) -> tuple[int, int, int]:
    tests = failed = skipped = 0
    if path.is_file():
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):
            tests += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    return tests - failed - skipped, failed, skipped


def close(stages: list[Totals]) -> int:
    """The last words: totals by stage, what did not run, and one line that CI reads."""
    headline("totals")
    for totals in stages:
        say(str(totals))
    for totals in stages:
        if totals.warning:
            say(totals.warning)
    passed, failed, skipped = (sum(getattr(t, name) for t in stages) for name in ("passed", "failed", "skipped"))
    say(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0
