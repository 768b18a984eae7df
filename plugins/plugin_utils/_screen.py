# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of a summary to the screen of whoever runs ansible-playbook.

FOR INTERNAL COLLECTION USE ONLY: it may change in any release.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from ansible import constants as C
from ansible.utils.display import Display

from .report.summary import Line

COLORS = {
    "good": C.COLOR_OK,
    "bad": C.COLOR_ERROR,
    "warn": C.COLOR_CHANGED,
    "dim": C.COLOR_SKIP,
}
RETURN_LINES = 1_000
"""Most lines that a result has."""
# Read where the plugin is loaded, which is the main process: workers of newer releases have no terminal.
COLUMNS = shutil.get_terminal_size((100, 24)).columns


def show(lines: Sequence[Line], wanted: bool) -> list[str]:
    """Shows the lines, unless it is not wanted or all that is printed has to be JSON. Returns their texts."""
    if wanted and "json" not in str(C.config.get_config_value("DEFAULT_STDOUT_CALLBACK")).lower():
        for line in lines:
            Display().display(line.text, color=COLORS.get(line.color or ""))
    return [line.text for line in lines[:RETURN_LINES]]
