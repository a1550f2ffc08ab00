"""The planner's page in a real browser: from the first screen to a shared mix, in both languages, wide and narrow, by keyboard only,
and without scripts. KETEN is the program (./check sets it)."""

import html
import json
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


@pytest.mark.parametrize("path", [f"/answer?{MIX}", "best"])
def test_the_answer_comes_before_how_far_the_simulation_is(browser, answered, searched, path):
    """Also on a phone, whose first screen has room for little else."""
    show(browser, answered + with_language(path if path != "best" else f"/best?{QUESTION}", "nl"), PHONE)
    answer, state = browser.ask(
        "return [...document.querySelectorAll('.sentences, #state')].map(e => [e.className, e.getBoundingClientRect().top])"
    )
    assert answer[0] == "sentences" and answer[1] < state[1], (answer, state)
    assert browser.ask("return document.querySelectorAll('#state').length") == 1


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
    assert browser.ask("const box = document.querySelector('.aside'); return box.scrollWidth <= box.clientWidth"), "amounts are cut off"
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


# A question that a small simulation answers: two measures in Rotterdam, over the years of the programme.
QUESTION = "best.city=rotterdam&best.budget=5&best.effect=children_maltreated&best.end=2011&best.measure.nhv=on&best.measure.child_group=on"
BEST = {
    "nl": {"link": "Beste mix", "city": "Rotterdam", "euro": "€ 5 miljoen", "search": "Zoek de beste mix", "title": "Wat krijgt Rotterdam voor € 5 miljoen per jaar?",
           "answer": "€ 5 miljoen per jaar", "done": "Alle rondes zijn klaar", "stop": "Stop", "stopped": "Gestopt", "on": "Ga verder", "small": "is geen van de gekozen maatregelen te krijgen", "fault": "Geef meer dan 0 euro"},
    "en": {"link": "Best mix", "city": "Rotterdam", "euro": "€5 million", "search": "Find the best mix", "title": "What does Rotterdam get for €5 million a year?",
           "answer": "€5 million a year", "done": "All rounds are complete", "stop": "Stop", "stopped": "Stopped", "on": "Go on", "small": "buys none of the chosen measures", "fault": "Give more than 0 euro"},
}


def said(browser: Browser) -> str:
    """The words of the page, with plain spaces."""
    return browser.ask("return document.body.textContent.replace(/\\s+/g, ' ')")


def click(browser: Browser, selector: str, text: str = "") -> None:
    """One click on the element that is seen and has these words, where the mouse would hit it."""
    found = browser.ask(
        checks.SCRIPT
        + """
        const [selector, text] = arguments;
        const e = all(selector).find(e => seen(e) && e.textContent.replace(/\\s+/g, ' ').trim().startsWith(text));
        if (!e) return null;
        e.scrollIntoView({ block: 'center' });
        const box = e.getBoundingClientRect(), at = [box.left + box.width / 2, box.top + box.height / 2];
        const hit = document.elementFromPoint(...at);
        return hit && (e === hit || e.contains(hit)) ? at : null;""",
        selector,
        text,
    )
    assert found, f"nothing to click: {selector} with {text!r} on {browser.driver.current_url}"
    for kind in ("mousePressed", "mouseReleased"):
        event = {"type": kind, "x": found[0], "y": found[1], "button": "left", "clickCount": 1}
        browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_what_a_city_gets_for_a_budget_takes_five_clicks_from_the_first_screen(browser, searched, language, width):
    """The question of a council member: what does Rotterdam get for 5 million euro a year? The first command builds keten, the second
    one is `keten serve`; the rest are clicks."""
    words, clicks = BEST[language], 0
    show(browser, searched + with_language("/", language), width)
    # The server of this test has one small size, so fewer years and measures than a reader would have.
    for selector, text in [(".top a", words["link"]), (".radios label", words["city"]), (".radios label", words["euro"])]:
        click(browser, selector, text)
        clicks += 1
        wait(browser, lambda: browser.ask("return document.readyState") == "complete")
        wait(browser, lambda: "/best" in browser.driver.current_url, 10)
    browser.ask(
        """document.querySelector("[name='best.end']").value = '2011';
        for (const box of document.querySelectorAll("[name^='best.measure.']"))
            box.checked = ['best.measure.nhv', 'best.measure.child_group'].includes(box.name);"""
    )
    click(browser, "button", words["search"])
    clicks += 1
    wait(browser, lambda: "best.budget=5" in browser.driver.current_url)
    wait(browser, lambda: words["done"] in said(browser), 300)
    text = said(browser)
    assert words["title"] in text, text[:1500]
    answer = browser.ask("return document.getElementById('best-answer').textContent.replace(/\\s+/g, ' ')")
    assert words["answer"] in answer, answer
    assert browser.ask("return document.querySelectorAll('#content svg[role=img]').length") >= 1
    assert quiet_and_alone(browser, searched) == []
    if browser.ask("return !!document.querySelector('#content .button.main')"):
        click(browser, "#content .button.main")
        clicks += 1
        wait(browser, lambda: "/answer" in browser.driver.current_url)
        wait(browser, lambda: WORDS[language]["done"] in said(browser), 300)
    assert clicks <= 5


@pytest.fixture(scope="session")
def searched(served):
    """The server, once the question of these tests has its answer."""
    for _ in range(600):
        with urllib.request.urlopen(f"{served}/best?{QUESTION}&lang=en") as page:
            if BEST["en"]["done"] in page.read().decode():
                return served
        time.sleep(1)
    raise AssertionError("the question got no answer in ten minutes")


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("path", ["/best", f"/best?{QUESTION}", "/best?best.budget=0"])
@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_the_best_mix_is_a_page_that_holds(browser, searched, path, language, width):
    url = searched + with_language(path, language)
    show(browser, url, width)
    # A question with faults has a status of its own, which the console says.
    wrong = path.endswith("=0")
    faults = [] if wrong else quiet_and_alone(browser, searched)
    faults += checks.language(browser, language) + checks.headings(browser) + checks.ids_and_links(browser)
    if width == WIDE:
        faults += checks.axe(browser)
    else:
        faults += narrow(browser) + small_text(browser)
    assert not faults, f"{url}\n" + "\n".join(f"- {fault}" for fault in faults)
    assert (BEST[language]["fault"] in said(browser)) == wrong


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_search_is_stopped_and_goes_on(browser, served, language):
    words = BEST[language]
    # Each language has a question of its own, which nobody asked before.
    budget = {"nl": "6", "en": "7"}[language]
    show(browser, f"{served}/best?{QUESTION.replace('best.budget=5', f'best.budget={budget}')}&lang={language}")
    click(browser, "#state button", words["stop"])
    wait(browser, lambda: words["stopped"] in said(browser), 60)
    click(browser, "#state button", words["on"])
    wait(browser, lambda: words["done"] in said(browser), 300)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_budget_that_buys_nothing_is_said_in_words(browser, served, language):
    words = BEST[language]
    show(browser, f"{served}/best?{QUESTION.replace('best.budget=5', 'best.budget=0.0001')}&lang={language}")
    wait(browser, lambda: words["small"] in said(browser), 300)


def test_the_best_mix_of_the_page_is_that_of_the_command(searched, tmp_path):
    """The downloaded question gives `keten optimise` the same mixes and the same sentence."""
    with urllib.request.urlopen(f"{searched}/best/question.toml?{QUESTION}") as file:
        question = tmp_path / "best.toml"
        question.write_bytes(file.read())
    out = subprocess.run(
        [os.environ["KETEN"], "optimise", question, "--out", tmp_path / "runs", "--json", "--quiet"], capture_output=True, text=True, check=True
    )
    answer = json.loads(out.stdout)
    with urllib.request.urlopen(f"{searched}/best?{QUESTION}&lang=en") as page:
        shown = html.unescape(page.read().decode())
    assert answer["budgets"] == [2_500_000, 5_000_000, 10_000_000]
    # For half and twice the money the page has a shorter sentence if the same mix is the best.
    assert answer["answer"][1] in shown, answer["answer"]
    frontier = [mix for mix in answer["stages"][-1]["mixes"] if mix["on_frontier"] and mix["measures"]]
    assert shown.count('<tr><th scope="row"><a href=') == len(frontier)
    for mix in frontier:
        assert mix["label"] in shown, mix["label"]


def test_the_best_mix_page_works_without_scripts(browser, searched):
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.driver.get(f"{searched}/best?{QUESTION}&lang=nl")
        assert BEST["nl"]["done"] in browser.driver.page_source
        browser.driver.get(f"{searched}/best?lang=nl")
        browser.driver.find_element("id", "search").click()
        until = time.monotonic() + 60
        while time.monotonic() < until and "best.budget=5" not in browser.driver.current_url:
            time.sleep(0.2)
        assert "best.budget=5" in browser.driver.current_url
        browser.driver.find_element("css selector", "#state button").click()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("path", [f"/answer?{MIX}", f"/best?{QUESTION}"])
def test_every_mark_of_a_chart_is_seen(browser, answered, searched, path):
    """Where a chart has a mark of its own, such as a best estimate, its colour is there: a browser may leave out a mark of a single point."""
    show(browser, answered + with_language(path, "en"))
    white = browser.ask_later(
        """
        const done = arguments[arguments.length - 1], svg = document.querySelector('.wide-chart svg'), copy = svg.cloneNode(true);
        const { width, height } = svg.viewBox.baseVal;
        copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
        copy.setAttribute('width', width), copy.setAttribute('height', height);
        const image = new Image();
        image.onerror = () => done('the chart is no image');
        image.onload = () => {
            const canvas = document.createElement('canvas'), paper = canvas.getContext('2d');
            canvas.width = width, canvas.height = height;
            paper.drawImage(image, 0, 0, width, height);
            // A mark that stands alone is a path that is moved to its place.
            const at = e => e.getAttribute('transform').match(/translate\\(([-.\\d]+) ([-.\\d]+)\\)/).slice(1).map(Number);
            const points = [...svg.querySelectorAll('path[transform]')].map(at);
            const faults = points.length ? [] : ['the chart has no mark'];
            for (const [x, y] of points) {
                const [red, green, blue] = paper.getImageData(Math.round(x), Math.round(y), 1, 1).data;
                if (Math.min(red, green, blue) > 150) faults.push(`nothing is drawn at ${x}, ${y}`);
            }
            done(faults.join('; '));
        };
        image.src = 'data:image/svg+xml,' + encodeURIComponent(new XMLSerializer().serializeToString(copy));"""
    )
    assert white == ""
