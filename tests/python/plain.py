"""How plain the words of a page are: what is in sight, how hard it is to read, and double negatives."""

import re

from browser import Browser

# The text that a reader sees without opening anything, and all of its text. What is only for screen readers, and the
# names inside drawings (<title>, <desc>), is not in sight.
TEXTS = """
const all = arguments[0], found = [];
const open = e => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest('title,desc,style,script,.hidden,.skip')) continue;
    if (all ? e.closest('.narrow-chart') : !open(e)) continue;
    found.push(walk.currentNode.data.trim().replace(/\\s+/g, ' '));
}
return found;
"""
# Sentences and captions of running text: no cells of tables, no labels of drawings, no commands.
PROSE = """
const all = arguments[0];
const parts = [...document.querySelectorAll('main p, main li, main figcaption strong, main figcaption span, main .figures dd')];
return parts.filter(e => (all || e.checkVisibility()) && !e.closest('nav,.order,table')).map(e => e.textContent.trim().replace(/\\s+/g, ' '));
"""
NEGATIVES = {
    "nl": r"\b(?:niet|geen|nooit|niemand|niets|nergens)\b",
    "en": r"\b(?:not|no|never|nobody|none|nothing|nowhere|cannot|neither|nor|without)\b|n['’]t\b",
}
# Words that deny what they are joined to: with a negative before them they say the contrary of what they seem to.
DENIED = {
    "nl": r"\b(?:niet|geen|nooit) (?:on(?:mogelijk|bekend|waarschijnlijk|zeker|duidelijk|gewoon|belangrijk)|zonder)\w*",
    "en": r"\b(?:not|no|never) (?:un(?:likely|known|certain|clear|usual|important)|im(?:possible|probable)|without)\w*",
}
# Two negatives that belong together and deny once.
ONCE = {"nl": r"niet (?:goed of slecht|als winst en niet als)|en niet", "en": r"neither [^.;:]*? nor|no [^.;:]*? or no|with and without"}


def seen(browser: Browser) -> str:
    """The text in sight."""
    return " ".join(browser.ask(TEXTS, False))


def whole(browser: Browser) -> str:
    """All text, also what is folded away."""
    return " ".join(browser.ask(TEXTS, True))


def prose(browser: Browser, everything: bool = False) -> list[str]:
    """Its sentences and captions, in sight or all."""
    return browser.ask(PROSE, everything)


def words(text: str) -> list[str]:
    """Words and numbers of a text, each counted once: signs alone are none."""
    return re.findall(r"[^\W_][^\s]*", text)


def double_negatives(texts: list[str], language: str) -> list[str]:
    """Clauses that deny twice."""
    found = []
    for text in texts:
        for clause in re.split(r"[.;:!?,()“”]| [–·] ", text):
            once = re.sub(ONCE[language], "", clause, flags=re.I)
            if len(re.findall(NEGATIVES[language], once, re.I)) > 1 or re.search(DENIED[language], once, re.I):
                found.append(clause.strip())
    return found


def _counted(texts: list[str]) -> tuple[list[str], int]:
    """Words without numbers, and the number of sentences; a paragraph ends one."""
    letters, sentences = [], 0
    for text in texts:
        parts = [part for part in re.split(r"(?<=[.!?:])\s", text) if re.search(r"[^\W\d_]{2}", part)]
        sentences += len(parts)
        letters += re.findall(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*", text)
    return letters, max(sentences, 1)


def lix(texts: list[str]) -> float:
    """Läsbarhetsindex (Björnsson 1968): words a sentence, plus the percentage of words of more than six letters. Below
    40 is easy, 40 to 50 a newspaper, above 50 official language."""
    letters, sentences = _counted(texts)
    long = sum(len(word) > 6 for word in letters)
    return len(letters) / sentences + 100 * long / max(len(letters), 1)


def syllables(word: str) -> int:
    """Syllables of an English word: groups of vowels, without a silent e at its end."""
    word = word.lower()
    groups = len(re.findall(r"[aeiouy]+", word))
    if re.search(r"[^aeiouyl]e$|[^aeiouytd]ed$|[^aeiouyszc]es$", word):
        groups -= 1
    # Two vowels that are two syllables: violence, social; not nation, various.
    return max(groups + len(re.findall(r"i[ao](?!n|us|l\b)", word)), 1)


def grade(texts: list[str]) -> float:
    """Flesch-Kincaid grade (Kincaid 1975): years of school in America. 8 is plain, 12 the end of secondary school."""
    letters, sentences = _counted(texts)
    count = max(len(letters), 1)
    return 0.39 * count / sentences + 11.8 * sum(map(syllables, letters)) / count - 15.59
