# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of wsus_connection: each end has its word, what is malformed is no success, and any input is read."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.answer import AnswerError
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence import read_evidence
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.connection import (
    OUTCOMES,
    check_connection,
    describe,
    tables,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.connection.outcome import alert_of, suite_of
from hypothesis import given
from hypothesis import strategies as st

IO = ("System.IO.IOException", None)
RESET = ("System.Net.Sockets.SocketException", 10054)
AUTHENTICATION = ("System.Security.Authentication.AuthenticationException", None)
WIN32 = "System.ComponentModel.Win32Exception"
MICROSOFT = "CN=Example Update CA, O=Microsoft Corporation, C=US"
HELLO = "16030300370200003303030000000000000000000000000000000000000000000000000000000000000000" + "00c03000"


def failure(*thrown: tuple[str, int | None], timed_out: bool = False) -> dict[str, Any]:
    exceptions = [{"type": kind, "hresult": 1, "native_code": code, "message": "words"} for kind, code in thrown]
    return {"timed_out": timed_out, "exceptions": exceptions}


def certificate(issuer: str = MICROSOFT, status: int = 0) -> dict[str, Any]:
    return {
        "subject": "CN=*.update.microsoft.com",
        "issuer": issuer,
        "not_before": "2026-01-01T00:00:00.000Z",
        "not_after": "2027-01-01T00:00:00.000Z",
        "thumbprint": "0123456789ABCDEF0123456789ABCDEF01234567",
        "status": status,
    }


def handshake(**members: Any) -> dict[str, Any]:
    """One that was completed; members replace."""
    return {
        "milliseconds": 40,
        "sent": 300,
        "received": 4000,
        "first_received": HELLO,
        "negotiated": {
            "protocol": 3072,
            "cipher": 26128,
            "cipher_strength": 256,
            "hash": 32781,
            "hash_strength": 0,
            "key_exchange": 44550,
            "key_exchange_strength": 384,
        },
        "policy_errors": 0,
        "chain_status": 0,
        "certificates": [certificate()],
        "failure": None,
        **members,
    }


def failed(thrown: dict[str, Any], first: str = "", sent: int = 200, **members: Any) -> dict[str, Any]:
    """A handshake that was not completed."""
    shape = handshake(negotiated=None, certificates=None, failure=thrown, first_received=first, sent=sent)
    return {**shape, "received": len(first) // 2, **members}


def attempt(shake: Any = None, protocol: str = "TLS 1.2", **members: Any) -> dict[str, Any]:
    shape = {"protocol": protocol, "address": "192.0.2.1", "tcp": None, "connect": None, "handshake": shake}
    return {**shape, **members}


def answer(*attempts: dict[str, Any], **members: Any) -> dict[str, Any]:
    dns = {"host": "sws.update.microsoft.com", "addresses": ["192.0.2.1"], "milliseconds": 5, "failure": None}
    proxy = {
        "from": "wsus",
        "used": False,
        "host": None,
        "port": None,
        "dns": None,
        "configuration": {"UseProxy": False},
    }
    raw = {
        "target": {"host": "sws.update.microsoft.com", "port": 443},
        "timeout": 10,
        "proxy": proxy,
        "dns": dns,
        "tcp": [{"address": "192.0.2.1", "port": 443, "milliseconds": 5, "failure": None}],
        "attempts": list(attempts),
        **members,
    }
    return {"contract": 1, "collected_at": "2026-11-25T10:11:12.345Z", "raw": raw}


def proxied(*attempts: dict[str, Any], **members: Any) -> dict[str, Any]:
    dns = {"host": "proxy", "addresses": ["192.0.2.2"], "milliseconds": 5, "failure": None}
    proxy = {"from": "given", "used": True, "host": "proxy", "port": 8080, "dns": dns, "configuration": None}
    return answer(*attempts, proxy=proxy, **members)


def told(given: Any) -> dict[str, Any]:
    return describe(check_connection(given))


# --- how it ended -----------------------------------------------------------------------------------------------------


ENDS: list[tuple[str, dict[str, Any], str, str]] = [
    ("trusted", handshake(), "established", "is trusted"),
    (
        "chain",
        handshake(policy_errors=4, chain_status=32 | 65536),
        "untrusted",
        "its chain: UntrustedRoot, PartialChain",
    ),
    ("chain alone", handshake(chain_status=65536), "untrusted", "its chain: PartialChain"),
    ("chain not told", handshake(chain_status=None), "undetermined", "not told"),
    ("name", handshake(policy_errors=2), "untrusted", "for another name"),
    ("no certificate", handshake(policy_errors=1), "untrusted", "there is none"),
    ("trust not told", handshake(policy_errors=None), "undetermined", "not told"),
    (
        "alert",
        failed(failure(AUTHENTICATION, (WIN32, 0x80090326)), "15030300020228"),
        "alert",
        "handshake_failure (40)",
    ),
    ("alert, waited", failed(failure(timed_out=True), "15030100020246"), "alert", "protocol_version (70)"),
    ("unknown alert", failed(failure(AUTHENTICATION), "150301000202f0"), "alert", "the alert 240 (240)"),
    ("a warning", failed(failure(RESET), "15030300020170"), "reset_after_hello", "in the middle"),
    ("reset", failed(failure(IO, RESET)), "reset_after_hello", "after the ClientHello"),
    ("reset later", failed(failure(IO, RESET), "160303"), "reset_after_hello", "in the middle"),
    ("closed", failed(failure(IO)), "closed_after_hello", "after the ClientHello"),
    ("silent", failed(failure(timed_out=True)), "no_answer", "did not answer the ClientHello within 10 s"),
    ("half", failed(failure(timed_out=True), "160303"), "no_answer", "began to answer"),
    ("plain text", failed(failure(IO), "485454502f312e31"), "failed", "not TLS"),
    (
        "no such version",
        failed(failure(("System.ArgumentException", None)), sent=0),
        "not_supported",
        "knows no TLS 1.2",
    ),
    ("disabled", failed(failure(AUTHENTICATION, (WIN32, 0x80090331)), sent=0), "not_supported", "ALGORITHM_MISMATCH"),
    ("reset before", failed(failure(RESET), sent=0), "failed", "before anything could be sent"),
    ("no credentials", failed(failure((WIN32, 0x8009030E)), sent=0), "failed", "SEC_E_NO_CREDENTIALS"),
    ("Schannel", failed(failure(AUTHENTICATION, (WIN32, 0x80090308)), "1603"), "failed", "SEC_E_INVALID_TOKEN"),
    ("unknown code", failed(failure((WIN32, 0x80091234)), "1603"), "failed", "0x80091234"),
    ("no code", failed(failure(("System.Exception", None)), "1603"), "failed", "System.Exception: words"),
    ("nothing thrown", failed(failure(), "1603"), "failed", "nothing was told"),
    ("neither", failed(None), "undetermined", "neither"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("shake", "outcome", "text"), [case[1:] for case in ENDS], ids=[case[0] for case in ENDS])
def test_how_a_handshake_ended(shake: dict[str, Any], outcome: str, text: str) -> None:
    found = told(answer(attempt(shake)))
    assert (found["attempts"][0]["outcome"], found["outcome"]) == (outcome, outcome)
    assert text in found["attempts"][0]["explanation"]
    assert (found["attempts"][0]["negotiated"] is not None) == (shake["negotiated"] is not None)


@pytest.mark.parametrize(
    ("status", "outcome", "text"),
    [
        ("HTTP/1.1 407 Proxy Authentication Required", "proxy_refused", "wants credentials"),
        ("HTTP/1.0 403 Forbidden", "proxy_refused", "does not allow"),
        ("HTTP/1.1 502 Bad Gateway", "proxy_refused", "could not connect"),
        ("HTTP/1.1 418 I'm a teapot", "proxy_refused", "I'm a teapot"),
        ("SSH-2.0-x", "proxy_refused", "no HTTP proxy"),
        ("HTTP/1.1 200 OK", "undetermined", "does not say"),
    ],
)
def test_what_a_proxy_answered(status: str, outcome: str, text: str) -> None:
    connect = {"status_line": status, "milliseconds": 3, "failure": None}
    found = told(proxied(attempt(connect=connect)))
    assert found["outcome"] == outcome
    assert text in found["attempts"][0]["explanation"]
    assert found["attempts"][0]["proxy_status"] == status
    assert "through the proxy proxy:8080" in found["summary"]


@pytest.mark.parametrize(
    ("thrown", "outcome", "text"),
    [
        (failure(timed_out=True), "no_answer", "within 10 s"),
        (failure(IO, RESET), "proxy_refused", "reset"),
        (failure(("System.IO.EndOfStreamException", None)), "proxy_refused", "closed"),
    ],
)
def test_a_proxy_that_does_not_answer(thrown: dict[str, Any], outcome: str, text: str) -> None:
    found = told(proxied(attempt(connect={"status_line": None, "milliseconds": 3, "failure": thrown})))
    assert found["outcome"] == outcome
    assert text in found["attempts"][0]["explanation"]


@pytest.mark.parametrize(
    ("thrown", "outcome"),
    [
        (failure(("System.Net.Sockets.SocketException", 10061)), "refused"),
        (failure(("System.Net.Sockets.SocketException", 10060)), "no_answer"),
        (failure(timed_out=True), "no_answer"),
        (failure(("System.Net.Sockets.SocketException", 10051)), "failed"),
    ],
)
def test_no_tcp_connection(thrown: dict[str, Any], outcome: str) -> None:
    tcp = [{"address": "192.0.2.1", "port": 443, "milliseconds": 1, "failure": thrown}]
    found = told(answer(tcp=tcp))
    assert (found["outcome"], found["attempts"], found["trusted"]) == (outcome, [], None)
    assert found["tcp"][0]["connected"] is False and found["tcp"][0]["error"]
    assert "192.0.2.1" in found["summary"]
    assert told(answer(attempt(tcp=thrown)))["outcome"] == outcome


@pytest.mark.parametrize(
    "thrown", [failure(("System.Net.Sockets.SocketException", 11001)), failure(timed_out=True), None]
)
def test_a_name_without_address(thrown: dict[str, Any] | None) -> None:
    dns = {"host": "sws.update.microsoft.com", "addresses": [], "milliseconds": 1, "failure": thrown}
    found = told(answer(dns=dns, tcp=[]))
    assert (found["outcome"], found["addresses"]) == ("unknown_name", [])
    assert "sws.update.microsoft.com" in found["summary"]


def test_a_proxy_without_address_is_told_as_such() -> None:
    given = proxied(tcp=[])
    given["raw"]["proxy"]["dns"].update(addresses=[], failure=failure(timed_out=True))
    assert "the proxy proxy" in told(given)["summary"]


# --- what it means ----------------------------------------------------------------------------------------------------


def test_what_was_negotiated_has_names() -> None:
    negotiated = told(answer(attempt(handshake())))["attempts"][0]["negotiated"]
    assert negotiated == {
        "protocol": "TLS 1.2",
        "suite": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "suite_number": "0xC030",
        "cipher": "AES 256",
        "cipher_strength": 256,
        "hash": "SHA384",
        "hash_strength": 0,
        "key_exchange": "ECDHE",
        "key_exchange_strength": 384,
    }


def test_the_suite_stands_after_the_session_id() -> None:
    head = bytes.fromhex("16030300570200005303 03".replace(" ", "")) + bytes(32)
    for session in (b"", bytes(8), bytes(32)):
        hello = head + bytes([len(session)]) + session + b"\xc0\x2f\x00"
        assert suite_of(hello) == 0xC02F
        assert suite_of(hello[:-2]) is None
    assert suite_of(b"\x15" + head[1:] + b"\0\xc0\x2f\0") is None
    assert alert_of(b"\x15\x03\x03\0\x02\x02") is None


def test_tls_1_2_stands_for_the_connection() -> None:
    """An endpoint that takes TLS 1.2 only is as it should be, whatever became of older versions, and in any order."""
    old = attempt(failed(failure(IO, RESET)), "TLS 1.0")
    for attempts in ([old, attempt(handshake())], [attempt(handshake()), old]):
        found = told(answer(*attempts))
        assert (found["outcome"], found["trusted"]) == ("established", True)
        assert [one["protocol"] for one in found["attempts"]] == [one["protocol"] for one in attempts]


@pytest.mark.parametrize(
    ("host", "chain", "policy_errors", "inspected"),
    [
        ("sws.update.microsoft.com", [certificate()], 0, False),
        ("SWS.update.microsoft.com.", [certificate()], 0, False),
        ("sws.update.microsoft.com", [certificate("CN=Inspection CA, O=Example")], 0, True),
        ("sws.update.microsoft.com", [certificate("CN=Inspection CA, O=Example")], 4, True),
        ("sws.update.microsoft.com", [certificate()], 4, None),
        ("sws.update.microsoft.com", [certificate(), certificate("CN=Example")], 0, True),
        ("sws.update.microsoft.com", None, 0, None),
        ("other.example.com", [certificate("CN=Example")], 0, None),
    ],
)
def test_inspection(host: str, chain: Any, policy_errors: int, inspected: bool | None) -> None:
    shake = handshake(certificates=chain, policy_errors=policy_errors)
    found = told(answer(attempt(shake), target={"host": host, "port": 443}))
    assert found["inspected"] is inspected
    assert ("TLS inspection" in found["summary"]) == (inspected is True)
    assert found["issuer"] == (chain[0]["issuer"] if chain else None)


def test_a_proxy_that_could_not_be_read_is_said() -> None:
    given = answer(attempt(handshake()))
    given["raw"]["proxy"]["configuration"] = {"error": {"code": "access_denied", "message": "no"}}
    found = told(given)
    assert found["proxy"]["error"] == {"code": "access_denied", "message": "no"}
    assert "could not be read (access_denied), so none was used" in found["summary"]
    given["raw"]["proxy"]["configuration"] = {"UseProxy": {"error": {"code": "not_found", "message": "no"}}}
    assert told(given)["proxy"]["error"]["code"] == "not_found"
    given["raw"]["proxy"]["configuration"] = {"error": {"code": "role_absent", "message": "no"}}
    assert "could not be read" not in told(given)["summary"]


# --- evidence ---------------------------------------------------------------------------------------------------------


TUNNELLED = attempt(handshake(), connect={"status_line": "HTTP/1.1 200 OK", "milliseconds": 3, "failure": None})
REFUSED = attempt(connect={"status_line": "HTTP/1.1 407 No", "milliseconds": 3, "failure": None})
NO_TCP = [{"address": "192.0.2.1", "port": 443, "milliseconds": 1, "failure": failure(timed_out=True)}]


@pytest.mark.parametrize(
    ("given", "outcomes", "reached"),
    [
        (answer(attempt(handshake())), {"TLS 1.2": "established"}, True),
        (answer(attempt(failed(failure(IO, RESET)), "TLS 1.0")), {"TLS 1.0": "reset_after_hello"}, True),
        (proxied(TUNNELLED), {"TLS 1.2": "established"}, True),
        (proxied(REFUSED), {"TLS 1.2": "proxy_refused"}, False),
        (answer(tcp=NO_TCP), {}, False),
        (answer(tcp=[]), {}, None),
    ],
)
def test_the_result_is_a_probe(given: dict[str, Any], outcomes: dict[str, str], reached: bool | None) -> None:
    found = told(given)
    read = read_evidence({"probes": [found]})
    assert read.dropped == 0
    (probe,) = read.probes
    assert (probe.endpoint, dict(probe.outcomes)) == ("sws.update.microsoft.com:443", outcomes)
    assert (probe.reached, found["reached"]) == (reached, reached)
    assert (probe.trusted, probe.issuer, probe.summary) == (found["trusted"], found["issuer"], found["summary"])


# --- hostile answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        {"contract": 2, "raw": {}},
        {"contract": 1},
        {"contract": 1, "raw": []},
        {"contract": 1, "raw": {}},
        {"contract": 1, "raw": {"target": {"host": "", "port": 443}}},
        {"contract": 1, "raw": {"target": {"host": "a", "port": 0}}},
    ],
)
def test_what_is_no_answer_is_refused(given: Any) -> None:
    with pytest.raises(AnswerError):
        check_connection(given)


ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FULL = json.dumps(
    proxied(attempt(handshake(failure=failure(IO, RESET))), attempt(failed(failure(RESET), "1503"), "TLS 1.0"))
)


def places(obj: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of an answer below its target."""
    inner = obj.items() if isinstance(obj, dict) else enumerate(obj) if isinstance(obj, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


PLACES = [path for path in places(json.loads(FULL)) if path[:1] == ("raw",) and len(path) > 1 and path[1] != "target"]


@given(st.lists(st.tuples(st.sampled_from(PLACES), ANY), min_size=1, max_size=4))
def test_any_answer_is_described(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    """Whatever a member is, there is a result of the documented words, and it is JSON."""
    hostile = json.loads(FULL)
    for path, value in changes:
        holder: Any = hostile
        with contextlib.suppress(KeyError, IndexError, TypeError):  # what an earlier change has taken away
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = value
    found = told(hostile)
    json.dumps(found)
    assert found["outcome"] in OUTCOMES
    assert {one["outcome"] for one in found["attempts"]} <= set(OUTCOMES)
    read = read_evidence({"probes": [found]})
    assert read.dropped == 0


@given(ANY)
def test_a_handshake_of_any_form_is_no_success(shake: Any) -> None:
    """Established needs what was negotiated and what the host thinks of the certificate."""
    found = told(answer(attempt(shake)))
    assert found["outcome"] != "established"
    assert found["trusted"] in (None, False)


def test_what_is_shown_is_bounded_and_visible() -> None:
    evil = "\x1b[31m\u202e" + "x" * 5_000
    shake = failed(failure(("T" + evil, 10054)), certificates=[certificate(evil)] * 50)
    shake["failure"]["exceptions"][0]["message"] = f"http://user:S3cret@proxy {evil}"
    given = answer(*[attempt(shake, evil)] * 50, target={"host": "a" + evil, "port": 443})
    text = json.dumps(told(given), ensure_ascii=False)
    assert "\\x1b" in text and "\x1b" not in text and "\\u001b" not in text and "\u202e" not in text
    assert "S3cret" not in text
    assert len(told(given)["attempts"]) == 6
    assert len(text) < 600_000


# --- tables -----------------------------------------------------------------------------------------------------------


def test_table_and_schema() -> None:
    folder = Path(tables.__file__).parent
    schema = json.loads((folder / "schemas" / "windows_numbers.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    table = yaml.safe_load((folder / "windows_numbers.yml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(table)
    used = set()
    for name, rows in table.items():
        if name != "sources":
            numbers = [row["number"] for row in rows]
            assert len(set(numbers)) == len(numbers), name
            used |= {row["source"] for row in rows}
    assert used == set(table["sources"])


def test_names_and_flags() -> None:
    assert (tables.name_of("ciphers", 0), tables.name_of("ciphers", None)) == (None, None)
    assert tables.name_of("ciphers", 12345) == "12345"
    assert tables.flags_of("chain_flags", 1 | 1 << 30) == ["NotTimeValid", str(1 << 30)]
