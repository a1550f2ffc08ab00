//! The columns of all persons.

use serde::{Deserialize, Serialize};

use super::person::{Body, Flag, Kin, Mind, Past};

/// Persons as four columns with one row each; rows of the departed are forgotten at the next ordering.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// What is asked most often.
    pub body: Vec<Body>,
    /// Liabilities and symptoms.
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
