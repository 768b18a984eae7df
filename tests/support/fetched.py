# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a test can't do without. In CI it fails where that is missing, elsewhere it is skipped and the stage says so."""

from __future__ import annotations

import os

import pytest
from develop.npm import PackageFile


def skip(reason: str) -> None:
    """Skips the test; a failure in CI, where all has been installed."""
    assert "CI" not in os.environ, reason
    pytest.skip(reason)


def text_of(file: PackageFile) -> str:
    """A file of an npm package, as it was fetched by the set-up."""
    if not file.path.is_file():
        skip(f"NOT FETCHED FROM NPM: {file.package}")
    return file.path.read_text(encoding="utf-8")
