# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which evidence is history: older than the last change of what decides, or than the last success.

A change is known from the time of a key that holds one of the values, of w3wp.exe.config, or from a journal. Group
Policy may write a key again with the same data: then good evidence counts as history, which costs certainty
(``likely`` in place of ``confirmed``) and never makes a false statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .view import Facts, Undetermined

IMPORT = "w3wp"
SYNCHRONIZATION = "WsusService"
DECIDING: Mapping[str, tuple[tuple[str, ...], ...]] = {
    IMPORT: (
        ("dotnet", "strong_crypto", "native_v4"),
        ("dotnet", "app_context", "native"),
        ("schannel", "protocols"),
        ("ciphers", "policy"),
    ),
    SYNCHRONIZATION: (("schannel", "protocols"), ("ciphers", "policy")),
}
"""Facts whose registry values decide how each process connects (table ``restarts.yml`` has the same readers)."""
RESOLUTIONS: Mapping[str, frozenset[str]] = {
    IMPORT: frozenset(
        {"sync_endpoint", "dotnet_strong_crypto", "w3wp_config", "schannel_tls12", "schannel_algorithms"}
    ),
    SYNCHRONIZATION: frozenset({"sync_endpoint", "monthly_rollup", "schannel_tls12", "schannel_algorithms"}),
}
"""Journaled changes that each process sees (the cipher policy is found by its key)."""


@dataclass(frozen=True, order=True)
class Moment:
    """A time (``yyyy-MM-ddTHH:mm:ss.fffZ``) and what happened then."""

    time: str
    what: str


def last_change(facts: Facts, process: str) -> Moment | None:
    """The newest change of what decides how *process* connects; None where none is known."""
    return max(_changes(facts, process), default=None)


def _changes(facts: Facts, process: str) -> Iterator[Moment]:
    for path in DECIDING[process]:
        for value in _values(facts.get(dict, *path, default={})):
            yield Moment(str(value["key_last_write"]), f"{value.get('path')} was written")
    written = facts.get(str, "w3wp", "config", "last_write")
    if process == IMPORT and written and facts.get(dict, "w3wp", "config", "switches"):
        yield Moment(written, "w3wp.exe.config was written")
    for operation in _journaled(facts):
        if operation.get("resolution") in RESOLUTIONS[process] and isinstance(operation.get("at"), str):
            yield Moment(operation["at"], f"{operation.get('target')} was changed by this collection")


def _values(node: Any) -> Iterator[Mapping[str, Any]]:
    """Registry values that exist and have a time, anywhere below *node*; of protocols only the client side."""
    if not isinstance(node, Mapping):
        return
    if node.get("exists") is True:
        if isinstance(node.get("key_last_write"), str):
            yield node
        return
    for name, member in node.items():
        if name != "server":
            yield from _values(member)


def _journaled(facts: Facts) -> Iterator[Mapping[str, Any]]:
    try:
        entries = facts.records("journal", "entries")
    except Undetermined:
        return
    for entry in entries:
        operations = entry.get("operations")
        for operation in operations if isinstance(operations, list) else ():
            if isinstance(operation, Mapping) and operation.get("state") in ("applied", "perhaps"):
                yield operation
