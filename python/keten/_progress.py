"""The progress of a run: a bar of tqdm in terminals, if it is installed; in notebooks one too, or a line."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, cast


class _Bar(Protocol):
    """What is used of a bar of tqdm."""

    n: float

    def refresh(self) -> object: ...
    def close(self) -> object: ...
    def set_postfix_str(self, s: str = ..., refresh: bool = ...) -> object: ...


class _Handle(Protocol):
    """What is used of an output of a notebook that can be changed."""

    def update(self, obj: object, *, raw: bool) -> object: ...


# Seconds between two changes of a line.
_PAUSE = 0.5


class _Line:
    """A line in a notebook, changed in its place: each step of a terminal's bar would be kept there as another output."""

    def __init__(self, handle: _Handle) -> None:
        self.n = 0.0
        self._handle = handle
        self._text = ""
        self._next = 0.0

    def set_postfix_str(self, s: str = "", refresh: bool = True) -> object:
        self._text = s
        return self.refresh() if refresh else None

    def refresh(self) -> object:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _PAUSE
            self._handle.update({"text/plain": f"{self.n:4.0%}  {self._text}"}, raw=True)
        return None

    def close(self) -> object:
        return self._handle.update({"text/html": "", "text/plain": ""}, raw=True)

    @staticmethod
    def of() -> _Line | None:
        """A line if this is a notebook in which tqdm has nothing to draw with."""
        if "ipykernel" not in sys.modules or importlib.util.find_spec("ipywidgets") is not None:
            return None
        display = cast("Callable[..., _Handle | None]", importlib.import_module("IPython.display").display)
        handle = display({"text/plain": ""}, raw=True, display_id=True)
        return None if handle is None else _Line(handle)


def _is_seen() -> bool:
    """Whether somebody looks: at a terminal or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


class Progress:
    """A bar that is closed at the end, or a function of the caller."""

    def __init__(self, bar: _Bar | None, call: Callable[[float, int, int, str], object] | None) -> None:
        self._bar = bar
        self._call = call

    @staticmethod
    def of(wanted: bool | Callable[[float, int, int, str], object] | None) -> Progress:
        """What is wanted: a bar (`True`), none (`False`), a bar if somebody looks (`None`), or a function."""
        if callable(wanted):
            return Progress(None, wanted)
        if wanted or (wanted is None and _is_seen()):
            line = _Line.of()
            if line is not None:
                return Progress(line, None)
            try:
                with warnings.catch_warnings(action="ignore"):
                    from tqdm.auto import tqdm
            except ImportError:
                return Progress(None, None)
            bar: _Bar = tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed} {postfix}", leave=False)
            return Progress(bar, None)
        return Progress(None, None)

    def __enter__(self) -> Callable[[float, int, int, str], object] | None:
        return self._call if self._bar is None else self._show

    def _show(self, share: float, kept: int, of: int, doing: str) -> None:
        if self._bar is not None:
            self._bar.n = share
            self._bar.set_postfix_str(f"{kept} of {of} units, {doing}" if of else doing, refresh=False)
            self._bar.refresh()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
