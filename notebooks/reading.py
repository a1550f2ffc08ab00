"""What the notebooks share: a run folder and its tables, scenarios in pairs, intervals, and the look of the charts.

Numbers come from the run. The few written here are rules: how many simulated persons a figure needs, how wide an interval is.
"""

import json
import math
import os
from collections.abc import Callable
from pathlib import Path

import altair as alt
import polars as pl
import vl_convert
from IPython.display import display

# A figure that fewer simulated persons stand behind is not shown.
LEAST = 10
# From so many draws on, limits are quantiles; with fewer they are those of Student's law, as in the report.
QUANTILES = 40
# What the table `lives` counts person by person: months are counted from January 2008, the first that is simulated.
PERSONS = {
    "any_victims": pl.col("years_victim"),
    "children_witnessing": pl.col("years_witnessing"),
    "children_maltreated": pl.col("years_maltreated"),
    "first_exposed": (pl.col("first_exposed") >= 0).cast(pl.Int64),
    "first_used": (pl.col("first_used") >= 0).cast(pl.Int64),
    "first_suffered": (pl.col("first_suffered") >= 0).cast(pl.Int64),
}
# Who is born in the cities in the years simulated; children who arrive later are no next generation of the cities.
BORN_HERE = (pl.col("born") >= 0) & (pl.col("birthplace") == "cities")
NEXT = {
    "first_use": (BORN_HERE & (pl.col("first_used") >= 0)).cast(pl.Int64),
    "first_suffer": (BORN_HERE & (pl.col("first_suffered") >= 0)).cast(pl.Int64),
}
BOTH = "alive in both scenarios, wherever they live"
BIRTHS = "Numbers include persons born in one scenario only."
CAUTION = "A model estimate for groups, never a forecast for a person."
KEYS = ("scenario", "draw", "replicate")
# Okabe and Ito's colours that stand out from white; shapes, dashes or labels always say the same as a colour.
BLUE, RED, GREEN, BLACK, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7", "#666666"
WIDTH = 620
PERCENT = alt.Axis(labelExpr="round(100 * datum.value) + ' %'", tickCount=5)


class Nothing(Exception):
    """There is nothing to draw, and why."""


class Run:
    """A run folder: manifest, codebook and tables."""

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder or os.environ.get("KETEN_RUN") or newest())
        self.manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        self.codebook = json.loads((self.folder / "codebook.json").read_text(encoding="utf-8"))["tables"]
        experiment = self.manifest["config"]["experiment"]
        self.scale = experiment["scale"]
        # Scenarios under a variant have the name of the scenario, `@` and that of the variant: charts leave them out.
        plain = [s for s in self.manifest["scenarios"] if "@" not in s["name"]]
        self.labels = {s["name"]: s["label"] or s["name"] for s in plain}
        self.comparator = experiment.get("comparator") or next(iter(self.labels))
        self.others = [name for name in self.labels if name != self.comparator]
        self.draws = len({place["draw"] for place in self.manifest["plan"]})
        self.replicates = len({place["replicate"] for place in self.manifest["plan"]})
        # Draws are the pairs; where there is one draw, replicates are.
        self.pair = "draw" if self.draws > 1 else "replicate"
        self.pairs = self.draws if self.draws > 1 else self.replicates

    def table(self, name: str) -> pl.DataFrame:
        """A table of the run."""
        return pl.read_parquet(self.folder / f"{name}.parquet")

    def has(self, name: str) -> bool:
        """Whether the run wrote the table."""
        return (self.folder / f"{name}.parquet").is_file()

    def shows(self, *tables: str, scenarios: bool = False) -> Callable:
        """Calls the function below it with the tables and shows what it returns; says so where the run lacks what it needs."""

        def call(function: Callable):
            lacking = [name for name in tables if not self.has(name)]
            if lacking:
                return print(
                    f"This run has no table {' and no table '.join(lacking)}: name it in `outcomes` of the experiment and run again."
                )
            if scenarios and not self.others:
                return print("This run has one scenario: there is nothing to compare it with.")
            try:
                result = function(*(self.table(name) for name in tables))
            except Nothing as why:
                return print(why)
            show(result)
            return result

        return call

    @property
    def interval(self) -> str:
        """What an interval is of, in words."""
        if self.pairs < 2:
            return "One pair only: no interval"
        return (
            f"Bars: 95 % of {self.pairs} parameter draws"
            if self.draws > 1
            else f"Bars: 95 % confidence over {self.pairs} replicates"
        )

    @property
    def base(self) -> str:
        """The comparator, in words."""
        return f'scenario "{self.named(self.comparator)}"'

    def named(self, name: str) -> str:
        """The label of a scenario."""
        return self.labels.get(name, name)

    def by_pair(self, sums: pl.DataFrame, *by: str, counts: bool = True) -> pl.DataFrame:
        """Scenario and comparator side by side, draw by draw (or replicate by replicate), in real persons.

        `sums` has a `value` by scenario, draw, replicate and the columns `by`. Replicates of a draw are averaged.
        """
        means = sums.group_by("scenario", self.pair, *by).agg(pl.mean("value"))
        base = means.filter(pl.col("scenario") == self.comparator).select(self.pair, *by, comparator="value")
        joined = means.filter(pl.col("scenario").is_in(self.others)).join(base, on=[self.pair, *by])
        return self.real(joined, *by, counts=counts)

    def people(self, figures: dict[str, pl.Expr]) -> pl.DataFrame:
        """The same for figures of the table `lives`, among persons who are alive in both scenarios, wherever they live.

        Only births differ between scenarios. A child who is born in only one of them is neither protected nor harmed, and
        is left out; a person without a row in one scenario lived there without violence. The figures of `NEXT` are of
        persons who are born in the cities in both scenarios.
        """
        parts, keys = [], ["draw", "replicate", "person"]
        of_next = [what for what in figures if what in NEXT]
        places = ["birthplace"] if of_next else []
        lives = self.table("lives").select("scenario", *keys, "born", *places, **figures)
        for name in self.others:
            own, base = (lives.filter(scenario=of).drop("scenario") for of in (name, self.comparator))
            both = own.join(base, on=keys, how="full", coalesce=True, suffix="_base").filter(
                (pl.col("born").is_not_null() & pl.col("born_base").is_not_null())
                | (pl.coalesce("born", "born_base") < 0)
            )
            if of_next:
                here = (pl.col("birthplace") == "cities") & (pl.col("birthplace_base") == "cities")
                counted = [name for what in of_next for name in (what, f"{what}_base")]
                both = both.with_columns(pl.when(here).then(pl.col(name)).otherwise(0).alias(name) for name in counted)
            sums = both.group_by("draw", "replicate").agg(pl.col(*figures, *(f"{what}_base" for what in figures)).sum())
            for what in figures:
                means = sums.group_by(self.pair).agg(value=pl.mean(what), comparator=pl.mean(f"{what}_base"))
                parts.append(means.select(self.pair, "value", "comparator", scenario=pl.lit(name), what=pl.lit(what)))
        return self.real(pl.concat(parts), "what")

    def real(self, joined: pl.DataFrame, *by: str, counts: bool = True) -> pl.DataFrame:
        """Pairs in real persons, with their difference, where enough simulated ones stand behind them."""
        if counts:
            few = (pl.sum("value") + pl.sum("comparator")).over("scenario", *by) < LEAST
            joined = joined.filter(~few)
        if joined.is_empty():
            raise Nothing(f"Fewer than {LEAST} simulated persons stand behind every figure: run at a larger scale.")
        return joined.with_columns(pl.col("value", "comparator") / self.scale).with_columns(
            difference=pl.col("value") - pl.col("comparator")
        )

    def effects(self, sums: pl.DataFrame, *by: str, counts: bool = True) -> pl.DataFrame:
        """Mean difference of the pairs with its 95 % limits, by scenario and the columns `by`."""
        return self.summarised(self.by_pair(sums, *by, counts=counts), *by)

    def summarised(self, pairs: pl.DataFrame, *by: str) -> pl.DataFrame:
        """The same of pairs as they are."""
        limits = summary("difference", self.draws > 1)
        found = pairs.group_by("scenario", *by).agg(pl.mean("comparator"), **limits)
        order = {name: place for place, name in enumerate(self.labels)}
        found = found.with_columns(
            label=pl.col("scenario").replace_strict(self.labels), place_of=pl.col("scenario").replace_strict(order)
        )
        return found.sort("place_of", *by).drop("place_of")


def newest() -> Path:
    """The run folder written last under runs/ here or one level up."""
    found = [m.parent for place in ("runs", "../runs") for m in Path(place).glob("[!.]*/manifest.json")]
    if not found:
        raise SystemExit(
            "There is no run folder under runs/: run an experiment first, or set KETEN_RUN to a run folder."
        )
    return max(found, key=lambda folder: (folder / "manifest.json").stat().st_mtime)


def student(pairs: int) -> float:
    """The 97.5 % quantile of Student's law with one degree of freedom less than there are pairs (Abramowitz and Stegun 26.7.3)."""
    degrees, low, high = pairs - 1, 0.0, 1e3

    def inside(t: float) -> float:
        angle = math.atan(t / math.sqrt(degrees))
        term, total = (math.cos(angle), 0.0) if degrees % 2 else (1.0, 0.0)
        for k in range(1 if degrees % 2 else 0, degrees - 1, 2):
            total += term
            term *= math.cos(angle) ** 2 * (k + 1) / (k + 2)
        return 2 / math.pi * (angle + math.sin(angle) * total) if degrees % 2 else math.sin(angle) * total

    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) < 0.95 else (low, middle)
    return low


def summary(column: str, drawn: bool) -> dict[str, pl.Expr]:
    """Mean and 95 % limits of a column in a group: of the draws, or of the mean (Monte Carlo error); no limits from one value."""

    def limit(side: int) -> Callable:
        def of(values: pl.Series) -> float | None:
            values = values.drop_nulls()
            n, mean = len(values), values.mean()
            if n < 2:
                return None
            if drawn and n >= QUANTILES:
                return values.quantile(0.5 + side * 0.475, "linear")
            return mean + side * student(n) * values.std() * math.sqrt(1 / n + drawn)

        return of

    bound = lambda side: (
        pl.col(column).implode().map_elements(lambda v: limit(side)(v), return_dtype=pl.Float64).first()
    )
    return {column: pl.mean(column), "low": bound(-1), "high": bound(1), "pairs": pl.len()}


def enough(count: str, *figures: str) -> list[pl.Expr]:
    """The figures, empty where fewer than ten simulated persons stand behind them."""
    return [pl.when(pl.col(count) >= LEAST).then(pl.col(name)).alias(name) for name in figures]


def percent(share: float) -> str:
    """A share in words."""
    return f"{100 * share:.0f} %"


def change(before: float, after: float) -> str:
    """A change in words."""
    if not before:
        return "were none before"
    hundredths = round(100 * (after / before - 1))
    return (
        f"rise by {hundredths} %"
        if hundredths > 0
        else f"fall by {-hundredths} %"
        if hundredths < 0
        else "stay as they are"
    )


def show(result) -> None:
    """Shows a chart as an SVG made here, without network, or a table as it is."""
    if not isinstance(result, alt.TopLevelMixin):
        return display(result)
    svg = vl_convert.vegalite_to_svg(result.to_json())
    words = result.to_dict().get("title", {})
    display({"image/svg+xml": svg, "text/plain": words.get("text", "") if isinstance(words, dict) else words}, raw=True)


def titled(message: str, *what: str) -> alt.TitleParams:
    """The message, and below it what is shown in which unit."""
    return alt.TitleParams(message, subtitle=[*what, CAUTION])


def dots(
    data: pl.DataFrame,
    value: str,
    unit: str,
    *,
    row: str = "label",
    order: list[str] | None = None,
    by: str | None = None,
    inks: dict[str, str] | None = None,
) -> alt.LayerChart:
    """Estimates with their intervals, one row each, beside a line at zero; `by` and `inks` set groups apart within a row."""
    base = alt.Chart(data).encode(alt.Y(f"{row}:N", title=None, sort=order))
    ink, shape = alt.value(BLUE), alt.value("circle")
    if by and inks:
        base = base.encode(yOffset=alt.YOffset(f"{by}:N", sort=list(inks)))
        ink = alt.Color(f"{by}:N", title=None, scale=alt.Scale(domain=list(inks), range=list(inks.values())))
        marks = ["circle", "square", "triangle-up"][: len(inks)]
        shape = alt.Shape(f"{by}:N", title=None, scale=alt.Scale(domain=list(inks), range=marks))
    zero = alt.Chart(data).mark_rule(color=GREY).encode(x=alt.datum(0))
    bars = base.mark_rule(strokeWidth=2).encode(alt.X("low:Q", title=unit), alt.X2("high:Q"), color=ink)
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        alt.X(f"{value}:Q", title=unit), color=ink, shape=shape
    )
    return zero + bars + points


@alt.theme.register("keten", enable=True)
def look() -> alt.theme.ThemeConfig:
    """Message on top at the left, a light grid, no boxes, safe colours."""
    axis = {
        "gridColor": "#e4e4e4",
        "domainColor": GREY,
        "tickColor": GREY,
        "labelColor": "#333",
        "titleColor": "#333",
        "titleFontWeight": "normal",
    }
    return {
        "config": {
            "font": "sans-serif",
            "background": "white",
            "padding": 10,
            "view": {"stroke": None},
            "title": {
                "anchor": "start",
                "frame": "bounds",
                "fontSize": 16,
                "subtitleFontSize": 12,
                "subtitleColor": "#444",
                "offset": 14,
            },
            "axis": {**axis, "labelFontSize": 12, "titleFontSize": 12, "labelLimit": 420},
            "axisX": {"titleAnchor": "start", "labelFlush": False, "labelOverlap": "greedy", "labelSeparation": 6},
            "axisY": {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleY": -8},
            "header": {
                "labelFontSize": 12,
                "labelAnchor": "start",
                "labelFontWeight": "bold",
                "titleFontSize": 0,
                "labelLimit": 400,
            },
            "legend": {"orient": "top", "title": None, "labelFontSize": 12, "symbolOpacity": 1, "labelLimit": 300},
            "facet": {"spacing": {"column": 36, "row": 16}},
            "range": {"category": [BLUE, RED, GREEN, BLACK, PURPLE]},
            "line": {"strokeWidth": 2.2},
            "text": {"fontSize": 12, "color": "#333"},
        }
    }


pl.Config(
    tbl_rows=-1, fmt_str_lengths=200, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, float_precision=2
)
