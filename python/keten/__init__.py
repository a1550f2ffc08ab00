"""keten: how violence at home passes from parents to children in the four large Dutch cities, and what stops it.

    import keten

    run = keten.run("builtin:first-run", scale=0.01)
    run.levels()
    run.yearly.to_polars()

The simulation is the program `keten`: the same experiment gives the same content hash from the command line and from
here. Figures are estimates of a model for groups, never a forecast for a person.
"""

from ._errors import Error, Fault, Note
from ._experiments import Experiment, Plan, Prior, run
from ._keten import VERSION as __version__
from ._models import explain, parameters
from ._plots import FONT
from ._runs import Comparison, Run, targets
from ._simulators import Problem, Simulator, simulate
from ._tables import Table
from ._words import CAUTION

__all__ = [
    "CAUTION",
    "Comparison",
    "Error",
    "Experiment",
    "FONT",
    "Fault",
    "Note",
    "Plan",
    "Prior",
    "Problem",
    "Run",
    "Simulator",
    "Table",
    "__version__",
    "explain",
    "parameters",
    "run",
    "simulate",
    "targets",
]
