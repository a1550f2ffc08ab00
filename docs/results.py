#!/usr/bin/env python3
"""Runs the experiments behind the figures that the documents quote and writes them to docs/RESULTS.md.

    docs/results.py            the sizes that RESULTS.md states (about twenty minutes on two cores)
    docs/results.py --full     every experiment at the size of its own file (some hours)
    docs/results.py --only demo,transmission   some sections; the others stay as they are in RESULTS.md
    docs/results.py --derived  only the blocks that are made from other blocks; runs nothing

Each section names its commit and date: the script refuses a checkout with uncommitted changes outside docs/ and README.md,
unless --dirty is given. Units are cached, so an interrupted run goes on. README quotes blocks between
`<!-- results:NAME -->` and `<!-- /results -->`; the script writes the same block into both, and
tests/python/test_results.py holds them to each other.

The section `demo` also makes docs/img/answer.png, the top of the report that the demo writes; the section `page` the pictures
of the planner's page beside it.

Needs what notebooks/requirements.txt names, and the release build of keten; for the picture also what
tests/python/requirements.txt names, chromium and chromedriver. Without these the old picture of the demo stays, with a warning;
the section `page` cannot be made without them.
"""

import argparse
import csv
import datetime
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "RESULTS.md"
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "img" / "answer.png"

# Experiment, and the size at which RESULTS.md has it: what is smaller than in the file stands beside every figure.
SMALLER = {
    "demo": [],
    "flagships": ["--scale", "0.02", "--set", "draws=0", "--set", "replicates=6", "--set", "founding.pool_size=20000"],
    "uncertainty": ["--scale", "0.01", "--set", "draws=20", "--set", "founding.pool_size=20000"],
    "lifetime": ["--scale", "0.005", "--set", "founding.pool_size=20000"],
    "assumptions": [
        *("--scale", "0.005", "--set", "draws=5", "--set", "uncertainty.block=5"),
        *("--set", "founding.pool_size=20000"),
    ],
    "generations": ["--scale", "0.005"],
    "kappa-zero": ["--scale", "0.01"],
    # At a scale at which queues resemble those of the cities, so that no scenario is withheld; over fewer years.
    "action-programme": [
        *("--scale", "0.18", "--set", "draws=6", "--set", "uncertainty.block=6", "--set", "until=2016"),
    ],
    "cards": ["--scale", "0.02", "--set", "draws=6", "--set", "uncertainty.block=6"],
    "bottlenecks": ["--scale", "0.03", "--set", "draws=6", "--set", "uncertainty.block=6"],
    "luck": ["--scale", "0.002"],
    "trends": ["--scale", "0.01"],
    "first-run": [],
    "g4-baseline": ["--scale", "0.25", "--set", "until=2016"],
}


class Keten:
    """The program, and where its runs go."""

    def __init__(self, program, runs, full):
        self.program, self.runs, self.full = program, runs, full

    def __call__(self, *words, capture=True):
        made = subprocess.run(
            [str(self.program), *words], cwd=ROOT, text=True, stdout=subprocess.PIPE if capture else None
        )
        if made.returncode:
            sys.exit(f"results: keten {' '.join(words)} ended with {made.returncode}")
        return made.stdout

    def size(self, name):
        return [] if self.full else SMALLER[name]

    def run(self, name, *words):
        """Runs an experiment and gives its folder; `words` in place of the size of RESULTS.md."""
        where = f"experiments/{name}.toml"
        told = self("run", where, *(words or self.size(name)), "--out", str(self.runs), "--json")
        return Path(json.loads(told.strip().splitlines()[-1])["run"])

    def report(self, folder):
        """The files of a report, beside the run and not in it."""
        out = self.runs / "reports" / folder.name
        self("report", str(folder), "--out", str(out))
        return out / "report-files"


def rows(path):
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def number(text, digits=None):
    """A number as RESULTS.md has it: three figures, thousands apart; a dash where there is none."""
    if text in (None, ""):
        return "–"
    value = float(text)
    if digits is not None:
        return f"{value:,.{digits}f}"
    if value == 0:
        return "0"
    size = 10 ** max(len(str(int(abs(value)))) - 3, 0) if abs(value) >= 1 else 1
    if abs(value) >= 100:
        return f"{round(value / size) * size:,.0f}"
    return f"{value:.3g}"


def signed(text):
    shown = number(text)
    return shown if shown.startswith(("-", "–")) or shown == "0" else f"+{shown}"


def table(head, lines):
    return "\n".join(
        ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(line) + " |" for line in lines)]
    )


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def labels(folder):
    """What scenarios are called; one under a variant (`scenario@variant`) has the label of the variant after it."""
    found = manifest(folder)
    variants = found["config"]["experiment"].get("variants") or {}

    def label(one):
        name, _, variant = one["name"].partition("@")
        own = one.get("label") or name
        return f"{own}: {(variants.get(variant) or {}).get('label') or variant}" if variant else own

    return {one["name"]: label(one) for one in found["scenarios"]}


def size_of(folder):
    """What was simulated, in words."""
    experiment = manifest(folder)["config"]["experiment"]
    draws, replicates = experiment.get("draws", 0), experiment.get("replicates", 1)
    of = f"{draws} parameter draws" if draws else "central values"
    more = f", {replicates} replicates" if replicates > 1 else ""
    return (
        f"`{folder.name}`: {of}{more}, one simulated person for {1 / experiment['scale']:,.0f}, "
        f"to {experiment['until'] - 1}"
    )


def ranged(row):
    """A difference with its range."""
    if row["withheld"]:
        return row["withheld"].replace("_", " ")
    inside = f" ({signed(row['low'])} to {signed(row['high'])})" if row["low"] else ""
    return signed(row["difference"]) + inside


NAMES = {
    "first_exposed": "children who meet violence at home for the first time",
    "any_victims": "years of a person as a victim of domestic violence",
    "children_maltreated": "years in which a child is maltreated",
    "next_generation_used": "born in the cities since 2008 who begin to use violence",
    "births": "births (a number without a value)",
    "euro": "euro of 2008, all payers, not discounted",
    "euro_measures": "of these, the measures themselves",
    "qaly_lost": "QALYs lost to violence, not discounted",
    "police_reports": "police reports (a record)",
}
AMONG = {
    "both_worlds": "people alive with and without the measure",
    "cohort": "those taken in, their children and grandchildren",
    "everybody": "everybody; births that differ are in it",
}


def effects_table(folder, files, measures):
    """Differences of every scenario, a row each."""
    names, lines = labels(folder), []
    found = [row for row in rows(files / "effects.csv") if row["place"] != "exported" and row["measure"] in measures]
    found.sort(
        key=lambda row: (
            list(names).index(row["scenario"]) if row["scenario"] in names else 99,
            measures.index(row["measure"]),
        )
    )
    for row in found:
        lower = (
            f"{float(row['share_lower']):.0%} / {float(row['share_equal']):.0%} / {float(row['share_higher']):.0%}"
            if row["share_lower"]
            else "–"
        )
        lines.append(
            [
                names.get(row["scenario"], row["scenario"]),
                NAMES[row["measure"]],
                number(row["reference_value"]),
                ranged(row),
                number(row["mc_error"]),
                lower,
                AMONG.get(row["among"], row["among"]),
            ]
        )
    return table(
        [
            "scenario",
            "what",
            "comparator",
            "difference (95 % range)",
            "Monte Carlo error",
            "lower / same / higher",
            "counted among",
        ],
        lines,
    )


def reached_table(folder, files):
    names = labels(folder)
    lines = [
        [
            names.get(row["scenario"], row["scenario"]),
            "yes" if row["same_world"] == "yes" else "no",
            number(row["persons_reached"]),
            number(row["starts"]),
            number(row["euro_per_start_or_person"]),
        ]
        for row in rows(files / "reached.csv")
    ]
    return table(["scenario", "identical to the comparator", "persons reached", "starts", "euro for one start"], lines)


def icer_table(folder, files):
    names = labels(folder)
    wanted = [
        row
        for row in rows(files / "icers.csv")
        if row["Perspective"] == "societal" and row["Discounting"] == "zin-2024"
    ]
    lines = [
        [
            names.get(row["Strategy"], row["Strategy"]),
            number(row["Cost"]),
            number(row["Effect"]),
            number(row["Inc_Cost"]),
            number(row["Inc_Effect"]),
            number(row["ICER"]) if row["ICER"] else row["No_Ratio_Because"] or "–",
            row["Status"],
        ]
        for row in wanted
    ]
    return table(
        ["scenario", "euro", "QALY (less those lost)", "euro more", "QALY more", "euro for a QALY", "status"], lines
    )


def picture(page):
    """The top of a report as a picture for README."""
    sys.path.insert(0, str(ROOT / "tests" / "python"))
    try:
        from browser import Browser

        chromium = Browser()
    except (ImportError, AssertionError) as fault:
        print(f"results: {PICTURE.relative_to(ROOT)} stays as it is: {fault}", file=sys.stderr)
        return
    PICTURE.parent.mkdir(exist_ok=True)
    try:
        chromium.open(page)
        chromium.size(1000, 848)
        chromium.ask(
            "document.head.insertAdjacentHTML('beforeend', '<style>::-webkit-scrollbar { display: none }</style>');"
            "document.getElementById('answer').scrollIntoView()"
        )
        chromium.driver.save_screenshot(str(PICTURE))
    finally:
        chromium.close()


def demo(keten):
    text = keten("demo", "--out", str(keten.runs), "--quiet")
    page = re.search(r"^Report\s+(.*)$", text, flags=re.M)
    if page:
        picture(Path(page[1]))
    where = re.escape(str(keten.runs))
    return "```text\n" + re.sub(where, "runs", text).strip() + "\n```"


def transmission(keten):
    folder = keten.run("flagships")
    found = (
        pl.read_parquet(folder / "transmission.parquet")
        .filter(
            pl.col("scenario") == "status-quo",
            pl.col("city") == "G4",
            pl.col("window") == "all",
            pl.col("sex") != "both",
        )
        .group_by("sex", "pathway", maintain_order=True)
        .agg(
            pl.col("input_ratio").mean(),
            pl.col("crude_ratio").mean(),
            pl.col("surveyed_ratio").mean(),
            pl.col("causal_ratio").mean(),
            (pl.col("causal_ratio").std() / pl.len().sqrt()).alias("error"),
            pl.col("input_kappa").mean(),
            pl.col("achieved_kappa").mean(),
            pl.col("attributable_own").mean(),
            pl.col("attributable_both").mean(),
        )
    )
    two = lambda value: "–" if value is None else f"{value:.2f}"
    lines = [
        [
            row["sex"],
            row["pathway"].replace("_", " "),
            *(two(row[name]) for name in ("input_ratio", "crude_ratio", "surveyed_ratio")),
            f"{two(row['causal_ratio'])} ({row['error'] or 0:.3f})",
            *(two(row[name]) for name in ("input_kappa", "achieved_kappa", "attributable_own", "attributable_both")),
        ]
        for row in found.iter_rows(named=True)
    ]
    head = [
        "sex",
        "pathway",
        "target",
        "crude ratio",
        "a survey would find",
        "causal ratio (standard error)",
        "kappa put in",
        "kappa reached",
        "onsets attributable to the own childhood",
        "to both partners' childhoods",
    ]
    return f"{size_of(folder)}; status quo, the last ten years.\n\n" + table(head, lines)


def flagships(keten):
    folder = keten.run("uncertainty")
    files = keten.report(folder)
    measures = ["first_exposed", "any_victims", "next_generation_used", "births", "euro", "euro_measures", "qaly_lost"]
    return (
        f"{size_of(folder)}; sums over 2008 to 2047 beside the status quo, 95 % of draws in brackets.\n\n"
        + reached_table(folder, files)
        + "\n\n"
        + effects_table(folder, files, measures)
        + "\n\n"
        + icer_table(folder, files)
    )


def central(keten):
    folder = keten.run("flagships")
    files = keten.report(folder)
    return (
        f"{size_of(folder)}; 95 % confidence of the mean in brackets.\n\n"
        + reached_table(folder, files)
        + "\n\n"
        + effects_table(
            folder,
            files,
            [
                "first_exposed",
                "any_victims",
                "children_maltreated",
                "next_generation_used",
                "births",
                "euro",
                "qaly_lost",
            ],
        )
    )


def lifetime(keten):
    folder = keten.run("lifetime")
    files = keten.report(folder)
    return (
        f"{size_of(folder)}; taken in from 2009 to 2018.\n\n"
        + reached_table(folder, files)
        + "\n\n"
        + icer_table(folder, files)
        + "\n\n"
        + effects_table(folder, files, ["euro", "qaly_lost", "births"])
    )


def assumptions(keten):
    folder = keten.run("assumptions")
    files = keten.report(folder)
    return f"{size_of(folder)}; support in pregnancy beside the status quo under each assumption.\n\n" + effects_table(
        folder, files, ["first_exposed", "any_victims"]
    )


def generations(keten):
    folder = keten.run("generations")
    lines = [
        [row["what"].replace("_", " "), number(row["value"]), f"{number(row['low'])} to {number(row['high'])}"]
        for row in rows(keten.report(folder) / "generations.csv")
    ]
    return f"{size_of(folder)}.\n\n" + table(["violent children of one violent parent", "mean", "95 % of draws"], lines)


def kappa(keten):
    folder = keten.run("kappa-zero")
    names = labels(folder)
    found = (
        pl.read_parquet(folder / "transmission.parquet")
        .filter(
            pl.col("city") == "G4",
            pl.col("window") == "all",
            pl.col("pathway") == "witness_use",
            pl.col("sex") != "both",
        )
        .group_by("scenario", "sex", maintain_order=True)
        .agg([pl.col(name).mean() for name in ("input_ratio", "crude_ratio", "causal_ratio", "input_kappa")])
    )
    lines = [
        [
            names[row["scenario"]],
            row["sex"],
            *(
                "–" if row[name] is None else f"{row[name]:.2f}"
                for name in ("input_kappa", "input_ratio", "crude_ratio", "causal_ratio")
            ),
        ]
        for row in found.iter_rows(named=True)
    ]
    return f"{size_of(folder)}; the last ten years.\n\n" + table(
        ["scenario", "sex", "kappa put in", "target", "crude ratio", "causal ratio"], lines
    )


def start(keten):
    """Where draws begin, and how records go on from there."""
    folder = keten.run("uncertainty")
    scale = manifest(folder)["config"]["experiment"]["scale"]
    first = pl.read_parquet(folder / "yearly.parquet").filter(
        pl.col("city") == "G4", pl.col("scenario") == "status-quo", pl.col("year") == 2008
    )
    rates = {
        "adult victims of domestic violence per 1000": "any_victims_per_1000_adults",
        "victims of a (former) partner per 1000 adults": "victims_per_1000_adults",
        "maltreated children per 1000": "maltreated_per_1000_children",
    }
    lines = [
        [
            name,
            *(
                f"{value:.1f}"
                for value in (first[column].mean(), first[column].quantile(0.025), first[column].quantile(0.975))
            ),
        ]
        for name, column in rates.items()
    ]
    deaths = first["deaths_by_partner"].cast(pl.Float64) / scale
    lines.append(["deaths by a (former) partner", f"{deaths.mean():.0f}", "–", "–"])
    text = f"{size_of(folder)}; status quo, 2008.\n\n" + table(["in 2008", "mean of draws", "2.5 %", "97.5 %"], lines)
    base = keten.run("g4-baseline")
    reports = (
        pl.read_parquet(base / "yearly.parquet").filter(pl.col("city") == "G4", pl.col("year") <= 2015).sort("year")
    )
    scale = manifest(base)["config"]["experiment"]["scale"]
    lines = [
        [
            str(row["year"]),
            number(row["police_reports"] / scale),
            number(row["amk_contacts"] / scale),
            number(row["shelter_women"] / scale),
            f"{10 * row['shelter_children'] / max(row['shelter_women'], 1):.1f}",
            f"{row['victims_per_1000_adults']:.1f}",
        ]
        for row in reports.iter_rows(named=True)
    ]
    return (
        text
        + f"\n\n{size_of(base)}; status quo.\n\n"
        + table(
            [
                "year",
                "police reports",
                "AMK contacts",
                "women admitted to shelters",
                "children with ten of them",
                "victims of a (former) partner per 1000 adults",
            ],
            lines,
        )
    )


def programme(keten):
    folder = keten.run("action-programme")
    files = keten.report(folder)
    return (
        f"{size_of(folder)}; sums over the years, 95 % of draws in brackets. The next generation takes longer than these "
        "years: the experiment itself goes on to 2039.\n\n"
        + effects_table(folder, files, ["first_exposed", "any_victims", "police_reports", "euro"])
    )


def cards(keten):
    """A row for each measure alone: whom it reaches, what it costs, and what it moves."""
    folder = keten.run("cards")
    files = keten.report(folder)
    known = {card["key"]: card for card in json.loads(keten("list", "interventions", "--json"))}
    reached = {row["scenario"]: row for row in rows(files / "reached.csv")}
    moved = {
        (row["scenario"], row["measure"]): row
        for row in rows(files / "effects.csv")
        if row["place"] != "exported"
    }
    lines = []
    for scenario, label in labels(folder).items():
        if scenario == "status-quo":
            continue
        card, own = known.get(scenario.replace("-", "_"), {}), reached.get(scenario, {})
        effects = [moved.get((scenario, name)) for name in ("incidents", "first_exposed", "children_maltreated", "euro")]
        lines.append(
            [
                label,
                card.get("effect") or "–",
                number(own.get("persons_reached")),
                number(own.get("euro_per_start_or_person")),
                *(ranged(row) if row else "–" for row in effects),
            ]
        )
    return (
        f"{size_of(folder)}; each measure alone, at full level in all four cities, beside the status quo; sums over the "
        "years, 95 % of draws in brackets. What takes longer than these years, as the next generation, is in the sections "
        "of the flagships and of the action programme.\n\n"
        + table(
            [
                "measure",
                "effects from",
                "persons reached",
                "euro for one start or person",
                "incidents",
                "children who meet violence at home for the first time",
                "years in which a child is maltreated",
                "euro, all payers",
            ],
            lines,
        )
    )


def bottlenecks(keten):
    """Each bottleneck as measured, without and with the measures that should move it."""
    folder = keten.run("bottlenecks")
    said = json.loads((folder / "codebook.json").read_text())["tables"]["bottlenecks"]["columns"]
    meaning = {column["name"]: column["meaning"] for column in said}
    last = manifest(folder)["config"]["experiment"]["until"] - 1
    found = pl.read_parquet(folder / "bottlenecks.parquet").filter(pl.col("city") == "G4", pl.col("year") == last - 1)
    lines = []
    for scenario, label in labels(folder).items():
        numbers = set(re.findall(r"\b([1-8])\b", label.split(":")[0]))
        for name, what in meaning.items():
            of = re.match(r"bottleneck (\d)", what)
            if scenario == "status-quo" or not of or of[1] not in numbers:
                continue
            both = (
                found.filter(pl.col("scenario") == "status-quo")
                .join(found.filter(pl.col("scenario") == scenario), on=["draw", "replicate"])
                .select(before=pl.col(name).cast(pl.Float64), after=pl.col(f"{name}_right").cast(pl.Float64))
                .drop_nulls()
            )
            if both.height < 2:
                lines.append([of[1], label, name, "–", "–", "–"])
                continue
            change = both["after"] - both["before"]
            half = student(both.height - 1) * change.std() / both.height**0.5
            lines.append(
                [
                    of[1],
                    label,
                    name,
                    f"{both['before'].mean():.3g}",
                    f"{both['after'].mean():.3g}",
                    f"{change.mean():+.2g} ({change.mean() - half:+.2g} to {change.mean() + half:+.2g})",
                ]
            )
    lines.sort(key=lambda line: line[0])
    return (
        f"{size_of(folder)}; the year {last - 1}. The definition of each figure is in the codebook of the run (table "
        "`bottlenecks`); 95 % confidence of the mean change in brackets.\n\n"
        + table(["bottleneck", "scenario", "figure", "status quo", "with the measures", "change"], lines)
    )


# Scales of the run, and persons in the burn-in population.
POOLS = [(0.01, 10_000), (0.01, 20_000), (0.01, 40_000), (0.01, 80_000), (0.05, 20_000), (0.05, 80_000)]
REPLICATES = 48
NOISY = {
    "women who suffer violence by a (former) partner": "victims_women",
    "men who do": "victims_men",
    "adult victims of domestic violence": "any_victims",
    "maltreated children": "children_maltreated",
    "children who witness violence": "children_witnessing",
    "police reports": "police_reports",
    "births": "births",
    "couples": "couples",
}


def noise(keten):
    """How much replicates differ, by the size of the burn-in population and by scale."""
    spread = []
    for scale, size in POOLS:
        words = ["until=2011", f"replicates={REPLICATES}", f"founding.pool_size={size}", 'outcomes=["yearly"]']
        sets = [part for word in words for part in ("--set", word)]
        folder = keten.run("first-run", "--scale", str(scale), *sets)
        last = pl.read_parquet(folder / "yearly.parquet").filter(pl.col("city") == "G4", pl.col("year") == 2010)
        spread.append({column: last[column].std() / last[column].mean() for column in NOISY.values()})
    head = ["four cities, 2010", *(f"{size:,} at scale {scale}" for scale, size in POOLS)]
    lines = [[name, *(f"{own[column]:.1%}" for own in spread)] for name, column in NOISY.items()]
    return (
        f"`first-run` to 2010: standard deviation between {REPLICATES} replicates, per cent of the mean, by persons in the burn-in "
        f"population. Each is known to within a tenth of itself (standard error {1 / (2 * (REPLICATES - 1)) ** 0.5:.0%}).\n\n"
        + table(head, lines)
    )


# Stages of the search in RESULTS.md, and of the experiment file: scale and parameter draws.
SEARCH = {"scale = 0.1\ndraws = 4": "scale = 0.05\ndraws = 4", "scale = 0.25\ndraws = 10": "scale = 0.1\ndraws = 10"}


def best(keten):
    """What Rotterdam gets for three budgets."""
    text = (ROOT / "experiments" / "optimise" / "rotterdam.toml").read_text()
    text = text.replace("../../models/", f"{ROOT}/models/")
    for own, smaller in {} if keten.full else SEARCH.items():
        if own not in text:
            raise ValueError(f"the question has no stage of {own!r}")
        text = text.replace(own, smaller)
    question = keten.runs / "rotterdam.toml"
    question.parent.mkdir(parents=True, exist_ok=True)
    question.write_text(text)
    found = json.loads(keten("optimise", str(question), "--out", str(keten.runs), "--json"))
    stages = "; ".join(
        f"stage {stage['stage']}: {len(stage['mixes'])} mixes with {stage['simulations']} parameter draws, one simulated person "
        f"for {1 / stage['scale']:,.0f}"
        for stage in found["stages"]
    )
    last = found["stages"][-1]
    lines = []
    for row in sorted(last["mixes"], key=lambda row: row["euro_a_year"]["mean"]):
        effect, euro = row["effect"], row["euro_a_year"]
        under = ", ".join(
            f"{budget['euro'] / 1e6:.0f} million (in {budget['certainty']:.0%} of draws)" for budget in row["best_under"]
        )
        lines.append(
            [
                row["label"],
                number(euro["mean"]),
                f"{signed(effect['mean'])} ({signed(effect['low'])} to {signed(effect['high'])})",
                "yes" if row["on_frontier"] else "no",
                under or "–",
            ]
        )
    return (
        f"{found['years'][0]} to {found['years'][1]}, Rotterdam; {stages}. The figure that is to fall: {NAMES[found['effect']]}; "
        f"{number(last['without_measures'])} without the measures.\n\n"
        + "\n".join(f"- {answer}" for answer in found["answer"])
        + "\n\nAll mixes of the last stage, 95 % of draws in brackets:\n\n"
        + table(["mix", "euro a year", "effect: years fewer", "on the frontier", "best found for"], lines)
    )


def page(keten):
    """How long a planner waits at the page of `keten serve`, and pictures of it."""
    sys.path.insert(0, str(ROOT / "benches" / "peers"))
    from planner_page import journey
    from run import machine

    with tempfile.TemporaryDirectory() as runs:
        rows = journey(keten.program, runs, PICTURE.parent)
    seconds = lambda time: f"{time:.2f} s" if time < 1 else f"{time:.1f} s" if time < 20 else f"{time:.0f} s"
    return f"`keten serve` on {machine()}, with an empty folder of runs.\n\n" + table(
        ["step", "seconds of the clock"], [[what, seconds(time)] for what, time in rows]
    )


def others(keten):
    """Experiments that are run for their own sake."""
    lines = []
    for name in ("first-run", "trends", "luck"):
        folder = keten.run(name)
        found = manifest(folder)
        lines.append(
            [name, size_of(folder).split(": ", 1)[1], f"{found['person_months'] / 1e6:,.0f}", str(len(found["units"]))]
        )
    return table(["experiment", "size", "million person-months", "units"], lines)


SECTIONS = {
    "demo": ("What `keten demo` prints", demo),
    "transmission": ("From one generation to the next", transmission),
    "central": ("The flagships at central values", central),
    "flagships": ("The flagships under parameter draws", flagships),
    "lifetime": ("The flagships over a lifetime", lifetime),
    "assumptions": ("Support in pregnancy under other assumptions", assumptions),
    "generations": ("How many violent children one violent parent has because of it", generations),
    "kappa": ("When nothing is causal", kappa),
    "start": ("Where 2008 begins, and records after it", start),
    "programme": ("The action programme", programme),
    "cards": ("Each measure alone", cards),
    "bottlenecks": ("The eight bottlenecks", bottlenecks),
    "noise": ("How much replicates differ", noise),
    "best": ("What Rotterdam gets for 1, 5 and 20 million euro a year", best),
    "page": ("How long a planner waits", page),
    "others": ("Other experiments", others),
}


# Lines of the demo that README shows, by what each begins with.
GLIMPSE = (
    "In the four cities",
    "  persons on 31 December",
    "  victims of a (former) partner",
    "  children witnessing",
    "  of 100 children",
)
# Of the flagships README shows those whose label ends with these words.
SHOWN = ("support in pregnancy, in all four cities", "children in shelters, everywhere")


def tables(text):
    """The tables of a block, each as a list of rows, which are dictionaries by column."""
    found, head = [], None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if cells is None:
            head = None
        elif head is None:
            head = cells
            found.append([])
        elif not set(line) <= set("|-"):
            found[-1].append(dict(zip(head, cells)))
    return found


def the(rows, **says):
    """The only row in which columns (their spaces written as _) say what is asked."""
    wanted = {name.replace("_", " "): value for name, value in says.items()}
    found = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
    if len(found) != 1:
        raise ValueError(f"{len(found)} rows say {wanted}")
    return found[0]


def glimpse(known):
    """Five lines of what the demo prints."""
    lines = known["demo"].splitlines()
    shown = []
    for begin in GLIMPSE:
        found = [line for line in lines if line.startswith(begin)]
        if not found:
            raise ValueError(f"no line of the demo begins with {begin!r}")
        shown.append(found[0])
    return "```text\n" + "\n".join(shown) + "\n```"


def compared(row):
    """A difference of a table of effects in a sentence."""
    found = re.fullmatch(r"([+-]?[\d.,]+) \(([+-]?[\d.,]+) to ([+-]?[\d.,]+)\)", row["difference (95 % range)"])
    what = row["what"]
    if not found:
        return f"{what}: not shown ({row['difference (95 % range)']})."

    def way(text):
        return "fewer" if text.startswith("-") else "more"

    middle, low, high = found.groups()
    # Persons are whole in a sentence.
    size = [f"{abs(float(text.replace(',', ''))):,.0f}" for text in (middle, low, high)]
    if way(low) == way(high) and "0" not in (low, high):
        near, far = sorted(size[1:], key=lambda text: float(text.replace(",", "")))
        change, limits = f"{size[0]} {way(middle)}", f"{near} to {far} {way(low)}"
    else:
        change = f"no clear difference, best estimate {size[0]} {way(middle)}"
        limits = f"{size[1]} {way(low)} to {size[2]} {way(high)}"
    return f"{what}: {change} (95 % range {limits}; {row['comparator']} in the status quo)."


def causal(row, replicates):
    """The causal ratio of a row of `transmission` with its 95 % confidence interval (Student's t)."""
    ratio, error = (float(text) for text in re.findall(r"[\d.]+", row["causal ratio (standard error)"]))
    if replicates < 2:
        return f"{ratio:.2f}"
    half = student(replicates - 1) * error
    return f"{ratio:.2f} (95 % range {ratio - half:.2f} to {ratio + half:.2f})"


def student(freedom):
    """The 97.5 % quantile of Student's t; of the next lower number of degrees of freedom where one is missing here."""
    quantiles = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228}
    quantiles |= {15: 2.131, 20: 2.086, 30: 2.042, 60: 2.0, 120: 1.98}
    return quantiles[max(known for known in quantiles if known <= freedom)]


def findings(known):
    """Three findings with their ranges, made from the tables of other blocks."""
    passed, source = known["transmission"], known.get("flagships") or known["central"]
    replicates = re.search(r"(\d+) replicates", passed)
    men = the(tables(passed)[0], sex="male", pathway="witness use")
    reached, effects = tables(source)[:2]
    draws = re.search(r"(\d+) parameter draws", source)
    years = re.search(r"to (20\d\d|21\d\d)\b", source)[1]
    lines = [
        "1. Men who witnessed violence at home as children are "
        f"{men['crude ratio']} times as likely as other men to use it against a partner in a year (crude ratio). "
        f"The causal ratio is {causal(men, int(replicates[1]) if replicates else 1)}, "
        f"with a causal fraction (kappa) of {men['kappa put in']} assumed; the range is Monte Carlo error only."
    ]
    for number, ending in enumerate(SHOWN, start=2):
        scenario = next(row["scenario"] for row in reached if row["scenario"].endswith(ending))
        row = the(effects, scenario=scenario, what=NAMES["first_exposed"])
        who = the(reached, scenario=scenario)
        one = "person reached" if who["starts"] == "–" else "start"
        change = compared(row)
        lines.append(
            f"{number}. {scenario[0].upper()}{scenario[1:]}, 2008 to {years}. {change[0].upper()}{change[1:]} "
            f"Reached: {who['persons reached']} persons, at {who['euro for one start']} euro for one {one}."
        )
    kind = (
        f"Ranges of 2 and 3 hold 95 % of {draws[1]} parameter draws: parameter uncertainty and Monte Carlo error."
        if draws
        else "Ranges of 2 and 3 are Monte Carlo error at central values; parameter uncertainty makes them wider."
    )
    return "\n".join([*lines, "", kind])


# Blocks that are made from other blocks: a title, and the function that makes them.
DERIVED = {
    "findings": ("Three findings", findings),
    "glimpse": ("Five lines of the demo", glimpse),
}


def derive(known):
    """Adds the blocks that are made from others. One that cannot be made is left out, with a warning."""
    made = {name: text for name, text in known.items() if name not in DERIVED}
    for name, (_, make) in DERIVED.items():
        try:
            made[name] = make(known)
        except (AttributeError, KeyError, IndexError, StopIteration, ValueError) as fault:
            print(f"results: the block {name} cannot be made: {fault!r}", file=sys.stderr)
    return made


HEAD = (
    "# Results\n\n"
    "Made by `docs/results.py`, each section at the commit that it names; those that are made from others name none. Other documents "
    "quote from here only.\n\n"
    "Estimates of a model for groups. Ranges over draws hold what is uncertain in the parameters and the Monte "
    "Carlo error of simulations of this size; differences whose range holds zero are no finding. Sizes are stated: "
    "those of the experiment files are larger (`--full`).\n"
)


def block(name, text):
    return f"<!-- results:{name} -->\n{text}\n<!-- /results -->"


def blocks(text):
    return dict(re.findall(r"<!-- results:([a-z]+) -->\n(.*?)\n?<!-- /results -->", text, flags=re.S))


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True).stdout.rstrip()


def made_at(text):
    """Commit and date of every section, as the page has them."""
    found = re.findall(r"^Made (at .*)\.\n\n<!-- results:([a-z]+) -->$", text, flags=re.M)
    return {name: when for when, name in found}


def write(known, made):
    """Writes RESULTS.md, each section with the commit at which it was made, and the same blocks into README."""
    parts = {name: title for name, (title, _) in (DERIVED | SECTIONS).items() if name in known}
    text = HEAD
    for name, title in parts.items():
        when = f"Made {made[name]}.\n\n" if name in made else ""
        text += f"\n## {title}\n\n{when}{block(name, known[name])}\n"
    OUT.write_text(text)
    readme = README.read_text()
    for name in blocks(readme).keys() & known.keys():
        quoted = rf"<!-- results:{name} -->\n.*?\n?<!-- /results -->"
        readme = re.sub(quoted, lambda _: block(name, known[name]), readme, flags=re.S)
    README.write_text(readme)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keten", type=Path, default=ROOT / "target" / "release" / "keten")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "results")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--derived", action="store_true")
    parser.add_argument("--dirty", action="store_true")
    wanted = parser.parse_args()
    page = OUT.read_text() if OUT.exists() else ""
    known, made = blocks(page), made_at(page)
    if wanted.derived:
        write(derive(known), made)
        return
    changed = [line for line in git("status", "--porcelain").splitlines() if not re.search(r"(docs/|README\.md)", line)]
    if changed and not wanted.dirty:
        files = ", ".join(line[3:] for line in changed[:5])
        sys.exit(f"results: commit first; these files differ from the commit: {files}")
    only = set(filter(None, wanted.only.split(",")))
    if unknown := only - SECTIONS.keys():
        sys.exit(f"results: no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    keten = Keten(wanted.keten.resolve(), wanted.runs.resolve(), wanted.full)
    when = f"at commit {git('rev-parse', '--short', 'HEAD')} on {datetime.date.today().isoformat()}{', --full' if wanted.full else ''}"
    for name, (_, section) in SECTIONS.items():
        if not only or name in only:
            print(f"results: {name}", file=sys.stderr)
            known[name], made[name] = section(keten), when
            # A later section that fails loses nothing.
            write(derive(known), made)


if __name__ == "__main__":
    main()
