# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which restarts one change calls for, by the table ``restarts.yml``: for plans, and for journals of what was done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .tables import load_table
from .w3wp import CONFIG_PATH

CONFIGURATION = "WSUS configuration"
PACKAGE = "Windows package"
"""What the table calls targets that are neither a key nor a file."""
RESTARTS = ("iisreset", "WsusService", "reboot")
"""In the order in which they are done."""
_NEEDS = {"iisreset": "iisreset", "service_restart": "WsusService", "reboot": "reboot"}


@dataclass(frozen=True)
class Need:
    """``what``: one of RESTARTS; ``need``: required or recommended."""

    what: str
    need: str
    reason: str


def matches(pattern: str, path: str) -> bool:
    """Whether ``path`` is what a row's ``path`` means; ``*`` is one part."""
    wanted, parts = pattern.casefold().split("\\"), path.casefold().split("\\")
    return len(wanted) == len(parts) and all(want in ("*", part) for want, part in zip(wanted, parts, strict=True))


def restarts_of(path: str, names: Collection[str] | None = None) -> list[Need]:
    """What a change of these values of a key, or of a file (``names`` None = any), calls for, each restart once."""
    if path.casefold().endswith(CONFIG_PATH.casefold().removeprefix("%systemroot%")):
        path = CONFIG_PATH  # written out
    wanted = None if names is None else {name.casefold() for name in names}
    found: dict[str, Need] = {}
    table = load_table("restarts")
    for row in (*table["restarts"], *table["of_known_changes"]):
        values = {name.casefold() for name in row["values"]}
        if not matches(row["path"], path) or (wanted is not None and values and not values & wanted):
            continue
        for member, need in (("needs", "required"), ("recommended", "recommended")):
            what = _NEEDS.get(row[member] or "")
            if what is None or (what in found and (need == "recommended" or found[what].need == need)):
                continue
            reader = "Windows" if row["reader"] == "system" else row["reader"]
            why = f"{reader} reads it when it starts" if need == "required" else "the documents order it"
            found[what] = Need(what, need, f"{row['what']}: {why}")
    return sorted(found.values(), key=lambda item: RESTARTS.index(item.what))
