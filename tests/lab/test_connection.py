# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host of the lab connects to real servers on 127.0.0.1: what was negotiated, or how it ended.

SslStream of the lab is that of newer .NET on Wine's Schannel: by TLS 1.2 it shakes hands with real servers. What
Schannel of Windows and .NET Framework throw is not shown here, which is why an end is judged by what came over the
wire.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.connection import check_connection, describe
from lab.connection_cases import SHORT, Connected
from support import lab

from wsus_simulator import Simulator
from wsus_simulator.connection import raw

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

SUITE = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
OUTCOMES = {
    "good": "established",
    "untrusted": "untrusted",
    "address": "untrusted",
    "alert": "alert",
    "reset": "reset_after_hello",
    "closes": "closed_after_hello",
    "silent": "no_answer",
    "half": "no_answer",
    "plain_text": "failed",
    "closed": "refused",
    "unknown_name": "unknown_name",
    "tunnel": "established",
    "proxy_407": "proxy_refused",
    "proxy_502": "proxy_refused",
    "proxy_plain_text": "proxy_refused",
    "proxy_closes": "proxy_refused",
    "proxy_closed": "refused",
    "proxy_silent": "no_answer",
    "proxy_unknown": "unknown_name",
}


def meant(connected: Connected, name: str) -> dict[str, Any]:
    """A raw answer as connection_info tells it."""
    raw = connected.raw[name]
    assert isinstance(raw, dict), raw
    return describe(check_connection({"contract": 1, "collected_at": "2026-11-26T03:00:00.000Z", "raw": raw}))


def attempt(described: dict[str, Any], protocol: str = "TLS 1.2") -> dict[str, Any]:
    (found,) = [one for one in described["attempts"] if one["protocol"] == protocol]
    return dict(found)


@pytest.mark.parametrize(("name", "outcome"), OUTCOMES.items())
def test_how_it_ended(connected: Connected, name: str, outcome: str):
    described = meant(connected, name)
    assert described["outcome"] == outcome, described["summary"]
    assert described["endpoint"] and described["summary"] and described["caveat"]


def test_all_cases_are_judged(connected: Connected):
    assert connected.raw.keys() - {"proxies", "no_api", "no_configuration"} == OUTCOMES.keys()


@pytest.mark.parametrize(("name", "protocol"), [("good", "TLS 1.2"), ("good", "default"), ("tunnel", "TLS 1.2")])
def test_what_was_negotiated(connected: Connected, name: str, protocol: str):
    """The suite is what the ServerHello says, which s_server chose of those that it was given."""
    negotiated = attempt(meant(connected, name), protocol)["negotiated"]
    assert negotiated["protocol"] == "TLS 1.2"
    assert (negotiated["suite"], negotiated["suite_number"]) == (SUITE, "0xC030")
    assert (negotiated["cipher"], negotiated["cipher_strength"], negotiated["hash"]) == ("AES 256", 256, "SHA384")
    assert negotiated["key_exchange"] == "ECDHE"


def test_an_older_version_is_refused_by_an_alert(connected: Connected):
    found = attempt(meant(connected, "good"), "TLS 1.0")
    assert (found["outcome"], found["alert"]["name"]) == ("alert", "protocol_version")


def test_no_common_suite(connected: Connected):
    assert attempt(meant(connected, "alert"))["alert"] == {"level": "fatal", "number": 40, "name": "handshake_failure"}


def test_trust_is_that_of_the_host(connected: Connected):
    good, untrusted, address = (meant(connected, name) for name in ("good", "untrusted", "address"))
    assert (good["trusted"], untrusted["trusted"], address["trusted"]) == (True, False, False)
    assert "Example Root CA" in good["issuer"] and "Other Root CA" in untrusted["issuer"]
    leaf = attempt(good)["certificates"][0]
    assert "CN=localhost" in leaf["subject"] and len(leaf["thumbprint"]) == 40
    assert leaf["not_before"] < leaf["not_after"]
    assert "another name" in attempt(address)["explanation"]
    assert "another name" not in attempt(untrusted)["explanation"]


@pytest.mark.parametrize("name", ["silent", "half"])
def test_time_limits_hold(connected: Connected, name: str):
    shake = connected.raw[name]["attempts"][0]["handshake"]
    assert shake["failure"]["timed_out"] is True
    assert shake["milliseconds"] >= 1000 * SHORT - 100
    assert shake["sent"] > 0
    assert shake["received"] == (7 if name == "half" else 0)


def test_a_proxy_is_asked_without_credentials(connected: Connected):
    assert connected.refused
    for request in connected.refused:
        assert request.startswith(b"CONNECT localhost:") and b"authorization" not in request.lower()
    assert attempt(meant(connected, "proxy_407"))["proxy_status"] == "HTTP/1.1 407 Proxy Authentication Required"
    assert "credentials" in attempt(meant(connected, "proxy_407"))["explanation"]
    assert "502" in attempt(meant(connected, "proxy_502"))["explanation"]


def test_through_a_proxy_the_target_is_not_connected_to(connected: Connected):
    raw = connected.raw["proxy_closed"]
    assert [one["port"] for one in raw["tcp"]] == [raw["proxy"]["port"]]
    assert raw["attempts"] == []


def test_which_proxy_wsus_uses(connected: Connected):
    proxies = connected.raw["proxies"]
    assert proxies["one"] == {"host": "one", "port": 80}
    assert proxies["separate"] == {"host": "two", "port": 443}
    assert [name for name, found in proxies.items() if found is None] == ["none", "no_name", "error"]
    assert connected.raw["no_api"]["error"]["code"] == "connection_failed"
    assert connected.raw["no_configuration"]["error"]["code"]


# --- by unmodified ansible --------------------------------------------------------------------------------------------


def test_through_the_proxy_of_wsus_in_check_mode(connected: Connected):
    result = connected.results.get("through_wsus")
    assert result is not None, connected.output
    assert result.get("outcome") == "established", result
    assert result["changed"] is False
    assert result["proxy"]["used"] is True and result["proxy"]["from"] == "wsus"
    assert connected.results["asked"] and set(connected.results["asked"]) == {f"CONNECT {result['endpoint']} HTTP/1.1"}
    assert result["reached"] is True


def test_the_program_alone(connected: Connected):
    result = connected.results["program"]
    assert result["contract"] == 1 and result["changed"] is False
    assert result["raw"]["attempts"][0]["connect"]["status_line"] == "HTTP/1.1 502 Bad Gateway"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bad_target", "target must be"),
        ("bad_port", "port must be"),
        ("bad_timeout", "timeout must be"),
        ("no_proxy_port", "proxy_port are needed"),
    ],
)
def test_the_program_refuses(connected: Connected, name: str, text: str):
    assert connected.results[name]["failed"] is True
    assert text in connected.results[name]["msg"]


# --- the simulated program --------------------------------------------------------------------------------------------


def shape(value: Any) -> Any:
    """An answer without its values: the members of objects, the types of all else; of a list its first item."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("good", {"outcome": "established"}),
        ("alert", {"outcome": "alert"}),
        ("silent", {"outcome": "no_answer"}),
        ("unknown_name", {"outcome": "unknown_name"}),
        ("closed", {"outcome": "refused"}),
        ("proxy_407", {"proxy_status": 407}),
    ],
)
def test_real_and_simulated_answers_have_one_shape(connected: Connected, name: str, endpoint: dict[str, Any]):
    real = connected.raw[name]
    options = {"target": "localhost", "port": real["target"]["port"], "timeout": real["timeout"]}
    options |= {"proxy_from": real["proxy"]["from"], "proxy_name": "127.0.0.1", "proxy_port": 8080}
    protocols = [one["protocol"] for one in real["attempts"]] or ["TLS 1.2"]
    with Simulator({"host": {"extends": "healthy.yml", "endpoint": endpoint}}) as simulator:
        answer = raw(simulator.hosts["host"].state, {**options, "protocols": protocols})
    assert shape(answer) == shape(real)
