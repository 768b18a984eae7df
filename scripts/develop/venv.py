# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A virtual environment below .cache: made, and brought to a level of requirements, when it is not there already."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .places import ROOT, VENV, remove, say, seconds_since, stop


def holds(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text() == wanted


def requirements_fingerprint(*names: str, salt: str = "") -> str:
    """Changes with the place of the checkout (which scripts carry) and the requirement files' content."""
    digest = hashlib.sha256(f"{salt} {ROOT}".encode())
    for name in names:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Venv:
    """``python`` is what makes it; ``version`` and ``prefix`` tell that from others, whatever name it was called by."""

    path: Path
    # Not that of a virtual environment, which may be the very one that is to be made.
    python: str = getattr(sys, "_base_executable", sys.executable)
    version: str = sys.version
    prefix: str = sys.base_prefix

    @property
    def program(self) -> str:
        return str(self.path / "bin" / "python")

    def fingerprint(self, *names: str) -> str:
        return requirements_fingerprint(*names, salt=f"{self.version} {self.prefix}")

    def pip(self, *arguments: str) -> bool:
        """pip of the virtual environment. It shows its output when it fails."""
        command = [self.program, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]
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

    def works(self) -> bool:
        """Made to the end by this Python for this place, no installation broke off, and it still runs."""
        if not holds(self.path / ".made", self.fingerprint()) or (self.path / ".installing").exists():
            return False
        command = [self.program, "-I", "-c", "import pip"]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False

    def make(self) -> None:
        remove(self.path)
        command = [self.python, "-I", "-m", "venv", str(self.path)]
        made = subprocess.run(command, close_fds=False, capture_output=True, text=True, check=False)
        if made.returncode:
            stop(f"could not make {self.path}:\n{made.stdout}{made.stderr}")
        (self.path / ".made").write_text(self.fingerprint())

    def install(self, level: str, *files: str) -> None:
        """Brings it to a level of requirements: nothing to do when their files have not changed."""
        stamp = self.path / f".{level}"
        works = self.works()
        if works and holds(stamp, self.fingerprint(*files)):
            return
        start = time.monotonic()
        say(f"setting up {self.path.relative_to(ROOT)} with {files[-1]} (Python {self.version.split()[0]})")
        if not works:
            self.make()
        stamp.unlink(missing_ok=True)
        (self.path / ".installing").touch()
        if not self.pip("install", "--prefer-binary", "--requirement", files[-1]):
            # Keep .installing: whatever pip left half done, the next set-up starts anew.
            stop(f"pip could not install {files[-1]}; see above")
        (self.path / ".installing").unlink()
        stamp.write_text(self.fingerprint(*files))
        say(f"done in {seconds_since(start)}")


# The one that everything runs in but the stage oldest.
DEV = Venv(VENV)
