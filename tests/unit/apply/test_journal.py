# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Journals: the chain, the order of the records, and what was done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.journal import (
    LINE_COUNT_LIMIT,
    read_journal,
    taken_back,
)
from hypothesis import given
from hypothesis import strategies as st
from support.journal_records import (
    ABSENT,
    ID,
    NEXT,
    OLD,
    ONE,
    applied,
    begin,
    blob,
    end,
    failed,
    file,
    ready,
    restart,
    value,
    whole,
    writing,
)
from support.raw_host import chain
from time_limit import at_most

V, F = "dotnet_strong_crypto.1", "w3wp_config.1"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def read(*records: Any, **options: Any) -> Any:
    return read_journal(chain(*records), ID, **options)


def states(journal: Any) -> dict[str, str]:
    return {entry.id: entry.state for entry in journal.operations}


def test_a_run_that_ended_well():
    journal = read(*whole(value(missing_keys=["HKLM\\a", "HKLM\\a\\b"]), file()), restart("iisreset", 20))
    assert (journal.state, journal.purpose, journal.rolls_back, journal.user) == (
        "complete",
        "enforce",
        None,
        "CORP\\admin",
    )
    assert (journal.machine_name, journal.started) == ("WSUS01", "2026-11-25T12:00:00.000Z")
    assert states(journal) == {V: "applied", F: "applied"}
    first, second = journal.operations
    assert (first.before, first.after, first.missing_keys) == (ABSENT, ONE, ("HKLM\\a", "HKLM\\a\\b"))
    assert (first.target, first.resolution) == (f"{first.path}\\SchUseStrongCrypto", "dotnet_strong_crypto")
    assert journal.blobs[second.before["sha256"]] == OLD
    assert journal.restarts == (("iisreset", "2026-11-25T12:20:00.000Z"),)


HEAD = [begin(), value(), file(), blob(), ready()]


@pytest.mark.parametrize(
    ("records", "state", "expected"),
    [
        ([begin()], "never_started", {}),
        ([begin(), value()], "never_started", {V: "not"}),
        (HEAD, "interrupted", {V: "not", F: "not"}),
        ([*HEAD, writing(V)], "interrupted", {V: "perhaps", F: "not"}),
        ([*HEAD, writing(V), applied(V)], "interrupted", {V: "applied", F: "not"}),
        ([*HEAD, writing(V), applied(V), restart("iisreset", 9)], "interrupted", {V: "applied", F: "not"}),
        ([*HEAD, writing(V), failed(V), end("stopped")], "stopped", {V: "perhaps", F: "not"}),
        ([*HEAD, writing(V), failed(V, "mismatch"), end("stopped")], "stopped", {V: "not", F: "not"}),
        ([*HEAD, failed(V, "mismatch"), end("stopped")], "stopped", {V: "not", F: "not"}),
        ([*HEAD, writing(V), end("stopped")], "stopped", {V: "perhaps", F: "not"}),
        ([*HEAD, writing(F), applied(F), end()], "complete", {V: "not", F: "applied"}),
    ],
)
def test_how_far_a_run_came(records, state, expected):
    journal = read(*records)
    assert (journal.state, states(journal)) == (state, expected), journal.reason
    assert [entry.id for entry in journal.done()] == [name for name, found in expected.items() if found != "not"]


def test_a_line_that_is_cut_off_is_where_the_run_broke_off():
    lines = chain(*whole(value(), file()))
    ready_at = next(number for number, line in enumerate(lines) if '"ready"' in line)
    for number, line in enumerate(lines):
        for length in (0, 30, 64, 65, 70, len(line) - 1):
            journal = read_journal([*lines[:number], line[:length]], ID)
            assert journal.state == ("interrupted" if number > ready_at else "never_started"), (number, length)


def test_any_other_change_of_a_line_is_noticed():
    lines = chain(*whole(value(), file()))
    for number, line in enumerate(lines):
        for changed in (
            line.replace("2026", "2027"),
            line.replace("a", "b"),
            f"{'0' * 64}{line[64:]}",
            line + " ",
            "garbage",
            line.upper(),
        ):
            if changed != line:
                assert read_journal([*lines[:number], changed, *lines[number + 1 :]], ID).state == "damaged", (
                    number,
                    changed,
                )
    for number in range(len(lines) - 1):
        assert read_journal([*lines[:number], *lines[number + 1 :]], ID).state == "damaged", number
        swapped = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
        assert read_journal(swapped, ID).state == "damaged", number
    assert read_journal([*lines, lines[-1]], ID).state == "damaged"


@pytest.mark.parametrize("state", [{"MUUrl": "https://x"}, {"RedirectorChangeNumber": 4002}])
def test_a_part_of_the_configuration(state):
    """As the contract allows it: both states have the same members, one at least."""
    member = {"kind": "wsus_configuration", "path": None, "name": None, "before": state, "after": state}
    (entry,) = read(begin(), value(**member), ready()).operations
    assert (entry.before, entry.after) == (state, state)
    for wrong in ({}, {**state, "MUUrl": 1}, {**state, "RedirectorChangeNumber": "4002"}):
        assert read(begin(), value(**{**member, "after": wrong}), ready()).state == "damaged", wrong


@pytest.mark.parametrize(
    "records",
    [
        [value(), ready()],
        [begin(), begin()],
        [begin(NEXT)],
        [begin(journal=2)],
        [begin(purpose="audit")],
        [begin(rolls_back="..\\x")],
        [begin(at="yesterday")],
        [begin(), value(), value()],
        [begin(), value("a b")],
        [begin(), value("x" * 81)],
        [begin(), value(kind="service")],
        [begin(), value(path=None)],
        [begin(), value(name=None)],
        [begin(), value(before={"exists": True, "type": "REG_DWORD", "data": "1"})],
        [begin(), value(after=None)],
        [begin(), value(missing_keys=[1])],
        [begin(), file(), blob(b"other"), ready()],
        [begin(), file(), {**blob(), "content": "!"}, ready()],
        [begin(), file(), {**blob(), "sha256": "0" * 64}, ready()],
        [begin(), file(), ready()],
        [begin(), writing(V)],
        [*HEAD, value("late.1")],
        [*HEAD, writing("nobody.1")],
        [*HEAD, applied(V)],
        [*HEAD, writing(V), writing(F)],
        [*HEAD, writing(V), applied(F)],
        [*HEAD, writing(V), applied(V), writing(V)],
        [*HEAD, writing(V), failed(F)],
        [*HEAD, writing(V), end()],
        [*HEAD, end("well")],
        [*HEAD, end(), writing(V)],
        [*HEAD, end(), end()],
        [*HEAD, restart("service", 5)],
        [*HEAD, {"record": "other"}],
        [*HEAD, {"record": 7}],
        [*HEAD, {"no": "record"}],
    ],
)
def test_records_that_can_not_be(records):
    journal = read(*records)
    assert journal.state == "damaged" and journal.reason and not journal.operations


def test_without_its_blobs_as_the_collector_shows_it():
    lines = chain(*whole(value(), file(), value("x.1", "A")))
    shown = [line for line in lines if '"blob"' not in line]
    assert len(shown) == len(lines) - 1
    journal = read_journal(shown, ID, without_blobs=True)
    assert journal.state == "complete" and len(journal.done()) == 3
    assert read_journal(shown, ID).state == "damaged"
    for number in range(len(shown) - 1):  # nothing else may be missing
        fewer = [*shown[:number], *shown[number + 1 :]]
        journal = read_journal(fewer, ID, without_blobs=True)
        assert journal.state == "damaged" or '"x.1"' in shown[number], number


@given(JSON)
def test_any_lines(lines):
    assert read_journal(lines, ID).state in ("damaged", "never_started")


@given(st.lists(st.dictionaries(st.text(max_size=8), JSON, max_size=5), max_size=6))
def test_any_records(records):
    assert read(begin(), *records, begin()).state == "damaged"


@pytest.mark.parametrize(
    "lines",
    [
        ["x" * (17 * 1024 * 1024)],
        ["x"] * (LINE_COUNT_LIMIT + 1),
        [f'{"0" * 64} {{"a": {"[" * 900_000}}}'],
        [f'{"0" * 64} {{"a": {"9" * 900_000}}}', ""],
    ],
    ids=["long", "many", "deep", "digits"],
)
def test_hostile_lines(lines):
    with at_most(5):
        assert read_journal(lines, ID).state == "damaged"


def test_not_a_number():
    assert read_journal([f'{"0" * 64} {{"a": NaN}}', "x"], ID).state == "damaged"
    assert json.loads(chain(begin())[0][65:])["record"] == "begin"


def taking_back(*operations, whole_journal=False, identity=NEXT, **members):
    notes = [{**one, "note": {"rolls_back": one["id"], "whole": whole_journal}} for one in operations]
    return read_journal(
        chain(*whole(*notes, identity=identity, purpose="rollback", rolls_back=ID, **members)), identity
    )


def test_what_was_taken_back():
    journal = read(*whole(value(), value("x.1", "A")))
    assert not taken_back(journal, [journal])
    part = taking_back(value())
    assert not taken_back(journal, [journal, part])
    assert taken_back(journal, [part, taking_back(value("x.1", "A"), identity="20261125T140000000Z-0a1b2c3d")])
    assert taken_back(journal, [taking_back(value(), whole_journal=True)])
    nothing = read(begin(), value(), ready(), end("stopped"))
    assert not taken_back(nothing, [part])
