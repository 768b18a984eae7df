# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A scan's answer to a measurement; the measurement read back, and in place of the built-in list."""

from __future__ import annotations

import copy
import json
import sys

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint import measure as measuring
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.measure import (
    NoScanner,
    measure,
    read_proxy,
    run_program,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.model import read_measurement
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.result import Asked

from .measured import CHACHA, E128C, E128G, E256C, E256G, SILENT, SWS, TIME, answer, found, scanned


def test_suites_stand_in_the_published_order_and_the_rest_by_name():
    one = found(answer(tls12=scanned([CHACHA, E128C, E256C, E128G, E256G, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"])))
    assert one.suites["TLS 1.2"] == (*SWS, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", CHACHA)
    assert one.accepted_suites == (*SWS, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), "no Windows has the last"
    assert (one.complete, one.errors, one.measured_by) == (True, (), "sslyze 6.3.1")


def test_a_protocol_without_an_accepted_suite_is_rejected():
    one = found(answer(tls10=scanned([])), protocols=("TLS 1.0", "TLS 1.2"))
    assert one.protocols == {"TLS 1.0": "rejected", "TLS 1.2": "accepted"}
    assert one.complete


@pytest.mark.parametrize(
    ("row", "state", "text"),
    [
        (scanned([], SWS, SILENT), "undetermined", "no answer for 4 of 4 suites"),
        (scanned([E256G], SWS[1:], SILENT), "accepted", "no answer for 3 of 4 suites"),
        (scanned([], []), "undetermined", "no suite could be tried"),
        ({"error": "CONNECTIVITY_ISSUE: reset"}, "undetermined", "CONNECTIVITY_ISSUE"),
        ({"accepted": ["\x1b[31m"], "rejected": []}, "undetermined", "is not the name of a cipher suite"),
        ({"accepted": None}, "undetermined", "no list"),
        (None, "undetermined", "no answer"),
        ("x", "undetermined", "no answer"),
    ],
)
def test_silence_and_nonsense_are_undetermined(row, state, text):
    one = found(answer(tls12=row))
    assert one.protocols["TLS 1.2"] == state
    assert not one.complete
    assert text in one.errors[0] and one.errors[0].startswith("TLS 1.2: ")
    with pytest.raises(ValueError, match="not complete"):
        one.as_list()


@pytest.mark.parametrize(
    "again", [scanned(SWS[:3]), scanned([*SWS, CHACHA]), scanned(SWS, ["X_Y"], SILENT), {"error": "reset"}, "x"]
)
def test_two_scans_that_differ_are_no_measurement(again):
    one = found(answer(again=again))
    assert one.protocols["TLS 1.2"] == "accepted" and not one.complete


@pytest.mark.parametrize("again", [None, {"error": "ServerRejectedConnection"}, []])
def test_without_the_second_scan_there_is_none(again):
    assert not found({**answer(), "again": again}).complete


@pytest.mark.parametrize("said", [{}, {"first": None}, {"first": {"error": "no route"}}, {"first": {"protocols": 1}}])
def test_no_scan_leaves_all_open(said):
    one = found(said, protocols=("TLS 1.1", "TLS 1.2"))
    assert set(one.protocols.values()) == {"undetermined"}
    assert one.errors and not one.complete and one.accepted_suites == ()


def test_it_is_read_back_as_it_was_written():
    one = found(answer(tls13=scanned(["TLS_AES_128_GCM_SHA256"])), protocols=("TLS 1.2", "TLS 1.3"), proxy="http://p:1")
    assert read_measurement(json.loads(json.dumps(one.as_dict()))) == one


def test_it_takes_the_place_of_the_list():
    replaced = found().as_list()
    assert replaced.suites == tuple(SWS)
    assert (replaced.host, replaced.measured_at, replaced.verified) == ("sws.update.microsoft.com:443", TIME, True)


def test_what_a_file_claims_beside_its_suites_does_not_count():
    data = {**found().as_dict(), "accepted_suites": ["TLS_RSA_WITH_NULL_MD5"]}
    assert read_measurement(data).as_list().suites == tuple(SWS)
    data["protocols"] = {"TLS 1.2": "undetermined"}
    with pytest.raises(ValueError, match="not complete"):
        read_measurement(data).as_list()


def test_an_endpoint_without_tls_12_can_be_no_list():
    one = found(answer(tls12=scanned([])))
    with pytest.raises(ValueError, match=r"no longer accepts TLS 1\.2"):
        one.as_list()
    with pytest.raises(ValueError, match=r"did not ask for TLS 1\.2"):
        found(answer(tls13=scanned(["TLS_AES_128_GCM_SHA256"])), protocols=("TLS 1.3",)).as_list()
    with pytest.raises(ValueError, match="that any Windows has"):
        found(answer(tls12=scanned([CHACHA]))).as_list()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"endpoint": None}, "no member endpoint"),
        ({"endpoint": {"host": "a b", "port": 1}}, "endpoint.host"),
        ({"endpoint": {"host": "a", "port": True}}, "endpoint.port"),
        ({"endpoint": {"host": "a", "port": 70000}}, "endpoint.port"),
        ({"measured_at": "yesterday"}, "measured_at"),
        ({"measured_at": None}, "measured_at"),
        ({"protocols": {}}, "no protocols"),
        ({"protocols": {"TLS 1.2": "yes"}}, r"protocols\.TLS 1\.2 is not one of"),
        ({"suites": {"TLS 1.2": "TLS_X"}}, "a list of suites"),
        ({"suites": {"TLS 1.2": ["\x1b[2J"]}}, r"\\x1b"),
        ({"suites": {"TLS 1.2": ["TLS_X"] * 501}}, "at most 500"),
    ],
)
def test_what_is_no_measurement_is_refused(change, text):
    with pytest.raises(ValueError, match=text):
        read_measurement({**copy.deepcopy(found().as_dict()), **change})


@pytest.mark.parametrize("data", [None, [], "x", {}])
def test_what_is_nothing_of_the_kind_is_refused(data):
    with pytest.raises(ValueError, match="it "):
        read_measurement(data)


# --- the proxy --------------------------------------------------------------------------------------------------------


def test_a_proxy_is_shown_without_user_and_password():
    proxy = read_proxy("http://corp%5Canna:p%40ss%3A1@proxy.example.com:3128/")
    assert proxy is not None
    assert (proxy.user, proxy.password, proxy.port) == ("corp\\anna", "p@ss:1", 3128)
    assert proxy.shown == "http://proxy.example.com:3128"
    assert read_proxy("http://[2001:db8::1]:8080").shown == "http://[2001:db8::1]:8080"
    assert read_proxy("http://proxy").port == 80
    assert read_proxy(None) is read_proxy("") is None


@pytest.mark.parametrize(
    "url",
    [
        "https://anna:secret1@p:1",
        "socks5://anna:secret1@p:1",
        "anna:secret1@p:1",
        "http://anna:secret1@p:99999",
        "http://anna:secret1@",
        "http://anna:secret1@p/x",
        "http://[anna:secret1@p",
    ],
)
def test_what_is_no_proxy_is_refused_without_its_password(url):
    with pytest.raises(ValueError, match="proxy is") as caught:
        read_proxy(url)
    assert "secret1" not in str(caught.value) and "anna" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__, "its cause has the address"


def test_no_secret_is_in_a_measurement():
    said = {"first": {"error": "407 for anna-long:secret@1 and secret%401 at http://anna-long:secret@1@p"}}
    one = found(said, secrets=("secret@1", "anna-long"))
    assert "secret" not in json.dumps(one.as_dict()) and "anna" not in json.dumps(one.as_dict())


# --- the program ------------------------------------------------------------------------------------------------------


def test_the_order_has_what_was_asked_for():
    orders = []

    def program(order, timeout):
        orders.append((order, timeout))
        return answer()

    asked = Asked("h", 443, "http://p:1", ("TLS 1.0", "TLS 1.2"))
    proxy = read_proxy("http://u:w@p:1")
    measure(asked, proxy, timeout=7, network_timeout=3, now=lambda: TIME, program=program)
    assert orders == [
        (
            {
                "host": "h",
                "port": 443,
                "proxy": {"host": "p", "port": 1, "user": "u", "password": "w"},
                "protocols": ["TLS 1.0", "TLS 1.2"],
                "again": ["TLS 1.2"],
                "network_timeout": 3,
            },
            7,
        )
    ]


def test_without_sslyze_it_says_where_and_how():
    missing = {"missing": "No module named 'sslyze'", "python": "/opt/py/bin/python"}
    with pytest.raises(NoScanner, match="/opt/py/bin/python -m pip install sslyze"):
        measure(Asked("h", 443, None, ()), None, timeout=1, network_timeout=1, now=str, program=lambda *_args: missing)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import time; time.sleep(60)", "not done within 0.5 seconds"),
        ("import os; os.abort()", "broke off with exit code -6"),
        ("print('[')", "broke off with exit code 0"),
        ("print('[]')", "broke off"),
        ("print('x' * 5_000_000)", "more than"),
    ],
)
def test_a_program_that_hangs_or_breaks_is_bounded(tmp_path, monkeypatch, source, text):
    program = tmp_path / "scan.py"
    program.write_text(source)
    monkeypatch.setattr(measuring, "PROGRAM", program)
    said = run_program({}, 0.5 if "sleep" in source else 60)
    assert text in said["first"]["error"]


def test_a_python_that_is_gone_is_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert "/nowhere/python could not be started" in run_program({}, 5)["first"]["error"]
