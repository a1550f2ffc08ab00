#!/usr/bin/env python3
"""The reference workload in NumPy: a column per property, and one draw per person, process and month.

    peers_numpy.py PERSONS SEED

The dead leave the columns once a year, so that they are not drawn for.
"""

import json
import sys
import time

import numpy as np
import start


class World:
    def __init__(self, persons, seed):
        self.random = np.random.Generator(np.random.SFC64(seed))
        self.born, self.female, self.violent, self.mother = start.founders(persons, self.random)
        self.born, self.mother = self.born.astype(np.int16), self.mother.astype(np.int32)
        self.alive = np.ones(persons, bool)
        self.exposed = np.zeros(persons, bool)
        self.births = self.deaths = self.person_months = 0

    def happens(self, chance, number):
        return self.random.random(number, dtype=np.float32) < chance

    def month(self, now):
        age = now - self.born
        died = self.alive & self.happens(DEATH[age], len(age))
        self.alive[died] = False
        self.deaths += np.count_nonzero(died)
        women = np.flatnonzero(self.female & self.alive & (age >= 180) & (age < 600))
        mothers = women[self.happens(BIRTH[age[women]], len(women))]
        self.add(now, mothers)
        age = now - self.born
        # Mothers whose violence a child can meet; the last element stands for a mother who is unknown.
        dangerous = np.append(self.alive & self.violent, False)
        at_risk = np.flatnonzero(self.alive & ~self.exposed & (age < start.ADULT))
        at_risk = at_risk[dangerous[self.mother[at_risk]]]
        self.exposed[at_risk[self.happens(start.EXPOSURE, len(at_risk))]] = True
        eighteen = np.flatnonzero(self.alive & (age == start.ADULT))
        chance = np.where(self.exposed[eighteen], start.AT_EIGHTEEN_IF_EXPOSED, start.AT_EIGHTEEN)
        self.violent[eighteen[self.happens(chance, len(eighteen))]] = True
        violent = np.flatnonzero(self.violent)
        self.violent[violent[self.happens(start.DESISTANCE, len(violent))]] = False
        self.person_months += np.count_nonzero(self.alive)

    def add(self, now, mothers):
        number = len(mothers)
        self.births += number
        self.born = np.append(self.born, np.full(number, now, np.int16))
        self.female = np.append(self.female, self.happens(start.FEMALE_AT_BIRTH, number))
        self.mother = np.append(self.mother, mothers.astype(np.int32))
        self.alive = np.append(self.alive, np.ones(number, bool))
        self.exposed = np.append(self.exposed, np.zeros(number, bool))
        self.violent = np.append(self.violent, np.zeros(number, bool))

    def bury(self):
        """Removes the dead. A child of a dead mother has no mother who could expose it."""
        rows = np.cumsum(self.alive, dtype=np.int32) - 1
        number = np.where(np.append(self.alive, False), np.append(rows, 0), start.NOBODY).astype(np.int32)
        keep = self.alive
        self.mother = number[self.mother[keep]]
        for column in ("born", "female", "violent", "exposed", "alive"):
            setattr(self, column, getattr(self, column)[keep])

    def counts(self, now, suffix=""):
        child = now - self.born < start.ADULT
        return {
            "exposed" + suffix: int(np.count_nonzero(self.alive & self.exposed & child)),
            "violent" + suffix: int(np.count_nonzero(self.alive & self.violent)),
        }


DEATH, BIRTH = start.DEATH.astype(np.float32), start.BIRTH.astype(np.float32)


def run(persons, seed):
    world = World(persons, seed)
    begun = time.perf_counter()
    years = []
    for now in range(start.MONTHS):
        world.month(now)
        if now % 12 == 11:
            years.append(world.counts(now) | {"population": int(np.count_nonzero(world.alive))})
            world.bury()
    seconds = time.perf_counter() - begun
    return {
        "persons": persons,
        "seed": seed,
        "seconds": seconds,
        "person_months": int(world.person_months),
        "births": int(world.births),
        "deaths": int(world.deaths),
        **years[-1],
        "exposed_20": years[19]["exposed"],
        "violent_20": years[19]["violent"],
    }


if __name__ == "__main__":
    print(json.dumps(run(*map(int, sys.argv[1:]))))
