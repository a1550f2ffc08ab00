#!/usr/bin/env python3
"""Runs the experiments behind the figures that the documents quote and writes them to docs/RESULTS.md.

    docs/results.py            the sizes that RESULTS.md states (about half an hour on two cores)
    docs/results.py --full     every experiment at the size of its own file (some hours)
    docs/results.py --only demo,transmission   some sections; the others stay as they are in RESULTS.md

One commit and one date for all: the script refuses a checkout with uncommitted changes outside docs/ and README.md, unless
--dirty is given. Units are cached, so an interrupted run goes on. README quotes blocks between `<!-- results:NAME -->` and
`<!-- /results -->`; the script writes the same block into both, and tests/python/test_results.py holds them to each other.

Needs what notebooks/requirements.txt names, and the release build of keten.
"""

import argparse
import csv
import datetime
import json
import re
import subprocess
import sys
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "RESULTS.md"
README = ROOT / "README.md"

# Experiment, and the size at which RESULTS.md has it: what is smaller than in the file stands beside every figure.
SMALLER = {
    "demo": [],
    "flagships": ["--scale", "0.05", "--set", "draws=0", "--set", "replicates=6", "--set", "founding.pool_size=20000"],
    "uncertainty": ["--scale", "0.02", "--set", "draws=60"],
    "lifetime": ["--scale", "0.01"],
    "assumptions": ["--scale", "0.01"],
    "generations": ["--scale", "0.01"],
    "kappa-zero": ["--scale", "0.02"],
    "action-programme": ["--scale", "0.05"],
    "luck": ["--scale", "0.005"],
    "trends": ["--scale", "0.02"],
    "first-run": [],
    "g4-baseline": [],
}


class Keten:
    """The program, and where its runs go."""

    def __init__(self, program, runs, full):
        self.program, self.runs, self.full = program, runs, full

    def __call__(self, *words, capture=True):
        made = subprocess.run([str(self.program), *words], cwd=ROOT, text=True, stdout=subprocess.PIPE if capture else None)
        if made.returncode:
            sys.exit(f"results: keten {' '.join(words)} ended with {made.returncode}")
        return made.stdout

    def size(self, name):
        return [] if self.full else SMALLER[name]

    def run(self, name):
        """Runs an experiment and gives its folder."""
        where = f"experiments/{name}.toml"
        told = self("run", where, *self.size(name), "--out", str(self.runs), "--json")
        return Path(json.loads(told.strip().splitlines()[-1])["folder"])

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
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(line) + " |" for line in lines)])


def labels(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    return {one["name"]: one.get("label") or one["name"] for one in manifest["scenarios"]}
