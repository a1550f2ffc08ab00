#!/usr/bin/env python3
"""Measures what many machines and Python cost beside the simulation itself, and prints a table with the limits.

    tests/cluster/overhead.py target/release/keten OUT --python .venv/bin/python
    tests/cluster/overhead.py target/release/keten OUT --python .venv/bin/python --wheel keten-0.1.0-….whl

The Python has the package with polars. With --wheel also the time from `pip install` of that file to a first figure in
a new virtual environment. Measured on a machine that does nothing else; OUT is a new folder. A limit that is missed is a
fault (exit code 1); what was measured is in OUT/overhead.json. Processor time is compared, not time on the clock: a
machine that also does something else then changes little.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

# A study of a minute, over the years of most experiments: a real one on a cluster takes hours, and loses a smaller share.
EXPERIMENT = """title = "Overhead"
model = "builtin:g4-2008"
scale = 0.05
until = 2048
replicates = 4
outcomes = ["fit", "yearly", "costs"]
set = { "founding.pool_size" = 20000 }
[scenarios.status-quo]
[scenarios.visits]
set = { "interventions.nhv.level" = "full" }
"""
LARGE = ["--set", "draws=100", "--set", "uncertainty.block=100", "--set", "replicates=500"]
IN_PYTHON = """
import sys, keten
keten.run("study.toml", out=sys.argv[1], threads=1, progress=False)
"""
ROWS = """
import json, time, warnings, keten, polars
warnings.simplefilter("ignore")
table = keten.Experiment("builtin:first-run").sample(["transmission.kappa"], 10_000_000, seed=3)
times = []
for _ in range(9):
    began = time.perf_counter()
    frame = polars.DataFrame(table)
    times.append(time.perf_counter() - began)
column = frame["transmission.kappa"]
import pyarrow
same = pyarrow.table(table)["transmission.kappa"].chunk(0).buffers()[1].address == column.to_arrow().buffers()[1].address
print(json.dumps({"rows": frame.height, "seconds": sorted(times)[4], "copied": not same}))
"""
# The first figure of docs/python.md, in a file to look at.
FIGURE = """
import keten
run = keten.run("builtin:first-run", scale=0.002, until=2012)
chart = run.plot.yearly("victims_per_1000_adults")
chart.save("figure.html")
"""


def spent(words, folder):
    """Seconds of the processor and on the clock that a command takes, and what it prints."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    made = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True)
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    if made.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {made.returncode}: {made.stderr}")
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return work, took, made.stdout


def shards(keten, folder, number, round_):
    """Processor seconds of plan, work and collect in a number of shards, with the parts."""
    plan = f"plan-{number}-{round_}"
    parts = {"plan": spent([keten, "plan", "study.toml", "--shards", number, "--out", plan, "--threads", 1, "--quiet"], folder)[0]}
    parts["work"] = sum(
        spent([keten, "work", plan, "--shard", shard, "--threads", 1, "--quiet"], folder)[0] for shard in range(1, number + 1)
    )
    parts["collect"] = spent([keten, "collect", plan, "--out", f"runs-{number}-{round_}", "--json"], folder)[0]
    return parts


def compared(one, other):
    """How much more the second takes than the first, as the median over rounds, in per cent."""
    return 100 * statistics.median(b / a - 1 for a, b in zip(one, other))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keten", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    keten, python, out = wanted.keten.absolute(), wanted.python.absolute(), wanted.out.absolute()
    out.mkdir(parents=True)
    (out / "study.toml").write_text(EXPERIMENT)
    found = {}

    times = {"run": [], "python": [], 1: [], 4: []}
    parts = {1: [], 4: []}
    for round_ in range(wanted.rounds):
        times["run"].append(spent([keten, "run", "study.toml", "--out", f"alone-{round_}", "--threads", 1, "--quiet"], out)[0])
        times["python"].append(spent([python, "-W", "ignore", "-c", IN_PYTHON, f"python-{round_}"], out)[0])
        for number in (1, 4):
            parts[number].append(shards(keten, out, number, round_))
            times[number].append(sum(parts[number][-1].values()))
        print(f"round {round_ + 1}: {[round(of[-1], 2) for of in times.values()]} s", file=sys.stderr, flush=True)
    alone = statistics.median(times["run"])
    found["seconds of keten run"] = round(alone, 2)
    for number in (1, 4):
        found[f"seconds of the parts with {number} shards"] = {
            name: round(statistics.median(part[name] for part in parts[number]), 3) for name in parts[number][0]
        }
    rows = [
        ("plan, work and collect in 1 shard, more than `keten run`", compared(times["run"], times[1]), 2.0, "%"),
        ("plan, work and collect in 4 shards, more than `keten run`", compared(times["run"], times[4]), 2.0, "%"),
        ("Python, more than the program", compared(times["run"], times["python"]), 2.0, "%"),
    ]

    words = [keten, "plan", "study.toml", "--shards", "200", "--out", "large", "--json", *LARGE]
    work, took, told = spent(words, out)
    units = json.loads(told.splitlines()[-1])["units"]
    assert units >= 100_000, units
    found["units planned"] = units
    rows.append((f"planning {units:,} units", took, 10.0, "s"))

    seen = json.loads(spent([python, "-c", ROWS], out)[2])
    assert seen["rows"] == 10_000_000 and not seen["copied"], seen
    rows.append(("10 million rows handed to polars without a copy", 1000 * seen["seconds"], 50.0, "ms"))

    if wanted.wheel:
        began = time.monotonic()
        spent([sys.executable, "-m", "venv", "first"], out)
        spent(["first/bin/pip", "install", "--quiet", "--disable-pip-version-check", f"{wanted.wheel.absolute()}[plot]"], out)
        installed = time.monotonic() - began
        spent([out / "first" / "bin" / "python", "-c", FIGURE], out)
        assert (out / "figure.html").stat().st_size > 1000
        found["seconds of pip install"] = round(installed, 1)
        rows.append(("from pip install to a first figure", time.monotonic() - began, 60.0, "s"))

    found["rows"] = rows
    (out / "overhead.json").write_text(json.dumps(found, indent=1) + "\n")
    print("| what | measured | at most |\n|---|---|---|")
    for what, value, limit, unit in rows:
        print(f"| {what} | {value:.2f} {unit} | {limit:g} {unit} |")
    print(json.dumps(found), f"load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    missed = [what for what, value, limit, _ in rows if value > limit]
    if missed:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
