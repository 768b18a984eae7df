# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions of _Package.psm1 and _Program.psm1 where DISM, expand.exe or the disk would have to fail."""

from __future__ import annotations

import pytest
from support import lab

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

FOLDER = r"C:\ProgramData\wsus.compliance\package"
MALFORMED = {
    "package_name": "no name of a package",
    "package_kb": "kb is not",
    "package_digest": "not 64 hex digits",
    "package_elsewhere": "not that of the copy",
    "package_state": "whether the package is installed",
    "package_removed": "only installed",
}
ERRORS = {
    "package_unreadable": "access_denied",
    "package_without_key": "unreadable",
    "package_busy": "busy",
    "package_other_size": "package_corrupt",
    "package_other_content": "package_corrupt",
    "package_gone": "not_found",
    "package_hash_fails": "access_denied",
    "stage_full": "disk_full",
    "stage_locked": "busy",
    "stage_untrusted": "journal_untrusted",
    "stage_throws": "unreadable",
    "stage_while_dism_runs": "busy",
    "stage_denied": "access_denied",
}
VALUES = {
    "package_unsent": "taken",
    "package_older": False,
    "package_same": True,
    "package_other_build": False,
    "package_pending": True,
    "package_staged": False,
    "package_by_kb": True,
    "package_fits": True,
    "package_in_check_mode": True,
    "expand_one": rf"{FOLDER}\expanded\a.cab",
    "expand_cab": r"C:\x.CAB",
    "dism_good": "installed",
    "dism_restart": "installed",
    "dism_at_once": "installed",
    "dism_what_if": True,
    "separate": {"exit_code": 3010, "running": False},
    "separate_hangs": True,
    "separate_gone": False,
    "runs": [True, False],
    "stage": {"path": rf"{FOLDER}\w.msu", "error": None, "left": 0},
    "stage_nothing": None,
}
TEXTS = {
    "expand_fails": "expand.exe ended with exit code 1: told",
    "expand_none": "holds 0 packages",
    "expand_two": "holds 2 packages",
    "dism_not_applicable": "dism.exe ended with exit code -2146498530 (0x800f081e)",
    "dism_hangs": "still runs",
    "separate_refused": "answered 9",
}

CASES = {*MALFORMED, *ERRORS, *VALUES, *TEXTS}
"""All cases of functions_apply.ps1 that this file asserts."""


@pytest.mark.parametrize("case", {**MALFORMED, **TEXTS})
def test_what_it_says(apply_functions, case):
    assert {**MALFORMED, **TEXTS}[case] in apply_functions.answers[case]


@pytest.mark.parametrize("case", ERRORS)
def test_error(apply_functions, case):
    answer = apply_functions.answers[case]
    assert answer["error"]["code"] == ERRORS[case] and answer["error"]["message"], answer


@pytest.mark.parametrize("case", VALUES)
def test_value(apply_functions, case):
    assert apply_functions.answers[case] == VALUES[case]
