"""Types of settings and of JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import SupportsFloat, SupportsIndex, TypeAlias, Union

from ._errors import refused

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
"""What a JSON file holds."""

Cell: TypeAlias = Union[int, float, str, bool, None]
"""A cell of a table; `None` where it is empty."""

Value: TypeAlias = "bool | SupportsIndex | SupportsFloat | str | Sequence[Value] | Mapping[str, Value]"
"""The value of a setting: a number, a word, a list, or a table with keys. A text is read as after `--set`."""


def _quoted(text: str) -> str:
    """A text as a TOML string."""
    parts = [f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else f"\\{c}" if c in '"\\' else c for c in text]
    return '"' + "".join(parts) + '"'


def _literal(key: str, value: Value) -> str:
    """A value as it stands in a TOML file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_quoted(name)} = {_literal(key, inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_literal(key, inner) for inner in value) + "]"
    if isinstance(value, SupportsIndex):
        return str(value.__index__())
    # The types of a program may be wrong when it runs.
    if isinstance(value, SupportsFloat):  # pyright: ignore[reportUnnecessaryIsInstance]
        number = float(value)
        if not math.isfinite(number):
            raise refused(f"{number} is no value", "give a finite number", file="--set", key=key)
        return repr(number)
    what = f"an object of type {type(value).__name__} is no value of a setting"
    raise refused(what, "give a number, a word, a list or a table", file="--set", key=key)


def setting(key: str, value: Value) -> str:
    """A value as text after `--set key=`. Texts stay as they are: a word, or anything that a TOML file may hold."""
    return value if isinstance(value, str) else _literal(key, value)
