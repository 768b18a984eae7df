# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ``scan.py`` answered -> a measurement. Silence is no answer: what timed out is neither accepted nor rejected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..facts.endpoint_list import built_in
from ..facts.tables import load_table
from ..redact import redact
from ..text import clean
from .model import DECIDES, Certificate, Measurement, suite_names

NO_ANSWER = ("timed out",)
"""Words of sslyze's reason by which a rejected suite was not rejected: it counts a handshake without an answer as
rejected (sslyze 6.3, ``_test_cipher_suite.py``), and so would a firewall that drops packets be believed.
"""


@dataclass(frozen=True)
class Asked:
    """What was asked for. ``proxy``: without user and password; ``secrets``: what is in no text."""

    host: str
    port: int
    proxy: str | None
    protocols: Sequence[str]
    secrets: Sequence[str] = ()


@cache
def _rank() -> dict[str, int]:
    """Place of a suite: first Microsoft's published list, then the newest Windows' own order."""
    row = built_in() or {}
    names = [*(row.get("accepted_suites") or ()), *load_table("cipher_suites")["systems"][-1]["default"]]
    return {name: place for place, name in reversed(list(enumerate(names)))}


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once: Microsoft's published list first, then as the newest Windows orders them, then by name.

    A server's own preference is not measured: sslyze does not, and no rule needs it.
    """
    rank = _rank()
    return tuple(sorted(set(names), key=lambda name: (rank.get(name, len(rank)), name)))


@dataclass(frozen=True)
class Found:
    """What is known of one protocol. ``open``: why something is not."""

    accepted: tuple[str, ...] = ()
    rejected: int = 0
    open: str | None = None

    @property
    def answer(self) -> str:
        """One of ANSWERS. One accepted suite proves the protocol, whatever else is open."""
        if self.accepted:
            return "accepted"
        return "rejected" if self.open is None else "undetermined"


def read_protocol(data: object) -> Found:
    """What the scan says of one protocol."""
    if not isinstance(data, Mapping):
        return Found(open="no answer of the scan")
    if "error" in data:
        return Found(open=clean(data["error"], 300))
    try:
        accepted = suite_names(data.get("accepted"))
    except ValueError as problem:
        return Found(open=str(problem))
    rejected = data.get("rejected")
    rows = [row for row in rejected if isinstance(row, Mapping)] if isinstance(rejected, list) else []
    silent = [row for row in rows if any(word in str(row.get("reason")) for word in NO_ANSWER)]
    if silent:
        return Found(accepted, len(rows), f"no answer for {len(silent)} of {len(rows) + len(accepted)} suites")
    if not rows and not accepted:
        return Found(open="no suite could be tried")
    return Found(accepted, len(rows))


def agreed(first: Found, again: Found) -> Found:
    """Two scans of one protocol, one after the other. Where they differ, something between here and there cuts
    connections, and nothing that was rejected can be taken for rejected by the endpoint.
    """
    if first.open is not None or again.open is not None:
        return Found(first.accepted, first.rejected, first.open or again.open)
    differ = sorted(set(first.accepted) ^ set(again.accepted))
    if differ:
        names = ", ".join(differ[:5])
        return Found(first.accepted, first.rejected, f"scanned twice, {len(differ)} suites differ: {names}")
    return first


def _certificate(data: object) -> Certificate | None:
    if not isinstance(data, Mapping):
        return None
    return Certificate(
        clean(data.get("subject"), 300),
        clean(data.get("issuer"), 300),
        clean(data.get("not_after"), 40),
        data.get("verified") is True,
    )


def nothing(asked: Asked, problem: str, *, measured_at: str, measured_by: str = "sslyze") -> Measurement:
    """The measurement of an endpoint that was not reached."""
    return Measurement(
        *(asked.host, asked.port, asked.proxy, measured_at, measured_by),
        protocols=dict.fromkeys(asked.protocols, "undetermined"),
        suites=dict.fromkeys(asked.protocols, ()),
        groups=None,
        certificate=None,
        complete=False,
        errors=(clean(redact(problem, asked.secrets), 500),),
    )


def measurement(asked: Asked, answer: Mapping[str, Any], *, measured_at: str) -> Measurement:
    """What the program's answer means.

    Args:
        asked: what was asked for.
        answer: of ``scan.py``; nothing about its form is trusted.
        measured_at: this moment, a contract TIME.
    """
    by = f"sslyze {clean(answer.get('sslyze') or '', 20)}".strip()
    first, again = answer.get("first"), answer.get("again")
    if not isinstance(first, Mapping) or "error" in first:
        cause = first.get("error") if isinstance(first, Mapping) else "the scan has no result"
        return nothing(asked, str(cause), measured_at=measured_at, measured_by=by)
    scanned = first.get("protocols")
    rows = scanned if isinstance(scanned, Mapping) else {}
    found = {name: read_protocol(rows.get(name)) for name in asked.protocols}
    if DECIDES in found:
        second = again.get("protocols") if isinstance(again, Mapping) and "error" not in again else None
        row = second.get(DECIDES) if isinstance(second, Mapping) else again
        found[DECIDES] = agreed(found[DECIDES], read_protocol(row))
    errors = [f"{name}: {one.open}" for name, one in found.items() if one.open is not None]
    groups = first.get("groups")
    return Measurement(
        *(asked.host, asked.port, asked.proxy, measured_at, by),
        protocols={name: one.answer for name, one in found.items()},
        suites={name: ordered(one.accepted) for name, one in found.items()},
        groups=tuple(clean(name, 60) for name in groups[:100]) if isinstance(groups, list) else None,
        certificate=_certificate(first.get("certificate")),
        complete=not errors,
        errors=tuple(clean(redact(text, asked.secrets), 500) for text in errors),
    )
