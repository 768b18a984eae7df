# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ClientHello and ServerHello: what is offered and what is chosen.

Sources: RFC 5246 (7.4.1), RFC 8446 (4.1), RFC 6066 (server name), RFC 8422 (groups); SSL 2.0's form: RFC 5246, E.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from .numbers import is_grease

SERVER_NAME, GROUPS, VERSIONS = 0, 10, 43
TLS13 = 0x0304
# The ServerHello that asks for another ClientHello has this in place of random bytes (RFC 8446, 4.1.3).
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


class Malformed(Exception):
    """The message is not what its type says."""


@dataclass(frozen=True)
class ClientHello:
    """What a client offers, as numbers; without GREASE.

    ``version`` is the field of the message, which never says more than TLS 1.2. ``versions`` is the extension, None
    where there is none. ``ssl2_form``: the message has the form of SSL 2.0. ``damaged``: the extensions end early.
    """

    version: int
    suites: tuple[int, ...]
    sni: str | None = None
    versions: tuple[int, ...] | None = None
    groups: tuple[int, ...] | None = None
    ssl2_form: bool = False
    damaged: bool = False


@dataclass(frozen=True)
class ServerHello:
    """What a server chose. ``retry``: it asks for another ClientHello first."""

    version: int
    suite: int
    retry: bool = False


class _Bytes:
    """Reads from the front, never beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise Malformed
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def block(self, size: int) -> bytes:
        """What a length of ``size`` bytes stands before."""
        return self.take(self.number(size))

    def __bool__(self) -> bool:
        return self._at < len(self._data)


def _pairs(data: bytes) -> tuple[int, ...]:
    numbers = (int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2))
    return tuple(number for number in numbers if not is_grease(number))


def _extensions(reader: _Bytes) -> tuple[dict[int, bytes], bool]:
    """(extensions by number, the first of each; whether they end early)."""
    found: dict[int, bytes] = {}
    try:
        if reader:
            inner = _Bytes(reader.block(2))
            while inner:
                kind = inner.number(2)
                found.setdefault(kind, inner.block(2))
    except Malformed:
        return found, True
    return found, False


def _server_name(data: bytes) -> str | None:
    """The host name of the extension, in small letters; what is no ASCII is escaped."""
    try:
        names = _Bytes(_Bytes(data).block(2))
        while names:
            kind, name = names.number(1), names.block(2)
            if kind == 0 and 0 < len(name) <= 255:
                return name.decode("ascii", "backslashreplace").lower().rstrip(".")
    except Malformed:
        pass
    return None


def client_hello(body: bytes) -> ClientHello:
    """Raises Malformed where not even the suites can be read."""
    reader = _Bytes(body)
    version = reader.number(2)
    reader.take(32)
    reader.block(1)
    suites = _pairs(reader.block(2))
    reader.block(1)
    found, damaged = _extensions(reader)
    versions = groups = None
    if VERSIONS in found:
        versions = _pairs(found[VERSIONS][1:])
    if GROUPS in found:
        groups = _pairs(found[GROUPS][2:])
    sni = _server_name(found[SERVER_NAME]) if SERVER_NAME in found else None
    return ClientHello(version, suites, sni, versions, groups, damaged=damaged)


def ssl2_client_hello(body: bytes) -> ClientHello:
    """The form of SSL 2.0, in which suites of SSL 3.0 and TLS begin with a zero. Raises Malformed."""
    reader = _Bytes(body)
    reader.take(1)
    version = reader.number(2)
    size, _session, _challenge = reader.number(2), reader.number(2), reader.number(2)
    specs = reader.take(size)
    suites = tuple(int.from_bytes(specs[at : at + 3], "big") for at in range(0, len(specs) - 2, 3))
    return ClientHello(version, suites, ssl2_form=True)


def server_hello(body: bytes) -> ServerHello:
    """Raises Malformed."""
    reader = _Bytes(body)
    version = reader.number(2)
    random = reader.take(32)
    reader.block(1)
    suite = reader.number(2)
    reader.take(1)
    found, _damaged = _extensions(reader)
    if len(found.get(VERSIONS, b"")) == 2:
        version = int.from_bytes(found[VERSIONS], "big")
    return ServerHello(version, suite, random == _RETRY)
