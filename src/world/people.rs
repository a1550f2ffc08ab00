//! The columns of all persons.

use serde::{Deserialize, Serialize};

use super::person::{Body, Flag, Kin, Mind, Past};

/// Persons as four columns with one row each; rows of departed persons are dropped at the next ordering.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// Fields that are read most often.
    pub body: Vec<Body>,
    /// Lasting effects of childhood, traits and symptoms.
    pub mind: Vec<Mind>,
    /// Kin and childhood record.
    pub kin: Vec<Kin>,
    /// First months of experiences.
    pub past: Vec<Past>,
}

impl People {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Whether there are no persons.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Adds a row and returns its number.
    pub fn push(&mut self, body: Body, mind: Mind, kin: Kin, past: Past) -> usize {
        self.body.push(body);
        self.mind.push(mind);
        self.kin.push(kin);
        self.past.push(past);
        self.body.len() - 1
    }

    /// Makes room for `more` rows.
    pub fn reserve(&mut self, more: usize) {
        self.body.reserve_exact(more);
        self.mind.reserve_exact(more);
        self.kin.reserve_exact(more);
        self.past.reserve_exact(more);
    }

    /// Reads a row in each column and returns a number that depends on it, so that the compiler keeps the reads.
    #[inline]
    pub fn glance(&self, row: usize) -> u32 {
        let (body, mind, kin) = (&self.body[row], &self.mind[row], &self.kin[row]);
        body.state ^ u32::from(mind.acquired_use.0 as u16) ^ kin.youngest.0 ^ u32::from(self.past[row].year)
    }

    /// Number of rows to prefetch at a time.
    pub const AHEAD: usize = 32;

    /// Prefetches a few rows that are about to be used; affects speed only.
    ///
    /// The work per row is too long for the processor to look ahead to the next row, so each row would wait for memory.
    /// Reads issued close together overlap their waits (memory-level parallelism).
    #[inline]
    pub fn fetch(&self, rows: impl Iterator<Item = usize>) {
        std::hint::black_box(rows.fold(0, |sum, row| sum ^ self.glance(row)));
    }

    /// Rows of persons who are followed and are not outsiders.
    pub fn present(&self) -> impl Iterator<Item = usize> + '_ {
        self.body.iter().enumerate().filter(|(_, body)| body.counts()).map(|(row, _)| row)
    }
}

impl Body {
    /// Whether this person counts in the ground truth: present and not an outsider.
    #[inline]
    pub fn counts(&self) -> bool {
        self.state & (Flag::Present.bit() | Flag::Outsider.bit()) == Flag::Present.bit()
    }
}
