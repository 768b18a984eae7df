# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every code block of the READMEs is executed, in the order of the page, against simulated hosts."""

from __future__ import annotations

import pytest
from support.doc_blocks import pages, readmes
from support.doc_page import execute_page
from support.doc_recipes import HOSTS, RECIPES


@pytest.mark.parametrize("page", readmes())
def test_every_block_is_executed(page, tmp_path):
    execute_page(page, tmp_path)


def test_recipes_are_of_pages_that_are_there():
    assert set(HOSTS) | set(RECIPES) <= set(pages())
