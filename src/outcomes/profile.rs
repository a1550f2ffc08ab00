//! The profile of a client of the chain: characteristics by which clients are counted, and the persons whom a report
//! concerns. Shared by the tables about clients, help and bottlenecks.

use std::collections::BTreeMap;

use crate::world::{ADULT, Body, Flag, Month, PersonId, Report, World};

/// Number of risk flags from which a person counts as having multiple problems.
const MANY_PROBLEMS: usize = 3;
/// Ages between which a person without paid work counts as being without work, years.
const WORKING_AGE: std::ops::Range<i32> = 18..65;

const YES_NO: &[&str] = &["yes", "no"];
const AGES: &[&str] = &["0-3", "4-11", "12-17", "18-24", "25-44", "45-64", "65+"];
/// First age of each band but the first, years.
const BANDS: [i32; 6] = [4, 12, 18, 25, 45, 65];
const ORIGINS: &[&str] = &["dutch", "western", "moroccan", "turkish", "surinamese", "antillean", "other_non_western"];

/// The characteristics of a profile, each with the words of its values. Every person has one value of each.
pub(super) const CHARACTERISTICS: [(&str, &[&str]); 18] = [
    ("sex", &["male", "female"]),
    ("age", AGES),
    ("addiction", YES_NO),
    ("alcohol", YES_NO),
    ("antisocial", YES_NO),
    ("crime", YES_NO),
    ("mental_illness", YES_NO),
    ("disability", YES_NO),
    ("debts", YES_NO),
    ("newcomer", YES_NO),
    ("low_income", YES_NO),
    ("no_work", YES_NO),
    ("risk_flags", &["0", "1", "2", "3+"]),
    ("multiple_problems", YES_NO),
    ("origin", ORIGINS),
    ("children_at_home", YES_NO),
    ("marked_area", YES_NO),
    ("contact", &["known", "new"]),
];

/// Number of values of all characteristics.
pub(super) const VALUES: usize = {
    let (mut sum, mut at) = (0, 0);
    while at < CHARACTERISTICS.len() {
        sum += CHARACTERISTICS[at].1.len();
        at += 1;
    }
    sum
};

/// Characteristics and values, one after another, with the place of each among all values.
pub(super) fn values() -> impl Iterator<Item = (usize, &'static str, &'static str)> {
    let all = CHARACTERISTICS.iter().flat_map(|(name, values)| values.iter().map(move |value| (*name, *value)));
    all.enumerate().map(|(at, (name, value))| (at, name, value))
}

/// Number of risk flags of a person, of the eight of the action programme's rule for pregnancy support.
fn risk_flags(body: &Body) -> usize {
    Flag::RISKS.iter().filter(|flag| body.has(**flag)).count()
}

/// Whether a person has multiple problems, by the rule that weakens effects of help: a mild intellectual disability, or
/// at least three of the risk flags.
pub(super) fn has_multiple_problems(body: &Body) -> bool {
    body.has(Flag::Disability) || risk_flags(body) >= MANY_PROBLEMS
}

/// The places, among all values, of the values of a person in a month. `known`: in the chain before.
pub(super) fn of_person(world: &World, row: usize, month: Month, known: bool) -> [u8; CHARACTERISTICS.len()] {
    let body = world.body(row);
    let age = body.age(month);
    let yes = |holds: bool| usize::from(!holds);
    let has = |flag: Flag| yes(body.has(flag));
    let minors_at_home = || {
        let home = world.householder(row);
        world.children_of_household(home).any(|child| world.body(child).age_months(month) < ADULT)
    };
    let [addiction, alcohol, antisocial, crime, mental_illness, disability, debts, newcomer] = Flag::RISKS.map(has);
    let own = [
        body.sex() as usize,
        BANDS.partition_point(|from| *from <= age),
        addiction,
        alcohol,
        antisocial,
        crime,
        mental_illness,
        disability,
        debts,
        newcomer,
        has(Flag::LowIncome),
        yes(WORKING_AGE.contains(&age) && !body.has(Flag::Work)),
        risk_flags(body).min(3),
        yes(has_multiple_problems(body)),
        body.origin().min(ORIGINS.len() - 1),
        yes(body.age_months(month) < ADULT || minors_at_home()),
        yes(world.places().mark(body.place) > 0),
        yes(known),
    ];
    let mut first = 0;
    std::array::from_fn(|at| {
        let place = first + own[at];
        first += CHARACTERISTICS[at].1.len();
        place as u8
    })
}

/// Key of a person who is in the world and belongs to the study population.
pub(super) fn key_of(world: &World, who: PersonId) -> Option<u64> {
    let body = world.body(who.row()?);
    (!body.has(Flag::Outsider)).then_some(body.key)
}

/// Whether a person lives in the cities. A report can name somebody who does not: a former partner who moved away, for
/// example. Such a person is out of reach from the beginning, as one is who leaves later.
pub(super) fn lives_here(world: &World, who: PersonId) -> bool {
    who.row().is_some_and(|row| world.body(row).place.is_here())
}

/// Keys and rows of the persons under 18 whom a report concerns: a victim of that age, and those who live with the victim
/// or with the perpetrator; in order, each once.
pub(super) fn minors_concerned(world: &World, report: &Report, month: Month) -> BTreeMap<u64, usize> {
    let is_minor = |row: &usize| world.body(*row).age_months(month) < ADULT;
    let named = [report.victim, report.perpetrator];
    let homes = named.into_iter().filter_map(PersonId::row).map(|row| world.householder(row));
    let at_home = homes.flat_map(|home| world.children_of_household(home));
    let victim = report.victim.row().into_iter();
    let rows = at_home.chain(victim).filter(is_minor).filter(|row| !world.body(*row).has(Flag::Outsider));
    rows.map(|row| (world.body(row).key, row)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::small::{AMSTERDAM, Small, row};
    use super::*;
    use crate::world::Sex;

    fn said(small: &Small, who: PersonId) -> Vec<(&'static str, &'static str)> {
        let own = of_person(&small.world, row(who), Month(0), false);
        let all: Vec<_> = values().collect();
        own.iter().map(|at| (all[usize::from(*at)].1, all[usize::from(*at)].2)).collect()
    }

    #[test]
    fn the_risk_flags_stand_in_the_order_of_the_world() {
        let words: Vec<&str> = CHARACTERISTICS[2..10].iter().map(|(name, _)| *name).collect();
        assert_eq!(words, Flag::RISKS.map(Flag::word));
        assert_eq!(values().count(), VALUES);
    }

    #[test]
    fn a_person_has_one_value_of_each_characteristic() {
        let mut small = Small::new(&[]);
        let mother = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        let child = small.child(Sex::Male, Month::january(2004), mother);
        for flag in [Flag::Addiction, Flag::Debts, Flag::Newcomer, Flag::LowIncome] {
            small.flag(mother, flag);
        }
        let expected = |values: [&'static str; 18]| -> Vec<(&'static str, &'static str)> {
            CHARACTERISTICS.iter().map(|(name, _)| *name).zip(values).collect()
        };
        let (y, n) = ("yes", "no");
        let own = ["female", "25-44", y, n, n, n, n, n, y, y, y, y, "3+", y, "dutch", y, n, "new"];
        assert_eq!(said(&small, mother), expected(own));
        let own = ["male", "4-11", n, n, n, n, n, n, n, n, n, n, "0", n, "dutch", y, n, "new"];
        assert_eq!(said(&small, child), expected(own));
    }

    #[test]
    fn ages_lie_in_their_bands() {
        let mut small = Small::new(&[]);
        let aged: Vec<_> = [0, 3, 4, 11, 12, 17, 18, 24, 25, 44, 45, 64, 65, 90]
            .map(|age| small.person(Sex::Female, Month::january(2008 - age), AMSTERDAM))
            .to_vec();
        let bands: Vec<_> = aged.iter().map(|who| said(&small, *who)[1].1).collect();
        let expected: Vec<_> = AGES.iter().flat_map(|band| [*band; 2]).collect();
        assert_eq!(bands, expected);
    }

    #[test]
    fn somebody_with_a_mild_intellectual_disability_has_multiple_problems() {
        let mut body = Body::default();
        body.set(Flag::Debts, true);
        body.set(Flag::Alcohol, true);
        assert!(!has_multiple_problems(&body));
        body.set(Flag::Disability, true);
        assert!(has_multiple_problems(&body));
    }
}
