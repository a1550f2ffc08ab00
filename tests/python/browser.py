"""A real Chromium without a window, driven by Debian's chromedriver. It fetches no browser and no driver of its own."""

import json
import os
import shutil
from pathlib import Path

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service

WIDE, NARROW, TALL = 1280, 320, 900


def installed(program: str) -> str:
    """Where the program is; a missing one is a failure, never a reason to skip."""
    where = shutil.which(program)
    assert where, (
        f"{program} is missing: the report must be read by a real browser; install the Debian packages chromium and chromium-driver"
    )
    return where


class Browser:
    """One Chromium for all pages."""

    def __init__(self) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = installed("chromium")
        # As root there is no sandbox; the pages are ours and fetch nothing.
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        os.environ["SE_OFFLINE"] = "true"
        self.driver = webdriver.Chrome(options=options, service=Service(installed("chromedriver")))
        self.driver.set_page_load_timeout(60)
        # axe reads every element of a page of hundreds of tables; a machine with other work takes a while.
        self.driver.set_script_timeout(300)
        self.url = ""

    def open(self, file: Path) -> None:
        """Loads a file afresh, wide; what was logged before is dropped."""
        self.driver.get("about:blank")
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.media("screen")
        self.size(WIDE, TALL)
        self.url = file.resolve().as_uri()
        self.driver.get(self.url)

    def size(self, width: int, height: int) -> None:
        """Size of the window, below what a window may have too."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def media(self, kind: str) -> None:
        """Screen or print, without motion: what scrolls is there at once."""
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": still})

    def ask(self, script: str, *arguments):
        """What a script in the page returns."""
        return self.driver.execute_script(script, *arguments)

    def ask_later(self, script: str, *arguments):
        """The same for a script that calls its last argument."""
        return self.driver.execute_async_script(script, *arguments)

    def press(self, key: str) -> None:
        """Presses a key wherever the focus is."""
        ActionChains(self.driver).send_keys(key).perform()

    def printed(self) -> str:
        """The page as PDF, in base64."""
        return self.driver.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})["data"]

    def said(self) -> list[str]:
        """What the console said since the page was opened."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def requested(self) -> list[str]:
        """Every address that was asked for since the page was opened."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def close(self) -> None:
        """Ends Chromium."""
        self.driver.quit()
