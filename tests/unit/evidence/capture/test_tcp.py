# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the network does to a connection, and what it lies in, is no matter for its verdict."""

from __future__ import annotations

import itertools
import random

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.capture.stream import Stream
from hypothesis import given, settings
from hypothesis import strategies as st
from support import packets as p
from support.captures import of_bytes, of_packets, the_one, verdicts

OLD_HELLO = [("reset_after_hello", ["issue_1", "issue_3"])]


def reset_after(hello: bytes, size: int = 1400, **ends) -> list[bytes]:
    return p.Dialogue(**ends).open().says(hello, size=size).rst().packets


def essence(connection):
    """What does not depend on where in the file a frame is."""
    left_out = ("frames", "first_time", "last_time", "client", "server")
    return {name: value for name, value in connection.items() if name not in left_out}


WHOLE = essence(the_one(of_packets(reset_after(p.HELLO_TLS10))))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_a_hello_in_many_segments(size):
    assert essence(the_one(of_packets(reset_after(p.HELLO_TLS10, size)))) == WHOLE


def test_a_hello_in_many_records():
    message = p.client_hello(0x0301, (0xC014, 0xC013, 0x0035, 0x000A))
    pieces = b"".join(p.record(22, message[at : at + 9]) for at in range(0, len(message), 9))
    assert essence(the_one(of_packets(reset_after(pieces, 33)))) == WHOLE


@given(st.data())
@settings(max_examples=60)
def test_retransmitted_reordered_and_overlapping(data):
    """Segments in any order, some again, some longer than at first, from any sequence number."""
    seq = data.draw(st.sampled_from([0, 1000, 2**31 - 100, 2**32 - 1, 2**32 - 60, 2**32 - len(p.HELLO_TLS10)]))
    talk = p.Dialogue(client_seq=seq, server_seq=data.draw(st.sampled_from([5, 2**32 - 1]))).open()
    first = talk.client_seq
    cuts = data.draw(st.lists(st.integers(0, len(p.HELLO_TLS10)), max_size=6))
    points = sorted({0, *cuts, len(p.HELLO_TLS10)})
    parts = list(itertools.pairwise(points))
    more = data.draw(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=4))
    parts += [(min(pair), min(max(pair), len(p.HELLO_TLS10))) for pair in more]
    parts = data.draw(st.permutations(parts))
    for start, stop in parts:
        if start < stop:
            piece = p.HELLO_TLS10[start:stop]
            talk.packets.append(p.tcp(talk.client, talk.server, first + start, talk.server_seq, p.PSH | p.ACK, piece))
    talk.client_seq = first + len(p.HELLO_TLS10)
    assert essence(the_one(of_packets(talk.rst().packets))) == WHOLE


@given(st.data())
@settings(max_examples=100)
def test_stream_is_what_was_sent(data):
    sent = data.draw(st.binary(min_size=1, max_size=300))
    start = data.draw(st.integers(0, 2**32 - 1))
    points = sorted({0, *data.draw(st.lists(st.integers(0, len(sent)), max_size=8)), len(sent)})
    parts = list(itertools.pairwise(points))
    parts = data.draw(st.permutations(parts + data.draw(st.lists(st.sampled_from(parts), max_size=5))))
    stream = Stream()
    stream.start(start)
    got = b"".join(stream.add((start + at) % 2**32, sent[at:end]) for at, end in parts)
    assert got == sent
    assert not stream.incomplete(closed=False)


def test_a_segment_that_the_capture_has_not():
    talk = p.Dialogue().open().says(p.HELLO_TLS10, size=40)
    del talk.packets[4]
    one = the_one(of_packets(talk.rst().packets, [p.SERVER]))
    assert (one["outcome"], one["complete"], one["issues"]) == ("undetermined", False, [])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_of_both_orders_and_resolutions(order, nano):
    frames = [p.frame(one) for one in reset_after(p.HELLO_TLS10)]
    result = of_bytes(p.pcap(frames, order=order, nano=nano, step=1_000_001_000))
    assert essence(the_one(result)) == WHOLE
    assert (result["first_time"], result["frames"]) == ("2026-09-21T14:13:20.000Z", 6)
    assert the_one(result)["last_time"] == "2026-09-21T14:13:25.000Z"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [3, 6, 9])
def test_pcapng_of_both_orders_and_resolutions(order, resolution):
    frames = [p.frame(one) for one in reset_after(p.HELLO_TLS10)]
    result = of_bytes(p.pcapng(frames, order=order, resolution=resolution))
    assert essence(the_one(result)) == WHOLE
    assert result["last_time"] == "2026-09-21T14:13:20.050Z"


@pytest.mark.parametrize("link", [p.ETHERNET, p.RAW, 12, 228, p.COOKED, p.COOKED2, p.LOOPBACK])
def test_links(link):
    frames = [p.frame(one, link) for one in reset_after(p.HELLO_TLS10)]
    assert essence(the_one(of_bytes(p.pcap(frames, link=link)))) == WHOLE


@pytest.mark.parametrize("vlans", [(7,), (100, 7)])
def test_vlan_tags(vlans):
    frames = [p.frame(one, vlans=vlans) for one in reset_after(p.HELLO_TLS10)]
    assert essence(the_one(of_bytes(p.pcap(frames)))) == WHOLE


@pytest.mark.parametrize("link", [p.ETHERNET, p.RAW, p.COOKED2, p.LOOPBACK])
def test_ipv6(link):
    ends = {"client": ("2001:db8::20", 50123), "server": ("2001:db8::10", 443)}
    frames = [p.frame(one, link) for one in reset_after(p.HELLO_TLS10, **ends)]
    one = the_one(of_bytes(p.pcap(frames, link=link)))
    assert essence(one) == WHOLE
    assert one["server"] == "[2001:db8::10]:443"


def test_ip_options_and_extension_headers():
    plain = reset_after(p.HELLO_TLS10)
    with_options = [p.ip(p.SERVER if one[12:16] == p.packed(p.SERVER) else p.CLIENT,
                         p.CLIENT if one[12:16] == p.packed(p.SERVER) else p.SERVER, 6, one[20:], options=bytes(8))
                    for one in plain]  # fmt: skip
    assert essence(the_one(of_packets(with_options))) == WHOLE
    ends = {"client": ("2001:db8::20", 50123), "server": ("2001:db8::10", 443)}
    plain = reset_after(p.HELLO_TLS10, **ends)
    hop = b"\x06\0\1\4\0\0\0\0"
    extended = [one[:4] + (len(one) - 40 + 8).to_bytes(2, "big") + b"\0" + one[7:40] + hop + one[40:] for one in plain]
    assert essence(the_one(of_packets(extended))) == WHOLE


def test_packets_seen_twice():
    """pktmon may record one packet at several places of the network stack."""
    packets = [one for one in reset_after(p.HELLO_TLS10, 100) for _time in range(2)]
    assert essence(the_one(of_packets(packets))) == WHOLE


def test_several_sections_interfaces_and_blocks_of_no_interest():
    frames = [p.frame(one) for one in reset_after(p.HELLO_TLS10)]
    raw = reset_after(p.HELLO_TLS10, client=(p.CLIENT, 50200))
    other = p.block(0x80000001, b"of somebody")
    first = p.section() + other + p.interface() + p.interface(p.RAW, resolution=9) + p.block(4, bytes(4))
    for number, (one, two) in enumerate(zip(frames, raw, strict=True)):
        first += p.enhanced(two, 1, number, resolution=9) + other + p.enhanced(one, 0, number, comment="PID=1234")
    second = p.section(">") + p.interface(p.COOKED, ">")
    for number, one in enumerate(reset_after(p.HELLO_TLS10, client=(p.CLIENT, 50300))):
        second += p.enhanced(p.frame(one, p.COOKED), 0, number, ">")
    result = of_bytes(first + p.block(5, bytes(12)) + second)
    assert verdicts(result) == OLD_HELLO * 3
    assert (result["frames"], result["truncated"], result["warnings"]) == (18, False, [])


def test_simple_and_old_packet_blocks():
    frames = [p.frame(one) for one in reset_after(p.HELLO_TLS10)]
    simple = b"".join(p.block(3, len(one).to_bytes(4, "little") + one) for one in frames)
    result = of_bytes(p.section() + p.interface() + simple)
    assert verdicts(result) == OLD_HELLO
    assert result["last_time"] is None
    old = b"".join(p.block(2, bytes(12) + len(one).to_bytes(4, "little") * 2 + one) for one in frames)
    assert verdicts(of_bytes(p.section() + p.interface() + old)) == OLD_HELLO


def test_offloaded_segments_have_no_length():
    packets = [one[:2] + b"\0\0" + one[4:] for one in reset_after(p.HELLO_TLS10)]
    assert essence(the_one(of_packets(packets))) == WHOLE


def test_short_frames_are_padded_by_ethernet():
    frames = [p.frame(one).ljust(60, b"\0") for one in reset_after(p.HELLO_TLS10)]
    assert essence(the_one(of_bytes(p.pcap(frames)))) == WHOLE


def test_the_same_ports_again():
    again = reset_after(p.HELLO, client_seq=777_777)
    assert verdicts(of_packets(reset_after(p.HELLO_TLS10) + again)) == [*OLD_HELLO, ("reset_after_hello", ["other"])]


def test_data_of_a_session_is_skipped_and_its_ports_can_be_used_again():
    talk = p.session(p.Dialogue().open())
    for _time in range(200):
        talk.says(p.record(23, bytes(900)), client=False)
    packets = talk.fin().fin(client=False).packets + reset_after(p.HELLO_TLS10, client_seq=5_000_000)
    result = of_packets(packets)
    assert verdicts(result) == [("established", []), *OLD_HELLO]
    assert result["frames"] == len(packets)
    assert result["connections"][0]["frames"]["end"] == packets.index(talk.packets[-2]) + 1


def test_many_connections_at_a_time():
    talks = [p.session(p.Dialogue(client=(p.CLIENT, 50000 + n), client_seq=n * 10**6).open()) for n in range(20)]
    talks += [p.Dialogue(client=(p.CLIENT, 51000 + n)).open().says(p.HELLO_TLS10, size=50).rst() for n in range(20)]
    queues = [list(talk.packets) for talk in talks]
    shuffle = random.Random(3)
    mixed = []
    while any(queues):
        queue = shuffle.choice([one for one in queues if one])
        mixed.append(queue.pop(0))
    found = sorted(verdicts(of_packets(mixed)))
    assert found == [("established", [])] * 20 + OLD_HELLO * 20
