"""The command that measures the jobs of users: its arithmetic, its experiments, its place in the document."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches"))
sys.path.insert(0, str(ROOT / "benches" / "peers"))

import jobs  # noqa: E402


class Noted:
    """Takes the runs of a row in place of the program."""

    def __init__(self, folder, cores):
        self.folder, self.cores, self.asked = folder, list(cores), []

    def run(self, experiment, *words):
        self.asked.append((experiment, *words))
        return type("Ran", (), {"cores": self.cores.pop(0), "wall": 36.0})()


def test_lives_are_what_a_scenario_in_full_costs():
    # A past of 2 and a life of 10: alone 12, four scenarios in full 52, beside at a fifth of a life each 20.
    assert jobs.lives(12, 20, 52, 4) == pytest.approx(0.8)


def test_the_table_of_jobs_has_a_place_in_the_document():
    assert len(jobs.BLOCK.findall(jobs.peers.PAGE.read_text())) == 1


def test_scenarios_are_measured_beside_the_same_experiment_without_them(tmp_path):
    noted = Noted(tmp_path, [12, 40, 152])
    [(what, target, measured)] = jobs.action_programme(noted)
    assert what.startswith("the 15 scenarios") and (target, measured) == ("3 lives", "3.0 lives")
    alone, together, full = noted.asked
    assert together[0] == "experiments/action-programme.toml" and full[1] == "--full" and alone[0] != together[0]
    keten = os.environ.get("KETEN", "keten")
    assert subprocess.run([keten, "check", alone[0]], capture_output=True, text=True, check=False).returncode == 0
    text = Path(alone[0]).read_text()
    assert text.count("\n[scenarios.") == 1 and "[scenarios.status-quo]" in text and 'scale = 0.25' in text


def test_each_single_measure_is_a_valid_scenario(tmp_path):
    noted = Noted(tmp_path, [12, 20, 52])
    [(_, _, measured)] = jobs.single_measures(noted)
    assert measured == "0.20 lives"
    keten = os.environ.get("KETEN", "keten")
    made = subprocess.run([keten, "check", tmp_path / "measures.toml"], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def test_a_country_is_planned_with_all_its_people():
    words = [word for key, number in jobs.COUNTRY.items() for word in ("--set", f"{key}={number}")]
    command = [os.environ.get("KETEN", "keten"), "run", "experiments/g4-baseline.toml", "--dry-run", "--json", *words]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["persons"] == pytest.approx(8.3 * 2_100_462, rel=1e-3)
