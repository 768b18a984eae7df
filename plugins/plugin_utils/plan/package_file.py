# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A package on the controller: what its manifest says, and its SHA-256."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .cabinet import CabinetError, extract
from .rollup_package import MANIFEST_LIMIT

_CHUNK = 1 << 20
_ANSWER_FILE = ".xml"
"""In an .msu, the file that hands its package to DISM; it may also lie beside the .msu, under the same name."""
_MANIFEST = "update.mum"
"""In a .cab."""


@dataclass(frozen=True)
class PackageFile:
    """``path``: on the controller. ``manifest``: content of its manifest, None where it was not read; ``unread``: why.
    ``sha256``, ``size`` (bytes): of the file.
    """

    path: str
    manifest: bytes | None = None
    unread: str | None = None
    sha256: str | None = None
    size: int | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.replace("\\", "/").rpartition("/")[2]


def load_package(path: str) -> PackageFile:
    """The package at ``path``.

    Raises:
        OSError: it can't be read.
    """
    place = Path(path)
    manifest, unread = _manifest(place)
    with place.open("rb") as stream:
        digest, size = hashlib.sha256(), 0
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return PackageFile(path, manifest, unread, digest.hexdigest(), size)


def _manifest(place: Path) -> tuple[bytes | None, str | None]:
    """(the manifest, why it was not read)."""
    beside = place.with_suffix(_ANSWER_FILE)
    if beside.is_file():
        with beside.open("rb") as stream:
            return stream.read(MANIFEST_LIMIT + 1), None
    try:
        with place.open("rb") as stream:
            found = _within(stream)
    except CabinetError as problem:
        return None, str(problem)
    return found, None if found is not None else "it holds none"


def _within(stream: BinaryIO) -> bytes | None:
    def wanted(name: str) -> bool:
        return name.lower() == _MANIFEST or name.lower().endswith(_ANSWER_FILE)

    return extract(stream, wanted, MANIFEST_LIMIT)
