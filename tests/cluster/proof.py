#!/usr/bin/env python3
"""Runs one experiment in every way that keten has, and compares the content of the runs. Prints a table.

    tests/cluster/proof.py target/release/keten OUT
    tests/cluster/proof.py target/release/keten OUT --kills 1000 --python .venv/bin/python --hq /opt/hq/hq

The ways: the program with one thread and with two, the Python package (in the interpreters of --python), 1, 4 and 64
shards by hand, and Slurm, HyperQueue and Dask while workers are killed: of --kills a third each; with --objects also
object stores. OUT is a new folder; what was found is in OUT/proof.json. A run that differs from the first one is a fault.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
# 64 groups of units with a common past: of each replicate two. One scenario is simulated beside its comparator.
EXPERIMENT = """title = "Small"
model = "builtin:g4-2008"
scale = 0.001
until = 2010
replicates = 32
outcomes = ["fit", "yearly"]
set = { "founding.pool_size" = 1000, "founding.pool_years" = 20 }
[scenarios.status-quo]
[scenarios.visits]
set = { "interventions.nhv.level" = "full" }
[scenarios.founded]
from = "founding"
set = { "transmission.kappa" = 0.2 }
"""
IN_PYTHON = """
import json, keten
run = keten.run("small.toml", out="runs", progress=False)
run.verify()
print(json.dumps({"id": run.manifest["id"], "tables": run.manifest["tables"]}))
"""


def done(words, folder, **more):
    """What a command that must succeed prints last."""
    made = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True, **more)
    if made.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {made.returncode}:\n{made.stdout[-2000:]}\n{made.stderr[-4000:]}")
    return made.stdout.splitlines()[-1]


class Proof:
    """The ways, and what each gave."""

    def __init__(self, keten, out):
        self.keten, self.out, self.found = keten, out, []

    def folder(self, name):
        """A folder for a way, with the experiment in it."""
        # Some programs take no comma in a path.
        folder = self.out / re.sub(r"\W+", "-", name)
        folder.mkdir(parents=True)
        folder.joinpath("small.toml").write_text(EXPERIMENT)
        return folder

    def add(self, name, make):
        """One way: `make` gets its folder and returns the run and what else was seen."""
        folder = self.folder(name)
        began = time.monotonic()
        run, seen = make(folder)
        took = time.monotonic() - began
        tables = {table: [it["content_hash"], it["rows"]] for table, it in run["tables"].items()}
        self.found.append({"way": name, "id": run["id"], "tables": tables, "seconds": round(took, 1), **seen})
        print(f"{name}: {run['id'][:8]}, {took:.0f} s {seen or ''}", file=sys.stderr, flush=True)

    def alone(self, threads):
        """By the program on one machine."""
        words = [self.keten, "run", "small.toml", "--out", "runs", "--json", "--quiet", "--threads", threads]
        return lambda folder: (json.loads(done(words, folder)), {})

    def python(self, interpreter):
        """By the package in an interpreter."""
        return lambda folder: (json.loads(done([interpreter, "-W", "ignore", "-c", IN_PYTHON], folder)), {})

    def shards(self, number):
        """By hand, two workers at a time, the last shards first."""

        def make(folder):
            done([self.keten, "plan", "small.toml", "--shards", number, "--out", "plan", "--threads", 1, "--quiet"], folder)

            def work(shard):
                done([self.keten, "work", "plan", "--shard", shard, "--threads", 1, "--json", "--quiet"], folder)

            with ThreadPoolExecutor(2) as pool:
                list(pool.map(work, range(number, 0, -1)))
            packs = len(list(folder.glob("plan/store/.units/packs/*.pack")))
            return json.loads(done([self.keten, "collect", "plan", "--out", "runs", "--json"], folder)), {"packs": packs}

        return make

    def system(self, script, kills, shards, **more):
        """By a system for clusters, while workers are killed."""

        def make(folder):
            environment = os.environ | {"KETEN_KILLS": str(kills), "KETEN_SHARDS": str(shards)} | more
            done(["bash", HERE / script, self.keten, folder], folder, env=environment)
            seen = folder / "killed.json"
            return json.loads((folder / "collected.json").read_text()), json.loads(seen.read_text()) if seen.exists() else {}

        return make

    def objects(self, keten, kind, kills, python):
        """On machines without a common disk, through an object store, while workers are killed."""

        def make(folder):
            environment = os.environ | {"KETEN_KILLS": str(kills), "KETEN_SHARDS": "8", "MOTO_PYTHON": python}
            done([sys.executable, HERE / "objects_kills.py", keten, folder, kind], folder, env=environment)
            return json.loads((folder / "collected.json").read_text()), json.loads((folder / "killed.json").read_text())

        return make

    def table(self):
        """The table of what was found."""
        lines = ["| way | run | content of `yearly` | content of `fit` | kills | files of units |", "|---|---|---|---|---|---|"]
        for it in self.found:
            hashes = [f"`{it['tables'][name][0][:16]}`" for name in ("yearly", "fit")]
            kills = ", ".join(f"{kind} {number}" for kind, number in it.get("killed", {}).items()) or "none"
            lines.append(f"| {it['way']} | `{it['id'][:8]}` | {' | '.join(hashes)} | {kills} | {it.get('packs', '')} |")
        return "\n".join(lines)

    def close(self):
        """Writes and prints what was found."""
        (self.out / "proof.json").write_text(json.dumps(self.found, indent=1) + "\n")
        print(self.table())
        contents = {json.dumps([it["id"], it["tables"]], sort_keys=True) for it in self.found}
        print(f"{len(self.found)} ways, {len(contents)} content; {sum(it.get('kills', 0) for it in self.found)} kills")
        if len(contents) > 1:
            sys.exit("the ways give different runs")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keten", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--python", action="append", default=[], metavar="[NAME=]PYTHON")
    parser.add_argument("--program", action="append", default=[], metavar="NAME=KETEN", help="other builds of the program")
    parser.add_argument("--hq", default=os.environ.get("HQ_PROGRAM", "hq"))
    parser.add_argument("--dask", default="", metavar="PYTHON", help="an interpreter that has distributed")
    parser.add_argument("--objects", type=Path, metavar="KETEN", help="a build of the program with the feature objects")
    parser.add_argument("--moto", default="", metavar="PYTHON", help="an interpreter that has moto[server]")
    parser.add_argument("--without", default="", help="ways to leave out: slurm,hyperqueue,dask")
    wanted = parser.parse_args()
    out, without = wanted.out.absolute(), wanted.without.split(",")
    out.mkdir(parents=True)
    proof = Proof(wanted.keten.absolute(), out)
    proof.add("program, 1 thread", proof.alone(1))
    proof.add("program, 2 threads", proof.alone(2))
    for given in wanted.program:
        name, _, path = given.rpartition("=")
        proof.add(name, Proof(Path(path).absolute(), out).alone(2))
    for given in wanted.python:
        name, _, path = given.rpartition("=")
        # Not resolved: a link in a virtual environment says which environment it is.
        proof.add(name or "Python", proof.python(Path(path).absolute()))
    for number in (1, 4, 64):
        proof.add(f"{number} shard{'s' * (number > 1)}", proof.shards(number))
    third = -(-wanted.kills // 3)
    if "slurm" not in without:
        proof.add("Slurm, 16 shards", proof.system("slurm.sh", third, 16))
    if "hyperqueue" not in without:
        proof.add("HyperQueue, 64 shards", proof.system("hyperqueue.sh", third, 64, HQ_PROGRAM=wanted.hq))
    if "dask" not in without:
        proof.add("Dask, 16 shards", proof.system("dask.sh", third, 16, DASK_PYTHON=wanted.dask))
    if wanted.objects:
        for name, kind in (("object store, a folder", "file"), ("object store, S3", "s3")):
            proof.add(name, proof.objects(wanted.objects.absolute(), kind, third // 8, wanted.moto))
    proof.close()


if __name__ == "__main__":
    main()
