"""The planner's page in a real browser: from the first screen to a shared mix, in both languages, wide and narrow, by keyboard only,
and without scripts. KETEN is the program (./check sets it)."""

import os
import re
import subprocess
import time
import urllib.request

import checks
import pytest
from browser import TALL, WIDE, Browser
from selenium.webdriver.common.keys import Keys

PHONE = 360
# A mix of the years of the programme only, which is simulated in seconds.
MIX = "huisverbod=full&child_group=full&end=2011"
PAGES = ["/", f"/?{MIX}", f"/answer?{MIX}", f"/places?{MIX}", f"/why?{MIX}&figure=euro", f"/compare?m={MIX.replace('=', '%3D').replace('&', '%26')}"]
WORDS = {
    "nl": {"ask": "Laat het antwoord zien", "done": "Het antwoord is klaar", "fault": "Plaatsen zonder de maatregel"},
    "en": {"ask": "Show the answer", "done": "The answer is complete", "fault": "Places without the measure"},
}


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    program = os.environ.get("KETEN")
    assert program, "KETEN is not set: give the path of the program (./check does)"
    out = tmp_path_factory.mktemp("serve")
    arguments = ["serve", "--port", "0", "--out", str(out / "runs"), "--cold", "--scale", "0.004", "--draws", "2"]
    process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    address = process.stdout.readline().strip().rstrip("/")
    assert address.startswith("http://127.0.0.1:"), address
    yield address
    process.terminate()
    process.wait(timeout=60)


@pytest.fixture(scope="session")
def answered(served):
    """The server, once the mix of these tests has its answer."""
    for _ in range(600):
        with urllib.request.urlopen(f"{served}/answer?{MIX}&lang=en") as page:
            if WORDS["en"]["done"] in page.read().decode():
                return served
        time.sleep(1)
    raise AssertionError("the mix got no answer in ten minutes")


def show(browser: Browser, url: str, width: int = WIDE) -> None:
    """Loads a page of the server afresh; what was logged before is dropped."""
    browser.driver.get("about:blank")
    browser.said(), browser.requested()
    browser.media("screen")
    browser.size(width, TALL)
    browser.url = url
    browser.driver.get(url)


def with_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


def quiet_and_alone(browser: Browser, served: str) -> list[str]:
    """The console is silent, and nothing but this server was asked."""
    faults = [f"the console says {line}" for line in browser.said()]
    foreign = [url for url in browser.requested() if not url.startswith((served, "data:", "about:"))]
    return faults + [f"the page asks for {url[:120]}" for url in foreign]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_every_page_holds(browser, answered, path, language, width):
    url = answered + with_language(path, language)
    show(browser, url, width)
    faults = quiet_and_alone(browser, answered)
    faults += checks.language(browser, language) + checks.headings(browser) + checks.ids_and_links(browser)
    if width == WIDE:
        faults += checks.axe(browser)
    else:
        faults += narrow(browser) + small_text(browser)
    assert not faults, f"{url}\n" + "\n".join(f"- {fault}" for fault in faults)


def narrow(browser: Browser) -> list[str]:
    """Nothing needs scrolling sideways but boxes that scroll by themselves, open details included."""
    return browser.ask(
        checks.SCRIPT
        + """
        const faults = [], before = all('details').map(d => d.open);
        for (const open of [false, true]) {
            for (const d of all('details')) d.open = open;
            const wide = document.documentElement.scrollWidth;
            if (wide > innerWidth) faults.push(`the page is ${wide} px wide at ${innerWidth} (details ${open ? 'open' : 'closed'})`);
        }
        all('details').forEach((d, i) => d.open = before[i]);
        return faults;"""
    )


def small_text(browser: Browser) -> list[str]:
    """No text is below 11 px, in charts too."""
    return browser.ask(
        checks.SCRIPT
        + """
        const faults = [];
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const e = walk.currentNode.parentElement;
            if (!walk.currentNode.data.trim() || !seen(e) || e.closest('title,desc,script,style')) continue;
            const svg = e.ownerSVGElement;
            const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            const size = parseFloat(getComputedStyle(e).fontSize) * scale;
            if (size < 11) faults.push(`${named(e)} has ${size.toFixed(1)} px`);
        }
        return faults.slice(0, 5);"""
    )


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_a_planner_comes_by_keyboard_from_the_first_screen_to_a_shared_mix(browser, answered, language, width):
    show(browser, answered + with_language("/", language), width)
    # A field that Tab enters is selected as a whole.
    press_until(browser, "input[name='end']")
    browser.press("2011")
    press_until(browser, "select[name='huisverbod']")
    choose(browser, "full")
    press_until(browser, "select[name='child_group']")
    choose(browser, "full")
    press_until(browser, "button[value='answer']")
    assert browser.ask("return document.activeElement.textContent") == WORDS[language]["ask"]
    browser.press(Keys.ENTER)
    wait(browser, lambda: "/answer" in browser.driver.current_url)
    wait(browser, lambda: WORDS[language]["done"] in browser.ask("return document.body.textContent"))
    assert browser.ask("return document.querySelectorAll('table.figures tbody tr').length") >= 10
    shared = browser.driver.current_url
    assert quiet_and_alone(browser, answered) == []
    show(browser, shared, width)
    assert browser.driver.current_url == shared
    assert WORDS[language]["done"] in browser.ask("return document.body.textContent")


def press_until(browser: Browser, selector: str) -> None:
    """Tab until an element has the focus, which it shows."""
    for _ in range(700):
        browser.press(Keys.TAB)
        if browser.ask("return document.activeElement.matches(arguments[0])", selector):
            ring = browser.ask("const look = getComputedStyle(document.activeElement); return look.outlineStyle !== 'none'")
            assert ring, f"{selector} does not show that it has the focus"
            return
    raise AssertionError(f"Tab does not reach {selector}")


def choose(browser: Browser, value: str) -> None:
    """Chooses an option of the select in focus by arrow keys."""
    for _ in range(5):
        if browser.ask("return document.activeElement.value") == value:
            return
        browser.press(Keys.ARROW_DOWN)
    raise AssertionError(f"the arrow keys do not reach {value}")


def wait(browser: Browser, holds, seconds: int = 90) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.5)
    raise AssertionError(f"not in {seconds} s: {browser.driver.current_url}\n{browser.ask('return document.body.innerText')[:2000]}")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_contradiction_is_told_at_its_control(browser, served, language):
    show(browser, f"{served}/?nhv.places.own.utrecht=60&lang={language}")
    told = browser.ask(
        """const field = document.querySelector("[name='nhv.places.own.utrecht']");
        return [field.getAttribute('aria-invalid'), field.getAttribute('aria-describedby').split(' ')
            .map(id => document.getElementById(id).textContent).join(' '), field.checkVisibility()];"""
    )
    assert told[0] == "true" and WORDS[language]["fault"] in told[1] and told[2], told


def test_the_budget_follows_the_controls(browser, served):
    show(browser, f"{served}/?lang=en")
    before = browser.ask("return document.getElementById('budget').textContent")
    browser.ask(
        "const s = document.querySelector(\"[name='shelter_capacity']\"); s.value = 'full'; s.dispatchEvent(new Event('change', { bubbles: true }))"
    )
    wait(browser, lambda: browser.ask("return document.getElementById('budget').textContent") != before, 20)
    assert "million" in browser.ask("return document.getElementById('budget').textContent")
    assert quiet_and_alone(browser, served) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_without_scripts_a_mix_is_answered_too(browser, served, language):
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.driver.get("about:blank")
        browser.size(WIDE, TALL)
        browser.driver.get(f"{served}/?huisverbod=programme&end=2011&lang={language}")
        browser.driver.find_element("css selector", "button[value='answer']").click()
        until = time.monotonic() + 300
        while time.monotonic() < until and WORDS[language]["done"] not in browser.driver.page_source:
            time.sleep(1)
        assert WORDS[language]["done"] in browser.driver.page_source
        assert len(re.findall(r"data-figure=", browser.driver.page_source)) >= 5
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_page_is_light(answered):
    for path in PAGES:
        with urllib.request.urlopen(answered + path) as page:
            size = len(page.read())
        assert size <= 300_000, f"{path} has {size} bytes"
