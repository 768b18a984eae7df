# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""File names, writing in one step, reading with a bound."""

from __future__ import annotations

import datetime
import functools
import json
import math
import os
import stat
import tempfile
from pathlib import Path

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.files import (
    FileError,
    file_name,
    plain,
    read_json,
    write_json,
)
from hypothesis import example, given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("wsus-1.corp.example", "wsus-1.corp.example.json"),
        ("WSUS_1~a", "WSUS_1~a.json"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.json"),
        ("..", "%2E..json"),
        (".hidden", "%2Ehidden.json"),
        ("a/b\\c:d", "a%2Fb%5Cc%3Ad.json"),
        ("fe80::1", "fe80%3A%3A1.json"),
        ("a\nb\x1b", "a%0Ab%1B.json"),
        ("grün", "gr%C3%BCn.json"),
        ("fleet", "%66leet.json"),
        ("Fleet", "%46leet.json"),
        ("fleet2", "fleet2.json"),
        ("100%", "100%25.json"),
        ("", "%.json"),
        ("\ud800", "%ED%A0%80.json"),
    ],
)
def test_file_name(host, name):
    assert file_name(host) == name
    assert Path(name).name == name


def test_long_names_are_cut_and_stay_different():
    first, second = file_name("x" * 3_000 + "1"), file_name("x" * 3_000 + "2")
    assert first != second
    assert len(first) <= 205


def test_written_file(tmp_path):
    path = tmp_path / "a" / "b" / "h.json"
    old = os.umask(0o077)
    try:
        write_json(path, {"text": "\x1b[31m\u202eü", "list": (1, 2)})
    finally:
        os.umask(old)
    content = path.read_text()
    assert content.isascii() and "\x1b" not in content
    assert json.loads(content) == {"text": r"\x1b[31m\u202eü", "list": [1, 2]}
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one.name for one in path.parent.iterdir()] == ["h.json"]
    write_json(path, {})
    assert read_json(path) == {}


def test_a_link_is_replaced_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("kept")
    (tmp_path / "h.json").symlink_to(outside)
    write_json(tmp_path / "h.json", {"a": 1})
    assert outside.read_text() == "kept"
    assert read_json(tmp_path / "h.json") == {"a": 1}


def test_nothing_is_left_of_a_failed_write(tmp_path, monkeypatch):
    write_json(tmp_path / "h.json", {"old": 1})

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FileError, match=r"h\.json can't be written: No space left on device"):
        write_json(tmp_path / "h.json", {"new": 1})
    assert [one.name for one in tmp_path.iterdir()] == ["h.json"]
    assert read_json(tmp_path / "h.json") == {"old": 1}


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="file"):
        write_json(tmp_path / "file" / "h.json", {})
    with pytest.raises(FileError, match="folder"):
        write_json(tmp_path, {})


def test_reading_back(tmp_path):
    path = tmp_path / "x.json"
    with pytest.raises(FileError, match="can't be read"):
        read_json(path)
    for content, text in (("[]", "not a JSON object"), ("{", "not JSON"), ("[" * 200_000, "not JSON")):
        path.write_text(content)
        with pytest.raises(FileError, match=text):
            read_json(path)
    path.write_text('{"a": "' + "x" * 100 + '"}')
    with pytest.raises(FileError, match="more than 50 bytes"):
        read_json(path, limit=50)


def nested(levels: int) -> list:
    return functools.reduce(lambda inner, _level: [inner], range(levels), [])


HIDDEN = "\x1b[31m \u202e \x7f \u2028 \r \r\n \b \t \n"
"""What is to be shown as escapes, and what is not."""


@given(
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"]),
    ascii_only=st.booleans(),
    document=st.dictionaries(st.text(max_size=9) | st.just(HIDDEN), JSON | st.just(HIDDEN)),
)
@example(encoding="utf-8", ascii_only=True, document={"deep": nested(98)})
@example(encoding="utf-8", ascii_only=True, document={"deep": nested(99)})
@example(encoding="utf-8", ascii_only=True, document={"path": r"C:\new\user \\u202e"})
@example(encoding="utf-8", ascii_only=True, document={HIDDEN: [HIDDEN, math.inf, -math.inf, 1e300]})
@example(encoding="utf-8", ascii_only=False, document={"a": HIDDEN})
@example(encoding="utf-16-le", ascii_only=True, document={"a": HIDDEN})
@example(encoding="utf-32-be", ascii_only=True, document={"a": HIDDEN})
def test_what_is_read_is_plain(encoding, ascii_only, document):
    """A file that this collection wrote is taken as it is, and by its bytes alone: any other must not pass for one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "h.json")
        path.write_bytes(json.dumps(document, ensure_ascii=ascii_only).encode(encoding, "surrogatepass"))
        assert read_json(path) == plain(json.loads(path.read_bytes()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m\x9b2J\x00\x7f", r"\x1b[31m\x9b2J\x00\x7f"),
        ("\u202ea\u2066b\u061c\u200f", r"\u202ea\u2066b\u061c\u200f"),
        ("\u2028\u2029\x85\ufeff\u200b\U000e0041", r"\u2028\u2029\x85\ufeff\u200b\U000e0041"),
        ("a\rb", r"a\x0db"),
        ("\ud800", r"\ud800"),
        ("two\r\nlines\n\tindented", "two\nlines\n\tindented"),
        ("Fran\xe7ais\xa0: 日本語 \u202f\u3000 \ue000 C:\\x1b {{ x }} \U0001f600", None),
    ],
)
def test_plain_text_can_be_shown_by_any_program(text, shown):
    wanted = text if shown is None else shown
    assert plain({text: [text]}) == {wanted: [wanted]}
    assert plain(plain(text)) == plain(text)


def test_plain():
    class Text(str):
        pass

    found = plain({Text("k"): Text("v"), 1: [float("inf"), 1.5, None, True, datetime.date(2026, 1, 2), {3}, b"x"]})
    assert found == {"k": "v", "1": ["inf", 1.5, None, True, "2026-01-02", [3], "b'x'"]}
    assert found["k"].__class__ is str
    nested: object = 1
    for _time in range(500):
        nested = {"a": nested}
    json.dumps(plain(nested))
