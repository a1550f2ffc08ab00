"""Experiments: opened, set, planned and run."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ._errors import Note, refused
from ._keten import Planned, Study
from ._progress import Progress
from ._runs import Run
from ._tables import Table
from ._types import Value, setting

_LEVELS = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class Plan:
    """What an experiment will simulate, and what that takes on this machine."""

    title: str
    """Title of the experiment."""
    scenarios: tuple[str, ...]
    """Scenarios; under a variant `scenario@variant`."""
    draws: int
    """Parameter draws; 0 for central values."""
    replicates: int
    """Replicates of each draw."""
    units: int
    """Distinct units: scenario, draw and replicate."""
    kept: int
    """Units that are stored already and will not be simulated again."""
    persons: float
    """Persons at the start of each unit."""
    seconds: float
    """Expected time."""
    memory_bytes: float
    """Expected peak memory."""
    disk_bytes: float
    """Expected disk space."""
    notes: tuple[str, ...]
    """Remarks, for example settings without effect."""

    @staticmethod
    def _of(planned: Planned) -> Plan:
        return Plan(
            title=planned.title,
            scenarios=tuple(planned.scenarios),
            draws=planned.draws,
            replicates=planned.replicates,
            units=planned.units,
            kept=planned.kept,
            persons=planned.persons,
            seconds=planned.seconds,
            memory_bytes=planned.memory_bytes,
            disk_bytes=planned.disk_bytes,
            notes=tuple(planned.notes),
        )


@dataclass(frozen=True)
class Prior:
    """The uncertainty of one parameter by its passport."""

    key: str
    """Dotted key."""
    value: float
    """Central value."""
    least: float
    """Lowest value that it may take."""
    most: float
    """Highest value that it may take."""
    fixed: bool
    """Whether it has no spread."""
    low: float
    """2.5 % quantile."""
    median: float
    """Median."""
    high: float
    """97.5 % quantile."""


class Experiment:
    """An experiment file, or `builtin:NAME`, with what is set in it. It does not change: `set` gives another one."""

    __slots__ = ("_settings", "_study", "_text", "place")

    def __init__(
        self,
        place: str | os.PathLike[str],
        set: Mapping[str, Value] | None = None,
        *,
        text: str | None = None,
        scale: float | None = None,
        seed: int | None = None,
        draws: int | None = None,
        replicates: int | None = None,
        until: int | None = None,
    ) -> None:
        """Opens an experiment.

        `place` is a file or `builtin:NAME`; with `text`, the content of an experiment file, it is only its name.
        `set` has dotted keys of the experiment or model and their values, as after `--set` on the command line; the
        other arguments are settings that are asked for most.
        """
        given = _given(scale, seed, draws, replicates, until)
        twice = [key for key in given if set is not None and key in set]
        if twice:
            raise refused(f"`{twice[0]}` is set twice", "give it once", file="--set", key=twice[0])
        self._open(os.fspath(place), text, _settings(set or {}) | _settings(given, ("scale", "seed")))

    def _open(self, place: str, text: str | None, settings: dict[str, tuple[str, str]]) -> None:
        self.place: str = place
        """The file, `builtin:NAME`, or the name of a text."""
        self._text = text
        self._settings = settings
        self._study = Study(place, text, [(key, value, origin) for key, (value, origin) in settings.items()])

    @property
    def settings(self) -> dict[str, str]:
        """What is set, as text after `--set key=`."""
        return {key: value for key, (value, _) in self._settings.items()}

    def set(self, changes: Mapping[str, Value]) -> Experiment:
        """The same experiment with other settings; of two settings of one key the later holds."""
        return _opened(self.place, self._text, self._settings | _settings(changes))

    def plan(self, out: str | os.PathLike[str] = "runs", *, threads: int | None = None, full: bool = False) -> Plan:
        """What a run into the folder `out` will simulate, and what it takes."""
        return Plan._of(self._study.plan(os.fspath(out), _threads(threads), full))  # pyright: ignore[reportPrivateUsage]

    def run(
        self,
        out: str | os.PathLike[str] = "runs",
        *,
        threads: int | None = None,
        full: bool = False,
        progress: bool | Callable[[float, int, int, str], object] | None = None,
    ) -> Run:
        """Runs the experiment into the folder `out` and returns the run.

        Units that are stored there already are not simulated again. Ctrl-C stops after the current month; the units
        that are complete are kept, and the same call goes on from there. `full` simulates every scenario in full
        instead of beside its comparator, with the same results. `progress` shows a bar (tqdm) in terminals and
        notebooks unless it is False; a function is called with the share of the work that is done, the units stored,
        the units in all, and what is being done.
        """
        for note in self._study.notes():
            warnings.warn(note, Note, stacklevel=2)
        with Progress.of(progress) as shown:
            results = self._study.run(os.fspath(out), _threads(threads), full, shown)
        return Run._of(results)  # pyright: ignore[reportPrivateUsage]

    def prior(self, key: str) -> Prior:
        """The uncertainty of a parameter by its passport, for a program that samples parameters itself."""
        value, least, most, fixed, (low, median, high) = self._study.prior(key, _LEVELS)
        return Prior(key, value, least, most, fixed, low, median, high)

    def sample(self, keys: Sequence[str], samples: int, seed: int = 1) -> Table:
        """Independent samples of parameters by their passports: a row for each sample, a column for each key."""
        batch = self._study.sample(keys, samples, seed)
        return Table("sample", batch, (_sampled, (self, tuple(keys), samples, seed)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Experiment):
            return NotImplemented
        return (self.place, self._text, self._settings) == (other.place, other._text, other._settings)

    def __hash__(self) -> int:
        return hash((self.place, self._text, tuple(sorted(self._settings.items()))))

    def __repr__(self) -> str:
        settings = f", {self.settings}" if self._settings else ""
        return f"keten.Experiment({self.place!r}{settings})"

    def __reduce__(self) -> tuple[Callable[..., Experiment], tuple[object, ...]]:
        if self._text is not None or self.place.startswith("builtin:"):
            return _opened, (self.place, self._text, self._settings)
        place = Path(self.place).resolve()
        return _reopened, (str(place), _digest(place), self._settings)


def _given(
    scale: float | None, seed: int | None, draws: int | None, replicates: int | None, until: int | None
) -> dict[str, Value]:
    """The settings that are asked for most, of which those that are given."""
    named = {"scale": scale, "seed": seed, "draws": draws, "replicates": replicates, "until": until}
    return {key: value for key, value in named.items() if value is not None}


def _settings(changes: Mapping[str, Value], options: Sequence[str] = ()) -> dict[str, tuple[str, str]]:
    """Settings as text, each with the option of the command line that sets it: its own, or `--set`."""
    return {key: (setting(key, value), f"--{key}" if key in options else "--set") for key, value in changes.items()}


def _opened(place: str, text: str | None, settings: dict[str, tuple[str, str]]) -> Experiment:
    experiment = Experiment.__new__(Experiment)
    experiment._open(place, text, settings)  # pyright: ignore[reportPrivateUsage]
    return experiment


def _digest(place: Path) -> str:
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def _reopened(place: str, digest: str, settings: dict[str, tuple[str, str]]) -> Experiment:
    """An experiment that was pickled; its file must be the same."""
    if _digest(Path(place)) != digest:
        what = "the experiment is not the one that was pickled: its file is missing or was changed"
        raise refused(what, "pickle it again, or give both processes the same file", file=place)
    return _opened(place, None, settings)


def _sampled(experiment: Experiment, keys: tuple[str, ...], samples: int, seed: int) -> Table:
    return experiment.sample(keys, samples, seed)


def _threads(threads: int | None) -> int | None:
    if threads is not None and threads < 1:
        raise refused(f"{threads} threads", "give 1 or more", file="--threads")
    return threads


def run(
    experiment: Experiment | str | os.PathLike[str],
    set: Mapping[str, Value] | None = None,
    *,
    text: str | None = None,
    scale: float | None = None,
    seed: int | None = None,
    draws: int | None = None,
    replicates: int | None = None,
    until: int | None = None,
    out: str | os.PathLike[str] = "runs",
    threads: int | None = None,
    full: bool = False,
    progress: bool | Callable[[float, int, int, str], object] | None = None,
) -> Run:
    """Runs an experiment: `Experiment(…).run(…)` in one call, with the arguments of both."""
    if isinstance(experiment, Experiment):
        if text is not None:
            raise refused("an experiment and a text", "give one of the two")
        changes = {**(set or {}), **_given(scale, seed, draws, replicates, until)}
        opened = experiment.set(changes) if changes else experiment
    else:
        opened = Experiment(
            experiment, set, text=text, scale=scale, seed=seed, draws=draws, replicates=replicates, until=until
        )
    return opened.run(out, threads=threads, full=full, progress=progress)
