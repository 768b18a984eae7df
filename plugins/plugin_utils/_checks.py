# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an argument spec can't say of options that several action plugins have.

FOR INTERNAL COLLECTION USE ONLY: it may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from .endpoint.model import Measurement, read_measurement
from .evidence import MEMBERS
from .facts.cipher_lists import is_suite
from .facts.endpoint_list import EndpointList
from .report.files import FileError, read_json
from .text import clean

MEASUREMENT_LIMIT = 4 * 1024**2
"""Most bytes of a file with a measurement. A real one has about 3 kB."""


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


def given_measurement(name: str, given: object) -> Measurement:
    """The measurement in the option ``name``: what ``endpoint_info`` returned, or the path of a file that it wrote.

    Raises:
        AnsibleActionFail: it is none.
    """
    if isinstance(given, str) and given.strip():
        try:
            given = read_json(Path(given).expanduser(), MEASUREMENT_LIMIT)
        except FileError as problem:
            raise AnsibleActionFail(f"{name}: {problem}") from None  # its text says the cause
    elif not isinstance(given, Mapping):
        raise AnsibleActionFail(f"{name} must be what wsus.compliance.endpoint_info returned, or the path of its file")
    try:
        return read_measurement(given)
    except ValueError as problem:
        raise AnsibleActionFail(f"{name} is not a measurement of an endpoint: {problem}") from None


def given_list(options: Mapping[str, Any]) -> EndpointList | None:
    """What replaces the built-in list of suites, by the options ``accepted_suites`` and ``endpoint``; None = nothing.

    Raises:
        AnsibleActionFail: what was given can't.
    """
    suites: Sequence[str] | None = options["accepted_suites"]
    check_suites(suites)
    if options["endpoint"] is None:
        return None if suites is None else EndpointList(tuple(suites))
    found = given_measurement("endpoint", options["endpoint"])
    try:
        return found.as_list()
    except ValueError as problem:
        raise AnsibleActionFail(f"endpoint can't replace the built-in list: {problem}.") from None
