"""Figures in README are those of docs/RESULTS.md, which one command makes."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def blocks(name):
    text = (ROOT / name).read_text()
    return dict(re.findall(r"<!-- results:([a-z]+) -->\n(.*?)\n?<!-- /results -->", text, flags=re.S))


def test_readme_quotes_results_word_for_word():
    quoted, made = blocks("README.md"), blocks("docs/RESULTS.md")
    assert quoted, "README quotes no result"
    for name, text in quoted.items():
        assert text == made.get(name), f"README's block {name} is not that of docs/RESULTS.md; run docs/results.py"


def test_results_name_one_commit_and_date():
    head = (ROOT / "docs/RESULTS.md").read_text().split("\n## ")[0]
    assert re.search(r"at commit [0-9a-f]{7,} on \d{4}-\d{2}-\d{2}", head), head
    assert all(blocks("docs/RESULTS.md").values()), "a section is empty"
