# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Frames of a host become a pcapng file, each with its time and interface."""

from __future__ import annotations

import io
import struct

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect import AnswerError
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.capture_frames import (
    FRAME_LIMIT,
    INTERFACES_LIMIT,
    write_pcapng,
)
from hypothesis import given
from hypothesis import strategies as st
from support.captures import of_bytes, the_one
from support.packets import HELLO_TLS10, Dialogue, frame

TIME = 17_900_000_000_000_000


def records(*frames: tuple[int, int, bytes]) -> bytes:
    return b"".join(struct.pack("<qII", time, number, len(data)) + data for time, number, data in frames)


def made(content: bytes) -> tuple[int, bytes]:
    target = io.BytesIO()
    return write_pcapng(io.BytesIO(content), target), target.getvalue()


def blocks(content: bytes) -> list[tuple[int, bytes]]:
    """(type, body) of each block, by no code of the product."""
    found = []
    while content:
        kind, size = struct.unpack_from("<II", content)
        assert size % 4 == 0 and struct.unpack_from("<I", content, size - 4)[0] == size
        found.append((kind, content[8 : size - 4]))
        content = content[size:]
    return found


@given(
    st.lists(
        st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=70)),
        max_size=20,
    )
)
def test_each_frame_is_kept_as_it_is(frames):
    count, content = made(records(*frames))
    found = blocks(content)
    names = [body[12 : 12 + struct.unpack_from("<H", body, 10)[0]].decode() for kind, body in found if kind == 1]
    packets = []
    for body in (body for kind, body in found if kind == 6):
        place, high, low, length, original = struct.unpack_from("<5I", body)
        assert length == original
        packets.append((high << 32 | low, int(names[place].removeprefix("interface ")), body[20 : 20 + length]))
    assert count == len(frames) and packets == frames and found[0][0] == 0x0A0D0D0A


def test_capture_info_reads_time_and_verdict():
    dialogue = Dialogue().open().says(HELLO_TLS10).rst()
    frames = [(TIME + n * 10_000, 12, frame(packet)) for n, packet in enumerate(dialogue.packets)]
    _count, content = made(records(*frames))
    connection = the_one(of_bytes(content))
    assert connection["outcome"] == "reset_after_hello" and connection["issues"] == ["issue_1", "issue_3"]
    assert connection["first_time"] == "2026-09-21T14:13:20.000Z"


@pytest.mark.parametrize(
    "content",
    [
        b"\0",
        records((TIME, 1, b"abc"))[:-1],
        struct.pack("<qII", -1, 1, 0),
        struct.pack("<qII", TIME, 1, FRAME_LIMIT + 1),
        records(*((TIME, number, b"") for number in range(INTERFACES_LIMIT + 1))),
    ],
    ids=["head cut off", "cut off", "time", "length", "interfaces"],
)
def test_what_is_not_as_agreed_is_refused(content):
    with pytest.raises(AnswerError):
        made(content)
