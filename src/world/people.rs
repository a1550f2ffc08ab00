//! The columns of all persons.

use serde::{Deserialize, Serialize};

use super::person::{Body, Flag, Kin, Mind, Past};

/// Persons as four columns with one row each; rows of the departed are forgotten at the next ordering.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// What is asked most often.
    pub body: Vec<Body>,
    /// What childhood left, leanings and symptoms.
    pub mind: Vec<Mind>,
    /// Kin and childhood record.
    pub kin: Vec<Kin>,
    /// First months.
    pub past: Vec<Past>,
}

impl People {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Adds a row and gives its number.
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

    /// Reads a row in each column, and gives a number made of it.
    #[inline]
    pub fn glance(&self, row: usize) -> u32 {
        let (body, mind, kin) = (&self.body[row], &self.mind[row], &self.kin[row]);
        body.state ^ u32::from(mind.acquired_use.0 as u16) ^ kin.youngest.0 ^ u32::from(self.past[row].year)
    }

    /// Rows that are worth fetching at a time.
    pub const AHEAD: usize = 32;

    /// Reads a few rows that are about to be looked at; nothing but speed depends on it.
    ///
    /// What is done with a row takes long enough that the processor does not look ahead to the next, and would wait for
    /// memory at each. Reads that follow each other closely are waited for together.
    #[inline]
    pub fn fetch(&self, rows: impl Iterator<Item = usize>) {
        std::hint::black_box(rows.fold(0, |sum, row| sum ^ self.glance(row)));
    }

    /// Rows of those who are followed and are no mere set of traits.
    pub fn present(&self) -> impl Iterator<Item = usize> + '_ {
        self.body.iter().enumerate().filter(|(_, body)| body.counts()).map(|(row, _)| row)
    }
}

impl Body {
    /// Whether this person counts in the truth: present and not a mere set of traits.
    #[inline]
    pub fn counts(&self) -> bool {
        self.state & (Flag::Present.bit() | Flag::Outsider.bit()) == Flag::Present.bit()
    }
}
