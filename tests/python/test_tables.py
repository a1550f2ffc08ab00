"""Tables and files of a run in the readers that people use, with their defaults: keys join, numbers are numbers, names stay names."""

import json
import os
from pathlib import Path

import openpyxl
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

UNIT = ["scenario", "draw", "replicate"]
# A table, the column in it that has somebody's key, and the table in which that person has a row.
JOINS = [
    ("lives", "mother", "lives"),
    ("lives", "father", "lives"),
    ("life_costs", "person", "lives"),
    ("life_costs", "partner", "lives"),
    ("panel", "mother", "panel"),
    ("panel", "partner", "panel"),
    ("panel", "person", "lives"),
    ("spells", "person", "lives"),
    ("contacts", "person", "lives"),
]


@pytest.fixture(scope="session")
def run() -> Path:
    folder = os.environ.get("KETEN_REPORT_RUN")
    assert folder, "KETEN_REPORT_RUN is not set: give the folder of a run with the table lives (./check does)"
    return Path(folder)


@pytest.fixture(scope="session")
def joined_run() -> Path:
    folder = os.environ.get("KETEN_JOIN_RUN")
    assert folder, "KETEN_JOIN_RUN is not set: give the folder of a run with all tables of persons (./check does)"
    return Path(folder)


def through_pandas(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path)


def through_polars(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path)


def through_csv_of_pandas(path: Path, tmp: Path) -> pd.DataFrame:
    pd.read_parquet(path).to_csv(tmp / "table.csv", index=False)
    return pd.read_csv(tmp / "table.csv", low_memory=False)


def through_csv_of_polars(path: Path, tmp: Path) -> pl.DataFrame:
    pl.read_parquet(path).write_csv(tmp / "table.csv")
    return pl.read_csv(tmp / "table.csv", infer_schema_length=None)


def through_numbers_of_javascript(path: Path, columns: list[str]) -> pl.DataFrame:
    # JSON as a browser reads it: every number is a float of 53 bits.
    text = json.dumps(pl.read_parquet(path, columns=columns).to_dicts())
    return pl.DataFrame(json.loads(text, parse_int=float), infer_schema_length=None)


def rows(frame) -> list[tuple]:
    """What was joined, in an order of its own and in the words of one reader."""
    if isinstance(frame, pd.DataFrame):
        frame = pl.DataFrame({name: frame[name].tolist() for name in frame.columns})
    return sorted((s, int(d), int(r), str(k), str(c)) for s, d, r, k, c in frame.iter_rows())


def joined(left, right, column: str) -> list[tuple]:
    """Rows of persons with the city in which their parent, partner or they themselves are, by the reader's own join."""
    if isinstance(left, pd.DataFrame):
        right = right[[*UNIT, "person", "city"]].drop_duplicates([*UNIT, "person"])
        right = right.rename(columns={"person": "who", "city": "of"})
        left = left[[*UNIT, column]].dropna().drop_duplicates().rename(columns={column: "who"})
        return rows(left.merge(right, on=[*UNIT, "who"])[[*UNIT, "who", "of"]])
    right = right.select(*UNIT, who="person", of="city").unique([*UNIT, "who"], keep="first", maintain_order=True)
    left = left.select(*UNIT, who=column).drop_nulls().unique()
    return rows(left.join(right, on=[*UNIT, "who"]).select(*UNIT, "who", "of"))


def joined_by_arrow(left: Path, right: Path, column: str) -> list[tuple]:
    left = pq.read_table(left, columns=[*UNIT, column]).rename_columns([*UNIT, "who"])
    left = left.group_by([*UNIT, "who"]).aggregate([]).drop_null()
    right = pq.read_table(right, columns=[*UNIT, "person", "city"]).rename_columns([*UNIT, "who", "of"])
    right = right.group_by([*UNIT, "who"], use_threads=False).aggregate([("of", "first")])
    found = left.join(right, keys=[*UNIT, "who"], join_type="inner").select([*UNIT, "who", "of_first"])
    return rows(pl.from_arrow(found))


@pytest.mark.parametrize("table,column,other", JOINS, ids=lambda word: word)
def test_keys_join_alike_in_every_reader(joined_run, tmp_path, table, column, other):
    left, right = paths = [joined_run / f"{name}.parquet" for name in (table, other)]
    expected = joined(through_polars(left), through_polars(right), column)
    assert expected, "nothing was joined"
    assert joined(through_pandas(left), through_pandas(right), column) == expected, "pandas, Parquet"
    assert joined_by_arrow(left, right, column) == expected, "pyarrow"
    csv = [through_csv_of_pandas(path, tmp_path) for path in paths]
    assert joined(*csv, column) == expected, "pandas, CSV"
    csv = [through_csv_of_polars(path, tmp_path) for path in paths]
    assert joined(*csv, column) == expected, "polars, CSV"
    wanted = [[*UNIT, column], [*UNIT, "person", "city"]]
    numbers = [through_numbers_of_javascript(path, columns) for path, columns in zip(paths, wanted)]
    assert joined(*numbers, column) == expected, "JavaScript"


def test_nobody_has_an_empty_key_and_nobody_is_no_person(run):
    lives = pl.read_parquet(run / "lives.parquet")
    assert lives["person"].null_count() == 0 and lives.select(*UNIT, "person").is_duplicated().sum() == 0
    for column in ("person", "mother", "father"):
        texts = lives[column].drop_nulls()
        assert texts.str.contains("^p[0-9a-f]{16}$").all() and not (texts == "p" + 16 * "0").any(), column
    codebook = json.loads((run / "codebook.json").read_text(encoding="utf-8"))["tables"]["lives"]["columns"]
    assert {c["name"] for c in codebook if c["kind"] == "key"} == {"person", "mother", "father"}


def test_every_row_below_the_folder_of_runs_is_read_once(run):
    found = [path for path in run.parent.rglob("yearly.parquet") if path.parent.parent == run.parent]
    everywhere = list(run.parent.rglob("yearly.parquet"))
    assert sorted(everywhere) == sorted(found), "units are no tables of a run"


def test_files_have_numbers_where_the_codebook_says_so(run):
    files = json.loads((run / "report-files" / "codebook.json").read_text(encoding="utf-8"))["files"]
    seen = 0
    for path in sorted((run / "report-files").glob("*.csv")):
        dutch = path.stem.endswith("-nl")
        settings = {"sep": ";", "decimal": ","} if dutch else {}
        by_pandas = pd.read_csv(path, **settings)
        # All rows say of which kind a column is: a figure may be withheld in the first hundred.
        dialect = {"separator": ";", "decimal_comma": True} if dutch else {}
        by_polars = pl.read_csv(path, infer_schema_length=None, **dialect)
        columns = files[path.name]["columns"]
        names = [column["name"] for column in columns]
        assert list(by_pandas.columns) == names and by_polars.columns == names, path.name
        for column in columns:
            name, number = column["name"], column["kind"] == "number"
            full = by_polars[name].null_count() < by_polars.height
            if number:
                assert pd.api.types.is_numeric_dtype(by_pandas[name]), f"pandas: {path.name}, {name}"
                assert not full or by_polars[name].dtype.is_numeric(), f"polars: {path.name}, {name}"
                seen += int(by_pandas[name].notna().sum())
        for name in {"scenario", "strategy", "Strategy", "reference"} & set(names):
            assert by_pandas[name].notna().all() and by_polars[name].null_count() == 0, f"{path.name}, {name}"
    assert seen > 100, f"{seen} numbers were seen"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_workbook_has_numbers_filters_and_the_words_of_its_language(run, language):
    book = openpyxl.load_workbook(run / f"report-{language}.xlsx")
    names = {
        "en": ["Summary", "Inputs", "Effects", "ICERs", "PSA", "Capacity", "Meta", "Cities", "Explanation"],
        "nl": ["Samenvatting", "Invoer", "Effecten", "Kosten per QALY", "Trekkingen", "Plaatsen", "Herkomst", "Steden", "Uitleg"],
    }[language]
    assert book.sheetnames == names
    effects = book[names[2]]
    head = [cell.value for cell in effects[1]]
    assert head[:2] == {"en": ["scenario", "measure"], "nl": ["scenario", "maat"]}[language]
    assert effects.auto_filter.ref and effects.freeze_panes == "A2"
    figures = [effects.cell(row, column) for row in range(2, effects.max_row + 1) for column in range(7, 11)]
    assert all(cell.value is None or isinstance(cell.value, (int, float)) for cell in figures)
    assert any(cell.value is not None and cell.number_format != "General" for cell in figures)
    made = {row[0].value: row[1].value for row in book[names[6]].iter_rows(min_row=2)}
    listed = json.loads((run / "report-files" / "made.json").read_text(encoding="utf-8"))["files"]
    assert made["tables"] == listed[f"report-{language}.xlsx"]["tables"]
