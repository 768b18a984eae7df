# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers the module wsus.compliance.wsus_connection as docs/reference/connection.md says, from a host's state.

What an endpoint does is the scenario's; that a version which the host has disabled never leaves it, is the host's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .behaviour import Endpoint
from .collector import collect
from .shapes import Shape
from .state import State

NUMBERS = {"SSL 3.0": 48, "TLS 1.0": 192, "TLS 1.1": 768, "TLS 1.2": 3072, "TLS 1.3": 12288}
PROTOCOLS = ("default", *NUMBERS)
ADDRESS, PROXY_ADDRESS = "192.0.2.10", "192.0.2.20"
_CLIENT = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\{0}\\Client"
_PROXY_MEMBERS = (
    "UseProxy",
    "ProxyName",
    "ProxyServerPort",
    "UseSeparateProxyForSsl",
    "SslProxyName",
    "SslProxyServerPort",
    "AnonymousProxyAccess",
    "HasProxyPassword",
)
_UNTRUSTED_ROOT = 32
_CHAIN_ERRORS = 4
_IO = "System.IO.IOException"
_AUTHENTICATION = "System.Security.Authentication.AuthenticationException"
_SOCKET = "System.Net.Sockets.SocketException"
_WIN32 = "System.ComponentModel.Win32Exception"
_HELLO = 180  # bytes


def raw(state: State, options: Mapping[str, Any]) -> Shape:
    """The member `raw` of the module's result; the options are checked."""
    endpoint = state.behaviour.endpoint
    configuration = _configuration(state) if options["proxy_from"] == "wsus" else None
    proxy = _proxy(options, configuration)
    host, port, seconds = str(options["target"]), int(options["port"]), int(options["timeout"])
    dns = _dns(host, [] if endpoint.outcome == "unknown_name" else [ADDRESS])
    shape: Shape = {
        "target": {"host": host, "port": port},
        "timeout": seconds,
        "proxy": {
            "from": options["proxy_from"],
            "used": proxy is not None,
            "host": proxy[0] if proxy else None,
            "port": proxy[1] if proxy else None,
            "dns": _dns(proxy[0], [PROXY_ADDRESS]) if proxy else None,
            "configuration": configuration,
        },
        "dns": dns,
        "tcp": [],
        "attempts": [],
    }
    if not proxy and not dns["addresses"]:
        return shape
    address, its_port = (PROXY_ADDRESS, proxy[1]) if proxy else (ADDRESS, port)
    refused = None if proxy or endpoint.outcome != "refused" else _failure((_SOCKET, 10061))
    shape["tcp"] = [{"address": address, "port": its_port, "milliseconds": 9, "failure": refused}]
    if refused is None:
        shape["attempts"] = [
            _attempt(state, endpoint, str(name), address, proxy is not None, seconds) for name in options["protocols"]
        ]
    return shape


def _configuration(state: State) -> Shape:
    api = collect(state, ["wsus"])["wsus"]
    found: Shape = api if "error" in api else api["api"]
    found = found if "error" in found else found["configuration"]
    return found if "error" in found else {name: found[name] for name in _PROXY_MEMBERS}


def _proxy(options: Mapping[str, Any], configuration: Shape | None) -> tuple[str, int] | None:
    if options["proxy_from"] == "given":
        return str(options["proxy_name"]), int(options["proxy_port"])
    found = configuration or {}
    if found.get("UseProxy") is not True:
        return None
    prefix = "Ssl" if found.get("UseSeparateProxyForSsl") is True else ""
    name, port = found.get(f"{prefix}ProxyName"), found.get(f"{prefix}ProxyServerPort")
    return (name, port) if isinstance(name, str) and name and isinstance(port, int) else None


def _dns(host: str, addresses: list[str]) -> Shape:
    failure = None if addresses else _failure((_SOCKET, 11001))
    return {"host": host, "addresses": addresses, "milliseconds": 12, "failure": failure}


def _failure(*thrown: tuple[str, int | None], timed_out: bool = False) -> Shape:
    """A FAILURE of exceptions, by type and code of Windows."""
    exceptions = [
        {"type": kind, "hresult": 0x80131620, "native_code": code, "message": "The scenario says so."}
        for kind, code in thrown
    ]
    return {"timed_out": timed_out, "exceptions": exceptions}


def _attempt(state: State, endpoint: Endpoint, protocol: str, address: str, proxied: bool, seconds: int) -> Shape:
    shape: Shape = {"protocol": protocol, "address": address, "tcp": None, "connect": None, "handshake": None}
    if proxied:
        status = endpoint.proxy_status
        if status == 200 and endpoint.outcome in ("refused", "unknown_name"):
            status = 502
        line = f"HTTP/1.1 {status} {'Connection established' if status == 200 else 'Refused'}"
        shape["connect"] = {"status_line": line, "milliseconds": 11, "failure": None}
        if status != 200:
            return shape
    shape["handshake"] = _handshake(state, endpoint, protocol, seconds)
    return shape


def _disabled(state: State, protocol: str) -> bool:
    key = state.registry.find(_CLIENT.format(protocol))
    value = key.value("Enabled") if key else None
    return value is not None and value.data == 0


def _handshake(state: State, endpoint: Endpoint, protocol: str, seconds: int) -> Shape:
    shape: Shape = {
        "milliseconds": 40,
        "sent": 0,
        "received": 0,
        "first_received": "",
        "negotiated": None,
        "policy_errors": None,
        "chain_status": None,
        "certificates": None,
        "failure": None,
    }
    usable = [name for name in NUMBERS if protocol in (name, "default") and not _disabled(state, name)]
    if not usable:
        return {**shape, "failure": _failure((_AUTHENTICATION, None), (_WIN32, 0x80090331))}
    sent = {**shape, "sent": _HELLO}
    if endpoint.outcome == "reset":
        return {**sent, "failure": _failure((_IO, None), (_SOCKET, 10054))}
    if endpoint.outcome == "closed":
        return {**sent, "failure": _failure((_IO, None))}
    if endpoint.outcome == "no_answer":
        return {**sent, "milliseconds": 1000 * seconds, "failure": _failure(timed_out=True)}
    if endpoint.outcome == "not_tls":
        text = b"HTTP/1.1 400 Bad Request\r\n"
        return {**sent, "received": len(text), "first_received": text.hex(), "failure": _failure((_IO, None))}
    common = [name for name in usable if name in endpoint.accepts]
    if endpoint.outcome == "alert" or not common:
        number, code = (40, 0x80090326) if endpoint.outcome == "alert" else (70, 0x80090302)
        alert = bytes([21, 3, 3, 0, 2, 2, number])
        thrown = _failure((_AUTHENTICATION, None), (_WIN32, code))
        return {**sent, "received": len(alert), "first_received": alert.hex(), "failure": thrown}
    return {**sent, **_completed(endpoint, NUMBERS[common[-1]])}


def _completed(endpoint: Endpoint, number: int) -> Shape:
    """A handshake that was completed, by ECDHE and AES 256 in GCM."""
    suite = 0x1302 if number == NUMBERS["TLS 1.3"] else 0xC030
    hello = bytes([2, 0, 0, 38, 3, 3, *range(32), 0, *suite.to_bytes(2, "big"), 0])
    first = bytes([22, 3, 3, 0, len(hello)]) + hello
    certificate = {
        "subject": "CN=*.update.microsoft.com",
        "issuer": endpoint.issuer,
        "not_before": "2026-01-01T00:00:00.000Z",
        "not_after": "2036-01-01T00:00:00.000Z",
        "thumbprint": "0123456789ABCDEF0123456789ABCDEF01234567",
        "status": 0 if endpoint.trusted else _UNTRUSTED_ROOT,
    }
    return {
        "received": 4096,
        "first_received": first.hex(),
        "negotiated": {
            "protocol": number,
            "cipher": 26128,
            "cipher_strength": 256,
            "hash": 32781,
            "hash_strength": 0,
            "key_exchange": 44550,
            "key_exchange_strength": 384,
        },
        "policy_errors": 0 if endpoint.trusted else _CHAIN_ERRORS,
        "chain_status": 0 if endpoint.trusted else _UNTRUSTED_ROOT,
        "certificates": [certificate],
    }
