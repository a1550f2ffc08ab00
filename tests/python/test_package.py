"""The package `keten`: the same runs and refusals as the program, tables without a copy, objects that pickle, documents that hold.

KETEN_PROGRAM is the program, KETEN_RUN run folders (one with several scenarios, one with one), KETEN_VALUED_RUN a run with twenty draws;
./check makes them.
"""

import json
import math
import multiprocessing
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import duckdb
import keten
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import vl_convert

ROOT = Path(__file__).parents[2]
# Small enough for a test: two years, a burn-in population of 2000.
TINY = {"founding.pool_size": 2000, "founding.pool_years": 30, "outcomes": ["fit", "yearly"]}
SIZE = {"scale": 0.001, "until": 2010}


def place(name: str) -> Path:
    assert os.environ.get(name), f"{name} is not set (./check sets it)"
    return Path(os.environ[name]).resolve()


def program(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([place("KETEN_PROGRAM"), *map(str, arguments)], capture_output=True, text=True)


def runs() -> list[keten.Run]:
    return [keten.Run(folder) for folder in os.environ["KETEN_RUN"].split(os.pathsep)]


@pytest.fixture(scope="module")
def several():
    return next(run for run in runs() if len(run.scenarios) > 1)


@pytest.fixture(scope="module")
def single():
    return next(run for run in runs() if len(run.scenarios) == 1)


@pytest.fixture(scope="module")
def valued():
    return keten.Run(place("KETEN_VALUED_RUN"))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def tiny(store):
    with warnings.catch_warnings(action="ignore"):
        return keten.run("builtin:first-run", TINY, out=store, replicates=2, **SIZE)


def test_a_run_has_the_contents_that_the_program_gives_it(tiny, tmp_path):
    sets = [f"--set={key}={json.dumps(value) if isinstance(value, list) else value}" for key, value in TINY.items()]
    told = program("run", "builtin:first-run", "--scale", "0.001", "--set=until=2010", "--set=replicates=2", *sets, "--out", tmp_path, "--json")
    assert told.returncode == 0, told.stderr
    other = json.loads(told.stdout)
    assert tiny.manifest["id"] == other["id"]
    assert tiny.path.name == Path(other["run"]).name
    hashes = {name: table["content_hash"] for name, table in tiny.manifest["tables"].items()}
    assert hashes == {name: table["content_hash"] for name, table in other["tables"].items()} and len(hashes) == 2
    assert keten.Run(other["run"]) == tiny and keten.Run(other["run"]).contents == tiny.contents
    assert keten.__version__ == other["keten_version"]
    tiny.verify()


def test_a_second_call_simulates_nothing_again(tiny, store):
    with warnings.catch_warnings(action="ignore"):
        experiment = keten.Experiment("builtin:first-run", TINY, replicates=2, **SIZE)
        plan = experiment.plan(store)
        assert (plan.units, plan.kept, plan.replicates, plan.scenarios) == (2, 2, 2, ("status-quo",))
        made = (tiny.path / "manifest.json").stat().st_mtime_ns
        assert experiment.run(store) == tiny
    assert (tiny.path / "manifest.json").stat().st_mtime_ns == made


def test_every_table_goes_to_every_library_and_none_lacks_a_cell(single):
    for name in single.tables:
        table = single.table(name)
        file = pl.read_parquet(single.path / f"{name}.parquet")
        assert pl.DataFrame(table).equals(file), name
        assert (len(table), table.columns) == (file.height, file.columns)
        assert pa.table(table).num_rows == file.height
        assert list(pd.DataFrame.from_arrow(table).columns) == file.columns
        handed = table
        assert handed is table and duckdb.sql("select count(*) from handed").fetchall() == [(file.height,)]
        column = file.columns[-1]
        assert [None if cell is None else cell for cell in table[column]] == file[column].to_list(), name
    assert set(single.tables) <= set(dir(single))
    assert pa.schema(single.yearly) == pa.table(single.yearly).schema
    rows = pa.record_batch(single.yearly)
    assert rows.num_rows == len(single.yearly)


def address(table, column: str) -> int:
    """Where the numbers of a column are, when the table is handed over as a stream."""
    return pa.table(table)[column].chunk(0).buffers()[1].address


def test_numbers_are_handed_over_without_a_copy(single):
    table = single.yearly
    for column in ("year", "births", "victims_per_1000_adults"):
        first = address(table, column)
        assert first == address(table, column) == pa.record_batch(table)[column].buffers()[1].address, column
        assert address(pl.DataFrame(table), column) == first, f"polars has a copy of {column}"
    # The memory outlives the table.
    kept = pa.table(table)
    years = kept["year"].to_pylist()
    del table
    assert kept["year"].to_pylist() == years


def test_ten_million_rows_are_polars_frame_at_once():
    with warnings.catch_warnings(action="ignore"):
        samples = keten.Experiment("builtin:first-run").sample(["transmission.kappa"], 10_000_000, seed=3)
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        frame = pl.DataFrame(samples)
        times.append(time.perf_counter() - begun)
    assert frame.height == 10_000_000
    assert address(frame, "transmission.kappa") == address(samples, "transmission.kappa")
    assert min(times) < 0.05, times


def test_effects_are_those_of_the_report(several, tmp_path):
    several.report(lang="en", out=tmp_path)
    reported = pl.read_csv(tmp_path / "report-files" / "effects.csv", infer_schema_length=None)
    own = several.effects().to_polars()
    assert own.height == reported.height > 20
    names = {"scenario": "scenario", "figure": "measure", "unit": "unit", "place": "place", "among": "among", "comparator": "reference_value"}
    names |= {"difference": "difference", "low": "low", "high": "high", "error": "mc_error"}
    for name, other in names.items():
        for mine, shown in zip(own[name], reported[other]):
            assert mine == (pytest.approx(shown) if isinstance(mine, float) else shown), name
    assert own["difference"].drop_nulls().len() > 5 and own["withheld"].drop_nulls().len() == own["difference"].null_count()


def test_effects_are_differences_of_pairs(several):
    name = next(name for name in several.scenarios if name != several.comparator and "@" not in name)
    rows = [row for row in several.effects(name, "births").rows() if row["place"] != "exported"]
    assert len(rows) == 1 and rows[0]["unit"] == "persons"
    yearly = several.yearly.to_polars().filter(city="G4").group_by("scenario", "draw").agg(pl.sum("births"))
    yearly = yearly.pivot("scenario", index="draw", values="births")
    differences = (yearly[name] - yearly[several.comparator]) / several.scale
    assert rows[0]["difference"] == pytest.approx(differences.mean())
    assert rows[0]["pairs"] == len(differences) == rows[0]["lower"] + rows[0]["equal"] + rows[0]["higher"]
    assert rows[0]["interval"] == "draws" and rows[0]["low"] <= rows[0]["difference"] <= rows[0]["high"]
    main = several.effects(main=True)
    assert set(main["figure"]) <= set(several.effects()["figure"]) and all(main["main"])
    with pytest.raises(keten.Error, match="did you mean `births`"):
        several.effects(figure="birth")
    with pytest.raises(keten.Error, match="no effects of scenario"):
        several.effects(scenario="nothing")


def test_transmission_has_the_means_of_its_table_and_withholds_what_rests_on_few(several, single):
    counted = {"crude_ratio": "exposed_cases", "causal_ratio": "onsets_exposed", "exposed_by_30": "exposed_reaching_30"}
    shown = 0
    for run in (several, single):
        table = run.table("transmission").to_polars().filter(city="G4", scenario=run.comparator)
        rows = [row for row in run.transmission(windows=True).rows() if row["figure"] in counted]
        assert {row["window"] for row in rows} > {"all"}
        for row in rows:
            of = table.filter(pathway=row["pathway"], sex=row["sex"], window=row["window"])
            few = of[counted[row["figure"]]].mean() < 10
            assert bool(row["withheld"]) == few == (row["mean"] is None), row
            shown += not few
            assert few or row["mean"] == pytest.approx(of[row["figure"]].mean())
        assert {row["window"] for row in run.transmission().rows()} == {"all"}
    assert shown > 10
    with pytest.raises(keten.Error, match="its scenarios are"):
        single.transmission("nothing")


def test_economics_are_those_of_the_report_and_need_draws(valued, several, tmp_path):
    table = valued.economics()
    valued.report(lang="en", out=tmp_path)
    icers = pl.read_csv(tmp_path / "report-files" / "icers.csv", infer_schema_length=None)
    shown = {row["Strategy"]: row for row in icers.filter(Discounting="zin-2024", Perspective="societal").rows(named=True)}
    assert set(shown) == set(table["scenario"]) and len(shown) > 1
    for row in table.rows():
        other = shown[row["scenario"]]
        pairs = [("cost", "Cost"), ("effect", "Effect"), ("inc_cost", "Inc_Cost"), ("icer", "ICER"), ("status", "Status")]
        for mine, name in pairs:
            assert row[mine] == (pytest.approx(other[name]) if isinstance(row[mine], float) else other[name]), (row, name)
        if not row["comparator"]:
            assert row["cost_low"] <= row["cost_difference"] <= row["cost_high"]
            assert 0 <= row["better_at_50000"] <= 1
    assert sum(bool(row["comparator"]) for row in table.rows()) == 1
    curves = valued.acceptability().to_polars()
    assert (curves.group_by("wtp").agg(pl.sum("probability"))["probability"] - 1).abs().max() < 1e-9
    draws = valued.psa().to_polars()
    assert draws.columns == ["sample", "strategy", "grp", "cost", "qalys", "replicate_se"] and draws["grp"].unique().to_list() == ["zin_2024_societal"]
    mean = draws.filter(strategy=valued.comparator)["cost"].mean()
    assert mean == pytest.approx(next(row["cost"] for row in table.rows() if row["comparator"]))
    with pytest.raises(keten.Error, match="at least 20 draws"):
        several.economics()
    with pytest.raises(keten.Error, match="write one of zin-2024"):
        valued.economics(rule="zin")  # type: ignore[arg-type]


def test_runs_are_compared_and_inputs_named(tiny, store):
    with warnings.catch_warnings(action="ignore"):
        other = keten.run("builtin:first-run", {**TINY, "transmission.kappa": 0.1}, out=store, replicates=2, **SIZE)
    found = tiny.compare(other)
    assert "transmission.kappa" in found.inputs["key"]
    assert found.to_polars().filter(pl.col("first").is_not_null())["paired"].all() and len(found) > 5
    again = pickle.loads(pickle.dumps(found))
    assert again["difference"] == found["difference"] and again.notes == found.notes
    with pytest.raises(keten.Error, match="the same run"):
        tiny.compare(tiny)


def test_targets_have_values_and_errors(tiny):
    table = keten.targets(tiny)
    rows = list(table.rows())
    assert {"put in", "solved for"} & {row["standing"] for row in rows}
    achieved = tiny.fit.to_polars().filter(city=rows[0]["city"], margin=rows[0]["margin"], group=rows[0]["group"])
    assert rows[0]["value"] == pytest.approx(achieved["achieved"].mean()) and rows[0]["units"] == achieved.height == 2
    assert all(row["error"] is not None for row in rows if row["units"] == 2)


def digest(table) -> tuple[object, ...]:
    return tuple(map(tuple, table.rows()))


def from_elsewhere(pickled: bytes) -> tuple[int, object]:
    thing = pickle.loads(pickled)
    table = thing if isinstance(thing, keten.Table) else thing.yearly if isinstance(thing, keten.Run) else thing.sample(["transmission.kappa"], 3)
    return len(table), table[table.columns[-1]][:5]


@pytest.mark.parametrize("start", ["spawn", "fork"])
def test_things_pickle_small_and_open_in_another_process(tiny, several, start):
    experiment = keten.Experiment(ROOT / "experiments" / "first-run.toml", {"seed": 5})
    things = [tiny, tiny.yearly, several.effects(main=True), tiny.levels(), experiment, keten.parameters(grade="A")]
    pickled = [pickle.dumps(thing) for thing in things]
    assert max(map(len, pickled)) <= 1000, [len(one) for one in pickled]
    with multiprocessing.get_context(start).Pool(1) as pool:
        found = pool.map_async(from_elsewhere, pickled).get(timeout=120)
    assert found == [from_elsewhere(one) for one in pickled]
    assert pickle.loads(pickle.dumps(experiment)) == experiment and hash(pickle.loads(pickle.dumps(tiny))) == hash(tiny)


def test_what_changed_since_it_was_pickled_is_refused(tiny, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text((ROOT / "experiments" / "first-run.toml").read_text().replace("../models/g4-2008", "builtin:g4-2008"))
    pickled = pickle.dumps(keten.Experiment(file))
    assert pickle.loads(pickled) == keten.Experiment(file.resolve())
    file.write_text(file.read_text().replace("2048", "2047"))
    with pytest.raises(keten.Error, match="not the one that was pickled"):
        pickle.loads(pickled)
    made, given = tiny.__reduce__()
    with pytest.raises(keten.Error, match="not the one that was pickled"):
        made(given[0], "0" * 64)


# What is wrong, as arguments of the program and as a call.
WRONG = {
    "no such file": (["missing.toml"], lambda: keten.Experiment("missing.toml")),
    "no such name": (["builtin:first-ran"], lambda: keten.Experiment("builtin:first-ran")),
    "no such key": (
        ["builtin:first-run", "--set", "transmission.kapa=0.5"],
        lambda: keten.Experiment("builtin:first-run", {"transmission.kapa": 0.5}).plan(),
    ),
    "out of range, twice": (
        ["builtin:first-run", "--scale", "7", "--set", "transmission.kappa=-3"],
        lambda: keten.Experiment("builtin:first-run", {"transmission.kappa": -3}, scale=7).plan(),
    ),
    "no such level": (
        ["builtin:first-run", "--set", "interventions.nhv.level=fully"],
        lambda: keten.Experiment("builtin:first-run", {"interventions.nhv.level": "fully"}).plan(),
    ),
    "no such table": (
        ["builtin:first-run", "--set", 'outcomes=["yerly"]'],
        lambda: keten.Experiment("builtin:first-run", {"outcomes": ["yerly"]}).plan(),
    ),
    "a number as text": (
        ["builtin:first-run", "--set", "until=soon"],
        lambda: keten.Experiment("builtin:first-run", {"until": "soon"}).plan(),
    ),
}


@pytest.mark.parametrize("arguments,call", WRONG.values(), ids=WRONG)
def test_refusals_have_the_text_and_place_of_the_program(arguments, call, tmp_path):
    told = program("run", *arguments, "--out", tmp_path, "--dry-run")
    assert told.returncode != 0
    with pytest.raises(keten.Error) as raised:
        call()
    lines = [re.sub(r"^(keten: |error: )+", "", line) for line in told.stderr.splitlines()]
    # The program counts them when there are several.
    faults = [line for line in lines if line and not re.match(r"note:|\d+ faults$", line)]
    assert sorted(str(raised.value).splitlines()) == sorted(faults)
    again = pickle.loads(pickle.dumps(raised.value))
    assert str(again) == str(raised.value) and again.faults == raised.value.faults


def test_a_fault_has_its_place_as_fields(tmp_path):
    text = (ROOT / "experiments" / "first-run.toml").read_text().replace("until = 2048", "until = 1900")
    file = tmp_path / "wrong.toml"
    file.write_text(text.replace("../models/g4-2008", "builtin:g4-2008"))
    with pytest.raises(keten.Error) as raised:
        keten.Experiment(file).plan()
    error = raised.value
    assert (error.file, error.key, error.kind) == (str(file), "until", "data")
    assert error.line == 1 + text.splitlines().index("until = 1900")
    assert error.text and str(error.file) not in error.text


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), None, pd.DataFrame({"a": [1]}), {1, 2}])
def test_what_is_no_value_is_refused_before_anything_runs(value):
    with pytest.raises(keten.Error) as raised:
        keten.Experiment("builtin:first-run", {"transmission.kappa": value})
    assert raised.value.key == "transmission.kappa" and raised.value.file == "--set"


def test_numbers_of_numpy_are_values_and_wrong_arguments_are_refused(tmp_path, tiny):
    experiment = keten.Experiment("builtin:first-run", {"scale": np.float64(0.001), "until": np.int64(2010), "crossed": False})
    assert experiment.settings == {"scale": "0.001", "until": "2010", "crossed": "false"}
    with pytest.raises(keten.Error, match="set twice"):
        keten.Experiment("builtin:first-run", {"scale": 0.1}, scale=0.2)
    with pytest.raises(keten.Error, match="give 1 or more"):
        experiment.run(tmp_path, threads=0)
    with pytest.raises(keten.Error, match="no run folder|not a run|no such|missing|does not exist"):
        keten.Run(tmp_path / "nothing")
    with pytest.raises(AttributeError, match="the run has no table `yerly`"):
        tiny.yerly  # noqa: B018
    with pytest.raises(keten.Error, match="has no column `birth`"):
        tiny.yearly["birth"]
    with pytest.raises((TypeError, AttributeError)):
        keten.targets(pl.DataFrame())  # type: ignore[arg-type]
    with pytest.raises(keten.Error, match="did you mean `transmission.kappa`"):
        keten.explain("transmission.kapa")
    with pytest.raises(keten.Error, match="did you mean `transmission.kappa`"):
        experiment.prior("transmission.kapa")
    assert not list(tmp_path.iterdir())


def test_a_setting_without_effect_is_a_warning(tmp_path):
    text = 'title = "t"\nmodel = "builtin:g4-2008"\nseed = 1\nuntil = 2009\noutcomes = ["yearly"]\n[scenarios.a]\n[scenarios.b]\n'
    idle = keten.Experiment("idle", TINY | {"outcomes": ["yearly"]}, text=text, scale=0.001)
    assert idle.plan(tmp_path).notes
    with pytest.warns(keten.Note):
        idle.run(tmp_path)


def test_other_threads_go_on_and_the_progress_is_shown(tmp_path):
    ticks, seen, stop = [], [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.005)

    clock = threading.Thread(target=tick)
    clock.start()
    try:
        with warnings.catch_warnings(action="ignore"):
            begun = time.perf_counter()
            keten.run("builtin:first-run", TINY, seed=9, out=tmp_path, progress=lambda *standing: seen.append(standing), **SIZE)
            took = time.perf_counter() - begun
    finally:
        stop.set()
        clock.join()
    gaps = np.diff([at for at in ticks if begun <= at <= begun + took])
    assert len(gaps) > 5 and gaps.max() < max(0.5, took / 3), (took, gaps.max())
    shares = [share for share, *_ in seen]
    assert shares == sorted(shares) and 0.5 < shares[-1] <= 1
    # A run this small may pass between two looks at what it does.
    assert seen[-1][1:3] == (1, 1) and any(doing for *_, doing in seen)

    class Enough(Exception):
        pass

    def enough(*_: object) -> None:
        raise Enough

    with pytest.raises(Enough), warnings.catch_warnings(action="ignore"):
        keten.run("builtin:first-run", TINY, seed=10, out=tmp_path, progress=enough, **SIZE)


INTERRUPTED = """
import sys, warnings, keten
warnings.simplefilter("ignore")
begun = []
def progress(share, kept, of, doing):
    if doing and not begun:
        begun.append(print("begun", flush=True))
try:
    keten.run("builtin:first-run", {settings}, scale=0.01, seed=11, until=2040, out=sys.argv[1], progress=progress)
except KeyboardInterrupt as stopped:
    print("stopped:", stopped)
    sys.exit(130)
"""


def test_ctrl_c_stops_a_run(tmp_path):
    code = INTERRUPTED.format(settings=TINY)
    child = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True)
    assert child.stdout and child.stdout.readline() == "begun\n"
    child.send_signal(signal.SIGINT)
    begun = time.perf_counter()
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 130 and "units are stored" in out, out
    assert time.perf_counter() - begun < 20
    assert not list(tmp_path.glob("first-run-*"))


def test_a_forked_process_uses_keten_after_its_parent_did(several):
    before = digest(several.effects(main=True))
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        os._exit(0 if digest(several.effects(main=True)) == before else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_notebook_shows_what_matters(several, single):
    shown = several._repr_html_()
    for part in (several.title, "2008 to", "never a forecast for a person", "are assumptions", str(several.path)):
        assert part in shown, part
    assert re.search(r"clearly (less|more)|no clear difference", shown)
    dutch = several.html("nl")
    assert "nooit een voorspelling voor een persoon" in dutch and "parameters" in dutch
    assert re.search(r"duidelijk (minder|meer)|geen duidelijk verschil", dutch)
    alone = single._repr_html_()
    assert "first year" in alone and "never a forecast" in alone and single.title in alone
    table = single.yearly._repr_html_()
    assert table.count("<tr>") == 11 and "yearly" in table
    assert repr(single.yearly).splitlines()[0].startswith(f"yearly: {len(single.yearly)} rows")
    assert single.title in repr(single)
    with_mark = keten.Table("<b>", single.levels()._batch, (keten.parameters, ()))
    assert "<b>" not in with_mark._repr_html_()


def charts(run: keten.Run, lang: str):
    yield run.plot.yearly(lang=lang)
    yield run.plot.yearly("births", lang=lang)
    if "transmission" in run.tables:
        yield run.plot.transmission(lang=lang)
    if len(run.scenarios) > 1:
        yield run.plot.effects(lang=lang)


@pytest.mark.parametrize("lang,caution", [("en", "never a forecast for a person"), ("nl", "nooit een voorspelling voor een persoon")])
def test_charts_are_drawn_and_say_what_they_are(several, single, valued, lang, caution):
    drawn = [*charts(several, lang), *charts(single, lang), valued.plot.acceptability(lang), valued.plot.plane(lang)]
    assert len(drawn) >= 8
    for chart in drawn:
        svg = vl_convert.vegalite_to_svg(chart.to_json())
        words = re.sub(r"\s+", " ", " ".join(re.findall(r">([^<]+)<", svg)))
        assert caution in words
        assert not re.search(r"\b(NaN|undefined|Infinity)\b", re.sub(r'aria-label="[^"]*"', "", svg))


def test_a_chart_of_counts_is_in_real_persons(single):
    data = single.plot.yearly("births").to_dict()
    values = next(iter(data.get("datasets", {}).values()), None) or data["data"]["values"]
    births = single.yearly.to_polars().filter(city="G4", year=2010)["births"].mean()
    assert next(row["mean"] for row in values if row["year"] == 2010) == pytest.approx(births / single.scale)
    said = lambda column: subtitle(single.plot.yearly(column))
    assert "real persons" in said("births") and "real persons" not in said("victims_per_1000_adults")


def subtitle(chart):
    """What is written below the title of a chart."""
    return " ".join(chart.to_dict()["title"]["subtitle"])


def test_reports_are_written(tiny, tmp_path):
    page = tiny.report(lang="nl", out=tmp_path)
    assert page == tmp_path / "report-nl.html" and page.is_file()
    with pytest.raises(keten.Error, match='write "nl" or "en"'):
        tiny.report(lang="de")  # type: ignore[arg-type]


def test_a_model_explains_itself():
    assert keten.explain("transmission.kappa") == program("explain", "transmission.kappa").stdout
    listed = json.loads(program("list", "parameters", "--json").stdout)
    passports = [one for one in listed if "grade" in one]
    table = keten.parameters()
    assert table["key"] == [one["key"] for one in passports]
    assumed = keten.parameters(grade="C")
    assert len(assumed) == sum(one["grade"] == "C" for one in passports) > 100
    assert set(keten.parameters(table="transmission")["key"]) < set(table["key"])


@pytest.fixture(scope="module")
def simulate():
    experiment = keten.Experiment("builtin:first-run", TINY, scale=0.001, until=2009)
    return keten.Simulator(experiment, {"kappa": "transmission.kappa", "pregnancy": "violence.onset.pregnancy"}, outcomes=["births_sum", "victims_per_1000_adults_last"])


def test_a_simulator_is_a_function_of_its_parameters(simulate):
    found = simulate({"kappa": 0.3})
    assert list(found) == ["births_sum", "victims_per_1000_adults_last"] and found == simulate(kappa=0.3)
    assert found == pickle.loads(pickle.dumps(simulate))(kappa=0.3)
    assert simulate(pregnancy=8.0) != found
    values = simulate.array(np.array([[0.3, 2.0], [0.6, 8.0]]))
    assert values.shape == (2, 2)
    assert dict(zip(simulate.outcomes, values[0])) == simulate({"kappa": 0.3, "pregnancy": 2.0})
    low, high = simulate.bounds["kappa"]
    prior = simulate.experiment.prior("transmission.kappa")
    assert (low, high) == (prior.low, prior.high) and prior.least <= low < prior.median < high <= prior.most
    samples = simulate.experiment.sample(["transmission.kappa"], 4000, seed=2)["transmission.kappa"]
    assert np.mean([low <= sample <= high for sample in samples]) == pytest.approx(0.95, abs=0.02)
    assert simulate.problem()["num_vars"] == 2
    one = keten.simulate({"transmission.kappa": 0.3}, simulate.experiment)
    assert one["births_sum"] == found["births_sum"]


def test_a_wrong_simulator_is_refused(simulate):
    with pytest.raises(keten.Error, match="its parameters are kappa, pregnancy"):
        simulate(kapa=0.3)
    with pytest.raises(keten.Error, match="give the columns kappa, pregnancy"):
        simulate.array(np.ones((2, 3)))
    with pytest.raises(keten.Error, match="nan is no value"):
        simulate(kappa=math.nan)
    with pytest.raises(keten.Error, match="name at least one key"):
        keten.Simulator("builtin:first-run", [])
    with pytest.raises(keten.Error, match="the run has no figure `nothing`"):
        keten.Simulator(simulate.experiment, simulate.parameters, outcomes=["nothing"])()


def resident() -> int:
    """Memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the memory of a process is read from /proc")
def test_memory_stays_flat_over_many_runs(simulate, several):
    def work():
        simulate(kappa=0.3)
        for _ in range(20):
            pl.DataFrame(several.yearly)

    # An allocator takes more now and then, and not in every block; what is lost in each run is lost in each block.
    grown = []
    for _ in range(6):
        before = resident()
        for _ in range(5):
            work()
        grown.append((resident() - before) / 1e6)
    assert min(grown[1:]) < 5, f"MB more in each block of 5 runs and 100 tables: {[round(one) for one in grown]}"


def test_the_types_hold():
    """Stubs agree with the native module, and the package is clean under pyright's strict rules, without `Any`."""
    package = Path(keten.__file__).parent
    for file in [*package.glob("*.py"), *package.glob("*.pyi")]:
        assert not re.search(r"\bAny\b", file.read_text(encoding="utf-8")), f"{file.name} says Any"
    environment = os.environ | {"MYPYPATH": str(package.parent)}
    # A class of the native module cannot be subclassed or made by hand; that is not part of its signatures.
    stubs = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "keten._keten", "--concise"], capture_output=True, text=True, env=environment
    )
    assert stubs.returncode == 0, stubs.stdout + stubs.stderr
    strict = package.parent / "pyrightconfig.json"
    strict.write_text(json.dumps({"include": ["keten"], "typeCheckingMode": "strict", "pythonVersion": "3.11"}))
    checked = subprocess.run(
        [sys.executable, "-m", "basedpyright", "-p", strict, "--pythonpath", sys.executable], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout


DOCUMENT = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", DOCUMENT, flags=re.S | re.M)


def test_the_commands_of_the_quick_start_run(tmp_path, monkeypatch, capsys):
    """All blocks one after another; one that needs a package that is not installed is left out."""
    monkeypatch.chdir(tmp_path)
    assert len(BLOCKS) >= 8
    names: dict[str, object] = {}
    left_out = []
    for block in BLOCKS:
        needs = re.match(r"# needs: pip install (\S+)", block)
        try:
            with warnings.catch_warnings(action="ignore"):
                exec(compile(block, "docs/python.md", "exec"), names)  # noqa: S102
        except ModuleNotFoundError as missing:
            assert needs, f"a block needs {missing.name} and does not say so:\n{block}"
            left_out.append(needs[1])
    assert set(left_out) <= {"ema-workbench", "scikit-learn"}
    printed = capsys.readouterr().out
    assert "did you mean `transmission.kappa`" in printed and "units" in printed
    assert Path(str(names["page"])).is_file() and type(names["chart"]).__name__ == "LayerChart"


def test_the_columns_that_the_page_on_r_names_are_there(several):
    page = (ROOT / "docs" / "r.md").read_text(encoding="utf-8")
    code = " ".join(re.findall(r"^```r\n(.*?)^```", page, flags=re.S | re.M))
    named = {name for name in re.findall(r"\b(city|scenario|year|draw|replicate|population|any_victims|victims_per_1000_adults)\b", code)}
    assert len(named) == 8 and named <= set(several.yearly.columns)
    assert several.manifest["config"]["experiment"]["scale"] == several.scale


# Debian has R and dplyr, and no package of R that reads Parquet: what it does is done here, and the rest of the page runs as it is.
SHIM = """
library <- function(name, ...) {
  name <- as.character(substitute(name))
  if (name != "arrow") base::library(name, character.only = TRUE, warn.conflicts = FALSE)
}
read_parquet <- function(file) read.csv(sub("parquet$", "as-csv", file), check.names = FALSE, na.strings = "")
"""


@pytest.fixture(scope="module")
def run_for_r(tmp_path_factory):
    """The folder in which the commands of the page on R were run, at a small size."""
    place_ = tmp_path_factory.mktemp("r")
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "r.md").read_text(encoding="utf-8"), flags=re.S | re.M))
    assert "keten run builtin:demo" in commands and "keten report" in commands
    small = place_ / "keten"
    more = "--scale 0.001 --set until=2011 --set founding.pool_size=2000 --set founding.pool_years=30 --set replicates=2"
    small.write_text(f'#!/bin/sh\nmore=\nif [ "$1" = run ]; then more="{more}"; fi\nexec "{place("KETEN_PROGRAM")}" "$@" $more\n')
    small.chmod(0o755)
    environment = os.environ | {"PATH": f"{place_}{os.pathsep}{os.environ['PATH']}"}
    made = subprocess.run(["bash", "-e", "-c", commands], cwd=place_, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return place_


def test_the_commands_of_the_page_on_r_make_what_r_reads(run_for_r):
    (run,) = run_for_r.glob("runs/demo-*")
    assert pl.read_parquet(run / "yearly.parquet").height > 10
    assert pl.read_csv(run / "report-files" / "effects.csv", infer_schema_length=None).height > 10
    assert (run / "report-files" / "codebook.json").is_file()


def test_the_code_of_the_page_on_r_runs(run_for_r):
    if not shutil.which("Rscript"):
        pytest.skip("R is not installed")
    has_dplyr = subprocess.run(["Rscript", "-e", "library(dplyr); library(jsonlite)"], capture_output=True).returncode == 0
    blocks = re.findall(r"^```r\n(.*?)^```", (ROOT / "docs" / "r.md").read_text(encoding="utf-8"), flags=re.S | re.M)
    assert len(blocks) == 3
    if not has_dplyr:
        blocks = ['run <- Sys.glob("runs/demo-*")[1]', blocks[2]]
    (run,) = run_for_r.glob("runs/demo-*")
    pl.read_parquet(run / "yearly.parquet").write_csv(run / "yearly.as-csv")
    try:
        code = "\n".join([SHIM, *blocks, "print(head(effects))"])
        told = subprocess.run(["Rscript", "-e", code], cwd=run_for_r, capture_output=True, text=True)
    finally:
        (run / "yearly.as-csv").unlink()
    assert told.returncode == 0, told.stderr
    assert "reference_value" in told.stdout
    if has_dplyr:
        yearly = pl.read_parquet(run / "yearly.parquet").filter(city="G4", scenario="status-quo", year=2008)
        scale = json.loads((run / "manifest.json").read_text())["config"]["experiment"]["scale"]
        # The first block prints the population of each year, as R shows numbers of seven digits.
        assert f"{yearly['population'].mean() / scale:.0f}" in told.stdout, told.stdout
