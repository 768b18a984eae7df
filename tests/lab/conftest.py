# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures that several files of lab tests share, and the coverage of the PowerShell at the end of a run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lab import apply_stories, capture_stories, cells, connection_cases, log_stories, test_matrix
from support import lab, powershell_coverage, story
from support.lab import Cell, Hosts
from support.powershell_coverage import Statement
from support.story import Story
from xdist.scheduler import LoadScopeScheduling

SHARING = {
    *("test_apply.py", "test_apply_services.py", "test_capture.py", "test_connection.py", "test_contract_apply.py"),
    *("test_coverage.py", "test_functions.py", "test_functions_apply.py", "test_functions_capture.py"),
    *("test_functions_package.py", "test_logs.py"),
}
"""Files with tests of the copy of the collection that notes what it runs: what it did is told once for all of them."""
CELLS = {
    "test_matrix.py": ("audited", lambda: len(test_matrix.every_cell())),
    "test_enforce_cells.py": ("enforced", lambda: len(cells.noncompliant())),
}
"""Of tests that take some of the cells: what they do with them, and how many there are."""


@dataclass
class Instrumented:
    """The collection that notes what it runs: a path of collections, and its statements."""

    path: Path
    statements: list[Statement]


@dataclass
class Functions:
    """What a host answered, case by case, or hosts by name and step; and the statements that ran for it."""

    answers: dict[str, Any]
    hits: set[int]


@pytest.fixture(scope="session")
def instrumented(tmp_path_factory: pytest.TempPathFactory) -> Instrumented:
    folder = tmp_path_factory.mktemp("instrumented")
    return Instrumented(*powershell_coverage.instrumented_copy(lab.CHECKOUT, folder))


@pytest.fixture(scope="session")
def functions(instrumented: Instrumented) -> Iterator[Functions]:
    yield from called(instrumented, "functions.ps1")


@pytest.fixture(scope="session")
def apply_functions(instrumented: Instrumented) -> Iterator[Functions]:
    yield from called(instrumented, "functions_apply.ps1")


@pytest.fixture(scope="session")
def connected(instrumented: Instrumented, tmp_path_factory: pytest.TempPathFactory) -> connection_cases.Connected:
    """What a host answered that connected to servers of each kind."""
    return connection_cases.connect(instrumented.path, tmp_path_factory.mktemp("connected"))


@pytest.fixture(scope="session")
def capture_functions(instrumented: Instrumented) -> Iterator[Functions]:
    yield from called(instrumented, "functions_capture.ps1")


def called(instrumented: Instrumented, script: str) -> Iterator[Functions]:
    """What a script answered on a host that has the collection's modules in C:\\modules."""
    with Hosts({"host": Cell("2019", "healthy")}, kill_after_ms=500_000) as hosts:
        drive = hosts.drive("host")
        (drive / powershell_coverage.FOLDER).mkdir()
        (drive / "modules").mkdir()
        for path in (instrumented.path / "ansible_collections/wsus/compliance/plugins/module_utils").glob("*.psm1"):
            # What a module does not export is called too.
            text = re.sub(r"^.*Export-ModuleMember (?s:.*)", "", path.read_text("utf-8"), flags=re.M)
            (drive / "modules" / path.name).write_text(text, "utf-8")
        (drive / script).write_bytes((Path(__file__).parent / script).read_bytes())
        # What -WhatIf says comes before.
        answers = json.loads(hosts.powershell("host", rf"& C:\{script}").splitlines()[-1])
        yield Functions(answers, powershell_coverage.hits(drive))


def tell(
    hosts_of: Callable[[Callable[[Hosts], None]], AbstractContextManager[Hosts]],
    stories_of: Callable[[Hosts], list[Story]],
    instrumented: Instrumented,
    folder: Path,
) -> Functions:
    """What hosts answered in stories, and the statements that ran for it: coverage asks for nothing of its own."""

    def prepare(hosts: Hosts) -> None:
        for name in hosts.prefixes:
            (hosts.drive(name) / powershell_coverage.FOLDER).mkdir()

    copy = instrumented.path / "ansible_collections" / "wsus" / "compliance"
    with hosts_of(prepare) as hosts:
        answers: dict[str, Any] = story.tell(
            stories_of(hosts), hosts, folder, story.bare_collection(folder / "bare", copy)
        )
        hits = set().union(*(powershell_coverage.hits(hosts.drive(name)) for name in hosts.prefixes))
        if stories_of is apply_stories.stories:
            answers["left_behind"] = apply_stories.left_behind(hosts)
        return Functions(answers, hits)


@pytest.fixture(scope="session")
def apply_told(instrumented: Instrumented, tmp_path_factory: pytest.TempPathFactory) -> Functions:
    folder = tmp_path_factory.mktemp("apply")
    return tell(apply_stories.hosts_to_change, apply_stories.stories, instrumented, folder)


@pytest.fixture(scope="session")
def logs_told(instrumented: Instrumented, tmp_path_factory: pytest.TempPathFactory) -> Functions:
    return tell(log_stories.hosts_with_logs, log_stories.stories, instrumented, tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="session")
def capture_told(instrumented: Instrumented, tmp_path_factory: pytest.TempPathFactory) -> Functions:
    folder = tmp_path_factory.mktemp("capture")
    return tell(capture_stories.hosts_to_capture, capture_stories.stories, instrumented, folder)


@pytest.fixture(scope="session")
def told(apply_told: Functions) -> dict[str, Any]:
    """What wsus_apply answered in the stories of apply_stories.py, by host and step."""
    return apply_told.answers


class _ByFile(LoadScopeScheduling):
    """Each of several processes takes whole files; one takes all that share what runs on the instrumented copy."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0]).name
        return "instrumented" if file in SHARING else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    sharing = {item.path.name for item in items if "instrumented" in getattr(item, "fixturenames", ())}
    if sharing - SHARING:
        raise pytest.UsageError(f"tests/lab/conftest.py: SHARING lacks {', '.join(sorted(sharing - SHARING))}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    # By reports, which come from every process.
    reports = [one for some in terminalreporter.stats.values() for one in some if isinstance(one, pytest.TestReport)]
    for file, (what, whole) in CELLS.items():
        if taken := len({one.nodeid for one in reports if Path(one.nodeid.partition("::")[0]).name == file}):
            terminalreporter.section(f"cells {what}")
            terminalreporter.line(f"{taken} of {whole()}; {whole() - taken} left out")
            if taken < whole():
                terminalreporter.line("WSUS_LAB_ALL=1 takes all, WSUS_LAB_CELLS='2016-*,*-issue5' some")
    told = {one.nodeid: dict(one.user_properties).get(powershell_coverage.TITLE) for one in reports}
    for lines in filter(None, told.values()):
        terminalreporter.section(powershell_coverage.TITLE)
        terminalreporter.write_line(lines)
