# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Invented network traffic: a connection to the endpoint for each synchronization, straight, without a proxy.

One that succeeded is a handshake of TLS 1.2; one that failed is a hello of TLS 1.0 that the endpoint resets.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from urllib.parse import urlsplit

from .state import State
from .times import format_time

Frame = tuple[int, bytes]
"""Time in 10^-7 seconds since 1970, and bytes."""
_CLIENT, _SERVER = "192.0.2.20", "198.51.100.10"
_INTERFACE = 12
_STEP = 10_000
_FIN, _SYN, _RST, _ACK, _PSH = 1, 2, 4, 16, 8
_TLS10, _TLS12 = 0x0301, 0x0303
_SUITES = {_TLS10: (0xC014, 0xC013, 0x0035), _TLS12: (0xC030, 0xC02F, 0xC014)}


def traffic(state: State, since: datetime, until: datetime) -> list[Frame]:
    """What went over the network between these times."""
    api = state.wsus_api if isinstance(state.wsus_api, Mapping) else {}
    configuration = api.get("configuration")
    url = configuration.get("MUUrl", "") if isinstance(configuration, Mapping) else ""
    name = urlsplit(str(url)).hostname or "endpoint.invalid"
    frames: list[Frame] = []
    for number, entry in enumerate(reversed(state.behaviour.wsus.history)):
        ended = str(entry.get("EndTime", ""))
        if format_time(since) <= ended <= format_time(until):
            time = datetime.fromisoformat(ended.replace("Z", "+00:00")).astimezone(timezone.utc)
            start = int(time.timestamp() * 10**7)
            parts = _connection(50_000 + number, name, entry.get("Result") == "Succeeded")
            frames += [(start + place * _STEP, frame) for place, frame in enumerate(parts)]
    return frames


def records(frames: Iterable[Frame]) -> bytes:
    """The form "frames" of the contract."""
    return b"".join(struct.pack("<qII", time, _INTERFACE, len(frame)) + frame for time, frame in frames)


def pcapng(frames: Iterable[Frame]) -> bytes:
    """A pcapng file with one Ethernet interface."""
    options = struct.pack("<HHB3x", 9, 1, 7) + bytes(4)
    blocks = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    blocks.append(_block(1, struct.pack("<HHI", 1, 0, 0) + options))
    for time, frame in frames:
        head = struct.pack("<5I", 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame))
        blocks.append(_block(6, head + frame))
    return b"".join(blocks)


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def _connection(port: int, name: str, good: bool) -> Iterator[bytes]:
    """Its frames; sequence numbers of client and server are kept here."""
    at = {True: 1000, False: 9000}

    def say(client: bool, flags: int, data: bytes = b"") -> bytes:
        frame = _frame(client, port, at[client], at[not client] if flags & _ACK else 0, flags, data)
        at[client] += len(data) + bool(flags & (_SYN | _FIN))
        return frame

    yield say(True, _SYN)
    yield say(False, _SYN | _ACK)
    yield say(True, _ACK)
    yield say(True, _PSH | _ACK, _record(_client_hello(_TLS12 if good else _TLS10, name)))
    if not good:
        yield say(False, _RST | _ACK)
        return
    yield say(False, _PSH | _ACK, _record(_server_hello() + b"\x0e\0\0\0"))
    finished = b"\x14\x03\x03\0\1\1" + _record(bytes(40))
    yield say(True, _PSH | _ACK, finished)
    yield say(False, _PSH | _ACK, finished)
    yield say(True, _FIN | _ACK)
    yield say(False, _FIN | _ACK)


def _frame(client: bool, port: int, seq: int, ack: int, flags: int, data: bytes) -> bytes:
    ends = (_CLIENT, _SERVER) if client else (_SERVER, _CLIENT)
    ports = (port, 443) if client else (443, port)
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 0x50, flags, 64240, 0, 0) + data
    addresses = b"".join(ipaddress.ip_address(end).packed for end in ends)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 7, 0x4000, 64, 6, 0) + addresses
    return bytes.fromhex("0200000000010200000000020800") + ip + tcp


def _record(handshake: bytes) -> bytes:
    return struct.pack(">BHH", 22, _TLS10, len(handshake)) + handshake


def _client_hello(version: int, name: str) -> bytes:
    host = b"\0" + len(name).to_bytes(2, "big") + name.encode("ascii", "replace")
    listed = len(host).to_bytes(2, "big") + host
    extension = struct.pack(">HH", 0, len(listed)) + listed
    suites = struct.pack(">3H", *_SUITES[version])
    body = struct.pack(">H32sBH", version, bytes(range(32)), 0, len(suites)) + suites + b"\1\0"
    return _handshake(1, body + len(extension).to_bytes(2, "big") + extension)


def _server_hello() -> bytes:
    return _handshake(2, struct.pack(">H32sBHBH", _TLS12, bytes(32), 0, _SUITES[_TLS12][0], 0, 0))


def _handshake(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body
