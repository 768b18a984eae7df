# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A measurement: as it is published, read back, and put in place of the built-in list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..facts.cipher_lists import is_suite
from ..facts.endpoint_list import EndpointList
from ..facts.scalars import read_time
from ..text import clean

SCHEMA_VERSION = "1.0"
PROTOCOLS = ("SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
DECIDES = "TLS 1.2"
"""The protocol whose suites count: the newest that every Windows of WSUS has, and the one that the rules ask for."""
NEWER = "TLS 1.3"
"""The protocol that Windows Server 2022 and later have besides."""
ANSWERS = ("accepted", "rejected", "undetermined")
SUITE_LIMIT = 500
"""Most suites of one protocol. All that have ever been registered are fewer."""
_SUITE = re.compile(r"[A-Z0-9_]{4,80}")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


@dataclass(frozen=True)
class Certificate:
    """What the server showed. ``verified``: a root store vouches for it, under the name that was asked for."""

    subject: str
    issuer: str
    not_after: str | None
    verified: bool


@dataclass(frozen=True)
class Offer:
    """What an endpoint accepts: protocols -> one of ANSWERS, and the suites of those that it accepts."""

    protocols: Mapping[str, str]
    suites: Mapping[str, tuple[str, ...]]

    def accepted(self, protocol: str) -> tuple[str, ...]:
        """The suites of a protocol that some Windows has."""
        return tuple(name for name in self.suites.get(protocol, ()) if is_suite(name))


@dataclass(frozen=True)
class Measurement:
    """What one endpoint accepted at one time.

    ``protocols``: those that were asked for -> one of ANSWERS. ``suites``: the same protocols -> names, in the order of
    ``result.py``. ``complete``: nothing of what was asked for is undetermined.
    """

    host: str
    port: int
    proxy: str | None
    measured_at: str
    measured_by: str
    protocols: Mapping[str, str]
    suites: Mapping[str, tuple[str, ...]]
    groups: tuple[str, ...] | None
    certificate: Certificate | None
    complete: bool
    errors: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"

    @property
    def accepted_suites(self) -> tuple[str, ...]:
        """What the option ``accepted_suites`` takes: the suites of TLS 1.2 that some Windows has."""
        return self.offer.accepted(DECIDES)

    @property
    def offer(self) -> Offer:
        """What was accepted, whoever asked when."""
        return Offer(self.protocols, self.suites)

    def as_list(self) -> EndpointList:
        """The list that takes the place of the built-in one.

        Raises:
            ValueError: this measurement can't; the text says why.
        """
        if not self.complete:
            why = "; ".join(self.errors[:3]) or "it says so itself"
            raise ValueError(f"it is not complete: {why}. Measure again")
        if self.protocols.get(DECIDES) is None:
            raise ValueError(f"it did not ask for {DECIDES}, whose suites count. Measure again with {DECIDES}")
        if self.protocols[DECIDES] != "accepted":
            raise ValueError(
                f"{self.place} no longer accepts {DECIDES}, the newest version that WSUS is known to use: no list of "
                "suites can say whether a server gets through. See what Microsoft says of it"
            )
        if not self.accepted_suites:
            raise ValueError(f"{self.place} accepts no suite with {DECIDES} that any Windows has")
        verified = None if self.certificate is None else self.certificate.verified
        return EndpointList(self.accepted_suites, self.place, self.measured_at, verified)

    def as_dict(self) -> dict[str, Any]:
        """As it is published (docs/reference/endpoint.md)."""
        certificate = self.certificate
        return {
            "schema_version": SCHEMA_VERSION,
            "endpoint": {"host": self.host, "port": self.port, "proxy": self.proxy},
            "measured_at": self.measured_at,
            "measured_by": self.measured_by,
            "protocols": dict(self.protocols),
            "suites": {name: list(suites) for name, suites in self.suites.items()},
            "groups": None if self.groups is None else list(self.groups),
            "certificate": None
            if certificate is None
            else {
                "subject": certificate.subject,
                "issuer": certificate.issuer,
                "not_after": certificate.not_after,
                "verified": certificate.verified,
            },
            "complete": self.complete,
            "errors": list(self.errors),
            "accepted_suites": list(self.accepted_suites),
        }


def suite_names(items: object) -> tuple[str, ...]:
    """Names of suites, each once.

    Raises:
        ValueError: it is no list of such names.
    """
    if not isinstance(items, (list, tuple)) or len(items) > SUITE_LIMIT:
        raise ValueError(f"a list of suites is no list of at most {SUITE_LIMIT}")
    for item in items:
        if not isinstance(item, str) or not _SUITE.fullmatch(item):
            raise ValueError(f"{clean(item, 60)} is not the name of a cipher suite")
    return tuple(dict.fromkeys(items))


def _texts(items: object) -> tuple[str, ...]:
    return tuple(clean(item, 500) for item in items[:50]) if isinstance(items, (list, tuple)) else ()


def _certificate(data: object) -> Certificate | None:
    if not isinstance(data, Mapping):
        return None
    until = data.get("not_after")
    return Certificate(
        clean(data.get("subject"), 500),
        clean(data.get("issuer"), 500),
        clean(until, 40) if isinstance(until, str) else None,
        data.get("verified") is True,
    )


def _protocols(data: Mapping[str, Any]) -> Iterable[tuple[str, str, tuple[str, ...]]]:
    found, suites = data.get("protocols"), data.get("suites")
    if not isinstance(found, Mapping) or not isinstance(suites, Mapping) or not found:
        raise ValueError("it has no protocols and suites")
    for name in PROTOCOLS:
        if name in found:
            if found[name] not in ANSWERS:
                raise ValueError(f"protocols.{name} is not one of {', '.join(ANSWERS)}")
            yield name, str(found[name]), suite_names(suites.get(name, []))


def read_measurement(data: object) -> Measurement:
    """A measurement as ``as_dict`` made it, from a result or a file; members that it does not know are passed over.

    Raises:
        ValueError: it is none; the text says why.
    """
    if not isinstance(data, Mapping):
        raise ValueError("it is no object")
    place = data.get("endpoint")
    if not isinstance(place, Mapping):
        raise ValueError("it has no member endpoint: is it what wsus.compliance.endpoint_info returned or wrote?")
    host, port = place.get("host"), place.get("port")
    if not isinstance(host, str) or not _HOST.fullmatch(host):
        raise ValueError("endpoint.host is not the name of a host")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise ValueError("endpoint.port is not the number of a port")
    measured_at = data.get("measured_at")
    if not isinstance(measured_at, str) or read_time(measured_at) is None:
        raise ValueError("measured_at is not a time such as 2026-11-24T02:31:04.353Z")
    rows = list(_protocols(data))
    proxy, groups = place.get("proxy"), data.get("groups")
    return Measurement(
        host=host,
        port=port,
        proxy=clean(proxy, 300) if isinstance(proxy, str) else None,
        measured_at=measured_at,
        measured_by=clean(data.get("measured_by") or "unknown", 60),
        protocols={name: answer for name, answer, _suites in rows},
        suites={name: suites for name, _answer, suites in rows},
        groups=_texts(groups) if isinstance(groups, (list, tuple)) else None,
        certificate=_certificate(data.get("certificate")),
        # What is undetermined is not complete, whatever else a file says.
        complete=data.get("complete") is True and all(answer != "undetermined" for _name, answer, _suites in rows),
        errors=_texts(data.get("errors")),
    )
