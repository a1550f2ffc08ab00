"""The progress of a run: a bar of tqdm in terminals and notebooks, if tqdm is installed."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Protocol


class _Bar(Protocol):
    """What is used of a bar of tqdm."""

    n: float

    def refresh(self) -> object: ...
    def close(self) -> object: ...
    def set_postfix_str(self, s: str = ..., refresh: bool = ...) -> object: ...


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
            try:
                # A notebook without ipywidgets gets the bar of a terminal, without a warning.
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
