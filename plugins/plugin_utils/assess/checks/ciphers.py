# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of cipher suites and curves against what the endpoint accepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model import Answer, failed, informational, notapplicable, passed, unknown
from ..view import Facts, Undetermined
from .dotnet import type_answer

Options = Mapping[str, Any]
OLD_DAYS = 90
"""Days after which a measurement of the endpoint is called old. A convention: Microsoft says that the list changes, not
how often.
"""
TYPES = {
    ("policy", "functions"): "REG_SZ",
    ("policy", "ecc_curves"): "REG_MULTI_SZ",
    ("local", "functions"): "REG_MULTI_SZ",
    ("local", "ecc_curves"): "REG_MULTI_SZ",
}
"""Documented type of each list (MicrosoftDocs, manage-tls.md; SQLCheck's source)."""


def common_suite(facts: Facts, options: Options) -> Answer:
    """At least one suite that the server offers and the endpoint accepts."""
    evidence = [*policy_values(facts, "functions"), *list_origin(facts)]
    if not facts.need(bool, "ciphers", "determined"):
        return unknown(undetermined_reason(facts), evidence)
    common = facts.texts("ciphers", "common")
    source = facts.get(str, "ciphers", "list", "source") or "unknown"
    if common:
        return passed(f"In common ({source.replace('_', ' ')}): " + ", ".join(common), evidence)
    offered = facts.texts("ciphers", "effective")
    what = f"{len(offered)} suites offered, none of them accepted" if offered else "No usable suite is offered"
    return failed(f"{what} (list from {source.replace('_', ' ')})", evidence)


def undetermined_reason(facts: Facts) -> str:
    """Why the common suites could not be determined."""
    try:
        facts.value("ciphers", "policy", "functions")
        facts.value("ciphers", "local", "functions")
    except Undetermined as reason:
        return str(reason)
    problem = facts.get(str, "ciphers", "list", "type_problem")
    return problem or "The suites that the server offers could not be determined"


def algorithm_disabled(facts: Facts, options: Options) -> Answer:
    """Accepted suites that the list holds and a switched-off algorithm takes away."""
    evidence = list_origin(facts)
    if not facts.need(bool, "ciphers", "determined"):
        return unknown(undetermined_reason(facts), evidence)
    common = facts.texts("ciphers", "common")
    before = facts.texts("ciphers", "common_if_reenabled")
    lost = [name for name in before if name not in common]
    if not lost:
        return passed("No accepted suite is lost", evidence)
    killed = {item.get("name"): item.get("by") for item in facts.records("ciphers", "killed")}
    text = "; ".join(f"{name} by {killed.get(name) or 'a disabled algorithm'}" for name in lost)
    return informational("Lost, others remain: " + text, evidence) if common else failed("Lost: " + text, evidence)


def curve_order(facts: Facts, options: Options) -> Answer:
    """A curve in common; before Windows Server 2016 the suite names carry the curve."""
    source = facts.need(str, "ciphers", "curves", "source")
    if source == "suite_names":
        return notapplicable("On this version of Windows the suite names carry the curve")
    evidence = [*policy_values(facts, "ecc_curves"), *list_origin(facts)]
    if source not in ("policy", "local", "os_default"):
        return unknown(
            facts.get(str, "ciphers", "curves", "type_problem") or "The curve order could not be determined", evidence
        )
    if not facts.need(bool, "ciphers", "curves", "needed"):
        return notapplicable("No accepted suite uses a curve")
    common = facts.texts("ciphers", "curves", "common")
    if common:
        return passed("In common: " + ", ".join(common), evidence)
    if not facts.need(bool, "ciphers", "curves", "determined"):
        return unknown("It could not be determined whether there is a curve in common", evidence)
    return failed(
        "No curve in common; the server offers " + (", ".join(facts.texts("ciphers", "curves", "curves")) or "none"),
        evidence,
    )


def policy_type(facts: Facts, options: Options) -> Answer:
    """The types that Group Policy, and Windows for its local lists, write."""
    wrong: list[Mapping[str, Any]] = []
    unread: list[str] = []
    for place, name in TYPES:
        try:
            value = facts.value("ciphers", place, name)
        except Undetermined as reason:
            unread.append(str(reason))
            continue
        if value["exists"] and value.get("type") != TYPES[place, name]:
            wrong.append(value)
    return type_answer(wrong, unread)


def policy_length(facts: Facts, options: Options) -> Answer:
    """Characters of the policy list as Group Policy would write it."""
    value = facts.value("ciphers", "policy", "functions")
    if not value["exists"]:
        return passed("Not set")
    data = value.get("data")
    if isinstance(data, list) and all(isinstance(item, str) for item in data):
        data = ",".join(data)
    if not isinstance(data, str):
        raise Undetermined("The policy list is no text")
    actual = f"{len(data)} characters"
    return passed(actual) if len(data) <= options["limit"] else failed(actual, [without_data(value)])


def without_data(value: Mapping[str, Any]) -> dict[str, Any]:
    """The value without its long text, which the facts hold."""
    return {**value, "data": None}


def policy_values(facts: Facts, name: str) -> list[Mapping[str, Any]]:
    """The policy value as evidence, where it exists."""
    return [value for value in facts.shown("ciphers", "policy", name) if value["exists"]]


def list_origin(facts: Facts) -> list[Mapping[str, Any]]:
    """Where and when the accepted suites were measured, as evidence; nothing where they are the built-in ones."""
    if facts.get(str, "ciphers", "endpoint_list", "source") != "measured":
        return []
    host = facts.get(str, "ciphers", "endpoint_list", "host") or "an endpoint"
    date = facts.get(str, "ciphers", "endpoint_list", "date") or "at an unknown time"
    age = facts.get(int, "ciphers", "endpoint_list", "age_days")
    text = f"The accepted suites were measured at {host}, {date}, "
    if age is None:
        text += "and how old that is can't be told, as the host did not say when it was read"
    elif age < 0:
        text += "which is later than the host's clock"
    else:
        text += f"{age} days before the host was read"
    if age is not None and age > OLD_DAYS:
        text += f": more than {OLD_DAYS}, so measure again (wsus.compliance.endpoint_info)"
    if facts.get(bool, "ciphers", "endpoint_list", "verified") is not True:
        text += "; no root store vouched for the certificate, so a proxy that decrypts may have answered"
    return [{"text": text}]


CHECKS = {
    function.__name__: function
    for function in (common_suite, algorithm_disabled, curve_order, policy_type, policy_length)
}
