# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chain of certificates that a server sent: subject, issuer, dates. Nothing is verified.

Sources: RFC 5280 (4.1), X.690 (DER).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

CHAIN_LIMIT = 10
TEXT_LIMIT = 256
_SEQUENCE, _SET, _OID, _INTEGER, _VERSION = 0x30, 0x31, 0x06, 0x02, 0xA0
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_STRINGS = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x14: "latin-1", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_NAMES = {
    b"\x55\x04\x03": "CN",
    b"\x55\x04\x06": "C",
    b"\x55\x04\x07": "L",
    b"\x55\x04\x08": "ST",
    b"\x55\x04\x0a": "O",
    b"\x55\x04\x0b": "OU",
    bytes.fromhex("0992268993f22c640119"): "DC",
    bytes.fromhex("2a864886f70d010901"): "emailAddress",
}


class Malformed(Exception):
    """These bytes are no certificate."""


@dataclass(frozen=True)
class Certificate:
    """Names as in RFC 4514 but in the order of the certificate; dates in UTC, None where they can't be read."""

    subject: str
    issuer: str
    issuer_organization: str | None
    not_before: str | None
    not_after: str | None


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, content) of each element. Raises Malformed."""
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise Malformed
        tag, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            if not 1 <= count <= 4 or at + count > len(data):
                raise Malformed
            size = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + size > len(data):
            raise Malformed
        yield tag, data[at : at + size]
        at += size


def _only(data: bytes, tag: int) -> bytes:
    """The content of the first element, which must have this tag."""
    for found, content in _items(data):
        if found == tag:
            return content
        break
    raise Malformed


def _dotted(oid: bytes) -> str:
    """An object identifier as numbers."""
    if not oid:
        return "?"
    numbers, value = [str(min(oid[0] // 40, 2)), str(oid[0] - 40 * min(oid[0] // 40, 2))], 0
    for byte in oid[1:17]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(str(value))
            value = 0
    return ".".join(numbers)


def _name(data: bytes) -> list[tuple[str, str]]:
    """The parts of a name, in order."""
    parts = []
    for tag, group in _items(data):
        if tag != _SET:
            raise Malformed
        for _tag, pair in _items(group):
            (kind, oid), (form, value) = (*_items(pair), (0, b""), (0, b""))[:2]
            if kind != _OID:
                raise Malformed
            text = value.decode(_STRINGS.get(form, "latin-1"), "backslashreplace")
            parts.append((_NAMES.get(oid) or _dotted(oid), text[:TEXT_LIMIT]))
    return parts


def _shown(parts: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parts)


def _time(tag: int, value: bytes) -> str | None:
    """A date as ISO 8601; two digits of a year mean 1950 to 2049 (RFC 5280, 4.1.2.5.1)."""
    text = value.decode("ascii", "replace")
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        return None
    try:
        moment = datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return moment.isoformat().replace("+00:00", "Z")


def certificate(der: bytes) -> Certificate:
    """Raises Malformed."""
    fields = list(_items(_only(_only(der, _SEQUENCE), _SEQUENCE)))
    if fields and fields[0][0] == _VERSION:
        fields = fields[1:]
    if len(fields) < 5 or [tag for tag, _content in fields[:5]] != [_INTEGER, *[_SEQUENCE] * 4]:
        raise Malformed
    issuer, subject = _name(fields[2][1]), _name(fields[4][1])
    dates = [_time(tag, value) for tag, value in _items(fields[3][1])]
    return Certificate(
        _shown(subject),
        _shown(issuer),
        next((value for name, value in issuer if name == "O"), None),
        *(dates if len(dates) == 2 else (None, None)),
    )


def chain(body: bytes) -> list[Certificate]:
    """The certificates of the message of TLS 1.2 and older, at most ten; one that can't be read ends them."""
    found: list[Certificate] = []
    at = 3
    while at + 3 <= len(body) and len(found) < CHAIN_LIMIT:
        end = at + 3 + int.from_bytes(body[at : at + 3], "big")
        try:
            if end > len(body):
                break
            found.append(certificate(body[at + 3 : end]))
        except Malformed:
            break
        at = end
    return found
