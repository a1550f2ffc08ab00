"""The page to take along in a real browser: the controls, the answer, an estimate, and the page without a script."""

import os
from pathlib import Path

import checks
import pytest


def file_of(language):
    folder = os.environ.get("KETEN_REPORT_RUN")
    assert folder, "KETEN_REPORT_RUN is not set: give the folder that holds mixes-nl.html and mixes-en.html (./check does)"
    return Path(folder) / f"mixes-{language}.html"


@pytest.fixture(params=["nl", "en"])
def page(request, browser):
    browser.open(file_of(request.param))
    browser.language = request.param
    return browser


DATA = "const data = JSON.parse(document.getElementById('data').textContent);"
# Chooses the levels of a mix as a reader does, and returns the answer and its mark.
CHOOSE = """
[...arguments[0]].forEach((level, at) => {
  document.querySelector(`input[name="lever${at}"][value="${parseInt(level, 36)}"]`).click();
});
const shown = (id) => (document.getElementById(id).hidden ? "" : document.getElementById(id).textContent);
return [shown("sentence"), shown("mark"), document.getElementById("effects").textContent];
"""


def quiet_with_its_script(browser):
    """The console is silent, and nothing but the file is asked for; its own script and data are in it."""
    return [fault for fault in checks.quiet_and_alone(browser) if fault != "the page has 2 script(s)"]


@pytest.mark.parametrize("check", [quiet_with_its_script, checks.narrow, checks.axe], ids=lambda check: check.__name__)
def test_it_holds(page, check):
    faults = check(page)
    assert not faults, f"{page.url}: {check.__doc__}\n" + "\n".join(f"- {fault}" for fault in faults)


def test_it_says_in_which_language_it_is(page):
    assert checks.language(page, page.language) == []


def test_every_simulated_mix_has_an_answer_of_its_own(page):
    mixes = page.ask(DATA + "return Object.keys(data.mixes);")
    texts = page.ask(DATA + "return data.texts;")
    assert len(mixes) > 2
    sentences = set()
    for mix in mixes:
        sentence, mark, effects = page.ask(CHOOSE, mix)
        assert sentence and effects, mix
        assert mark == ("" if set(mix) == {"0"} else texts["exact"]), mix
        sentences.add(sentence)
    assert len(sentences) == len(mixes)


def test_a_mix_that_was_not_simulated_is_marked(page):
    texts = page.ask(DATA + "return data.texts;")
    mixes = page.ask(DATA + "return Object.keys(data.mixes);")
    tops = page.ask(DATA + "return data.levers.map((lever) => lever.levels.length - 1);")
    every = ["".join(str(level) for level in mix) for mix in product(tops)]
    missing = [mix for mix in every if mix not in mixes]
    assert missing, "the run has every mix"
    for mix in missing:
        _, mark, _ = page.ask(CHOOSE, mix)
        assert mark in (texts["estimated"], texts["unknown"]), mix
    # The button goes back to the situation of 2008.
    page.ask("document.getElementById('reset').click();")
    later = "const done = arguments[0]; setTimeout(() => done(document.getElementById('sentence').textContent), 50);"
    assert page.ask_later(later) == texts["start"]


def product(tops):
    """All levels from 0 to each top."""
    mixes = [[]]
    for top in tops:
        mixes = [mix + [level] for mix in mixes for level in range(top + 1)]
    return mixes


def test_without_a_script_the_table_has_every_mix(page):
    text = file_of(page.language).read_text(encoding="utf-8")
    mixes = page.ask(DATA + "return Object.keys(data.mixes).length;")
    assert text.count('<tr><th scope="row">') == mixes
    assert '<form id="controls" hidden>' in text and '<details id="all" open>' in text
    assert len(text.encode("utf-8")) < 10_000_000
