# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be there before anything runs: virtual environments and collections, all below .cache."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .places import CACHE, COLLECTIONS, ROOT, TEST_COLLECTIONS, VENV, remove, say, seconds_since, stop


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
        check=False,
    )
    if done.returncode:
        say(done.stdout.rstrip())
    return done.returncode == 0


def venv_works() -> bool:
    """Made to the end by this Python for this place, no installation broke off, and it still runs."""
    if not holds(VENV / ".made", fingerprint()) or (VENV / ".installing").exists():
        return False
    try:
        return (
            subprocess.run(
                [VENV / "bin" / "python", "-I", "-c", "import pip"], capture_output=True, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def make_venv() -> None:
    remove(VENV)
    made = subprocess.run(
        [sys.executable, "-I", "-m", "venv", VENV], close_fds=False, capture_output=True, text=True, check=False
    )
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
