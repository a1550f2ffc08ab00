"""The report of a run in a real browser, in Dutch and in English: read, walked through by keyboard, on a small screen, on paper."""

import os

import checks
import pytest


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
