# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that are no captures, damaged ones, and any bytes at all: a clear error, or what could be read."""

from __future__ import annotations

import gzip
import json
import re
import struct
from pathlib import Path

import jsonschema
import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.capture import (
    CaptureError,
    Wanted,
    connections,
    numbers,
    read_capture,
    verdict,
    window,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.tables import load_table
from hypothesis import given, settings
from hypothesis import strategies as st
from support import packets as p
from support.captures import FIXTURES, of_bytes, of_packets, the_one, verdicts
from time_limit import at_most

ETL = struct.pack("<I", 65536) + bytes(68) + b"\2\0\2\xc0" + bytes(500)
RESET = p.Dialogue().open().says(p.HELLO_TLS10).rst().packets
FRAMES = [p.frame(one) for one in RESET]
SAMPLES = [
    p.pcap(FRAMES),
    p.pcap(FRAMES, order=">", nano=True),
    p.pcapng(FRAMES),
    p.pcapng(FRAMES, order=">"),
    (FIXTURES / "proxy-login.pcap").read_bytes(),
    (FIXTURES / "established-tls12.pcap").read_bytes(),
    (FIXTURES / "interfaces.pcapng").read_bytes()[:6000],
    p.pcap([p.frame(p.dns_answer(p.SWS, p.SERVER, "a.example.net")), *FRAMES]),
    p.pcap([p.frame(one) for one in p.Dialogue().open().says(p.ssl2_hello()).rst().packets]),
]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("x.pcap", b"", "is empty"),
        ("x.pcap", gzip.compress(SAMPLES[0]), "gzip"),
        ("x.pcap", b"PK\3\4" + bytes(50), "zip"),
        ("x.pcapng", ETL, "etl2pcap"),
        ("x.etl", b"whatever", "etl2pcap"),
        ("x.cab", b"MSCF" + bytes(50), "cabinet"),
        ("x.cap", b"GMBU" + bytes(50), "Network Monitor"),
        ("x.pcap", b"frame 1: 54 bytes on wire", "neither pcap nor pcapng"),
        ("x.pcap", SAMPLES[0][:10], "cut off"),
        ("x.pcapng", SAMPLES[2][:8] + bytes(30), "damaged"),
    ],
)
def test_what_is_no_capture(tmp_path: Path, name, content, text):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=f"^{re.escape(str(path))} .*{text}"):
        read_capture(path, Wanted())


def test_files_that_can_not_be_read(tmp_path: Path):
    with pytest.raises(CaptureError, match="is a folder"):
        read_capture(tmp_path, Wanted())
    with pytest.raises(CaptureError, match="No such file"):
        read_capture(tmp_path / "none.pcap", Wanted())


def test_a_capture_without_frames():
    assert of_bytes(p.pcap([])) == {
        **{"connections": [], "frames": 0, "first_time": None, "last_time": None, "truncated": False, "warnings": []},
    }
    assert of_bytes(p.section())["truncated"] is False


def test_another_link_type_is_told():
    result = of_bytes(p.pcap(FRAMES, link=105))
    assert (result["connections"], result["truncated"], result["frames"]) == ([], True, 6)
    assert result["warnings"] == [
        "frames of link type 105 are not read: this collection knows Ethernet, Linux cooked, raw IP and loopback "
        "(6 times)"
    ]


@pytest.mark.parametrize("sample", [0, 1, 2, 3])
def test_a_file_cut_anywhere(sample):
    """Whatever is whole before the cut is read, and the cut is told."""
    content = SAMPLES[sample]
    whole = of_bytes(content)
    begin = 24 if sample < 2 else 28
    ends = {begin}
    for size in range(begin, len(content)):
        result = of_bytes(content[:size])
        if not result["truncated"]:
            ends.add(size)
        assert result["truncated"] == bool(result["warnings"])
        assert result["frames"] <= whole["frames"]
    blocks = 6 if sample < 2 else 7
    assert len(ends) == blocks, "only between frames or blocks is a cut no cut"
    assert verdicts(of_bytes(content + b"\0"))[0] == verdicts(whole)[0]


def test_a_length_that_can_not_be():
    content = SAMPLES[0] + struct.pack("<IIII", 1, 1, 0x7FFFFFFF, 60) + bytes(60)
    result = of_bytes(content)
    assert (verdicts(result), result["truncated"]) == (verdicts(of_bytes(SAMPLES[0])), True)
    assert f"at byte {len(SAMPLES[0])} a frame of 2147483647 bytes" in result["warnings"][0]
    result = of_bytes(SAMPLES[2] + struct.pack("<II", 6, 13) + bytes(60))
    assert (verdicts(result), result["truncated"]) == (verdicts(of_bytes(SAMPLES[2])), True)


def test_frames_longer_than_what_is_read_at_a_time(monkeypatch):
    """Chunks of any size give the same."""
    for content in SAMPLES:
        whole = of_bytes(content)
        for size in (1, 7, 100, 1000):
            monkeypatch.setattr(window, "CHUNK", size)
            assert of_bytes(content) == whole


def test_large_blocks_of_no_interest_are_passed_over():
    content = p.section() + p.block(0x0BAD, bytes(3_000_000)) + p.interface() + p.enhanced(FRAMES[0])
    assert of_bytes(content)["frames"] == 1


def test_fragments_are_told():
    first = RESET[3]
    fragment = first[:6] + b"\x20\0" + first[8:]
    result = of_packets([*RESET[:3], fragment, *RESET[4:]], [p.SERVER])
    assert "fragments of IP packets" in result["warnings"][0]
    assert the_one(result)["outcome"] == "undetermined"


def test_more_connections_than_are_kept(monkeypatch):
    monkeypatch.setattr(connections, "CONNECTION_LIMIT", 10)
    syns = [p.Dialogue(client=(p.CLIENT, 40000 + n)).open().packets[0] for n in range(25)]
    result = of_packets(syns)
    assert (len(result["connections"]), result["truncated"]) == (10, True)
    assert "(15 times)" in result["warnings"][0]


def test_directions_of_no_interest_are_forgotten_in_time(monkeypatch):
    monkeypatch.setattr(connections, "FLOW_LIMIT", 20)
    packets = []
    for n in range(40):
        talk = p.Dialogue(client=(p.CLIENT, 40000 + n), server=(p.SERVER, 8530)).open().says(b"GET / HTTP/1.1\r\n\r\n")
        packets += talk.packets
    assert verdicts(of_packets([*packets, *RESET])) == verdicts(of_packets(RESET))


# --- any bytes --------------------------------------------------------------------------------------------------------


def sound(content: bytes) -> None:
    """A clear error or a result of the documented shape, soon."""
    with at_most(20):
        try:
            result = of_bytes(content, ["all", p.SWS, p.SERVER])
        except CaptureError as problem:
            assert str(problem)
            return
    json.dumps(result)
    assert result["truncated"] <= bool(result["warnings"])
    for one in result["connections"]:
        assert one["explanation"]
        assert one["outcome"]
        assert isinstance(one["issues"], list)


@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 5999), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=80)
def test_flipped_bytes(content, flips):
    changed = bytearray(content)
    for at, value in flips:
        changed[at % len(changed)] = value
    sound(bytes(changed))


@given(st.binary(max_size=400), st.sampled_from([0, 1, 2, 3]))
@settings(max_examples=40)
def test_any_bytes_in_a_connection(data, sample):
    talk = p.Dialogue().open()
    starts = (b"", p.HELLO, b"CONNECT sws.update.microsoft.com:443 HTTP/1.1\r\n\r\n", b"\x16\x03\x01")
    talk.says(starts[sample] + data).says(data, client=False).rst()
    sound(p.pcap([p.frame(one) for one in talk.packets]))


def test_a_hello_in_the_smallest_pieces_takes_no_time():
    message = p.client_hello(more=p.extension(0x1234, bytes(30_000)))
    pieces = b"".join(p.record(22, message[at : at + 1]) for at in range(len(message)))
    talk = p.Dialogue().open().says(pieces, size=1400).rst()
    with at_most(30):
        assert the_one(of_packets(talk.packets))["sni"] == p.SWS


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [numbers.TABLE, verdict.ISSUERS], ids=lambda path: path.stem)
def test_tables_have_the_shape_of_their_schemas(path):
    schema = json.loads((path.parent / "schemas" / f"{path.stem}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    table = yaml.safe_load(path.read_text())
    jsonschema.Draft202012Validator(schema).validate(table)
    rows = [row for kind, content in table.items() if kind != "sources" for row in content]
    assert {row["source"] for row in rows} == set(table["sources"])


def test_numbers_have_one_name_and_names_one_number():
    table = yaml.safe_load(numbers.TABLE.read_text())
    for kind in ("versions", "alerts", "groups", "suites"):
        assert (
            len({row["number"] for row in table[kind]}) == len({row["name"] for row in table[kind]}) == len(table[kind])
        )


def test_every_suite_of_windows_has_a_number():
    names = {row["name"] for row in yaml.safe_load(numbers.TABLE.read_text())["suites"]}
    known = {row["name"] for row in load_table("cipher_suites")["suites"]}
    strange = {
        name
        for name in known - names
        if not name.startswith(("SSL_CK_", "TLS_RSA_EXPORT1024", "TLS_DHE_DSS_EXPORT1024"))
    }
    assert strange == set()
