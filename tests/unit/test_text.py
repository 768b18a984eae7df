# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hostile and foreign text on a terminal."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils import text as plugin_text
from ansible_collections.wsus.compliance.plugins.plugin_utils.text import clean, cut, fit, pad, width, wrap


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("HKLM\\SOFTWARE", "HKLM\\SOFTWARE"),
        ("Grüße, 日本", "Grüße, 日本"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31mred", r"\x9b31mred"),
        ("a\x00b\x07c\x7f", r"a\x00b\x07c\x7f"),
        ("one\r\ntwo\n\n three\t.", "one two three ."),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("a\u200bb\ufeff\u2066\u2028", r"a\u200bb\ufeff\u2066\u2028"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        (None, "None"),
        (7, "7"),
        ("  x  ", "x"),
    ],
)
def test_clean(text, shown):
    assert clean(text) == shown


def test_clean_leaves_nothing_that_is_not_printable():
    everything = "".join(map(chr, range(0x3000)))
    assert all(char.isprintable() for char in clean(everything))
    assert "\x1b" not in clean(everything)


@pytest.mark.parametrize("limit", range(12))
def test_cut_and_clean_keep_the_limit(limit):
    assert len(cut("0123456789abcdef", limit)) <= limit
    assert len(clean("\x1b" * 100, limit)) <= limit


def test_width_counts_columns():
    assert width("abc") == 3
    assert width("日本") == 4
    assert width("e\u0301") == 1


@pytest.mark.parametrize("columns", range(3, 30))
@pytest.mark.parametrize("text", ["0123456789 0123456789", "日本語のサーバー", "a日b本c", "word " * 9])
def test_fit_pad_and_wrap_keep_the_columns(text, columns):
    assert width(fit(text, columns)) <= columns
    assert width(pad(text, columns)) == columns
    for lines in (1, 2, 3):
        parts = wrap(text, columns, lines)
        assert len(parts) <= lines
        assert all(width(part) <= columns for part in parts)


def test_wrap_breaks_at_spaces_and_says_what_is_cut():
    assert wrap("one two three four", 9, 3) == ["one two", "three", "four"]
    assert wrap("one two three four", 9, 2) == ["one two", "three..."]
    assert wrap("short", 80, 3) == ["short"]
    assert wrap("", 80, 3) == []


def test_what_is_printable_is_passed_over_rightly():
    """By this Python's tables: what the quick ways take is what the long ones would leave as it is."""
    printable = [char for char in map(chr, range(sys.maxunicode + 1)) if char.isprintable()]
    assert not [char for char in printable if plugin_text._UNSAFE.match(char)]
    ascii_only = [char for char in printable if char.isascii() and char != " "]
    assert not [char for char in ascii_only if plugin_text._SPACES.match(char) or plugin_text._BLANK.match(char)]


@pytest.mark.parametrize("given", ["", " ", "a", " a  b ", "a b", "  ", "a" * 50, "a  " * 30])
def test_the_quick_way_of_clean_is_that_of_other_texts(given):
    """A letter that is not ASCII takes the long way, and changes nothing else."""
    for limit in (None, 3, 20, 400):
        assert clean(given + "\u00e9", limit) == clean(given + "z", limit).replace("z", "\u00e9")
