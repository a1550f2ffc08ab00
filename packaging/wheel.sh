#!/bin/bash
# usage: packaging/wheel.sh OUT
# Builds the wheel that is given to others into the folder OUT: the Python package and the command keten, for Linux with
# glibc 2.28 or newer. Needs Rust, and from PyPI: pip install maturin ziglang cargo-zigbuild
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mkdir -p "$1" && cd "$1" && pwd)
target=$(uname -m)-unknown-linux-gnu
folder=${CARGO_TARGET_DIR:-target}
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT

# One target folder and profile, so that the library is built once for both.
(cd python && maturin build --profile dist --zig --compatibility manylinux_2_28 --out "$bare")
cargo zigbuild --profile dist --locked --target "$target.2.28" --bin keten
python3 packaging/with_command.py "$bare"/*.whl "$folder/$target/dist/keten" "$out"
