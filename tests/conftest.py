# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""For all tests: `import ansible_collections.wsus.compliance...` works from the checkout, wherever it lies."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import hypothesis

CHECKOUT = Path(__file__).resolve().parent.parent
COLLECTIONS = CHECKOUT / ".cache" / "collections"

# The same link that scripts/dev makes, so that a bare `pytest tests/unit` finds one too.
link = COLLECTIONS / "ansible_collections" / "wsus" / "compliance"
if not link.exists():
    link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # another pytest-xdist worker was faster
        link.symlink_to("../../../..", target_is_directory=True)

# Plain namespace packages, not Ansible's collection finder: that is private to each release of ansible-core.
sys.path.insert(0, str(COLLECTIONS))

# A loaded machine is no fault of the code, and CI finds the same thing in the same commit twice.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(CHECKOUT / ".cache" / "hypothesis"))
hypothesis.settings.register_profile(
    "wsus",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
hypothesis.settings.load_profile("wsus")
