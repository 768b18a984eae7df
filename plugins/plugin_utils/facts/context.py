# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a subset's builder may need besides its own raw state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .endpoint_list import EndpointList
from .raw import RegistryValue, as_mapping

OwnerLookup = Callable[[str, str], "str | None"]
"""(full path of the key, name of the value) -> ``local``, ``gpo:...``, ``preference:...``, ``unknown``, or None (not
collected).
"""


def no_owner(path: str, name: str) -> str | None:
    """The lookup for an answer without the subset ``policy``: nothing can be said of any value."""
    del path, name
    return None


@dataclass(frozen=True)
class Context:
    """The whole answer and what was already learnt from it.

    ``raw``: every collected subset as it came (untrusted; use ``subset``). ``collected_at``: UTC, None if the host gave
    none. ``os``: the host's row of ``tables/os.yml``, None if the OS is not known. ``owner``: who sets a value.
    ``accepted``: what the endpoint accepts, in place of what ``tables/endpoints.yml`` says; None = the table's.
    """

    raw: Mapping[str, object] = field(default_factory=dict)
    collected_at: datetime | None = None
    os: Mapping[str, Any] | None = None
    owner: OwnerLookup = no_owner
    accepted: EndpointList | None = None

    @property
    def os_id(self) -> str | None:
        """``2012`` ... ``2025``, or None."""
        return None if self.os is None else str(self.os["id"])

    def subset(self, name: str) -> Mapping[str, object] | None:
        """The raw state of another subset; None where it was not collected, failed, or is no object."""
        found = as_mapping(self.raw.get(name))
        return None if found is None or "error" in found else found

    def value_fact(self, value: RegistryValue) -> dict[str, Any]:
        """The facts' VALUE with its owner."""
        return value.as_fact(self.owner(value.path, value.name))
