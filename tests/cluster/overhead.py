#!/usr/bin/env python3
"""Measures what many machines and Python cost beside the simulation itself, and prints a table with the limits.

    tests/cluster/overhead.py target/release/keten OUT --python .venv/bin/python
    tests/cluster/overhead.py target/release/keten OUT --python .venv/bin/python --wheel keten-0.1.0-….whl

The Python has the package with polars. With --wheel also the time from `pip install` of that file to a first figure in
a new virtual environment. Measured on a machine that does nothing else; OUT is a new folder. A limit that is missed is a
fault (exit code 1); what was measured is in OUT/overhead.json. Processor time is compared, of two sides that run at the same
time on a core each and change cores every round: a slow hour of the machine, and other work on it, meet both alike.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
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


def spent(words, folder, core=None):
    """Seconds of the processor and on the clock that a command takes, and what it prints. It runs on one core if that is given."""
    pinned = ["taskset", "--cpu-list", core] if core is not None else []
    words, began = [str(word) for word in [*pinned, *words]], time.monotonic()
    child = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(words)} ended with {child.returncode}: {said}")
    return used.ru_utime + used.ru_stime, time.monotonic() - began, said


class Study:
    """The study in one folder, in each of the ways that are compared: each gives the processor seconds of its parts."""

    def __init__(self, keten, python, folder):
        self.keten, self.python, self.folder, self.runs = keten, python, folder, 0

    def parts(self, core, commands):
        return {name: sum(spent(words, self.folder, core)[0] for words in of) for name, of in commands.items()}

    def alone(self, core, name):
        return self.parts(core, {"run": [[self.keten, "run", "study.toml", "--out", f"alone-{name}", "--threads", 1, "--quiet"]]})

    def in_python(self, core, name):
        return self.parts(core, {"run": [[self.python, "-W", "ignore", "-c", IN_PYTHON, f"python-{name}"]]})

    def shards(self, number):
        def of(core, name):
            plan = f"plan-{name}"
            work = [[self.keten, "work", plan, "--shard", shard, "--threads", 1, "--quiet"] for shard in range(1, number + 1)]
            words = ["plan", "study.toml", "--shards", number, "--out", plan, "--threads", 1, "--quiet"]
            collect = [self.keten, "collect", plan, "--out", f"runs-{name}", "--json"]
            return self.parts(core, {"plan": [[self.keten, *words]], "work": work, "collect": [collect]})

        return of

    def compared(self, way, rounds):
        """How much more a way takes than `keten run` at the same time on another core, in per cent, as the median over rounds; and
        the parts of the rounds."""
        more, parts = [], []
        cores = sorted(os.sched_getaffinity(0))[:2]
        for _ in range(rounds):
            self.runs += 1
            with ThreadPoolExecutor(2) as both:
                sides = [both.submit(one, core, self.runs) for one, core in zip((self.alone, way), cores)]
                alone, other = (side.result() for side in sides)
            more.append(100 * (sum(other.values()) / sum(alone.values()) - 1))
            parts.append({"alone": alone["run"], **other})
            print(f"{parts[-1]}: {more[-1]:+.2f} %", file=sys.stderr, flush=True)
            cores.reverse()
        return statistics.median(more), {name: round(statistics.median(part[name] for part in parts), 3) for name in parts[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keten", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--rounds", type=int, default=2, help="pairs of each comparison; an even number gives each side each core as often")
    wanted = parser.parse_args()
    keten, python, out = wanted.keten.absolute(), wanted.python.absolute(), wanted.out.absolute()
    out.mkdir(parents=True)
    (out / "study.toml").write_text(EXPERIMENT)
    found = {}

    study, rows = Study(keten, python, out), []
    ways = {
        "plan, work and collect in 1 shard, more than `keten run`": study.shards(1),
        "plan, work and collect in 4 shards, more than `keten run`": study.shards(4),
        "Python, more than the program": study.in_python,
    }
    for name, way in ways.items():
        more, found[name] = study.compared(way, wanted.rounds)
        rows.append((name, more, 2.0, "%"))

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
