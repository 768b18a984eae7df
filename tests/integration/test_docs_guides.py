# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every code block of the guides is executed, in the order of the page, against simulated hosts."""

from __future__ import annotations

import pytest
from support.doc_blocks import guides
from support.doc_page import execute_page


# antsibull-docutils on the newest docutils.
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("page", guides())
def test_every_block_is_executed(page, tmp_path):
    execute_page(page, tmp_path)
