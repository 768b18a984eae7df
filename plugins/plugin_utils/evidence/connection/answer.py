# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The answer of wsus_connection (docs/reference/connection.md) as records, read from what is hostile input.

What has not the contract's shape is None or left out, in its place; only an answer without ``target`` is none at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ...collect.answer import AnswerError, check_answer
from ...facts.scalars import (
    ErrorInfo,
    as_bool,
    as_int,
    as_list,
    as_mapping,
    as_text,
    format_time,
    malformed,
    read_error,
    read_time,
)
from ...redact import mask_user_info, redact
from ...text import clean

ADDRESSES = 16
ATTEMPTS = 6
CERTIFICATES = 16
EXCEPTIONS = 16
NAME_LIMIT = 1_000
LINE_LIMIT = 512
_HEX = re.compile(r"(?:[0-9a-f]{2}){0,96}")
_UNSIGNED = 2**32 - 1

Read = TypeVar("Read")


def _text(obj: object, limit: int = NAME_LIMIT) -> str | None:
    """Text of the host on one line, without what a terminal would act on."""
    found = as_text(obj, limit)
    return None if found is None else clean(found, limit)


def _prose(obj: object, limit: int) -> str:
    """A message, without the passwords it may quote."""
    return clean(redact(as_text(obj, limit * 4) or "", limit=limit * 2), limit)


def _items(obj: object, limit: int, read: Callable[[object], Read | None]) -> tuple[Read, ...]:
    """Those items of a list that can be read."""
    return tuple(item for item in map(read, as_list(obj, limit) or ()) if item is not None)


@dataclass(frozen=True)
class Thrown:
    """One exception; numbers are unsigned."""

    type: str
    hresult: int | None
    native_code: int | None
    message: str


@dataclass(frozen=True)
class Failure:
    """How a step failed: what was thrown, outermost first; ``timed_out``: it had not ended in time."""

    timed_out: bool
    exceptions: tuple[Thrown, ...] = ()

    def has_code(self, *codes: int) -> bool:
        """Whether one of the exceptions has one of these codes of Windows."""
        return any(one.native_code in codes for one in self.exceptions)

    @property
    def code(self) -> int | None:
        """The code of the innermost exception that has one."""
        found = [one.native_code for one in self.exceptions if one.native_code is not None]
        return found[-1] if found else None


@dataclass(frozen=True)
class Dns:
    """How a name was resolved."""

    host: str
    addresses: tuple[str, ...]
    milliseconds: int | None
    failure: Failure | None


@dataclass(frozen=True)
class Tcp:
    """Whether an address could be connected to."""

    address: str
    port: int | None
    milliseconds: int | None
    failure: Failure | None


@dataclass(frozen=True)
class Connect:
    """What a proxy answered to CONNECT. ``status``: the number of HTTP, None where the answer is not HTTP."""

    status: int | None
    status_line: str | None
    failure: Failure | None


@dataclass(frozen=True)
class Certificate:
    """A certificate of the chain; ``status``: X509ChainStatusFlags."""

    subject: str
    issuer: str
    not_before: str | None
    not_after: str | None
    thumbprint: str | None
    status: int


@dataclass(frozen=True)
class Negotiated:
    """Numbers of SslStream's enumerations, and bits."""

    protocol: int | None
    cipher: int | None
    cipher_strength: int | None
    hash: int | None
    hash_strength: int | None
    key_exchange: int | None
    key_exchange_strength: int | None


@dataclass(frozen=True)
class Handshake:
    """A handshake; ``first``: the first bytes that came."""

    milliseconds: int | None
    sent: int | None
    received: int | None
    first: bytes
    negotiated: Negotiated | None
    policy_errors: int | None
    chain_status: int | None
    certificates: tuple[Certificate, ...]
    failure: Failure | None


@dataclass(frozen=True)
class Attempt:
    """A connection by one protocol version, as far as it came."""

    protocol: str
    address: str | None
    tcp: Failure | None
    connect: Connect | None
    handshake: Handshake | None


@dataclass(frozen=True)
class Proxy:
    """``origin``: wsus, given or none. ``error``: why WSUS' configuration could not be read."""

    origin: str | None
    used: bool | None
    host: str | None
    port: int | None
    dns: Dns | None
    has_password: bool | None
    error: ErrorInfo | None


@dataclass(frozen=True)
class Answer:
    """All of it."""

    host: str
    port: int
    timeout: int | None
    collected_at: str | None
    proxy: Proxy
    dns: Dns | None
    tcp: tuple[Tcp, ...]
    attempts: tuple[Attempt, ...]


def _thrown(obj: object) -> Thrown | None:
    found = as_mapping(obj)
    if found is None:
        return None
    return Thrown(
        _text(found.get("type"), 200) or "",
        as_int(found.get("hresult"), 0, _UNSIGNED),
        as_int(found.get("native_code"), 0, _UNSIGNED),
        _prose(found.get("message"), 500),
    )


def _failure(obj: object) -> Failure | None:
    """A FAILURE; what is neither one nor null is one of which nothing is known."""
    if obj is None:
        return None
    found = as_mapping(obj) or {}
    return Failure(found.get("timed_out") is True, _items(found.get("exceptions"), EXCEPTIONS, _thrown))


def _address(obj: object) -> str | None:
    return _text(obj, 64) or None


def _milliseconds(obj: object) -> int | None:
    return as_int(obj, 0, 10**9)


def _dns(obj: object) -> Dns | None:
    found = as_mapping(obj)
    if found is None:
        return None
    return Dns(
        _text(found.get("host")) or "",
        _items(found.get("addresses"), ADDRESSES, _address),
        _milliseconds(found.get("milliseconds")),
        _failure(found.get("failure")),
    )


def _tcp(obj: object) -> Tcp | None:
    found = as_mapping(obj)
    address = None if found is None else _address(found.get("address"))
    if found is None or address is None:
        return None
    return Tcp(
        address,
        as_int(found.get("port"), 1, 65_535),
        _milliseconds(found.get("milliseconds")),
        _failure(found.get("failure")),
    )


def _connect(obj: object) -> Connect | None:
    found = as_mapping(obj)
    if found is None:
        return None
    line = as_text(found.get("status_line"), LINE_LIMIT)
    status = re.match(r"HTTP/1\.[01] ([1-5][0-9]{2})(?: |$)", line) if line else None
    return Connect(
        int(status[1]) if status else None,
        None if line is None else _prose(line, LINE_LIMIT),
        _failure(found.get("failure")),
    )


def _certificate(obj: object) -> Certificate | None:
    found = as_mapping(obj)
    if found is None:
        return None
    thumbprint = as_text(found.get("thumbprint"), 64)
    return Certificate(
        _text(found.get("subject")) or "",
        _text(found.get("issuer")) or "",
        format_time(read_time(found.get("not_before"))),
        format_time(read_time(found.get("not_after"))),
        thumbprint if thumbprint and re.fullmatch(r"[0-9A-F]{40}", thumbprint) else None,
        as_int(found.get("status"), 0, _UNSIGNED) or 0,
    )


def _negotiated(obj: object) -> Negotiated | None:
    found = as_mapping(obj)
    if found is None:
        return None
    names = ("protocol", "cipher", "cipher_strength", "hash", "hash_strength", "key_exchange", "key_exchange_strength")
    return Negotiated(*(as_int(found.get(name), 0, _UNSIGNED) for name in names))


def _handshake(obj: object) -> Handshake | None:
    found = as_mapping(obj)
    if found is None:
        return None
    first = as_text(found.get("first_received"), 192) or ""
    return Handshake(
        _milliseconds(found.get("milliseconds")),
        as_int(found.get("sent"), 0),
        as_int(found.get("received"), 0),
        bytes.fromhex(first) if _HEX.fullmatch(first) else b"",
        _negotiated(found.get("negotiated")),
        as_int(found.get("policy_errors"), 0, _UNSIGNED),
        as_int(found.get("chain_status"), 0, _UNSIGNED),
        _items(found.get("certificates"), CERTIFICATES, _certificate),
        _failure(found.get("failure")),
    )


def _attempt(obj: object) -> Attempt | None:
    found = as_mapping(obj)
    protocol = None if found is None else _text(found.get("protocol"), 20)
    if found is None or not protocol:
        return None
    return Attempt(
        protocol,
        _address(found.get("address")),
        _failure(found.get("tcp")),
        _connect(found.get("connect")),
        _handshake(found.get("handshake")),
    )


def _proxy(obj: object) -> Proxy:
    found = as_mapping(obj)
    if found is None:
        return Proxy(None, None, None, None, None, None, malformed("no proxy"))
    origin = as_text(found.get("from"), 10)
    configuration = found.get("configuration")
    error = read_error(configuration)
    members = as_mapping(configuration) or {}
    if error is None and origin == "wsus":  # a member may have an error of its own
        errors = [read_error(members.get(name)) for name in ("UseProxy", "ProxyName", "SslProxyName")]
        error = next((one for one in errors if one is not None), None)
    host = _text(found.get("host"))
    return Proxy(
        origin if origin in ("wsus", "given", "none") else None,
        as_bool(found.get("used")),
        None if host is None else mask_user_info(host),
        as_int(found.get("port"), 1, 65_535),
        _dns(found.get("dns")),
        as_bool(members.get("HasProxyPassword")),
        error,
    )


def check_connection(result: object) -> Answer:
    """The answer of a module result that did not fail.

    Raises:
        AnswerError: it has not the contract's shape, is of another contract, or is too big.
    """
    envelope = check_answer(result)
    raw = as_mapping(envelope["raw"]) or {}
    target = as_mapping(raw.get("target")) or {}
    host, port = _text(target.get("host"), 255), as_int(target.get("port"), 1, 65_535)
    if not host or port is None:
        raise AnswerError("malformed_answer", "the answer does not say what was connected to")
    return Answer(
        host,
        port,
        as_int(raw.get("timeout"), 1, 60),
        format_time(read_time(envelope["collected_at"])),
        _proxy(raw.get("proxy")),
        _dns(raw.get("dns")),
        _items(raw.get("tcp"), ADDRESSES, _tcp),
        _items(raw.get("attempts"), ATTEMPTS, _attempt),
    )
