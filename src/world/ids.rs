//! Rows of persons and couples, the references between rows of the world.

use serde::{Deserialize, Serialize};

/// Row of a person in the [`World`](super::World), or of a departed person in the ledger.
///
/// Rows are renumbered when the world is ordered, and every reference is updated. The stable name of a person is its
/// key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u32);

impl PersonId {
    /// Nobody.
    pub const NONE: PersonId = PersonId(u32::MAX);
    /// References from here on point into the ledger of the departed.
    pub const LEDGER: u32 = 1 << 31;

    /// The row, when this person is in the world.
    pub fn row(self) -> Option<usize> {
        (self.0 < Self::LEDGER).then_some(self.0 as usize)
    }

    /// The index in the ledger, when this is a departed person.
    pub fn departed(self) -> Option<usize> {
        (self.0 >= Self::LEDGER && self != Self::NONE).then(|| (self.0 - Self::LEDGER) as usize)
    }

    /// Whether there is a person at all.
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }
}

/// Row of a couple; renumbered once a year with all references.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CoupleId(pub u32);

impl CoupleId {
    /// No couple.
    pub const NONE: CoupleId = CoupleId(u32::MAX);

    /// Whether there is one.
    #[inline]
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }

    /// The row, when there is one.
    #[inline]
    pub fn row(self) -> Option<usize> {
        self.is_some().then_some(self.0 as usize)
    }
}
