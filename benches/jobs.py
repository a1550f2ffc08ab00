#!/usr/bin/env python3
"""Measures keten on the jobs of its users, and prints a table of targets and measured figures.

    benches/jobs.py                 all rows: some twenty-five minutes on two cores
    benches/jobs.py --write         the same; also writes the table into docs/performance.md
    benches/jobs.py --only first-run,demo

Each row runs the program as a user would, built for release, on models and experiments of this repository. Time is that of
the clock unless a row says otherwise. Rows that compare (scenarios beside their comparator, one core and two) run all their
sides in turn, so that a slow hour of the machine meets them alike, and count processor time, which other work disturbs less.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))

import run as peers

ROOT = peers.ROOT
BLOCK = re.compile(r"(<!-- table -->\n).*?(<!-- /table -->)", flags=re.S)

#: Measures that reach few and many persons, each beside the status quo.
MEASURES = ["nhv", "child_shelter", "huisverbod", "shelter_capacity"]
#: Every table of `action-programme`.
TABLES = ["fit", "yearly", "cohorts", "transmission", "lineages", "chain", "capacity", "doors", "clients", "help", "bottlenecks",
          "relatives", "course", "recidivism", "costs", "lives", "selection"]

#: The four cities as a country of 17.5 million at the start: no place to move to, and half of the newcomers that the cities have.
COUNTRY = {
    "places.population": 8.3,
    "founding.targets.age_sex": 8.3,
    "founding.targets.households": 8.3,
    "life.moving.leave": 0,
    "life.moving.return": 0,
    "life.newcomers.rate": 0.5,
}


class Ran:
    """What a run of the program took."""

    def __init__(self, words, out=None):
        began = time.monotonic()
        child = subprocess.Popen([*map(str, words)], cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, words))} ended with {child.returncode}")
        self.wall = time.monotonic() - began
        self.cores = used.ru_utime + used.ru_stime
        self.memory = used.ru_maxrss / 1024  # KiB on Linux
        self.out = out

    def manifest(self):
        return json.loads(next(Path(self.out).glob("*/manifest.json")).read_text())


class Keten:
    """The program, and a folder for its runs."""

    def __init__(self, program, folder):
        self.program, self.folder, self.runs = program, folder, 0

    def run(self, experiment, *words):
        self.runs += 1
        out = self.folder / str(self.runs)
        ran = Ran([self.program, "run", experiment, "--out", out, "--quiet", *words], out)
        print(f"{experiment} {' '.join(words)}: {ran.wall:.1f} s, {ran.cores:.1f} core-seconds", file=sys.stderr)
        return ran

    def words(self, *words):
        return Ran([self.program, *words])


def seconds(number):
    return f"{number:.1f} s" if number < 10 else f"{number:.0f} s"


def g4_baseline(keten):
    ran = keten.run("experiments/g4-baseline.toml")
    timings = ran.manifest()["timings"]
    months = ran.manifest()["person_months"] / 1e6
    yield "`g4-baseline`: 480 months after founding", "60 s", f"{seconds(timings['months_s'])} ({months:,.0f} million person-months in the cities)"
    yield "`g4-baseline`: peak memory", "1,000 MB", f"{ran.memory * 1.048576:,.0f} MB"


def beside(keten, experiment, *words):
    """Core-seconds of the comparator alone, of all scenarios beside it, and of all in full."""
    alone = keten.run(*without_scenarios(keten, experiment), *words)
    together = keten.run(experiment, *words)
    full = keten.run(experiment, "--full", *words)
    return alone.cores, together.cores, full.cores


def without_scenarios(keten, experiment):
    """The same experiment with its comparator only."""
    text = (ROOT / experiment).read_text() if (ROOT / experiment).exists() else Path(experiment).read_text()
    head, _, rest = text.partition("[scenarios.status-quo]")
    own, _, _ = rest.partition("\n[scenarios.")
    alone = keten.folder / f"alone-{Path(experiment).name}"
    head = head.replace('"../models/', f'"{ROOT}/models/')
    alone.write_text(f"{head}[scenarios.status-quo]{own}\n")
    return [str(alone)]


def lives(alone, together, full, scenarios):
    """What `scenarios` beside a comparator cost, in lives in full."""
    life = (full - alone) / scenarios
    return (together - alone) / life


def single_measures(keten):
    experiment = keten.folder / "measures.toml"
    text = 'title = "single measures"\nmodel = "builtin:g4-2008"\nseed = 2008\nscale = 0.05\nuntil = 2048\n'
    text += f"outcomes = {json.dumps(TABLES)}\ncomparator = \"status-quo\"\n\n[set]\n\"founding.pool_size\" = 20000\n"
    text += '\n[scenarios.status-quo]\nlabel = "status quo"\n'
    for measure in MEASURES:
        text += f'\n[scenarios.{measure}]\nlabel = "{measure}"\nfrom = "2008-01"\nmeasures = {{ full = ["{measure}"] }}\n'
    experiment.write_text(text)
    cost = lives(*beside(keten, str(experiment), "--threads", "1"), len(MEASURES)) / len(MEASURES)
    yield ("a further scenario of one measure, scale 0.05, 2008 to 2047, 17 tables (mean of four)", "0.10 lives", f"{cost:.2f} lives")


def action_programme(keten):
    text = (ROOT / "experiments/action-programme.toml").read_text()
    scenarios = len(re.findall(r"^\[scenarios\.[\w-]+\]$", text, flags=re.M)) - 1
    words = ["--scale", "0.05", "--set", "draws=0", "--threads", "1"]
    alone, together, full = beside(keten, "experiments/action-programme.toml", *words)
    cost = lives(alone, together, full, scenarios)
    yield f"the {scenarios} scenarios of `action-programme` beside the status quo, scale 0.05, no draws", "3 lives", f"{cost:.1f} lives"


def ensemble(keten):
    ran = keten.run("experiments/uncertainty.toml", "--set", "draws=4", "--set", "uncertainty.block=4")
    yield ("200 draws of three scenarios, scale 0.05, forty years (`uncertainty`; from four draws)", "25 min", f"{ran.wall * 50 / 60:.0f} min")


def first_run(keten):
    took = [keten.run("builtin:first-run").wall for _ in range(3)]
    yield "`first-run`", "1.5 s", f"{seconds(statistics.median(took))} (median of three)"


def demo(keten):
    ran = keten.words("demo", "--out", str(keten.folder / "demo"))
    yield "`demo`, its report included", "36 s", seconds(ran.wall)


def two_cores(keten):
    ratios = []
    for _ in range(2):
        one, two = (
            keten.run("experiments/g4-baseline.toml", "--scale", "0.25", "--set", "until=2012", "--threads", threads)
            .manifest()["timings"]["months_s"]
            for threads in ("1", "2")
        )
        ratios.append(one / two)
    yield "two cores over one, one population (months, scale 0.25, 2008 to 2011; better of two pairs)", "1.8", f"{max(ratios):.2f}"


def country(keten):
    """The four cities grown to the size of the country, which nobody leaves: for measurement only."""
    words = [word for key, number in COUNTRY.items() for word in ("--set", f"{key}={number}")]
    ran = keten.run("experiments/g4-baseline.toml", *words, "--set", 'outcomes=["fit", "yearly"]', "--set", "until=2013")
    manifest = ran.manifest()
    persons = manifest["person_months"] / 60 / 1e6
    measured = f"{ran.memory * 1.048576:,.0f} MB ({manifest['timings']['months_s']:,.0f} s for 60 months)"
    yield f"a country of {persons:.1f} million persons, 2008 to 2012: peak memory", "8,000 MB", measured


def reference(_):
    commands = peers.keten()
    taken = [peers.each(peers.run(commands["keten"], 1_000_000, 2008 + round)) for round in range(3)]
    yield "reference workload, a million persons, one thread (median of three)", "1.0 ns per person-month", f"{statistics.median(taken):.1f} ns"


ROWS = {
    "g4-baseline": g4_baseline,
    "single-measures": single_measures,
    "action-programme": action_programme,
    "ensemble": ensemble,
    "first-run": first_run,
    "demo": demo,
    "two-cores": two_cores,
    "reference": reference,
    "country": country,
}


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    words.add_argument("--only", help="rows, with commas: " + ", ".join(ROWS))
    words.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = words.parse_args()
    names = options.only.split(",") if options.only else list(ROWS)
    if unknown := set(names) - ROWS.keys():
        words.error(f"no such row: {', '.join(sorted(unknown))}")
    if options.write and (options.only or peers.changed()):
        words.error("a table for the page has all rows, and is of a commit: no --only, and no uncommitted changes outside docs/")
    peers.call("cargo", "build", "--release", "--locked", "--bin", "keten")
    lines = ["| what | target | measured |", "|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="keten-jobs-") as folder:
        keten = Keten(peers.CARGO / "release" / "keten", Path(folder))
        for name in names:
            lines += [f"| {what} | {target} | {measured} |" for what, target, measured in ROWS[name](keten)]
    commit = peers.git("rev-parse", "--short", "HEAD")
    dirty = " with uncommitted changes" if peers.changed() else ""
    said = f"Measured on {time.strftime('%d %B %Y').lstrip('0')} at commit {commit}{dirty}, on {peers.machine()}."
    text = said + "\n\n" + "\n".join(lines)
    print(text)
    if options.write:
        page = peers.PAGE.read_text()
        peers.PAGE.write_text(BLOCK.sub(lambda found: found[1] + text + "\n" + found[2], page))


if __name__ == "__main__":
    main()
