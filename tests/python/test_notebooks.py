"""The notebooks run from top to bottom on the runs in KETEN_RUN, show what they promise, and are kept without outputs.

KETEN_RUN holds one or more run folders, divided by a colon: at least one with several scenarios and one with a single one (./check
makes both).
"""

import json
import os
import re
from pathlib import Path

import nbformat
import pytest
import vl_convert
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CAUTION = "never a forecast for a person"


def runs() -> list[Path]:
    """The run folders to test on; none is a failure, not a reason to skip."""
    folders = [Path(folder) for folder in os.environ.get("KETEN_RUN", "").split(os.pathsep) if folder]
    assert folders, "KETEN_RUN is not set: give run folders, divided by a colon (./check does)"
    for folder in folders:
        assert (folder / "manifest.json").is_file(), f"{folder} is no run folder: it has no manifest.json"
    return folders


def scenarios(run: Path) -> int:
    return len(json.loads((run / "manifest.json").read_text(encoding="utf-8"))["scenarios"])


@pytest.fixture(scope="module")
def executed():
    """Every notebook on every run, executed once."""
    done = {}

    def execute(notebook: Path, run: Path):
        if (notebook, run) not in done:
            os.environ["KETEN_RUN"], before = str(run.resolve()), os.environ["KETEN_RUN"]
            try:
                book = nbformat.read(notebook, as_version=4)
                client = NotebookClient(
                    book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
                )
                done[notebook, run] = client.execute().cells
            finally:
                os.environ["KETEN_RUN"] = before
        return done[notebook, run]

    return execute


def drawn(cell) -> list[str]:
    """The charts that a cell shows."""
    return [
        output["data"]["image/svg+xml"]
        for output in cell.get("outputs", [])
        if "image/svg+xml" in output.get("data", {})
    ]


def said(cell) -> str:
    """What a cell prints."""
    return "".join(output.get("text", "") for output in cell.get("outputs", []))


def each_run():
    """Positions in KETEN_RUN, so that pytest can name tests before anything is read."""
    return range(max(1, len([f for f in os.environ.get("KETEN_RUN", "").split(os.pathsep) if f])))


both = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
every = pytest.mark.parametrize("number", each_run())


def test_there_are_runs_of_both_kinds_and_both_notebooks():
    assert [notebook.stem for notebook in NOTEBOOKS] == ["first-look", "next-generation"]
    counts = [scenarios(run) for run in runs()]
    assert 1 in counts and max(counts) > 1, (
        f"KETEN_RUN needs a run with one scenario and one with several, and has {counts}"
    )


@both
def test_outputs_are_stripped(notebook):
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            at = f"{notebook.name}, cell {cell['id']}"
            assert cell["outputs"] == [], (
                f"{at} has outputs: strip them (jupyter nbconvert --clear-output --inplace notebooks/*.ipynb)"
            )
            assert cell["execution_count"] is None, f"{at} has an execution count: strip it"


@every
@both
def test_every_cell_shows_something_or_says_why_not(notebook, number, executed):
    run = runs()[number]
    missing = {"yearly", "cohorts", "transmission", "lineages", "costs", "capacity"} - {
        file.stem for file in run.glob("*.parquet")
    }
    for cell in executed(notebook, run):
        at = f"{notebook.name} on {run.name}, cell {cell.id}"
        promises = re.search(r"^@run\.shows\((.*)\)$", cell.source, re.MULTILINE) if cell.cell_type == "code" else None
        if not promises:
            continue
        needs, text = set(re.findall(r'"(\w+)"', promises[1])), said(cell)
        if needs & missing:
            assert "no table " + " and no table ".join(sorted(needs & missing)) in text, (
                f"{at} does not say which table is missing: {text!r}"
            )
        elif "scenarios=True" in promises[1] and scenarios(run) == 1:
            assert "one scenario" in text, f"{at} does not say that there is nothing to compare: {text!r}"
        else:
            shown = drawn(cell) or any("text/html" in output.get("data", {}) for output in cell.outputs)
            assert shown or "Fewer than" in text or "at this scale" in text or "one pair" in text, (
                f"{at} shows nothing: {cell.outputs}"
            )
        errors = [output for output in cell.outputs if output.output_type == "error" or output.get("name") == "stderr"]
        assert not errors, f"{at} complains: {errors}"


@every
@both
def test_charts_are_whole_and_say_what_they_are(notebook, number, executed):
    run = runs()[number]
    charts = [(cell.id, svg) for cell in executed(notebook, run) if cell.cell_type == "code" for svg in drawn(cell)]
    assert len(charts) >= 3, f"{notebook.name} on {run.name} draws {len(charts)} charts"
    for cell, svg in charts:
        at = f"{notebook.name} on {run.name}, cell {cell}"
        assert CAUTION in svg, f"{at}: the chart does not say that it is no forecast"
        assert not re.search(r"\b(NaN|undefined|Infinity|null)\b", re.sub(r"aria-\w+=\"[^\"]*\"", "", svg)), (
            f"{at}: a number is missing in the chart"
        )
        width = float(re.search(r'<svg[^>]* width="([\d.]+)"', svg)[1])
        assert width < 1000, f"{at}: the chart is {width:.0f} px wide"
        assert vl_convert.svg_to_png(svg).startswith(b"\x89PNG"), f"{at}: the chart cannot be drawn"


@every
def test_several_scenarios_are_compared(number, executed):
    run = runs()[number]
    if scenarios(run) == 1:
        return
    for notebook, least in zip(NOTEBOOKS, (4, 1)):
        cells = [cell for cell in executed(notebook, run) if "scenarios=True" in cell.source]
        assert sum(len(drawn(cell)) for cell in cells) >= least, (
            f"{notebook.name} on {run.name}: {[said(cell) for cell in cells]}"
        )
