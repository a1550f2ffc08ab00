#!/bin/bash
# usage: dask.sh KETEN FOLDER
# Works FOLDER/small.toml off with dask.distributed while its workers are killed, and collects the run: FOLDER/collected.json
# is what keten prints. KETEN_KILLS sets the number of kills.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
keten=$1
cd "$2"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check distributed==2026.8.0
"$keten" plan small.toml --shards 8 --out plan --threads 1
# The module without the rest of the package, which holds compiled code.
mkdir -p lib/keten
: > lib/keten/__init__.py
cp "$here/python/keten/dask.py" lib/keten/
PYTHONPATH=$PWD/lib KETEN=$keten KETEN_KILLS=${KETEN_KILLS:-12} venv/bin/python "$here/tests/cluster/dask_kills.py"
"$keten" collect plan --out runs --json > collected.json
