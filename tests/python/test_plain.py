"""The measures of plain words themselves, against texts whose answer is known."""

import plain
import pytest


def test_syllables_of_common_words():
    known = {"the": 1, "children": 2, "violence": 3, "measure": 2, "cities": 2, "year": 1, "reported": 3, "places": 2}
    assert {word: plain.syllables(word) for word in known} == known


def test_short_sentences_are_easy_and_long_ones_hard():
    easy = ["The cat sat on the mat. It was warm."]
    hard = [
        "Notwithstanding considerable methodological heterogeneity, intergenerational transmission of interpersonal "
        "victimisation demonstrates substantial attributable vulnerability throughout metropolitan municipalities."
    ]
    assert plain.grade(easy) < 2 < 16 < plain.grade(hard)
    assert plain.lix(easy) < 10 < 60 < plain.lix(hard)
    # Seven words in one sentence, two of them long.
    assert plain.lix(["De gemeente betaalt de hulp voor gezinnen."]) == pytest.approx(7 + 100 * 3 / 7)


def test_double_negatives_are_found_and_single_ones_are_not():
    assert plain.double_negatives(["Het is niet onmogelijk.", "Geen stad doet het niet."], "nl") == [
        "Het is niet onmogelijk",
        "Geen stad doet het niet",
    ]
    assert plain.double_negatives(["It is not unlikely.", "Nobody has no place; no city pays."], "en") == [
        "It is not unlikely",
        "Nobody has no place",
    ]
    assert plain.double_negatives(["Dit is niet zeker. Geen stad betaalt."], "nl") == []
    assert plain.double_negatives(["Births are neither good nor bad."], "en") == []


def test_words_are_counted_as_a_reader_would():
    assert plain.words("€ 12 miljoen — 95%-marge: 3 tot 4.") == ["12", "miljoen", "95%-marge:", "3", "tot", "4."]
