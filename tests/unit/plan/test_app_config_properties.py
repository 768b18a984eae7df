# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The editor of *.exe.config on files of any form: read back by our parser and by ElementTree."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.app_config import parse_app_config
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.app_config_edit import (
    EditRefused,
    remove_switch,
    set_switch,
)
from hypothesis import assume, given
from hypothesis import strategies as st

SWITCH = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
OVERRIDES = "AppContextSwitchOverrides"

# Line ends may be mixed; "" = on one line. The form of a document is drawn part by part.
ENDS = st.sampled_from(["\n", "\r\n", "\n\n", "", " "])
INDENTS = st.sampled_from(["", " ", "  ", "\t", "    "])
QUOTES = st.sampled_from(["'", '"'])
ENCODINGS = st.sampled_from(
    [("utf-8", b"", "utf-8"), ("utf-8", b"\xef\xbb\xbf", "utf-8"), ("utf-16-le", b"\xff\xfe", "utf-16"),
     ("utf-16-be", b"\xfe\xff", "utf-16"), ("cp1252", b"", "windows-1252")]
)  # fmt: skip
PAIRS = st.sampled_from(["x=true", "y=false", "a&amp;b=true", "n&#61;o", "", " z=true", "odd", f"{SWITCH}.Other=true"])
OURS = st.sampled_from([f"{SWITCH}=true", f"{SWITCH}=false", f"{SWITCH}= False ", f"{SWITCH}=maybe"])
COMMENTS = st.sampled_from(["<!-- é -->", f"<!-- <{OVERRIDES} value='{SWITCH}=true'/> -->", "<?pi <x/>?>"])
OTHERS = st.sampled_from(
    ["<gcServer enabled='true'/>", "<generatePublisherEvidence enabled=\"a>b\" />", "<t>text &amp; more</t>",
     f"<c><![CDATA[<{OVERRIDES}/>]]></c>", f"<deep><runtime><{OVERRIDES} value='{SWITCH}=true'/></runtime></deep>"]
)  # fmt: skip


@st.composite
def overrides(draw, ours):
    pairs = draw(st.lists(PAIRS | OURS if ours else PAIRS, max_size=4))
    quote, blank = draw(QUOTES), draw(st.sampled_from(["", " ", "\n "]))
    head = f"<{OVERRIDES}{draw(st.sampled_from([' ', '  ']))}value={quote}{';'.join(pairs)}{quote}{blank}"
    return head + draw(st.sampled_from(["/>", f"></{OVERRIDES}>", f"> </{OVERRIDES}>"]))


def laid_out(draw, children):
    """The children, each with what stands before it, and what stands before the end tag."""
    end, indent = draw(ENDS), draw(INDENTS)
    return "".join(f"{end}{indent}{child}" for child in children) + (end if children else draw(ENDS))


@st.composite
def runtimes(draw, ours):
    children = draw(st.lists(COMMENTS | OTHERS | overrides(ours), min_size=0 if ours else 1, max_size=3))
    version = draw(st.sampled_from(["", "", ' version="v4.0.30319"', " version='v2.0.50727'"]))
    if not children and draw(st.booleans()):
        return f"<runtime{version} />"
    return f"<runtime{version}>{laid_out(draw, children)}</runtime>"


@st.composite
def documents(draw, ours=True):
    """A file, well formed. ``ours`` False: without the switch, and without elements that hold nothing."""
    codec, mark, name = draw(ENCODINGS)
    children = draw(st.lists(COMMENTS | OTHERS | runtimes(ours), min_size=0 if ours else 1, max_size=4))
    if draw(st.booleans()):
        children.insert(0, "<configSections><section name='s'/></configSections>")
    declaration = f'<?xml version="1.0" encoding="{name}"?>'
    if name == "utf-8" and not draw(st.booleans()):
        declaration = ""
    body = laid_out(draw, children)
    text = f"{declaration}{draw(ENDS) if declaration else ''}<configuration>{body}</configuration>{draw(ENDS)}"
    return mark + text.encode(codec)


def pairs_of(value):
    return [(name, text) for name, equals, text in (part.partition("=") for part in value.strip().split(";")) if equals]


def independently(content):
    """Whether and how the switch is set, read by ElementTree: every element that .NET 4 may read says the same."""
    said = []
    for runtime in ET.fromstring(content).findall("runtime"):
        for element in runtime.findall(OVERRIDES):
            found = [text.strip().lower() for name, text in pairs_of(element.get("value", "")) if name == SWITCH]
            known = [text for text in found if text in ("true", "false")]
            said.append(known[-1] if known else None)
    return said


def rest(content):
    """Everything but the switch, in order; an element that only held the switch is left out."""
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True, insert_pis=True))

    def of(element):
        attributes = dict(element.attrib)
        if element.tag == OVERRIDES:
            kept = [part for part in attributes.pop("value", "").strip().split(";") if part.partition("=")[0] != SWITCH]
            attributes["value"] = ";".join(kept).strip("; ")
        children = [found for found in map(of, element) if found is not None]
        holds = children or (element.text or "").strip() or any(attributes.values())
        if element.tag in (OVERRIDES, "runtime") and not holds:
            return None
        return (str(element.tag), attributes, (element.text or "").strip(), (element.tail or "").strip(), children)

    return of(ET.fromstring(content, parser=parser))


@given(documents(), st.booleans())
def test_set_is_what_was_asked_for_and_nothing_else(content, value):
    try:
        result = set_switch(content, SWITCH, value)
    except EditRefused:
        assume(False)
        return
    assert parse_app_config(result).switches[SWITCH] is value
    assert set(independently(result)) == {str(value).lower()}
    assert rest(result) == rest(content)
    assert set_switch(result, SWITCH, value) == result
    assert result[:2] == content[:2]


@given(documents())
def test_nothing_is_refused_but_what_can_not_be_told(content):
    set_switch(content, SWITCH, False)


@given(documents())
def test_taken_out_is_out_and_nothing_else(content):
    result = remove_switch(content, SWITCH)
    assert SWITCH not in parse_app_config(result).switches
    assert set(independently(result)) <= {None}
    assert rest(result) == rest(content)
    assert remove_switch(result, SWITCH) == result


@given(documents(ours=False), st.booleans())
def test_in_and_out_again_leaves_no_trace(content, value):
    result = remove_switch(set_switch(content, SWITCH, value), SWITCH)
    assert rest(result) == rest(content)
    # A list that held nothing goes, as if it had been made for the switch.
    if not any(not pairs_of(element.get("value", "")) for element in ET.fromstring(content).iter(OVERRIDES)):
        assert result == content
