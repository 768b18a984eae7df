# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""w3wp.py and app_config.py: hostile and odd configuration files."""

from __future__ import annotations

import base64
import time

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import w3wp
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.app_config import (
    SIZE_LIMIT,
    parse_app_config,
    parse_boolean,
    parse_overrides,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from hypothesis import given
from hypothesis import strategies as st
from time_limit import at_most

A, B = "Switch.System.Net.DontEnableSystemDefaultTlsVersions", "Switch.System.Net.DontEnableSchUseStrongCrypto"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def document(*overrides, declaration='<?xml version="1.0" encoding="utf-8"?>', before="", runtime="<runtime>"):
    elements = "".join(f'<AppContextSwitchOverrides value="{value}"/>' for value in overrides)
    return f"{declaration}<configuration>{before}{runtime}{elements}</runtime></configuration>"


def parse(text, encoding="utf-8"):
    return parse_app_config(text.encode(encoding))


def test_plain():
    found = parse(document(f"{A}=false"))
    assert (found.state, found.encoding, found.message) == ("ok", "utf-8", None)
    assert found.switches == {A: False}
    assert (found.runtime_elements, found.override_elements, found.duplicates) == (1, 1, ())


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (document(f"{A}=false").encode("utf-8"), "utf-8"),
        (b"\xef\xbb\xbf" + document(f"{A}=false").encode("utf-8"), "utf-8"),
        (
            b"\xff\xfe"
            + document(f"{A}=false", declaration='<?xml version="1.0" encoding="utf-16"?>').encode("utf-16-le"),
            "utf-16-le",
        ),
        (
            b"\xfe\xff"
            + document(f"{A}=false", declaration='<?xml version="1.0" encoding="utf-16"?>').encode("utf-16-be"),
            "utf-16-be",
        ),
        (document(f"{A}=false", declaration='<?xml version="1.0"?>').encode("utf-16-le"), "utf-16-le"),
        (document(f"{A}=false", declaration='<?xml version="1.0"?>').encode("utf-16-be"), "utf-16-be"),
        (
            document(
                f"{A}=false", declaration='<?xml version="1.0" encoding="Windows-1252"?>', before="<!-- für -->"
            ).encode("cp1252"),
            "windows-1252",
        ),
        (
            document(f"{A}=false", declaration="<?xml version='1.0' encoding='iso-8859-1'?>").encode("latin-1"),
            "iso-8859-1",
        ),
        (document(f"{A}=false", declaration="").encode(), "utf-8"),
    ],
)
def test_encodings(content, encoding):
    found = parse_app_config(content)
    assert (found.state, found.encoding, dict(found.switches)) == ("ok", encoding, {A: False})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"<configuration>",
        b"<configuration><runtime></configuration></runtime>",
        b"<configuration>&nope;</configuration>",
        document(A, before="<!-- f\xfcr -->").encode("latin-1"),  # not UTF-8 as declared
        document(A, declaration='<?xml version="1.0" encoding="idna"?>').encode(),
        document(A, declaration='<?xml version="1.0" encoding="utf-16"?>').encode(),  # said in 8-bit characters
        document(A, declaration='<?xml version="1.0" encoding="utf-7"?>').encode(),
        b"\xff\xfe<\0c",
        b"\xff\xfe\0\xd8",
        b"<a/><b/>",
        b"\0" * 100,
    ],
)
def test_malformed(content):
    found = parse_app_config(content)
    assert found.state == "malformed" and found.message
    assert not found.switches


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE configuration SYSTEM "http://192.0.2.1/x.dtd"><configuration/>',
        "<!DOCTYPE configuration><configuration/>",
        '<!DOCTYPE a [<!ENTITY x "y">]><configuration><runtime>&x;</runtime></configuration>',
        "<!DOCTYPE a [" + "".join(f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(20)) + "]><a>&e20;</a>",
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><a/>',
    ],
)
def test_doctype_is_refused(text):
    started = time.monotonic()
    assert parse(text).state == "dtd"
    assert time.monotonic() - started < 1


def test_too_big():
    assert parse_app_config(b"<" * (SIZE_LIMIT + 1)).state == "too_big"


def test_deep_and_wide_documents():
    assert parse("<a>" * 300_000).state == "malformed"
    many = ";".join(f"s{number}=true" for number in range(60_000))
    found = parse(document(many + f";{A}=false"))
    assert found.switches[A] is False
    raw = {"config": file(document(many + f";{A}=false").encode())}
    reported = w3wp.build(raw, Context())["config"]["switches"]
    assert reported[A] is False and len(reported) == w3wp.NAMES_REPORTED


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        (f"{A}=false", [(A, False)]),
        (f"{A}=FALSE;{B}= True ", [(A, False), (B, True)]),
        (f" {A}=false ", [(A, False)]),  # the runtime trims the whole value
        (f"{A}=false; {B}=false", [(A, False), (f" {B}", False)]),  # but not each name
        (f"{A}=1", [(A, None)]),
        (f"{A}=", []),
        ("=true", []),
        (A, []),
        ("", []),
        (";;;", []),
        (f"{A}=false=true", [(A, None)]),
        (f"{A}==false", [(A, None)]),
    ],
)
def test_pairs(value, pairs):
    assert parse_overrides(value) == pairs


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("TRUE", True),
        (" False\t", False),
        ("false\0", False),
        ("0", None),
        ("yes", None),
        ("", None),
        ("tr ue", None),
    ],
)
def test_boolean(text, value):
    assert parse_boolean(text) is value


def test_last_of_equal_names_wins():
    found = parse(document(f"{A}=true;{A}=false"))
    assert (found.switches, found.duplicates) == ({A: False}, (A,))
    assert parse(document(f"{A}=true;{A}=x")).switches == {A: True}
    assert parse(document(f"{A}=x")).switches == {A: None}
    assert parse(document(f"{A}=x")).undetermined == frozenset()


def test_several_elements():
    agreeing = parse(document(f"{A}=false", f"{A}=false"))
    assert (agreeing.switches, agreeing.undetermined, agreeing.override_elements) == ({A: False}, frozenset(), 2)
    assert agreeing.duplicates == (A,)
    disagreeing = parse(document(f"{A}=false", f"{A}=true"))
    assert (disagreeing.switches, disagreeing.undetermined) == ({A: None}, {A})
    assert disagreeing.message
    only_one = parse(document(f"{A}=false", f"{B}=false"))
    assert (only_one.switches, only_one.undetermined) == ({A: None, B: None}, {A, B})


def test_thousands_of_elements_take_linear_time():
    """A MiB of elements, each with a name of its own: comparing each name with each element would take minutes."""
    elements = "".join(f'<AppContextSwitchOverrides value="a{number}=true"/>' for number in range(20_000))
    with at_most(20):
        found = parse(f"<configuration><runtime>{elements}</runtime></configuration>")
    assert (found.state, found.override_elements, len(found.undetermined)) == ("ok", 20_000, 20_000)


def test_one_file_is_parsed_once():
    content = document(f"{A}=false").encode()
    assert parse_app_config(content) is parse_app_config(bytes(bytearray(content)))


def test_several_runtime_elements():
    one = f'<runtime><AppContextSwitchOverrides value="{A}=false"/></runtime>'
    found = parse(f"<configuration><runtime/>{one}</configuration>")
    assert (found.runtime_elements, found.override_elements, found.switches) == (2, 1, {A: False})
    other = one.replace("false", "true")
    assert parse(f"<configuration>{one}{other}</configuration>").undetermined == {A}


@pytest.mark.parametrize(
    "text",
    [
        f'<configuration><!-- <runtime><AppContextSwitchOverrides value="{A}=false"/></runtime> --></configuration>',
        f'<configuration><AppContextSwitchOverrides value="{A}=false"/></configuration>',
        f'<configuration><runtime><x><AppContextSwitchOverrides value="{A}=false"/></x></runtime></configuration>',
        f'<configuration><l><runtime><AppContextSwitchOverrides value="{A}=false"/></runtime></l></configuration>',
        f'<x><runtime><AppContextSwitchOverrides value="{A}=false"/></runtime></x>',
        f'<configuration><Runtime><AppContextSwitchOverrides value="{A}=false"/></Runtime></configuration>',
        f'<configuration><runtime><appContextSwitchOverrides value="{A}=false"/></runtime></configuration>',
        f'<c:configuration xmlns:c="u"><c:runtime><c:AppContextSwitchOverrides value="{A}=false"/></c:runtime>'
        "</c:configuration>",
        f"<configuration><runtime><AppContextSwitchOverrides>{A}=false</AppContextSwitchOverrides></runtime></configuration>",
        f"<configuration><runtime><![CDATA[<AppContextSwitchOverrides value='{A}=false'/>]]></runtime></configuration>",
    ],
)
def test_what_does_not_count(text):
    found = parse(text)
    assert (found.state, found.switches) == ("ok", {})


@pytest.mark.parametrize(
    "text",
    [
        document(f"{A}=false").replace(
            "<configuration>", '<configuration xmlns="http://schemas.microsoft.com/.NetConfiguration/v2.0">'
        ),
        document(f"{A}=false", runtime='<runtime version="v2.0.50727">'),
        document(f"{A}=false").replace(' value="', ' Value="x=true" value="'),
    ],
)
def test_doubtful_places(text):
    found = parse(text)
    assert (found.switches[A], A in found.undetermined) == (None, True)


def test_runtime_for_this_version_counts():
    assert parse(document(f"{A}=false", runtime='<runtime version="v4.0.30319">')).switches == {A: False}


def file(content):
    return {
        "path": r"C:\Windows\System32\inetsrv\w3wp.exe.config",
        "exists": True,
        "size": len(content),
        "last_write": "2026-11-01T10:00:00.000Z",
        "content": base64.b64encode(content).decode(),
    }


def release(number):
    return {
        "dotnet": {
            "ndp_v4": {"path": "p", "exists": True, "values": {"Release": {"type": "REG_DWORD", "data": number}}}
        }
    }


def test_facts():
    found = w3wp.build({"config": file(document(f"{A}=false").encode())}, Context(release(528449)))
    assert found["switches_honoured"] is True
    assert found["config"]["state"] == "ok" and found["config"]["exists"] is True
    assert found["config"]["switches"] == {A: False}
    assert found["config"]["last_write"] == "2026-11-01T10:00:00.000Z"
    assert set(found["config"]) == {
        "path", "exists", "last_write", "size", "state", "message", "encoding", "switches", "duplicates",
        "runtime_elements", "override_elements",
    }  # fmt: skip


@pytest.mark.parametrize(("number", "honoured"), [(378389, False), (379893, False), (393295, True), (533325, True)])
def test_switches_honoured(number, honoured):
    assert w3wp.build({}, Context(release(number)))["switches_honoured"] is honoured


@pytest.mark.parametrize(
    ("config", "state"),
    [
        ({"path": "p", "exists": False, "size": None, "last_write": None, "content": None}, "absent"),
        ({"path": "p", "error": {"code": "too_big", "message": "2 MiB"}}, "too_big"),
        ({"path": "p", "error": {"code": "access_denied", "message": "no"}}, "unreadable"),
        ({"path": "p", "exists": True, "size": 3, "last_write": None, "content": None}, "unreadable"),
        ({"path": "p", "exists": True, "content": "%%%"}, "unreadable"),
        ({"path": "p", "exists": True, "content": ""}, "malformed"),
        (None, "unreadable"),
        (7, "unreadable"),
    ],
)
def test_states(config, state):
    found = w3wp.build({"config": config}, Context())
    assert found["config"]["state"] == state
    assert found["config"]["switches"] == {}
    assert found["switches_honoured"] is None


@given(JSON)
def test_never_raises(raw):
    w3wp.build(raw if isinstance(raw, dict) else {"config": raw}, Context())


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes(content):
    assert parse_app_config(content).state in ("ok", "malformed", "dtd", "too_big")


@given(st.text(st.sampled_from("<>/!-&;=\"' \nabcd[]%"), max_size=120))
def test_any_markup(body):
    content = f"<configuration><runtime>{body}</runtime></configuration>".encode()
    assert parse_app_config(content).state in ("ok", "malformed", "dtd")
