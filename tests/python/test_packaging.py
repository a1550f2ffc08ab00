"""Recipes for those who distribute keten: they can be read, name this version, and licences are those that deny.toml allows."""

import ast
import csv
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["packaging/conda-forge/recipe.yaml", "packaging/homebrew/keten.rb", "packaging/apptainer/keten.def", "CITATION.cff", ".zenodo.json"])
def test_a_recipe_names_this_version(name):
    found = re.findall(r"^\s*\"?[Vv]ersion\"?:? \"?([\d.]+)\"?,?$", read(name), flags=re.M)
    assert found == [VERSION], f"{name}: {found}"


def test_files_of_settings_can_be_read():
    assert json.loads(read(".zenodo.json"))["upload_type"] == "software"
    assert tomllib.loads(read("dist-workspace.toml"))["dist"]["targets"]
    assert tomllib.loads(read("deny.toml"))["licenses"]["allow"]


def test_the_easyconfig_has_every_crate_with_its_checksum():
    program = ROOT / "packaging" / "easybuild" / "easyconfig.py"
    text = subprocess.run([sys.executable, program], check=True, capture_output=True, text=True).stdout
    values = {}
    for line in ast.parse(text).body:
        if isinstance(line.value, (ast.List, ast.Constant)):
            values[line.targets[0].id] = line.value
    crates = ast.literal_eval(values["crates"])
    locked = [it for it in tomllib.loads(read("Cargo.lock"))["package"] if "checksum" in it]
    assert crates == [(it["name"], it["version"]) for it in locked]
    assert len(ast.literal_eval(values["checksums"])) == len(crates) + 1


def test_licences_of_all_crates_are_allowed():
    allowed = set(tomllib.loads(read("deny.toml"))["licenses"]["allow"])
    # Crates of features too, which a build without these does not fetch.
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features", "--manifest-path", ROOT / "Cargo.toml"]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["packages"]
    assert len(packages) > 100
    refused = []
    for package in packages:
        # Every part that is joined by AND must have one alternative that is allowed. A slash is an old way to write OR.
        licence = " ".join((package["license"] or "none").replace("/", " OR ").split())
        parts = re.split(r" AND (?![^(]*\))", licence)
        if not all(any(word in allowed for word in part.strip("()").split(" OR ")) for part in parts):
            refused.append(f"{package['name']}: {licence}")
    assert not refused, "\n".join(refused)


def test_a_wheel_with_the_command_installs_it(tmp_path):
    """A wheel as maturin makes it, but small, and a program that is a script."""
    sys.path.insert(0, str(ROOT / "packaging"))
    import with_command

    bare = tmp_path / "small-1.0-py3-none-any.whl"
    files = {
        "small/__init__.py": "ANSWER = 42\n",
        "small-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n",
        "small-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "small-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(bare, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho small \"$@\"\n")
    made = with_command.add(bare, program, tmp_path / "out")
    assert made == with_command.add(bare, program, tmp_path / "out") and made.name == bare.name
    with zipfile.ZipFile(made) as wheel:
        assert wheel.namelist()[-1] == "small-1.0.dist-info/RECORD"
        recorded = {row[0]: row[1:] for row in csv.reader(wheel.read("small-1.0.dist-info/RECORD").decode().splitlines())}
        for name in wheel.namelist()[:-1]:
            assert recorded[name] == with_command.line(name, wheel.read(name))[1:], name
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([tmp_path / "venv/bin/pip", "install", "--quiet", "--no-index", made], check=True)
    told = subprocess.run([tmp_path / "venv/bin/keten", "demo"], check=True, capture_output=True, text=True)
    assert told.stdout == "small demo\n"
    # What was installed is what RECORD says, so that it can be removed again.
    subprocess.run([tmp_path / "venv/bin/pip", "uninstall", "--quiet", "--yes", "small"], check=True)
    assert not (tmp_path / "venv/bin/keten").exists()
