# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of wsus_connection: a connection that the server itself made, step by step, and what it means."""

from __future__ import annotations

from .answer import Answer, check_connection
from .meaning import CAVEAT, describe, endpoints
from .outcome import OUTCOMES

__all__ = ["CAVEAT", "OUTCOMES", "Answer", "check_connection", "describe", "endpoints"]
