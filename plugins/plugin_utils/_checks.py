# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an argument spec can't say of options that several action plugins have.

FOR INTERNAL COLLECTION USE ONLY: it may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleActionFail

from .evidence import MEMBERS
from .facts.cipher_lists import is_suite
from .text import clean


def check_evidence(evidence: Mapping[str, Any] | None) -> None:
    """Raises AnsibleActionFail where ``evidence`` has members that are not known, or of the wrong type."""
    given = evidence or {}
    unknown = sorted(str(name) for name in given if name not in MEMBERS)
    if unknown:
        raise AnsibleActionFail(f"evidence has unknown members: {', '.join(unknown)}. It has {', '.join(MEMBERS)}.")
    for name, items in given.items():
        if not isinstance(items, (list, tuple)):
            raise AnsibleActionFail(f"evidence.{name} must be a list")


def check_suites(suites: Sequence[str] | None) -> None:
    """Raises AnsibleActionFail where ``accepted_suites`` names none, or what no Windows knows."""
    if suites is not None and not any(name.strip() for name in suites):
        raise AnsibleActionFail("accepted_suites names no cipher suite. Leave it out for the built-in list.")
    strange = sorted({clean(name, 60) for name in suites or () if not is_suite(name.strip())})
    if strange:
        shown = ", ".join(strange[:10]) + (f" and {len(strange) - 10} more" if len(strange) > 10 else "")
        raise AnsibleActionFail(
            f"accepted_suites has what is not the name of a cipher suite of Windows: {shown}. The names are in "
            "plugins/plugin_utils/facts/tables/cipher_suites.yml of this collection."
        )


def check_facts(facts: Mapping[str, Any] | None) -> None:
    """Raises AnsibleActionFail where ``facts`` are not facts of this collection."""
    if facts is not None and "schema_version" not in facts:
        raise AnsibleActionFail("facts is not what wsus.compliance.wsus_facts returns as ansible_facts.wsus")
