"""The expected counts of the reference workload, computed from its rules without random numbers.

Deaths and births do not depend on violence, and men and women die alike, so that one number of persons per age suffices.
The violence of mothers depends on their own exposure only through the month in which they turn eighteen. The
expectations are exact, except that children of women who are exactly 216 months old at the start do not count the
draw that their mother makes in the first month.
"""

from math import exp, log, sqrt

MONTHS, ADULT, OLDEST = 480, 216, 960
FERTILE = range(180, 600)
EXPOSURE, DESISTANCE = 0.02, 0.01

# The last months of year 20 and of year 40, at the end of which exposed children and violent adults are counted.
COUNTED = {"_20": MONTHS // 2 - 1, "": MONTHS - 1}
COUNTS = ("births", "deaths", "population", "exposed", "violent", "exposed_20", "violent_20")

# Standard deviation of a count, divided by the square root of the number of persons at the start. Measured with 1,000
# runs of the hand-written program with 100,000 persons, each with another start.
DEVIATION = {
    "births": 1.435,
    "deaths": 0.516,
    "population": 1.666,
    "exposed": 0.0614,
    "violent": 0.0725,
    "exposed_20": 0.0741,
    "violent_20": 0.0834,
}


def death(age):
    return 1 - exp(-min(24.0, 3e-5 * exp(0.1 * age / 12)) / 12)


def birth(age):
    return 1 - exp(-0.165 * exp(-(((age / 12 - 30) / 7) ** 2)) / 12) if age in FERTILE else 0.0


DEATH = [death(age) for age in range(OLDEST + MONTHS)]
BIRTH = [birth(age) for age in range(OLDEST + MONTHS)]


def exposures(mother, months):
    """The chances that a child is exposed within its next 0, 1, 2 … months. Before the first of them its mother is
    alive, is violent and has this age."""
    at_risk, chances = 1.0, [0.0]
    for age in range(mother, mother + months):
        at_risk *= 1 - DEATH[age]
        chances.append(chances[-1] + at_risk * EXPOSURE)
        at_risk *= (1 - EXPOSURE) * (1 - DESISTANCE)
    return chances


class Expected:
    """Expected counts per person at the start."""

    def __init__(self):
        self.survival = [1.0]
        for chance in DEATH:
            self.survival.append(self.survival[-1] * (1 - chance))
        self.chances = {}
        self.exposed_by = {}
        self.population()
        self.violence()

    def population(self):
        """Persons by age, month after month, and the births by age of the mother."""
        people = [1 / OLDEST] * OLDEST + [0.0] * MONTHS
        self.births, self.deaths, self.alive = [], 0.0, {}
        for month in range(MONTHS):
            for age, chance in enumerate(DEATH):
                died = people[age] * chance
                self.deaths += died
                people[age] -= died
            self.births.append([people[age] / 2 * BIRTH[age] for age in FERTILE])
            people[0] += sum(self.births[-1])
            if month in COUNTED.values():
                self.alive[month] = people
            people = [0.0, *people[:-1]]

    def violent_at(self, born, month):
        """The share of those alive who are violent when exposure is decided in a month."""
        eighteen = born + ADULT
        at_start = 0.05 if eighteen <= 0 else 0.0
        if eighteen < 0 or eighteen >= month:
            return at_start * (1 - DESISTANCE) ** month
        onset = at_start + (1 - at_start) * (0.05 + 0.1 * self.exposed_share(born, ADULT))
        return onset * (1 - DESISTANCE) ** (month - eighteen)

    def chance(self, mother, months):
        if mother not in self.chances:
            self.chances[mother] = exposures(mother, ADULT)
        return self.chances[mother][months]

    def exposed_share(self, born, months):
        """The share of those alive, born in a month, who were exposed within their first months of age."""
        if (born, months) not in self.exposed_by:
            self.exposed_by[born, months] = self.founded(born, months) if born < 0 else self.newborn(born, months)
        return self.exposed_by[born, months]

    def founded(self, born, months):
        """The same for a child at the start, whose mother is 18 to 45 years older and alive at the start."""
        ages = range(18 * 12, 45 * 12)
        return sum(0.05 * self.chance(age - born, months + born) for age in ages) / len(ages) if months > -born else 0.0

    def newborn(self, born, months):
        """The same for a child born in a simulated month."""
        total = 0.0
        for age, births in zip(FERTILE, self.births[born]):
            if age > ADULT or (age == ADULT and born == 0):
                # The mother survived the deaths of this month before the birth: that risk does not count again.
                share = self.violent_at(born - age, born) * self.chance(age, months) / (1 - DEATH[age])
            else:
                # She can become violent in the month in which she turns eighteen, after that month's exposure.
                wait = ADULT - age + 1
                if months < wait:
                    continue
                survives = self.survival[ADULT + 1] / self.survival[age + 1]
                share = survives * self.violent_at(born - age, born + wait) * self.chance(ADULT + 1, months - wait)
            total += births * share
        return total / sum(self.births[born])

    def violence(self):
        for name, month in COUNTED.items():
            exposed = violent = 0.0
            for age, number in enumerate(self.alive[month]):
                born = month - age
                if age < ADULT:
                    exposed += number * self.exposed_share(born, age + 1)
                else:
                    violent += number * self.violent_at(born, month + 1)
            setattr(self, "exposed" + name, exposed)
            setattr(self, "violent" + name, violent)

    def counts(self, persons):
        """Expected counts of a run that starts with so many persons."""
        figures = {name: getattr(self, name) for name in COUNTS if name not in ("births", "population")}
        figures["births"] = sum(map(sum, self.births))
        figures["population"] = sum(self.alive[MONTHS - 1])
        return {name: persons * figures[name] for name in COUNTS}


def tolerance(name, mean, persons, false_alarm):
    """How far a count may be from its mean, by Bernstein's inequality for sums of independent terms. A term is a
    cluster, for example the children whom one mother exposes: its size is the variance over the mean."""
    variance = persons * DEVIATION[name] ** 2
    level = log(2 / false_alarm)
    cluster = level * max(1.0, variance / mean) / 3
    return cluster + sqrt(cluster**2 + 2 * level * variance)


def faults(runs, false_alarm=1e-6):
    """What is wrong with the counts of one program, summed over runs of the same size, in words. `false_alarm` is the
    probability that a correct program has any fault."""
    persons = sum(run["persons"] for run in runs)
    for name, mean in EXPECTED.counts(persons).items():
        counted = sum(run[name] for run in runs)
        allowed = tolerance(name, mean, persons, false_alarm / len(COUNTS))
        if abs(counted - mean) > allowed:
            yield f"{name}: {counted:,} in {len(runs)} runs; expected {mean:,.0f} ± {allowed:,.0f}"


EXPECTED = Expected()
