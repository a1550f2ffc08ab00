"""The checks of a report can fail: a small page holds, and each fault put into it is found, by the check it is meant for."""

import browser as chromium
import checks
import pytest

GOOD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A report</title><style>body { color: #222; background: #fff; font: 16px sans-serif } svg { max-width: 100% }
a { color: #00529b } .skip { position: absolute; left: -999px } .skip:focus { left: 8px }
:focus-visible { outline: 3px solid #00529b }</style></head>
<body><a class="skip" href="#main">To the content</a><main id="main" tabindex="-1"><h1>A report</h1><p>For <a href="#one">groups</a>.</p>
<section id="one"><h2>Violence</h2><figure><svg role="img" aria-labelledby="t d" viewBox="0 0 300 100" width="300" height="100">
<title id="t">Victims</title><desc id="d">They fall.</desc><rect width="80" height="30" y="50" fill="#00529b"/>
<text x="10" y="70" fill="#fff">10</text><text x="10" y="20" fill="#222">victims</text></svg>
<details><summary>The figures</summary><table><tr><th scope="col">year</th><th scope="col">victims</th></tr><tr><td>2008</td><td>10</td></tr></table>
</details></figure></section></main></body></html>"""

# What is changed in the page, into what, and the check that must see it.
FAULTS = [
    ("</main>", "<script>console.error('broken')</script></main>", checks.quiet_and_alone, "console says"),
    ("</main>", '<img alt="" src="elsewhere.png"></main>', checks.quiet_and_alone, "asks for"),
    ("</head>", '<link rel="stylesheet" href="https://example.invalid/a.css"></head>', checks.quiet_and_alone, "asks for"),
    ("<h1>A report</h1>", "<h1>A report</h1><h1>Another</h1>", checks.headings, "2 h1"),
    ("<h2>Violence</h2>", "<h3>Violence</h3>", checks.headings, "skipped"),
    ('<section id="one">', '<section id="main">', checks.ids_and_links, "2 times"),
    ('href="#one"', 'href="#two"', checks.ids_and_links, "#two"),
    ('aria-labelledby="t d"', 'aria-labelledby="t e"', checks.ids_and_links, "aria-labelledby e"),
    ('aria-labelledby="t d"', "", checks.charts, "no name"),
    ('width="300" height="100"', 'width="0" height="0"', checks.charts, "0 by 0"),
    ('<text x="10" y="20" fill="#222">', '<text x="280" y="20" fill="#222">', checks.charts, "cut off"),
    ("<table>", "<p>none</p><!--", checks.charts, "no data table"),
    ('<svg role="img"', '<svg role="img" aria-labelledby="t"><title>Empty</title></svg><svg role="img"', checks.charts, "draws nothing"),
    ('<a class="skip" href="#main">To the content</a>', "", checks.keyboard, "goes first to"),
    ("3px solid #00529b }", "none } a:focus { outline: none }", checks.keyboard, "no outline"),
    (".skip:focus { left: 8px }", "", checks.keyboard, "out of sight"),
    ("<summary>", '<summary tabindex="-1">', checks.keyboard, "never reaches"),
    ("<summary>", "<summary onkeydown='event.preventDefault()'>", checks.keyboard, "does not open"),
    ("<p>For", '<p style="width: 400px">For', checks.narrow, "details closed): <p>"),
    ("<table>", '<table style="width: 500px">', checks.narrow, "details open"),
    ("color: #222", "color: #999", checks.contrast, "A report"),
    ("<p>For", '<p style="opacity: .5">For', checks.contrast, "For"),
    ('fill="#fff">10', 'fill="#222">10', checks.contrast, '"10"'),
    ('<td>2008</td>', '<td style="background: #777">2008</td>', checks.contrast, "2008"),
    ("</style>", "@media print { svg { display: none } }</style>", checks.paper, "does not print"),
    ("</style>", "@media print { summary { display: none } }</style>", checks.paper, "neither in full"),
    ("</style>", "@media print { svg { min-width: 900px } }</style>", checks.paper, "cut off on paper"),
    ('<th scope="col">victims</th>', '<th scope="col">victims</th><th><img src="data:,"></th>', checks.axe, "image-alt"),
]  # fmt: skip


def opened(browser, tmp_path, text):
    file = tmp_path / "report-en.html"
    file.write_text(text, encoding="utf-8")
    browser.open(file)
    return browser


@pytest.mark.parametrize("check", checks.ALL, ids=lambda check: check.__name__)
def test_a_good_page_holds(browser, tmp_path, check):
    assert check(opened(browser, tmp_path, GOOD)) == []


@pytest.mark.parametrize(("old", "new", "check", "word"), FAULTS, ids=lambda part: getattr(part, "__name__", None))
def test_a_fault_is_found(browser, tmp_path, old, new, check, word):
    assert old in GOOD
    faults = check(opened(browser, tmp_path, GOOD.replace(old, new)))
    assert any(word in fault for fault in faults), f"{check.__name__} finds {faults}, nothing about {word!r}"


def test_a_wrong_language_is_found(browser, tmp_path):
    assert checks.language(opened(browser, tmp_path, GOOD), "nl") == ["html lang is 'en', not 'nl'"]


def test_a_missing_report_or_browser_fails_and_does_not_skip(tmp_path, monkeypatch):
    with pytest.raises(AssertionError, match="KETEN_REPORT_RUN is not set"):
        checks.file_of(None, "nl")
    with pytest.raises(AssertionError, match="keten report RUN --lang nl"):
        checks.file_of(str(tmp_path), "nl")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="chromium is missing"):
        chromium.installed("chromium")
