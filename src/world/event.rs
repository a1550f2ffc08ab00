//! Events: what happened in a month, for outcomes (and later the chain) to read.

use serde::{Deserialize, Serialize};

use super::couple::{CoupleId, Violence};
use super::person::{PersonId, Sex};

/// Worst harm of the incidents of one couple in one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Severity {
    /// No injury.
    Light = 0,
    /// Injury.
    Injury = 1,
    /// Serious injury that needs a hospital.
    Serious = 2,
    /// Death of the victim.
    Fatal = 3,
}

/// A month of violence between two partners (*huiselijk geweldsincident*): what detection will read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The couple.
    pub couple: CoupleId,
    /// Incidents by the man and by the woman.
    pub counts: [u16; 2],
    /// Worst severity by direction.
    pub severity: [Severity; 2],
    /// State of violence by direction.
    pub state: [Violence; 2],
    /// Children living with either partner who witnessed.
    pub witnesses: u8,
    /// Between former partners.
    pub separated: bool,
}

/// Kind of violence between relatives who are not partners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum OtherViolence {
    /// Against a parent or brother or sister, or among adult relatives.
    Relatives = 0,
    /// Abuse of the old (*ouderenmishandeling*).
    Elder = 1,
    /// In the name of honour (*eergerelateerd geweld*).
    Honour = 2,
}

/// What can happen for the first time in a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum First {
    /// Exposure to violence as a child: witnessing it or being maltreated.
    Exposed,
    /// Using violence against a partner.
    Used,
    /// Suffering violence from a partner.
    Suffered,
}

/// What happened to whom.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A child was born.
    Birth {
        /// The child.
        child: PersonId,
    },
    /// A person died.
    Death {
        /// Who.
        who: PersonId,
        /// At the hands of a partner.
        by_partner: bool,
    },
    /// A union began.
    Union {
        /// The new couple.
        couple: CoupleId,
    },
    /// Partners separated.
    Separation {
        /// The couple.
        couple: CoupleId,
    },
    /// A person came to live in the cities.
    Arrival {
        /// Who.
        who: PersonId,
        /// Someone who left earlier.
        returning: bool,
    },
    /// A person left the cities.
    Departure {
        /// Who.
        who: PersonId,
        /// Is followed elsewhere.
        followed: bool,
        /// City that was left.
        city: u8,
    },
    /// Violence between partners began in one direction.
    Onset {
        /// The couple.
        couple: CoupleId,
        /// Who uses violence.
        by: Sex,
        /// State that began.
        state: Violence,
        /// Used violence before, in this or another union.
        relapse: bool,
    },
    /// Something happened to a person for the first time.
    First {
        /// Who.
        who: PersonId,
        /// What.
        what: First,
    },
    /// Violence between partners ended in one direction.
    Desistance {
        /// The couple.
        couple: CoupleId,
        /// Who stopped.
        by: Sex,
    },
    /// A month of violence.
    Violence(Incident),
    /// Maltreatment of a child began.
    Maltreatment {
        /// The child.
        child: PersonId,
        /// Kinds that began, one bit each.
        kinds: u8,
        /// For the first time in this childhood.
        first: bool,
    },
    /// Maltreatment of a child ended altogether.
    MaltreatmentEnded {
        /// The child.
        child: PersonId,
    },
    /// Violence between relatives who are not partners.
    Other {
        /// The victim.
        victim: PersonId,
        /// Its kind.
        kind: OtherViolence,
        /// Incidents within the year.
        count: u16,
    },
}
