"""Runs: their tables, and the questions that are asked of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Literal, TypeAlias, cast

from ._errors import Error, refused
from ._keten import Batch, Results
from ._plots import Plots
from ._tables import Table
from ._types import Cell, Json
from ._words import Language, number, say, signed

Discounting: TypeAlias = Literal["zin-2024", "zin-2016", "mkba-2021", "none"]
"""A Dutch discounting rule."""


class Comparison(Table):
    """Results in which two runs differ, figure by figure; also the inputs in which they differ, and remarks."""

    __slots__ = ("inputs", "notes")

    def __init__(
        self,
        outcomes: Batch,
        inputs: Table,
        notes: Sequence[str],
        made: tuple[Callable[..., Table], tuple[object, ...]],
    ) -> None:
        super().__init__("comparison", outcomes, made)
        self.inputs: Table = inputs
        """Inputs that differ: part, key, values in both runs as JSON."""
        self.notes: tuple[str, ...] = tuple(notes)
        """Remarks to read first: what the runs do not have in common, and what is left out for that reason."""


class Run:
    """A run folder that is complete.

    `run.yearly` and every other table of the run is a `Table`; `run.table("transmission")` gives the table whose name
    is also that of a question. Pickled, a run is its folder and the hash of its contents.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Opens a run folder."""
        self._results = Results.open(os.fspath(folder))

    @staticmethod
    def _of(results: Results) -> Run:
        run = Run.__new__(Run)
        run._results = results
        return run

    @property
    def path(self) -> Path:
        """The run folder."""
        return Path(self._results.folder)

    @cached_property
    def manifest(self) -> dict[str, Json]:
        """What the run was made from: version, seed, configuration, parameters, hashes and timings."""
        return cast("dict[str, Json]", json.loads((self.path / "manifest.json").read_text(encoding="utf-8")))

    @cached_property
    def codebook(self) -> dict[str, Json]:
        """Meaning, unit and kind of every column of every table."""
        return cast("dict[str, Json]", json.loads((self.path / "codebook.json").read_text(encoding="utf-8")))

    @property
    def contents(self) -> str:
        """The hash of the contents of all tables: the same for the same run on every machine."""
        return self._results.contents

    @property
    def title(self) -> str:
        """Title of the experiment."""
        return self._results.title("en")

    @property
    def scale(self) -> float:
        """Simulated persons for each real person, by which counts are divided."""
        return self._results.scale

    @property
    def years(self) -> tuple[int, int]:
        """First and last year."""
        return self._results.years

    @property
    def scenarios(self) -> dict[str, str]:
        """Names of the scenarios and their labels, in order."""
        return self.labels("en")

    def labels(self, lang: Language) -> dict[str, str]:
        """Names of the scenarios and their labels in a language, in order."""
        return {name: label or name for name, label in self._results.scenarios(lang)}

    @property
    def comparator(self) -> str:
        """The scenario that others are compared with."""
        return self._results.comparator

    @property
    def draws(self) -> int:
        """Parameter draws; 0 for central values."""
        return self._results.ensemble[0]

    @property
    def replicates(self) -> int:
        """Replicates of each draw."""
        return self._results.ensemble[1]

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return tuple(self._results.tables)

    def table(self, name: str) -> Table:
        """A table of the run, with the columns `scenario`, `draw`, `replicate` and `city` first."""
        return Table(name, self._results.table(name), (_asked, (self, "table", (name,))))

    def __getattr__(self, name: str) -> Table:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.table(name)
        except Error as error:
            if name in self.tables:
                raise
            raise AttributeError(str(error)) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]

    def levels(self, scenario: str | None = None) -> Table:
        """Main figures of the four cities under a scenario (the comparator, unless another is named).

        Means over draws and replicates in the first and in the last year, and sums over all years, in real persons
        and events; rates as they are.
        """
        name = self._scenario(scenario)
        return Table("levels", self._results.levels(name), (_asked, (self, "levels", (name,))))

    def effects(
        self, scenario: str | Sequence[str] | None = None, figure: str | Sequence[str] | None = None, *, main: bool = False
    ) -> Table:
        """Differences between scenarios and their comparator, pair by pair, summed over all years, with 95 % ranges.

        In real persons, cases or euro. `interval` says what a range is: where 95 % of the parameter draws lie
        (`draws`), or the confidence interval of the mean (`mean`). `lower`, `equal` and `higher` count the pairs.
        Figures that too few simulated persons stand behind are empty, and `withheld` says why. `main` gives the main
        figures only.
        """
        asked = (_several(scenario), _several(figure), main)
        batch = self._results.effects(*asked)
        return Table("effects", batch, (_asked, (self, "effects", asked[:2], {"main": main})))

    def transmission(self, scenario: str | None = None, *, windows: bool = False) -> Table:
        """How violence is passed on under a scenario, by pathway and sex: ratios, kappa and shares with 95 % ranges.

        Crude and surveyed ratios are associations; causal ones are what the childhood itself does. A run with a
        scenario without transmission, and long enough, has the generational reproduction number too. `windows` adds
        rows by age at first exposure.
        """
        name = self._scenario(scenario)
        batch = self._results.transmission(name, windows)
        return Table("transmission", batch, (_asked, (self, "transmission", (name,), {"windows": windows})))

    def economics(self, *, rule: Discounting = "zin-2024", perspective: str = "societal") -> Table:
        """Costs and QALYs of the scenarios: the incremental table, and differences from the comparator with 95 % ranges.

        A row for each scenario. `better_at_…` is the probability that its net benefit is larger than the comparator's
        at that willingness to pay. It needs the table `costs`, two scenarios and twenty parameter draws.
        `perspective` is `societal`, `programme` or a payer.
        """
        asked = {"rule": rule, "perspective": perspective}
        return Table("economics", self._results.economics(rule, perspective), (_asked, (self, "economics", (), asked)))

    def acceptability(self, *, rule: Discounting = "zin-2024", perspective: str = "societal") -> Table:
        """By willingness to pay and scenario: probability of being best, net benefit, expected loss, and the value of
        perfect information. It needs what `economics` needs.
        """
        asked = {"rule": rule, "perspective": perspective}
        batch = self._results.acceptability(rule, perspective)
        return Table("acceptability", batch, (_asked, (self, "acceptability", (), asked)))

    def psa(self, *, rule: Discounting = "zin-2024", perspective: str = "societal") -> Table:
        """Cost and QALYs gained by draw and scenario, in the columns that hesim, BCEA and dampack expect."""
        asked = {"rule": rule, "perspective": perspective}
        return Table("psa", self._results.psa(rule, perspective), (_asked, (self, "psa", (), asked)))

    def targets(self, scenario: str | None = None) -> Table:
        """Targets and margins of 2008 with the values that the run reached; see `keten.targets`."""
        name = self._scenario(scenario)
        return Table("targets", self._results.targets(name), (_asked, (self, "targets", (name,))))

    def compare(self, other: Run) -> Comparison:
        """Results in which another run of the same model differs from this one: the second minus the first.

        Draws and replicates that have common random numbers are compared pair by pair (`paired`).
        """
        outcomes, inputs, notes = self._results.compare(other._results)
        made = (_asked, (self, "compare", (other,)))
        of_inputs = Table("inputs", inputs, (_inputs, (self, other)))
        return Comparison(outcomes, of_inputs, notes, made)

    def report(
        self, lang: Language = "en", out: str | os.PathLike[str] | None = None, city: str | None = None
    ) -> Path:
        """Writes the report: a page, a workbook and data files, into the run folder or `out`. Returns the page.

        With `city` it is about that city alone, otherwise about all cities together.
        """
        return Path(self._results.report(lang, None if out is None else os.fspath(out), city)[0])

    def verify(self) -> None:
        """Computes the content hash of every table again; raises an error where the run folder was changed."""
        self._results.verify()

    @property
    def plot(self) -> Plots:
        """Charts of the run; they need altair (`pip install 'keten[plot]'`)."""
        return Plots(self)

    def _scenario(self, name: str | None) -> str:
        known = self.scenarios
        if name is None:
            return self.comparator
        if name not in known:
            what = f"the run has no scenario `{name}`"
            raise refused(what, f"its scenarios are {', '.join(known)}", file=str(self.path))
        return name

    def size(self, lang: Language = "en") -> str:
        """What was simulated, in a sentence."""
        from_, until = self.years
        return say(
            "size",
            lang,
            persons=number(self.scale, lang),
            each=number(1 / self.scale, lang),
            from_=str(from_),
            until=str(until),
            draws=say("draws", lang, n=str(self.draws)) if self.draws else say("central", lang),
            replicates=say("replicates" if self.replicates > 1 else "replicate", lang, n=str(self.replicates)),
            scenarios=say("scenarios", lang, n=str(len(self.scenarios))),
        )

    def honesty(self, lang: Language = "en") -> str:
        """What the figures are, and how many of the parameters behind them are assumptions."""
        grades = dict(self._results.grades)
        return say("honest", lang, all=str(sum(grades.values())), assumed=str(grades.get("C", 0)))

    def answer(self, lang: Language = "en") -> list[dict[str, str]]:
        """The main figures in words: what each scenario changes, or the levels of a run with one scenario."""
        if len([name for name in self.scenarios if "@" not in name]) > 1:
            rows = [row for row in self.effects(main=True).rows() if row["place"] != "exported"]
            return [self._changed(row, lang) for row in rows]
        if "yearly" not in self.tables:
            return []
        words = "words_nl" if lang == "nl" else "words"

        def said(cell: Cell) -> str:
            return number(cell, lang) if isinstance(cell, (int, float)) else ""

        spans = ("first", "last", "sum")
        return [
            {say("figure", lang): str(row[words])} | {say(span, lang): said(row[span]) for span in spans}
            for row in self.levels().rows()
        ]

    def _changed(self, row: dict[str, Cell], lang: Language) -> dict[str, str]:
        """One difference in words."""
        difference, low, high = (_number(row[name]) for name in ("difference", "low", "high"))
        if difference is None:
            reading = say("withheld", lang)
        elif low is None or high is None:
            reading = say("one_pair", lang)
        else:
            reading = say("less" if high < 0 else "more" if low > 0 else "unclear", lang)
        name = str(row["scenario"])
        between = {"en": "to", "nl": "tot"}[lang]
        return {
            say("scenario", lang): self.labels(lang).get(name, name),
            say("figure", lang): str(row["words_nl" if lang == "nl" else "words"]),
            say("difference", lang): "" if difference is None else signed(difference, lang),
            say("range", lang): ""
            if low is None or high is None
            else f"{signed(low, lang)} {between} {signed(high, lang)}",
            say("reading", lang): reading,
        }

    def html(self, lang: Language = "en") -> str:
        """Title, size, what the figures are, and the answer, as a notebook shows them."""
        rows = self.answer(lang)
        base = self.labels(lang).get(self.comparator, self.comparator)
        parts = [
            f"<h3>{escape(self._results.title(lang))}</h3>",
            f"<p>{escape(self.size(lang))}.</p>",
            f"<p><strong>{escape(self.honesty(lang))}</strong></p>",
        ]
        if rows:
            head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in rows[0])
            body = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row.values()) + "</tr>" for row in rows
            )
            caption = say("compared", lang, base=base) if len(self.scenarios) > 1 else base
            parts.append(
                f"<table><caption>{escape(caption)}; {say('real', lang)}</caption>"
                f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            )
        else:
            parts.append(f"<p>{escape(say('no_levels', lang))}</p>")
        parts.append(f"<p><code>{escape(str(self.path))}</code></p>")
        return "".join(parts)

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return f"keten.Run({str(self.path)!r}): {self.title}. {self.size()}."

    def __eq__(self, other: object) -> bool:
        return self.contents == other.contents if isinstance(other, Run) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.contents)

    def __reduce__(self) -> tuple[Callable[..., Run], tuple[object, ...]]:
        return _reopened, (str(self.path.resolve()), self.contents)


def _several(names: str | Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else (names,) if isinstance(names, str) else tuple(names)


def _number(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, (int, float)) else None


def _reopened(folder: str, contents: str) -> Run:
    """A run that was pickled; its folder must have the same contents."""
    run = Run(folder)
    if run.contents != contents:
        what = f"the run is not the one that was pickled: its contents have the hash {run.contents[:16]}, not {contents[:16]}"
        raise refused(what, "pickle it again, or use the store that it was made in", file=folder)
    return run


def _asked(run: Run, question: str, given: tuple[object, ...], named: dict[str, object] | None = None) -> Table:
    """A table that was pickled: the question is asked again."""
    ask = cast("Callable[..., Table]", getattr(run, question))
    return ask(*given, **(named or {}))


def _inputs(run: Run, other: Run) -> Table:
    return run.compare(other).inputs


def targets(run: Run, scenario: str | None = None) -> Table:
    """Targets and margins of 2008 with the values that a run reached, their Monte Carlo error and 95 % range.

    `standing` says what a target is: put in (`put in`), met by calibration (`solved for`), or not fitted (`emerged`).
    A run with ten draws or more adds the levels of violence that draws are set to (`drawn`), with the range of the
    target. It needs the table `fit`.
    """
    return run.targets(scenario)
