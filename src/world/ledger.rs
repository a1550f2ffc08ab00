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
