"""Works ./plan off with Dask while its worker processes and the processes of their tasks are killed, and others take their
place.

usage: dask_kills.py KETEN KILLS
"""

import subprocess
import sys
import threading
from pathlib import Path

import keten.dask
from distributed import Client, LocalCluster
from killing import PLAN, Rounds, keten_workers, kill

WORKERS = 3


class Workers:
    """Dask workers, each a process of this one, without the nanny of Dask that would start them again."""

    def __init__(self, address):
        self.address = address
        self.log = open("workers.log", "ab")
        self.running = [self.start() for _ in range(WORKERS)]

    def start(self):
        """A worker with one thread."""
        words = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", "scratch"]
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_worker", self.address, *words], stdout=self.log, stderr=self.log
        )

    def kill_one(self, luck):
        """Kills a worker and starts another one in its place; whether it lived."""
        at = luck.randrange(WORKERS)
        lived = self.running[at].poll() is None and kill(self.running[at].pid)
        self.running[at].wait()
        self.running[at] = self.start()
        return lived

    def stop(self):
        """Ends all."""
        for process in self.running:
            process.kill()
            process.wait()


def killer(rounds, workers, done):
    """Kills workers and tasks until the work is done or enough were killed."""
    while not done.wait(rounds.luck.uniform(0.1, 0.5)) and not rounds.enough():
        at_work = keten_workers()
        if not at_work:
            continue
        # One in three is a worker of Dask with the task that it has; a new one takes a second or more to start.
        if rounds.luck.random() < 1 / 3:
            rounds.count("Dask worker", workers.kill_one(rounds.luck))
        else:
            rounds.count("task", kill(rounds.luck.choice(at_work)))


def main():
    rounds = Rounds(sys.argv[1], int(sys.argv[2]))
    shards = len(list(Path(PLAN, "shards").glob("*.json")))
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster, Client(cluster) as client:
        workers = Workers(cluster.scheduler_address)
        try:
            while True:
                done = threading.Event()
                kills = threading.Thread(target=killer, args=(rounds, workers, done))
                kills.start()
                try:
                    told = keten.dask.run(client, PLAN, keten=rounds.keten, threads=1, retries=1000)
                finally:
                    done.set()
                    kills.join()
                assert sorted(it["shard"] for it in told) == list(range(1, shards + 1)), told
                assert all(it["done"] == it["units"] for it in told), told
                assert rounds.look(), "tasks said that they were done, and units are missing"
                rounds.collect()
                if rounds.enough():
                    break
        finally:
            workers.stop()
    rounds.close()


if __name__ == "__main__":
    main()
