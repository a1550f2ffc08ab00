"""The planner's page as a planner meets it: how long each step takes, and pictures of it. Used by docs/results.py.

Needs what tests/python/requirements.txt names, chromium and chromedriver.
"""

import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "python"))

#: Mixes that are asked one after the other: the first also makes what they are all compared with.
FIRST, CHANGED = "nhv=full&huisverbod=full", ["nhv=programme&huisverbod=full", "child_shelter=full&meldcode=full", "tom=full&lthg=full"]
#: Longest wait for an answer, in seconds.
PATIENCE = 1800


class Server:
    """`keten serve` with an empty folder of runs."""

    def __init__(self, program, runs):
        began = time.monotonic()
        words = [str(program), "serve", "--port", "0", "--out", str(runs), "--cold"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().strip().rstrip("/")
        if not self.address.startswith("http://127.0.0.1:"):
            raise SystemExit(f"keten serve printed {self.address!r} and no address")
        self.text("/")
        self.ready = time.monotonic() - began

    def text(self, path):
        with urllib.request.urlopen(self.address + path) as page:
            return page.read().decode()

    def until(self, path, holds):
        """Seconds until the text of a page holds what is waited for."""
        began = time.monotonic()
        while not holds(self.text(path)):
            if time.monotonic() - began > PATIENCE:
                raise SystemExit(f"{path} has no answer after {PATIENCE} s")
            time.sleep(0.1)
        return time.monotonic() - began

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def sizes_done(text):
    """How many sizes of an answer, or rounds of a search, a page in English shows."""
    if "The answer is complete" in text:
        return 99
    found = re.search(r"(?:Simulation|Round|Size) (\d) of \d", text)
    return int(found[1]) if found else 0


#: The clicks of "what does Rotterdam get for € 5 million a year?", in Dutch: what to click, and its words.
CLICKS = [(".top a", "Beste mix"), (".radios label", "Rotterdam"), (".radios label", "€ 5 miljoen"), ("button", "Zoek de beste mix")]
#: The last click: everything about the mix that was found.
ALL_ABOUT_IT = "#content .button.main"
CLICK = """
const [selector, words] = arguments;
const found = [...document.querySelectorAll(selector)].find(e => e.textContent.replace(/\\s+/g, ' ').trim().startsWith(words));
if (found) found.click();
return !!found;"""


class Pictures:
    """A browser that walks through the page and keeps pictures of it."""

    def __init__(self, server, folder):
        from browser import Browser

        self.browser, self.server, self.folder = Browser(), server, folder
        self.browser.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})

    def click(self, selector, words=""):
        before = self.browser.driver.current_url
        if not self.browser.ask(CLICK, selector, words):
            raise SystemExit(f"nothing to click: {selector} with {words!r} on {before}")
        time.sleep(1)
        while self.browser.ask("return document.readyState") != "complete":
            time.sleep(0.1)

    def go(self, path, width, height):
        self.browser.size(width, height)
        self.browser.driver.get(self.server.address + path)

    def keep(self, name, width, height):
        self.browser.size(width, height)
        self.browser.ask("window.scrollTo(0, 0)")
        time.sleep(0.5)
        self.browser.driver.save_screenshot(str(self.folder / f"{name}.png"))

    def address(self):
        """Path and query of the page that is shown."""
        return self.browser.driver.current_url.removeprefix(self.server.address)


def in_english(path):
    """The same page in English, in which the progress is read."""
    place, _, query = path.partition("?")
    words = [word for word in query.split("&") if word and not word.startswith("lang=")]
    return f"{place}?{'&'.join([*words, 'lang=en'])}"


class Steps(list):
    """What was done, and how many seconds it took; said at once too."""

    def add(self, what, seconds):
        print(f"{what}: {seconds:.1f} s", file=sys.stderr, flush=True)
        self.append((what, seconds))


def journey(program, runs, images):
    """Walks through the page. Gives rows of what was done and how many seconds it took; the pictures are in a folder."""
    server = Server(program, runs)
    try:
        steps = Steps()
        steps.add("`keten serve` until the first screen", server.ready)
        first = lambda mix: server.until(in_english(f"/answer?{mix}"), lambda text: sizes_done(text) >= 1)
        steps.add("first answer of the first mix (nothing kept yet)", first(FIRST))
        for number, mix in enumerate(CHANGED, start=1):
            steps.add(f"first answer of a changed mix ({number})", first(mix))
        began = time.monotonic()
        server.text(in_english(f"/answer?{CHANGED[-1]}"))
        steps.add("a mix that was asked before", time.monotonic() - began)
        pictures = Pictures(server, images)
        try:
            pictures.go(f"/?lang=nl&{FIRST}", 1280, 900)
            pictures.keep("serve-mix", 1280, 900)
            pictures.go(f"/answer?lang=nl&{CHANGED[-1]}", 360, 780)
            pictures.keep("serve-answer-phone", 360, 780)
        finally:
            pictures.browser.close()
    finally:
        server.stop()
    # With a server of its own: larger sizes of the mixes above would go before the search.
    server = Server(program, Path(runs) / "best")
    try:
        pictures = Pictures(server, images)
        try:
            pictures.go("/?lang=nl", 1280, 900)
            began = time.monotonic()
            for selector, words in CLICKS:
                pictures.click(selector, words)
            question = pictures.address()
            server.until(in_english(question), lambda text: sizes_done(text) >= 1)
            steps.add("what does Rotterdam get for € 5 million a year? After four clicks, first round", time.monotonic() - began)
            pictures.browser.driver.refresh()
            pictures.keep("serve-best", 1280, 900)
            pictures.keep("serve-best-phone", 360, 780)
            pictures.click(ALL_ABOUT_IT)
        finally:
            pictures.browser.close()
        return steps
    finally:
        server.stop()
