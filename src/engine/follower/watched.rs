//! The rows for which a follower decides anew, in the order in which they were added.

use super::led::LedDecision;
use crate::engine::calendar::Roll;
use crate::world::{Month, PlaceByRow, Subject, World};

/// Persons and couples for whom a follower decides anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    /// Persons.
    pub(super) persons: Slots,
    /// Couples.
    pub(super) couples: Slots,
    /// Rows around which everybody is watched: own rows of persons, and partners of whose couple the row is own.
    pub(super) around: RowSet,
    /// Own rows of persons that were found to differ from the leader's. All of their columns are own.
    pub(super) differing: RowSet,
}

/// A set of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct RowSet(Vec<u64>);

impl RowSet {
    /// Whether a row is in the set.
    pub(super) fn has(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
    }

    /// Adds a row, or removes it.
    pub(super) fn set(&mut self, row: usize, on: bool) {
        if self.0.len() <= row / 64 {
            self.0.resize(row / 64 + 1, 0);
        }
        self.0[row / 64] = self.0[row / 64] & !(1 << (row % 64)) | u64::from(on) << (row % 64);
    }
}

/// Rows in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    /// The rows.
    pub(super) rows: Vec<u32>,
    /// Place in `rows` of each row. No order of it is used.
    places: PlaceByRow,
    set: RowSet,
}

impl Slots {
    /// Whether a row is among them.
    pub(super) fn has(&self, row: usize) -> bool {
        self.set.has(row)
    }

    /// Adds a row unless it is among them.
    pub(super) fn add(&mut self, row: usize) {
        if !self.has(row) {
            self.set.set(row, true);
            self.places.insert(row as u32, self.rows.len() as u32);
            self.rows.push(row as u32);
        }
    }

    /// Place of a row.
    pub(super) fn place(&self, row: u32) -> Option<u32> {
        if self.has(row as usize) { self.places.get(&row).copied() } else { None }
    }
}

/// The subjects of a calendar that follows some rows of another roll.
#[derive(Clone, Copy)]
pub(super) struct SomeRows<'a, R> {
    /// The other roll.
    pub(super) roll: R,
    /// Its rows.
    pub(super) rows: &'a [u32],
}

impl<R: Roll> Roll for SomeRows<'_, R> {
    fn len(&self) -> usize {
        self.rows.len()
    }
    fn key(&self, slot: usize) -> u64 {
        self.roll.key(self.rows[slot] as usize)
    }
    fn profile(&self, slot: usize) -> usize {
        self.roll.profile(self.rows[slot] as usize)
    }
    fn origin(&self, slot: usize) -> Month {
        self.roll.origin(self.rows[slot] as usize)
    }
    fn live(&self, slot: usize) -> bool {
        self.roll.live(self.rows[slot] as usize)
    }
}

impl Watched {
    /// As [`has`](Watched::has), of the subject of a decision of the leader.
    pub(super) fn has_led(&self, world: &World, it: &LedDecision<'_>) -> bool {
        let partner = || it.persons.iter().any(|row| self.persons.has(*row as usize));
        match it.subject {
            Subject::Nobody => false,
            Subject::Person(row) => self.persons.has(row as usize),
            Subject::Couple(row) => self.couples.has(row as usize) || world.is_own_couple(row as usize) || partner(),
        }
    }

    /// Whether a person is watched, or a couple or either partner in either world.
    pub(super) fn has(&self, world: &World, leader: &World, subject: Subject) -> bool {
        match subject {
            Subject::Nobody => false,
            Subject::Person(row) => self.persons.has(row as usize),
            Subject::Couple(row) => {
                let row = row as usize;
                let own = world.is_own_couple(row);
                let partner = || World::both(leader.couple(row)).any(|person| self.persons.has(person));
                self.couples.has(row) || own || row < leader.row_counts()[1] && partner()
            }
        }
    }
}
