# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names for the numbers of TLS on the wire."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ...table import read_table

TABLE = Path(__file__).parent / "tables" / "tls_numbers.yml"


@cache
def _names(kind: str) -> dict[int, str]:
    return {row["number"]: row["name"] for row in read_table(TABLE)[kind]}


def is_grease(number: int) -> bool:
    """A number that means nothing and is sent to find servers that choke on it (RFC 8701)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def version_name(number: int) -> str:
    return _names("versions").get(number, f"0x{number:04x}")


def suite_name(number: int) -> str:
    return _names("suites").get(number, f"0x{number:04x}")


def group_name(number: int) -> str:
    return _names("groups").get(number, f"0x{number:04x}")


def alert_name(number: int) -> str:
    return _names("alerts").get(number, str(number))
