# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where things are in the checkout, and how this program speaks."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".cache"
VENV = CACHE / "venv-{}.{}".format(*sys.version_info)
COLLECTIONS = CACHE / "collections"
TEST_COLLECTIONS = CACHE / "collections-test"
RESULTS = CACHE / "results"
SIMULATOR = ROOT / "extensions" / "simulator"


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    raise SystemExit(f"scripts/dev: {text}")


def seconds_since(start: float) -> str:
    return f"{time.monotonic() - start:.0f} s"


def remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
