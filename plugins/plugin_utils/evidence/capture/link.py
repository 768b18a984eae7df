# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a frame to its IP packet: Ethernet with VLAN tags, Linux cooked, raw IP, loopback.

Source of the numbers: the list of link types at https://www.tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from struct import Struct

IPV4, IPV6 = 0x0800, 0x86DD
VLAN = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
_TAGS = 8
"""Most VLAN tags of a frame; two are met."""
_type = Struct(">H").unpack_from
_WITHOUT_HEADER = frozenset({12, 14, 101, 228, 229})
_LOOPBACK = frozenset({0, 108})
# Link type -> (where the type of what follows stands, where that begins).
_WITH_TYPE = {1: (12, 14), 113: (14, 16), 276: (0, 20)}
SUPPORTED = frozenset(_WITH_TYPE) | _WITHOUT_HEADER | _LOOPBACK


def network(link: int, data: bytes, start: int, end: int) -> int | None:
    """Where in ``data`` the frame's IP packet begins; None where it has none.

    Whether it is IPv4 or IPv6 the packet itself says. The caller makes sure that ``link`` is in ``SUPPORTED``.
    """
    if link not in _WITH_TYPE:
        return start + 4 if link in _LOOPBACK else start
    type_at, header = _WITH_TYPE[link]
    if end - start < header:
        return None
    kind = _type(data, start + type_at)[0]
    offset = start + header
    for _tag in range(_TAGS):
        if kind not in VLAN:
            break
        if offset + 4 > end:
            return None
        kind = _type(data, offset + 2)[0]
        offset += 4
    return offset if kind in (IPV4, IPV6) else None
