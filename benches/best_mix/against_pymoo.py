#!/usr/bin/env python3
"""Compares the frontier of `keten optimise` with exhaustive search and with NSGA-II of pymoo, on the same simulated mixes.

    keten optimise FILE --grid --json > grid.json       all mixes, for a file with at most 256 combinations and one stage
    keten optimise FILE --json > search.json            the search, from the same simulations
    benches/best_mix/against_pymoo.py grid.json search.json

NSGA-II looks outcomes up in the grid, so that all three see the same numbers. Printed are the mixes on each frontier, the
mixes evaluated, and the hypervolume as a share of that of exhaustive search. Needs pymoo (0.6).
"""

import argparse
import json

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import ElementwiseProblem
from pymoo.indicators.hv import HV
from pymoo.operators.crossover.ux import UniformCrossover
from pymoo.operators.mutation.pm import PolynomialMutation
from pymoo.operators.repair.rounding import RoundingRepair
from pymoo.operators.sampling.rnd import IntegerRandomSampling
from pymoo.optimize import minimize


def mixes(path):
    """Cost and effect by the levels of a mix, from the last stage of an answer, and the levels on the frontier."""
    with open(path, encoding="utf-8") as file:
        last = json.load(file)["stages"][-1]["mixes"]
    of = {mix["scenario"].removeprefix("mix-"): (mix["euro_a_year"]["mean"], mix["effect"]["mean"]) for mix in last}
    return of, {mix["scenario"].removeprefix("mix-") for mix in last if mix["on_frontier"]}


class Lookup(ElementwiseProblem):
    """The outcomes of the grid as a problem of two objectives; counts the mixes that are asked for."""

    def __init__(self, outcomes):
        self.outcomes, self.asked = outcomes, set()
        levels = np.array([[int(digit, 36) for digit in key] for key in outcomes])
        super().__init__(n_var=levels.shape[1], n_obj=2, xl=0, xu=levels.max(axis=0), vtype=int)

    def _evaluate(self, x, out, *args, **kwargs):
        key = "".join(np.base_repr(int(level), 36).lower() for level in x)
        self.asked.add(key)
        cost, effect = self.outcomes[key]
        out["F"] = [cost, -effect]


def hypervolume(points, reference):
    """The part of the plane that a set of mixes beats."""
    return HV(ref_point=reference)(np.array([[cost, -effect] for cost, effect in points]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("grid")
    parser.add_argument("search")
    parser.add_argument("--generations", type=int, default=40)
    parser.add_argument("--population", type=int, default=24)
    arguments = parser.parse_args()
    outcomes, best = mixes(arguments.grid)
    searched, found = mixes(arguments.search)
    costs, effects = zip(*outcomes.values())
    reference = np.array([max(costs) + 1.0, -min(effects) + 1.0])
    whole = hypervolume([outcomes[key] for key in best], reference)

    problem = Lookup(outcomes)
    algorithm = NSGA2(
        pop_size=arguments.population,
        sampling=IntegerRandomSampling(),
        crossover=UniformCrossover(repair=RoundingRepair()),
        mutation=PolynomialMutation(eta=3.0, repair=RoundingRepair()),
        eliminate_duplicates=True,
    )
    result = minimize(problem, algorithm, ("n_gen", arguments.generations), seed=1)
    genetic = {"".join(np.base_repr(int(level), 36).lower() for level in x) for x in np.atleast_2d(result.X)}

    print(f"{'':<12}{'evaluated':>10}{'frontier':>10}{'of exhaustive':>15}{'hypervolume':>13}")
    rows = [("exhaustive", len(outcomes), best), ("keten", len(searched), found), ("NSGA-II", len(problem.asked), genetic)]
    for name, evaluated, frontier in rows:
        share = hypervolume([outcomes[key] for key in frontier], reference) / whole
        print(f"{name:<12}{evaluated:>10}{len(frontier):>10}{len(frontier & best):>15}{share:>13.4f}")


if __name__ == "__main__":
    main()
