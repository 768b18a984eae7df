# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The HTML report in a real browser, as its readers have it: of the run of a fleet, and of 500 hosts."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from develop.npm import AXE
from develop.packages import browser_hindrance
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait
from support.browser import NARROW, PICTURES, WIDE, Browser
from support.fetched import text_of
from support.simulated import fleet_of

HOSTS = ["issue5", "hostile", "dead"]
MORE = ["healthy", "issue1", "issue3", "blind"]
MANY = 500
# In CI a missing browser is a failure, elsewhere a skip that the last lines of the stage name.
pytestmark = pytest.mark.skipif(bool(browser_hindrance()) and "CI" not in os.environ, reason=browser_hindrance())


def asked(**variables: object) -> list[str]:
    return ["-e", json.dumps(variables)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert not browser_hindrance(), browser_hindrance()
    started = Browser()
    yield started
    started.driver.quit()


@pytest.fixture(scope="module")
def pages(simulator, tmp_path_factory) -> dict[int, Path]:
    """The report of three hosts, one of them hostile, and that of many, both with an earlier audit beside it."""
    fleet = fleet_of(simulator, tmp_path_factory.mktemp("pages"))
    run = fleet.run(*asked(audit_hosts=",".join(HOSTS + MORE), audit_formats=["html"], audit_output_dir="./audited"))
    assert run.code == 4 and (fleet.folder / "audited" / "report.html").is_file(), run.text
    three, many = fleet.folder / "three", fleet.folder / "many"
    for folder in (three, many):
        folder.mkdir()
    texts = {name: (fleet.folder / "audited" / f"{name}.json").read_text() for name in HOSTS + MORE}

    def write(folder: Path, name: str, source: str) -> None:
        text = texts[source].replace(f'"host": "{source}"', f'"host": "{name}"', 1)
        (folder / f"{name}.json").write_text(text)

    for name in HOSTS:
        write(three, name, name)
    for number in range(MANY):
        write(many, f"wsus-{number:03}", (HOSTS + MORE)[number % len(texts)])
    # Before, what has issue 5 now was healthy.
    for folder, name in ((three, "issue5"), (many, "wsus-000")):
        before = shutil.copytree(folder, folder.with_name(f"{folder.name}-before"))
        write(before, name, "healthy")
    found = {}
    for number, folder in ((3, three), (MANY, many)):
        output = fleet.folder / f"report-{number}"
        baseline = f"{folder}-before"
        variables = {"report_src": str(folder), "report_baseline": baseline, "report_output_dir": str(output)}
        run = fleet.run(*asked(**variables, report_formats=["html"]), playbook="wsus.compliance.report")
        assert run.code == 0, run.text
        found[number] = output / "report.html"
    return found


def test_it_is_html_to_the_letter(pages):
    html5lib.HTMLParser(strict=True).parse(pages[3].read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", [3, MANY])
def test_it_opens_without_a_complaint_and_asks_for_nothing(browser, pages, number):
    browser.open(pages[number])
    assert browser.one("#shown").text == f"All {number} hosts shown"
    browser.picture(f"{number}-hosts")
    for host in browser.all(".host")[:3]:
        browser.run("arguments[0].open = true", host)
    said, asked_for = browser.logs()
    assert said == [] and asked_for == {pages[number].as_uri()}
    assert browser.driver.title == "WSUS compliance"
    overview = browser.one("#overview").text.split()
    assert overview[1] == str(number), "the first screen says how many hosts there are"


def test_a_filter_is_typed(browser, pages):
    browser.open(pages[MANY])
    browser.one("body").send_keys("/")
    search = browser.driver.switch_to.active_element
    assert search.get_attribute("id") == "search" and search.get_attribute("value") == ""
    search.send_keys("wsus-01")
    browser.says("10 of 500 hosts shown")
    assert sorted(browser.shown()) == [f"wsus-01{number}" for number in range(10)]
    browser.picture("filtered")
    search.send_keys(Keys.ESCAPE)
    browser.says("All 500 hosts shown")
    search.send_keys("ISSUE  5")
    browser.says("72 of 500 hosts shown")
    search.send_keys(" and nothing that is there")
    browser.says("0 of 500 hosts shown")
    browser.one("#filter button[type=reset]").click()
    browser.says("All 500 hosts shown")
    browser.one("#outcome-noncompliant").click()
    browser.says("214 of 500 hosts shown")
    browser.one("#outcome-noncompliant").click()
    browser.says("All 500 hosts shown")
    Select(browser.one("#issue")).select_by_value("issue_3")
    browser.says("71 of 500 hosts shown")
    browser.one("#changed").click()
    browser.says("0 of 500 hosts shown")
    Select(browser.one("#issue")).select_by_value("")
    browser.says("1 of 500 hosts shown")
    assert browser.shown() == ["wsus-000"]
    assert browser.logs()[0] == []


def test_a_section_is_opened_by_keyboard_and_what_helps_is_copied(browser, pages):
    browser.open(pages[3])
    browser.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    host = browser.host("issue5")
    assert not host.find_element(By.CSS_SELECTOR, ".todo").is_displayed()
    host.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    todo = host.find_element(By.CSS_SELECTOR, "article")
    assert todo.is_displayed()
    labels = [one.text for one in todo.find_elements(By.TAG_NAME, "dt")]
    assert [name for name in ("Expected", "Actual", "Evidence", "To do", "Reference") if name not in labels] == []
    (button,) = todo.find_elements(By.CSS_SELECTOR, "[data-copy] button")
    button.send_keys(Keys.ENTER)
    WebDriverWait(browser.driver, 10).until(lambda _driver: button.text == "Copied")
    copied = browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert "SSL Cipher Suite Order" in copied and "Copy" not in copied
    for part in host.find_elements(By.CSS_SELECTOR, ".body > details > summary"):
        part.click()
    assert "The last synchronization ended" in host.text
    assert "changed" in host.text and "compliant before, not compliant now" in host.text
    browser.run("arguments[0].scrollIntoView()", host)
    browser.picture("host")
    host.find_element(By.PARTIAL_LINK_TEXT, "3 offered, none of them accepted").click()
    suites = browser.one(browser.run("return location.hash"))
    assert suites.is_displayed() and "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" in suites.text
    assert browser.logs()[0] == []


def test_a_link_opens_its_host(browser, pages):
    browser.open(pages[MANY])
    browser.one("#search").send_keys("nothing at all")
    browser.says("0 of 500 hosts shown")
    link = browser.run("return document.querySelector('#first a[href^=\"#host-\"]')")
    browser.run("arguments[0].closest('details').open = true; arguments[0].click()", link)
    name = browser.run("return arguments[0].textContent", link)
    WebDriverWait(browser.driver, 10).until(lambda _driver: browser.host(name).get_attribute("open"))
    assert browser.one("#shown").text == "All 500 hosts shown"
    assert browser.host(name).find_element(By.CSS_SELECTOR, ".body").is_displayed()


def test_what_is_filtered_is_printed_whole(browser, pages):
    browser.open(pages[3])
    browser.one("#search").send_keys("issue5")
    browser.says("1 of 3 hosts shown")
    browser.run(
        "addEventListener('beforeprint', () => { window.opened = [...document.querySelectorAll('details[open].host')]"
        ".map(one => [one.querySelector('h3').textContent, one.querySelectorAll('details:not([open])').length]); })"
    )
    printed = base64.b64decode(browser.command("Page.printToPDF", printBackground=True)["data"])
    assert printed.startswith(b"%PDF-")
    (PICTURES / "print.pdf").write_bytes(printed)
    assert browser.run("return window.opened") == [["issue5", 0]]
    assert not browser.all("details[open]"), "closed again"
    browser.look(media="print", prefers_color_scheme="dark")
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert not [part for part in ("nav", "#filter", "#print", ".skip") if browser.one(part).is_displayed()]
    assert browser.one(".todo").is_displayed() or browser.host("issue5").is_displayed()
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    browser.picture("print")
    browser.run("dispatchEvent(new Event('afterprint'))")


def test_dark_and_light(browser, pages):
    browser.open(pages[3], prefers_color_scheme="dark")
    background = "return getComputedStyle(document.body).backgroundColor"
    dark = browser.run(background)
    browser.picture("dark")
    theme = browser.one("#theme")
    assert theme.text == "Light theme"
    theme.click()
    light = browser.run(background)
    assert theme.text == "Dark theme" and light != dark
    browser.open(pages[3], prefers_color_scheme="light")
    assert browser.run(background) == light
    browser.one("#theme").click()
    assert browser.run(background) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_all_can_use_it(browser, pages, scheme, size):
    axe = text_of(AXE)
    browser.open(pages[3], size, prefers_color_scheme=scheme)
    assert browser.violations(axe) == []
    browser.one("#open").click()
    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert browser.violations(axe) == []
    assert browser.run("return document.documentElement.scrollWidth - innerWidth") <= 0
    browser.picture(f"open-{scheme}-{size[0]}")


def test_who_wants_no_motion_gets_none(browser, pages):
    behavior = "return getComputedStyle(document.documentElement).scrollBehavior"
    browser.open(pages[3], prefers_reduced_motion="reduce")
    assert browser.run(behavior) == "auto"
    browser.open(pages[3], prefers_reduced_motion="no-preference")
    assert browser.run(behavior) == "smooth"


def test_it_can_be_read_without_its_script(browser, pages):
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(pages[3])
        assert not browser.one("#filter").is_displayed() and not browser.one("#theme").is_displayed()
        host = browser.all(".host")[0]
        host.find_element(By.TAG_NAME, "summary").click()
        assert host.find_element(By.CSS_SELECTOR, ".body").is_displayed()
        link = browser.one("#first a[href^='#host-']")
        link.send_keys(Keys.ENTER)
        _page, _hash, place = str(link.get_attribute("href")).partition("#")
        assert browser.one(f"#{place}").is_displayed()
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)


def test_a_hostile_host_is_text(browser, pages):
    browser.open(pages[3])
    host = browser.host("hostile")
    host.find_element(By.TAG_NAME, "summary").click()
    assert "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}" in host.text and r"\x1b[31mred\u202e" in host.text
    scripts = browser.run("return [document.scripts.length, document.querySelectorAll('img, iframe, object').length]")
    assert scripts == [1, 0] and browser.logs()[0] == []
