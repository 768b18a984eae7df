# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One command for everything that is done with a checkout of wsus.compliance.

usage: scripts/dev TARGET [ARGUMENTS]     or: make TARGET [ARGS="ARGUMENTS"]

  demo          audit of simulated WSUS servers; INVENTORY=FILE: of yours (reads only)
  test          everything below, lint to lab, with totals at the end
  lint          ruff, mypy, yamllint, ansible-lint, documentation, changelog, build
  gates         tests/gates: what the PowerShell may contain
  unit          tests/unit: pure Python
  sanity        ansible-test sanity, as far as it runs without containers and PowerShell
  oldest        unit tests and an audit with the oldest ansible-core, on Python 3.10 to 3.12; enforcing, on one
  integration   tests/integration: playbooks against simulated servers
  molecule      the scenarios of extensions/molecule
  lab           tests/lab: the PowerShell that ships, under Wine
  bench         tests/bench: what an audit, an enforcement, a big log and a large capture cost;
                [a|b|c|enforce|logs|capture|all] [--quick] [--write]
  docs          the site of the documentation, in .cache/docs
  build         the collection's archive, in .cache/build
  format        rewrites Python files as ruff wants them
  setup         makes the environment of test, and stops
  run COMMAND   any command in that environment
  clean         removes what this script and the tools made

ARGUMENTS go to the tool behind the target: pytest, ansible-playbook.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from functools import partial

from .demo import target_demo
from .docs import target_docs
from .environment import environment, test_environment
from .lint import build_command, lint
from .molecule import run_molecule
from .oldest import run_oldest
from .places import COLLECTIONS, ROOT, remove, say, seconds_since, stop
from .pytest_stages import run_pytest
from .sanity import run_sanity
from .setup import set_up_demo, set_up_tests
from .totals import Totals, close

Stage = Callable[[list[str]], Totals]

# In the order of `test`.
STAGES: dict[str, Stage] = {
    "lint": lint,
    "gates": partial(run_pytest, "gates"),
    "unit": partial(run_pytest, "unit"),
    "sanity": run_sanity,
    "oldest": run_oldest,
    "integration": partial(run_pytest, "integration"),
    "molecule": run_molecule,
    "lab": partial(run_pytest, "lab"),
}


def target_help(arguments: list[str]) -> int:
    say((__doc__ or "").strip())
    return 0


def target_setup(arguments: list[str]) -> int:
    set_up_tests()
    return 0


def stage_target(stage: Stage) -> Callable[[list[str]], int]:
    def target(arguments: list[str]) -> int:
        set_up_tests()
        return close([stage(arguments)])

    return target


def target_test(arguments: list[str]) -> int:
    """Every stage runs, whatever an earlier one found."""
    if arguments:
        stop("test takes no arguments: they mean something to one stage only")
    start = time.monotonic()
    set_up_tests()
    stages = [stage([]) for stage in STAGES.values()]
    say(f"\nall of it, set-up included: {seconds_since(start)}")
    return close(stages)


def target_build(arguments: list[str]) -> int:
    set_up_demo()
    return subprocess.run(
        [*build_command(), *arguments], env=environment(COLLECTIONS), cwd=ROOT, check=False
    ).returncode


def target_format(arguments: list[str]) -> int:
    set_up_tests()
    codes = [
        subprocess.run(["ruff", *command, "."], env=test_environment(), cwd=ROOT, check=False).returncode
        for command in (["check", "--fix"], ["format"])
    ]
    return max(codes)


def target_run(arguments: list[str]) -> int:
    if not arguments:
        stop("run what? For example: scripts/dev run ansible-doc --list wsus.compliance")
    set_up_tests()
    variables = test_environment()
    command = shutil.which(arguments[0], path=variables["PATH"])
    if command is None:
        stop(f"no such command: {arguments[0]}")
    return subprocess.run([command, *arguments[1:]], env=variables, check=False).returncode


def target_bench(arguments: list[str]) -> int:
    return target_run(["python", "tests/bench", *arguments])


def target_clean(arguments: list[str]) -> int:
    names = (".cache", ".ansible", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "wsus-demo", "out")
    for path in (*(ROOT / name for name in names), ROOT / "tests" / "output", *ROOT.glob("*.tar.gz")):
        remove(path)
    for folder in ("plugins", "tests", "scripts", "extensions", "roles"):
        for path in list((ROOT / folder).rglob("__pycache__")):
            remove(path)
    return 0


TARGETS: dict[str, Callable[[list[str]], int]] = {
    "help": target_help,
    "demo": target_demo,
    "test": target_test,
    **{name: stage_target(stage) for name, stage in STAGES.items()},
    "docs": target_docs,
    "build": target_build,
    "format": target_format,
    "setup": target_setup,
    "bench": target_bench,
    "run": target_run,
    "clean": target_clean,
}


def main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "help"
    if name in {"-h", "--help"}:
        name = "help"
    if name not in TARGETS:
        stop(f"no such target: {name}\n\n{__doc__}")
    try:
        return TARGETS[name](arguments[1:])
    except KeyboardInterrupt:
        return 130
