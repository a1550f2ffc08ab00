#!/bin/bash
# usage: packaging/check_wheel.sh WHEEL [KETEN]
# Installs a wheel of packaging/wheel.sh where no Rust is on the PATH, and checks that its command and its package give
# what KETEN gives, a program built from source (default: target/release/keten).
set -euo pipefail
wheel=$(realpath "$1")
keten=$(realpath "${2:-$(dirname "$0")/../target/release/keten}")
uv=$(command -v uv || true)
python=$(command -v python3)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir home
clean() { env -i HOME="$scratch/home" PATH=/usr/bin:/bin LANG=C.UTF-8 "$@"; }
if clean sh -c 'command -v cargo rustc'; then echo "check_wheel: Rust is on the PATH" >&2; exit 1; fi

clean "$python" -m venv venv
clean venv/bin/pip install --quiet --disable-pip-version-check --no-index "$wheel"
echo "== the demonstration, by the command of the wheel"
clean venv/bin/keten demo --out demo | tail -n 3
if [ -n "$uv" ]; then
    echo "== the same by uvx"
    clean "$uv" tool run --offline --from "$wheel" keten demo --out uvx | tail -n 3
fi

small=(--scale 0.001 --set until=2010 --set founding.pool_size=2000 --set founding.pool_years=30)
clean venv/bin/keten run builtin:first-run "${small[@]}" --out command --json --quiet > command.json 2> /dev/null
"$keten" run builtin:first-run "${small[@]}" --out source --json --quiet > source.json 2> /dev/null
clean venv/bin/python -W ignore - > python.json << 'END'
import json, keten
run = keten.run("builtin:first-run", {"founding.pool_size": 2000, "founding.pool_years": 30}, scale=0.001, until=2010, out="python", progress=False)
print(json.dumps(run.manifest))
END
"$python" - << 'END'
import json
runs = {name: json.loads(open(f"{name}.json").read().splitlines()[-1]) for name in ("source", "command", "python")}
found = {name: {table: it["content_hash"] for table, it in run["tables"].items()} for name, run in runs.items()}
for name, tables in found.items():
    print(f"{name:8} {runs[name]['id'][:8]} yearly {tables['yearly'][:16]}, {len(tables)} tables")
if not found["source"] == found["command"] == found["python"]:
    raise SystemExit("the wheel gives other results than the program built from source")
END
