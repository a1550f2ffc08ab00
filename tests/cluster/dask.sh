#!/bin/bash
# usage: dask.sh KETEN FOLDER
# Works FOLDER/small.toml off with dask.distributed while its workers and the processes of their tasks are killed, and
# collects the run: FOLDER/collected.json is what keten prints, FOLDER/killed.json what was seen. KETEN_KILLS sets the
# number of kills, KETEN_SHARDS that of shards. DASK_PYTHON is a Python that has distributed; without it, one is made.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
keten=$1
cd "$2"
python=${DASK_PYTHON:-venv/bin/python}
if [ -z "${DASK_PYTHON:-}" ]; then
    python3 -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check distributed==2026.8.0
fi
"$keten" plan small.toml --shards "${KETEN_SHARDS:-8}" --out plan --threads 1 --quiet
# The module without the rest of the package, which holds compiled code.
mkdir -p lib/keten
: > lib/keten/__init__.py
cp "$here/python/keten/dask.py" lib/keten/
export PYTHONPATH=$PWD/lib
"$python" "$here/tests/cluster/dask_kills.py" "$keten" "${KETEN_KILLS:-12}"
# The code of docs/cluster.md, as it stands there but for the size.
"$keten" plan small.toml --shards 4 --out page-dask --threads 1 --quiet
"$python" "$here/tests/cluster/page.py" Dask > page.py
KETEN=$keten "$python" page.py
"$keten" collect page-dask --out page-runs --quiet
