"""What the proofs on Slurm, HyperQueue and Dask share: workers that are found and killed, and rounds that are checked.

A round works the plan in ./plan off from nothing while workers are killed. While it lasts, no unit that was stored may
be lost; at its end the run is collected. All rounds must give the same run. The last is in collected.json.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PLAN = Path("plan").absolute()


def keten_workers():
    """Processes of `keten work` on this plan, by their command lines."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = entry.joinpath("cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        # The program itself, and not a shell that has it in a text.
        if len(words) > 3 and words[1] == b"work" and words[2] == bytes(PLAN):
            found.append(int(entry.name))
    return sorted(found)


def kill(process):
    """Kills a process; whether it still lived."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Rounds:
    """Rounds of work with kills, and what was seen in them."""

    def __init__(self, keten, wanted, seed=2008):
        self.keten = keten
        self.wanted = wanted
        self.luck = random.Random(seed)
        self.killed = {}
        self.contents = []
        self.packs = 0
        self.stored = 0
        self.began = time.monotonic()

    @property
    def kills(self):
        return sum(self.killed.values())

    def enough(self):
        """Whether as many workers were killed as wanted."""
        return self.kills >= self.wanted

    def count(self, kind, lived):
        """Counts a kill."""
        self.killed[kind] = self.killed.get(kind, 0) + lived

    def told(self, *words):
        """What a command of keten that must succeed prints as JSON."""
        made = subprocess.run([self.keten, *words, "--json", "--quiet"], capture_output=True, text=True)
        if made.returncode:
            sys.exit(f"keten {' '.join(words)} ended with {made.returncode}: {made.stderr}")
        return json.loads(made.stdout.splitlines()[-1])

    def look(self, *words):
        """Whether all units are stored; a unit that was stored and is not any more is a fault."""
        status = self.told("status", "plan", *words)
        if status["done"] < self.stored:
            sys.exit(f"{self.stored} units were stored, and now {status['done']} are")
        self.stored = status["done"]
        self.packs = max(self.packs, len(list(PLAN.glob("store/.units/packs/*.pack"))))
        return status["done"] == status["units"]

    def collect(self):
        """Ends a round: collects the run anew; if more kills are wanted, nothing is stored any more."""
        shutil.rmtree("runs", ignore_errors=True)
        run = self.told("collect", "plan", "--out", "runs")
        Path("collected.json").write_text(json.dumps(run) + "\n")
        self.contents.append([run["id"], {name: (it["content_hash"], it["rows"]) for name, it in run["tables"].items()}])
        if self.contents[-1] != self.contents[0]:
            sys.exit(f"round {len(self.contents)} gives another run than the first: {self.contents[-1]}")
        if not self.enough():
            shutil.rmtree(PLAN / "store")
            self.stored = 0

    def close(self):
        """Writes what was seen, for the table of the proof."""
        seen = {
            "killed": self.killed,
            "kills": self.kills,
            "rounds": len(self.contents),
            "packs": self.packs,
            "seconds": round(time.monotonic() - self.began, 1),
        }
        Path("killed.json").write_text(json.dumps(seen) + "\n")
        print(f"{self.kills} kills in {len(self.contents)} rounds, all with the same run: {seen}")
        if not self.enough():
            sys.exit(f"only {self.kills} of {self.wanted} kills")
