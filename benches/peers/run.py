#!/usr/bin/env python3
"""Measures keten and its peers on the reference workload: builds what is needed, runs all programs in turn, checks
their counts and prints a table.

    benches/peers/run.py                    five rounds of 100,000 and of 1,000,000 persons
    benches/peers/run.py --write            the same; also writes the table into docs/performance.md
    benches/peers/run.py --only hand,numpy  some programs
    benches/peers/run.py --persons 20000 --rounds 1

Everything that is built or installed goes to the folder `peers` in the folder of Cargo's results. One thread. In each
round every program runs once, with the seed of the round, and each round begins with another program. A count that is
not as expected (expected.py) is a fault: then nothing is written. So is an uncommitted change with --write, unless it is
in docs/.
"""

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

import expected

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "performance.md"
CARGO = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
BUILT = CARGO / "peers"
BLOCK = re.compile(r"(<!-- peers -->\n).*?(<!-- /peers -->)", flags=re.S)

PROGRAMS = {
    "keten": "keten: `Calendar` and `Luck`",
    "hand": "hand-written event calendar, Rust",
    "ixa": "ixa, plans",
    "numpy": "NumPy, columns",
    "starsim": "starsim, one module, common random numbers",
}
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
)
ENVIRONMENT = os.environ | ONE_THREAD | {"STARSIM_INSTALL_FONTS": "0", "MPLCONFIGDIR": str(BUILT / "matplotlib")}


def call(*words):
    print("+", *words, file=sys.stderr)
    subprocess.run(words, cwd=ROOT, check=True, stdout=sys.stderr)


def python_peers(names):
    """The Python of the peers, with what they need."""
    python = BUILT / "venv" / "bin" / "python"
    if not python.exists():
        call(sys.executable, "-m", "venv", "--clear", BUILT / "venv")
    call(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
         "-r", HERE / "requirements.txt")
    return {name: [python, HERE / f"peers_{name}.py"] for name in names}


def rust_peers(names):
    call("cargo", "build", "--release", "--locked", "--manifest-path", HERE / "ixa" / "Cargo.toml",
         "--target-dir", BUILT / "cargo")
    return {name: [BUILT / "cargo" / "release" / name] for name in names}


def keten():
    """The benchmark of keten, as an executable."""
    made = subprocess.run(
        ["cargo", "bench", "--locked", "--bench", "reference", "--no-run",
         "--message-format", "json-render-diagnostics"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )
    for message in map(json.loads, made.stdout.splitlines()):
        if message.get("target", {}).get("name") == "reference" and message.get("executable"):
            return {"keten": [message["executable"], "--json"]}
    raise SystemExit("cargo built no executable of the benchmark `reference`")


def prepare(names):
    """The command of each program."""
    commands = {}
    if "keten" in names:
        commands |= keten()
    if rust := [name for name in names if name in ("hand", "ixa")]:
        commands |= rust_peers(rust)
    if python := [name for name in names if name in ("numpy", "starsim")]:
        commands |= python_peers(python)
    return {name: commands[name] for name in PROGRAMS if name in names}


def run(command, persons, seed):
    """One run: its counts, and the peak memory of its process in MiB."""
    child = subprocess.Popen(
        [*map(str, command), str(persons), str(seed)], cwd=HERE, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    )
    printed = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {child.returncode} at {persons:,} persons, seed {seed}")
    counts = json.loads(printed.splitlines()[-1])
    # In KiB on Linux. Less than this program itself uses (some 30 MiB) is not seen.
    return counts | {"memory": used.ru_maxrss / 1024}


def each(counts):
    """Nanoseconds per person-month."""
    return 1e9 * counts["seconds"] / counts["person_months"]


def measure(commands, sizes, rounds):
    """Runs by program and size. Programs take turns, so that a slow hour of the machine meets all of them."""
    runs = {(name, size): [] for name in commands for size in sizes}
    names = list(commands)
    for round in range(rounds):
        for size in sizes:
            for name in names[round % len(names):] + names[: round % len(names)]:
                counts = run(commands[name], size, 2008 + round)
                runs[name, size].append(counts)
                print(f"round {round + 1}, {size:,} persons, {name}: {each(counts):.2f} ns", file=sys.stderr)
    return runs


def figure(number):
    return f"{number:.2f}" if number < 10 else f"{number:.0f}"


def table(runs, sizes):
    """The table in Markdown."""
    names = list(dict.fromkeys(name for name, _ in runs))
    heads = [f"{size:,} persons: median (range)" for size in sizes]
    heads += [f"× keten, {size:,}" for size in sizes] if "keten" in names else []
    heads += [f"peak memory at {sizes[-1]:,}"]
    lines = ["| program | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    middle = {key: statistics.median(map(each, all_runs)) for key, all_runs in runs.items()}
    for name in names:
        cells = [PROGRAMS[name]]
        for size in sizes:
            taken = [each(counts) for counts in runs[name, size]]
            cells.append(f"{figure(middle[name, size])} ns ({figure(min(taken))} to {figure(max(taken))})")
        if "keten" in names:
            cells += [figure(middle[name, size] / middle["keten", size]) for size in sizes]
        cells.append(f"{statistics.median(counts['memory'] for counts in runs[name, sizes[-1]]):.0f} MiB")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.rstrip()


def changed():
    """Files with uncommitted changes outside docs/."""
    return [line for line in git("status", "--porcelain").splitlines() if not line[3:].startswith("docs/")]


def machine():
    """Processor, cores and memory, in words. A virtual machine may shorten the name, so family and model are added."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    information = Path("/proc/cpuinfo")
    known = dict(re.findall(r"^(.*?)\s*: (.*)$", information.read_text(), flags=re.M)) if information.exists() else {}
    processor = known.get("model name", platform.machine())
    if "cpu family" in known:
        processor += f" (family {known['cpu family']}, model {known['model']})"
    return f"{processor}, {os.cpu_count()} cores, {memory:.0f} GiB"


def heading(commands, rounds):
    """What a reader must know beside the table."""
    dirty = " with uncommitted changes" if changed() else ""
    left_out = [PROGRAMS[name] for name in PROGRAMS if name not in commands]
    said = (
        f"Measured on {datetime.date.today():%d %B %Y} at commit {git('rev-parse', '--short', 'HEAD')}{dirty}, "
        f"on {machine()}. Rounds: {rounds}. One thread. Python {platform.python_version()}, "
        f"{subprocess.run(['rustc', '--version'], check=True, stdout=subprocess.PIPE, text=True).stdout.split(' (')[0]}."
    )
    return said + (f" Not in this measurement: {'; '.join(left_out)}." if left_out else "")


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    words.add_argument("--persons", type=int, nargs="+", default=[100_000, 1_000_000])
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--only", help="programs, with commas: " + ", ".join(PROGRAMS))
    words.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = words.parse_args()
    names = options.only.split(",") if options.only else list(PROGRAMS)
    if unknown := set(names) - PROGRAMS.keys():
        words.error(f"no such program: {', '.join(sorted(unknown))}")
    if options.write and changed():
        words.error("uncommitted changes outside docs/: commit them first, so that the table names its commit")

    commands = prepare(names)
    runs = measure(commands, options.persons, options.rounds)
    false_alarm = 1e-6 / len(runs)
    wrong = [
        f"{name}, {size:,} persons: {fault}"
        for (name, size), all_runs in runs.items()
        for fault in expected.faults(all_runs, false_alarm)
    ]
    if wrong:
        raise SystemExit("counts that the rules do not give:\n" + "\n".join(wrong))
    text = f"{heading(commands, options.rounds)}\n\n{table(runs, options.persons)}\n"
    print(text)
    if options.write:
        PAGE.write_text(BLOCK.sub(lambda found: f"{found[1]}{text}{found[2]}", PAGE.read_text()))


if __name__ == "__main__":
    main()
