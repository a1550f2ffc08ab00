#!/usr/bin/env python3
"""The reference workload in starsim: one custom module, whose draws are starsim's own with common random numbers.

    peers_starsim.py PERSONS SEED

The set-up of the simulation is not timed: starsim makes the columns of the persons in it. All that the framework does in
its monthly steps is timed.
"""

import json
import sys
import time

import numpy as np
import start
import starsim as ss

ss.options(verbose=0)


class Workload(ss.Module):
    """The five rules of a month."""

    def __init__(self, founders):
        super().__init__(name="workload")
        self.founders = founders
        self.define_states(
            ss.IntArr("born"),
            ss.IntArr("mother", default=start.NOBODY),
            ss.BoolState("violent"),
            ss.BoolState("exposed"),
        )
        self.death, self.birth, self.sex = ss.bernoulli(p=0), ss.bernoulli(p=0), ss.bernoulli(p=start.FEMALE_AT_BIRTH)
        self.exposure, self.desistance = ss.bernoulli(p=start.EXPOSURE), ss.bernoulli(p=start.DESISTANCE)
        self.eighteen = ss.bernoulli(p=0)
        self.births = self.deaths = self.person_months = 0
        self.years = []

    def found(self):
        born, female, violent, mother = self.founders
        everyone = self.sim.people.auids
        self.born[everyone], self.violent[everyone], self.mother[everyone] = born, violent, mother
        self.sim.people.female[everyone] = female

    def step(self):
        now, people = self.ti, self.sim.people
        uids = people.auids
        self.death.set(p=start.DEATH[now - self.born[uids]])
        died, alive = self.death.filter(uids, both=True)
        people.request_death(died)
        people.alive[died] = False
        age = now - self.born[alive]
        fertile = alive[people.female[alive] & (age >= 180) & (age < 600)]
        self.birth.set(p=start.BIRTH[now - self.born[fertile]])
        mothers = self.birth.filter(fertile)
        children = ss.uids(people.grow(len(mothers)))
        if len(children):
            people.female[children] = self.sex.rvs(children)
            self.born[children], self.mother[children] = now, mothers
        alive = alive.concat(children)
        minors = alive[(now - self.born[alive] < start.ADULT) & ~self.exposed[alive] & (self.mother[alive] >= 0)]
        mothers = ss.uids(self.mother[minors])
        at_risk = minors[people.alive.raw[mothers] & self.violent.raw[mothers]]
        self.exposed[self.exposure.filter(at_risk)] = True
        eighteen = alive[now - self.born[alive] == start.ADULT]
        self.eighteen.set(p=np.where(self.exposed[eighteen], start.AT_EIGHTEEN_IF_EXPOSED, start.AT_EIGHTEEN))
        self.violent[self.eighteen.filter(eighteen)] = True
        self.violent[self.desistance.filter(alive[self.violent[alive]])] = False
        self.births, self.deaths = self.births + len(children), self.deaths + len(died)
        self.person_months += len(alive)
        if now % 12 == 11:
            child = now - self.born[alive] < start.ADULT
            self.years.append({
                "population": len(alive),
                "exposed": int(np.count_nonzero(self.exposed[alive] & child)),
                "violent": int(np.count_nonzero(self.violent[alive])),
            })


def run(persons, seed):
    founders = start.founders(persons, np.random.default_rng(seed))
    sim = ss.Sim(
        n_agents=persons, custom=Workload(founders), dt=ss.month, dur=ss.months(start.MONTHS - 1), rand_seed=seed,
        people_results=False, use_aging=False, copy_inputs=False, verbose=0,
    )
    sim.init()
    workload = sim.custom[0]
    workload.found()
    begun = time.perf_counter()
    sim.run()
    seconds = time.perf_counter() - begun
    if len(workload.years) != 40:
        raise SystemExit(f"starsim ran {workload.ti} months, not {start.MONTHS}")
    return {
        "persons": persons,
        "seed": seed,
        "seconds": seconds,
        "person_months": workload.person_months,
        "births": workload.births,
        "deaths": workload.deaths,
        **workload.years[-1],
        "exposed_20": workload.years[19]["exposed"],
        "violent_20": workload.years[19]["violent"],
    }


if __name__ == "__main__":
    print(json.dumps(run(*map(int, sys.argv[1:]))))
