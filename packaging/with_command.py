#!/usr/bin/env python3
"""Puts the program into a wheel of the Python package, so that the wheel brings the command `keten` too.

    packaging/with_command.py WHEEL PROGRAM OUT

Files in NAME-VERSION.data/scripts/ of a wheel are installed as commands. OUT is the folder for the new wheel, which has
the name of the old one.
"""

import base64
import csv
import hashlib
import io
import sys
import zipfile
from pathlib import Path

# Kept for every file, so that the same input gives the same wheel: the first time that a ZIP file can hold.
TIME = (1980, 1, 1, 0, 0, 0)


def line(name, content):
    """The line of a file in RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return [name, f"sha256={digest}", str(len(content))]


def add(wheel, program, out):
    """Writes the new wheel and returns its path."""
    with zipfile.ZipFile(wheel) as old:
        files = {it.filename: (old.read(it), it.external_attr >> 16) for it in old.infolist() if not it.is_dir()}
    record = next(name for name in files if name.endswith(".dist-info/RECORD"))
    named = record.removesuffix(".dist-info/RECORD")
    files[f"{named}.data/scripts/keten"] = (program.read_bytes(), 0o100755)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerows(line(name, content) for name, (content, _) in files.items() if name != record)
    lines.writerow([record, "", ""])
    # RECORD comes last.
    _, mode = files.pop(record)
    files[record] = (text.getvalue().encode(), mode)
    out.mkdir(parents=True, exist_ok=True)
    place = out / wheel.name
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name, (content, mode) in files.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (mode or 0o100644) << 16
            new.writestr(entry, content)
    return place


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    wheel, program, out = map(Path, sys.argv[1:])
    if wheel.parent.resolve() == out.resolve():
        sys.exit(f"{out} is the folder of the wheel itself: give another one")
    print(add(wheel, program, out))
