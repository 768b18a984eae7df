# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Encodings, what is no text, sources that fail, lines without end."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs import LogError, LogSource, read_logs
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.blocks import LINE_LIMIT
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.decode import exact
from support.log_samples import CLASSES, classes, of_class, read, softdist

TEXT = of_class("tls_reset") + softdist("A.B", "Grüße aus Łódź, 東京: HTTP status 503") + of_class("dns")
EXPECTED = ["tls_reset", "http_5xx", "dns"]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
    ],
    ids=["utf-8", "bom", "utf-16-le", "utf-16-be", "utf-16-le without bom", "utf-16-be without bom"],
)
def test_encodings_give_the_same(data, encoding):
    result = read(data)
    assert result["sources"][0]["encoding"] == encoding and result["sources"][0]["error"] is None
    assert classes(result) == EXPECTED
    assert "Grüße aus Łódź, 東京" in result["events"][1]["message"]
    assert result["sources"][0]["size"] == len(data)


def test_an_old_code_page():
    (event,) = read(softdist("A.B", "Grüße € HTTP status 503").encode("cp1252"))["events"]
    assert event["message"] == "Grüße € HTTP status 503"


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_line_ends(ends):
    assert classes(read(TEXT.replace("\r\n", ends))) == EXPECTED


def test_two_encodings_in_one_file():
    one, two, three = of_class("tls_reset"), of_class("dns"), of_class("refused")
    for wide, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        data = mark + one.encode(wide) + two.encode() + three.encode(wide)
        assert classes(read(data)) == ["tls_reset", "dns", "refused"], wide
    assert classes(read(one.encode() * 30 + two.encode("utf-16-le"))) == ["tls_reset", "dns"]
    assert classes(read(one.encode() + b"\0" * 50 + two.encode())) == ["tls_reset", "dns"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"ElfFile\0" + bytes(4000), "Export its events"),
        (b"PK\x03\x04" + b"x" * 400, "Unpack"),
        (b"\x1f\x8b\x08" + b"x" * 400, "Unpack"),
        (bytes(range(256)) * 16, "no text"),
        (bytes(4096), "no text"),
    ],
    ids=["evtx", "zip", "gzip", "bytes", "nul"],
)
def test_binary(data, text):
    result = read(data, TEXT)
    assert result["sources"][0]["error"]["code"] == "binary" and text in result["sources"][0]["error"]["message"]
    assert result["sources"][1]["error"] is None and classes(result) == EXPECTED


def test_empty():
    result = read(b"")
    assert (result["events"], result["records"], result["sources"][0]["error"]) == ([], 0, None)
    assert result["sources"][0]["framing"] is None


@pytest.mark.parametrize(
    ("problem", "code"),
    [(LogError("vanished", "It went \x1b away"), "vanished"), (PermissionError(13, "denied"), "unreadable")],
)
def test_a_source_that_fails_keeps_what_came_before(problem, code):
    def chunks():
        yield TEXT.encode() * 20
        yield TEXT.encode()
        raise problem

    result = read_logs([LogSource("a", chunks()), LogSource("b", [TEXT.encode()])])
    assert result.readable
    first, second = result.as_dict()["sources"]
    assert first["error"]["code"] == code and "\x1b" not in first["error"]["message"]
    assert first["records"] == 63 and second["records"] == 3


def test_nothing_readable():
    def chunks(none=()):
        yield from none
        raise LogError("not_found", "There is no such file.")

    assert not read_logs([LogSource("a", chunks())]).readable


@pytest.mark.parametrize("size", [1, 7, 1000, 10_000_000])
def test_exact(size):
    data = bytes(range(256)) * 40
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    pieces = list(exact([b"", *chunks, b""], 1024))
    assert b"".join(pieces) == data and {len(piece) for piece in pieces} == {1024}


def test_a_line_without_end_is_cut_and_counted():
    long = softdist("A.B", CLASSES["dns"][1] + "x" * 5_000_000)
    result = read(long + of_class("refused"))
    assert classes(result) == ["dns", "refused"]
    assert result["sources"][0]["dropped"] >= 5_000_000 - LINE_LIMIT
    within = read(softdist("A.B", CLASSES["dns"][1] + "x" * 100_000) + of_class("refused"))
    assert classes(within) == ["dns", "refused"] and within["sources"][0]["dropped"] > 30_000


def test_a_record_without_end_is_cut_and_counted():
    result = read(of_class("dns") + "   at a continuation line that goes on\n" * 20_000 + of_class("refused"))
    assert classes(result) == ["dns", "refused"] and result["records"] == 2
    assert result["sources"][0]["dropped"] > 500_000
