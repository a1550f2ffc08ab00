"""Works ./plan off with Dask while its worker processes and the processes of their tasks are killed.

usage: dask_kills.py KETEN KILLS
"""

import sys
import threading
from pathlib import Path

import keten.dask
from distributed import Client, LocalCluster
from killing import PLAN, Rounds, keten_workers, kill


def killer(rounds, cluster, done):
    """Kills workers and tasks until the work is done or enough were killed."""
    while not done.wait(rounds.luck.uniform(0.2, 0.8)) and not rounds.enough():
        at_work = keten_workers()
        if not at_work:
            continue
        if rounds.luck.random() < 1 / 2:
            workers = sorted(worker.pid for worker in cluster.workers.values() if worker.pid)
            if workers:
                rounds.count("Dask worker", kill(rounds.luck.choice(workers)))
        else:
            rounds.count("task", kill(rounds.luck.choice(at_work)))


def main():
    rounds = Rounds(sys.argv[1], int(sys.argv[2]))
    shards = len(list(Path(PLAN, "shards").glob("*.json")))
    with LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        while True:
            done = threading.Event()
            kills = threading.Thread(target=killer, args=(rounds, cluster, done))
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
    rounds.close()


if __name__ == "__main__":
    main()
