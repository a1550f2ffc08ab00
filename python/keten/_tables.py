"""Tables: handed to polars, pandas, pyarrow or duckdb without a copy, and readable without any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

from ._errors import refused
from ._keten import Batch
from ._types import Cell

if TYPE_CHECKING:
    import polars
    from typing_extensions import CapsuleType

_SHOWN = 10
"""Rows that a notebook shows."""


class Table:
    """A table with named columns; a column holds integers, floats, texts or Booleans, and may have empty cells.

    It implements the Arrow PyCapsule interface: `polars.DataFrame(table)`, `pandas.DataFrame.from_arrow(table)`,
    `pyarrow.table(table)` and duckdb read it without a copy of its numbers. Pickled, it is the way in which it was
    made: the run, and what was asked of it.
    """

    __slots__ = ("_batch", "_made", "name")

    def __init__(self, name: str, batch: Batch, made: tuple[Callable[..., Table], tuple[object, ...]]) -> None:
        self.name: str = name
        """Name of the table."""
        self._batch = batch
        self._made = made

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return self._batch.columns

    def __len__(self) -> int:
        return self._batch.rows

    def __getitem__(self, column: str) -> list[Cell]:
        """The cells of a column."""
        if column not in self.columns:
            cure = f"its columns are {', '.join(self.columns)}"
            raise refused(f"table `{self.name}` has no column `{column}`", cure)
        return list(self._batch.column(column))

    def rows(self, **where: Cell) -> Iterator[dict[str, Cell]]:
        """The rows as dictionaries; of those only where columns have the values that are given.

        It is for small tables: large ones are faster in a library of data frames.
        """
        columns = {name: self[name] for name in self.columns}
        wanted = [(self[name], value) for name, value in where.items()]
        for row in range(len(self)):
            if all(cells[row] == value for cells, value in wanted):
                yield {name: cells[row] for name, cells in columns.items()}

    def to_polars(self) -> polars.DataFrame:
        """The table as a data frame of polars."""
        import polars

        return polars.DataFrame(self)

    def __arrow_c_schema__(self) -> CapsuleType:
        """The schema, for a library that reads Arrow."""
        return self._batch.__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[CapsuleType, CapsuleType]:
        """Schema and rows as one array of structs, for a library that reads Arrow."""
        return self._batch.__arrow_c_array__(requested_schema)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> CapsuleType:
        """The rows as a stream of one batch, for a library that reads Arrow."""
        return self._batch.__arrow_c_stream__(requested_schema)

    def __reduce__(self) -> tuple[Callable[..., Table], tuple[object, ...]]:
        return self._made

    def _head(self) -> list[tuple[Cell, ...]]:
        """The first rows."""
        first = self._batch.head(_SHOWN)
        return list(zip(*(first.column(name) for name in first.columns)))

    def __repr__(self) -> str:
        rows = self._head()
        lines = [self.columns, *([_short(cell) for cell in row] for row in rows)]
        widths = [min(24, max(len(line[at]) for line in lines)) for at in range(len(self.columns))]
        text = "\n".join("  ".join(cell[:width].ljust(width) for cell, width in zip(line, widths)) for line in lines)
        more = f"\n… {len(self) - _SHOWN} rows more" if len(self) > _SHOWN else ""
        return f"{self.name}: {len(self)} rows, {len(self.columns)} columns\n{text}{more}"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        rows = self._head()
        body = "".join("<tr>" + "".join(f"<td>{escape(_short(cell))}</td>" for cell in row) + "</tr>" for row in rows)
        caption = f"{escape(self.name)}: {len(self)} rows, {len(self.columns)} columns"
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _short(cell: Cell) -> str:
    """A cell for people."""
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)
