# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTML: one file that needs nothing else, for those who decide and those who mend."""

from __future__ import annotations

from .page import html

__all__ = ["html"]
