# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How one connection ended, as one word and in a sentence.

The words that ``capture_info`` has too mean the same here: ``established``, ``reset_after_hello``,
``closed_after_hello``, ``alert``, ``no_answer``, ``refused``, ``proxy_refused``, ``undetermined``. Own ones are
``untrusted``, ``not_supported``, ``unknown_name`` and ``failed``.

What came over the wire is judged before what was thrown: .NET throws the same for different ends, in the language of
the server, and other types in other versions.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..capture.numbers import alert_name
from .answer import Attempt, Connect, Failure, Handshake
from .tables import flags_of, numbers

OUTCOMES = (
    "established",
    "untrusted",
    "not_supported",
    "reset_after_hello",
    "closed_after_hello",
    "alert",
    "no_answer",
    "refused",
    "proxy_refused",
    "unknown_name",
    "failed",
    "undetermined",
)
ALERT, HANDSHAKE = 0x15, 0x16
FATAL = 2
SERVER_HELLO = 2
RESET = (10054, 10053)
REFUSED = 10061
TIMED_OUT = (10060,)
ALGORITHM_MISMATCH = 0x80090331
_UNSUPPORTED = (ALGORITHM_MISMATCH, 0x80090302)
_REFUSES_ARGUMENT = (
    "System.ArgumentException",
    "System.ArgumentOutOfRangeException",
    "System.NotSupportedException",
    "System.PlatformNotSupportedException",
)
_PROXY_STATUS = {
    403: "it does not allow this server",
    407: "it wants credentials, which are not sent here",
    502: "it could not connect to the server",
    503: "it could not connect to the server",
    504: "the server did not answer it in time",
}


@dataclass(frozen=True)
class End:
    """How it ended; ``alert``: {level, number, name} where the server sent one."""

    outcome: str
    explanation: str
    alert: dict[str, object] | None = None


def suite_of(first: bytes) -> int | None:
    """The cipher suite of a ServerHello that these bytes begin with; None where they do not.

    A record (type, version, length: 5 bytes) holds a handshake message (type, length: 4), in which follow version (2),
    random (32), session id (1 and as many as that says), and the suite (2): RFC 5246, 6.2.1, 7.4, 7.4.1.3; RFC 8446,
    4.1.3.
    """
    if len(first) < 44 or first[0] != HANDSHAKE or first[5] != SERVER_HELLO:
        return None
    place = 44 + first[43]
    return int.from_bytes(first[place : place + 2], "big") if len(first) >= place + 2 else None


def alert_of(first: bytes) -> dict[str, object] | None:
    """The fatal alert that these bytes are; None where they are none."""
    if len(first) < 7 or first[0] != ALERT or first[5] != FATAL:
        return None
    number = first[6]
    return {"level": "fatal", "number": number, "name": alert_name(number)}


def _shown(code: int) -> str:
    """A code without a name as people look it up: those of Windows Sockets in decimal, others in hexadecimal."""
    return str(code) if code < 1 << 16 else f"0x{code:08X}"


def said(failure: Failure) -> str:
    """What was thrown, in a few words: the code's name or the innermost type and message."""
    if failure.code is not None:
        return numbers("codes").get(failure.code) or _shown(failure.code)
    if not failure.exceptions:
        return "nothing was told"
    last = failure.exceptions[-1]
    return f"{last.type}: {last.message}" if last.message else last.type


def _seconds(timeout: int | None) -> str:
    return "in time" if timeout is None else f"within {timeout} s"


def tcp_end(failure: Failure, what: str, timeout: int | None) -> End:
    """How a connection ended that TCP did not make; ``what``: to whom, for people."""
    if failure.has_code(REFUSED):
        return End("refused", f"{what} refused the TCP connection: nothing listens on that port, or a firewall says so")
    if failure.timed_out or failure.has_code(*TIMED_OUT):
        return End("no_answer", f"{what} did not answer the TCP connection {_seconds(timeout)}")
    return End("failed", f"No TCP connection to {what}: {said(failure)}")


def name_end(host: str, failure: Failure | None, timeout: int | None) -> End:
    """How it ended where a name has no address."""
    if failure is not None and failure.timed_out:
        return End("unknown_name", f"{host} was not resolved {_seconds(timeout)}")
    why = "it has no address" if failure is None else said(failure)
    return End("unknown_name", f"This server can't resolve {host}: {why}")


def _proxy_end(connect: Connect, timeout: int | None) -> End | None:
    """How it ended at the proxy; None where the proxy agreed."""
    failure = connect.failure
    if failure is not None:
        if failure.timed_out:
            return End("no_answer", f"The proxy did not answer CONNECT {_seconds(timeout)}")
        how = "reset" if failure.has_code(*RESET) else "closed"
        return End("proxy_refused", f"The proxy {how} the connection instead of answering CONNECT")
    if connect.status is None:
        return End("proxy_refused", "What answered CONNECT is no HTTP proxy")
    if 200 <= connect.status <= 299:
        return None
    why = _PROXY_STATUS.get(connect.status)
    line = connect.status_line or str(connect.status)
    return End("proxy_refused", f"The proxy answered CONNECT with {line}" + (f": {why}" if why else ""))


def _completed(shake: Handshake) -> End:
    """A handshake that was completed, judged by the certificate."""
    if shake.policy_errors is None or shake.chain_status is None:
        return End("undetermined", "The handshake was completed, and whether the certificate is trusted is not told")
    # .NET Framework takes any flag of the chain for an error. Newer .NET asks Windows once more, so both are looked at.
    if shake.policy_errors == 0 and shake.chain_status == 0:
        return End("established", "The handshake was completed, and the server's certificate is trusted")
    flags = flags_of("policy_flags", shake.policy_errors)
    reasons = []
    if "RemoteCertificateNameMismatch" in flags:
        reasons.append("it is for another name")
    if "RemoteCertificateChainErrors" in flags or shake.chain_status:
        reasons.append("its chain: " + (", ".join(flags_of("chain_flags", shake.chain_status)) or "no reason told"))
    if "RemoteCertificateNotAvailable" in flags:
        reasons.append("there is none")
    return End(
        "untrusted",
        f"The handshake was completed, but this server does not trust the certificate ({'; '.join(reasons)}): "
        "WSUS ends such a connection",
    )


def _not_sent(failure: Failure, protocol: str) -> End:
    """A handshake that ended before anything was sent: by this server itself, or by a connection that was lost."""
    if any(one.type in _REFUSES_ARGUMENT for one in failure.exceptions):
        return End("not_supported", f".NET Framework of this server knows no {protocol} to ask for")
    if failure.has_code(*_UNSUPPORTED):
        return End(
            "not_supported",
            f"Schannel of this server did not begin ({said(failure)}): {protocol} is disabled or unknown, for clients",
        )
    if failure.has_code(*RESET):
        return End("failed", "The connection was reset before anything could be sent")
    return End("failed", f"Schannel of this server did not begin: {said(failure)}")


def _failed(shake: Handshake, failure: Failure, protocol: str, timeout: int | None) -> End:
    """A handshake that was not completed."""
    alert = alert_of(shake.first)
    if alert is not None:
        # before a time-out: some versions of .NET wait for more after an alert
        return End("alert", f"The server ended the handshake with the alert {alert['name']} ({alert['number']})", alert)
    if failure.timed_out:
        if shake.received:
            text = f"The server began to answer, and the handshake had not ended {_seconds(timeout)}"
            return End("no_answer", f"{text}; this server may have been checking the certificate")
        return End("no_answer", f"The server did not answer the ClientHello {_seconds(timeout)}")
    if shake.first and shake.first[0] not in (ALERT, HANDSHAKE):
        return End("failed", "What answered the ClientHello is not TLS")
    if not shake.sent and not shake.received:
        return _not_sent(failure, protocol)
    when = "in the middle of the handshake" if shake.received else "after the ClientHello"
    if failure.has_code(*RESET):
        return End("reset_after_hello", f"The connection was reset {when}, by the server or something between")
    if failure.code is None and any(one.type.startswith("System.IO.") for one in failure.exceptions):
        return End("closed_after_hello", f"The connection was closed {when}, by the server or something between")
    return End("failed", f"The handshake failed {when}: {said(failure)}")


def end_of(attempt: Attempt, proxied: bool | None, timeout: int | None) -> End:
    """How an attempt ended."""
    if attempt.tcp is not None:
        return tcp_end(attempt.tcp, "The proxy" if proxied else "The server", timeout)
    if attempt.connect is not None:
        end = _proxy_end(attempt.connect, timeout)
        if end is not None:
            return end
    shake = attempt.handshake
    if shake is None:
        return End("undetermined", "The answer does not say how the handshake ended")
    if shake.negotiated is not None:
        return _completed(shake)
    if shake.failure is None:
        return End("undetermined", "The answer says neither what was negotiated nor why nothing was")
    return _failed(shake, shake.failure, attempt.protocol, timeout)
