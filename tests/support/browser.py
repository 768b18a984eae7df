# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages in Chromium, driven by Selenium without a window."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path

from develop.places import RESULTS
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

PICTURES = RESULTS / "report"
WIDE, NARROW = (1280, 900), (400, 900)


class Browser:
    """A page in Chromium, with what it says on its console and what it asks for."""

    def __init__(self) -> None:
        options = Options()
        options.binary_location = shutil.which("chromium") or ""
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        for argument in (*sandbox, "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options, Service(shutil.which("chromedriver") or ""))

    def open(self, page: Path, size: tuple[int, int] = WIDE, **media: str) -> None:
        self.logs()
        # A page that is still moving is clicked beside what was meant.
        self.look(**{"prefers_reduced_motion": "reduce", **media})
        self.size(*size)
        self.driver.get("about:blank")
        self.driver.get(page.as_uri())

    def size(self, width: int, height: int) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def look(self, media: str = "", **features: str) -> None:
        """As readers have it set: ``prefers_color_scheme="dark"``."""
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.command("Emulation.setEmulatedMedia", media=media, features=wanted)

    def command(self, name: str, **arguments: object) -> dict[str, str]:
        return self.driver.execute_cdp_cmd(name, arguments)

    def run(self, script: str, *arguments: object) -> object:
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def host(self, name: str) -> WebElement:
        named = "find(one => one.querySelector('h3').textContent === arguments[0])"
        found = self.run(f"return [...document.querySelectorAll('.host')].{named}", name)
        assert isinstance(found, WebElement), name
        return found

    def shown(self) -> list[str]:
        """The hosts that a reader sees."""
        script = "return [...document.querySelectorAll('.host:not([hidden]) h3')].map(one => one.textContent)"
        return list(self.run(script))

    def says(self, text: str) -> None:
        """Waits until the number of hosts is told so."""
        script = "return document.getElementById('shown').textContent"
        with contextlib.suppress(TimeoutException):
            WebDriverWait(self.driver, 20).until(lambda _driver: self.run(script) == text)
        assert self.run(script) == text

    def logs(self) -> tuple[list[str], set[str]]:
        """What the console has said since the last call, and the addresses that were asked for."""
        said = [one["message"] for one in self.driver.get_log("browser")]
        events = [json.loads(one["message"])["message"] for one in self.driver.get_log("performance")]
        asked_for = {one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"}
        return said, asked_for - {"about:blank"}

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        assert self.driver.save_screenshot(str(PICTURES / f"{name}.png"))

    def violations(self, axe: str) -> list[str]:
        """What axe, by its script, finds of the page as it is."""
        self.run(axe)
        self.driver.set_script_timeout(120)
        found = self.driver.execute_async_script("axe.run(document).then(arguments[0])")
        return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]
