//! The sample of the panel: one rule for `panel`, `spells` and `contacts`.
//!
//! A person is selected by key and, if the experiment says so, by year of birth: the same people in every scenario.
//! Children who are born and households that arrive enter by the same rule. With `participants` or `eligible` a person
//! enters in the month in which they started the measure or met its eligibility rule, and stays from then on.
//! Outsiders, partners elsewhere who are only a set of traits, are never sampled.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::settings::{Entry, OutcomeSettings};
use crate::world::{Body, Edge, Event, Flag, Passage, World};

/// The sample, with the persons entered so far if there is a condition of entry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sample {
    threshold: u64,
    born: Option<[i32; 2]>,
    years: Option<[i32; 2]>,
    entry: Option<Entry>,
    entered: BTreeSet<u64>,
}

/// Rows of the persons whose keys are in the sample, for tables that go through it every month.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleRows {
    rows: Vec<u32>,
    /// Number of rows of the world that have been read.
    read: usize,
}

impl SampleRows {
    /// Reads the rows that were added since the last month, or all in January: rows are put in order before it. Whether
    /// a person [is in the sample](Sample::holds) may change, and is for the caller to ask.
    pub(super) fn month(&mut self, world: &World, sample: &Sample) -> &[u32] {
        if world.now().plus(-1).of_year() == 0 {
            *self = SampleRows::default();
        }
        let rows = world.rows();
        let may_hold = |row: &usize| is_below(world.body(*row).key, sample.threshold);
        let new = (self.read..rows.end).into_par_iter().with_min_len(1 << 14).filter(may_hold);
        self.rows.par_extend(new.map(|row| row as u32));
        self.read = rows.end;
        &self.rows
    }
}

/// Keys are uniform already. The odd factor (2^64 over the golden ratio) makes the sample independent of other uses of
/// their digits.
pub(super) fn is_below(key: u64, threshold: u64) -> bool {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 < threshold
}

impl Sample {
    /// Takes over the definition of the sample from the experiment. Persons who have entered stay.
    pub(super) fn adopt(&mut self, settings: &OutcomeSettings) {
        let share = f64::from(settings.panel_size) / settings.expected_population.max(1.0);
        self.threshold = libm::rint(share.clamp(0.0, 1.0) * 4_294_967_296.0) as u64;
        let part = settings.panel_part;
        (self.born, self.years, self.entry) = (part.born, part.years, part.entry);
    }

    /// Upper bound of the (hashed) keys of persons who may be sampled, for a pass over the rows.
    pub(super) fn threshold(&self) -> u64 {
        self.threshold
    }

    /// Whether a year is included.
    pub(super) fn keeps(&self, year: i32) -> bool {
        self.threshold > 0 && self.years.is_none_or(|[from, until]| (from..=until).contains(&year))
    }

    /// Adds the persons who enter through the events of the month.
    pub(super) fn month(&mut self, world: &World) {
        let Some(entry) = self.entry else { return };
        for event in world.events() {
            let (who, by) = match *event {
                Event::Passage(Passage { edge: Edge::Start, service, who, passed: true, .. }) => {
                    (who, Entry::Started(service))
                }
                Event::Considered { service, who, chosen: true, .. } => (who, Entry::Eligible(service)),
                _ => continue,
            };
            if let Some(row) = who.row().filter(|_| by == entry) {
                let body = world.body(row);
                if self.may_hold(body) {
                    self.entered.insert(body.key);
                }
            }
        }
    }

    /// Whether a person is in the sample by now, present or departed.
    #[inline]
    pub(super) fn holds(&self, body: &Body) -> bool {
        self.may_hold(body) && (self.entry.is_none() || self.entered.contains(&body.key))
    }

    /// Whether a person, or any member of the same [household](World::household), is in the sample.
    pub(super) fn meets(&self, world: &World, row: usize) -> bool {
        let holds = |row: usize| self.holds(world.body(row));
        let adult = world.householder(row);
        let below = |child: usize| {
            let mut any = false;
            world.with_descendants(child, &mut |row| any |= holds(row));
            any
        };
        holds(row)
            || holds(adult)
            || world.partner_of(adult).is_some_and(holds)
            || world.children_of_household(adult).any(below)
    }

    #[inline]
    fn may_hold(&self, body: &Body) -> bool {
        is_below(body.key, self.threshold)
            && !body.has(Flag::Outsider)
            && self.born.is_none_or(|[from, until]| (from..=until).contains(&body.born.year()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::small::{AMSTERDAM, Small};
    use super::*;
    use crate::world::{Month, Sex};

    fn sample(size: u32) -> Sample {
        let settings = OutcomeSettings { panel_size: size, expected_population: 100.0, ..OutcomeSettings::default() };
        let mut sample = Sample::default();
        sample.adopt(&settings);
        sample
    }

    /// Households with two and three generations.
    fn households() -> Small {
        let mut small = Small::new(&[]);
        for number in 0..100 {
            let man = small.person(Sex::Male, Month::january(1960), AMSTERDAM);
            let woman = small.person(Sex::Female, Month::january(1962), AMSTERDAM);
            small.couple(man, woman);
            let daughter = small.child(Sex::Female, Month::january(1990), woman);
            if number % 2 == 0 {
                small.child(Sex::Male, Month(-3), daughter);
            }
            small.person(Sex::Female, Month::january(1950), AMSTERDAM);
        }
        small
    }

    #[test]
    fn a_sample_meets_the_households_of_its_members() {
        let (small, sample) = (households(), sample(20));
        let world = &small.world;
        let expected: Vec<bool> = world
            .rows()
            .map(|row| world.household(world.householder(row)).into_iter().any(|row| sample.holds(world.body(row))))
            .collect();
        let met: Vec<bool> = world.rows().map(|row| sample.meets(world, row)).collect();
        assert!(met.contains(&true) && met.contains(&false));
        // A grandchild belongs to the household of its mother, who lives with her parents.
        let own = |row: usize| sample.holds(world.body(row));
        assert!(world.rows().all(|row| met[row] == (expected[row] || own(row))));
    }

    #[test]
    fn rows_of_the_sample_are_those_of_its_keys_also_after_births_and_a_new_order() {
        let (mut small, sample) = (households(), sample(30));
        let mut rows = SampleRows::default();
        let expected = |small: &Small| -> Vec<u32> {
            let all = small.world.rows().filter(|row| is_below(small.world.body(*row).key, sample.threshold()));
            all.map(|row| row as u32).collect()
        };
        small.month([], []);
        assert_eq!(rows.month(&small.world, &sample), expected(&small));
        let mother = crate::world::PersonId(1);
        (0..40).for_each(|number| assert!(small.child(Sex::Male, Month(number % 3), mother).is_some()));
        small.month([], []);
        assert_eq!(rows.month(&small.world, &sample), expected(&small));
        small.live_until(Month::january(2009));
        small.world.order(true);
        small.month([], []);
        assert_eq!(rows.month(&small.world, &sample), expected(&small));
    }
}
