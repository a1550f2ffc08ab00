"""Figures in README are those of docs/RESULTS.md, which one command makes."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import results  # noqa: E402

TABLES = """| scenario | what | comparator | difference (95 % range) |
|---|---|---|---|
| a | children | 1,000 | -20 (-30 to -10) |
| b | children | 1,000 | +5 (-3 to +13.5) |
| c | children | – | scale too small |
"""


def blocks(name):
    return results.blocks((ROOT / name).read_text())


def test_readme_quotes_results_word_for_word():
    quoted, made = blocks("README.md"), blocks("docs/RESULTS.md")
    assert quoted, "README quotes no result"
    for name, text in quoted.items():
        assert text == made.get(name), f"README's block {name} is not that of docs/RESULTS.md; run docs/results.py"


def test_every_section_names_its_commit_and_date():
    made = results.made_at((ROOT / "docs/RESULTS.md").read_text())
    known = blocks("docs/RESULTS.md")
    assert made.keys() == known.keys() - results.DERIVED.keys(), "a section has no commit; run docs/results.py"
    assert all(re.match(r"at commit [0-9a-f]{7,} on \d{4}-\d{2}-\d{2}", when) for when in made.values()), made
    assert all(known.values()), "a section is empty"


def test_blocks_made_from_others_are_those_of_the_tables_as_they_stand():
    made = blocks("docs/RESULTS.md")
    assert results.DERIVED.keys() <= made.keys(), "a block is missing; run docs/results.py --derived"
    assert results.derive(made) == made, "a block is out of date; run docs/results.py --derived"


def test_a_table_is_read_by_column():
    rows = results.tables("Before.\n\n" + TABLES + "\nAfter.\n\n" + TABLES)
    assert [len(table) for table in rows] == [3, 3]
    assert results.the(rows[0], scenario="b")["comparator"] == "1,000"


def test_a_difference_says_its_direction_and_whether_zero_lies_in_its_range():
    [rows] = results.tables(TABLES)
    assert [results.compared(row) for row in rows] == [
        "children: 20 fewer (95 % range 10 to 30 fewer; 1,000 in the status quo).",
        "children: no clear difference, best estimate 5 more "
        "(95 % range 3 fewer to 14 more; 1,000 in the status quo).",
        "children: not shown (scale too small).",
    ]


def test_the_interval_of_a_ratio_is_that_of_students_t():
    row = {"causal ratio (standard error)": "1.50 (0.010)"}
    assert results.causal(row, 6) == "1.50 (95 % range 1.47 to 1.53)"
    assert results.causal(row, 1) == "1.50"
    assert results.student(12) == results.student(10), "the next lower number that is known"


def test_a_block_that_cannot_be_made_is_left_out():
    assert results.derive({"demo": "nothing of what is looked for"}) == {"demo": "nothing of what is looked for"}
