"""Prints the commands of a part of docs/cluster.md, at a small size and in this folder, so that they can be run.

usage: page.py Slurm|Dask
"""

import re
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cluster.md"
# What stands on the page, and what is put in its place here.
SMALL = {
    "Slurm": {
        "experiments/uncertainty.toml": "small.toml",
        "--shards 64": "--shards 8",
        "--threads 16": "--threads 1",
        "/scratch/me/plan": "page/plan",
        "--out runs": "--out page/runs",
    },
    "Dask": {
        'Client("tcp://scheduler:8786")': "Client(n_workers=2, threads_per_worker=1, dashboard_address=None)",
        "/scratch/me/plan": "page-dask",
        "threads=4": "threads=1",
    },
}
WAIT = 'while [ -n "$(squeue --noheader)" ]; do sleep 0.5; done\n'


def main():
    part = sys.argv[1]
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^## {part}\n.*?^```(?:text|python)\n(.*?)^```", text, flags=re.S | re.M)
    assert found, f"docs/cluster.md has no commands under the heading {part}"
    code = found[1]
    for there, here in SMALL[part].items():
        assert there in code, f"docs/cluster.md does not say {there} any more"
        code = code.replace(there, here)
    if part == "Slurm":
        assert "\nketen collect" in code
        code = "set -eu\nmkdir page\n" + code.replace("\nketen collect", f"\n{WAIT}keten collect")
    else:
        code = "if __name__ == '__main__':\n" + "".join(f"    {line}\n" if line else "\n" for line in code.splitlines())
    print(code, end="")


if __name__ == "__main__":
    main()
