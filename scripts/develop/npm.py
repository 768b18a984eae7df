# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that tests need and only npm packages carry: taken out of archives that are known by their digest, no npm."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from .places import CACHE, say

FOLDER = CACHE / "npm"
REGISTRY = "https://registry.npmjs.org"
_SIZE_LIMIT = 20_000_000


@dataclass(frozen=True)
class PackageFile:
    """One file of a package. ``member``: its path there. ``sha256``: of the archive."""

    package: str
    version: str
    member: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where it lies; another version lies elsewhere."""
        return FOLDER / f"{self.package.replace('/', '+')}-{self.version}" / Path(self.member).name

    @property
    def address(self) -> str:
        registry = os.environ.get("NPM_CONFIG_REGISTRY", REGISTRY).rstrip("/")
        return f"{registry}/{self.package}/-/{self.package.rpartition('/')[2]}-{self.version}.tgz"


SARIF_SCHEMA = PackageFile(
    "@microsoft/jest-sarif",
    "1.0.0-beta.0",
    "package/lib/schemas/sarif-2.1.0-rtm.5.json",
    "748e2c3d1a842e7bb258416685c7ea3a0da40005b72267b2052c2856d48ad102",
)
"""The schema of OASIS, in the package (MIT) of those who wrote it."""
AXE = PackageFile(
    "axe-core",
    "4.14.1",
    "package/axe.min.js",
    "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
)
"""The rules of accessibility (MPL 2.0)."""
FILES = (SARIF_SCHEMA, AXE)


def fetch_npm_files() -> None:
    """Those that are not there yet. Where that fails it is said, and the tests that need them are skipped."""
    for file in FILES:
        if file.path.is_file():
            continue
        say(f"fetching {file.package} for the tests")
        try:
            _fetch(file)
        except (OSError, ValueError, KeyError, tarfile.TarError) as problem:
            say(f"{file.address}: {problem}")


def npm_hindrance() -> str:
    """Why tests that need these files are skipped; empty where they are not."""
    missing = [file.package for file in FILES if not file.path.is_file()]
    return f"NOT FETCHED FROM NPM: {', '.join(missing)}" if missing else ""


def _fetch(file: PackageFile) -> None:
    with urllib.request.urlopen(file.address, timeout=60) as answer:
        archive = answer.read(_SIZE_LIMIT)
    if (digest := hashlib.sha256(archive).hexdigest()) != file.sha256:
        raise ValueError(f"its SHA-256 is {digest}, not {file.sha256}")
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as members:
        found = members.extractfile(file.member)
        if found is None:
            raise ValueError(f"{file.member} is no file")
        content = found.read()
    file.path.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.path.with_suffix(".new")
    temporary.write_bytes(content)
    temporary.replace(file.path)
