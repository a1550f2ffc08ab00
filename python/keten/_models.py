"""What a model says of itself."""

from __future__ import annotations

from ._keten import explain as _explain
from ._keten import parameters as _parameters
from ._tables import Table

_MODEL = "builtin:g4-2008"


def explain(key: str, model: str = _MODEL) -> str:
    """All that a model says of a key: value, unit, spread, source, grade, note and place. `model` is a folder or
    `builtin:NAME`.
    """
    return _explain(key, model)


def parameters(
    model: str = _MODEL, *, grade: str | None = None, table: str | None = None, word: str | None = None
) -> Table:
    """The parameters of a model with their passports: all, or those of an evidence grade, of a table of the model
    (`transmission`), or with a word in key, note, source or unit.
    """
    batch = _parameters(model, grade, table, word)
    return Table("parameters", batch, (_listed, (model, grade, table, word)))


def _listed(model: str, grade: str | None, table: str | None, word: str | None) -> Table:
    return parameters(model, grade=grade, table=table, word=word)
