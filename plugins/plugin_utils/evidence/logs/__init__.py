# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of WSUS and of Configuration Manager -> classified events and start-ups. Pure: bytes in, plain data out.

``read_logs`` takes sources one after the other and each as a stream: memory does not grow with a log. What it returns
is the public result of ``log_info``; docs/reference/evidence.md has its shape.
"""

from __future__ import annotations

from .model import LogError, LogSource
from .read import LogResult, read_logs
from .times import iso_time

__all__ = ["LogError", "LogResult", "LogSource", "iso_time", "read_logs"]
