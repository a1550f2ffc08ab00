"""The words that notebooks and charts show, in English and in Dutch."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Language: TypeAlias = Literal["en", "nl"]
"""English or Dutch."""

CAUTION: Final = "A model estimate for groups, never a forecast for a person."
"""The sentence that belongs under every figure."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "size": (
        "Scale {persons}: one simulated person stands for {each} real persons; {from_} to {until}; {draws}; {replicates}; {scenarios}",
        "Schaal {persons}: één gesimuleerde persoon staat voor {each} echte personen; {from_} tot en met {until}; {draws}; {replicates}; {scenarios}",
    ),
    "draws": ("{n} parameter draws", "{n} trekkingen van de parameters"),
    "central": ("central values of the parameters", "middelste waarden van de parameters"),
    "replicates": ("{n} replicates", "{n} herhalingen"),
    "replicate": ("one replicate", "één herhaling"),
    "scenarios": ("scenarios: {n}", "scenario's: {n}"),
    "honest": (
        "A model estimate for groups, never a forecast for a person. Of the {all} parameters that can change this run, {assumed} are assumptions.",
        "Een schatting van een model voor groepen, nooit een voorspelling voor een persoon. Van de {all} parameters die deze simulatie kunnen veranderen, zijn er {assumed} een aanname.",
    ),
    "compared": ("Compared with {base}", "Vergeleken met {base}"),
    "scenario": ("scenario", "scenario"),
    "figure": ("figure", "cijfer"),
    "difference": ("difference", "verschil"),
    "range": ("95 % range", "95 %-marge"),
    "reading": ("reading", "uitkomst"),
    "less": ("clearly less", "duidelijk minder"),
    "more": ("clearly more", "duidelijk meer"),
    "unclear": ("no clear difference", "geen duidelijk verschil"),
    "one_pair": ("one pair: no range", "één paar: geen marge"),
    "withheld": ("not shown: too few simulated persons", "niet getoond: te weinig gesimuleerde personen"),
    "first": ("first year", "eerste jaar"),
    "last": ("last year", "laatste jaar"),
    "sum": ("all years", "alle jaren"),
    "no_levels": (
        "The run has no table `yearly`, so that no levels can be shown.",
        "De simulatie heeft geen tabel `yearly`; niveaus ontbreken daarom.",
    ),
    "real": ("real persons, cases or euro", "echte personen, gevallen of euro"),
    "caution": (
        CAUTION,
        "Een schatting van een model voor groepen, nooit een voorspelling voor een persoon.",
    ),
    "changes_title": ("What each scenario changes", "Wat elk scenario verandert"),
    "changes_sub": (
        "Difference from {base}, sum of all years; bars: 95 % range",
        "Verschil met {base}, som van alle jaren; lijnen: 95 %-marge",
    ),
    "year_title": ("{figure} by year", "{figure} per jaar"),
    "year_sub": (
        "The four cities{counted}; mean over draws and replicates, band: lowest to highest under {base}",
        "De vier steden{counted}; gemiddelde over trekkingen en herhalingen, band: laagste tot hoogste bij {base}",
    ),
    "counted": (", real persons or events", ", echte personen of gebeurtenissen"),
    "passing_title": ("How much is passed on", "Hoeveel wordt doorgegeven"),
    "passing_sub": (
        "Ratio of risks with and without this childhood, {base}; bars: 95 % range. Crude and surveyed: an association; causal: what the childhood itself does",
        "Verhouding van risico's met en zonder deze jeugd, {base}; lijnen: 95 %-marge. Ruw en uit enquêtes: een samenhang; oorzakelijk: wat de jeugd zelf doet",
    ),
    "witness_use": ("Witnessed violence, later uses it", "Zag geweld, gebruikt later geweld"),
    "exposed_use": (
        "Witnessed violence or was maltreated, later uses violence",
        "Zag geweld of werd mishandeld, gebruikt later geweld",
    ),
    "exposed_suffer": (
        "Witnessed violence or was maltreated, later a victim",
        "Zag geweld of werd mishandeld, later slachtoffer",
    ),
    "maltreated_maltreats": (
        "Was maltreated, own child later maltreated",
        "Werd mishandeld, eigen kind later mishandeld",
    ),
    "male": ("Men and boys", "Mannen en jongens"),
    "female": ("Women and girls", "Vrouwen en meisjes"),
    "both": ("Both", "Beide"),
    "crude_ratio": ("crude", "ruw"),
    "surveyed_ratio": ("surveyed", "uit enquêtes"),
    "causal_ratio": ("causal", "oorzakelijk"),
    "ratio": ("risk ratio (logarithmic)", "risicoverhouding (logaritmisch)"),
    "accept_title": (
        "Probability that each scenario gives most value for money",
        "Kans dat elk scenario de meeste waarde voor het geld geeft",
    ),
    "wtp": ("willingness to pay, euro per QALY", "betalingsbereidheid, euro per QALY"),
    "probability": ("probability", "kans"),
    "plane_title": ("Cost and health of each draw", "Kosten en gezondheid van elke trekking"),
    "plane_sub": ("Difference from {base}, a point for each parameter draw", "Verschil met {base}, een punt voor elke trekking"),
    "qaly": ("QALYs gained", "gewonnen QALY's"),
    "euro": ("extra cost, euro of 2008", "extra kosten, euro van 2008"),
}  # fmt: skip


def say(key: str, lang: Language, **parts: str) -> str:
    """A text in a language, with its parts put in."""
    return _WORDS[key][lang == "nl"].format(**parts)


def number(value: float, lang: Language) -> str:
    """A number as readers see it: about three significant digits, with separators."""
    size = abs(value)
    rounded = float(f"{value:.3g}") if size < 1e4 else round(value, -2)
    text = f"{rounded:,.0f}" if size >= 100 else f"{rounded:,.3g}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "nl" else text


def signed(value: float, lang: Language) -> str:
    """A number with its sign."""
    text = number(value, lang)
    return text.replace("-", "\N{MINUS SIGN}") if value < 0 else f"+{text}" if value > 0 else text
