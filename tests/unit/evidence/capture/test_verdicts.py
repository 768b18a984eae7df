# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is offered, who ends it, and what that means."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence import read_evidence
from support import packets as p
from support.captures import of_packets, the_one, verdicts

SECOND = 10**9


def hello_of(**offer) -> bytes:
    return p.record(22, p.client_hello(**offer))


def told(talk: p.Dialogue, endpoints=None, step: int = 10**7):
    return the_one(of_packets(talk.packets, endpoints, step))


@pytest.mark.parametrize(
    ("offer", "issues", "versions"),
    [
        ({"version": 0x0300}, ["issue_1", "issue_3"], ["SSL 3.0"]),
        ({"version": 0x0301}, ["issue_1", "issue_3"], ["TLS 1.0"]),
        ({"version": 0x0302}, ["issue_1", "issue_3"], ["TLS 1.1"]),
        ({"version": 0x0303}, ["other"], ["TLS 1.2"]),
        ({"version": 0x0303, "suites": (0xC013, 0x002F)}, ["issue_5"], ["TLS 1.2"]),
        ({"version": 0x0303, "versions": (0x0304, 0x0303)}, ["other"], ["TLS 1.3", "TLS 1.2"]),
        ({"version": 0x0303, "versions": (0x0304,)}, ["issue_1", "issue_3"], ["TLS 1.3"]),
        ({"version": 0x0303, "versions": (0x7F1C, 0x0302)}, ["issue_1", "issue_3"], ["0x7f1c", "TLS 1.1"]),
    ],
)
def test_what_is_offered_decides(offer, issues, versions):
    one = told(p.Dialogue().open().says(hello_of(**offer)).rst())
    assert (one["outcome"], one["issues"], one["offered_versions"]) == ("reset_after_hello", issues, versions)


@pytest.mark.parametrize("suite", [0xC030, 0xC02F, 0xC028, 0xC027])
def test_one_accepted_suite_is_enough(suite):
    one = told(p.Dialogue().open().says(hello_of(suites=(0x000A, suite))).rst())
    assert one["issues"] == ["other"]


def test_record_version_is_no_matter():
    for version in (0x0300, 0x0301, 0x0303):
        one = told(p.Dialogue().open().says(p.record(22, p.client_hello(), version)).rst())
        assert one["offered_versions"] == ["TLS 1.2"]


def test_hello_in_the_form_of_ssl2():
    one = told(p.Dialogue().open().says(p.ssl2_hello(), size=11).rst(), [p.SERVER])
    assert one["offered_versions"] == ["TLS 1.0"]
    assert one["offered_suites"] == [
        *("TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "SSL_CK_DES_192_EDE3_CBC_WITH_MD5")
    ]
    assert (one["outcome"], one["issues"]) == ("reset_after_hello", ["issue_1", "issue_3"])


def test_grease_is_left_out_and_what_has_no_name_stays():
    hello = hello_of(suites=(0x3A3A, 0xC030, 0xABCD), groups=(0xBABA, 0x1D, 0x7777))
    one = told(p.Dialogue().open().says(hello).rst())
    assert one["offered_suites"] == ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "0xabcd"]
    assert one["supported_groups"] == ["x25519", "0x7777"]


@pytest.mark.parametrize(("client", "reset"), [(False, False), (False, True), (True, False), (True, True)])
def test_who_ends_a_connection_without_hello(client, reset):
    talk = p.Dialogue().open()
    talk = talk.rst(client=client) if reset else talk.fin(client=client)
    talk.fin(client=not client)
    one = told(talk, [p.SERVER])
    wanted = {(True, False): ["issue_2"], (True, True): [], (False, False): ["other"], (False, True): ["other"]}
    assert (one["outcome"], one["issues"]) == ("closed_without_hello", wanted[client, reset])


def test_the_seeds_second_capture_comes_after_dns():
    packets = [p.dns_answer(p.SWS, p.SERVER, "sws.example.net"), *p.Dialogue().open().fin().fin(client=False).packets]
    one = the_one(of_packets(packets))
    assert (one["endpoint"], one["attributed_by"], one["issues"]) == (p.SWS, "dns", ["issue_2"])


def test_dns_of_another_name_tells_that_it_is_no_endpoint():
    packets = [p.dns_answer("www.example.com", p.SERVER), *p.Dialogue().open().fin().fin(client=False).packets]
    assert of_packets(packets)["connections"] == []
    assert the_one(of_packets(packets, ["all"]))["endpoint"] == "www.example.com"


def test_the_sni_of_another_connection_tells_the_address():
    good = p.session(p.Dialogue().open())
    packets = [*good.packets, *p.Dialogue(client=(p.CLIENT, 50124)).open().fin().packets]
    second = of_packets(packets)["connections"][1]
    assert (second["attributed_by"], second["issues"]) == ("same_address", ["issue_2"])


def test_connections_to_others_are_left_out():
    talk = p.Dialogue().open().says(hello_of(sni="www.example.com", version=0x0301)).rst()
    assert of_packets(talk.packets)["connections"] == []
    one = told(talk, ["all"])
    assert (one["endpoint"], one["attributed_by"], one["issues"]) == ("www.example.com", "sni", [])


def test_other_protocols_are_left_out():
    talk = p.Dialogue(server=(p.SERVER, 8530)).open().says(b"GET / HTTP/1.1\r\n\r\n").rst()
    assert of_packets(talk.packets)["connections"] == []
    assert of_packets(talk.packets, ["all"])["connections"] == []


@pytest.mark.parametrize(
    ("number", "hello", "issues"),
    [
        (70, p.HELLO_TLS10, ["issue_1", "issue_3"]),
        (40, hello_of(suites=(0x002F,)), ["issue_5"]),
        (40, p.HELLO, ["other"]),
        (112, p.HELLO, ["other"]),
    ],
)
def test_alerts_of_the_server(number, hello, issues):
    talk = p.Dialogue().open().says(hello).says(p.record(21, bytes([2, number])), client=False).fin(client=False)
    one = told(talk)
    assert (one["outcome"], one["issues"]) == ("alert", issues)


def test_close_notify_is_a_way_to_close():
    talk = p.Dialogue().open().says(p.HELLO).says(p.record(21, b"\1\0"), client=False).fin(client=False)
    assert told(talk)["outcome"] == "closed_after_hello"


def test_reset_within_the_handshake():
    one = told(p.Dialogue().open().says(p.HELLO).says(p.SERVER_FLIGHT, client=False).rst())
    assert (one["outcome"], one["negotiated_version"], one["issues"]) == ("reset_after_hello", "TLS 1.2", ["other"])


def test_reset_after_a_session_is_normal():
    one = told(p.session(p.Dialogue().open()).rst())
    assert (one["outcome"], one["issues"]) == ("established", [])


def test_tls13_is_told_from_its_refusal_by_the_clients_record():
    hello = hello_of(versions=(0x0304,), suites=(0x1302,))
    flight = (
        p.record(22, p.server_hello(suite=0x1302, selected=0x0304), 0x0303) + p.CCS + p.record(23, bytes(900), 0x0303)
    )
    good = (
        p.Dialogue().open().says(hello).says(flight, client=False).says(p.CCS + p.record(23, bytes(69), 0x0303)).fin()
    )
    assert told(good)["outcome"] == "established"
    bad = p.Dialogue().open().says(hello).says(flight, client=False).says(p.CCS + p.record(23, bytes(19), 0x0303)).fin()
    assert told(bad)["outcome"] == "closed_after_hello"


@pytest.mark.parametrize(("tries", "step", "outcome"), [(1, 1, "undetermined"), (2, SECOND, "no_answer")])
def test_no_answer_to_the_syn(tries, step, outcome):
    packets = p.Dialogue().open().packets[:1] * tries
    assert the_one(of_packets(packets, step=step))["outcome"] == outcome


def test_one_syn_long_before_the_end():
    packets = [p.Dialogue().open().packets[0], p.dns_answer("www.example.com", "192.0.2.99")]
    assert the_one(of_packets(packets, step=4 * SECOND))["outcome"] == "no_answer"


def test_refused():
    talk = p.Dialogue()
    packets = [talk.open().packets[0], talk.rst().packets[-1]]
    one = the_one(of_packets(packets, [p.SERVER]))
    assert (one["outcome"], one["issues"]) == ("refused", ["other"])


@pytest.mark.parametrize(("wait", "outcome"), [(SECOND, "undetermined"), (20 * SECOND, "no_answer")])
def test_a_hello_without_answer(wait, outcome):
    packets = [*p.Dialogue().open().says(p.HELLO).packets, p.dns_answer("www.example.com", "192.0.2.99")]
    assert the_one(of_packets(packets, step=wait))["outcome"] == outcome


@pytest.mark.parametrize("host", ["sws1.update.microsoft.com", "fe2.update.microsoft.com"])
def test_old_endpoints(host):
    one = told(p.Dialogue().open().says(hello_of(sni=host)).rst())
    assert (one["endpoint"], one["issues"]) == (host, ["endpoint"])
    assert "MUUrl" in one["explanation"]
    assert told(p.session(p.Dialogue().open(), hello_of(sni=host)))["issues"] == []


# --- proxies ----------------------------------------------------------------------------------------------------------


def connect(target: str = f"{p.SWS}:443", more: str = "") -> bytes:
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{more}\r\n".encode()


def by_proxy() -> p.Dialogue:
    return p.Dialogue(server=(p.PROXY, 3128)).open()


OPEN = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize(
    ("hello", "issues"),
    [(p.HELLO_TLS10, ["issue_1", "issue_3"]), (hello_of(suites=(5,)), ["issue_5"]), (p.HELLO, ["other"])],
)
def test_proxies_return_fin_or_rst(hello, issues, reset):
    talk = by_proxy().says(connect(), size=13).says(OPEN, client=False, size=5).says(hello, size=60)
    one = told(talk.rst() if reset else talk.fin(client=False))
    assert one["outcome"] == ("reset_after_hello" if reset else "closed_after_hello")
    assert (one["issues"], one["proxy"], one["server"]) == (issues, f"{p.PROXY}:3128", f"{p.SWS}:443")
    assert ("proxies tend to" in one["explanation"]) is not reset


def test_logging_in_at_a_proxy_takes_several_requests():
    body = b"<html>CONNECT sws.update.microsoft.com:443 HTTP/1.1</html>"
    wants = b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: NTLM\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    talk = by_proxy().says(connect()).says(wants, client=False)
    talk = talk.says(connect(more="Proxy-Authorization: NTLM TlRMTVNTUAAB\r\n")).says(wants, client=False)
    last = talk.says(connect(more="Proxy-Authorization: NTLM TlRMTVNTUAAD\r\n"))
    one = told(p.session(last.says(OPEN, client=False)))
    assert (one["outcome"], one["proxy_answer"]["status"]) == ("established", 200)
    assert "TlRMTVNTUAA" not in str(one)


@pytest.mark.parametrize(
    ("answer", "outcome", "text"),
    [
        (b"HTTP/1.1 403 No\r\n\r\n", "proxy_refused", "403 No"),
        (b"HTTP/1.0 502\r\n\r\n", "proxy_refused", "502"),
        (
            b"HTTP/1.1 407 X\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n",
            "proxy_refused",
            "NTLM",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 504 Late\r\n\r\n", "proxy_refused", "504 Late"),
        (b"", "proxy_refused", "without an answer"),
        (b"\x15\x03\x01\0\2\2\x46", "proxy_refused", "without an answer"),
        (b"220 smtp\r\n\r\n", "undetermined", "not HTTP"),
    ],
)
def test_answers_of_proxies(answer, outcome, text):
    talk = by_proxy().says(connect())
    one = told((talk.says(answer, client=False) if answer else talk).fin(client=False))
    assert one["outcome"] == outcome
    assert text in one["explanation"]


def test_a_proxy_for_other_targets_is_left_out():
    talk = (
        by_proxy().says(connect("www.example.com:443")).says(OPEN, client=False).says(hello_of(sni="www.example.com"))
    )
    assert of_packets(talk.rst().packets)["connections"] == []


def test_a_target_that_is_an_address_is_told_by_the_sni():
    talk = by_proxy().says(connect("198.51.100.10:443")).says(OPEN, client=False).says(p.HELLO_TLS10).fin(client=False)
    one = told(talk)
    assert (one["endpoint"], one["attributed_by"], one["issues"]) == (p.SWS, "sni", ["issue_1", "issue_3"])


def test_a_known_proxy_that_refuses_later_is_told_as_not_attributed():
    opened = p.session(by_proxy().says(connect()).says(OPEN, client=False))
    later = p.Dialogue(client=(p.CLIENT, 50999), server=(p.PROXY, 3128))
    packets = [*opened.packets, later.open().packets[0], later.rst().packets[-1]]
    assert [(one["outcome"], one["endpoint"]) for one in of_packets(packets)["connections"]] == [
        ("established", p.SWS),
        ("refused", None),
    ]


# --- what others make of it ------------------------------------------------------------------------------------------


def test_assess_reads_the_result():
    result = of_packets(p.Dialogue().open().says(p.HELLO_TLS10).rst().packets)
    evidence = read_evidence({"connections": result["connections"]})
    (connection,) = evidence.connections
    assert (connection.server, connection.outcome) == (p.SWS, "reset_after_hello")
    assert connection.issues == ("issue_1", "issue_3")
    assert evidence.dropped == 0


def test_hostile_text_is_made_visible():
    evil = "\x1b[31m{{ lookup('pipe','id') }}\u202e"
    one = told(p.Dialogue().open().says(hello_of(sni=evil)).rst(), [p.SERVER])
    assert "\x1b" not in one["explanation"]
    refused = b"HTTP/1.1 403 \x1b]0;t\x07\r\n\r\n"
    one = told(by_proxy().says(connect()).says(refused, client=False).fin(client=False))
    assert "\x1b" not in one["explanation"]


def test_nothing_of_the_verdict_hangs_on_the_order_of_connections():
    one, two = p.Dialogue().open().says(p.HELLO_TLS10).rst(), p.session(p.Dialogue(client=(p.CLIENT, 50999)).open())
    assert sorted(verdicts(of_packets(one.packets + two.packets))) == sorted(
        verdicts(of_packets(two.packets + one.packets))
    )
