# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""app_config.py against another reading of generated files, and what files of any kind cost."""

from __future__ import annotations

import base64
import codecs
import tracemalloc
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import w3wp
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.app_config import (
    RUNTIME_VERSION,
    SIZE_LIMIT,
    AppConfig,
    parse_app_config,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from hypothesis import given
from hypothesis import strategies as st
from time_limit import at_most

A, B = "Switch.System.Net.DontEnableSystemDefaultTlsVersions", "Switch.System.Net.DontEnableSchUseStrongCrypto"

# --- files ------------------------------------------------------------------------------------------------------------

VALUES = st.lists(
    st.sampled_from(
        [f"{A}=false", f"{A}=true", f"{A}=x", f"{B}=FALSE", f"{B}= true ", f" {A}=false", "ü=true", "", "a&b<c=false"]
    ),
    max_size=4,
).map(";".join)
NOISE = st.sampled_from(
    [
        "",
        " ",
        "\r\n\t",
        "text",
        "&#65;&amp;",
        f"<!-- <AppContextSwitchOverrides value='{A}=true'/> <!DOCTYPE a> ü -->",
        f"<![CDATA[<AppContextSwitchOverrides value='{A}=true'/>]]>",
        "<?AppContextSwitchOverrides value='x=true'?>",
        "<other/>",
        f"<other><AppContextSwitchOverrides value='{A}=true'/></other>",
        f"<runtime><runtime><AppContextSwitchOverrides value='{A}=true'/></runtime></runtime>",
        "<appcontextswitchoverrides value='x=true'/>",
    ]
)


@st.composite
def overrides(draw):
    name = draw(st.sampled_from(["AppContextSwitchOverrides"] * 5 + ["Other"]))
    attributes = draw(st.sampled_from(["", " a='b'", " xml:lang='en'"]))
    value = f" value={quoteattr(draw(VALUES))}" if draw(st.integers(0, 5)) else ""
    end = draw(st.sampled_from(["/>", f"></{name}>", f">{A}=true</{name}>"]))
    return f"<{name}{attributes}{value}{end}"


@st.composite
def runtimes(draw):
    inner = "".join(draw(NOISE) + draw(overrides()) for _place in range(draw(st.integers(0, 3)))) + draw(NOISE)
    version = draw(st.sampled_from(["", "", f" version='{RUNTIME_VERSION}'", " version='v2.0.50727'"]))
    return f"<runtime{version}>{inner}</runtime>"


@st.composite
def bodies(draw):
    """The root element of a well-formed file, and what may stand around it."""
    root = draw(st.sampled_from(["configuration"] * 6 + ["Configuration", "runtime"]))
    inner = "".join(draw(NOISE) + draw(runtimes()) for _place in range(draw(st.integers(0, 3)))) + draw(NOISE)
    around = st.sampled_from(["", "\n", "<!-- ü <!DOCTYPE a> -->", "<?pi <!DOCTYPE a> ?>"])
    return f"{draw(around)}<{root}>{inner}</{root}>{draw(around)}"


# --- another reading --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    switches: dict[str, bool | None]
    undetermined: frozenset[str]
    runtimes: int
    elements: int


def said(value: str) -> dict[str, bool | None]:
    """What one element says: name -> the last boolean, None where there is none."""
    found: dict[str, bool | None] = {}
    for pair in value.strip().split(";"):
        name, equals, text = pair.partition("=")
        if name and equals and text:
            booleans = {"true": True, "false": False}
            found[name] = booleans.get(text.strip().lower(), found.get(name))
    return found


def reading(body: str) -> Reading:
    """By the tree that ElementTree makes of it."""
    root = ElementTree.fromstring(body)
    found = root.findall("./runtime") if root.tag == "configuration" else []
    elements = [(runtime, one) for runtime in found for one in runtime.findall("./AppContextSwitchOverrides")]
    lists = [said(one.get("value", "")) for _runtime, one in elements]
    certain = any(runtime.get("version", RUNTIME_VERSION) == RUNTIME_VERSION for runtime, _one in elements)
    answers = {
        name: {one.get(name) for one in lists} | (set() if certain else {None})
        for name in {n for one in lists for n in one}
    }
    return Reading(
        {name: next(iter(values)) if len(values) == 1 else None for name, values in answers.items()},
        frozenset(name for name, values in answers.items() if len(values) > 1),
        len(found),
        len(elements),
    )


def of(config: AppConfig) -> Reading:
    assert config.state == "ok", config.message
    return Reading(dict(config.switches), config.undetermined, config.runtime_elements, config.override_elements)


ENCODINGS = [
    # (codec, mark before it, name in the declaration)
    ("utf-8", b"", ""),
    ("utf-8", b"", "utf-8"),
    ("utf-8", codecs.BOM_UTF8, "UTF-8"),
    ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
    ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
    ("utf-16-le", codecs.BOM_UTF16_LE, ""),
    ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32"),
    ("utf-32-be", codecs.BOM_UTF32_BE, "utf-32"),
    ("iso-8859-1", b"", "ISO-8859-1"),
    ("cp1252", b"", "windows-1252"),
    ("gb18030", b"", "gb18030"),
]


def encoded(body: str, codec: str, mark: bytes, name: str) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{name}"?>' if name else ""
    return mark + (declaration + body).encode(codec)


@given(bodies(), st.sampled_from(ENCODINGS))
def test_another_reading_finds_the_same(body, encoding):
    config = parse_app_config(encoded(body.lstrip("\n"), *encoding))
    assert of(config) == reading(body)


def test_the_generated_files_differ():
    """The other reading would also agree with a parser that finds nothing in files that hold nothing."""
    body = f"<configuration><runtime><AppContextSwitchOverrides value='{A}=false;{B}=x'/></runtime></configuration>"
    assert reading(body) == Reading({A: False, B: None}, frozenset(), 1, 1)
    assert reading(body.replace("configuration", "other")) == Reading({}, frozenset(), 0, 0)


@given(bodies(), st.sampled_from(ENCODINGS), st.sampled_from(ENCODINGS))
def test_a_false_declaration_never_gives_other_switches(body, real, told):
    """The text of one encoding under the mark and name of another: the same switches, or none at all."""
    config = parse_app_config(encoded(body.lstrip("\n"), real[0], *told[1:]))
    assert config.state in ("ok", "malformed")
    if config.state == "ok":
        ascii_names = {name: value for name, value in config.switches.items() if name.isascii()}
        assert ascii_names == {name: value for name, value in reading(body).switches.items() if name.isascii()}
    else:
        assert not config.switches and config.message


@given(st.text(st.characters(codec="ascii", exclude_characters='<>"'), max_size=20))
def test_any_name_of_an_encoding(name):
    body = f"<configuration><runtime><AppContextSwitchOverrides value='{A}=false'/></runtime></configuration>"
    config = parse_app_config(encoded(body, "ascii", b"", name))
    assert config.state in ("ok", "malformed")
    assert config.switches == ({A: False} if config.state == "ok" else {})


DOCTYPES = st.sampled_from(
    [
        "<!DOCTYPE configuration>",
        "<!DOCTYPE configuration []>",
        "<!DOCTYPE configuration SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE c PUBLIC '-//x//y' 'http://192.0.2.1/x.dtd' [<!ENTITY % p SYSTEM 'http://192.0.2.1/'> %p;]>",
        "<!DOCTYPE c [<!ENTITY x SYSTEM 'file:///etc/passwd'><!ATTLIST runtime version CDATA 'v2.0.50727'>]>",
        "<!DOCTYPE c [" + "".join(f"<!ENTITY e{n + 1} '{f'&e{n};' * 10}'>" for n in range(40)) + "]>",
    ]
)


@given(bodies(), DOCTYPES, st.sampled_from(ENCODINGS), st.sampled_from(["", "&x;", "&e40;", "<"]))
def test_a_document_type_is_refused_whatever_follows(body, doctype, encoding, rest):
    tracemalloc.start()
    try:
        config = parse_app_config(encoded(doctype + rest + body.lstrip("\n"), *encoding))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert config.state == "dtd" and not config.switches
    assert peak < 1_000_000, "nothing is expanded"


@pytest.mark.parametrize(
    "body",
    [
        f"<configuration><runtime><AppContextSwitchOverrides value='{A}=false' value=''/></runtime></configuration>",
        "<configuration><runtime version='a' version='b'/></configuration>",
        "<configuration/><configuration/>",
        "<configuration><!-- -- --></configuration>",
        "<configuration><![CDATA[</configuration>",
        "<configuration>]]></configuration>",
        "<configuration>&#0;</configuration>",
        "<configuration>&e;</configuration>",
        "<configuration a=b/>",
        "<configuration><?xml version='1.0'?></configuration>",
        " <?xml version='1.0'?><configuration/>",
        "<configuration>\x01</configuration>",
        "<configuration>\ufffe</configuration>",
        "<a:configuration/" + ">" * 0,
    ],
)
def test_what_is_not_well_formed(body):
    config = parse_app_config(body.encode())
    assert config.state == "malformed" and config.message and not config.switches


# --- size -------------------------------------------------------------------------------------------------------------

BIG = 10 * 1024 * 1024


def peak_of(call):
    tracemalloc.start()
    try:
        result = call()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_megabytes_are_neither_decoded_nor_parsed():
    content = b"<configuration>" + b" " * BIG + b"</configuration>"
    raw = {
        "config": {
            "path": "p",
            "exists": True,
            "size": BIG,
            "last_write": None,
            "content": base64.b64encode(content).decode(),
        }
    }
    parse_app_config.cache_clear()
    found, peak = peak_of(lambda: w3wp.build(raw, Context()))
    assert (found["config"]["state"], found["config"]["switches"]) == ("too_big", {})
    assert peak < 100_000
    config, peak = peak_of(lambda: parse_app_config(content))
    assert config.state == "too_big" and peak < 100_000


def filled(unit: str, start: str = "<configuration><runtime>", end: str = "</runtime></configuration>") -> bytes:
    """As much of the unit as a file may hold."""
    return (start + unit * ((SIZE_LIMIT - len(start) - len(end)) // len(unit)) + end).encode()


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (filled("<a>", end=""), "malformed"),
        (filled("<a/>"), "ok"),
        (filled("<!-- x -->"), "ok"),
        (filled("<?x?>"), "ok"),
        (filled("<![CDATA[]]>"), "ok"),
        (filled("&lt;"), "ok"),
        (
            filled(
                "a=true;", "<configuration><runtime><AppContextSwitchOverrides value='", "'/></runtime></configuration>"
            ),
            "ok",
        ),
        (filled("<AppContextSwitchOverrides value='a=true'/>"), "ok"),
        (filled("<runtime/>", "<configuration>", "</configuration>"), "ok"),
        (("<configuration " + " ".join(f"a{n}='x'" for n in range(80_000)) + "/>").encode(), "ok"),
        (filled("x", "<configuration ", "='1'/>"), "ok"),
        (filled("<", "", ""), "malformed"),
        (b"<configuration>" + b"\xff" * (SIZE_LIMIT - 100), "malformed"),
        (("<configuration>" + "ü" * (SIZE_LIMIT // 2 - 50) + "</configuration>").encode(), "ok"),
    ],
    ids=[
        *("nested", "wide", "comments", "instructions", "cdata", "references", "pairs", "overrides", "runtimes"),
        *("attributes", "one name", "brackets", "no text", "wide characters"),
    ],
)
def test_a_megabyte_of_anything_takes_memory_in_proportion(content, state):
    parse_app_config.cache_clear()
    with at_most(20):
        config, peak = peak_of(lambda: parse_app_config(content))
    parse_app_config.cache_clear()
    assert config.state == state
    assert peak < 64 * SIZE_LIMIT, peak
