"""What must hold for a report in the browser. Each check returns the faults it finds, in words; none is a page as it should be."""

import base64
import importlib.resources
from pathlib import Path

from browser import NARROW, TALL, WIDE, Browser
from selenium.webdriver.common.keys import Keys

# Helpers for the scripts below: how an element is named in a message, and whether it is seen.
SCRIPT = """
const named = e => '<' + e.tagName.toLowerCase() + (e.id ? ' id="' + e.id + '"' : '') + '> "'
    + (e.textContent || '').trim().replace(/\\s+/g, ' ').slice(0, 60) + '"';
const seen = e => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length > 0;
const all = selector => [...document.querySelectorAll(selector)];
"""


def language(browser: Browser, expected: str) -> list[str]:
    """The page says in which language it is."""
    found = browser.ask("return document.documentElement.lang")
    return [] if found == expected else [f"html lang is {found!r}, not {expected!r}"]


def quiet_and_alone(browser: Browser) -> list[str]:
    """The console is silent; nothing but the file was asked for; there is no script in it."""
    faults = [f"the console says {line}" for line in browser.said()]
    own = browser.url.split("#")[0]
    foreign = [url for url in browser.requested() if url.split("#")[0] != own and not url.startswith("data:")]
    faults += [f"the page asks for {url[:120]}" for url in foreign]
    scripts = browser.ask("return document.scripts.length")
    return faults + ([f"the page has {scripts} script(s)"] if scripts else [])


def headings(browser: Browser) -> list[str]:
    """One h1, first; no level is skipped on the way down; no heading is empty; there are sections."""
    found = browser.ask(
        SCRIPT
        + "return all('h1,h2,h3,h4,h5,h6').map(h => [Number(h.tagName[1]), named(h), h.textContent.trim() !== ''])"
    )
    levels = [level for level, *_ in found]
    faults = [f"{name} is empty" for _, name, filled in found if not filled]
    if levels.count(1) != 1:
        faults.append(f"the page has {levels.count(1)} h1, not one")
    if 2 not in levels:
        faults.append("the page has no section with an h2")
    for before, (level, name, _) in zip([0, *levels], found):
        if level > before + 1:
            faults.append(f"{name} follows level {before}: a level is skipped")
    return faults


def ids_and_links(browser: Browser) -> list[str]:
    """No id twice; links within the page lead somewhere; links have words; what labels something is there."""
    return browser.ask(
        SCRIPT
        + """
        const faults = [], count = {};
        for (const e of all('[id]')) count[e.id] = (count[e.id] || 0) + 1;
        for (const id in count) if (count[id] > 1) faults.push(`the id ${id} is there ${count[id]} times`);
        for (const a of all('a[href^="#"]')) {
            const id = decodeURIComponent(a.getAttribute('href').slice(1));
            if (!id || !document.getElementById(id)) faults.push(`${named(a)} leads to #${id}, which is not there`);
        }
        for (const a of all('a[href]'))
            if (!a.textContent.trim() && !a.getAttribute('aria-label')) faults.push(`a link to ${a.getAttribute('href')} has no words`);
        for (const name of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for'])
            for (const e of all(`[${name}]`))
                for (const id of e.getAttribute(name).split(/\\s+/).filter(Boolean))
                    if (!document.getElementById(id)) faults.push(`${named(e)} has ${name} ${id}, which is not there`);
        return faults;"""
    )


def charts(browser: Browser) -> list[str]:
    """Every chart has a size, words, a name that resolves, and the same data in a table of its own."""
    return browser.ask(
        SCRIPT
        + """
        // Of the two drawings of a chart the page shows the one that fits.
        const faults = [], charts = all('svg[role="img"]').filter(svg => !svg.closest('.narrow-chart'));
        if (!charts.length) faults.push('the page has no chart (svg with role="img")');
        for (const d of all('details')) d.open = true;
        for (const svg of all('svg:not([role="img"])'))
            if (svg.getAttribute('aria-hidden') !== 'true') faults.push('an svg has neither role="img" nor aria-hidden="true"');
        charts.forEach((svg, index) => {
            const name = `chart ${index + 1} (${(svg.querySelector('title') || {}).textContent || 'without title'})`;
            const box = svg.getBoundingClientRect();
            if (box.width < 100 || box.height < 40) faults.push(`${name} is ${box.width} by ${box.height} px`);
            const marks = [...svg.querySelectorAll('path,line,polyline,rect,circle,polygon')];
            if (!marks.some(mark => { const b = mark.getBoundingClientRect(); return b.width + b.height > 0; }))
                faults.push(`${name} draws nothing`);
            const texts = [...svg.querySelectorAll('text')].filter(text => text.textContent.trim());
            if (!texts.length) faults.push(`${name} has no text`);
            for (const text of texts) {
                const b = text.getBoundingClientRect();
                if (b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || b.bottom > box.bottom + 1)
                    faults.push(`${name}: "${text.textContent.trim()}" is cut off at its edge`);
            }
            const labels = (svg.getAttribute('aria-labelledby') || '').split(/\\s+/).filter(Boolean);
            const words = labels.map(id => document.getElementById(id)).map(e => e ? e.textContent.trim() : '');
            if (!labels.length || words.some(text => !text)) faults.push(`${name} has no name: aria-labelledby is "${labels.join(' ')}"`);
            let home = svg.parentElement;
            while (home && !home.querySelector('table')) home = home.parentElement;
            if (!home || home.querySelectorAll(':not(.narrow-chart) > svg[role="img"]').length > home.querySelectorAll('table').length)
                faults.push(`${name} has no data table of its own`);
        });
        for (const d of all('details')) d.open = false;
        for (const table of all('table')) {
            const rows = [...table.rows];
            if (rows.length < 2) faults.push(`a table has ${rows.length} row(s): ${named(table)}`);
            if (!table.querySelector('th')) faults.push(`a table has no th: ${named(table)}`);
        }
        return faults;"""
    )


def keyboard(browser: Browser) -> list[str]:
    """Tab goes first to a link into the page, then to every link and summary, each with a visible focus; Enter opens what is closed."""
    wanted = browser.ask(
        SCRIPT
        + """
        window.stops = all('a[href],summary,button,input,select,textarea').filter(e => seen(e) || e.matches('a[href^="#"]'));
        document.activeElement.blur(); window.scrollTo(0, 0);
        return window.stops.filter(seen).map(named);"""
    )
    if not wanted:
        return ["the page has nothing to reach by keyboard"]
    faults, reached, first = [], set(), True
    for _ in range(len(wanted) + browser.ask("return document.querySelectorAll('[tabindex],pre,div').length") + 10):
        browser.press(Keys.TAB)
        at = browser.ask(
            SCRIPT
            + """
            const e = document.activeElement;
            if (!e || e === document.body || e === document.documentElement) return null;
            const look = getComputedStyle(e), box = e.getBoundingClientRect();
            const ring = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0;
            const on = box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight;
            const to = e.matches('a[href^="#"]') && document.getElementById(e.getAttribute('href').slice(1));
            return { place: window.stops.indexOf(e), name: named(e), ring, on,
                skip: !!to && (to.matches('main,h1') || !!to.querySelector('h1')) };"""
        )
        if at is None or (at["place"] in reached and at["place"] >= 0):
            break
        if first and not at["skip"]:
            faults.append(f"Tab goes first to {at['name']}, not to a link that skips to <main> or the h1")
        first = False
        reached.add(at["place"])
        if not at["ring"]:
            faults.append(f"{at['name']} shows no outline when it has the focus")
        if not at["on"]:
            faults.append(f"{at['name']} is out of sight when it has the focus")
    missed = browser.ask(
        SCRIPT + "return window.stops.filter((e, i) => seen(e) && !arguments[0].includes(i)).map(named)",
        sorted(reached),
    )
    faults += [f"Tab never reaches {name}" for name in missed]
    for index in range(browser.ask(SCRIPT + "return all('summary').filter(seen).length")):
        script = (
            SCRIPT
            + "const s = all('summary').filter(seen)[arguments[0]]; s.parentElement.open = false; s.focus(); return named(s)"
        )
        name = browser.ask(script, index)
        browser.press(Keys.ENTER)
        opened = browser.ask(
            "const d = document.activeElement.parentElement, o = d.open; d.open = false; return o", index
        )
        if not opened:
            faults.append(f"Enter does not open {name}")
    return faults


def narrow(browser: Browser) -> list[str]:
    """On a screen of 320 px nothing needs scrolling sideways but boxes that scroll by themselves, open details included."""
    browser.size(NARROW, TALL)
    faults = browser.ask(
        SCRIPT
        + """
        const faults = [];
        for (const open of [false, true]) {
            for (const d of all('details')) d.open = open;
            const width = document.documentElement.scrollWidth;
            if (width <= innerWidth) continue;
            const scrolls = e => e && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
            const wide = all('body *').filter(e => seen(e) && e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e.parentElement));
            const who = wide.length ? wide.slice(0, 3).map(named).join('; ') : 'unknown';
            faults.push(`at ${innerWidth} px the page is ${width} px wide (details ${open ? 'open' : 'closed'}): ${who}`);
        }
        for (const d of all('details')) d.open = false;
        return faults;"""
    )
    browser.size(WIDE, TALL)
    return faults


def contrast(browser: Browser) -> list[str]:
    """Every text stands out from what is behind it by 4.5 to 1, in charts and open details too."""
    browser.ask("for (const d of document.querySelectorAll('details')) d.open = true")
    # So tall that every text is in the window, where one can ask what is behind it.
    browser.size(WIDE, browser.ask("return Math.ceil(document.documentElement.scrollHeight) + 100"))
    found = browser.ask(SCRIPT + CONTRAST)
    browser.size(WIDE, TALL)
    browser.ask("for (const d of document.querySelectorAll('details')) d.open = false")
    return [] if found["texts"] == 0 else found["faults"] if found["texts"] > 1 else ["the page has hardly any text"]


CONTRAST = """
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const parsed = {};
const colour = text => parsed[text] ||= (() => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
})();
const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
const light = c => { const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const faint = e => { let o = 1; for (; e; e = e.parentElement) o *= parseFloat(getComputedStyle(e).opacity); return o; };
// The colours that an element may put behind a text: several when it is filled with a pattern.
const paints = e => {
    const look = getComputedStyle(e), opacity = faint(e);
    const with_ = (text, share) => { const c = colour(text); return [c[0], c[1], c[2], c[3] * share * opacity]; };
    if (e.ownerSVGElement) {
        if (['text', 'tspan', 'svg', 'g'].includes(e.tagName)) return [];
        const share = parseFloat(look.fillOpacity), pattern = look.fill.match(/url\\("?#(.*?)"?\\)/);
        if (!pattern) return look.fill === 'none' ? [] : [with_(look.fill, share)];
        const parts = [...(document.getElementById(pattern[1]) || document.createElement('p')).querySelectorAll('*')];
        return parts.flatMap(p => { const l = getComputedStyle(p); return [l.fill, l.stroke].filter(c => c !== 'none').map(c => with_(c, share)); });
    }
    return [with_(look.backgroundColor, 1)];
};
const behind = (e, x, y) => {
    const stack = document.elementsFromPoint(x, y), own = stack.indexOf(e);
    let grounds = [[255, 255, 255, 1]];
    for (const below of stack.slice(e.ownerSVGElement ? own + 1 : Math.max(own, 0)).reverse()) {
        const tops = paints(below);
        if (tops.length) grounds = grounds.flatMap(g => tops.map(t => over(t, g)));
        grounds = [...new Map(grounds.map(g => [g.join(), g])).values()];
    }
    return grounds;
};
const faults = new Map(); let texts = 0;
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
    const node = walk.currentNode, e = node.parentElement;
    if (!node.data.trim() || !seen(e) || e.closest('title,desc,style,script,template')) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 1 || box.height < 1) continue;
    texts++;
    const look = getComputedStyle(e), svg = !!e.ownerSVGElement;
    const share = (svg ? parseFloat(look.fillOpacity) : 1) * faint(e), ink = colour(svg ? look.fill : look.color);
    const halo = svg && look.paintOrder.startsWith('stroke') && look.stroke !== 'none' && parseFloat(look.strokeWidth) >= 2;
    for (const at of [0.1, 0.5, 0.9]) {
        const grounds = halo ? [colour(look.stroke)] : behind(e, box.left + at * box.width, box.top + box.height / 2);
        const worst = Math.min(...grounds.map(ground => ratio(over([ink[0], ink[1], ink[2], ink[3] * share], ground), ground)));
        if (worst < 4.5) { faults.set(node, `"${node.data.trim().slice(0, 60)}" has a contrast of ${worst.toFixed(2)}, not 4.5`); break; }
    }
}
return { texts, faults: [...new Set(faults.values())] };
"""


def paper(browser: Browser) -> list[str]:
    """In print headings and charts stay and fit on A4; what is folded away prints in full, as the line that says so, or is left out as a whole; links to skip go."""
    browser.media("print")
    # A4 less margins of 1 cm at 96 px to the inch.
    browser.size(718, TALL)
    faults = browser.ask(
        SCRIPT
        + """
        const faults = [];
        const printed = all('h1,h2,svg[role="img"]').filter(e => !e.closest('details,.narrow-chart,nav'));
        for (const e of printed) if (!seen(e)) faults.push(`${named(e)} does not print`);
        for (const svg of printed.filter(e => e.matches('svg'))) {
            const box = svg.getBoundingClientRect();
            if (box.right > innerWidth + 1) faults.push(`${named(svg)} is cut off on paper, at ${Math.round(box.right)} of ${innerWidth} px`);
        }
        for (const d of all('details')) {
            const inside = [...d.children].some(e => e.tagName !== 'SUMMARY' && seen(e)), line = d.querySelector('summary');
            const out = getComputedStyle(d).display === 'none';
            if (!out && !inside && !(line && seen(line))) faults.push(`${named(d)} prints neither in full nor as its summary`);
        }
        return faults;"""
    )
    pages = base64.b64decode(browser.printed())
    browser.media("screen")
    browser.size(WIDE, TALL)
    return faults + ([] if pages.startswith(b"%PDF") and len(pages) > 1000 else ["the page does not print to PDF"])


def axe(browser: Browser) -> list[str]:
    """axe-core finds nothing against WCAG 2.2 A and AA, nor against its best practices."""
    script = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    browser.ask("for (const d of document.querySelectorAll('details')) d.open = true")
    browser.ask(script)
    found = browser.ask_later(
        "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then(r => done(r.violations), e => done(String(e)))"
    )
    browser.ask("for (const d of document.querySelectorAll('details')) d.open = false")
    if isinstance(found, str):
        return [f"axe did not run: {found}"]
    return [
        f"axe {fault['id']}: {fault['help']}, {len(fault['nodes'])} times, first {fault['nodes'][0]['html'][:160]}"
        for fault in found
    ]


# quiet_and_alone comes first: what follows logs.
ALL = [quiet_and_alone, headings, ids_and_links, charts, keyboard, narrow, contrast, paper, axe]


def file_of(folder: str | None, language: str) -> Path:
    """The report of a run; says what to do when there is none."""
    assert folder, (
        "KETEN_REPORT_RUN is not set: give the folder that holds report-nl.html and report-en.html (./check does)"
    )
    file = Path(folder) / f"report-{language}.html"
    assert file.is_file(), f"{file} is missing: run keten report RUN --lang {language}"
    return file
