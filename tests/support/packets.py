# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Captures that nature does not make on demand: frames and files put together byte by byte, without the product."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

CLIENT, SERVER, PROXY, RESOLVER = "192.0.2.20", "198.51.100.10", "192.0.2.8", "192.0.2.53"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START = 1_790_000_000_000_000_000
"""Nanoseconds since 1970 of the first frame."""
ETHERNET, RAW, COOKED, COOKED2, LOOPBACK = 1, 101, 113, 276, 0


def checksum(data: bytes) -> int:
    padded = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def ip(
    source: str, destination: str, protocol: int, body: bytes, *, options: bytes = b"", extension: bytes = b""
) -> bytes:
    """An IP packet. ``extension``: a header of IPv6 (hop by hop) before the body."""
    ends = packed(source) + packed(destination)
    if len(ends) == 32:
        kind = 0 if extension else protocol
        return struct.pack(">IHBB", 6 << 28, len(extension) + len(body), kind, 64) + ends + extension + body
    length = 20 + len(options)
    head = (
        struct.pack(">BBHHHBBH", 0x40 | length // 4, 0, length + len(body), 7, 0x4000, 64, protocol, 0) + ends + options
    )
    return head[:10] + checksum(head).to_bytes(2, "big") + head[12:] + body


def transport(source: str, destination: str, protocol: int, body: bytes, at: int) -> bytes:
    """``body`` with the checksum that its header has at ``at``."""
    pseudo = packed(source) + packed(destination) + struct.pack(">II", len(body), protocol)
    return body[:at] + checksum(pseudo + body).to_bytes(2, "big") + body[at + 2 :]


def tcp(
    source: tuple[str, int], destination: tuple[str, int], seq: int, ack: int, flags: int, data: bytes = b""
) -> bytes:
    head = struct.pack(">HHIIBBHHH", source[1], destination[1], seq % 2**32, ack % 2**32, 0x50, flags, 64240, 0, 0)
    return ip(source[0], destination[0], 6, transport(source[0], destination[0], 6, head + data, 16))


def udp(source: tuple[str, int], destination: tuple[str, int], data: bytes) -> bytes:
    head = struct.pack(">HHHH", source[1], destination[1], 8 + len(data), 0)
    return ip(source[0], destination[0], 17, transport(source[0], destination[0], 17, head + data, 6))


def frame(packet: bytes, link: int = ETHERNET, vlans: Sequence[int] = ()) -> bytes:
    """A packet with the header of its link; ``vlans``: tags, the outer one first."""
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    if link == ETHERNET:
        tags = b"".join(
            struct.pack(">HH", 0x88A8 if n and n < len(vlans) - 1 else 0x8100, tag) for n, tag in enumerate(vlans)
        )
        return bytes.fromhex("020000000001020000000002") + tags + struct.pack(">H", kind) + packet
    if link == COOKED:
        return struct.pack(">HHH8sH", 4, 1, 6, bytes(8), kind) + packet
    if link == COOKED2:
        return struct.pack(">HHIHBB8s", kind, 0, 2, 1, 4, 6, bytes(8)) + packet
    if link == LOOPBACK:
        return struct.pack("<I", 2 if kind == 0x0800 else 24) + packet
    return packet


def pcap(
    frames: Iterable[bytes],
    *,
    link: int = ETHERNET,
    order: str = "<",
    nano: bool = False,
    snap: int = 262144,
    step: int = 10**7,
) -> bytes:
    """A pcap file; ``step``: nanoseconds between frames."""
    unit = 1 if nano else 1000
    out = [struct.pack(f"{order}IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, link)]
    for number, data in enumerate(frames):
        seconds, rest = divmod(START + number * step, 10**9)
        kept = data[:snap]
        out.append(struct.pack(f"{order}IIII", seconds, rest // unit, len(kept), len(data)) + kept)
    return b"".join(out)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += b"\0" * (-len(body) % 4)
    size = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = ETHERNET, order: str = "<", resolution: int = 6, snap: int = 0) -> bytes:
    option = struct.pack(f"{order}HHB3x", 9, 1, resolution) + struct.pack(f"{order}HH", 0, 0)
    return block(1, struct.pack(f"{order}HHI", link, 0, snap) + option, order)


def enhanced(
    data: bytes, index: int = 0, number: int = 0, order: str = "<", resolution: int = 6, comment: str = ""
) -> bytes:
    ticks = (START + number * 10**7) // 10 ** (9 - resolution)
    body = struct.pack(f"{order}IIIII", index, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    body += data + b"\0" * (-len(data) % 4)
    if comment:
        text = comment.encode()
        body += struct.pack(f"{order}HH", 1, len(text)) + text + b"\0" * (-len(text) % 4) + bytes(4)
    return block(6, body, order)


def pcapng(frames: Sequence[bytes], *, order: str = "<", link: int = ETHERNET, resolution: int = 6) -> bytes:
    blocks = [enhanced(data, 0, number, order, resolution) for number, data in enumerate(frames)]
    return section(order) + interface(link, order, resolution) + b"".join(blocks)


@dataclass
class Dialogue:
    """One TCP connection; each method appends the packets of one step to ``packets``."""

    client: tuple[str, int] = (CLIENT, 50123)
    server: tuple[str, int] = (SERVER, 443)
    client_seq: int = 1000
    server_seq: int = 9000
    packets: list[bytes] = field(default_factory=list)

    def _send(self, from_client: bool, flags: int, data: bytes = b"") -> bytes:
        if from_client:
            packet = tcp(self.client, self.server, self.client_seq, self.server_seq if flags & ACK else 0, flags, data)
            self.client_seq += len(data) + bool(flags & (SYN | FIN))
        else:
            packet = tcp(self.server, self.client, self.server_seq, self.client_seq if flags & ACK else 0, flags, data)
            self.server_seq += len(data) + bool(flags & (SYN | FIN))
        self.packets.append(packet)
        return packet

    def open(self) -> Dialogue:
        self._send(True, SYN)
        self._send(False, SYN | ACK)
        self._send(True, ACK)
        return self

    def says(self, data: bytes, *, client: bool = True, size: int = 1400) -> Dialogue:
        """``data`` in segments of ``size`` bytes, and the other side's confirmation."""
        for at in range(0, len(data), size):
            self._send(client, PSH | ACK, data[at : at + size])
        self._send(not client, ACK)
        return self

    def fin(self, *, client: bool = True) -> Dialogue:
        self._send(client, FIN | ACK)
        return self

    def rst(self, *, client: bool = False) -> Dialogue:
        self._send(client, RST | ACK)
        return self


# --- TLS --------------------------------------------------------------------------------------------------------------

SWS = "sws.update.microsoft.com"
GOOD_SUITES = (0xC030, 0xC02F, 0x009D)


def record(kind: int, body: bytes, version: int = 0x0301) -> bytes:
    return struct.pack(">BHH", kind, version, len(body)) + body


def extension(kind: int, body: bytes) -> bytes:
    return struct.pack(">HH", kind, len(body)) + body


def server_name(name: str) -> bytes:
    host = b"\0" + len(name).to_bytes(2, "big") + name.encode()
    return extension(0, len(host).to_bytes(2, "big") + host)


def client_hello(
    version: int = 0x0303,
    suites: Sequence[int] = GOOD_SUITES,
    sni: str | None = SWS,
    versions: Sequence[int] = (),
    groups: Sequence[int] = (0x1D, 0x17, 0x18),
    more: bytes = b"",
) -> bytes:
    """The handshake message, without a record."""
    extensions = (server_name(sni) if sni else b"") + more
    if groups:
        names = struct.pack(f">{len(groups)}H", *groups)
        extensions += extension(10, len(names).to_bytes(2, "big") + names)
    if versions:
        numbers = struct.pack(f">{len(versions)}H", *versions)
        extensions += extension(43, bytes([len(numbers)]) + numbers)
    offered = struct.pack(f">{len(suites)}H", *suites)
    body = struct.pack(">H32sBH", version, bytes(range(32)), 0, len(offered)) + offered + b"\1\0"
    body += len(extensions).to_bytes(2, "big") + extensions
    return b"\1" + len(body).to_bytes(3, "big") + body


def server_hello(version: int = 0x0303, suite: int = 0xC030, random: bytes = bytes(32), selected: int = 0) -> bytes:
    extensions = extension(43, selected.to_bytes(2, "big")) if selected else b""
    body = struct.pack(">H32sBHB", version, random, 0, suite, 0) + len(extensions).to_bytes(2, "big") + extensions
    return b"\2" + len(body).to_bytes(3, "big") + body


def ssl2_hello(version: int = 0x0301, suites: Sequence[int] = (0x00002F, 0x00000A, 0x0700C0)) -> bytes:
    specs = b"".join(number.to_bytes(3, "big") for number in suites)
    body = struct.pack(">BHHHH", 1, version, len(specs), 0, 16) + specs + bytes(range(16))
    return (0x8000 | len(body)).to_bytes(2, "big") + body


HELLO = record(22, client_hello())
HELLO_TLS10 = record(22, client_hello(0x0301, (0xC014, 0xC013, 0x0035, 0x000A)))
CCS = record(20, b"\1", 0x0303)
FINISHED = record(22, bytes(40), 0x0303)
SERVER_FLIGHT = record(22, server_hello() + b"\x0e\0\0\0", 0x0303)


def session(dialogue: Dialogue, hello: bytes = HELLO, size: int = 1400) -> Dialogue:
    """A complete handshake of TLS 1.2, without certificates."""
    dialogue.says(hello, size=size).says(SERVER_FLIGHT, client=False, size=size)
    return dialogue.says(CCS + FINISHED).says(CCS + FINISHED, client=False)


def dns_answer(name: str, address: str, alias: str = "") -> bytes:
    """The packet of a name server: the address of a name, or of the alias that it has."""

    def labels(text: str) -> bytes:
        return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"

    kind = 28 if ":" in address else 1
    asked = labels(name) + struct.pack(">HH", kind, 1)
    records, owner = b"", b"\xc0\x0c"
    if alias:
        records += owner + struct.pack(">HHIH", 5, 1, 60, len(labels(alias))) + labels(alias)
        owner = (0xC000 | 12 + len(asked) + 12).to_bytes(2, "big")
    records += owner + struct.pack(">HHIH", kind, 1, 60, len(packed(address))) + packed(address)
    head = struct.pack(">HHHHHH", 0x1234, 0x8180, 1, 2 if alias else 1, 0, 0)
    return udp((RESOLVER, 53), (CLIENT, 40000), head + asked + records)
