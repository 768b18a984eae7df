# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The translation of a lab cell, on a lab small enough to lie in the test (the real one is not in the repository)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.winlab_state import from_json, reg_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("dword:ffffffff", 4294967295),
        ('"text"', "text"),
        ('str(7):"a\0b\0"', ["a", "b"]),
        ('str(7):""', []),
        ('str(2):"%x%"', {"type": "REG_EXPAND_SZ", "data": "%x%"}),
        ("hex:01,ff", {"type": "REG_BINARY", "data": "01ff"}),
        ("hex(0):", {"type": "REG_NONE", "data": ""}),
        ("hex(b):01,00,00,00,00,00,00,80", {"type": "REG_QWORD", "data": (1 << 63) + 1}),
        ("hex(7):61,00,00,00,62,00,00,00,00,00", ["a", "b"]),
        ("hex(2):25,00,00,00", {"type": "REG_EXPAND_SZ", "data": "%"}),
    ],
)
def test_data_of_reg_files(text, value):
    assert reg_text(text) == value


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (-1, 4294967295),
        ("text", "text"),
        (["a"], ["a"]),
        ({"type": "qword", "value": 1}, {"type": "REG_QWORD", "data": 1}),
        ({"type": "REG_BINARY", "value": "01"}, {"type": "REG_BINARY", "data": "01"}),
        ({"type": "expand", "value": "%x%"}, {"type": "REG_EXPAND_SZ", "data": "%x%"}),
        ({"type": "REG_EXPAND_SZ", "value": "%x%"}, {"type": "REG_EXPAND_SZ", "data": "%x%"}),
    ],
)
def test_values_of_the_labs_json(given, value):
    assert from_json(given) == value
