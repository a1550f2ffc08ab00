"""The report of a run in a real browser, in Dutch and in English: read, walked through by keyboard, on a small screen, on paper."""

import base64
import io
import os
import re
import unicodedata

import checks
import plain
import pypdf
import pytest
from browser import TALL, WIDE

# Most words in sight of a report with two measures; what is folded away is for readers who open it.
MOST_WORDS = 2000
# More measures than two add their own: a sentence, three scales, and rows in the figures.
WORDS_A_MEASURE = 220
# What says nothing must not be said again and again.
MOST_UNSURE = 10
# LIX up to 45 is a newspaper for everybody; a grade up to 12 is secondary school.
MOST_LIX, MOST_GRADE = 45, 12


@pytest.fixture(params=["nl", "en"])
def page(request, browser):
    browser.open(checks.file_of(os.environ.get("KETEN_REPORT_RUN"), request.param))
    browser.language = request.param
    return browser


def test_it_says_in_which_language_it_is(page):
    assert checks.language(page, page.language) == []


@pytest.mark.parametrize("check", checks.ALL, ids=lambda check: check.__name__)
def test_it_holds(page, check):
    faults = check(page)
    assert not faults, f"{page.url}: {check.__doc__}\n" + "\n".join(f"- {fault}" for fault in faults)


def test_both_languages_have_the_same_parts(browser):
    parts = []
    for language in ("nl", "en"):
        browser.open(checks.file_of(os.environ.get("KETEN_REPORT_RUN"), language))
        parts.append(
            browser.ask(
                "return ['h2', 'svg[role=img]', 'table', 'details'].map(s => document.querySelectorAll(s).length)"
            )
        )
    assert parts[0] == parts[1], f"h2, charts, tables and details: {parts[0]} in Dutch, {parts[1]} in English"


def measures(page) -> int:
    return page.ask("return document.querySelectorAll('#answer .answer').length")


def test_the_words_in_sight_are_few(page):
    text = plain.seen(page)
    most = MOST_WORDS + WORDS_A_MEASURE * max(measures(page) - 2, 0)
    assert 300 < len(plain.words(text)) <= most


def test_no_clear_difference_is_not_said_again_and_again(page):
    text = plain.whole(page).lower()
    assert text.count({"nl": "geen duidelijk verschil", "en": "no clear difference"}[page.language]) <= MOST_UNSURE


def test_nothing_is_denied_twice(page):
    assert plain.double_negatives(plain.prose(page, True), page.language) == []


def test_its_sentences_are_easy_to_read(page):
    texts = plain.prose(page)
    if page.language == "nl":
        assert plain.lix(texts) <= MOST_LIX
    else:
        assert plain.grade(texts) <= MOST_GRADE


def test_commands_are_folded_away_and_in_the_last_chapter(page):
    assert not re.search(r"--[a-z]|keten (?:run|report|solve)", plain.seen(page))
    assert page.ask(
        "return [...document.querySelectorAll('pre')].every(e => e.closest('.chapter') === [...document.querySelectorAll('.chapter')].pop())"
    )


def test_the_answer_comes_first_with_a_sentence_and_three_scales(page):
    found = page.ask(
        """const first = document.querySelector('main > *');
        return [first.id, [...first.querySelectorAll('.answer')].map(a => [a.querySelector('.verdict').textContent.trim(),
            a.querySelectorAll('.scales .marks svg').length, [...a.querySelectorAll('.scales strong')].map(e => e.textContent.trim())])];"""
    )
    assert found[0] == "answer" and found[1]
    for sentence, marks, steps in found[1]:
        assert len(sentence) > 20 and not re.search(r"[{}]", sentence)
        # An answer that cannot be given has no scales; any other has three, each with a word beside its marks.
        assert (marks, len(steps)) in [(0, 0), (9, 3)] and all(steps), (sentence, steps)
    assert page.ask("return document.querySelectorAll('.chapter').length") <= 8


@pytest.mark.parametrize("width", [320, 360, 390, 1280])
def test_it_fits_every_screen_and_its_text_is_large_enough(page, width):
    """Nothing is wider than the screen, and no text in sight is smaller than 11 pixels, in drawings either."""
    page.size(width, TALL)
    found = page.ask(
        checks.SCRIPT
        + """
        const small = [];
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const e = walk.currentNode.parentElement;
            if (!walk.currentNode.data.trim() || !seen(e) || e.closest('title,desc,style,.hidden')) continue;
            const svg = e.ownerSVGElement, scale = svg && svg.viewBox.baseVal ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            const size = parseFloat(getComputedStyle(e).fontSize) * scale;
            if (size < 11) small.push(`${named(e)} has ${size.toFixed(1)} px`);
        }
        const wide = all('main *').filter(e => seen(e) && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.hidden,thead,svg,pre'));
        return [document.documentElement.scrollWidth <= innerWidth, small.slice(0, 5), wide.slice(0, 5).map(named)];"""
    )
    page.size(WIDE, TALL)
    if width < 360:
        # A screen narrower than the drawings shrinks their words.
        found[1] = [text for text in found[1] if not text.startswith("<text>")]
    assert found == [True, [], []]


@pytest.mark.parametrize("width", [360, 1280])
def test_every_chart_shows_one_of_its_drawings(page, width):
    page.size(width, TALL)
    page.ask("for (const d of document.querySelectorAll('details')) d.open = true")
    shown = page.ask(
        checks.SCRIPT
        + "return all('.chart').map(c => [...c.querySelectorAll('svg[role=img]')].filter(seen).map(s => s.viewBox.baseVal.width))"
    )
    page.ask("for (const d of document.querySelectorAll('details')) d.open = false")
    page.size(WIDE, TALL)
    assert shown and all(widths == [360 if width < 640 else 720] for widths in shown)


def test_on_paper_the_first_page_holds_the_answer_and_no_page_is_half_empty(page):
    page.media("print")
    pdf = pypdf.PdfReader(io.BytesIO(base64.b64decode(page.printed())))
    page.media("screen")
    squeezed = lambda text: re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    pages = [squeezed(sheet.extract_text()) for sheet in pdf.pages]
    few = measures(page) <= 2
    verdicts = page.ask("return [...document.querySelectorAll('#answer .verdict, #answer .scales strong')].map(e => e.textContent)")
    limits = page.ask("return [...document.querySelectorAll('#answer > ul > li')].map(e => e.textContent)")
    first = pages[0] if few else "".join(pages[:3])
    for text in verdicts + limits:
        assert squeezed(text) in first, f"{text} is not on the first page"
    assert len(pages) <= (10 if few else 16)
    for number, text in enumerate(pages, 1):
        assert f"{number}/{len(pages)}" in text, f"page {number} has no number"
    # How far down each page is written on; the page of the answer, and the last, end where they end.
    for number, sheet in enumerate(pdf.pages[1:-1], 2):
        lowest = []
        sheet.extract_text(visitor_text=lambda text, cm, tm, *_: lowest.append(cm[5] + tm[5] * cm[3]) if text.strip() else None)
        inside = [y for y in lowest if y > 0.06 * float(sheet.mediabox.height)]
        assert min(inside) < 0.5 * float(sheet.mediabox.height), f"page {number} is half empty"
