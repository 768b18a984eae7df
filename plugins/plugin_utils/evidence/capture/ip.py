# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From an IP packet to a TCP segment or the answer of a name server; all else is of no interest."""

from __future__ import annotations

import ipaddress
from struct import Struct
from typing import NamedTuple

from .frame import Frame, Layout
from .link import SUPPORTED, network

TCP, UDP = 6, 17
DNS_PORT = 53
FIN, SYN, RST, ACK = 1, 2, 4, 16
_CLOSING = FIN | SYN | RST
_FRAGMENT = 44
_EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140})
"""Headers between IPv6 and TCP, each with its length in units of 8 bytes in its second byte (RFC 8200)."""
_AUTHENTICATION = 51
_tcp = Struct(">HHIIBB").unpack_from
_two = Struct(">H").unpack_from
OTHER_LINK = "frames of link type {} are not read: this collection knows Ethernet, Linux cooked, raw IP and loopback"
FRAGMENT = "TCP segments in fragments of IP packets are not put together"


class Segment(NamedTuple):
    """One TCP segment.

    ``key`` is source address, destination address, source port, destination port; ``reverse`` that of the other
    direction. ``data`` is the payload as captured, of which ``missing`` bytes are not in the capture. ``layout`` is
    None where frames of the flow can't be told by a look at fixed places.
    """

    frame: int
    time: int
    key: bytes
    reverse: bytes
    seq: int
    ack: int
    flags: int
    data: bytes
    missing: int
    layout: Layout | None


class Answer(NamedTuple):
    """What a name server sent by UDP."""

    message: bytes


def split_key(key: bytes) -> tuple[str, int, str, int]:
    """(source address, source port, destination address, destination port), as people write them."""
    size = (len(key) - 4) // 2
    source, destination = (ipaddress.ip_address(key[at : at + size]) for at in (0, size))
    return str(source), _two(key, 2 * size)[0], str(destination), _two(key, 2 * size + 2)[0]


def _reverse(key: bytes) -> bytes:
    size = (len(key) - 4) // 2
    return key[size : 2 * size] + key[:size] + key[-2:] + key[-4:-2]


def read(frame: Frame) -> Segment | Answer | str | None:
    """What the frame holds; text: why something in it is not read; None: nothing of interest."""
    link, data, start, end = frame.link, frame.data, frame.start, frame.end
    if link not in SUPPORTED:
        return OTHER_LINK.format(link)
    ip = network(link, data, start, end)
    if ip is None or ip + 20 > end:
        return None
    version = data[ip] >> 4
    cut = frame.wire - (end - start)
    if version == 4:
        header = (data[ip] & 15) * 4
        transport = ip + header
        protocol = data[ip + 9]
        total = _two(data, ip + 2)[0]
        addresses = data[ip + 12 : ip + 20]
        plain = header == 20
        fragment = _two(data, ip + 6)[0]
        if fragment & 0x3FFF:
            if protocol == TCP:
                return FRAGMENT
            return None
        if header < 20:
            return None
    elif version == 6 and ip + 40 <= end:
        transport = ip + 40
        protocol = data[ip + 6]
        total = _two(data, ip + 4)[0]
        total = total + 40 if total else 0
        addresses = data[ip + 8 : ip + 40]
        plain = True
        while protocol not in (TCP, UDP):
            plain = False
            if transport + 8 > end:
                return None
            following = data[transport]
            if protocol in _EXTENSIONS:
                transport += 8 + 8 * data[transport + 1]
            elif protocol == _AUTHENTICATION:
                transport += 8 + 4 * data[transport + 1]
            elif protocol == _FRAGMENT:
                if _two(data, transport + 2)[0] & 0xFFF9:
                    return FRAGMENT if following == TCP else None
                transport += 8
            else:
                return None
            protocol = following
    else:
        return None
    # A network card that splits segments itself leaves the length 0; a short frame is padded by Ethernet.
    stop = ip + total if total else end + max(0, cut)
    if protocol == UDP:
        if transport + 8 <= end and _two(data, transport)[0] == DNS_PORT:
            return Answer(data[transport + 8 : min(stop, end)])
        return None
    if protocol != TCP or transport + 20 > min(stop, end):
        return None
    _source, _destination, seq, ack, words, flags = _tcp(data, transport)
    payload = transport + (words >> 4) * 4
    if payload < transport + 20 or payload > stop:
        return None
    key = addresses + data[transport : transport + 4]
    layout = None
    if plain:
        layout = Layout(transport - len(addresses) - start, len(key), transport + 13 - start, _CLOSING)
    kept = data[payload : min(stop, end)] if payload < end else b""
    return Segment(
        frame.number, frame.time, key, _reverse(key), seq, ack, flags, kept, stop - payload - len(kept), layout
    )
