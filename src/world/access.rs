//! Reads of the world: the only way for other rooms to see its rows and lists.
//!
//! A row is a number of [`World::rows`]; it stays the same until the next ordering. Functions take a row and return a
//! reference, so that a caller does not depend on how rows are stored.

use std::ops::Range;

use super::recorder::{Read, note};
use super::*;

impl World {
    /// Number of rows that a caller prefetches at a time, see [`prefetch`](World::prefetch).
    pub const PREFETCH: usize = 32;

    /// The month being simulated; after the last step of a month, the next one.
    #[inline]
    pub fn now(&self) -> Month {
        self.now
    }

    /// All rows of persons, here and elsewhere. Departed persons are among them until the next ordering.
    #[inline]
    pub fn rows(&self) -> Range<usize> {
        0..self.people.len()
    }

    /// Rows of persons who count in the ground truth: present and not outsiders.
    pub fn present(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows().filter(|row| self.body(*row).counts())
    }

    /// Fields of a person that are read most often.
    #[inline]
    pub fn body(&self, row: usize) -> &Body {
        note(Read::Person(row));
        &self.people.body[row]
    }

    /// Lasting effects of childhood, traits and symptoms of a person.
    #[inline]
    pub fn mind(&self, row: usize) -> &Mind {
        note(Read::Person(row));
        &self.people.mind[row]
    }

    /// Parents, children and siblings of a person.
    #[inline]
    pub fn kin(&self, row: usize) -> &Kin {
        note(Read::Person(row));
        &self.people.kin[row]
    }

    /// First months of experiences of a person, and the marks of the year.
    #[inline]
    pub fn past(&self, row: usize) -> &Past {
        note(Read::Person(row));
        &self.people.past[row]
    }

    /// The childhood record of a person; an empty one without any exposure.
    #[inline]
    pub fn childhood(&self, row: usize) -> &Childhood {
        &self.records[self.kin(row).record as usize]
    }

    /// The key by which a person comes in an order that does not depend on rows; 0 for nobody and for the departed.
    #[inline]
    pub fn order_key(&self, who: PersonId) -> u64 {
        who.row().map_or(0, |row| self.body(row).key)
    }

    /// A person as the subject of a decision, with the key; nobody with key 0 when the person is not in the world.
    #[inline]
    pub fn person_subject(&self, who: PersonId) -> (Subject, u64) {
        who.row().map_or((Subject::Nobody, 0), |row| (Subject::Person(who.0), self.body(row).key))
    }

    /// A couple as the subject of a decision, with the key; nobody with key 0 when there is no couple.
    #[inline]
    pub fn couple_subject(&self, id: CoupleId) -> (Subject, u64) {
        id.row().map_or((Subject::Nobody, 0), |row| (Subject::Couple(id.0), self.couple(row).key))
    }

    /// A departed person, when the id names one in the ledger.
    pub fn departed(&self, who: PersonId) -> Option<&Departed> {
        self.ledger.get(who.departed()?)
    }

    /// The couple in a row of the couples, `0..couples().len()`.
    #[inline]
    pub fn couple(&self, row: usize) -> &Couple {
        note(Read::Couple(row));
        &self.couples[row]
    }

    /// The couple of an id; nothing for [`CoupleId::NONE`].
    #[inline]
    pub fn couple_by_id(&self, id: CoupleId) -> Option<&Couple> {
        id.row().map(|row| self.couple(row))
    }

    /// All couples by row; rows that are no longer in use are among them until the next ordering.
    pub fn couples(&self) -> impl ExactSizeIterator<Item = &Couple> {
        (0..self.couples.len()).map(|row| self.couple(row))
    }

    /// Reads the row of a person in every column and returns a number that depends on it, so that the compiler keeps
    /// the reads. Affects speed only.
    #[inline]
    pub fn touch_row(&self, row: usize) -> u32 {
        self.people.touch_row(row)
    }

    /// Prefetches a few rows that are about to be used, at most [`PREFETCH`](World::PREFETCH) at a time; affects speed
    /// only.
    ///
    /// The work per row is too long for the processor to look ahead to the next row, so each row would wait for memory.
    /// Reads issued close together overlap their waits (memory-level parallelism).
    #[inline]
    pub fn prefetch(&self, rows: impl Iterator<Item = usize>) {
        std::hint::black_box(rows.fold(0, |sum, row| sum ^ self.touch_row(row)));
    }

    /// Pregnancies under way, by month of birth and key of the mother, see [`sort_lists`](World::sort_lists).
    pub fn pregnancies(&self) -> &[Pregnancy] {
        &self.pregnancies
    }

    /// Couples with violence in any direction, ongoing or earlier.
    pub fn violent(&self) -> &[CoupleId] {
        &self.violent
    }

    /// Children who are being maltreated.
    pub fn maltreated(&self) -> &[PersonId] {
        &self.maltreated
    }

    /// Persons with symptoms above their own baseline.
    pub fn symptomatic(&self) -> &[PersonId] {
        &self.symptomatic
    }

    /// Persons who turn 18 this month.
    pub fn coming_of_age(&self) -> &[PersonId] {
        &self.coming_of_age[self.now.of_year()]
    }

    /// Spells that end this month.
    pub fn spells_ending(&self) -> &[Spell] {
        self.ending.get(&self.now).map_or(&[], Vec::as_slice)
    }

    /// Single adults of a city and group who may be chosen as partners.
    #[inline]
    pub fn singles(&self, city: City, group: SinglesGroup) -> &Singles {
        note(Read::Singles);
        &self.singles[city][group.index()]
    }

    /// Spells of violence by relatives under way, by key of the victim and kind; those that began since the last course
    /// of the month stand at the end.
    pub fn abuse(&self) -> &[Abuse] {
        &self.abuse
    }

    /// Active effects of measures.
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// Cases, queues and places of the chain.
    pub fn chain(&self) -> &Chain {
        note(Read::Chain);
        &self.chain
    }

    /// Cities and areas.
    pub fn places(&self) -> &Places {
        note(Read::Places);
        &self.places
    }

    /// Events of this month, all in order and by kind.
    pub fn events(&self) -> &Events {
        note(Read::Events);
        &self.events
    }

    /// The decisions to which the events of the step applied last belong. Empty at the beginning and after the end of a
    /// month.
    pub fn step_log(&self) -> &StepLog {
        &self.step
    }

    /// Persons whose state changed since the calendar was last updated, and which parts of it.
    pub fn touched(&self) -> &[(PersonId, Touch)] {
        &self.touched
    }
}
