"""What the notebooks reckon with, on a run of a few lines made here: pairs, intervals, suppression, a run that lacks a table."""

import json
import os
import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "notebooks"))
import reading  # noqa: E402


def folder(place: Path, draws: int = 3, replicates: int = 1, scale: float = 0.5) -> Path:
    """A run with a comparator `base` and a scenario `other`, written by hand."""
    place.mkdir(parents=True)
    names = ["base", "other"]
    plan = [
        {"scenario": s, "draw": d, "replicate": r}
        for s in names
        for d in range(1, draws + 1)
        for r in range(1, replicates + 1)
    ]
    manifest = {
        "title": "By hand",
        "scenarios": [{"name": "base", "label": None}, {"name": "other", "label": "something else"}],
        "plan": plan,
        "config": {"experiment": {"scale": scale, "comparator": "base"}},
    }
    (place / "manifest.json").write_text(json.dumps(manifest))
    (place / "codebook.json").write_text('{"tables": {}}')
    pl.DataFrame({"scenario": ["base"], "year": [2008]}).write_parquet(place / "yearly.parquet")
    return place


def sums(base: list[float], other: list[float]) -> pl.DataFrame:
    rows = [
        (name, draw, 1, value)
        for name, values in (("base", base), ("other", other))
        for draw, value in enumerate(values, 1)
    ]
    return pl.DataFrame(rows, schema=["scenario", "draw", "replicate", "value"], orient="row")


def test_students_quantiles_are_those_of_the_tables():
    table = {2: 12.7062, 3: 4.3027, 5: 2.7764, 10: 2.2622, 31: 2.0423}
    assert {pairs: round(reading.student(pairs), 4) for pairs in table} == table


def test_pairs_share_their_draw_and_become_real_persons(tmp_path):
    run = reading.Run(folder(tmp_path / "run"))
    found = run.effects(sums([100, 200, 300], [99, 198, 297])).row(0, named=True)
    # Differences -1, -2, -3 simulated, -2, -4, -6 real: mean -4, variance 4; a prediction interval of three draws.
    half = 4.302653 * (4 * (1 + 1 / 3)) ** 0.5
    assert (found["label"], found["pairs"], found["comparator"], found["difference"]) == ("something else", 3, 400, -4)
    assert found["low"] == pytest.approx(-4 - half, rel=1e-5) and found["high"] == pytest.approx(-4 + half, rel=1e-5)


def test_replicates_have_a_confidence_interval_of_the_mean(tmp_path):
    run = reading.Run(folder(tmp_path / "run", draws=1, replicates=3, scale=1.0))
    data = sums([100, 200, 300], [99, 198, 297]).rename({"draw": "replicate", "replicate": "draw"})
    found = run.effects(data).row(0, named=True)
    half = 4.302653 * (1 / 3) ** 0.5
    assert (run.pair, found["difference"]) == ("replicate", -2) and found["high"] == pytest.approx(-2 + half, rel=1e-5)
    assert "confidence over 3 replicates" in run.interval


def test_many_draws_have_quantiles_and_one_has_no_limits():
    values = pl.DataFrame({"x": list(range(101)), "one": 7.0})
    assert values.select(**reading.summary("x", True)).row(0)[1:3] == pytest.approx((2.5, 97.5))
    assert values.head(1).select(**reading.summary("one", True)).row(0) == (7.0, None, None, 1)


def test_figures_of_few_persons_are_left_out(tmp_path):
    run = reading.Run(folder(tmp_path / "run"))
    with pytest.raises(reading.Nothing, match="Fewer than 10 simulated persons"):
        run.effects(sums([1, 2, 1], [2, 1, 2]))
    assert run.effects(sums([1, 2, 2], [2, 1, 2])).height == 1
    assert run.effects(sums([0.1, 0.2, 0.1], [0, 0, 0]), counts=False).height == 1
    shown = pl.DataFrame({"n": [9, 10], "share": [0.1, 0.2]}).with_columns(reading.enough("n", "share"))
    assert shown["share"].to_list() == [None, 0.2]


def test_who_is_born_in_one_world_only_is_nobody_spared(tmp_path):
    run = reading.Run(folder(tmp_path / "run", draws=1, replicates=1, scale=0.5))
    # Twenty children meet violence in the first world. Five of them are spared it in the second, five are not born there; one
    # who met it before the first month is no case, and an adult without a row in the second was spared it.
    base = [("base", 0, 1, key, 3, 9) for key in range(20)] + [("base", 0, 1, 98, -90, -1), ("base", 0, 1, 99, -90, 5)]
    other = [("other", 0, 1, key, 3, 9 if key < 10 else None) for key in range(15)] + [("other", 0, 1, 98, -90, -1)]
    columns = ["scenario", "draw", "replicate", "person", "born", "first_exposed"]
    pl.DataFrame(base + other, schema=columns, orient="row").write_parquet(run.folder / "lives.parquet")
    found = run.people({"first_exposed": reading.PERSONS["first_exposed"]}).row(0, named=True)
    assert (found["comparator"], found["value"], found["difference"]) == (32, 20, -12)
    assert run.summarised(run.people({"first_exposed": reading.PERSONS["first_exposed"]}), "what").height == 1


def test_the_next_generation_is_born_in_the_cities_in_both_worlds(tmp_path):
    run = reading.Run(folder(tmp_path / "run", draws=1, replicates=1, scale=0.5))
    # Twenty born in the cities use violence in the first world, five of them not in the second. A newcomer child, one who is
    # born in the cities in one world only, and an adult use it as well, and are not the next generation of the cities.
    columns = ["scenario", "draw", "replicate", "person", "born", "birthplace", "first_used"]
    base = [("base", 0, 1, key, 3, "cities", 300) for key in range(20)]
    other = [("other", 0, 1, key, 3, "cities", 300 if key < 15 else None) for key in range(20)]
    for rows, name in ((base, "base"), (other, "other")):
        rows += [(name, 0, 1, 97, 3, "abroad", 300), (name, 0, 1, 99, -90, "cities", 5)]
        rows.append((name, 0, 1, 98, 3, "cities" if name == "base" else "elsewhere", 300))
    pl.DataFrame(base + other, schema=columns, orient="row").write_parquet(run.folder / "lives.parquet")
    found = run.people({"first_use": reading.NEXT["first_use"]}).row(0, named=True)
    assert (found["comparator"], found["value"], found["difference"]) == (40, 30, -10)


def test_scenarios_under_a_variant_are_left_out(tmp_path):
    place = folder(tmp_path / "run")
    manifest = json.loads((place / "manifest.json").read_text())
    manifest["scenarios"] += [{"name": "base@low", "label": None}, {"name": "other@low", "label": "something else"}]
    (place / "manifest.json").write_text(json.dumps(manifest))
    run = reading.Run(place)
    assert (list(run.labels), run.others) == (["base", "other"], ["other"])
    data = sums([100, 200, 300], [99, 198, 297])
    under = data.with_columns(pl.col("scenario") + "@low")
    assert run.effects(pl.concat([data, under]))["scenario"].to_list() == ["other"]


def test_a_missing_table_or_scenario_is_said_and_the_notebook_goes_on(tmp_path, capsys):
    run = reading.Run(folder(tmp_path / "run"))
    assert run.shows("lineages", "yearly", "costs")(lambda *tables: 1 / 0) is None
    assert "no table lineages and no table costs" in capsys.readouterr().out
    run.others = []
    assert run.shows("yearly", scenarios=True)(lambda yearly: 1 / 0) is None
    assert "one scenario" in capsys.readouterr().out


def test_the_run_is_the_one_named_or_the_newest(tmp_path, monkeypatch):
    old, new = folder(tmp_path / "runs" / "old"), folder(tmp_path / "runs" / "new")
    folder(tmp_path / "runs" / ".units")
    os.utime(old / "manifest.json", (1, 1))
    monkeypatch.delenv("KETEN_RUN", raising=False)
    monkeypatch.chdir(tmp_path)
    assert reading.Run().folder.name == "new"
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert reading.Run().folder.resolve() == new.resolve()
    monkeypatch.setenv("KETEN_RUN", str(old))
    assert reading.Run().folder == old
    monkeypatch.delenv("KETEN_RUN")
    monkeypatch.chdir(old)
    with pytest.raises(SystemExit, match="no run folder"):
        reading.Run()
