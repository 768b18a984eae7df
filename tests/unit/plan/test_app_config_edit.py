# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The editor of *.exe.config: what it writes means what was asked for, and everything else stays as it was."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.app_config import SIZE_LIMIT, parse_app_config
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.app_config_edit import (
    EditRefused,
    check_name,
    remove_switch,
    set_switch,
)
from time_limit import at_most

A, B = "Switch.System.Net.DontEnableSystemDefaultTlsVersions", "Switch.System.Net.DontEnableSchUseStrongCrypto"
E = f'<AppContextSwitchOverrides value="{A}=false"/>'

ARTICLE = (
    '<?xml version="1.0" encoding="utf-8"?>\r\n<configuration>\r\n   <runtime>\r\n      <AppContextSwitchOverrides '
    f'value="{A}=false"/>\r\n   </runtime>\r\n</configuration>\r\n'
)


def put(text, value=False, name=A, encoding="utf-8"):
    """The edited text; what the editor wrote is read back, and a second edit changes nothing."""
    before = text.encode(encoding)
    after = set_switch(before, name, value)
    assert parse_app_config(after).switches[name] is value
    assert set_switch(after, name, value) == after
    return after.decode(encoding)


def test_no_file_becomes_that_of_the_article():
    assert set_switch(None, A, False).decode() == ARTICLE


ADDED = [
    # (name, file, file with the switch): all of them lose it again without a trace
    (
        "beside other settings, as they stand",
        "<configuration>\n  <runtime>\n    <gcServer enabled='true'/>\n  </runtime>\n</configuration>\n",
        f"<configuration>\n  <runtime>\n    <gcServer enabled='true'/>\n    {E}\n  </runtime>\n</configuration>\n",
    ),
    (
        "tabs and CRLF",
        "<configuration>\r\n\t<runtime>\r\n\t\t<x/>\r\n\t</runtime>\r\n</configuration>",
        f"<configuration>\r\n\t<runtime>\r\n\t\t<x/>\r\n\t\t{E}\r\n\t</runtime>\r\n</configuration>",
    ),
    (
        "all on one line",
        "<configuration><runtime><x/></runtime></configuration>",
        f"<configuration><runtime><x/>{E}</runtime></configuration>",
    ),
    (
        "no runtime: first child",
        "<configuration>\n  <appSettings/>\n</configuration>",
        f"<configuration>\n  <runtime>\n    {E}\n  </runtime>\n  <appSettings/>\n</configuration>",
    ),
    (
        "no runtime: behind configSections",
        '<configuration>\n    <configSections>\n        <section name="s" type="t"/>\n    </configSections>\n    <s/>\n'
        "</configuration>",
        '<configuration>\n    <configSections>\n        <section name="s" type="t"/>\n    </configSections>\n'
        f"    <runtime>\n        {E}\n    </runtime>\n    <s/>\n</configuration>",
    ),
    (
        "an empty configSections",
        "<configuration>\n <configSections />\n</configuration>",
        f"<configuration>\n <configSections />\n <runtime>\n  {E}\n </runtime>\n</configuration>",
    ),
    (
        "a runtime of .NET 2 before that of .NET 4",
        '<configuration>\n<runtime version="v2.0.50727"><a/></runtime>\n<runtime version="v4.0.30319">\n <b/>\n'
        "</runtime>\n</configuration>",
        '<configuration>\n<runtime version="v2.0.50727"><a/></runtime>\n<runtime version="v4.0.30319">\n <b/>\n '
        f"{E}\n</runtime>\n</configuration>",
    ),
    (
        "only a runtime of .NET 2",
        '<configuration>\n  <runtime version="v2.0.50727"><a/></runtime>\n</configuration>',
        f"<configuration>\n  <runtime>\n    {E}\n  </runtime>\n  "
        '<runtime version="v2.0.50727"><a/></runtime>\n</configuration>',
    ),
    (
        "comments and CDATA that look like it",
        f"<configuration>\n  <!-- <runtime>{E}</runtime> -->\n  <n><![CDATA[<runtime>{E}</runtime>]]></n>\n"
        "  <runtime>\n    <x/>\n    <!-- last -->\n  </runtime>\n</configuration>",
        f"<configuration>\n  <!-- <runtime>{E}</runtime> -->\n  <n><![CDATA[<runtime>{E}</runtime>]]></n>\n"
        f"  <runtime>\n    <x/>\n    <!-- last -->\n    {E}\n  </runtime>\n</configuration>",
    ),
    (
        "a list that is there",
        f'<configuration><runtime><AppContextSwitchOverrides value="{B}=true"/></runtime></configuration>',
        f'<configuration><runtime><AppContextSwitchOverrides value="{B}=true;{A}=false"/></runtime></configuration>',
    ),
    (
        "a list that ends in a semicolon",
        f"<configuration><runtime><AppContextSwitchOverrides\n value = '{B}=true;' /></runtime></configuration>",
        f"<configuration><runtime><AppContextSwitchOverrides\n value = '{B}=true;{A}=false;' /></runtime>"
        "</configuration>",
    ),
    (
        "entities, and a name that needs one",
        '<configuration><runtime><AppContextSwitchOverrides value="a&amp;b&#61;true&#x3b;c=&quot;">'
        "</AppContextSwitchOverrides></runtime></configuration>",
        '<configuration><runtime><AppContextSwitchOverrides value="a&amp;b&#61;true&#x3b;c=&quot;;'
        f'{A}=false"></AppContextSwitchOverrides></runtime></configuration>',
    ),
    (
        "all of several lists",
        '<configuration><runtime><AppContextSwitchOverrides value="x=true"/></runtime><runtime version="v2.0.50727">'
        '<AppContextSwitchOverrides value="y=true"/></runtime></configuration>',
        f'<configuration><runtime><AppContextSwitchOverrides value="x=true;{A}=false"/></runtime>'
        f'<runtime version="v2.0.50727"><AppContextSwitchOverrides value="y=true;{A}=false"/></runtime>'
        "</configuration>",
    ),
]


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in ADDED], ids=[case[0] for case in ADDED])
def test_added_and_taken_out_again(before, after):
    assert put(before) == after
    assert remove_switch(after.encode(), A).decode() == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "<configuration>\n  <runtime/>\n</configuration>",
            f"<configuration>\n  <runtime>\n    {E}\n  </runtime>\n</configuration>",
        ),
        (
            "<configuration>\n  <runtime >  </runtime>\n</configuration>",
            f"<configuration>\n  <runtime >\n    {E}\n  </runtime>\n</configuration>",
        ),
        (
            "<configuration>\n  <runtime>\n  </runtime>\n</configuration>",
            f"<configuration>\n  <runtime>\n    {E}\n  </runtime>\n</configuration>",
        ),
        ("<configuration><runtime /></configuration>", f"<configuration><runtime>{E}</runtime></configuration>"),
        ("<configuration/>", f"<configuration><runtime>{E}</runtime></configuration>"),
        (
            "<?xml version='1.0'?>\n<configuration />\n",
            f"<?xml version='1.0'?>\n<configuration>\n   <runtime>\n      {E}\n   </runtime>\n</configuration>\n",
        ),
        (
            "<?xml version='1.0'?>\n<configuration></configuration>",
            f"<?xml version='1.0'?>\n<configuration>\n   <runtime>\n      {E}\n   </runtime>\n</configuration>",
        ),
        (
            "<configuration>\n</configuration>",
            f"<configuration>\n   <runtime>\n      {E}\n   </runtime>\n</configuration>",
        ),
        (
            "<configuration><runtime><AppContextSwitchOverrides/></runtime></configuration>",
            f'<configuration><runtime><AppContextSwitchOverrides value="{A}=false"/></runtime></configuration>',
        ),
        (
            '<configuration><runtime><AppContextSwitchOverrides value=" "/></runtime></configuration>',
            f'<configuration><runtime><AppContextSwitchOverrides value="{A}=false "/></runtime></configuration>',
        ),
    ],
)
def test_elements_that_hold_nothing(before, after):
    assert put(before) == after
    assert A not in parse_app_config(remove_switch(after.encode(), A)).switches


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{A}=true", f"{A}=false"),
        (f"x=true;{A}=True;y=false", f"x=true;{A}=false;y=false"),
        (f"{A}=false;{A}=true", f"{A}=false;{A}=false"),
        (f"{A}=no;y=false", f"{A}=false;y=false"),
        (f"{A}= FALSE ", f"{A}= FALSE "),
        (f"{A}=;y=1", f"{A}=;y=1;{A}=false"),
        (f"x=true; {A}=true", f"x=true; {A}=true;{A}=false"),  # with the blank it is another name
        (f"&#32;{A}&#x3D;true\n", f"&#32;{A}&#x3D;false\n"),
    ],
)
def test_a_value_that_is_there(before, after):
    head, tail = '<configuration><runtime><AppContextSwitchOverrides value="', '"/></runtime></configuration>'
    assert put(f"{head}{before}{tail}") == f"{head}{after}{tail}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"x=true;{A}=true;y=false", "x=true;y=false"),
        (f"{A}=1;{A}=true;y=false", "y=false"),
        (f"  {A}=true;y=false ", "  y=false "),
        ("y=false", "y=false"),
    ],
)
def test_taken_out_of_a_list(before, after):
    head, tail = '<configuration><runtime><AppContextSwitchOverrides value="', '"/></runtime></configuration>'
    assert remove_switch(f"{head}{before}{tail}".encode(), A).decode() == f"{head}{after}{tail}"


def test_an_element_with_more_than_the_list_stays():
    text = f'<configuration><runtime><AppContextSwitchOverrides id="1" value="{A}=true"/></runtime></configuration>'
    assert remove_switch(text.encode(), A).decode() == text.replace(f"{A}=true", "")


@pytest.mark.parametrize(
    ("encoding", "mark", "declared"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16"),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-le", b"", "utf-16"),
        ("cp1252", b"", "windows-1252"),
    ],
)
def test_encoding_mark_and_line_ends_stay(encoding, mark, declared):
    text = (
        f'<?xml version="1.0" encoding="{declared}"?>\r\n<configuration>\r\n  <!-- für é -->\n  <runtime>\n    <x/>\r\n'
        "  </runtime>\r\n</configuration>"
    )
    before = mark + text.encode(encoding)
    after = set_switch(before, A, False)
    assert after == mark + text.replace("<x/>", f"<x/>\n    {E}").encode(encoding)
    assert remove_switch(after, A) == before


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<configuration>", "well-formed"),
        (b"", "well-formed"),
        (b"<!DOCTYPE configuration []><configuration/>", "document type"),
        (b"<configuration>\xff</configuration>", "encoding"),
        (b"<config/>", "configuration"),
        (b'<configuration xmlns="urn:x"/>', "namespace"),
        (b'<configuration><runtime><AppContextSwitchOverrides value="" Value=""/></runtime></configuration>', "once"),
        (b" " * (SIZE_LIMIT + 1), "more than"),
        (b"<configuration/>" + b" " * (SIZE_LIMIT - 20), "more than"),
    ],
)
def test_refused_and_left_alone(content, why):
    with pytest.raises(EditRefused, match=why):
        set_switch(content, A, False)


def test_a_name_that_the_encoding_has_not():
    text = '<?xml version="1.0" encoding="us-ascii"?><configuration/>'
    with pytest.raises(EditRefused, match="encoding"):
        set_switch(text.encode(), "Switch.é", True)


@pytest.mark.parametrize("name", ["", " x", "x ", "a;b", "a=b", "a\nb", "x" * 501])
def test_names_that_are_none(name):
    with pytest.raises(ValueError, match="name"):
        check_name(name)


def test_names_that_need_entities():
    text = "<configuration><runtime><AppContextSwitchOverrides value='x=true'/></runtime></configuration>"
    assert 'x=true;a&amp;&lt;"&apos;=true' in put(text, True, "a&<\"'")


def test_a_hostile_file_takes_no_time():
    value = ";".join(f"s{number}=true" for number in range(60_000))
    element = f'<runtime><AppContextSwitchOverrides value="{value}"/></runtime>'
    text = f"<configuration>{'<a>' * 200}{'</a>' * 200}{element}</configuration>"
    with at_most(5):
        put(text)
