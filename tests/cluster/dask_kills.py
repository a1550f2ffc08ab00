"""Works the plan in ./plan off with Dask while its worker processes are killed."""

import os
import random
import shutil
import signal
import subprocess
import threading

import keten.dask
from distributed import Client, LocalCluster


def main():
    program, kills = os.environ["KETEN"], int(os.environ["KETEN_KILLS"])
    luck = random.Random(2008)
    killed = []
    with LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        while len(killed) < kills:
            done = threading.Event()

            def kill():
                while not done.wait(luck.uniform(0.3, 1.5)) and len(killed) < kills:
                    pids = sorted(worker.pid for worker in cluster.workers.values() if worker.pid)
                    if not pids:
                        continue
                    pid = luck.choice(pids)
                    try:
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
                    except ProcessLookupError:
                        pass

            killer = threading.Thread(target=kill)
            killer.start()
            try:
                told = keten.dask.run(client, "plan", keten=program, threads=1, retries=1000)
            finally:
                done.set()
                killer.join()
            assert sorted(it["shard"] for it in told) == list(range(1, 9)), told
            assert all(it["done"] == it["units"] for it in told), told
            if len(killed) < kills:
                subprocess.run([program, "collect", "plan", "--out", "runs", "--quiet"], check=True, stdout=subprocess.DEVNULL)
                shutil.rmtree("plan/store")
    print(f"{len(killed)} Dask workers were killed")


if __name__ == "__main__":
    main()
