"""The notebooks run from top to bottom, show what they promise, and are kept short and without outputs.

KETEN_RUN holds one or more run folders, divided by a colon: at least one with several scenarios and one with a single one (./check
makes both). Notebooks that read a run do so with each; those that run an experiment of their own do that once, at a small size.
KETEN_NOTEBOOKS, if it is set, is a folder in which the notebooks are kept as they ran, with the first of the runs: for the book.
"""

import json
import os
import re
from pathlib import Path

import keten
import nbformat
import pytest
import vl_convert
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
READING, RUNNING = ("first-look", "next-generation"), ("own-experiment", "own-mix")
LONGEST = 15


def runs() -> list[Path]:
    """The run folders to test on; none is a failure, not a reason to skip."""
    folders = [Path(folder) for folder in os.environ.get("KETEN_RUN", "").split(os.pathsep) if folder]
    assert folders, "KETEN_RUN is not set: give run folders, divided by a colon (./check does)"
    for folder in folders:
        assert (folder / "manifest.json").is_file(), f"{folder} is no run folder: it has no manifest.json"
    return folders


def scenarios(run: Path) -> int:
    return len(json.loads((run / "manifest.json").read_text(encoding="utf-8"))["scenarios"])


def cases():
    """Every notebook with every run that it reads; None for one that runs its own."""
    numbers = range(max(1, len([f for f in os.environ.get("KETEN_RUN", "").split(os.pathsep) if f])))
    return [(name, number) for name in READING for number in numbers] + [(name, None) for name in RUNNING]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Every case, executed once."""
    done = {}

    def execute(name: str, number: int | None):
        if (name, number) not in done:
            place = tmp_path_factory.mktemp(name) / "notebooks"
            place.mkdir()
            own = {"KETEN_SMOKE": "1"} if number is None else {"KETEN_RUN": str(runs()[number].resolve())}
            before = dict(os.environ)
            os.environ.update(own)
            try:
                book = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
                client = NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(place)}})
                done[name, number] = client.execute().cells
                if os.environ.get("KETEN_NOTEBOOKS") and not number:
                    nbformat.write(book, Path(os.environ["KETEN_NOTEBOOKS"]) / f"{name}.ipynb")
            finally:
                os.environ.clear()
                os.environ.update(before)
        return [cell for cell in done[name, number] if cell.cell_type == "code"]

    return execute


def drawn(cell) -> list[str]:
    """The charts that a cell shows."""
    return [
        output["data"]["image/svg+xml"]
        for output in cell.get("outputs", [])
        if "image/svg+xml" in output.get("data", {})
    ]


def shown(cell) -> str:
    """What a cell shows or prints, as text."""
    return "".join(output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in cell.outputs)


each = pytest.mark.parametrize("name,number", cases(), ids=lambda part: str(part))


def test_there_are_runs_of_both_kinds_and_all_notebooks():
    assert {notebook.stem for notebook in FOLDER.glob("*.ipynb")} == {*READING, *RUNNING}
    counts = [scenarios(run) for run in runs()]
    assert 1 in counts and max(counts) > 1, (
        f"KETEN_RUN needs a run with one scenario and one with several, and has {counts}"
    )


@pytest.mark.parametrize("name", [*READING, *RUNNING])
def test_cells_are_short_and_outputs_are_stripped(name):
    for cell in json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        at = f"{name}, cell {cell['id']}"
        assert len(cell["source"]) <= LONGEST, f"{at} has {len(cell['source'])} lines"
        assert cell["outputs"] == [], (
            f"{at} has outputs: strip them (jupyter nbconvert --clear-output --inplace notebooks/*.ipynb)"
        )
        assert cell["execution_count"] is None, f"{at} has an execution count: strip it"


@each
def test_every_cell_shows_something_and_none_complains(name, number, executed):
    for cell in executed(name, number):
        at = f"{name}, cell {cell.id}"
        errors = [output for output in cell.outputs if output.output_type == "error" or output.get("name") == "stderr"]
        assert not errors, f"{at} complains: {errors}"
        last = cell.source.splitlines()[-1]
        if re.fullmatch(r"(?!print\()[\w.]+(\(.*\)(\..*\))?)?", last) or last.startswith(("print", "pl.DataFrame")):
            assert drawn(cell) or shown(cell).strip() not in ("", "None"), f"{at} shows nothing"


@each
def test_charts_are_whole_and_say_what_they_are(name, number, executed):
    charts = [(cell.id, svg) for cell in executed(name, number) for svg in drawn(cell)]
    assert len(charts) >= 1, f"{name} draws nothing"
    for cell, svg in charts:
        at = f"{name}, cell {cell}"
        assert keten.CAUTION in svg, f"{at}: the chart does not say that it is no forecast"
        assert not re.search(r"\b(NaN|undefined|Infinity|null)\b", re.sub(r"aria-\w+=\"[^\"]*\"", "", svg)), (
            f"{at}: a number is missing in the chart"
        )
        width = float(re.search(r'<svg[^>]* width="([\d.]+)"', svg)[1])
        assert width < 1000, f"{at}: the chart is {width:.0f} px wide"
        assert vl_convert.svg_to_png(svg).startswith(b"\x89PNG"), f"{at}: the chart cannot be drawn"


@pytest.mark.parametrize("name", READING)
def test_several_scenarios_are_compared_and_one_is_said_to_be_alone(name, executed):
    for number, run in enumerate(runs()):
        cells = [cell for cell in executed(name, number) if "len(run.scenarios) > 1" in cell.source]
        assert cells
        for cell in cells:
            alone = "one scenario" in shown(cell)
            assert alone == (scenarios(run) == 1), f"{name}, cell {cell.id} on {run.name}: {shown(cell)}"


def test_the_first_look_begins_with_the_answer(executed):
    for number, run in enumerate(runs()):
        page = next(output.data["text/html"] for output in executed("first-look", number)[0].outputs if "text/html" in output.data)
        assert keten.Run(run).title in page and "are assumptions" in page
