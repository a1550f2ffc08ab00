"""Charts of a run, as altair draws them. Each has its data, its unit and the sentence that it is no forecast."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ._errors import refused
from ._types import Cell, Json
from ._words import Language, say

if TYPE_CHECKING:
    import altair

    from ._runs import Run

# Okabe and Ito's colours that stand out from white.
_BLUE, _GREY = "#0072B2", "#666666"
_INKS: Final[list[Json]] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9"]
_WIDTH = 560
# The room for text is measured where the chart is made. A font that is wider where it is looked at is cut off; so the widest
# that many have comes first, then those that are as wide as what vl-convert measures with where there is none.
FONT: Final = "DejaVu Sans, Arial, Helvetica, Liberation Sans, Arimo, sans-serif"
"""The font of charts; for charts of one's own: `chart.configure(font=keten.FONT)`."""
_LINE = 90
"""Longest line below a title, in characters."""


class Plots:
    """Charts of a run. `lang` is the language of titles and axes."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def effects(self, figure: str | Sequence[str] | None = None, lang: Language = "en") -> altair.TopLevelMixin:
        """What each scenario changes: differences with their 95 % ranges. Main figures, unless others are named."""
        rows = self._run.effects(figure=figure, main=figure is None).rows()
        words = "words_nl" if lang == "nl" else "words"
        data = [
            {
                "scenario": self._label(row["scenario"], lang),
                "figure": row[words],
                "difference": row["difference"],
                "low": row["low"],
                "high": row["high"],
            }
            for row in rows
            if row["place"] != "exported" and row["difference"] is not None
        ]
        _some(data, "no difference that ten simulated persons stand behind", "run at a larger scale")
        y: Json = {"field": "scenario", "type": "nominal", "title": None, "sort": None}
        x: Json = {"field": "difference", "type": "quantitative", "title": say("real", lang)}
        # From the start, so that a long name moves nothing; in the order of the figures, not of the alphabet.
        header: Json = {"labelAnchor": "start", "labelFontWeight": "bold"}
        names: list[Json] = list(dict.fromkeys(str(row["figure"]) for row in data))
        layers: list[Json] = [
            _line("x", 0),
            {
                "mark": {"type": "rule", "color": _BLUE, "strokeWidth": 2},
                "encoding": {"y": y, "x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
            },
            {"mark": {"type": "point", "filled": True, "size": 70, "color": _BLUE}, "encoding": {"y": y, "x": x}},
        ]
        return _drawn(
            {
                "data": _values(data),
                "facet": {"field": "figure", "type": "nominal", "title": None, "sort": names, "header": header},
                "columns": 1,
                "spec": {"layer": layers, "width": _WIDTH - 200},
                "resolve": {"scale": {"x": "independent"}},
            },
            say("changes_title", lang),
            say("changes_sub", lang, base=self._label(self._run.comparator, lang)),
            lang,
        )

    def yearly(self, column: str = "victims_per_1000_adults", lang: Language = "en") -> altair.TopLevelMixin:
        """A column of the table `yearly` by year and scenario: mean over draws and replicates, with the lowest and
        highest of the comparator. Counts are divided by the scale; rates, shares and means are as they are.
        """
        table = self._run.table("yearly")
        cells = zip(table["city"], table["scenario"], table["year"], table[column])
        unit = self._unit("yearly", column)
        is_rate = "/" in unit or " per " in unit or unit in ("share", "ratio", "years", "-")
        divisor = 1.0 if is_rate else self._run.scale
        groups: dict[tuple[str, int], list[float]] = {}
        for city, scenario, year, cell in cells:
            if city == "G4" and isinstance(year, int) and isinstance(cell, (int, float)) and "@" not in str(scenario):
                groups.setdefault((str(scenario), year), []).append(cell / divisor)
        data: list[dict[str, Cell]] = [
            {
                "scenario": self._label(scenario, lang),
                "compared": scenario == self._run.comparator,
                "year": year,
                "mean": sum(cells) / len(cells),
                "low": min(cells),
                "high": max(cells),
            }
            for (scenario, year), cells in groups.items()
        ]
        _some(data, f"column `{column}` has no numbers of the four cities", "name another column")
        x: Json = {"field": "year", "type": "quantitative", "title": None, "axis": {"format": "d"}, "scale": {"nice": False}}
        colour = _by_scenario()
        y: Json = {"field": "mean", "type": "quantitative", "title": unit, "scale": {"zero": False}}
        layers: list[Json] = [
            # One band: those of several scenarios lie on one another.
            {
                "transform": [{"filter": "datum.compared"}],
                "mark": {"type": "area", "opacity": 0.15, "color": _GREY},
                "encoding": {
                    "x": x,
                    "y": {"field": "low", "type": "quantitative", "title": unit},
                    "y2": {"field": "high"},
                },
            },
            {"mark": {"type": "line"}, "encoding": {"x": x, "y": y, "color": colour}},
        ]
        title = say("year_title", lang, figure=column)
        counted = "" if is_rate else say("counted", lang)
        below = say("year_sub", lang, counted=counted, base=self._label(self._run.comparator, lang))
        return _drawn(
            {"data": _values(data), "layer": layers, "width": _WIDTH, "height": 260}, title, below, lang
        )

    def transmission(self, scenario: str | None = None, lang: Language = "en") -> altair.TopLevelMixin:
        """Crude, surveyed and causal risk ratios by pathway and sex, with their 95 % ranges."""
        named = {key: say(key, lang) for key in ("crude_ratio", "surveyed_ratio", "causal_ratio")}
        data: list[dict[str, Cell]] = [
            {
                "pathway": say(str(row["pathway"]), lang),
                "sex": say(str(row["sex"]), lang),
                "kind": named[str(row["figure"])],
                "mean": row["mean"],
                "low": row["low"],
                "high": row["high"],
            }
            for row in self._run.transmission(scenario).rows()
            if row["figure"] in named and isinstance(row["mean"], float) and row["mean"] > 0
        ]
        _some(data, "no ratio that enough simulated persons stand behind", "run at a larger scale")
        y: Json = {"field": "sex", "type": "nominal", "title": None, "sort": None}
        offset: Json = {"field": "kind", "sort": list(named.values())}
        colour: Json = {
            "field": "kind",
            "type": "nominal",
            "title": None,
            "legend": {"orient": "top"},
            "scale": {"domain": list(named.values()), "range": _INKS[:3]},
        }
        axis: Json = {"type": "log"}
        shared: dict[str, Json] = {"y": y, "yOffset": offset, "color": colour}
        bars: dict[str, Json] = {"x": {"field": "low", "type": "quantitative", "scale": axis}, "x2": {"field": "high"}}
        mean: dict[str, Json] = {
            "x": {"field": "mean", "type": "quantitative", "scale": axis, "title": say("ratio", lang)}
        }
        layers: list[Json] = [
            _line("x", 1),
            {
                "transform": [{"filter": "datum.low > 0"}],
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": shared | bars,
            },
            {"mark": {"type": "point", "filled": True, "size": 50}, "encoding": shared | mean},
        ]
        base = self._label(self._run.comparator if scenario is None else scenario, lang)
        header: Json = {"labelAnchor": "start", "labelFontWeight": "bold"}
        spec: dict[str, Json] = {
            "data": _values(data),
            "facet": {"field": "pathway", "type": "nominal", "title": None, "sort": None, "header": header},
            "columns": 1,
            "spec": {"layer": layers, "width": _WIDTH - 120, "height": {"step": 12}},
        }
        return _drawn(spec, say("passing_title", lang), say("passing_sub", lang, base=base), lang)

    def acceptability(self, lang: Language = "en") -> altair.TopLevelMixin:
        """The probability that each scenario gives most value for money, by willingness to pay."""
        data: list[dict[str, Cell]] = [
            {"scenario": self._label(row["scenario"], lang), "wtp": row["wtp"], "probability": row["probability"]}
            for row in self._run.acceptability().rows()
        ]
        encoding: Json = {
            "x": {"field": "wtp", "type": "quantitative", "title": say("wtp", lang)},
            "y": {"field": "probability", "type": "quantitative", "title": say("probability", lang)},
            "color": _by_scenario(),
        }
        spec: dict[str, Json] = {"data": _values(data), "mark": {"type": "line"}, "encoding": encoding, "width": _WIDTH}
        return _drawn(spec, say("accept_title", lang), "", lang)

    def plane(self, lang: Language = "en") -> altair.TopLevelMixin:
        """Extra cost and QALYs gained of each draw, against the comparator."""
        rows = list(self._run.psa().rows())
        base = {row["sample"]: (row["cost"], row["qalys"]) for row in rows if row["strategy"] == self._run.comparator}
        data: list[dict[str, Cell]] = []
        for row in rows:
            before = base[row["sample"]]
            cells = (row["cost"], before[0], row["qalys"], before[1])
            if row["strategy"] == self._run.comparator or not all(isinstance(cell, float) for cell in cells):
                continue
            cost, cost_before, qalys, qalys_before = (float(cell) for cell in cells if isinstance(cell, float))
            label = self._label(row["strategy"], lang)
            data.append({"scenario": label, "cost": cost - cost_before, "qalys": qalys - qalys_before})
        points: Json = {
            "x": {"field": "qalys", "type": "quantitative", "title": say("qaly", lang)},
            "y": {"field": "cost", "type": "quantitative", "title": say("euro", lang)},
            "color": _by_scenario(),
        }
        layers: list[Json] = [
            _line("x", 0),
            _line("y", 0),
            {"mark": {"type": "point", "filled": True}, "encoding": points},
        ]
        below = say("plane_sub", lang, base=self._label(self._run.comparator, lang))
        spec: dict[str, Json] = {"data": _values(data), "layer": layers, "width": _WIDTH, "height": 320}
        return _drawn(spec, say("plane_title", lang), below, lang)

    def _label(self, scenario: Cell, lang: Language) -> str:
        return self._run.labels(lang).get(str(scenario), str(scenario))

    def _unit(self, table: str, column: str) -> str:
        """The unit of a column by the codebook; empty if it has none."""
        found: Json = self._run.codebook.get("tables")
        described = found.get(table) if isinstance(found, dict) else None
        columns = described.get("columns") if isinstance(described, dict) else None
        for one in columns if isinstance(columns, list) else []:
            if isinstance(one, dict) and one.get("name") == column:
                return str(one.get("unit", ""))
        return ""


def _by_scenario() -> Json:
    """A colour for each scenario, in their order, with a legend above the chart."""
    return {
        "field": "scenario",
        "type": "nominal",
        "title": None,
        "sort": None,
        "scale": {"range": _INKS},
        "legend": {"orient": "top", "labelLimit": 400, "columns": 1},
    }


def _line(axis: str, value: float) -> Json:
    """A grey line across the chart at a value of an axis."""
    return {"mark": {"type": "rule", "color": _GREY}, "encoding": {axis: {"datum": value}}}


def _values(data: Sequence[Mapping[str, Cell]]) -> Json:
    return {"values": [dict(row) for row in data]}


def _some(data: Sequence[Mapping[str, Cell]], what: str, cure: str) -> None:
    """Refuses to draw nothing."""
    if not data:
        raise refused(what, cure)


def _drawn(spec: dict[str, Json], title: str, below: str, lang: Language) -> altair.TopLevelMixin:
    """A chart with its title, what it shows, and the sentence that it is no forecast."""
    try:
        import altair
    except ImportError:
        raise refused("charts need altair, which is not installed", "run: pip install 'keten[plot]'") from None
    lines: list[Json] = [*textwrap.wrap(below, _LINE), say("caution", lang)]
    heading: dict[str, Json] = {
        "title": {"text": title, "subtitle": lines, "anchor": "start", "frame": "bounds", "subtitleColor": "#444"},
        "config": {"view": {"stroke": None}, "axis": {"labelLimit": 320}, "background": "white", "font": FONT},
    }
    return altair.Chart.from_dict(heading | spec)
