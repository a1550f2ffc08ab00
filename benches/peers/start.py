"""Persons at the start of the reference workload, and the hazards, for the peers written in Python."""

import numpy as np

MONTHS, ADULT, OLDEST = 480, 216, 960
FEMALE_AT_BIRTH, VIOLENT_AT_START, EXPOSURE, DESISTANCE = 0.5, 0.05, 0.02, 0.01
AT_EIGHTEEN, AT_EIGHTEEN_IF_EXPOSED = 0.05, 0.15
NOBODY = -1

AGES = np.arange(OLDEST + MONTHS)
DEATH = 1 - np.exp(-np.minimum(24, 3e-5 * np.exp(0.1 * AGES / 12)) / 12)
BIRTH = np.where(
    (AGES >= 180) & (AGES < 600), 1 - np.exp(-0.165 * np.exp(-(((AGES / 12 - 30) / 7) ** 2)) / 12), 0.0
)


def founders(persons, random):
    """Month of birth, sex, violence and mother of each person at the start."""
    age = random.integers(0, OLDEST, persons)
    female = random.random(persons) < FEMALE_AT_BIRTH
    violent = (age >= ADULT) & (random.random(persons) < VIOLENT_AT_START)
    # Women in order of age, and where each age begins among them.
    women = np.flatnonzero(female)
    women = women[np.argsort(age[women], kind="stable")]
    begins = np.searchsorted(age[women], np.arange(OLDEST + 1))
    children = np.flatnonzero(age < ADULT)
    wanted = age[children] + random.integers(18 * 12, 45 * 12, len(children))
    number = begins[wanted + 1] - begins[wanted]
    chosen = begins[wanted] + (random.random(len(children)) * number).astype(int)
    mother = np.full(persons, NOBODY)
    mother[children[number > 0]] = women[chosen[number > 0]]
    return -age, female, violent, mother
