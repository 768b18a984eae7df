# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab for tests: makes hosts (Wine prefixes) of scenarios, starts them, runs Ansible on them, removes them.

WSUS_LAB_HOME    the lab; default: ../shared/winlab beside the checkout
WSUS_LAB_DIR     where hosts are made; default: beside the lab's template, as hosts are hard links to it
WSUS_COLLECTIONS where Ansible finds the collection; default: .cache/collections of the checkout
WINLAB_CACHE, WINLAB_TYPECACHE   the lab's template and compiled types, kept from run to run
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import importlib.util
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import winrm

CHECKOUT = Path(__file__).resolve().parent.parent.parent
OWN_SCENARIOS = CHECKOUT / "tests" / "lab" / "scenarios"
FORKS = 3
SLOTS = 2
KILL_AFTER_MS = 120_000
# A host that answers none of ansible's requests for so long is given up: the lab is slow when the machine is.
READ_TIMEOUT = 90
RUN_TIMEOUT = 900
CHANGED = "-30d"
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)
REGISTRY_TYPES = {"REG_SZ": 1, "REG_DWORD": 4}


class LabError(Exception):
    """The lab itself did not do what it should: nothing is said about the product."""


# --- Is there a lab? --------------------------------------------------------------------------------------------------


def lab_home() -> Path:
    named = os.environ.get("WSUS_LAB_HOME")
    return Path(named).resolve() if named else CHECKOUT.parent / "shared" / "winlab"


def hindrance() -> str:
    """Why no lab test can run here; empty where they can."""
    if not (lab_home() / "winrmd.py").is_file():
        return f"LAB: no lab at {lab_home()} (WSUS_LAB_HOME=/path/to/winlab names it)"
    if not shutil.which(os.environ.get("WINE") or "wine") or not shutil.which("wineserver"):
        return "LAB: wine missing (apt-get install --no-install-recommends wine wine64)"
    return ""


@functools.cache
def module(name: str) -> ModuleType:
    """A program of the lab as a module; nothing is written into the lab's folder."""
    path = lab_home() / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"winlab_{name}", path)
    if spec is None or spec.loader is None:
        raise LabError(f"no {path}")
    loaded = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        sys.modules[spec.name] = loaded  # dataclasses look their module up
        spec.loader.exec_module(loaded)
    finally:
        sys.dont_write_bytecode = before
    return loaded


def _folder(variable: str, default: Path) -> Path:
    path = Path(os.environ.setdefault(variable, str(default))).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def cache_folder() -> Path:
    # winrmd hands every variable WINLAB_* to the hosts.
    _folder("WINLAB_TYPECACHE", CHECKOUT / ".cache" / "winlab-types")
    return _folder("WINLAB_CACHE", CHECKOUT / ".cache" / "winlab")


def hosts_folder() -> Path:
    return _folder("WSUS_LAB_DIR", cache_folder() / "hosts")


# --- Scenarios and cells ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Cell:
    """One host to make: an operating system in a state."""

    persona: str
    scenario: str

    @property
    def id(self) -> str:
        return f"{self.persona}-{self.scenario}"


PERSONAS = ("2012", "2012R2", "2016", "2019", "2022", "2025")


def scenario_files() -> dict[str, Path]:
    """Every scenario by name: the lab's and the project's own."""
    found = {path.stem: path for path in sorted((lab_home() / "scenarios").glob("*.json"))}
    for path in sorted(OWN_SCENARIOS.glob("*.json")):
        if path.stem in found:
            raise LabError(f"{path.name} has the name of a scenario of the lab")
        found[path.stem] = path
    return found


def all_cells() -> list[Cell]:
    """Every scenario on every persona that it is for."""
    cells = []
    for name, path in scenario_files().items():
        wanted = json.loads(path.read_text("utf-8")).get("personas", PERSONAS)
        cells += [Cell(persona, name) for persona in PERSONAS if persona in wanted]
    return cells


def ago(offset: str, base: datetime | None = None) -> datetime:
    """`-30d`, `-2h`, `-10m`, `-5s` from now."""
    base = base or datetime.now(timezone.utc)
    return base + timedelta(**{UNITS[offset[-1]]: int(offset[:-1])})


def expand(scenario: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A scenario as mkprefix.py takes it, and what is left to do on the files once the prefix is made.

    Scenario files of the project may have a member `extra`, for what would make them large or binary:
      values        [{key, name, count, data}]: that many values; {0} in the name is the number
      keys          [{key, count}]: that many keys
      pad           [{key, name, item, length}]: items are added to a comma-separated list up to that many characters
      registry_pol  {path below drive_c: [[key, value name, type, data], ...]}
      files_changed when its files were written (default -30d, as its registry values; mkprefix.py leaves them at now)
    and `{-2h}` in a text is the time of two hours ago.
    """
    text = re.sub(r"\{(-\d+[dhms])\}", lambda m: f"{ago(m[1]):%Y-%m-%dT%H:%M:%S}.000Z", json.dumps(scenario))
    scenario = json.loads(text)
    extra = scenario.pop("extra", {})
    registry = scenario.setdefault("registry", {})
    for many in extra.pop("values", []):
        key = registry.setdefault(many["key"], {})
        key.update({many["name"].format(number): many["data"] for number in range(many["count"])})
    for many in extra.pop("keys", []):
        registry.update({many["key"].format(number): {} for number in range(many["count"])})
    for pad in extra.pop("pad", []):
        key, number = registry[pad["key"]], 0
        while len(key[pad["name"]]) < pad["length"]:
            key[pad["name"]] += "," + pad["item"].format(number)
            number += 1
    rest = {"registry_pol": extra.pop("registry_pol", {}), "files_changed": extra.pop("files_changed", CHANGED)}
    if extra:
        raise LabError(f"unknown members of extra: {', '.join(extra)}")
    return scenario, rest


def expanded_file(name: str, folder: Path) -> Path:
    """A scenario as a file for mkprefix.py."""
    scenario, _rest = expand(json.loads(scenario_files()[name].read_text("utf-8")))
    path = folder / f"{name}.json"
    path.write_text(json.dumps(scenario), "utf-8")
    return path


def registry_pol(entries: list[list[Any]]) -> bytes:
    """A Registry.pol as Windows writes it: PReg, then [key;value;type;size;data] in UTF-16."""

    def text(value: str) -> bytes:
        return (value + "\0").encode("utf-16-le")

    data = b"PReg\x01\0\0\0"
    for key, name, kind, value in entries:
        raw = struct.pack("<I", value) if kind == "REG_DWORD" else text(value)
        parts = [text(key), text(name), struct.pack("<I", REGISTRY_TYPES[kind]), struct.pack("<I", len(raw)), raw]
        data += "[".encode("utf-16-le") + ";".encode("utf-16-le").join(parts) + "]".encode("utf-16-le")
    return data


# --- Hosts ------------------------------------------------------------------------------------------------------------


@functools.cache
def _make_template() -> None:
    """The template that all hosts are cloned from; made once, by one process."""
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        module("mkprefix").template(cache_folder())


def make_prefix(cell: Cell, folder: Path, host: str) -> Path:
    """The Wine prefix of a cell, not started, in the folder's subfolder `host`."""
    source = scenario_files()[cell.scenario]
    original = json.loads(source.read_text("utf-8"))
    scenario, rest = expand(original)
    name = cell.scenario
    if source.parent == OWN_SCENARIOS:
        path = folder / f"{host}.scenario.json"
        path.write_text(json.dumps(scenario), "utf-8")
        name = str(path)
    mkprefix = module("mkprefix")
    try:
        _make_template()
        prefix = Path(mkprefix.build(cell.persona, name, folder / host, cache=cache_folder()))
    except (SystemExit, OSError, ValueError, KeyError, subprocess.SubprocessError) as problem:
        raise LabError(f"mkprefix.py could not make {cell.id}: {problem!r}") from problem
    drive = prefix / "drive_c"
    for below, entries in rest["registry_pol"].items():
        path = drive / below
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(registry_pol(entries))
    changed = ago(rest["files_changed"]).timestamp()
    for below in [*scenario.get("set", {}).get("files", {}), *rest["registry_pol"]]:
        if (drive / below).exists():
            os.utime(drive / below, (changed, changed))
    return prefix


def remove_prefix(prefix: Path) -> None:
    # Wine may still be writing the registry when its server is told to end.
    for _time in range(3):
        shutil.rmtree(prefix, ignore_errors=True)
        if not prefix.exists():
            return
        time.sleep(0.5)


def prefixes_that_run(program: bytes) -> set[str]:
    """Prefixes in which a process of that name runs, by Linux's list of processes."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if program not in (process / "cmdline").read_bytes():
                continue
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended
        found |= {entry[11:].decode() for entry in environment if entry.startswith(b"WINEPREFIX=")}
    return found


class Hosts:
    """Some hosts of the lab behind winrmd, from start to removal: a context manager."""

    def __init__(
        self, cells: Mapping[str, Cell], *, psversion: str = "5.1", slots: int = SLOTS, **options: Any
    ) -> None:
        self.cells = dict(cells)
        self.options = {"psversion": psversion, "slots": slots, "kill_after_ms": KILL_AFTER_MS, **options}
        self.folder = Path(tempfile.mkdtemp(prefix="lab-", dir=hosts_folder()))
        self.prefixes: dict[str, Path] = {}
        self.lab: Any = None

    def make(self) -> Hosts:
        """The prefixes; may run in a thread while other hosts are at work."""
        for name, cell in self.cells.items():
            if name not in self.prefixes:
                made = make_prefix(cell, self.folder, name)
                self.prefixes[name] = made
        return self

    def start(self) -> Hosts:
        self.make()
        prefixes = {name: str(prefix) for name, prefix in self.prefixes.items()}
        for _attempt in range(2):
            lab = module("winrmd").WinLab(prefixes, powershell=lab_home() / "powershell", **self.options)
            try:
                lab.start()
            except (OSError, subprocess.SubprocessError) as problem:
                raise LabError(f"winrmd could not start {', '.join(self.cells)}: {problem!r}") from problem
            self.lab = lab
            if not (late := self._without_iis()):
                return self
            self.stop()
        raise LabError(f"IIS did not start on {', '.join(late)}")

    def _without_iis(self, seconds: float = 20) -> list[str]:
        """Hosts with the role on which no worker process runs yet: on a loaded machine Wine may give a service up."""
        waiting = {
            n: p for n, p in self.prefixes.items() if (p / "drive_c/windows/system32/inetsrv/w3wp.exe").is_file()
        }
        end = time.monotonic() + seconds
        while waiting and time.monotonic() < end:
            running = prefixes_that_run(b"w3wp.exe")
            waiting = {name: prefix for name, prefix in waiting.items() if str(prefix.resolve()) not in running}
            if waiting:
                time.sleep(0.3)
        return list(waiting)

    def stop(self) -> None:
        if self.lab is not None:
            lab, self.lab = self.lab, None
            lab.stop()

    def close(self) -> None:
        self.stop()
        for prefix in self.prefixes.values():
            remove_prefix(prefix)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Hosts:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *problem: object) -> None:
        self.close()

    def drive(self, name: str) -> Path:
        return self.prefixes[name] / "drive_c"

    def powershell(self, name: str, script: str) -> str:
        """Runs a script on a host outside of Ansible, to prepare a state or to read one back."""
        session = winrm.Session(
            f"http://127.0.0.1:{self.lab.hosts[name].port}/wsman",
            auth=(self.lab.user, self.lab.password),
            transport="basic",
            ca_trust_path=None,
            read_timeout_sec=READ_TIMEOUT + 10,
            operation_timeout_sec=READ_TIMEOUT,
        )
        done = session.run_ps("$ErrorActionPreference = 'Stop'\n" + script)
        if done.status_code:
            raise LabError(f"{name}: {done.std_err.decode(errors='replace')}\n{done.std_out.decode(errors='replace')}")
        return done.std_out.decode(errors="replace")

    def inventory(self, variables: Mapping[str, Mapping[str, Any]] | None = None) -> Path:
        """The hosts as an inventory file; `variables` adds to the variables of some."""
        content = self.lab.inventory("lab")
        group = content["all"]["children"]["lab"]
        group["vars"] |= {
            "ansible_winrm_operation_timeout_sec": READ_TIMEOUT - 30,
            "ansible_winrm_read_timeout_sec": READ_TIMEOUT,
        }
        for name, more in (variables or {}).items():
            group["hosts"].setdefault(name, {}).update(more)
        path = self.folder / "inventory.json"
        path.write_text(json.dumps(content, indent=1), "utf-8")
        return path


# --- Ansible ----------------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """What a run of ansible left."""

    code: int
    output: str
    seconds: float
    folder: Path
    # Per host: ok, changed, unreachable, failed.
    recap: dict[str, dict[str, int]] = field(default_factory=dict)

    def result(self, host: str) -> Any:
        """The host's result file; LabError-free: a file that is missing or no JSON is the caller's to judge."""
        path = self.folder / f"{host}.json"
        return json.loads(path.read_text("utf-8")) if path.is_file() else None

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.output.splitlines()[-lines:])


def collections_path() -> str:
    own = os.environ.get("WSUS_COLLECTIONS") or str(CHECKOUT / ".cache" / "collections")
    return os.pathsep.join([own, str(CHECKOUT / ".cache" / "collections-test")])


def ansible_environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """No setting of the user or the machine reaches Ansible."""
    home = folder / "ansible-home"
    home.mkdir(parents=True, exist_ok=True)
    (home / "ansible.cfg").write_text("[defaults]\n")
    foreign = ("ANSIBLE_", "_ANSIBLE_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {
        "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
        "ANSIBLE_HOME": str(home),
        "ANSIBLE_COLLECTIONS_PATH": collections_path(),
        "ANSIBLE_FORKS": str(FORKS),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        **(more or {}),
    }


def program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if not found:
        raise LabError(f"no {name} beside {sys.executable} nor in PATH")
    return found


def run_ansible(
    command: list[str], folder: Path, environment: Mapping[str, str] | None = None, timeout: float = RUN_TIMEOUT
) -> Run:
    """Runs ansible or ansible-playbook; its own group of processes is ended when it takes too long."""
    folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    child = subprocess.Popen(
        [program(command[0]), *command[1:]],
        env=ansible_environment(folder, environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        raw, _rest = child.communicate(timeout=timeout)
    except BaseException as problem:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        raw, _rest = child.communicate()
        if not isinstance(problem, subprocess.TimeoutExpired):
            raise
        raw += f"\nended after {timeout:.0f} s".encode()
    output = raw.decode("utf-8", "replace")
    run = Run(child.returncode, output, time.monotonic() - start, folder)
    for host, ok, changed, unreachable, failed in RECAP.findall(output):
        run.recap[host] = {
            "ok": int(ok),
            "changed": int(changed),
            "unreachable": int(unreachable),
            "failed": int(failed),
        }
    return run


def audit(hosts: Hosts, folder: Path, *arguments: str, variables: Mapping[str, Mapping[str, Any]] | None = None) -> Run:
    """`ansible-playbook wsus.compliance.audit` on the hosts; the result files are in `folder`."""
    inventory = hosts.inventory(variables)
    options = json.dumps({"audit_output_dir": str(folder)})
    return run_ansible(
        ["ansible-playbook", "wsus.compliance.audit", "-i", str(inventory), "-e", options, *arguments], folder
    )
