"""Faults as exceptions: the same text and place as on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    """One fault: its place, what is wrong there, and the remedy."""

    kind: str
    """`data` (a fault in a file or setting), `missing`, `io`, `interrupted` or `internal`."""
    file: str | None
    """The file, as named by the user; `--set` for a setting of the program."""
    line: int | None
    """The line in that file, counted from 1."""
    key: str | None
    """The dotted key."""
    what: str
    """What is wrong."""
    cure: str
    """The remedy; empty when there is none."""

    def __str__(self) -> str:
        place = "" if self.file is None else f"{self.file}: " if self.line is None else f"{self.file}:{self.line}: "
        key = "" if self.key is None else f"{self.key}: "
        return f"{place}{key}{self.text}"

    @property
    def text(self) -> str:
        """What is wrong and the remedy, without the place."""
        return f"{self.what}; {self.cure}" if self.cure else self.what


class Error(Exception):
    """keten refuses something, and says where and why. `str` gives all faults, a line each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        if not faults:
            raise ValueError("an error has at least one fault")
        self.faults: tuple[Fault, ...] = tuple(faults)
        """All faults that were found, in order."""
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))

    @staticmethod
    def of(faults: Sequence[tuple[str, str | None, int | None, str | None, str, str]]) -> Error:
        """An error from faults as the native module hands them over."""
        return Error([Fault(*fault) for fault in faults])

    @property
    def file(self) -> str | None:
        """The file of the first fault."""
        return self.faults[0].file

    @property
    def line(self) -> int | None:
        """The line of the first fault, counted from 1."""
        return self.faults[0].line

    @property
    def key(self) -> str | None:
        """The dotted key of the first fault."""
        return self.faults[0].key

    @property
    def text(self) -> str:
        """What is wrong, and the remedy, of the first fault."""
        return self.faults[0].text

    @property
    def kind(self) -> str:
        """The kind of the first fault: `data`, `missing`, `io`, `interrupted` or `internal`."""
        return self.faults[0].kind


class Note(UserWarning):
    """A remark on an experiment that runs, for example a setting without effect."""


def refused(what: str, cure: str, *, file: str | None = None, key: str | None = None) -> Error:
    """An error about something that a program gave."""
    return Error([Fault("data", file, None, key, what, cure)])
