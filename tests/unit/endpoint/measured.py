# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the scan answers, and what was made of it: invented, in the shape of the program's answers."""

from __future__ import annotations

from typing import Any

from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.model import Measurement
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.result import Asked, measurement

E256G, E128G = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
E256C, E128C = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"
SWS = [E256G, E128G, E256C, E128C]
CHACHA = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
HOST, TIME = "sws.update.microsoft.com", "2026-11-20T08:00:00.000Z"
SILENT = "Connection to server timed out during the TLS handshake"


def scanned(accepted: list[str], rejected: list[str] | None = None, reason: str = "TLS alert: handshake failure"):
    names = ["TLS_RSA_WITH_RC4_128_MD5"] if rejected is None else rejected
    return {"accepted": accepted, "rejected": [{"name": name, "reason": reason} for name in names]}


def answer(again: Any = None, **protocols: Any) -> dict[str, Any]:
    """``tls12=...``: what the scan says of TLS 1.2; without it, Microsoft's four suites."""
    rows = {f"TLS {name[3]}.{name[4]}": row for name, row in {"tls12": scanned(SWS), **protocols}.items()}
    return {
        "sslyze": "6.3.1",
        "first": {
            "protocols": rows,
            "groups": ["X25519"],
            "certificate": {"subject": "CN=x", "issuer": "CN=y", "not_after": "2027-01-01", "verified": True},
        },
        "again": {"protocols": {"TLS 1.2": rows["TLS 1.2"] if again is None else again}},
    }


def found(
    said: dict[str, Any] | None = None, host: str = HOST, protocols: tuple[str, ...] = ("TLS 1.2",), **asked: Any
):
    made: Measurement = measurement(
        Asked(host, 443, asked.pop("proxy", None), protocols, **asked),
        answer() if said is None else said,
        measured_at=TIME,
    )
    return made
