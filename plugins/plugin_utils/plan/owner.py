# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a value belongs to: what Group Policy sets is changed there, as it would write over any change on the host."""

from __future__ import annotations

from .model import State
from .wording import SHORT, owner_text, value_text

UNKNOWN = (
    "Find out which policy sets it (gpresult /scope computer /h report.html, and the Group Policy Preferences). "
    "Where none does, set override_unknown_owner."
)


def refused_by_owner(
    owner: str | None, path: str, name: str, after: State, *, override_unknown: bool, setting: str | None = None
) -> tuple[str, str] | None:
    """(reason, next step) where the value is not this host's to change, else None.

    ``setting``: what to change in a Group Policy, in the words of its editor; without it the registry value is named.
    """
    if owner == "local" or (override_unknown and owner in (None, "unknown")):
        return None
    if owner in (None, "unknown"):
        why = "the policies were not read" if owner is None else "not all policies could be read"
        return f"it is not known whether Group Policy sets this value: {why}", UNKNOWN
    where = owner_text(str(owner))
    wanted = f"remove {path}\\{name}" if not after.get("exists") else f"{path}\\{name} = {value_text(after, SHORT)}"
    if str(owner).startswith("preference:"):
        step = f"Change the registry item in {where}: {wanted}. Then gpupdate /target:computer."
    else:
        step = f"Change {where}: {setting or wanted}. Then gpupdate /target:computer."
    return f"{where} sets this value and would write over a local change", step
