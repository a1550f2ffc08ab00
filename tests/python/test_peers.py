"""The Python peers of the reference workload have the counts that the rules give; wrong counts are seen."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches" / "peers"))

import expected  # noqa: E402
import peers_numpy  # noqa: E402
import run  # noqa: E402


def test_the_numpy_peer_has_the_expected_counts():
    assert list(expected.faults([peers_numpy.run(50_000, seed=1)])) == []


def test_the_starsim_peer_has_the_expected_counts():
    python = run.BUILT / "venv" / "bin" / "python"
    if not python.exists():
        pytest.skip("starsim is installed by benches/peers/run.py only")
    made = subprocess.run(
        [python, ROOT / "benches" / "peers" / "peers_starsim.py", "10000", "1"],
        env=os.environ | run.ENVIRONMENT, check=True, stdout=subprocess.PIPE, text=True,
    )
    assert list(expected.faults([json.loads(made.stdout)])) == []


def test_counts_of_other_rules_are_seen():
    counts = {name: round(count) for name, count in expected.EXPECTED.counts(100_000).items()} | {"persons": 100_000}
    assert list(expected.faults([counts])) == []
    for name in expected.COUNTS:
        wrong = counts | {name: 2 * counts[name]}
        assert [fault.split(":")[0] for fault in expected.faults([wrong])] == [name]


def test_the_table_of_peers_has_a_place_in_the_document():
    assert len(run.BLOCK.findall(run.PAGE.read_text())) == 1


def test_a_table_names_every_program_with_its_median_and_its_ratio_to_keten():
    def counts(seconds):
        return {"seconds": seconds, "person_months": 1e9, "memory": 30.2}

    runs = {("keten", 1000): [counts(1), counts(2), counts(9)], ("hand", 1000): [counts(1), counts(1), counts(1)]}
    assert run.table(runs, [1000]).splitlines()[2:] == [
        "| keten: `Calendar` and `Luck` | 2.00 ns (1.00 to 9.00) | 1.00 | 30 MiB |",
        "| hand-written event calendar, Rust | 1.00 ns (1.00 to 1.00) | 0.50 | 30 MiB |",
    ]
