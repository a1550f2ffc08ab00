"""A model as a function from parameters to figures, for calibrators, samplers and emulators."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from ._errors import refused
from ._experiments import Experiment
from ._runs import Run
from ._types import Value

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

Read: TypeAlias = Callable[[Run], Mapping[str, float]]
"""Figures of a run by name."""


class Problem(TypedDict):
    """A problem of SALib: `SALib.ProblemSpec(simulator.problem())`."""

    num_vars: int
    names: list[str]
    bounds: list[list[float]]
    outputs: list[str]


def levels(run: Run) -> dict[str, float]:
    """The main figures of the comparator by name: `victims_per_1000_adults_last`, `births_sum` and so on."""
    found: dict[str, float] = {}
    for row in run.levels().rows():
        for span in ("first", "last", "sum"):
            value = row[span]
            if isinstance(value, (int, float)):
                found[f"{row['figure']}_{span}"] = float(value)
    return found


class Simulator:
    """A function of uncertain parameters: it runs an experiment with the values it is given, and returns figures.

    Called with a dictionary from names to values, or with the names as arguments. Equal parameters give equal figures.
    It can be pickled, so that it runs in other processes too.
    """

    def __init__(
        self,
        experiment: Experiment | str,
        parameters: Mapping[str, str] | Sequence[str],
        *,
        read: Read = levels,
        outcomes: Sequence[str] | None = None,
        out: str | os.PathLike[str] | None = None,
        threads: int | None = None,
    ) -> None:
        """A simulator of an experiment.

        `parameters` are dotted keys, or names that are given to keys: `{"kappa": "transmission.kappa"}`. The name of a
        key without one has `_` for each dot. `read` takes the figures from a run (the main levels without it), of
        which `outcomes` selects some. Runs are kept in the folder `out`; without it they are made in a folder for
        temporary files and removed, except for the burn-in populations that later calls read again.
        """
        self.experiment: Experiment = experiment if isinstance(experiment, Experiment) else Experiment(experiment)
        """What is run."""
        if isinstance(parameters, str):
            raise refused("`parameters` is one text", "give a list of keys, or a dictionary from names to keys")
        if not isinstance(parameters, Mapping):
            parameters = {key.replace(".", "_"): key for key in parameters}
        if not parameters:
            raise refused("a simulator without parameters", "name at least one key")
        self.parameters: dict[str, str] = dict(parameters)
        """Names of the parameters and their keys, in order."""
        self.outcomes: tuple[str, ...] = tuple(outcomes or ())
        """Names of the figures, in order; empty until the first call if they were not given."""
        self._read = read
        self._out = None if out is None else Path(out)
        self._threads = threads
        self._bounds: dict[str, tuple[float, float]] | None = None

    @property
    def names(self) -> list[str]:
        """Names of the parameters, in order."""
        return list(self.parameters)

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """The range of each parameter by its passport: where 95 % of its draws lie."""
        if self._bounds is None:
            priors = {name: self.experiment.prior(key) for name, key in self.parameters.items()}
            fixed = [prior.key for prior in priors.values() if prior.fixed]
            if fixed:
                raise refused("it has no spread, so that it has no range", "leave it out", key=fixed[0])
            self._bounds = {name: (prior.low, prior.high) for name, prior in priors.items()}
        return self._bounds

    def problem(self) -> Problem:
        """The problem as SALib takes it; the outcomes must be known."""
        bounds = [[low, high] for low, high in self.bounds.values()]
        return {"num_vars": len(bounds), "names": self.names, "bounds": bounds, "outputs": self._known()}

    def __call__(self, theta: Mapping[str, float] | None = None, /, **values: float) -> dict[str, float]:
        """The figures under some values; parameters that are left out stay at the values of the experiment."""
        given = dict(theta or {}) | values
        unknown = [name for name in given if name not in self.parameters]
        if unknown:
            cure = f"its parameters are {', '.join(self.parameters)}"
            raise refused(f"the simulator has no parameter `{unknown[0]}`", cure)
        changes: dict[str, Value] = {self.parameters[name]: float(value) for name, value in given.items()}
        changed = self.experiment.set(changes) if changes else self.experiment
        figures = _figures(changed, self._read, self._out, self._threads)
        if not self.outcomes:
            self.outcomes = tuple(figures)
        lacking = [name for name in self.outcomes if name not in figures]
        if lacking:
            raise refused(f"the run has no figure `{lacking[0]}`", f"its figures are {', '.join(figures)}")
        return {name: float(figures[name]) for name in self.outcomes}

    def array(self, samples: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """The figures of many samples: a row for each sample (columns in the order of `names`), a column for each
        outcome. It is what `ProblemSpec.evaluate` of SALib and the emulators of scikit-learn take.
        """
        import numpy as np

        rows = np.atleast_2d(np.asarray(samples, dtype=np.float64))
        if rows.shape[1] != len(self.parameters):
            what = f"samples with {rows.shape[1]} columns for {len(self.parameters)} parameters"
            raise refused(what, f"give the columns {', '.join(self.parameters)}")
        found = [list(self(dict(zip(self.parameters, row))).values()) for row in rows.tolist()]
        values = np.asarray(found, dtype=np.float64)
        return values[:, 0] if values.shape[1] == 1 else values

    def _known(self) -> list[str]:
        if not self.outcomes:
            raise refused("the outcomes are not known yet", "give `outcomes`, or call the simulator once")
        return list(self.outcomes)


def _figures(experiment: Experiment, read: Read, out: Path | None, threads: int | None) -> dict[str, float]:
    """What is read from a run of an experiment; without a folder to keep it in, the run is removed."""
    if out is not None:
        return dict(read(experiment.run(out, threads=threads, progress=False)))
    place = _scratch()
    run = experiment.run(place, threads=threads, progress=False)
    try:
        return dict(read(run))
    finally:
        shutil.rmtree(run.path, ignore_errors=True)
        for unit in (place / ".units").iterdir():
            if unit.name != "pools":
                shutil.rmtree(unit, ignore_errors=True)


_SCRATCH: dict[int, Path] = {}


def _scratch() -> Path:
    """The folder for runs of this process that nobody keeps; it is removed when the process ends."""
    process = os.getpid()
    if process not in _SCRATCH:
        _SCRATCH[process] = Path(tempfile.mkdtemp(prefix="keten-"))
        atexit.register(_remove, _SCRATCH[process], process)
    return _SCRATCH[process]


def _remove(folder: Path, process: int) -> None:
    """Removes the folder of a process; a forked process leaves that of its parent."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def simulate(
    theta: Mapping[str, float],
    experiment: Experiment | str = "builtin:first-run",
    *,
    read: Read = levels,
    out: str | os.PathLike[str] | None = None,
    threads: int | None = None,
) -> dict[str, float]:
    """The figures of an experiment under some parameters: `keten.simulate({"transmission.kappa": 0.4})`.

    For many calls make a `Simulator` once.
    """
    opened = experiment if isinstance(experiment, Experiment) else Experiment(experiment)
    changes: dict[str, Value] = {key: float(value) for key, value in theta.items()}
    return _figures(opened.set(changes) if changes else opened, read, None if out is None else Path(out), threads)
