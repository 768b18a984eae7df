# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the role itself: API, services, hierarchy, endpoint, synchronization, proxy, Configuration Manager."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..model import Answer, failed, informational, passed, unknown
from ..view import Facts, Undetermined

Options = Mapping[str, Any]


def role(facts: Facts, options: Options) -> Answer:
    """``error`` without the role: there is nothing to assess, which is neither compliant nor a violation."""
    if facts.need(bool, "wsus", "role", "installed"):
        return passed(f"WSUS {facts.get(str, 'wsus', 'role', 'version', default='')}".strip())
    return Answer("error", "The WSUS role is not installed: nothing to assess")


def api(facts: Facts, options: Options) -> Answer:
    """Whether the administration API answered; everything that only it knows is unknown otherwise."""
    if facts.need(bool, "wsus", "api", "reached"):
        return passed("The API answered")
    return unknown(facts.why("wsus", "api") or "The API did not answer")


def services_running(facts: Facts, options: Options) -> Answer:
    """Every named service is there and Running."""
    stopped: list[str] = []
    unread: list[str] = []
    for name in options["services"]:
        try:
            if not facts.need(bool, "services", name, "exists"):
                stopped.append(f"{name} is not installed")
            elif (state := facts.need(str, "services", name, "state")) != "Running":
                stopped.append(f"{name} is {state}")
        except Undetermined as reason:
            unread.append(str(reason))
    if stopped:
        return failed(", ".join(stopped))
    if unread:
        return unknown("; ".join(unread))
    return passed(", ".join(options["services"]) + " are running")


def service_start(facts: Facts, options: Options) -> Answer:
    """WsusService starts automatically."""
    mode = facts.need(str, "services", "WsusService", "start_mode")
    return passed(f"Start type {mode}") if mode == "automatic" else failed(f"Start type {mode}")


def topmost(facts: Facts, options: Options) -> Answer:
    """Where the server stands; informational by nature."""
    if facts.need(str, "wsus", "hierarchy", "position") == "topmost":
        return informational("Topmost server: it synchronizes from Microsoft Update")
    return informational(downstream_of(facts))


def downstream_of(facts: Facts) -> str:
    """A sentence that names the upstream server."""
    name = facts.get(str, "wsus", "hierarchy", "upstream", "name") or "an upstream server"
    kind = "Replica" if facts.get(bool, "wsus", "hierarchy", "replica") else "Downstream server"
    return f"{kind} of {name}"


def mu_url(facts: Facts, options: Options) -> Answer:
    """The endpoint by its host: path and case do not matter (the stored fe2 value ends in /v6)."""
    kind = facts.need(str, "wsus", "endpoint", "kind")
    url = facts.need(str, "wsus", "endpoint", "mu_url")
    return passed(f"MUUrl is {url}") if kind == "sws" else failed(f"MUUrl is {url}")


def redirector_change_number(facts: Facts, options: Options) -> Answer:
    """The number that Microsoft sets together with the endpoint."""
    number = facts.need(int, "wsus", "endpoint", "redirector_change_number")
    actual = f"RedirectorChangeNumber is {number}"
    return passed(actual) if number == options["number"] else failed(actual)


def last_synchronization(facts: Facts, options: Options) -> Answer:
    """The result of the newest history entry. An empty error text does not mean that there was no error."""
    result = facts.need(str, "wsus", "synchronization", "last", "result")
    ended = facts.get(str, "wsus", "synchronization", "last", "ended") or "an unknown time"
    if result == "Succeeded":
        age = days_between(facts.get(str, "wsus", "synchronization", "last", "ended"), facts.get(str, "collected_at"))
        if age is not None and age > options["days"]:
            return informational(f"Succeeded at {ended}, {age} days ago: nothing is proved of today")
        return passed(f"Succeeded at {ended}")
    if result == "Failed":
        error = facts.get(str, "wsus", "synchronization", "last", "error") or "no error name"
        text = facts.get(str, "wsus", "synchronization", "last", "error_text") or "WSUS gives no details"
        return failed(f"Failed at {ended}: {error}: {text}")
    if result == "NeverRun":
        return informational("No synchronization has run yet: nothing is proved")
    if result in ("Canceled", "Running"):
        return informational(f"{result}: nothing is proved")
    return unknown(f"Result {result} is not known")


def days_between(start: str | None, end: str | None) -> int | None:
    """Whole days between two TIMEs (``yyyy-MM-ddTHH:mm:ss.fffZ``), None where one is missing or malformed."""
    try:
        return (datetime.fromisoformat(str(end)[:10]) - datetime.fromisoformat(str(start)[:10])).days
    except ValueError:
        return None


def proxy(facts: Facts, options: Options) -> Answer:
    """Complete when used; and a hint where only WinHTTP has one, which WSUS does not use."""
    if facts.need(bool, "wsus", "proxy", "used"):
        name = facts.need(str, "wsus", "proxy", "name")
        if not name:
            return failed("WSUS is set to use a proxy that has no name")
        shown = with_port(name, facts.get(int, "wsus", "proxy", "port"))
        if facts.need(bool, "wsus", "proxy", "ssl_separate"):
            ssl_name = facts.need(str, "wsus", "proxy", "ssl_name")
            if not ssl_name:
                return failed(f"WSUS uses the proxy {shown} and is set to a separate one for SSL that has no name")
            shown = f"{shown}, and for SSL {with_port(ssl_name, facts.get(int, 'wsus', 'proxy', 'ssl_port'))}"
        return informational(f"WSUS uses the proxy {shown}")
    if facts.get(str, "winhttp", "proxy", "native", "access") not in ("direct", "proxy"):
        return informational("WSUS uses no proxy; the proxy of WinHTTP could not be read")
    server = winhttp_proxy(facts)
    if server:
        return informational(f"WinHTTP has the proxy {server}, WSUS has none and goes directly")
    return passed("No proxy")


def with_port(name: str, port: int | None) -> str:
    """``name:port``, or the name alone where the port is not known."""
    return f"{name}:{port}" if port else name


def winhttp_proxy(facts: Facts) -> str | None:
    """The proxy of WinHTTP in the 64-bit view, None where there is none or it could not be read."""
    if facts.get(str, "winhttp", "proxy", "native", "access") != "proxy":
        return None
    return facts.get(str, "winhttp", "proxy", "native", "server") or "(unnamed)"


def configmgr(facts: Facts, options: Options) -> Answer:
    """Whether Configuration Manager works with this WSUS."""
    if not facts.need(bool, "configmgr", "uses_wsus"):
        return passed("Configuration Manager does not use this WSUS")
    found = [item for item in facts.get(list, "configmgr", "evidence", default=[]) if isinstance(item, str)]
    return informational("Configuration Manager uses this WSUS: " + ("; ".join(found) or "no evidence given"))


CHECKS = {
    function.__name__: function
    for function in (
        role,
        api,
        services_running,
        service_start,
        topmost,
        mu_url,
        redirector_change_number,
        last_synchronization,
        proxy,
        configmgr,
    )
}
