# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The site is made of modules, roles and guides without a warning, and every guide is in it."""

from __future__ import annotations

from develop.docs import build
from support.doc_blocks import guides


def test_the_site_builds_without_a_warning(tmp_path):
    pages = build(tmp_path / "site")
    index = (pages / "index.html").read_text()
    for guide in guides():
        name = guide.rpartition("/")[2].removesuffix(".rst")
        assert (pages / "docsite" / f"{name}.html").is_file() and f"docsite/{name}.html" in index, name
    assert (pages / "enforce_module.html").is_file() and (pages / "enforce_role.html").is_file()
