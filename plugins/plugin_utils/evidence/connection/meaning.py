# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an answer of wsus_connection means: the result of ``connection_info``, which is evidence for ``assess``."""

from __future__ import annotations

from typing import Any

from ...facts.tables import load_table
from ..capture.numbers import suite_name
from .answer import Answer, Attempt, Certificate, Dns, Handshake, Negotiated
from .outcome import End, end_of, name_end, said, suite_of, tcp_end
from .tables import flags_of, name_of

CAVEAT = (
    "This shows what Schannel of this server can do when it is asked to, not what the processes of WSUS ask it for: "
    "which versions an import or a synchronization offers depends on the settings of .NET, which wsus_facts reads."
)
DECISIVE = ("TLS 1.2", "default", "TLS 1.3", "TLS 1.1", "TLS 1.0", "SSL 3.0")
"""Which attempt stands for the connection: the endpoint takes TLS 1.2 (facts/tables/endpoints.yml)."""
_MICROSOFT = "o=microsoft corporation"


def endpoints() -> tuple[str, ...]:
    """The names of Microsoft's endpoints, the current one first."""
    rows = sorted(load_table("endpoints")["endpoints"], key=lambda row: row["status"] != "current")
    return tuple(row["host"] for row in rows)


def _dns(dns: Dns | None) -> dict[str, Any] | None:
    if dns is None:
        return None
    return {
        "addresses": list(dns.addresses),
        "milliseconds": dns.milliseconds,
        "error": None if dns.failure is None else name_end(dns.host, dns.failure, None).explanation,
    }


def _negotiated(found: Negotiated, shake: Handshake) -> dict[str, Any]:
    """What was negotiated, in names; the suite as the ServerHello has it."""
    suite = suite_of(shake.first)
    return {
        "protocol": name_of("protocols", found.protocol),
        "suite": None if suite is None else suite_name(suite),
        "suite_number": None if suite is None else f"0x{suite:04X}",
        "cipher": name_of("ciphers", found.cipher),
        "cipher_strength": found.cipher_strength,
        "hash": name_of("hashes", found.hash),
        "hash_strength": found.hash_strength,
        "key_exchange": name_of("key_exchanges", found.key_exchange),
        "key_exchange_strength": found.key_exchange_strength,
    }


def _certificate(one: Certificate) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "issuer": one.issuer,
        "not_before": one.not_before,
        "not_after": one.not_after,
        "thumbprint": one.thumbprint,
        "status": flags_of("chain_flags", one.status),
    }


def _attempt(attempt: Attempt, end: End) -> dict[str, Any]:
    shake = attempt.handshake
    failure = None if shake is None else shake.failure
    return {
        "protocol": attempt.protocol,
        "outcome": end.outcome,
        "explanation": end.explanation,
        "negotiated": None if shake is None or shake.negotiated is None else _negotiated(shake.negotiated, shake),
        "alert": end.alert,
        "address": attempt.address,
        "milliseconds": None if shake is None else shake.milliseconds,
        "proxy_status": None if attempt.connect is None else attempt.connect.status_line,
        "errors": []
        if failure is None
        else [
            {
                "type": one.type,
                "code": one.native_code if one.native_code is not None else one.hresult,
                "name": name_of("codes", one.native_code),
                "message": one.message,
            }
            for one in failure.exceptions
        ],
        "certificates": [] if shake is None else [_certificate(one) for one in shake.certificates],
    }


def _proxy(answer: Answer) -> dict[str, Any]:
    proxy = answer.proxy
    return {
        "from": proxy.origin,
        "used": proxy.used,
        "host": proxy.host,
        "port": proxy.port,
        "addresses": [] if proxy.dns is None else list(proxy.dns.addresses),
        "has_password": proxy.has_password,
        "error": None if proxy.error is None else {"code": proxy.error.code, "message": proxy.error.message},
    }


def _before(answer: Answer) -> End:
    """How it ended where no version could be tried."""
    proxied = answer.proxy.used
    dns = answer.proxy.dns if proxied else answer.dns
    if dns is None:
        return End("undetermined", "The answer does not say how the name was resolved")
    if not dns.addresses:
        return name_end(f"the proxy {dns.host}" if proxied else dns.host, dns.failure, answer.timeout)
    failed = [one for one in answer.tcp if one.failure is not None]
    if failed and len(failed) == len(answer.tcp):
        first = failed[0]
        whose = "The proxy" if proxied else "The server"
        what = f"{whose} ({first.address}, port {first.port or answer.port})"
        return tcp_end(first.failure, what, answer.timeout)  # type: ignore[arg-type]  # it is among those that failed
    return End("undetermined", "The answer has no attempt to connect")


def _leaf(attempts: list[tuple[Attempt, End]]) -> tuple[Certificate, ...]:
    """The chain of the attempt that stands for the connection, or of the first that has one."""
    chains = [one.handshake.certificates for one, _end in attempts if one.handshake and one.handshake.certificates]
    return chains[0] if chains else ()


def _inspected(answer: Answer, chain: tuple[Certificate, ...], trusted: bool | None) -> bool | None:
    """Whether something between shows a certificate of its own; None where that can't be told."""
    if answer.host.lower().rstrip(".") not in endpoints() or not chain:
        return None
    issuers = (chain[0].issuer, chain[-1].issuer)
    if all(_MICROSOFT in issuer.lower().replace(" =", "=").replace("= ", "=") for issuer in issuers):
        return False if trusted else None  # a name alone proves nothing
    return True


def _reached(answer: Answer, end: End) -> bool | None:
    """Whether a TCP connection was made, through the proxy where there is one; None where the answer does not tell."""
    if any(one.handshake is not None for one in answer.attempts):
        return True
    if not answer.proxy.used and any(one.failure is None for one in answer.tcp):
        return True
    return None if end.outcome == "undetermined" else False


def _summary(answer: Answer, attempts: list[tuple[Attempt, End]], end: End, inspected: bool | None) -> str:
    way = "directly"
    if answer.proxy.used:
        way = f"through the proxy {answer.proxy.host}:{answer.proxy.port}"
    parts = [f"{answer.host}:{answer.port}, {way}: "]
    if not attempts:
        parts.append(f"{end.explanation}.")
    else:
        told = [f"{one.protocol} {each.outcome.replace('_', ' ')}" for one, each in attempts]
        parts.append(f"{', '.join(told)}. {attempts[0][0].protocol}: {end.explanation}.")
    if inspected:
        parts.append(" The certificate is not Microsoft's: something between opens the connection (TLS inspection).")
    if answer.proxy.error is not None and answer.proxy.origin == "wsus" and answer.proxy.error.code != "role_absent":
        parts.append(f" The proxy of WSUS could not be read ({answer.proxy.error.code}), so none was used.")
    return "".join(parts)


def _place(attempt: Attempt) -> int:
    return DECISIVE.index(attempt.protocol) if attempt.protocol in DECISIVE else len(DECISIVE)


def describe(answer: Answer) -> dict[str, Any]:
    """The result of ``connection_info``, whose members the module documents; ``assess`` takes it as a probe."""
    proxied = answer.proxy.used
    ends = [(one, end_of(one, proxied, answer.timeout)) for one in answer.attempts]
    ranked = sorted(ends, key=lambda pair: _place(pair[0]))
    end = ranked[0][1] if ranked else _before(answer)
    chain = _leaf(ranked)
    verdicts = [each.outcome for _one, each in ranked if each.outcome in ("established", "untrusted")]
    trusted = verdicts[0] == "established" if verdicts else None
    inspected = _inspected(answer, chain, trusted)
    return {
        "endpoint": f"{answer.host}:{answer.port}",
        "host": answer.host,
        "port": answer.port,
        "collected_at": answer.collected_at,
        "addresses": list(answer.dns.addresses) if answer.dns else [],
        "dns": _dns(answer.dns),
        "proxy": _proxy(answer),
        "tcp": [
            {
                "address": one.address,
                "port": one.port,
                "connected": one.failure is None,
                "milliseconds": one.milliseconds,
                "error": None if one.failure is None else "timed out" if one.failure.timed_out else said(one.failure),
            }
            for one in answer.tcp
        ],
        "attempts": [_attempt(one, each) for one, each in ends],
        "outcome": end.outcome,
        "reached": _reached(answer, end),
        "trusted": trusted,
        "issuer": chain[0].issuer if chain else None,
        "inspected": inspected,
        "summary": _summary(answer, ranked, end, inspected),
        "caveat": CAVEAT,
    }
