# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""winhttp.py: protocol bits and the proxy blob."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import winhttp
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def key(values):
    return {"path": "HKLM\\X", "exists": True, "last_write": None, "values": values}


def blob(flags, server=b"", bypass=b"", version=0x28, counter=3):
    return struct.pack("<III", version, counter, flags) + b"".join(
        struct.pack("<I", len(s)) + s for s in (server, bypass)
    )


def binary(data):
    return {"type": "REG_BINARY", "data": data.hex()}


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (0xA0, ["SSL 3.0", "TLS 1.0"]),
        (0xAA0, ["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2"]),
        (0xA00, ["TLS 1.1", "TLS 1.2"]),
        (0x800, ["TLS 1.2"]),
        (0x2800, ["TLS 1.2", "TLS 1.3"]),
        (0x8, ["SSL 2.0"]),
        (0, []),
        (0x1, []),
    ],
)
def test_protocols(number, names):
    raw = {"native": key({"DefaultSecureProtocols": {"type": "REG_DWORD", "data": number}})}
    found = winhttp.build(raw, Context())["default_secure_protocols"]
    assert found["native"]["protocols"] == names
    assert found["native"]["value"]["data"] == number
    assert found["wow6432"]["protocols"] is None  # the view is missing in the answer
    assert found["wow6432"]["value"]["error"]["code"] == "malformed"


def test_protocols_of_wrong_type_or_absent():
    raw = {
        "native": key({"DefaultSecureProtocols": {"type": "REG_SZ", "data": "0xA00"}}),
        "wow6432": {"path": "HKLM\\X", "exists": False, "last_write": None, "values": {}},
    }
    found = winhttp.build(raw, Context())["default_secure_protocols"]
    assert (found["native"]["protocols"], found["wow6432"]["protocols"]) == (None, None)
    assert (found["native"]["value"]["exists"], found["wow6432"]["value"]["exists"]) == (True, False)


@pytest.mark.parametrize("version", [0x18, 0x28])
def test_direct_and_proxy(version):
    assert winhttp.parse_settings(blob(1, version=version)) == {"access": "direct", "server": None, "bypass": None}
    assert winhttp.parse_settings(blob(3, b"proxy.example.test:8080", b"<local>;*.example.test", version)) == {
        "access": "proxy",
        "server": "proxy.example.test:8080",
        "bypass": "<local>;*.example.test",
    }
    assert winhttp.parse_settings(blob(3, b"proxy:80", version=version))["bypass"] is None
    # What follows the bypass list is not looked at.
    assert winhttp.parse_settings(blob(3, b"proxy:80", version=version) + b"\0" * 32)["server"] == "proxy:80"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x28",
        blob(1)[:11],
        blob(3, b"proxy:80")[:18],
        blob(3, b"proxy:80", version=0x46),
        blob(3),  # a proxy without a name
        blob(5, b""),  # automatic configuration
        blob(0xB, b"proxy:80"),
        blob(0),
        struct.pack("<IIII", 0x28, 1, 3, 0xFFFFFFFF) + b"proxy",
    ],
)
def test_unknown_shapes(data):
    assert winhttp.parse_settings(data)["access"] == "unknown"


def test_proxy_facts():
    raw = {
        "connections_native": key({"WinHttpSettings": binary(blob(3, b"proxy:80"))}),
        "connections_wow6432": {"path": "HKLM\\X", "exists": False},
    }
    found = winhttp.build(raw, Context())["proxy"]
    assert found == {
        "native": {"access": "proxy", "server": "proxy:80", "bypass": None},
        "wow6432": {"access": "direct", "server": None, "bypass": None},
    }
    for bad in ({"error": {"code": "access_denied", "message": ""}}, {"type": "REG_SZ", "data": "proxy"}):
        raw["connections_native"] = key({"WinHttpSettings": bad})
        assert winhttp.build(raw, Context())["proxy"]["native"]["access"] == "unknown"
    assert winhttp.build({}, Context())["proxy"]["native"]["access"] == "unknown"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("proxy:8080", "proxy:8080"),
        ("user:pass@proxy:8080", "***@proxy:8080"),
        ("http://user:pass@proxy:8080", "http://***@proxy:8080"),
        ("http=user:pass@proxy:80;https=proxy:443", "http=***@proxy:80;https=proxy:443"),
        ("http=user:p@ss@proxy:80", "http=***@proxy:80"),
        ("user:pa;ss@proxy:80", "***;***@proxy:80"),
        ("user:p/a=s@proxy", "***@proxy"),
        ("https://sws.update.microsoft.com/x", "https://sws.update.microsoft.com/x"),
        ("@", "***@"),
        ("", ""),
    ],
)
def test_mask(text, masked):
    assert winhttp.mask_user_info(text) == masked


@given(st.text(st.sampled_from("abc:;= /"), min_size=1, max_size=20))
def test_mask_hides_any_password(password):
    masked = winhttp.mask_user_info(f"http=admin:S3{password}ret@proxy:80")
    assert "S3" not in masked and masked.endswith("@proxy:80")


@given(st.binary(max_size=200))
def test_any_blob(data):
    assert winhttp.parse_settings(data)["access"] in ("direct", "proxy", "unknown")


@given(JSON)
def test_never_raises(raw):
    names = ("native", "wow6432", "connections_native", "connections_wow6432")
    winhttp.build(raw if isinstance(raw, dict) else dict.fromkeys(names, raw), Context())
