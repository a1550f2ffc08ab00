"""What the documents name is there: files, names in the code, pages of the book. README is short."""

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import generate  # noqa: E402
import notebook_pages  # noqa: E402

# The changelog names files of the past, results name runs.
PRESENT = [path for path in generate.documents() if path.name not in ("CHANGELOG.md", "RESULTS.md")]
FILE = re.compile(r"`((?:src|tests|docs|examples|experiments|benches|schema|notebooks)/[\w./-]+\.\w+)`")
# Written by the program into the built book.
WRITTEN = {"docs/tables.md", "docs/parameters.md", "docs/submodels.md"}


def test_readme_is_short():
    size = len((ROOT / "README.md").read_bytes())
    assert size <= 8 * 1024, f"README has {size} bytes; what is longer belongs into docs/"


@pytest.mark.parametrize("document", PRESENT, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_document_names_are_there(document):
    named = set(FILE.findall(document.read_text(encoding="utf-8"))) - WRITTEN
    missing = [name for name in sorted(named) if not (ROOT / name).exists()]
    assert not missing, f"{document.name} names files that are not there: {', '.join(missing)}"


def worked_path():
    """Files and names of the path in ARCHITECTURE.md, one pair for each file."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for line in re.findall(r"^\| \d+\. .*\|$", text, flags=re.M):
        _, files, names = line.strip("| ").split(" | ")
        files, names = re.findall(r"`([^`]+)`", files), [re.findall(r"`([^`]+)`", part) for part in names.split(";")]
        assert len(files) == len(names), f"as many groups of names as files: {line}"
        yield from zip(files, names)


def test_names_of_the_worked_path_are_in_their_files():
    pairs = list(worked_path())
    assert len(pairs) > 15, f"{len(pairs)} pairs were read"
    for file, names in pairs:
        code = (ROOT / file).read_text(encoding="utf-8")
        for name in names:
            found = re.search(rf"\b(?:fn|const|static|struct|enum|trait) {name}\b", code)
            assert found, f"ARCHITECTURE names `{name}` in {file}, which does not define it"


def test_every_decision_has_a_number_of_its_own():
    numbers = [
        int(number) for number in re.findall(r"^\*\*(\d+)\. ", (ROOT / "docs/decisions.md").read_text(), flags=re.M)
    ]
    assert sorted(numbers) == list(range(1, len(numbers) + 1)), sorted(numbers)


def test_a_page_of_tables_has_every_column():
    column = {"name": "births", "kind": "int", "unit": "births", "sees": "truth", "meaning": "a | b"}
    page = generate.tables_page({"tables": {"yearly": {"meaning": "a city in a year", "columns": [column]}}})
    assert "## yearly" in page and "| `births` | int | births | ground truth | a \\| b |" in page


def test_a_page_of_parameters_has_passports_and_settings():
    parameter = {
        "key": "transmission.kappa",
        "value": 0.5,
        "columns": [],
        "rows": 0,
        "unit": "share",
        "spread": {"law": "uniform", "numbers": [["low", 0.15], ["high", 0.8]]},
        "source": "Rob10",
        "grade": "A",
        "note": None,
    }
    table = parameter | {"key": "life.deaths.rate", "rows": 3, "columns": ["age", "male"], "spread": None}
    setting = {"key": "trends.violence", "value": "flat", "choices": ["flat", "decline"], "written": True}
    page = generate.parameters_page([parameter, table, setting])
    assert "| `transmission.kappa` | 0.5 | share | uniform, low 0.15, high 0.8 | Rob10 | A |" in page
    assert "| `life.deaths.rate` | 3 rows by age, male | share | fixed |" in page
    assert "| `trends.violence` | flat | flat, decline |" in page


@pytest.mark.parametrize(
    "page,loads",
    [
        ('<script src="https://example.org/a.js"></script>', True),
        ('<link href="//example.org/a.css" rel="stylesheet">', True),
        ('<img alt="" src="img/answer.png"><a href="https://example.org">a link is followed, not loaded</a>', False),
    ],
)
def test_what_a_page_loads_from_elsewhere_is_seen(tmp_path, page, loads):
    (tmp_path / "page.html").write_text(page)
    assert bool(generate.fetched(tmp_path)) == loads


def notebook(*outputs, code="run"):
    """A notebook with a heading and one cell."""
    heading = {"cell_type": "markdown", "source": ["# A look\n", "\n", "At a run."]}
    return {"cells": [heading, {"cell_type": "code", "source": [code], "outputs": list(outputs)}]}


def data(kind, text):
    return {"output_type": "display_data", "data": {kind: text, "text/plain": "plain"}}


def test_a_page_of_a_notebook_shows_what_its_cells_showed(tmp_path):
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["printed\n"]},
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
        data("text/html", "<style>\n.a { color: red }\n</style>\n<table>\n\n<tr><td>cell</td></tr></table>"),
        data("image/svg+xml", "<svg><title>Victims</title></svg>"),
        data("image/svg+xml", "<svg></svg>"),
    ]
    page = notebook_pages.page("look", notebook(*outputs, code="print('```')"), tmp_path / "look-shown")
    assert page.startswith("# A look\n\nThe notebook [`look.ipynb`](look.ipynb) as it ran")
    assert "````python\nprint('```')\n````" in page and "```text\nprinted\n```" in page
    assert '<div class="shown"><table> <tr><td>cell</td></tr></table></div>' in page
    assert "warning" not in page and "plain" not in page and "color" not in page
    assert '<img alt="Victims" src="look-shown/1.svg">' in page and 'alt="chart" src="look-shown/2.svg"' in page
    assert (tmp_path / "look-shown" / "1.svg").read_text() == "<svg><title>Victims</title></svg>"


def test_a_notebook_that_failed_or_is_missing_makes_no_book(tmp_path):
    failed = {"output_type": "error", "ename": "Error", "evalue": "no table"}
    with pytest.raises(ValueError, match="a cell failed: Error: no table"):
        notebook_pages.page("look", notebook(failed), tmp_path)
    (tmp_path / "notebooks").mkdir()
    config = generate.CONFIG.read_text(encoding="utf-8")
    with pytest.raises(SystemExit, match="first-look.ipynb is missing"):
        notebook_pages.write(tmp_path, tmp_path, config)
    for name in notebook_pages.NOTEBOOKS:
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(notebook()))
    made = notebook_pages.write(tmp_path, tmp_path, config)
    assert made.count("          - ") - config.count("          - ") == 1 + len(notebook_pages.NOTEBOOKS)
    assert all((tmp_path / "notebooks" / f"{name}.md").is_file() for name in notebook_pages.NOTEBOOKS)


def test_every_notebook_is_a_page_of_the_book():
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} == set(notebook_pages.NOTEBOOKS)
