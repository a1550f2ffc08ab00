#!/bin/bash
# usage: hyperqueue.sh KETEN FOLDER
# Works FOLDER/small.toml off with HyperQueue and collects the run: FOLDER/collected.json is what keten prints. With the
# program hq (HQ_PROGRAM, or on the PATH) PLAN/hyperqueue.sh is used as it is, while workers and tasks are killed:
# KETEN_KILLS sets their number, KETEN_SHARDS that of shards. Without it, HyperQueue's server and workers come from its
# package on PyPI, which has them as a library and not the program; a task then is what PLAN/hyperqueue.sh submits,
# submitted through the library, and nothing is killed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
keten=$1
cd "$2"
shards=${KETEN_SHARDS:-8}
"$keten" plan small.toml --shards "$shards" --out plan --threads 1 --for hyperqueue --quiet
if hq=$(command -v "${HQ_PROGRAM:-hq}"); then
    exec python3 "$here/hyperqueue_kills.py" "$keten" "${KETEN_KILLS:-20}" "$hq"
fi
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check hyperqueue==0.27.0
KETEN=$keten SHARDS=$shards venv/bin/python - << 'END'
import os
from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig

with LocalCluster() as cluster:
    for _ in range(2):
        cluster.start_worker(WorkerConfig(cores=1))
    client = cluster.client()
    job = Job(max_fails=0)
    for shard in range(1, int(os.environ["SHARDS"]) + 1):
        # As in hyperqueue.sh: the shard is the number of the task.
        line = f"exec '{os.environ['KETEN']}' work '{os.getcwd()}/plan' --shard {shard} --threads 1"
        job.program(["bash", "-c", line])
    client.wait_for_jobs([client.submit(job)])
END
"$keten" collect plan --out runs --json > collected.json
