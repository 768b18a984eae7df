# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One command for everything that is done with a checkout of wsus.compliance.

usage: scripts/dev TARGET [ARGUMENTS]     or: make TARGET [ARGS="ARGUMENTS"]

  demo          audit of simulated WSUS servers; INVENTORY=FILE: of yours (reads only)
  test          everything below, lint to lab, with totals at the end
  lint          ruff, mypy, yamllint, ansible-lint, documentation, changelog, build
  unit          tests/unit: pure Python
  integration   tests/integration: playbooks against simulated servers
  lab           tests/lab: the PowerShell that ships, under Wine
  build         the collection's archive, in .cache/build
  format        rewrites Python files as ruff wants them
  setup         makes the environment of test, and stops
  run COMMAND   any command in that environment
  clean         removes what this script and the tools made

ARGUMENTS go to the tool behind the target: pytest, ansible-playbook.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = CACHE / "venv-{}.{}".format(*sys.version_info)
COLLECTIONS = CACHE / "collections"
TEST_COLLECTIONS = CACHE / "collections-test"
RESULTS = CACHE / "results"
SIMULATOR = ROOT / "extensions" / "simulator"

# Stages of pytest, in order, with their own arguments.
PYTEST_STAGES: dict[str, list[str]] = {"unit": ["-n", "2"], "integration": [], "lab": []}

WINE_PACKAGES = ["wine", "wine64"]
WINE_COMMAND = "apt-get install --no-install-recommends " + " ".join(WINE_PACKAGES)


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    raise SystemExit(f"scripts/dev: {text}")


def seconds_since(start: float) -> str:
    return f"{time.monotonic() - start:.0f} s"


# --- Set-up -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """One set-up of this checkout at a time. pip inherits the lock: it may outlive a killed scripts/dev."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another scripts/dev to finish its set-up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fingerprint(*names: str) -> str:
    """Changes with the Python, the place of the checkout (which scripts carry) and the requirement files' content."""
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix} {ROOT}".encode())
    for name in names:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def holds(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text() == wanted


def remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def pip(*arguments: str) -> bool:
    """pip of the virtual environment. It shows its output when it fails."""
    command = [str(VENV / "bin" / "python"), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    environment = {name: value for name, value in os.environ.items() if name not in {"PIP_USER", "PIP_TARGET"}}
    done = subprocess.run(
        [*command, *arguments],
        env=environment,
        cwd=ROOT,
        close_fds=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        say(done.stdout.rstrip())
    return done.returncode == 0


def venv_works() -> bool:
    """Made to the end by this Python for this place, no installation broke off, and it still runs."""
    if not holds(VENV / ".made", fingerprint()) or (VENV / ".installing").exists():
        return False
    try:
        return subprocess.run([VENV / "bin" / "python", "-I", "-c", "import pip"], capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    remove(VENV)
    made = subprocess.run([sys.executable, "-I", "-m", "venv", VENV], close_fds=False, capture_output=True, text=True)
    if made.returncode:
        stop(f"could not make {VENV}:\n{made.stdout}{made.stderr}")
    (VENV / ".made").write_text(fingerprint())


def install(level: str, *files: str) -> None:
    """Brings the virtual environment to a level of requirements: nothing to do when their files have not changed."""
    stamp = VENV / f".{level}"
    works = venv_works()
    if works and holds(stamp, fingerprint(*files)):
        return
    start = time.monotonic()
    say(f"setting up {VENV.relative_to(ROOT)} with {files[-1]} (Python {sys.version.split()[0]})")
    if not works:
        make_venv()
    stamp.unlink(missing_ok=True)
    (VENV / ".installing").touch()
    if not pip("install", "--prefer-binary", "--requirement", files[-1]):
        # Keep .installing: whatever pip left half done, the next set-up starts anew.
        stop(f"pip could not install {files[-1]}; see above")
    (VENV / ".installing").unlink()
    stamp.write_text(fingerprint(*files))
    say(f"done in {seconds_since(start)}")


def link_collection() -> None:
    """Ansible finds the checkout as the collection wsus.compliance; tests/conftest.py makes the same link."""
    link = COLLECTIONS / "ansible_collections" / "wsus" / "compliance"
    if link.exists() and link.samefile(ROOT):
        return
    remove(link)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("../../../..", target_is_directory=True)


def fetch_test_collections() -> None:
    """ansible.windows out of the wheel of the package `ansible`, which carries it unchanged."""
    requirements = "requirements-collections.txt"
    stamp = TEST_COLLECTIONS / ".ready"
    if holds(stamp, fingerprint(requirements)):
        return
    start = time.monotonic()
    say("fetching ansible.windows for the tests")
    remove(TEST_COLLECTIONS)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        if not pip("download", "--no-deps", "--only-binary=:all:", "--dest", folder, "--requirement", requirements):
            stop(f"pip could not download {requirements}; see above")
        (wheel,) = Path(folder).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            wanted = [name for name in archive.namelist() if name.startswith("ansible_collections/ansible/windows/")]
            archive.extractall(TEST_COLLECTIONS, wanted)
    stamp.write_text(fingerprint(requirements))
    say(f"done in {seconds_since(start)}")


def set_up_demo() -> None:
    with only_one():
        install("demo", "requirements-demo.txt")
        link_collection()


def set_up_tests() -> None:
    with only_one():
        install("dev", "requirements-demo.txt", "requirements-dev.txt")
        link_collection()
        fetch_test_collections()


def environment(*collections: Path, own_ansible: bool = True) -> dict[str, str]:
    """The environment of every command. With own_ansible, no setting of the user or the machine reaches Ansible."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONHOME", "PYTHONPATH"} and not (own_ansible and name.startswith("ANSIBLE_"))
    }
    paths = [str(path) for path in collections]
    if own_ansible:
        home = CACHE / "ansible"
        home.mkdir(parents=True, exist_ok=True)
        (home / "ansible.cfg").write_text("# Empty: it keeps ansible from reading any other.\n[defaults]\n")
        variables |= {"ANSIBLE_CONFIG": str(home / "ansible.cfg"), "ANSIBLE_HOME": str(home)}
    else:
        default = "~/.ansible/collections:/usr/share/ansible/collections"
        paths.append(os.environ.get("ANSIBLE_COLLECTIONS_PATH", default))
    return variables | {
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(paths),
        "PATH": os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)]),
        "VIRTUAL_ENV": str(VENV),
        # ansible wants a UTF-8 locale, and a fresh Debian has none but this.
        "LC_ALL": "C.UTF-8",
        # No __pycache__ beside the sources, which are the installed collection as well.
        "PYTHONDONTWRITEBYTECODE": "1",
        "RUFF_CACHE_DIR": str(CACHE / "ruff"),
    }


def test_environment() -> dict[str, str]:
    variables = environment(COLLECTIONS, TEST_COLLECTIONS)
    variables |= {"WINLAB_CACHE": str(CACHE / "winlab"), "WINLAB_TYPECACHE": str(CACHE / "winlab-types")}
    for name in ("WINLAB_CACHE", "WINLAB_TYPECACHE"):
        Path(variables[name]).mkdir(exist_ok=True)
    variables.pop("WSUS_LAB_HOME", None)
    if lab := lab_home():
        variables["WSUS_LAB_HOME"] = str(lab)
    return variables


# --- The lab ----------------------------------------------------------------------------------------------------------


def lab_home() -> Path | None:
    named = os.environ.get("WSUS_LAB_HOME")
    home = Path(named).resolve() if named else ROOT.parent / "shared" / "winlab"
    return home if (home / "winrmd.py").is_file() else None


def install_wine() -> None:
    """Where the lab is there, its Wine is set up like everything else; elsewhere nothing is installed."""
    if not lab_home() or shutil.which("wine") or os.geteuid() or not Path("/etc/debian_version").exists():
        return
    start = time.monotonic()
    say(f"installing {' '.join(WINE_PACKAGES)} for the lab")
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *WINE_PACKAGES]):
        done = subprocess.run(
            command,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            say(f"{done.stdout.rstrip()}\n{shlex.join(command)} failed")
            return
    say(f"done in {seconds_since(start)}")


def lab_hindrance() -> str:
    """Why the lab's tests cannot run, in a few words that can't be overlooked; empty when they can."""
    if not lab_home():
        return "NO LAB (WSUS_LAB_HOME=/path/to/winlab names it)"
    if not shutil.which("wine"):
        return f"NO WINE ({WINE_COMMAND})"
    return ""


# --- Stages -----------------------------------------------------------------------------------------------------------


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
        )
        # mypy names files by the link.
        output = done.stdout.replace(".cache/collections/ansible_collections/wsus/compliance/", "")
        return done.returncode == 0, output.rstrip(), seconds_since(start)


def typed_packages() -> list[str]:
    """mypy checks packages under the names that code imports them by, so that relative imports mean what they say."""
    arguments = ["--module", "dev"]
    for kind in ("plugin_utils", "action", "filter", "test"):
        if any((ROOT / "plugins" / kind).rglob("*.py")):
            arguments += ["--package", f"ansible_collections.wsus.compliance.plugins.{kind}"]
    if any((SIMULATOR / "wsus_simulator").glob("*.py")):
        arguments += ["--package", "wsus_simulator"]
    return arguments


def lint_checks() -> list[Check]:
    mypy_path = os.pathsep.join(map(str, (COLLECTIONS, SIMULATOR, ROOT / "scripts")))
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


def headline(text: str) -> None:
    say(f"\n=== {text} {'=' * (100 - len(text))}")


def lint() -> Totals:
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


def read_junit(path: Path) -> tuple[int, int, int]:
    tests = failed = skipped = 0
    if path.is_file():
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):
            tests += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    return tests - failed - skipped, failed, skipped


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
    ).returncode
    totals.passed, totals.failed, totals.skipped = read_junit(junit)
    totals.duration = seconds_since(start)
    if hindrance:
        totals.warning = f"LAB TESTS SKIPPED: {hindrance}"
    if code and not totals.failed:
        totals.failed = 1
        totals.note = f"pytest ended with exit code {code}"
    elif not (totals.passed or totals.failed or hindrance):
        totals.failed = 1
        totals.note = "there are tests, but none ran"
    return totals


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


# --- Targets ----------------------------------------------------------------------------------------------------------


def target_help(arguments: list[str]) -> int:
    say((__doc__ or "").strip())
    return 0


def target_setup(arguments: list[str]) -> int:
    set_up_tests()
    return 0


def target_lint(arguments: list[str]) -> int:
    set_up_tests()
    return close([lint()])


def stage_target(stage: str) -> Callable[[list[str]], int]:
    def target(arguments: list[str]) -> int:
        set_up_tests()
        return close([run_pytest(stage, arguments)])

    return target


def target_test(arguments: list[str]) -> int:
    """Every stage runs, whatever an earlier one found."""
    start = time.monotonic()
    set_up_tests()
    stages = [lint(), *(run_pytest(stage, arguments) for stage in PYTEST_STAGES)]
    say(f"\nall of it, set-up included: {seconds_since(start)}")
    return close(stages)


def target_build(arguments: list[str]) -> int:
    set_up_demo()
    return subprocess.run([*build_command(), *arguments], env=environment(COLLECTIONS), cwd=ROOT).returncode


def target_format(arguments: list[str]) -> int:
    set_up_tests()
    codes = [
        subprocess.run(["ruff", *command, "."], env=test_environment(), cwd=ROOT).returncode
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
    return subprocess.run([command, *arguments[1:]], env=variables).returncode


def target_demo(arguments: list[str]) -> int:
    set_up_demo()
    inventory = os.environ.get("INVENTORY")
    return audit(inventory, arguments) if inventory else audit_simulated(arguments)


def audit(inventory: str, arguments: list[str]) -> int:
    """Real servers: where the user stands, with the user's own ansible.cfg, and the playbook's exit code."""
    output = Path.cwd() / "wsus-audit"
    (output / "fleet.json").unlink(missing_ok=True)
    code = subprocess.run(
        [
            *["ansible-playbook", "-i", inventory, "wsus.compliance.audit"],
            *["-e", "audit_output_dir=./wsus-audit", *arguments],
        ],
        env=environment(COLLECTIONS, own_ansible=False),
    ).returncode
    show_results(output)
    return code


def audit_simulated(arguments: list[str]) -> int:
    """Hosts that cannot be reached are part of the show: ansible-playbook's exit code 4 is fine here."""
    if not (SIMULATOR / "wsus_simulator" / "__main__.py").is_file():
        stop("nothing to do: extensions/simulator has no simulator (INVENTORY=FILE audits real servers)")
    output = ROOT / "wsus-demo"
    remove(output)
    say("auditing simulated WSUS servers (INVENTORY=FILE audits real ones)")
    code = subprocess.run(
        [
            *[str(VENV / "bin" / "python"), "-m", "wsus_simulator", "--"],
            *["ansible-playbook", "wsus.compliance.audit", "-e", "audit_output_dir=./wsus-demo", *arguments],
        ],
        env=environment(COLLECTIONS) | {"PYTHONPATH": str(SIMULATOR)},
        cwd=ROOT,
    ).returncode
    if not show_results(output) or code not in {0, 4}:
        return code or 1
    say("Your own servers, without changing anything on them: make demo INVENTORY=/path/to/inventory")
    return 0


def show_results(output: Path) -> bool:
    """Whether the fleet's result was written, and where everything is: the playbook has shown what it says."""
    if not (output / "fleet.json").is_file():
        say(f"\nno results: {output / 'fleet.json'} was not written")
        return False
    hosts = len(list(output.glob("*.json"))) - 1
    say(f"\nResults: {output}: fleet.json, and a file for each host ({hosts})")
    return True


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
    "lint": target_lint,
    **{stage: stage_target(stage) for stage in PYTEST_STAGES},
    "build": target_build,
    "format": target_format,
    "setup": target_setup,
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
