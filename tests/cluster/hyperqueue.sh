#!/bin/bash
# usage: hyperqueue.sh KETEN FOLDER
# Works FOLDER/small.toml off with HyperQueue and collects the run: FOLDER/collected.json is what keten prints. HyperQueue's
# server and workers come from its package on PyPI, which has them as a library and not the program hq; so a task here is
# what PLAN/hyperqueue.sh submits, a program with HQ_TASK_ID, submitted through the library.
set -euo pipefail
keten=$1
cd "$2"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check hyperqueue==0.27.0
"$keten" plan small.toml --shards 8 --out plan --threads 1 --for hyperqueue
KETEN=$keten venv/bin/python - << 'END'
import os
from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig

with LocalCluster() as cluster:
    for _ in range(2):
        cluster.start_worker(WorkerConfig(cores=1))
    client = cluster.client()
    job = Job(max_fails=0)
    for shard in range(1, 9):
        # As in hyperqueue.sh: the shard is the number of the task.
        line = f"exec '{os.environ['KETEN']}' work '{os.getcwd()}/plan' --shard {shard} --threads 1"
        job.program(["bash", "-c", line])
    client.wait_for_jobs([client.submit(job)])
END
"$keten" collect plan --out runs --json > collected.json
