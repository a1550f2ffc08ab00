//! The ledger of the departed: persons who died or left for good, with the few fields that lineage tables need.

use serde::{Deserialize, Serialize};

use super::ids::PersonId;
use super::time::Month;

/// A person who is no longer a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Departed {
    /// Stable key.
    pub key: u64,
    /// Mother.
    pub mother: PersonId,
    /// Father.
    pub father: PersonId,
    /// Month of birth.
    pub born: Month,
    /// Month of the ordering that removed the row, after death or loss to follow-up.
    pub last_seen: Month,
    /// First month of exposure as a child.
    pub exposed: Month,
    /// First month of using violence against a partner.
    pub used: Month,
    /// First month of suffering violence from a partner.
    pub suffered: Month,
    /// Is a woman.
    pub female: bool,
}

impl Departed {
    /// An empty entry: nobody in this world, a departed person in another world with the same row numbers.
    pub const EMPTY: Departed = Departed {
        key: 0,
        mother: PersonId::NONE,
        father: PersonId::NONE,
        born: Month::NEVER,
        last_seen: Month::NEVER,
        exposed: Month::NEVER,
        used: Month::NEVER,
        suffered: Month::NEVER,
        female: false,
    };
}
