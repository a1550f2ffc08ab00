#!/usr/bin/env python3
"""Prints an easyconfig for EasyBuild's block Cargo, with the crates of Cargo.lock and their checksums.

    packaging/easybuild/easyconfig.py > keten-0.1.0-GCCcore-13.3.0.eb

A release replaces @SOURCE@ and @SHA256@.
"""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLCHAIN = ("GCCcore", "13.3.0")
RUST = "1.91.1"


def easyconfig():
    """The text of the easyconfig."""
    version = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"]
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    crates = [package for package in lock["package"] if "checksum" in package]
    names = "\n".join(f"    ({package['name']!r}, {package['version']!r})," for package in crates)
    sums = "\n".join(
        f"    {{{package['name'] + '-' + package['version'] + '.tar.gz'!r}: {package['checksum']!r}}}," for package in crates
    )
    return f"""easyblock = 'Cargo'

name = 'keten'
version = {version!r}

homepage = '@SOURCE@'
description = \"\"\"Simulates how violence at home passes from parents to children in the four large Dutch cities, and what
stops it.\"\"\"

toolchain = {{'name': {TOOLCHAIN[0]!r}, 'version': {TOOLCHAIN[1]!r}}}

source_urls = ['@SOURCE@']
sources = [SOURCE_TAR_GZ]

crates = [
{names}
]
checksums = [
    {{'keten-{version}.tar.gz': '@SHA256@'}},
{sums}
]

builddependencies = [
    ('binutils', '2.42'),
    ('Rust', {RUST!r}),
]

sanity_check_paths = {{'files': ['bin/keten'], 'dirs': []}}
sanity_check_commands = ['keten check builtin:first-run']

moduleclass = 'tools'
"""


if __name__ == "__main__":
    print(easyconfig(), end="")
