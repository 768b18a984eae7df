# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Raw state of a host -> facts (docs/reference/facts.md). Pure: no I/O but the tables beside this package, no clock."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .context import Context, OwnerLookup, no_owner
from .endpoint_list import EndpointList
from .raw import ErrorInfo, as_mapping, as_text, format_time, malformed, not_collected, read_error, read_time

AcceptedSuites = Sequence[str] | EndpointList
"""Base names of cipher suites that the endpoint accepts, or these with their origin."""

SCHEMA_VERSION = "1.0"
CONTRACT = 1

BUILDERS = {
    "os": "os_facts",
    "updates": "updates",
    "schannel": "schannel",
    "dotnet": "dotnet",
    "ciphers": "ciphers",
    "winhttp": "winhttp",
    "w3wp": "w3wp",
    "wsus": "wsus",
    "configmgr": "configmgr",
    "services": "services",
    "policy": "policy",
    "restart": "restart",
    "journal": "journal",
}
"""Subset -> module of this package whose ``build(raw, ctx)`` makes its facts; the order is the order of the facts."""

_Builder = Callable[[Mapping[str, object], Context], dict[str, Any]]


def _attribute(module: str, name: str) -> Any:
    """``name`` of a sibling module, loaded when first needed: one module that can't be loaded costs one subset."""
    return getattr(importlib.import_module(f".{module}", __package__), name)


def _checked_accepted(accepted: AcceptedSuites | None) -> EndpointList | None:
    """The caller's list (an option, not host data: a wrong one is an error of the caller); none and empty mean the
    table's.
    """
    if accepted is None:
        return None
    given = accepted if isinstance(accepted, EndpointList) else None
    names = accepted.suites if isinstance(accepted, EndpointList) else accepted
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise ValueError("accepted must be a list of cipher suite names")
    suites = tuple(dict.fromkeys(name.strip().upper() for name in names if name.strip()))
    if not suites:
        return None
    return EndpointList(suites) if given is None else replace(given, suites=suites)


def _owner_lookup(raw: Mapping[str, object]) -> OwnerLookup:
    """Who owns a value, from the subset ``policy`` (policy.py: ``owner_lookup(raw of the subset)``)."""
    if "policy" not in raw:
        return no_owner
    try:
        lookup: OwnerLookup = _attribute("policy", "owner_lookup")(as_mapping(raw["policy"]) or {})
    except Exception:  # the last resort: see build_facts
        return lambda path, name: "unknown"

    def guarded(path: str, name: str) -> str | None:
        try:
            return lookup(path, name)
        except Exception:
            return "unknown"

    return guarded


def _os_row(raw: Mapping[str, object]) -> Mapping[str, Any] | None:
    """The host's row of os.yml, needed by several subsets."""
    try:
        row: Mapping[str, Any] | None = _attribute("os_facts", "table_row")(as_mapping(raw.get("os")) or {})
    except Exception:
        return None
    return row


def _subset(name: str, ctx: Context) -> dict[str, Any]:
    """The facts of one subset, or the ERROR in its place."""
    if name not in ctx.raw:
        return not_collected().as_fact()
    raw = ctx.raw[name]
    error = read_error(raw)
    if error is not None:
        return error.as_fact()
    mapping = as_mapping(raw)
    if mapping is None:
        return malformed("the subset is not an object").as_fact()
    try:
        builder: _Builder = _attribute(BUILDERS[name], "build")
        return builder(mapping, ctx)
    except Exception as error_met:  # builders are tolerant themselves; one that is not must cost its subset only
        return malformed(f"the facts could not be built ({type(error_met).__name__})").as_fact()


def _envelope_error(answer: object) -> tuple[Mapping[str, object], ErrorInfo | None]:
    """Members of the envelope, and what is wrong with it."""
    envelope = as_mapping(answer)
    if envelope is None:
        return {}, malformed("the answer is not an object")
    contract = envelope.get("contract")
    if not isinstance(contract, int) or isinstance(contract, bool) or contract != CONTRACT:
        return envelope, malformed(f"the answer is not of contract {CONTRACT}")
    if as_mapping(envelope.get("raw")) is None:
        return envelope, read_error(envelope) or malformed("the answer has no raw state")
    return envelope, None


def build_facts(answer: object, *, accepted: AcceptedSuites | None = None) -> dict[str, Any]:
    """``ansible_facts.wsus`` of a collector's answer.

    Never raises for any ``answer``: what can't be understood is an ERROR in its place. ``accepted`` replaces the suites
    that endpoints.yml says the endpoint accepts; ValueError if it is not a list of text.
    """
    suites = _checked_accepted(accepted)
    envelope, error = _envelope_error(answer)
    collected_at = read_time(as_text(envelope.get("collected_at"), 40))
    facts: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "collected_at": format_time(collected_at)}
    if error is not None:
        return {**facts, **{name: error.as_fact() for name in BUILDERS}}
    raw = as_mapping(envelope["raw"]) or {}
    ctx = Context(raw, collected_at, _os_row(raw), _owner_lookup(raw), suites)
    return {**facts, **{name: _subset(name, ctx) for name in BUILDERS}}
