# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What came back from a host, answer or failure, before anything is made of it."""

from __future__ import annotations

from .answer import AnswerError, check_answer
from .failure import CONNECTION_CODES, from_exception, from_result, hint, what

__all__ = ["CONNECTION_CODES", "AnswerError", "check_answer", "from_exception", "from_result", "hint", "what"]
