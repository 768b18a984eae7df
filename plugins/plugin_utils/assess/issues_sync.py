# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Issues of the synchronization: endpoint, 3, 5, proxy, and what is left."""

from __future__ import annotations

from .case import CAPTURE, HOLDS, LOG, Case, Situation, proof, why
from .checks.schannel import OFF
from .checks.wsus import downstream_of, winhttp_proxy
from .findings import position
from .view import Undetermined

ROLLUP_SYSTEMS = frozenset({"2012", "2012R2"})


def endpoint(situation: Situation) -> Case:
    """fe2 and sws1 are dead: being configured for them is the issue itself."""
    case = Case()
    if situation.downstream:
        return case.judge("excluded", contra=f"{downstream_of(situation.facts)}: it does not use MUUrl")
    kind = situation.facts.get(str, "wsus", "endpoint", "kind")
    url = situation.facts.get(str, "wsus", "endpoint", "mu_url")
    soap = [event.meaning for event in situation.evidence.open_events("soap_fe2")]
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
        return case.judge("excluded", contra=downstream_of(situation.facts))
    os_id = situation.facts.get(str, "os", "id")
    state = situation.facts.get(str, "updates", "monthly_rollup", "state")
    if state == "not_required" or (os_id is not None and os_id not in ROLLUP_SYSTEMS):
        return case.judge("excluded", contra="Only Windows Server 2012 and 2012 R2 need a Monthly Rollup for TLS 1.2")
    if state == "installed":
        return case.judge("excluded", contra="A Monthly Rollup is installed")
    if state != "not_installed":
        case.judge("undetermined", missing=(why(situation.facts, "the Monthly Rollup", "updates", "monthly_rollup"),))
        case.missing.append("the SCHANNEL Protocol lines of SoftwareDistribution.log after a restart of WSUS")
        return case
    pro = "No Monthly Rollup that brings TLS 1.2 to WSUS is installed"
    if situation.evidence.startups_with_protocols:
        return case.judge(
            "possible", pro=pro, contra="The log has SCHANNEL Protocol lines, which only the update writes"
        )
    if situation.succeeded_after():
        return case.judge("possible", pro=pro, contra="The last synchronization succeeded")
    case.judge("likely", pro=pro, missing=(LOG, CAPTURE))
    return case.confirm(proof(situation, "issue_3", "WsusService", "tls_reset"))


def issue_5(situation: Situation, rollup_missing: bool) -> Case:
    """No cipher suite, or no curve, in common with the endpoint."""
    case = Case()
    facts = situation.facts
    if situation.downstream:
        return case.judge("excluded", contra=downstream_of(facts))
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
    case.judge("likely", pro=pro, missing=(CAPTURE,))
    by_log = [] if rollup_missing else proof(situation, "issue_5", "WsusService", "tls_reset")
    return case.confirm(by_log or [item.explanation for item in situation.evidence.shown_by_capture("issue_5")])


def proxy(situation: Situation) -> Case:
    """Something between WSUS and the endpoint, as far as the configuration shows."""
    case = Case()
    facts = situation.facts
    if situation.downstream:
        return case.judge("excluded", contra=downstream_of(facts))
    used = facts.get(bool, "wsus", "proxy", "used")
    name = facts.get(str, "wsus", "proxy", "name")
    if used is None:
        return case.judge("undetermined", missing=(why(facts, "the proxy settings of WSUS", "wsus", "proxy"),))
    if used and name is None:
        return case.judge("undetermined", missing=("the name of the proxy",))
    if used and not name:
        return case.judge("likely", pro="WSUS is set to use a proxy that has no name")
    if used and facts.get(bool, "wsus", "proxy", "ssl_separate") and facts.get(str, "wsus", "proxy", "ssl_name") == "":
        return case.judge("likely", pro="WSUS is set to use a separate proxy for SSL that has no name")
    other = None if used else winhttp_proxy(facts)
    events = situation.evidence.open_events("proxy_407", "proxy_config")
    if used or other:
        pro = f"WSUS uses the proxy {name}" if used else f"WinHTTP has the proxy {other}, WSUS has none"
        if situation.last_result == "Failed" and situation.last_error == "ProxyError":
            return case.judge("likely", pro=f"{pro}; the last synchronization failed with ProxyError").confirm(
                [event.meaning for event in events]
            )
        if events:
            return case.judge("likely", pro=pro).confirm([event.meaning for event in events])
        if situation.succeeded_after():
            return case.judge("excluded", contra="The last synchronization succeeded")
        return case.judge("possible", pro=pro, missing=("a synchronization", LOG))
    if facts.get(str, "winhttp", "proxy", "native", "access") is None:
        case.missing.append("the proxy settings of WinHTTP")
    return case.judge("excluded", contra="WSUS uses no proxy")


def other(situation: Situation, cases: dict[str, Case]) -> Case:
    """What is broken outside the documented issues, or a failure that none of them explains."""
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
    open_events = [
        event
        for event in situation.evidence.events
        if not event.tls and not event.recovered and event.event_class not in ("success", "started")
    ]
    if open_events:
        case.judge("likely", pro="The log shows: " + "; ".join(event.meaning for event in open_events))
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
