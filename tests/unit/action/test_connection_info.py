# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin connection_info on simulated hosts."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.wsus.compliance.plugins.action import connection_info
from support.action_stub import action, run
from support.simulated_action import SimulatedHost

HEALTHY = "healthy.yml"


def host(**endpoint):
    return SimulatedHost({"extends": HEALTHY, "endpoint": endpoint})


@pytest.mark.parametrize("check", [False, True])
def test_one_execution_and_no_change(check):
    one = host()
    result = one.run(connection_info, check=check)
    assert one.asked == ["wsus_connection"]
    assert one.executions[0][1] == {
        "target": "sws.update.microsoft.com",
        "port": 443,
        "protocols": ["default", "TLS 1.0", "TLS 1.1", "TLS 1.2"],
        "timeout": 10,
        "proxy_from": "wsus",
    }
    assert (result["changed"], result["outcome"], result["trusted"], result["inspected"]) == (
        False,
        "established",
        True,
        False,
    )
    assert [one["outcome"] for one in result["attempts"]] == ["established", "alert", "alert", "established"]
    assert (result["endpoint"], result["reached"]) == ("sws.update.microsoft.com:443", True)
    json.dumps(result)


@pytest.mark.parametrize(
    ("endpoint", "outcome"),
    [
        ({"outcome": "reset"}, "reset_after_hello"),
        ({"outcome": "closed"}, "closed_after_hello"),
        ({"outcome": "alert"}, "alert"),
        ({"outcome": "no_answer"}, "no_answer"),
        ({"outcome": "not_tls"}, "failed"),
        ({"outcome": "refused"}, "refused"),
        ({"outcome": "unknown_name"}, "unknown_name"),
        ({"accepts": ["TLS 1.3"]}, "alert"),
        ({"trusted": False, "issuer": "CN=Inspection, O=Example"}, "untrusted"),
    ],
)
def test_what_an_endpoint_does_is_a_result_and_no_failure(endpoint, outcome):
    result = host(**endpoint).run(connection_info)
    assert result["outcome"] == outcome, result["summary"]
    assert not result.get("failed")


def test_a_version_that_the_host_has_disabled():
    key = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
    one = SimulatedHost({"extends": HEALTHY, "registry": {key: {"values": {"Enabled": 0}}}})
    result = one.run(connection_info, protocols=["TLS 1.2"])
    assert result["outcome"] == "not_supported"


@pytest.mark.parametrize(
    ("proxy", "sent"),
    [
        ("none", {"proxy_from": "none"}),
        ("wsus", {"proxy_from": "wsus"}),
        ("proxy.example.com:8080", {"proxy_from": "given", "proxy_name": "proxy.example.com", "proxy_port": 8080}),
        ("http://proxy:80/", {"proxy_from": "given", "proxy_name": "proxy", "proxy_port": 80}),
        ("[2001:db8::1]:3128", {"proxy_from": "given", "proxy_name": "2001:db8::1", "proxy_port": 3128}),
    ],
)
def test_proxies(proxy, sent):
    one = host(proxy_status=407)
    result = one.run(connection_info, proxy=proxy)
    assert {name: value for name, value in one.executions[0][1].items() if name.startswith("proxy")} == sent
    assert result["outcome"] == ("proxy_refused" if sent["proxy_from"] == "given" else "established")


def test_the_proxy_of_wsus_is_the_default():
    one = SimulatedHost({"extends": "proxy.yml", "endpoint": {"proxy_status": 407}})
    result = one.run(connection_info)
    assert (result["outcome"], result["proxy"]["used"], result["proxy"]["from"]) == ("proxy_refused", True, "wsus")
    assert "407" in result["summary"]


def test_a_host_without_wsus_connects_directly():
    one = SimulatedHost(
        {"extends": HEALTHY, "wsus": {"api": {"error": {"code": "connection_failed", "message": "no"}}}}
    )
    result = one.run(connection_info)
    assert (result["proxy"]["used"], result["proxy"]["error"]["code"]) == (False, "connection_failed")
    assert result["outcome"] == "established"
    assert "could not be read" in result["summary"]


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ({"host": "a b"}, "host must be"),
        ({"host": "https://sws.update.microsoft.com"}, "host must be"),
        ({"host": "a\r\nX: y"}, "host must be"),
        ({"port": 0}, "port must be 1 to 65535"),
        ({"timeout": 61}, "timeout must be 1 to 60"),
        ({"protocols": []}, "protocols names none"),
        ({"protocols": ["TLS 9"]}, "protocols"),
        ({"proxy": "proxy"}, "proxy must be"),
        ({"proxy": "proxy:0"}, "proxy must be"),
        ({"proxy": "a b:80"}, "proxy must be"),
        ({"user": "x"}, "Unsupported"),
    ],
)
def test_bad_options_ask_nothing(args, text):
    made = action(connection_info, args, {})
    with pytest.raises(AnsibleActionFail, match=text):
        run(made)
    assert made.calls == []


def test_a_password_in_the_proxy_is_refused_and_not_shown():
    with pytest.raises(AnsibleActionFail) as raised:
        run(action(connection_info, {"proxy": "http://me:S3cret@proxy:8080"}, {}))
    assert "S3cret" not in str(raised.value)


def test_a_lost_connection_is_that_of_the_host():
    with pytest.raises(AnsibleConnectionFailure):
        run(action(connection_info, {}, AnsibleConnectionFailure("refused")))


def test_an_answer_of_nothing_fails():
    result = run(action(connection_info, {}, {"contract": 1, "raw": {}}))
    assert result["failed"] and "does not say what was connected to" in result["msg"]
