#!/bin/bash
# usage: packaging/wheel.sh OUT
# Builds the wheel that is given to others into the folder OUT: the Python package and the command keten, for Linux with
# glibc 2.28 or newer. Needs Rust, and from PyPI: pip install maturin ziglang
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mkdir -p "$1" && cd "$1" && pwd)
target=$(uname -m)-unknown-linux-gnu
folder=${CARGO_TARGET_DIR:-target}
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT

# One target folder, profile and linker, so that the library is built once for both: cargo builds all anew for another linker, and
# `cargo zigbuild` has another one than maturin.
settings=(--profile dist --zig --compatibility manylinux_2_28)
(cd python && maturin build "${settings[@]}" --out "$bare/library")
maturin build --manifest-path Cargo.toml --bindings bin --locked "${settings[@]}" --out "$bare/program"
python3 packaging/with_command.py "$bare"/library/*.whl "$folder/$target/dist/keten" "$out"
