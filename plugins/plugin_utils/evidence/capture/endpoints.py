# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose connection is this? Attribution to an endpoint by SNI, by the CONNECT request, by DNS, by given addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...facts.tables import load_table
from . import dns
from .connections import Connection

ALL = "all"
HTTPS = 443
ADDRESS_LIMIT = 100_000
"""Most addresses of which names are kept."""
NAMES_LIMIT = 20
"""Most names of an address that are kept."""
_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\Z"
)
_WITH_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*):(\d{1,5})\Z")


@dataclass(frozen=True)
class Attribution:
    """``endpoint``: a name, or an address where one was given; None with ``by`` None: it can't be told whose it is.

    ``by``: ``connect``, ``sni``, ``address`` (given), ``dns``, ``same_address`` (another connection to this address has
    the name as its SNI).
    """

    endpoint: str | None
    by: str | None


NOBODY = Attribution(None, None)


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return None


class Wanted:
    """The endpoints that connections are looked for.

    Args:
        endpoints: names, addresses, either with ``:port`` behind it (IPv6 in brackets then), or ``all``. None: those
            that the collection knows.

    Raises:
        ValueError: what can't be an endpoint; the text names it.
    """

    def __init__(self, endpoints: Sequence[str] | None = None) -> None:
        self.everything = False
        self._given: set[tuple[str, int | None]] = set()
        self.rows: Mapping[str, Mapping[str, Any]] = {row["host"]: row for row in load_table("endpoints")["endpoints"]}
        if endpoints is None:
            self._given = {(host, None) for host in self.rows}
        for text in endpoints or ():
            self._add(text.strip().lower())
        if not self._given and not self.everything:
            raise ValueError("endpoints names none. Leave it out for those that the collection knows, or say all")

    def _add(self, text: str) -> None:
        if text == ALL:
            self.everything = True
            return
        host, port = text, None
        match = _WITH_PORT.match(text) if _address(text) is None else None
        if match:
            host, port = match[1], int(match[2])
        name = _address(host) or host.rstrip(".")
        numeric = re.fullmatch(r"[0-9.]+", name) is not None
        if (_address(host) is None and (numeric or not _NAME.match(name))) or (
            port is not None and not 0 < port < 65536
        ):
            raise ValueError(
                f"endpoints has {text!r}, which is no name, no address and none with a port such as 192.0.2.1:443 or "
                "[2001:db8::1]:443"
            )
        self._given.add((name, port))

    def named(self, host: str, port: int) -> bool:
        """The host (name or address) is one of those that were asked for."""
        return (host, None) in self._given or (host, port) in self._given

    def asked_for(self, host: str) -> bool:
        """The host is one of those that were asked for, with whatever port."""
        return any(name == host for name, _port in self._given)

    def has(self, host: str, port: int) -> bool:
        """As ``named``; where all are asked for, every name."""
        return self.named(host, port) or (self.everything and _address(host) is None)


@dataclass
class Names:
    """Names that the capture itself gives to addresses."""

    dns: dict[str, list[str]] = field(default_factory=dict)
    sni: dict[str, str] = field(default_factory=dict)

    def add_answer(self, message: bytes) -> None:
        """What a name server answered; what can't be read tells nothing."""
        try:
            name, addresses = dns.addresses(message)
        except dns.Malformed:
            return
        for address in addresses:
            if address in self.dns or len(self.dns) < ADDRESS_LIMIT:
                names = self.dns.setdefault(address, [])
                if name and name not in names and len(names) < NAMES_LIMIT:
                    names.append(name)


class Attributor:
    """Tells connections to wanted endpoints from others."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.names = Names()
        self._proxies: set[tuple[str, int]] = set()

    def interesting(self, connection: Connection) -> bool:
        """Whether a connection may matter, by what was said on it so far."""
        talk = connection.talk
        if talk.target is not None:
            self._proxies.add(connection.server)
        found = self._told(connection)
        if found is not None:
            return found != NOBODY or self.wanted.everything
        if talk.kind == "other":
            return self._near(connection)
        return True

    def _told(self, connection: Connection) -> Attribution | None:
        """What the connection itself tells: an endpoint, NOBODY for one that is not wanted, None for nothing."""
        talk, wanted = connection.talk, self.wanted
        sni = talk.hello.sni if talk.hello else None
        if talk.target is not None:
            host, port = talk.target
            if wanted.has(host, port):
                return Attribution(host, "connect")
            if sni and wanted.has(sni, port):
                return Attribution(sni, "sni")
            return None if _address(host) and not sni else NOBODY
        address, port = connection.server
        if sni and wanted.has(sni, port):
            return Attribution(sni, "sni")
        if wanted.has(address, port):
            return Attribution(address, "address")
        return NOBODY if sni else None

    def _near(self, connection: Connection) -> bool:
        """Of what tells nothing: the address, the port or the proxy make it worth a report."""
        address, port = connection.server
        names = self.names.dns.get(address)
        if names is not None and any(self.wanted.named(name, port) for name in names):
            return True
        return port == HTTPS and (names is None or self.wanted.everything)

    def attribute(self, connections: Iterable[Connection]) -> list[tuple[Connection, Attribution]]:
        """The connections that are to be reported, and whose they are; all others are those of other servers."""
        connections = list(connections)
        for one in connections:
            if one.talk.target is not None:
                self._proxies.add(one.server)
            elif one.talk.hello and one.talk.hello.sni and self.wanted.has(one.talk.hello.sni, one.server[1]):
                self.names.sni[one.server[0]] = one.talk.hello.sni
        return [(one, found) for one in connections if (found := self._whose(one)) is not None]

    def _whose(self, connection: Connection) -> Attribution | None:
        told = self._told(connection)
        if told is not None and told != NOBODY:
            return told
        everything = self.wanted.everything
        if told == NOBODY or connection.talk.target is not None:
            return NOBODY if everything or told is None else None
        address, port = connection.server
        names = self.names.dns.get(address, [])
        for name in names:
            if self.wanted.has(name, port):
                return Attribution(name, "dns")
        if address in self.names.sni and port == HTTPS:
            return Attribution(self.names.sni[address], "same_address")
        if everything:
            return NOBODY
        if connection.server in self._proxies:
            return NOBODY
        return NOBODY if port == HTTPS and not names else None
