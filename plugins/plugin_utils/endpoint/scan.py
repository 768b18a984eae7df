# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A program of its own: JSON with what to scan on standard input, JSON with what sslyze found on standard output.

Not a part of Ansible's process, because it can't be bounded there: sslyze waits in threads that can't be ended, it
reads for ever from a proxy that closes without an answer, and OpenSSL's C code reads what a hostile server sends. What
``measure.py`` starts can be killed. The password of a proxy comes by standard input, which no list of processes shows.

Only the public API of sslyze is used. It decides nothing: ``result.py`` says what the answer means.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sslyze import HttpProxySettings, ServerScanResult

COMMANDS = {
    "SSL 2.0": "ssl_2_0_cipher_suites",
    "SSL 3.0": "ssl_3_0_cipher_suites",
    "TLS 1.0": "tls_1_0_cipher_suites",
    "TLS 1.1": "tls_1_1_cipher_suites",
    "TLS 1.2": "tls_1_2_cipher_suites",
    "TLS 1.3": "tls_1_3_cipher_suites",
}
"""Protocol -> scan command of sslyze."""
TEXT_LIMIT = 500
"""Most characters of a text of sslyze or of the server's certificate."""
CONNECTIONS = 5
"""Connections at one time: sslyze's own default."""
MEMORY = 4 * 1024**3
"""Most bytes of address space (Linux)."""


def short(text: object) -> str:
    """At most TEXT_LIMIT characters of it."""
    return str(text)[:TEXT_LIMIT]


def limit_memory() -> None:
    """A server must not fill the controller's memory. Where the system has no such limit, the deadline remains."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would have the proxy's password
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY if hard < 0 else min(MEMORY, hard), hard))
    except (ImportError, OSError, ValueError):
        pass


def proxy_settings(proxy: dict[str, Any]) -> HttpProxySettings:
    """The proxy for sslyze. Its own class percent-encodes user and password before it encodes them for the header, and
    wants a password where there is a user; RFC 7617 has them as they are.
    """
    from base64 import b64encode

    from sslyze import HttpProxySettings

    class Settings(HttpProxySettings):
        @property
        def proxy_authorization_header(self) -> str | None:
            if self.basic_auth_user is None:
                return None
            return b64encode(f"{self.basic_auth_user}:{self.basic_auth_password or ''}".encode()).decode("ascii")

    return Settings(proxy["host"], proxy["port"], proxy["user"], proxy["password"])


def suites_of(attempt: Any) -> dict[str, Any]:
    """What came of one protocol: ``{accepted: [names], rejected: [{name, reason}]}`` or ``{error}``."""
    if attempt.result is None:
        reason = getattr(attempt.error_reason, "value", "no result")
        trace = attempt.error_trace
        cause = "".join(trace.format_exception_only()).strip() if trace is not None else ""
        return {"error": short(f"{reason}: {cause.rpartition('errors.')[2]}")}
    return {
        "accepted": [short(found.cipher_suite.name) for found in attempt.result.accepted_cipher_suites],
        "rejected": [
            {"name": short(found.cipher_suite.name), "reason": short(found.error_message)}
            for found in attempt.result.rejected_cipher_suites
        ],
    }


def certificate_of(attempt: Any) -> dict[str, Any] | None:
    """The first certificate that the server shows, and whether a root store vouches for it under this name."""
    if attempt.result is None or not attempt.result.certificate_deployments:
        return None
    deployment = attempt.result.certificate_deployments[0]
    leaf = deployment.received_certificate_chain[0]
    return {
        "subject": short(leaf.subject.rfc4514_string()),
        "issuer": short(leaf.issuer.rfc4514_string()),
        "not_after": leaf.not_valid_after_utc.isoformat(),
        "verified": deployment.verified_certificate_chain is not None,
    }


def groups_of(attempt: Any) -> list[str] | None:
    """Names of the groups that the server accepts, None where that was not found out."""
    if attempt.result is None or attempt.result.supported_curves is None:
        return None
    return [short(curve.name) for curve in attempt.result.supported_curves]


def scan_once(order: dict[str, Any], protocols: list[str], more: bool) -> dict[str, Any]:
    """One scan; ``more``: of groups and certificate too."""
    from sslyze import ScanCommand, Scanner, ServerNetworkConfiguration, ServerNetworkLocation, ServerScanRequest

    proxy = order["proxy"]
    location = ServerNetworkLocation(
        hostname=order["host"],
        port=order["port"],
        http_proxy_settings=None if proxy is None else proxy_settings(proxy),
    )
    extra = {ScanCommand.CERTIFICATE_INFO, ScanCommand.ELLIPTIC_CURVES} if more else set()
    request = ServerScanRequest(
        server_location=location,
        network_configuration=ServerNetworkConfiguration(
            tls_server_name_indication=location.hostname,
            network_timeout=order["network_timeout"],
            network_max_retries=2,
        ),
        scan_commands={ScanCommand(COMMANDS[name]) for name in protocols} | extra,
    )
    scanner = Scanner(per_server_concurrent_connections_limit=CONNECTIONS, concurrent_server_scans_limit=1)
    scanner.queue_scans([request])
    found: ServerScanResult = next(iter(scanner.get_results()))
    if found.scan_result is None:
        trace = found.connectivity_error_trace
        cause = "".join(trace.format_exception_only()).strip() if trace is not None else "no connection"
        return {"error": short(cause.rpartition("errors.")[2])}
    result: dict[str, Any] = {
        "protocols": {name: suites_of(getattr(found.scan_result, COMMANDS[name])) for name in protocols}
    }
    if more:
        result["groups"] = groups_of(found.scan_result.elliptic_curves)
        result["certificate"] = certificate_of(found.scan_result.certificate_info)
    return result


def main() -> dict[str, Any]:
    """The answer."""
    order: dict[str, Any] = json.load(sys.stdin)
    limit_memory()
    try:
        from sslyze.__version__ import __version__ as version
        from sslyze.errors import ServerHostnameCouldNotBeResolved
    except ImportError as problem:
        return {"missing": short(problem), "python": sys.executable}
    except Exception as problem:  # sslyze is there, but does not go with what else is installed
        return {"missing": short(f"{type(problem).__name__}: {problem}"), "python": sys.executable}
    try:
        first = scan_once(order, order["protocols"], more=True)
        again = scan_once(order, order["again"], more=False) if order["again"] and "error" not in first else None
    except ServerHostnameCouldNotBeResolved:
        return {"sslyze": version, "first": {"error": "the name could not be resolved"}, "again": None}
    except Exception as problem:
        return {"sslyze": version, "first": {"error": short(f"{type(problem).__name__}: {problem}")}, "again": None}
    return {"sslyze": version, "first": first, "again": again}


if __name__ == "__main__":
    sys.path.pop(0)  # this folder: none of its files is to be taken for a module that sslyze wants
    sys.stdout.write(json.dumps(main()))
    sys.stdout.flush()
