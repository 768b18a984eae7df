# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be there before anything runs: virtual environments and collections, all below .cache."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .npm import fetch_npm_files
from .places import CACHE, COLLECTIONS, ROOT, TEST_COLLECTIONS, remove, say, seconds_since, stop
from .venv import DEV, holds, requirements_fingerprint


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
    if holds(stamp, requirements_fingerprint(requirements)):
        return
    start = time.monotonic()
    say("fetching ansible.windows for the tests")
    remove(TEST_COLLECTIONS)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        if not DEV.pip("download", "--no-deps", "--only-binary=:all:", "--dest", folder, "--requirement", requirements):
            stop(f"pip could not download {requirements}; see above")
        (wheel,) = Path(folder).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            wanted = [name for name in archive.namelist() if name.startswith("ansible_collections/ansible/windows/")]
            archive.extractall(TEST_COLLECTIONS, wanted)
    stamp.write_text(requirements_fingerprint(requirements))
    say(f"done in {seconds_since(start)}")


def set_up_demo() -> None:
    with only_one():
        DEV.install("demo", "requirements-demo.txt")
        link_collection()


def set_up_tests() -> None:
    with only_one():
        DEV.install("dev", "requirements-demo.txt", "requirements-dev.txt")
        link_collection()
        fetch_test_collections()
        fetch_npm_files()
