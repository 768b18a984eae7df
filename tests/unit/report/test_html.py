# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The HTML report: what it says, that it is well formed, and that nothing of a host is more than text in it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.compare import compare
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.fleet import fleet
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.formats import FORMATS, Report
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.formats.html.host import Host, section
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.result import RESULTS
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.timeline import timeline
from hypothesis import given
from hypothesis import strategies as st

from .samples import ABOUT, document, empty_answer, finding, lost

VOID = {"input", "meta"}
EVERY = [finding(f"rule.{word}", word) for word in RESULTS]
EVIL = "</script></style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'`--> {{ 7*7 }} \x1b[31m\u202e"
CIPHERS = {
    "list": {
        "source": "policy",
        "suites": ["TLS_A", "TLS_B_P256", "TLS_C"],
        "ignored": [{"name": "TLS_X", "reason": "no name of this Windows"}],
        "type_problem": None,
    },
    "effective": ["TLS_A", "TLS_B_P256"],
    "killed": [{"name": "TLS_C", "by": "HKLM\\RC4"}],
    "endpoint_list": {"source": "measured", "host": "sws", "date": "2026-11-01"},
    "endpoint_suites": ["TLS_B", "TLS_D", "TLS_C"],
    "common": ["TLS_B_P256"],
    "curves": {"curves": ["NistP256"], "common": []},
    "determined": True,
}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str | None]
    parent: Node | None = None
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text below, on one line."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return re.sub(r"\s+", " ", "".join(parts)).strip()

    def all(self, tag: str = "", **attributes: str) -> list[Node]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        found = []
        for child in self.children:
            if isinstance(child, Node):
                if (not tag or child.tag == tag) and wanted.items() <= child.attributes.items():
                    found.append(child)
                found += child.all(tag, **attributes)
        return found

    def one(self, tag: str = "", **attributes: str) -> Node:
        (found,) = self.all(tag, **attributes)
        return found


class Page(HTMLParser):
    """A page as a tree; what is not nested as it is written fails."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Node("", {})
        self.feed(text)
        self.close()
        assert self.here is self.root, f"{self.here.tag} is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice"
        node = Node(tag, dict(attrs), self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.here.tag, f"</{tag}> within <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def html(*documents: dict[str, Any], before: list[dict[str, Any]] | None = None) -> str:
    by_name = {one["host"]: one for one in documents}
    whole = fleet(by_name, audited_at=ABOUT["audited_at"], version="1.0.0")
    compared = None if before is None else compare({one["host"]: one for one in before}, by_name)
    titles = {"issue_1": "The import asks for TLS 1.0"}
    return FORMATS["html"].content(Report(whole, documents, titles, compared, "2026-11-20T08:00:00.000Z"))


def page(*documents: dict[str, Any], before: list[dict[str, Any]] | None = None) -> Node:
    return Page(html(*documents, before=before)).root


def host(root: Node, name: str) -> Node:
    (found,) = [one for one in root.all("details", class_="host") if one.one("h3").text == name]
    return found


def rows(table: Node) -> list[list[str]]:
    return [[cell.text for cell in row.children if isinstance(cell, Node)] for row in table.one("tbody").all("tr")]


def table(root: Node, caption: str) -> list[list[str]]:
    return rows(root.one("div", class_="scroll", aria_label=caption))


SAMPLES = {
    "nothing": [],
    "all good": [document("a")],
    "all kinds": [
        document("a", EVERY, issue_1="confirmed", issue_2="possible"),
        lost("b"),
        document("c"),
        empty_answer("d"),
    ],
    "many": [document(f"h{number}", EVERY, issue_1="likely") for number in range(12)],
}


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_it_is_a_page_that_all_can_use(sample):
    root = page(*sample, before=sample[:1])
    assert root.one("html").attributes["lang"] == "en" and root.one("title").text == "WSUS compliance"
    assert [len(root.all(tag)) for tag in ("h1", "main", "header", "nav", "footer")] == [1] * 5
    levels = [int(node.tag[1]) for node in root.all() if re.fullmatch("h[1-6]", node.tag)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in itertools.pairwise(levels))
    places = [node.attributes["id"] for node in root.all() if "id" in node.attributes]
    assert len(places) == len(set(places))
    for node in root.all():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert node.attributes.get(name) is None or node.attributes[name] in places
        target = node.attributes.get("href") or "#overview"
        assert not target.startswith("#") or target[1:] in places, target
    for one in root.all("table"):
        assert one.one("caption").text and all(cell.attributes["scope"] in ("col", "row") for cell in one.all("th"))
        assert all(len(row) == len(one.one("thead").all("th")) for row in rows(one))
    first = next(child for child in root.one("body").children if isinstance(child, Node))
    assert first.attributes["href"] == "#hosts", "the first stop of the keyboard skips to the hosts"
    named = {node.attributes.get("for") or node.one("input").attributes["id"] for node in root.all("label")}
    assert {node.attributes["id"] for node in (*root.all("input"), *root.all("select"))} == named


def test_it_asks_for_nothing_and_runs_only_its_own_script():
    root = page(*SAMPLES["all kinds"])
    (policy,) = [meta.attributes["content"] for meta in root.all("meta", http_equiv="Content-Security-Policy")]
    for tag in ("script", "style"):
        content = "".join(root.one(tag).children)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    loading = {"src", "srcset", "background", "poster", "data", "action", "style"}
    for node in root.all():
        assert not loading & set(node.attributes) and node.tag not in ("link", "base", "iframe", "object", "img")
        assert node.tag != "a" or re.match("#|https://learn[.]microsoft[.]com/", node.attributes["href"])
    assert not re.search(r"url\(|@import|innerHTML|outerHTML|document[.]write|eval|fetch|XMLHttp", html())


def test_what_hosts_say_is_text():
    evil = {
        **finding(EVIL, actual=EVIL, step=EVIL),
        **{"title": EVIL, "severity": EVIL, "owner": EVIL, "expected": EVIL, "reference": f"https://{EVIL}"},
        "evidence": [{"text": EVIL, "time": EVIL}, {"path": EVIL, "name": EVIL, "type": EVIL, "data": [EVIL]}],
    }
    one = document(EVIL, [evil], os_name=EVIL, issue_1="confirmed")
    one["issues"]["issue_1"]["evidence_for"] = [EVIL]
    one["facts"]["ciphers"] = {
        **CIPHERS,
        "list": {"source": EVIL, "suites": [EVIL]},
        "killed": [{"name": EVIL, "by": EVIL}],
    }
    one["facts"]["restart"] = {"processes": {EVIL: ABOUT["audited_at"]}}
    bad = lost(f"b{EVIL}", cause=EVIL)
    old = document(EVIL, [{**evil, "actual": "other"}])
    text = html(one, bad, before=[old, document(f"gone {EVIL}")])
    root = Page(text).root
    assert len(root.all("script")) == len(root.all("style")) == len(root.all("title")) == 1 and not root.all("img")
    assert not [name for node in root.all() for name in node.attributes if name.startswith("on")]
    assert not {"\x1b", "\u202e"} & set(text)
    shown = re.sub(r"\s+", " ", EVIL).replace("\x1b", r"\x1b").replace("\u202e", r"\u202e")
    assert host(root, shown).one("h5").text == shown
    assert host(root, shown).one("span", class_="os").text == f"{shown[:77]}..."
    assert "{{ 7*7 }}" in root.text


def test_a_megabyte_is_cut():
    long = "<x>" * 350_000
    evil = {**finding(long, actual=long, step=long), "evidence": [{"text": long, "time": ABOUT["audited_at"]}]}
    one = document(long, [evil], os_name=long, issue_1="confirmed")
    one["issues"]["issue_1"]["evidence_for"] = [long] * 100
    one["facts"]["ciphers"] = {**CIPHERS, "effective": [long], "list": {"source": long, "suites": [long, long]}}
    one["facts"]["restart"] = {"processes": {long: ABOUT["audited_at"]}}
    text = html(one, lost(f"b{long}", cause=long), before=[document(long, [finding(long)])])
    assert len(text) - len(html()) < 600_000
    assert Page(text).root.one("body").text.count(long[:200]) > 20


def test_documents_in_any_order_give_the_same_page():
    found = [document(name, EVERY, issue_1="likely") for name in "dbca"] + [lost("f"), lost("e")]
    pages = {html(*order) for order in itertools.islice(itertools.permutations(found), 0, 720, 71)}
    assert len(pages) == 1
    names = [one.one("h3").text for one in Page(pages.pop()).root.all("details", class_="host")]
    assert names == ["e", "f", "a", "b", "c", "d"], "the worst first"


def test_the_overview_counts():
    root = page(*SAMPLES["all kinds"])
    tiles = [
        [part.text for part in tile.all("span") if "class" in part.attributes]
        for tile in root.one("ul", class_="tiles").all("li")
    ]
    assert tiles == [
        ["4", "Hosts"],
        ["1", "\u2713compliant", "25 %"],
        ["1", "\u2715not compliant", "25 %"],
        ["1", "?undetermined", "25 %"],
        ["1", "\u2298unreachable", "25 %"],
    ]
    assert table(root, "Issues and the hosts where they are confirmed or likely") == [
        ["issue 1", "The import asks for TLS 1.0a", "1"],
        ["issue 2", "possible on 1 host", "0"],
    ]


def test_what_to_do_first_is_what_matters_most():
    low = finding("r.low", severity="low", step="Low.")
    hosts = [document(name, [finding("r.rare", step="Rare."), low] if name == "a" else [low]) for name in "abc"]
    medium = finding("r.medium", severity="medium", step="Medium.")
    steps = page(*hosts, document("d", [medium]), document("e", [medium]), lost("f", "timeout")).one("ol")
    told = [step.one("p", class_="step").text for step in steps.all("li") if step.all("p", class_="step")]
    assert told[:2] == ["Rare.", "Medium."] and len(told) == 3, told
    assert [one.text for one in steps.all("a")] == ["a", "d", "e", "f"]
    assert page(document("a")).one("section", id="first").one("p").text == "Nothing: every host is compliant."


def test_a_finding_has_all_that_is_known():
    one = {**finding("a.b"), "evidence": [{"text": "seen"}], "owner": "gpo:x", "needs": "reboot"}
    article = host(page(document("a", [one])), "a").one("article")
    pairs = dict(zip((node.text for node in article.all("dt")), (node.text for node in article.all("dd")), strict=True))
    assert pairs == {
        **{"Expected": "e", "Actual": "found", "Evidence": "seen", "Owner": "gpo:x", "Why": "r", "To do": "Mend it."},
        **{"Needs": "reboot", "Reference": "https://learn.microsoft.com/"},
    }
    assert article.one("a").attributes["href"] == "https://learn.microsoft.com/"


def test_suites_of_the_host_stand_beside_those_of_the_endpoint():
    one = document("a")
    one["facts"]["ciphers"] = CIPHERS
    root = page(one, {**one, "host": "b"}, document("c"))
    found = root.one("section", id="suites")
    assert found.one("h3").text == "2 hosts: 2 offered, 1 of them accepted", "who offers the same shares a table"
    assert [link.text for link in found.all("a")] == ["a", "b"]
    assert table(found, "Suites in the host's order, then what else the endpoint accepts") == [
        ["TLS_A", "1", "yes", "no", "no"],
        ["TLS_B_P256", "2", "yes", "yes", "yes"],
        ["TLS_C", "3", r"no: disabled by HKLM\RC4", "yes", "no"],
        ["TLS_X", "", "no: no name of this Windows", "no", "no"],
        ["TLS_D", "", "no: not in its list", "yes", "no"],
    ]
    place = found.one("div", class_="offer").attributes["id"]
    assert host(root, "b").one("a", href=f"#{place}").text == "2 offered, 1 of them accepted"
    one["facts"]["ciphers"] = {**CIPHERS, "determined": None}
    assert "accepted, not fully determined" in host(page(one), "a").text
    assert "Cipher suitesnot read: " in host(page(document("a")), "a").text


def test_the_timeline_has_what_has_a_time():
    times = [f"2026-11-{day:02}T00:00:00.000Z" for day in range(1, 12)]
    value = {"path": "HKLM\\K", "exists": True, "type": "REG_DWORD", "data": 1, "key_last_write": times[0]}
    pieces = [{**value, "name": "A"}, {**value, "name": "B"}, {"text": "reset", "time": times[5]}, {"text": "no time"}]
    one = document("a", [{**finding("evidence.logs"), "evidence": pieces}])
    one["facts"] |= {
        "collected_at": times[10],
        "restart": {
            "boot_time": times[2],
            "processes": {"w3wp": times[3]},
            "pending": [{"what": "MUUrl", "changed": "late"}],
        },
        "wsus": {
            "synchronization": {"last": {"started": times[6], "ended": times[7], "result": "Failed", "error": "X"}}
        },
        "journal": {
            "entries": [
                {
                    **{"started": times[8], "purpose": "enforce", "state": "complete"},
                    "operations": [
                        {"state": "applied", "at": times[9], "target": "HKLM\\K"},
                        {"state": "not", "at": times[9]},
                    ],
                }
            ]
        },
    }
    found = timeline(one)
    assert [moment.time for moment in found] == [times[place] for place in (0, 2, 3, 5, 6, 7, 8, 9, 10)]
    assert [moment.text for moment in found][:1] == [r"Key written last: HKLM\K, which holds A, B"]
    assert found[5].text == "The last synchronization ended: Failed: X"
    shown = table(host(page(one), "a"), "Timeline")
    assert [row[0] for row in shown] == [f"{moment.time[:10]} 00:00:00 UTC" for moment in found]
    assert [row[1] for row in shown] == [moment.text for moment in found]


def test_before_and_after():
    before = [document("a", [finding("r.x")]), document("b"), document("c"), document("gone")]
    after = [document("a"), document("b", [finding("r.y", actual="now")]), document("c"), lost("d")]
    root = page(*after, before=before)
    differing = table(root, "Hosts that differ")
    assert [
        [row[0], row[1].lstrip("\u2713\u2715\u2298 "), row[2].lstrip("\u2713\u2715\u2298 "), row[3]]
        for row in differing
    ] == [
        ["d", "not there", "unreachable", "not compared"],
        ["b", "compliant", "not compliant", "1 new"],
        ["a", "not compliant", "compliant", "1 gone"],
        ["gone", "compliant", "not there", "not compared"],
    ]
    numbers = {row[0].split(" ", 1)[1]: row[1:] for row in table(root, "Outcomes")}
    assert numbers["compliant"] == ["3", "2", "-1"] and numbers["unreachable"] == ["0", "1", "+1"]
    assert numbers["not compliant"] == ["1", "1", "0"]
    assert table(host(root, "b"), "What differs, finding by finding") == [
        ["new", "A rule", "no such finding", "fail: now"]
    ]
    assert not host(root, "c").all("section", class_="changes")
    assert "Nothing differs." in page(*after, before=after).one("section", id="changes").text
    assert not page(*after).all("section", id="changes")


MEMBERS = sorted(
    {"list", "suites", "effective", "killed", "name", "by", "endpoint_suites", "common", "curves", "error", "message"}
    | {"last", "ended", "started", "synchronization", "processes", "pending", "changed", "entries", "operations", "at"}
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("2026-11-20T08:00:00.000Z"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["ciphers", "restart", "wsus", "journal", "os", "w3wp"]), ANY))
def test_any_facts_of_any_host(facts):
    """Nothing is checked of the facts that are read back from a file."""
    assert Page(section(Host({**document("a"), "facts": facts}))).root.one("details", class_="host")
