# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host that is hostile in its names, values, policy, log and errors: diagnosed, and reported in every format."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import html5lib
import jsonschema
import junitparser
import pytest
import yaml
from develop.npm import SARIF_SCHEMA
from develop.packages import browser_hindrance
from develop.places import ROOT
from markdown_it import MarkdownIt
from support.browser import Browser
from support.fetched import text_of
from support.log_samples import CLASSES, softdist
from support.screen import raw_characters
from support.simulated import Fleet, Run, validate

from wsus_simulator import Simulator

TAGS = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'></textarea></style>--> ]]> &lt; &#x3c;"
LINKS = "[read](javascript:window.pwned=1) ![see](https://evil.example/x.png) | **not** `code` <https://evil.example>"
JINJA = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}{% for x in ['lo', 'op'] * 2 %}{{ x }}{% endfor %}"
SCREEN = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202e\u2066\u200f\u2028"
EVIL = f'=HYPERLINK("https://evil.example")\'"{TAGS}{LINKS}{JINJA}{SCREEN}'
LONG = EVIL + "A" * 1_000_000
NAME = f"@SUM(1+1)*cmd|' /C calc'!A0\"{TAGS}"
FILE = quote(NAME, safe="")[:183]
"""How its files begin; the rest is a digest, as the name is long."""
HOSTS = ["hostile", NAME]
FORMATS = {
    "junit": "junit.xml",
    "sarif": "report.sarif",
    "csv": "findings.csv",
    "html": "report.html",
    "markdown": "report.md",
}
POLICY = r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"


def log() -> str:
    time = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}.000"
    component, message = CLASSES["tls_reset"]
    # Without an address: it would be that of another server, and no evidence.
    mild = f"{TAGS}{JINJA}{SCREEN}"
    texts = (mild, mild + "A" * 1_000_000)
    known = [softdist(component, message + text, time=time, process="WsusService.7") for text in texts]
    other = [softdist(f"Component{EVIL}", text, time=time, process=f"{EVIL}.7") for text in (EVIL, LONG)]
    return "".join([*known, *other])


def hostile(suites: str) -> dict[str, Any]:
    """``suites``: what the policy's list has at its end."""
    return {
        "extends": str(ROOT / "extensions" / "simulator" / "hosts" / "issue5.yml"),
        "registry": {
            r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion": {"values": {"ProductName": LONG}},
            rf"HKLM\{POLICY}": {"values": {"Functions": f"{EVIL},TLS_RSA_WITH_AES_256_GCM_SHA384,{suites}"}},
            rf"{SCHANNEL}\Protocols\TLS 1.2\Client": {"values": {"Enabled": LONG, EVIL: 1}},
            rf"{SCHANNEL}\Ciphers\AES 128/128": {"values": {"Enabled": 0}},
        },
        "policy": {
            "rsop": {
                "gpos": [{"id": "cn=evil", "name": LONG, "guid": EVIL}],
                "settings": [{"key": POLICY, "value_name": "Functions", "gpo_id": "cn=evil"}],
            }
        },
        "wsus": {
            "api": {
                "configuration": {"MUUrl": f"https://{LONG}", "ProxyName": EVIL, "UseProxy": True},
                "last_synchronization": {"Result": "Failed", "Error": EVIL, "ErrorText": LONG},
            }
        },
        "files": {r"C:\Program Files\Update Services\LogFiles\SoftwareDistribution.log": {"text": log()}},
        "endpoint": {"outcome": "established", "issuer": LONG, "trusted": False},
        "failed_subsets": {"restart": {"code": "cim_failed", "message": LONG}},
    }


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    # Of a list without an end nothing can be said; of the other the log is evidence.
    with Simulator({"hostile": hostile(EVIL), "long": hostile(LONG)}) as running:
        yield running


@pytest.fixture(scope="module")
def runs(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The diagnosis of the host by both names, and the report of it, with itself as the baseline."""
    folder = tmp_path_factory.mktemp("hostile")
    inventory = simulator.inventory()
    hosts = inventory["all"]["children"]["wsus"]["hosts"]
    hosts[NAME] = hosts.pop("long")
    path = folder / "inventory.yml"
    path.write_text(yaml.safe_dump(inventory))
    fleet = Fleet(simulator, path, folder)
    found = {"diagnose": fleet.run("-vv", playbook="wsus.compliance.diagnose")}
    asked = {"report_src": "wsus-audit", "report_baseline": "wsus-audit", "report_formats": list(FORMATS)}
    found["report"] = fleet.run("-vv", "-e", json.dumps(asked), playbook="wsus.compliance.report")
    assert [run.code for run in found.values()] == [0, 0], found
    return found


@pytest.fixture(scope="module")
def folder(runs: dict[str, Run]) -> Path:
    return runs["report"].folder.with_name("wsus-report")


def documents(runs: dict[str, Run]) -> dict[str, Any]:
    texts = [path.read_text() for path in runs["diagnose"].folder.glob("*.json") if path.name != "fleet.json"]
    return {document["host"]: document for document in map(json.loads, texts)}


def test_nothing_of_it_has_run_and_nothing_reached_the_screen_raw(runs, folder):
    assert not list(folder.parent.rglob("pwned"))
    for run in runs.values():
        shown = run.stdout + run.stderr
        assert raw_characters(run.text) == set() and "looploop" not in shown and "Traceback" not in shown
        assert len(shown) < 200_000


def test_its_results_are_what_the_schemas_say(runs, folder):
    found = documents(runs)
    assert set(found) == set(HOSTS)
    for document in found.values():
        validate("audit", document)
        assert document["outcome"] == "noncompliant"
    issue = found["hostile"]["issues"]["issue_5"]
    assert any("The other side reset the connection" in text for text in issue["evidence_for"]), issue
    validate("fleet", json.loads((folder / "fleet.json").read_text()))
    assert any(path.name.startswith(FILE) for path in runs["diagnose"].folder.iterdir())


@pytest.mark.parametrize("name", ["fleet.json", *FORMATS.values()])
def test_no_file_holds_what_acts_or_is_without_bound(folder, name):
    # CSV has a byte order mark, as Excel wants it.
    text = (folder / name).read_text(encoding="utf-8-sig" if name.endswith(".csv") else "utf-8")
    assert raw_characters(text) == set() and "looploop" not in text
    assert len(text) < 4_000_000


def test_junit(runs, folder):
    suites = {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(folder / "junit.xml"))}
    assert set(suites) == set(HOSTS)
    assert "<script>window.pwned = 1</script>" in str([one.result[0].text for one in suites["hostile"] if one.result])


def test_sarif(folder):
    schema = json.loads(text_of(SARIF_SCHEMA))
    document = json.loads((folder / "report.sarif").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(document)
    assert {one["properties"]["host"] for one in document["runs"][0]["results"]} == set(HOSTS)


def test_csv(folder):
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["host"] for row in rows} == {"hostile", f"'{NAME}"}
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.lstrip(' \t"').startswith(("=", "+", "-", "@"))]
    assert any("=HYPERLINK(" in cell for cell in cells)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self.elements, self.hosts = "", set(), set()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.hosts |= {urlsplit(value or "").netloc for name, value in attrs if name in ("href", "src")}

    def handle_data(self, data):
        self.text += data


def test_markdown(folder):
    page = _Page()
    page.feed(MarkdownIt("gfm-like", {"linkify": False}).render((folder / "report.md").read_text()))
    assert not page.elements & {"script", "img", "style", "textarea", "em", "code", "iframe"}
    assert {host.rpartition("microsoft.com")[1] for host in page.hosts} <= {"microsoft.com"}, page.hosts
    assert "<script>window.pwned = 1</script>" in page.text


@pytest.mark.skipif(bool(browser_hindrance()) and "CI" not in os.environ, reason=browser_hindrance())
def test_html_in_a_browser(folder):
    path = folder / "report.html"
    html5lib.HTMLParser(strict=True).parse(path.read_text(encoding="utf-8"))
    browser = Browser()
    try:
        browser.open(path)
        for name in HOSTS:
            browser.host(name)
        browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")
        said = str(browser.run("return document.body.textContent"))
        assert "<script>window.pwned = 1</script>" in said and r"\x1b[31mred" in said
        assert browser.run("return [document.scripts.length, typeof window.pwned]") == [1, "undefined"]
        assert browser.run("return document.querySelectorAll('img, iframe, object, textarea').length") == 0
        links = {urlsplit(str(link.get_attribute("href"))).netloc for link in browser.all("a[href^='http']")}
        assert not [host for host in links if "evil" in host] and not browser.all("a[href^='javascript']")
        complaints, requests = browser.logs()
        assert complaints == [] and [one for one in requests if not one.startswith("file:")] == []
    finally:
        browser.driver.quit()
