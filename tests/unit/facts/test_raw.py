# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers of the contract's shapes: what is right is read, everything else is an error, nothing raises."""

from __future__ import annotations

import base64
from datetime import datetime, timezone

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import raw
from hypothesis import given
from hypothesis import strategies as st
from support.raw_state import DENIED, TIME, key, no_key, reg, tree

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["path", "exists", "error", "code", "values", "subkeys", "truncated", "type", "data", "content"]
            )
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("REG_SZ", "text", "text"),
        ("REG_SZ", "", ""),
        ("REG_EXPAND_SZ", "%A%", "%A%"),
        ("REG_DWORD", 0, 0),
        ("REG_DWORD", 2**32 - 1, 0xFFFFFFFF),
        ("REG_DWORD", -1, 0xFFFFFFFF),
        ("REG_DWORD", -(2**31), 0x80000000),
        ("REG_QWORD", 2**64 - 1, 2**64 - 1),
        ("REG_QWORD", -1, 2**64 - 1),
        ("REG_MULTI_SZ", ["a", "b"], ("a", "b")),
        ("REG_MULTI_SZ", [], ()),
        ("REG_BINARY", "00FF", "00ff"),
        ("REG_BINARY", "", ""),
        ("REG_NONE", "", ""),
        ("REG_NONE", None, ""),
        ("REG_UNKNOWN", None, None),
        ("REG_SZ", "x" * 65_536, "x" * 65_536),
        ("REG_SZ", "a\ud800b", "a?b"),
    ],
)
def test_value_of_each_type(kind, data, expected):
    value = raw.read_value({"type": kind, "data": data}, "P", "N")
    assert (value.exists, value.type, value.data, value.error) == (True, kind, expected, None)


@pytest.mark.parametrize(
    ("obj", "code"),
    [
        (reg(1, "REG_SZ"), "malformed"),
        (reg("1", "REG_DWORD"), "malformed"),
        ({"type": "REG_DWORD", "data": True}, "malformed"),
        ({"type": "REG_DWORD", "data": 1.0}, "malformed"),
        (reg(2**32, "REG_DWORD"), "malformed"),
        (reg(-(2**31) - 1, "REG_DWORD"), "malformed"),
        (reg(["a", 1]), "malformed"),
        (reg("a", "REG_MULTI_SZ"), "malformed"),
        (reg("0", "REG_BINARY"), "malformed"),
        (reg("zz", "REG_BINARY"), "malformed"),
        (reg("a", "REG_LINK"), "malformed"),
        ({"data": "a"}, "malformed"),
        ({"type": "REG_SZ"}, "malformed"),
        (None, "malformed"),
        ("text", "malformed"),
        ([], "malformed"),
        (reg("x" * 65_537), "too_big"),
        (reg(["x"] * 10_001), "too_big"),
        (reg(["x" * 60_000] * 18), "too_big"),
        (DENIED, "access_denied"),
        ({"error": {"code": "invented", "message": "m"}}, "unreadable"),
        ({"error": "text"}, "malformed"),
    ],
)
def test_what_is_no_value_is_an_error(obj, code):
    value = raw.read_value(obj, "P", "N")
    assert value.error is not None
    assert (value.exists, value.type, value.data, value.error.code) == (False, None, None, code)
    assert raw.dword(value) is None
    assert value.as_fact("local") == {"path": "P", "name": "N", "error": {"code": code, "message": value.error.message}}


def test_value_as_fact():
    value = raw.read_key(key("P", N=["a", "b"]), "").value("N")
    assert value.as_fact("gpo:x") == {
        "path": "P",
        "name": "N",
        "exists": True,
        "type": "REG_MULTI_SZ",
        "data": ["a", "b"],
        "key_last_write": TIME,
        "owner": "gpo:x",
    }


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (reg(7), 7),
        (reg(0), 0),
        (reg(-1), 0xFFFFFFFF),
        (reg("7"), None),
        (reg(7, "REG_QWORD"), None),
        (reg(["7"]), None),
    ],
)
def test_dword_takes_only_a_dword(obj, expected):
    assert raw.dword(raw.read_value(obj, "P", "N")) == expected


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (reg(7), 7),
        (reg(2**40, "REG_QWORD"), 2**40),
        (reg("7"), 7),
        (reg(" 0x1F "), 31),
        (reg("-1", "REG_EXPAND_SZ"), -1),
        (reg(""), None),
        (reg("yes"), None),
        (reg("1 2"), None),
        (reg("9" * 70), None),
        (reg("01000000", "REG_BINARY"), 1),
        (reg("00000000", "REG_NONE"), 0),
        (reg("", "REG_BINARY"), None),
        (reg("00" * 9, "REG_BINARY"), None),
        (reg(["1"]), None),
    ],
)
def test_number_in_any_type(obj, expected):
    assert raw.number_in(raw.read_value(obj, "P", "N")) == expected


@pytest.mark.parametrize(("obj", "expected"), [(reg("a"), "a"), (reg("%a%", "REG_EXPAND_SZ"), "%a%"), (reg(1), None)])
def test_text_of_a_value(obj, expected):
    assert raw.text(raw.read_value(obj, "P", "N")) == expected


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (TIME, datetime(2026, 9, 30, 1, 2, 3, 456_000, tzinfo=timezone.utc)),
        ("2026-09-30T01:02:03Z", datetime(2026, 9, 30, 1, 2, 3, tzinfo=timezone.utc)),
        ("0001-01-01T00:00:00.000Z", datetime(1, 1, 1, tzinfo=timezone.utc)),
        ("2026-02-31T00:00:00.000Z", None),
        ("2026-09-30T24:00:00.000Z", None),
        ("2026-09-30 01:02:03", None),
        ("2026-09-30T01:02:03.456+02:00", None),
        ("\uff12026-09-30T01:02:03Z", None),
        (f"{TIME}\n", None),
        ("", None),
        (0, None),
        (None, None),
    ],
)
def test_time(obj, expected):
    assert raw.read_time(obj) == expected


def test_time_round_trip():
    assert raw.format_time(raw.read_time(TIME)) == TIME
    assert raw.format_time(raw.read_time("0001-01-01T00:00:00.000Z")) == "0001-01-01T00:00:00.000Z"
    assert raw.format_time(None) is None


def test_key_that_exists():
    found = raw.read_key(key("P", A=1, B=DENIED), "default")
    assert (found.path, found.exists, found.error) == ("P", True, None)
    assert found.value("A").data == 1
    assert found.value("a").data == 1
    assert found.value("B").error == raw.ErrorInfo("access_denied", "no")
    absent = found.value("C")
    assert (absent.exists, absent.error, absent.path, absent.name) == (False, None, "P", "C")
    assert raw.format_time(absent.key_last_write) == TIME


def test_key_that_does_not_exist():
    found = raw.read_key(no_key("P"), "default")
    assert (found.exists, found.value("A").exists, found.value("A").error) == (False, False, None)


@pytest.mark.parametrize(
    ("obj", "code"),
    [
        ({"path": "P", **DENIED}, "access_denied"),
        (None, "malformed"),
        ("text", "malformed"),
        ({}, "malformed"),
        ({"exists": "yes"}, "malformed"),
        ({"exists": True, "values": []}, "malformed"),
        ({"exists": True, "values": DENIED}, "access_denied"),
    ],
)
def test_key_in_error_gives_values_in_error(obj, code):
    found = raw.read_key(obj, "default")
    value = found.value("A")
    assert found.exists is None
    assert value.error is not None
    assert (value.error.code, value.exists) == (code, False)


def test_key_without_values_says_nothing_of_them():
    found = raw.read_key({"path": "P", "exists": True, "last_write": TIME}, "")
    assert found.exists is True
    assert found.value("A").error is not None


def test_tree():
    found = raw.read_tree(tree("P", {"One": key("P\\One", Enabled=1), "Two": tree("P\\Two")}), "")
    assert found.names() == ["One", "Two"]
    assert found.key("ONE").value("Enabled").data == 1
    assert found.tree("two").exists is True
    absent = found.key("Three")
    assert (absent.exists, absent.path) == (False, "P\\Three")
    assert found.tree("Three").exists is False


@pytest.mark.parametrize(
    "obj",
    [
        tree("P", truncated=True),
        {"path": "P", "exists": True, "subkeys": {}},
        tree("P", {f"k{n}": key("x") for n in range(201)}),
    ],
)
def test_absence_in_a_list_that_may_be_cut_proves_nothing(obj):
    found = raw.read_tree(obj, "").key("Missing")
    assert found.exists is None
    assert found.error is not None
    assert found.error.code == "too_big"


def test_one_subkey_in_two_spellings_is_malformed():
    found = raw.read_tree(tree("P", {"Aes": key("x", Enabled=1), "AES": key("x", Enabled=0)}), "")
    assert found.names() == ["Aes"]
    error = found.key("aes").error
    assert error is not None
    assert error.code == "malformed"


@pytest.mark.parametrize(
    "obj",
    [
        None,
        {"path": "P", **DENIED},
        {"exists": True, "truncated": False, "subkeys": 3},
        {"exists": True, "truncated": False, "subkeys": DENIED},
    ],
)
def test_tree_in_error(obj):
    found = raw.read_tree(obj, "D")
    assert found.error is not None
    assert found.names() == []
    assert found.key("A").error == found.error
    assert found.tree("A").error == found.error


def test_a_subkey_may_be_called_error():
    found = raw.read_tree(tree("P", {"error": key("P\\error", Enabled=0)}), "")
    assert found.names() == ["error"]
    assert found.key("error").value("Enabled").data == 0


def test_file():
    content = base64.b64encode(b"<a/>").decode()
    found = raw.read_file({"path": "F", "exists": True, "size": 4, "last_write": TIME, "content": content})
    assert (found.path, found.exists, found.size, found.content, found.error) == ("F", True, 4, b"<a/>", None)
    assert raw.read_file({"path": "F", "exists": False}).exists is False
    assert raw.read_file({"path": "F", "exists": True, "content": None}).content is None


@pytest.mark.parametrize(
    ("obj", "code"),
    [
        ({"path": "F", **DENIED}, "access_denied"),
        ({"exists": True, "content": 5}, "malformed"),
        ({"exists": True, "content": "%%%"}, "malformed"),
        ({"exists": True, "content": "ä"}, "malformed"),
        ({"exists": True, "content": "A" * 1_400_000}, "too_big"),
        (7, "malformed"),
    ],
)
def test_file_in_error(obj, code):
    found = raw.read_file(obj, "D")
    assert found.error is not None
    assert (found.error.code, found.content, found.exists) == (code, None, None)


def test_service():
    found = raw.read_service({"exists": True, "state": "Running", "start": 2, "account": "a", "delayed": True}, "S")
    assert found == raw.Service("S", True, "Running", 2, "a", True)
    assert raw.read_service({"exists": False}, "S") == raw.Service("S", False)
    for obj in (None, [], {}, DENIED):
        assert raw.read_service(obj, "S").error is not None


@pytest.mark.parametrize(("obj", "expected"), [(True, None), (1, 1), ("1", None), (1.5, None), (2**70, None)])
def test_as_int(obj, expected):
    assert raw.as_int(obj) == expected


def test_a_message_is_cut_as_it_is_shown():
    """An invisible character takes four places where it is shown, and the schema bounds what is shown."""
    found = raw.read_error({"error": {"code": "cim_failed", "message": "\x1b" * 3_000}})
    assert found is not None and len(found.message) <= 2_000 and found.message.startswith(r"\x1b\x1b")
    assert len(raw.malformed("\x1b" * 3_000).message) <= 2_000


@given(JSON)
def test_no_reader_raises(obj):
    raw.read_value(obj, "P", "N").as_fact(None)
    found = raw.read_key(obj, "P")
    raw.number_in(found.value("data"))
    subkeys = raw.read_tree(obj, "P")
    for name in subkeys.names():
        subkeys.key(name).value("Enabled")
        subkeys.tree(name).key("Client")
    raw.read_file(obj, "P")
    raw.read_service(obj, "S")
    raw.read_time(obj)
    raw.read_error(obj)
