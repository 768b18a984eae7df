# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Captures of real programs (tests/fixtures/captures/make.py): what each of them shows."""

from __future__ import annotations

import pytest
from support.captures import FILES, of_file, the_one, verdicts

SWS = "sws.update.microsoft.com"
OLD_HELLO = ("reset_after_hello", ["issue_1", "issue_3"])
ESTABLISHED = ("established", [])
EXPECTED = {
    "alert-by-client.pcap": [("alert", ["other"])],
    "alert-by-server.pcap": [("alert", ["issue_1", "issue_3"]), ("alert", ["issue_5"])],
    "closed-by-server.pcap": [("closed_after_hello", ["issue_1", "issue_3"]), ("closed_after_hello", ["other"])],
    "cooked-v1.pcap": [OLD_HELLO],
    "cooked-v2.pcap": [OLD_HELLO],
    "established-resumed.pcap": [ESTABLISHED, ESTABLISHED],
    "established-tls12.pcap": [ESTABLISHED],
    "established-tls13.pcap": [ESTABLISHED],
    "hello-no-answer-open.pcap": [("no_answer", ["other"])],
    "hello-no-answer.pcap": [("no_answer", ["other"])],
    "hello-retry.pcap": [ESTABLISHED],
    "inspected.pcap": [("established", ["proxy"])],
    "interfaces.pcapng": [
        *(("closed_without_hello", ["issue_2"]), ("closed_without_hello", [])),
        *(ESTABLISHED, ESTABLISHED, OLD_HELLO),
    ],
    "ipv6-reset.pcap": [OLD_HELLO],
    "ipv6.pcap": [ESTABLISHED],
    "late.pcap": [("established", [])],
    "modified.pcap": [OLD_HELLO] * 3,
    "nanoseconds.pcap": [OLD_HELLO] * 3,
    "no-answer.pcap": [("no_answer", [])],
    "no-hello-unknown-address.pcap": [("closed_without_hello", [])],
    "no-hello.pcap": [("closed_without_hello", ["issue_2"]), ("closed_without_hello", [])],
    "not-tls.pcap": [("undetermined", [])],
    "one-interface.pcapng": [OLD_HELLO] * 3,
    "proxy-established.pcap": [ESTABLISHED],
    "proxy-forbidden.pcap": [("proxy_refused", ["proxy"])],
    "proxy-login.pcap": [ESTABLISHED],
    "proxy-mute.pcap": [("no_answer", ["proxy"])],
    "proxy-no-hello.pcap": [("closed_without_hello", ["issue_2"])],
    "proxy-refused.pcap": [],
    "proxy-tls10-fin.pcap": [("closed_after_hello", ["issue_1", "issue_3"])],
    "proxy-wrong-login.pcap": [("proxy_refused", ["proxy"])],
    "refused.pcap": [("refused", ["other"])],
    "short-frames.pcap": [("undetermined", [])],
    "split-hello.pcap": [ESTABLISHED],
    "tls10-reset.pcap": [OLD_HELLO] * 3,
    "tls12-no-common-suite-reset.pcap": [("reset_after_hello", ["issue_5"])],
    "tls12-other-group-reset.pcap": [("reset_after_hello", ["other"])],
    "tls12-reset.pcap": [("reset_after_hello", ["other"])],
}


def test_every_capture_has_its_verdicts_here():
    assert sorted(EXPECTED) == FILES


@pytest.mark.parametrize("name", FILES)
def test_verdicts(name):
    result = of_file(name)
    assert verdicts(result) == EXPECTED[name], [one["explanation"] for one in result["connections"]]
    assert result["truncated"] == (name == "short-frames.pcap")
    assert bool(result["warnings"]) == (name == "short-frames.pcap")
    incomplete = {"late.pcap", "short-frames.pcap"}
    assert [one["complete"] for one in result["connections"]] == [name not in incomplete] * len(EXPECTED[name])


def test_the_documented_reset():
    one = of_file("tls10-reset.pcap")["connections"][0]
    assert (one["sni"], one["endpoint"], one["attributed_by"], one["proxy"]) == (SWS, SWS, "sni", None)
    assert one["offered_versions"] == ["TLS 1.0"]
    assert "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA" in one["offered_suites"]
    assert (one["negotiated_version"], one["negotiated_suite"]) == (None, None)
    assert {name: one["frames"][name] for name in ("syn", "client_hello", "end")} == {
        "syn": 1,
        "client_hello": 4,
        "end": 6,
    }
    for word in ("TLS 1.0", "issue 1", "issue 3", "SoftwareDistribution.log"):
        assert word in one["explanation"]


def test_a_session():
    one = the_one(of_file("established-tls12.pcap"))
    assert one["negotiated_version"] == "TLS 1.2"
    assert one["negotiated_suite"] == "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    leaf, authority = one["certificates"]
    assert leaf["subject"] == f"C=US, O=Example, CN={SWS}"
    assert leaf["issuer"] == authority["subject"] == "C=US, O=Microsoft Corporation, CN=Lab Update Secure Server CA"
    assert leaf["not_before"] < leaf["not_after"]


def test_an_inspected_session_names_who_inspects():
    one = the_one(of_file("inspected.pcap"))
    assert "Example Bank Web Inspection CA" in one["explanation"]


def test_the_client_that_does_not_trust():
    one = the_one(of_file("alert-by-client.pcap"))
    assert one["alerts"] == [{"by": "client", "fatal": True, "name": "unknown_ca"}]


def test_versions_of_the_extension_and_groups():
    one = the_one(of_file("hello-retry.pcap"))
    assert one["offered_versions"] == ["TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0"]
    assert one["supported_groups"] == ["x25519", "secp384r1"]
    assert (one["negotiated_version"], one["negotiated_suite"]) == ("TLS 1.3", "TLS_AES_256_GCM_SHA384")
    assert one["certificates"] == []


def test_groups_that_the_endpoint_does_not_accept():
    assert "ECC Curve Order" in the_one(of_file("tls12-other-group-reset.pcap"))["explanation"]


def test_through_a_proxy():
    one = the_one(of_file("proxy-tls10-fin.pcap"))
    assert (one["server"], one["proxy"], one["attributed_by"]) == (f"{SWS}:443", "192.0.2.8:8080", "connect")
    assert one["proxy_answer"] == {"status": 200, "reason": "Connection established"}
    assert "FIN" in one["explanation"]


def test_login_at_a_proxy_keeps_no_credentials():
    result = of_file("proxy-login.pcap")
    one = the_one(result)
    assert one["frames"]["connect"] > one["frames"]["syn"] + 3, "the second request"
    assert "d3N1czpub3QtYS1zZWNyZXQ" not in str(result)
    assert "not-a-secret" not in str(result)


def test_a_proxy_that_refuses_says_why():
    assert "403 Forbidden by policy" in the_one(of_file("proxy-forbidden.pcap"))["explanation"]
    assert "407" in the_one(of_file("proxy-wrong-login.pcap"))["explanation"]


def test_a_proxy_that_is_not_there_is_found_by_its_address():
    one = the_one(of_file("proxy-refused.pcap", ["192.0.2.8:8080"]))
    assert (one["outcome"], one["endpoint"], one["attributed_by"]) == ("refused", "192.0.2.8", "address")


def test_attribution_by_dns():
    one = of_file("no-hello.pcap")["connections"][0]
    assert (one["sni"], one["endpoint"], one["attributed_by"]) == (None, SWS, "dns")


@pytest.mark.parametrize("endpoints", [["198.51.100.10"], ["198.51.100.10:443"]])
def test_attribution_by_a_given_address(endpoints):
    one = the_one(of_file("no-hello-unknown-address.pcap", endpoints))
    assert (one["endpoint"], one["attributed_by"], one["issues"]) == ("198.51.100.10", "address", ["issue_2"])


def test_what_can_not_be_attributed_is_told_as_such():
    one = the_one(of_file("no-hello-unknown-address.pcap"))
    assert (one["endpoint"], one["attributed_by"], one["issues"]) == (None, None, [])
    assert "can't be told" in one["explanation"]
    assert of_file("no-hello-unknown-address.pcap", ["198.51.100.10:444", "192.0.2.1"])["connections"] == [one]


def test_all():
    names = [one["endpoint"] for one in of_file("proxy-established.pcap", ["all"])["connections"]]
    assert names == [SWS, "www.example.com"]


def test_other_accepted_suites():
    accepted = ["TLS_RSA_WITH_AES_128_CBC_SHA"]
    assert the_one(of_file("tls12-no-common-suite-reset.pcap", suites=accepted))["issues"] == ["other"]
    assert the_one(of_file("tls12-reset.pcap", suites=["TLS_RSA_WITH_NULL_MD5"]))["issues"] == ["issue_5"]
