//! The columns of all persons.

use serde::{Deserialize, Serialize};

use super::column::RowColumn;
use super::person::{Body, Kin, Mind, Past};
use super::traits::Flag;

/// Persons as four columns with one row each; rows of departed persons are dropped at the next ordering.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct People {
    /// Fields that are read most often.
    pub(super) body: RowColumn<Body>,
    /// Lasting effects of childhood, traits and symptoms.
    pub(super) mind: RowColumn<Mind>,
    /// Kin and childhood record.
    pub(super) kin: RowColumn<Kin>,
    /// First months of experiences.
    pub(super) past: RowColumn<Past>,
}

impl People {
    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.body.len()
    }

    /// Adds a row and returns its number.
    pub(super) fn push(&mut self, body: Body, mind: Mind, kin: Kin, past: Past) -> usize {
        let row = self.body.push(body);
        self.mind.push_at(row, mind);
        self.kin.push_at(row, kin);
        self.past.push_at(row, past);
        row
    }

    /// Makes room for `more` rows.
    pub(super) fn reserve(&mut self, more: usize) {
        self.body.reserve_exact(more);
        self.mind.reserve_exact(more);
        self.kin.reserve_exact(more);
        self.past.reserve_exact(more);
    }

    /// Reads a row in each column and returns a number that depends on it, so that the compiler keeps the reads. Reads
    /// nothing in a world that shares its rows with others.
    #[inline]
    pub(super) fn touch_row(&self, row: usize) -> u32 {
        let columns = (self.body.whole(), self.mind.whole(), self.kin.whole(), self.past.whole());
        let (Some(body), Some(mind), Some(kin), Some(past)) = columns else { return 0 };
        body[row].state ^ u32::from(mind[row].acquired_use.0 as u16) ^ kin[row].youngest.0 ^ u32::from(past[row].year)
    }
}

impl Body {
    /// Whether this person counts in the ground truth: present and not an outsider.
    #[inline]
    pub fn counts(&self) -> bool {
        self.state & (Flag::Present.bit() | Flag::Outsider.bit()) == Flag::Present.bit()
    }
}
