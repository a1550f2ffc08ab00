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

    /// Whether a person, or any member of the same household, is in the sample.
    pub(super) fn meets(&self, world: &World, row: usize) -> bool {
        let body = |row: usize| world.body(row);
        self.holds(body(row)) || world.household(world.householder(row)).into_iter().any(|row| self.holds(body(row)))
    }

    #[inline]
    fn may_hold(&self, body: &Body) -> bool {
        is_below(body.key, self.threshold)
            && !body.has(Flag::Outsider)
            && self.born.is_none_or(|[from, until]| (from..=until).contains(&body.born.year()))
    }
}
