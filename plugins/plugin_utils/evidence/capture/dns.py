# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which names a name server gave for which addresses.

Source: RFC 1035 (4).
"""

from __future__ import annotations

import ipaddress
from struct import Struct

_A, _AAAA = 1, 28
_INTERNET = 1
_JUMPS = 64
_NAME_LIMIT = 255
RECORD_LIMIT = 256
_head = Struct(">HHHHHH").unpack_from
_record = Struct(">HHIH").unpack_from


class Malformed(Exception):
    """These bytes are no message of DNS."""


def _skip_name(data: bytes, at: int) -> int:
    """Where the name that begins here ends. Raises Malformed."""
    while at < len(data):
        size = data[at]
        if size >= 0xC0:
            return at + 2
        at += 1 + size
        if size == 0:
            return at
    raise Malformed


def _name(data: bytes, at: int) -> str:
    """The name that begins here, in small letters. Raises Malformed."""
    labels: list[str] = []
    length = jumps = 0
    while at < len(data):
        size = data[at]
        if size >= 0xC0:
            jumps += 1
            if at + 2 > len(data) or jumps > _JUMPS:
                break
            at = (size & 0x3F) << 8 | data[at + 1]
            continue
        if size == 0:
            return ".".join(labels)
        length += size + 1
        if size > 63 or length > _NAME_LIMIT or at + 1 + size > len(data):
            break
        labels.append(data[at + 1 : at + 1 + size].decode("ascii", "backslashreplace").lower())
        at += 1 + size
    raise Malformed


def addresses(message: bytes) -> tuple[str, list[str]]:
    """(the name that was asked for, the addresses in the answer).

    The name is that of the question: an answer leads from it over aliases to the addresses.

    Raises:
        Malformed: it is no answer.
    """
    if len(message) < 12:
        raise Malformed
    _id, flags, questions, answers, _authority, _more = _head(message)
    if not flags & 0x8000 or questions != 1:
        raise Malformed
    name = _name(message, 12)
    at = _skip_name(message, 12) + 4
    found = []
    for _number in range(min(answers, RECORD_LIMIT)):
        at = _skip_name(message, at)
        if at + 10 > len(message):
            break
        kind, cls, _ttl, size = _record(message, at)
        data = message[at + 10 : at + 10 + size]
        at += 10 + size
        if cls == _INTERNET and (kind, len(data)) in ((_A, 4), (_AAAA, 16)):
            found.append(str(ipaddress.ip_address(data)))
    return name, found
