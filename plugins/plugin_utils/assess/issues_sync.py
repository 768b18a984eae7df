# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Issues of the synchronization: endpoint, 3, 5, proxy, and what is left."""

from __future__ import annotations

from .case import CAPTURE, HOLDS, LOG, Case, Situation, why
from .checks.schannel import OFF
from .checks.wsus import downstream_of, winhttp_proxy
from .findings import position
from .view import Undetermined

ROLLUP_SYSTEMS = frozenset({"2012", "2012R2"})


def endpoint(situation: Situation) -> Case:
    """fe2 and sws1 are dead: being configured for them is the issue itself."""
    case = Case()
    if situation.downstream:
        return case.rule_out(f"{downstream_of(situation.facts)}: it does not use MUUrl")
    kind = situation.facts.get(str, "wsus", "endpoint", "kind")
    url = situation.facts.get(str, "wsus", "endpoint", "mu_url")
    soap = [event.told for event in situation.evidence.open_events("soap_fe2")]
    if kind == "sws":
        return case.judge("excluded", contra=f"MUUrl is {url}")
    if kind is None:
        return case.judge("undetermined", missing=(why(situation.facts, "MUUrl", "wsus", "endpoint"),))
    verdict = "confirmed" if kind in ("fe2", "sws1") else "likely"
    if position(situation.facts) is None:
        verdict = "possible"
        case.missing.append("whether this is the topmost server")
    return case.judge(verdict, pro=f"MUUrl is {url}").confirm(soap)


def issue_3(situation: Situation) -> Case:
    """2012 and 2012 R2 synchronize with TLS 1.0 until a Monthly Rollup is installed."""
    case = Case()
    if situation.downstream:
        return case.rule_out(downstream_of(situation.facts))
    os_id = situation.facts.get(str, "os", "id")
    state = situation.facts.get(str, "updates", "monthly_rollup", "state")
    if state == "not_required" or (os_id is not None and os_id not in ROLLUP_SYSTEMS):
        return case.rule_out("Only Windows Server 2012 and 2012 R2 need a Monthly Rollup for TLS 1.2")
    if state == "installed":
        return case.judge("excluded", contra="A Monthly Rollup is installed")
    start = situation.evidence.last_startup
    # SCHANNEL Protocol lines are written by the updated WSUS only, at its start.
    writes_lines = None if start is None else bool(start.protocols)
    at = f"start-up of {start.time or 'a time not known'}" if start is not None else ""
    if state != "not_installed":
        if writes_lines is True:
            return case.judge("excluded", contra=f"The log has SCHANNEL Protocol lines ({at}): the update is there")
        case.judge("undetermined", missing=(why(situation.facts, "the Monthly Rollup", "updates", "monthly_rollup"),))
        if writes_lines is False and os_id in ROLLUP_SYSTEMS:
            return case.judge("likely", pro=f"The log has no SCHANNEL Protocol lines ({at}): the update is missing")
        case.missing.append("the SCHANNEL Protocol lines of SoftwareDistribution.log after a restart of WSUS")
        return case
    pro = "No Monthly Rollup that brings TLS 1.2 to WSUS is installed"
    if writes_lines is True:
        contra = f"The log has SCHANNEL Protocol lines ({at}), which only the update writes"
        return case.judge("possible", pro=pro, contra=contra)
    if situation.succeeded_after():
        return case.judge("possible", pro=pro, contra="The last synchronization succeeded")
    case.judge("likely", pro=pro, missing=(LOG, CAPTURE))
    if writes_lines is False:
        case.evidence_for.append(f"The log has no SCHANNEL Protocol lines ({at})")
    return case


def issue_5(situation: Situation) -> Case:
    """No cipher suite, or no curve, in common with the endpoint."""
    case = Case()
    facts = situation.facts
    if situation.downstream:
        return case.rule_out(downstream_of(facts))
    try:
        determined = facts.need(bool, "ciphers", "determined")
        common = facts.texts("ciphers", "common")
        by_names = facts.need(str, "ciphers", "curves", "source") == "suite_names"
        needed = facts.need(bool, "ciphers", "curves", "needed")
        curves = facts.texts("ciphers", "curves", "common") if needed and not by_names else None
    except Undetermined as reason:
        return case.judge("undetermined", missing=(str(reason),))
    if not determined:
        return case.judge("undetermined", missing=("the cipher suites that the server offers",))
    if common and curves != []:
        if any(item.get("reader") == "system" for item in situation.pending()):
            return case.judge(
                "possible",
                pro="The cipher suite order was changed after the last start of Windows",
                contra="The new one has an accepted suite",
            )
        return case.judge("excluded", contra="In common: " + ", ".join(common))
    pro = (
        "The server offers no suite that the endpoint accepts"
        if not common
        else "The server offers no curve that the endpoint is known to accept"
    )
    changed = facts.get(str, "ciphers", "policy", "functions", "key_last_write")
    if situation.succeeded_after(facts.get(str, "restart", "boot_time"), changed):
        return case.judge(
            "possible",
            pro=pro,
            contra="A synchronization succeeded since the last change and start",
            missing=(CAPTURE,),
        )
    return case.judge("likely", pro=pro, missing=(CAPTURE,))


def proxy(situation: Situation) -> Case:
    """Something between WSUS and the endpoint, as far as configuration and evidence show."""
    case = Case()
    facts = situation.facts
    if situation.downstream:
        return case.rule_out(downstream_of(facts))
    seen = _between(situation)
    used = facts.get(bool, "wsus", "proxy", "used")
    name = facts.get(str, "wsus", "proxy", "name")
    if used is None:
        missing = (why(facts, "the proxy settings of WSUS", "wsus", "proxy"),)
        return case.judge("undetermined", missing=missing) if not seen else case.judge("likely").confirm(seen)
    if used and name is None:
        return case.judge("undetermined", missing=("the name of the proxy",))
    if used and not name:
        return case.judge("likely", pro="WSUS is set to use a proxy that has no name")
    if used and facts.get(bool, "wsus", "proxy", "ssl_separate") and facts.get(str, "wsus", "proxy", "ssl_name") == "":
        return case.judge("likely", pro="WSUS is set to use a separate proxy for SSL that has no name")
    other = None if used else winhttp_proxy(facts)
    if used or other:
        pro = f"WSUS uses the proxy {name}" if used else f"WinHTTP has the proxy {other}, WSUS has none"
        if situation.last_result == "Failed" and situation.last_error == "ProxyError":
            pro += "; the last synchronization failed with ProxyError"
            return case.judge("likely", pro=pro).confirm(seen)
        if seen:
            return case.judge("likely", pro=pro).confirm(seen)
        if situation.succeeded_after():
            return case.judge("excluded", contra="The last synchronization succeeded")
        return case.judge("possible", pro=pro, missing=("a synchronization", LOG))
    if seen:
        return case.judge("likely", pro="WSUS uses no proxy; something on the way answers").confirm(seen)
    if facts.get(str, "winhttp", "proxy", "native", "access") is None:
        case.missing.append("the proxy settings of WinHTTP")
    return case.judge("excluded", contra="WSUS uses no proxy")


def _between(situation: Situation) -> list[str]:
    """What evidence shows of a proxy that refuses, or of one that inspects TLS."""
    seen = [event.told for event in situation.current_events("proxy_407", "proxy_config", process=None)]
    for connection in situation.evidence.connections:
        blamed = connection.outcome == "proxy_refused" or "proxy" in connection.issues
        if blamed and situation.outdated(connection.last, None) is None:
            seen.append(connection.explanation)
    for probe in situation.evidence.probes:
        if probe.inspected is True:
            seen.append(
                f"The certificate of {probe.endpoint} was issued by {probe.issuer or 'somebody else'}, not by Microsoft"
            )
        elif "proxy_refused" in probe.outcomes.values():
            seen.append(f"connection_info, {probe.endpoint}: the proxy refused")
    return seen


def other(situation: Situation, cases: dict[str, Case], unexplained: list[str]) -> Case:
    """What is broken outside the documented issues, or a failure that none of them explains.

    ``unexplained``: failures in logs that are no documented issue's.
    """
    case = Case()
    facts = situation.facts
    state = facts.get(str, "schannel", "protocols", "TLS 1.2", "client", "state")
    if not situation.downstream and (state in OFF or state == "off_unless_asked"):
        case.judge("likely", pro=f"TLS 1.2 is {state.replace('_', ' ')} as client in SCHANNEL")
    for name in ("WsusService", "W3SVC", "WAS"):
        service = facts.get(str, "services", name, "state")
        if service is not None and service != "Running":
            case.judge("likely", pro=f"{name} is {service}")
        elif facts.get(bool, "services", name, "exists") is False:
            case.judge("likely", pro=f"{name} is not installed")
    if facts.get(str, "w3wp", "config", "state") in ("malformed", "dtd"):
        case.judge("likely", pro="w3wp.exe.config is not well formed")
    if unexplained:
        case.judge("likely", pro="The log shows: " + "; ".join(unexplained))
    for probe in situation.evidence.probes:
        if probe.reached is False or (probe.trusted is False and not probe.inspected):
            case.judge("likely", pro=f"connection_info: {probe.summary or probe.endpoint}")
    explained = any(cases[name].verdict in HOLDS for name in ("endpoint", "issue_3", "issue_5", "proxy"))
    if situation.last_result == "Failed" and not explained and case.verdict != "likely":
        case.judge(
            "likely",
            pro=f"The last synchronization failed ({situation.last_error}) and no documented issue explains it",
            missing=(LOG,),
        )
    if case.verdict == "likely":
        return case
    waiting = [str(item.get("what")) for item in situation.pending()]
    if waiting:
        return case.judge("possible", pro="Changed, but not in effect before a restart: " + "; ".join(waiting))
    if situation.succeeded_after():
        return case.judge("excluded", contra="The last synchronization succeeded")
    return case.judge("undetermined", missing=("a synchronization", LOG))
