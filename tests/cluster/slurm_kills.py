"""Works ./plan off on a Slurm that slurm.sh started, while its workers and nodes are killed.

usage: slurm_kills.py KETEN KILLS NODES
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from killing import Rounds, keten_workers, kill


def quiet(*words):
    """A command whose failure does no harm, and what it prints."""
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def on_node(number):
    """Processes of jobs on a node, by their environment, which names the node and this cluster."""
    marks = {f"SLURMD_NODENAME=node{number}".encode(), f"SLURM_CONF={os.environ['SLURM_CONF']}".encode()}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and marks <= set(entry.joinpath("environ").read_bytes().split(b"\0")):
                yield int(entry.name)
        except OSError:
            pass


def fail_node(number):
    """A node fails with all that runs on it, and comes back; whether it was up."""
    file = Path(f"slurm/node{number}.pid")
    if not file.is_file():
        return False
    lived = kill(int(file.read_text()))
    for process in list(on_node(number)):
        kill(process)
    file.unlink(missing_ok=True)
    quiet("slurmd", "-N", f"node{number}")
    return lived


def release():
    """Elements that Slurm put back after a node failed wait for minutes; here they may begin at once."""
    for job in quiet("squeue", "--noheader", "--array", "--states=PENDING", "--format=%i").split():
        quiet("scontrol", "release", job)
        quiet("scontrol", "update", f"JobId={job}", "StartTime=now")


def main():
    keten, kills, nodes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rounds = Rounds(keten, kills)
    looks = 0
    while True:
        looks += 1
        for _ in range(8):
            at_work = keten_workers()
            if at_work and not rounds.enough():
                rounds.count("worker", kill(rounds.luck.choice(at_work)))
            time.sleep(rounds.luck.uniform(0.05, 0.25))
        if looks % 25 == 10:
            rounds.count("node", fail_node(rounds.luck.randint(1, nodes)))
        if looks % 10 == 0:
            release()
        if rounds.look("--resubmit"):
            rounds.collect()
            if rounds.enough():
                break
    rounds.close()


if __name__ == "__main__":
    main()
