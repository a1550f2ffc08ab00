//! The childhood record: months of witnessing and of maltreatment, by window of age.

use serde::{Deserialize, Serialize};

/// First months of age of the four windows of childhood; the last one ends at [`ADULT`].
pub const WINDOWS: [i32; 4] = [0, 24, 72, 144];

/// Age in months at which childhood ends.
pub const ADULT: i32 = 216;

/// The window of an age in months, or nothing for an adult.
#[inline]
pub fn window(age_months: i32) -> Option<usize> {
    match age_months {
        0..24 => Some(0),
        24..72 => Some(1),
        72..144 => Some(2),
        144..ADULT => Some(3),
        _ => None,
    }
}

/// Kind of child maltreatment (*kindermishandeling*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum MaltreatmentKind {
    /// Neglect (*verwaarlozing*).
    Neglect = 0,
    /// Physical abuse.
    Physical = 1,
    /// Emotional abuse.
    Emotional = 2,
    /// Sexual abuse.
    Sexual = 3,
}

impl MaltreatmentKind {
    /// All kinds in table order.
    pub const ALL: [MaltreatmentKind; 4] =
        [MaltreatmentKind::Neglect, MaltreatmentKind::Physical, MaltreatmentKind::Emotional, MaltreatmentKind::Sexual];

    /// Bit of this kind in [`Past::maltreated`](super::Past::maltreated).
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            MaltreatmentKind::Neglect => "neglect",
            MaltreatmentKind::Physical => "physical",
            MaltreatmentKind::Emotional => "emotional",
            MaltreatmentKind::Sexual => "sexual",
        }
    }
}

/// Exposure of one child in months, by window of age. A month counts once for witnessing and once per kind of
/// maltreatment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Childhood {
    /// Months in which violence between the adults at home was witnessed.
    pub witnessed: [u8; 4],
    /// Months of maltreatment by kind.
    pub maltreated: [[u8; 4]; 4],
}

impl Childhood {
    /// Whether any violence between adults at home was witnessed.
    pub fn any_witnessed(&self) -> bool {
        self.witnessed != [0; 4]
    }

    /// Whether maltreated in any way.
    pub fn any_maltreated(&self) -> bool {
        self.maltreated != [[0; 4]; 4]
    }

    /// Months of maltreatment of one kind.
    pub fn months_of(&self, kind: MaltreatmentKind) -> u32 {
        self.maltreated[kind as usize].iter().map(|m| u32::from(*m)).sum()
    }

    /// Months of witnessing.
    pub fn months_witnessed(&self) -> u32 {
        self.witnessed.iter().map(|m| u32::from(*m)).sum()
    }

    /// Number of exposure types: witnessing and each kind of maltreatment count one each.
    pub fn types(&self) -> u32 {
        u32::from(self.any_witnessed()) + self.maltreated.iter().filter(|months| **months != [0; 4]).count() as u32
    }
}
