# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Subset ``os``: which Windows Server this is, and until when Microsoft repairs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from .context import Context
from .raw import RegistryKey, as_bool, as_mapping, as_text, dword, read_key, text
from .tables import load_table

CURRENT_VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
PRODUCT_OPTIONS = r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions"
TCPIP = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
_WORD_LIMIT = 1_024


def _word(key: RegistryKey, name: str) -> str | None:
    """The text of a value, without blanks at its ends; None where it is empty, of another type, or not there."""
    found = text(key.value(name))
    return None if found is None else found[:_WORD_LIMIT].strip() or None


def _build(current_version: RegistryKey) -> int | None:
    """The build number; None where the two values that hold it contradict each other."""
    words = (_word(current_version, "CurrentBuildNumber"), _word(current_version, "CurrentBuild"))
    # Before Vista CurrentBuild held a phrase ("1.511.1 () (Obsolete data ...)"): what is no number does not count.
    numbers = {int(word) for word in words if word is not None and len(word) <= 6 and word.isascii() and word.isdigit()}
    return numbers.pop() if len(numbers) == 1 else None


def _is_server(current_version: RegistryKey, product_options: RegistryKey) -> bool | None:
    """ProductType says it (WinNT = client; ServerNT, LanmanNT = member server, domain controller), else
    InstallationType.
    """
    product_type = (_word(product_options, "ProductType") or "").casefold()
    if product_type in ("winnt", "servernt", "lanmannt"):
        return product_type != "winnt"
    if product_type:
        return None
    installation = (_word(current_version, "InstallationType") or "").casefold()
    if installation.startswith(("server", "nano server")):
        return True
    return False if installation == "client" else None


def table_row(raw: Mapping[str, object]) -> Mapping[str, Any] | None:
    """The row of os.yml for the raw state of this subset; None for a client, another build, or where that is not known.

    The builds of 2016, 2019 and 2025 are clients' builds too, so a host that may be a client has no row.
    """
    current_version = read_key(raw.get("current_version"), CURRENT_VERSION)
    if _is_server(current_version, read_key(raw.get("product_options"), PRODUCT_OPTIONS)) is not True:
        return None
    build = _build(current_version)
    rows: dict[int, Mapping[str, Any]] = {row["build"]: row for row in load_table("os")["systems"]}
    return None if build is None else rows.get(build)


def _ended(end: str | None, collected_at: datetime | None) -> bool | None:
    """Whether the day ``end`` had passed (UTC) when the state was read."""
    if end is None or collected_at is None:
        return None
    return collected_at.date() > date.fromisoformat(end)


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """The facts ``os``."""
    current_version = read_key(raw.get("current_version"), CURRENT_VERSION)
    tcpip = read_key(raw.get("tcpip"), TCPIP)
    environment = as_mapping(raw.get("environment")) or {}
    row = table_row(raw) or {}
    return {
        "id": row.get("id"),
        "name": _word(current_version, "ProductName"),
        "build": _build(current_version),
        "ubr": dword(current_version.value("UBR")),
        "edition": _word(current_version, "EditionID"),
        "installation_type": _word(current_version, "InstallationType"),
        "is_server": _is_server(current_version, read_key(raw.get("product_options"), PRODUCT_OPTIONS)),
        "machine_name": as_text(environment.get("machine_name"), _WORD_LIMIT),
        # "NV Domain" is the domain of the next boot; Domain may be empty while only that is set.
        "domain": _word(tcpip, "Domain") or _word(tcpip, "NV Domain"),
        "is_64bit": as_bool(environment.get("is_64bit_operating_system")),
        "ui_culture": as_text(environment.get("ui_culture"), _WORD_LIMIT),
        "powershell": {
            "version": as_text(environment.get("powershell_version"), _WORD_LIMIT),
            "edition": as_text(environment.get("powershell_edition"), _WORD_LIMIT),
        },
        "support_ends": row.get("support_ends"),
        "support_ended": _ended(row.get("support_ends"), ctx.collected_at),
        "esu_ends": row.get("esu_ends"),
        "esu_ended": _ended(row.get("esu_ends"), ctx.collected_at),
    }
