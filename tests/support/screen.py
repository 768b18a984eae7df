# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must not reach a screen, nor a file that is shown on one."""

from __future__ import annotations

import unicodedata

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def raw_characters(text: str) -> set[str]:
    """What a terminal acts on, or hides."""
    return {char for char in text if char not in "\n\r\t" and unicodedata.category(char) in HIDDEN}
