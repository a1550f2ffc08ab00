//! Lists of the world beside its rows: pregnancies, single adults who may be chosen as partners, and spells of flags.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::ids::PersonId;
use super::time::Month;
use super::traits::Flag;

/// A set of the lists of the world over which processes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lists(u8);

impl Lists {
    /// None.
    pub const NONE: Lists = Lists(0);
    /// Pregnancies under way.
    pub const PREGNANCIES: Lists = Lists(1);
    /// Spells that end this month.
    pub const SPELLS: Lists = Lists(1 << 1);
    /// Couples with violence, ongoing or earlier.
    pub const VIOLENT: Lists = Lists(1 << 2);
    /// Children who are maltreated.
    pub const MALTREATED: Lists = Lists(1 << 3);
    /// Persons who turn 18 this month.
    pub const COMING_OF_AGE: Lists = Lists(1 << 4);
    /// All of them.
    pub const ALL: Lists = Lists((1 << 5) - 1);

    /// Whether all lists of `other` are in this set.
    pub const fn has(self, other: Lists) -> bool {
        self.0 & other.0 == other.0
    }

    /// Union of two sets.
    #[must_use]
    pub const fn and(self, other: Lists) -> Lists {
        Lists(self.0 | other.0)
    }
}

/// A pregnancy under way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pregnancy {
    /// The mother.
    pub mother: PersonId,
    /// The father, or nobody.
    pub father: PersonId,
    /// Month of birth.
    pub due: Month,
}

/// A single person who may be chosen as a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Single {
    /// Month of birth.
    pub born: Month,
    /// Upper half of the key's 63 bits: a fixed random number that orders those born in one month.
    pub lot: u32,
    /// Row, until the next ordering.
    pub row: u32,
}

/// Singles in order of month of birth and random number, with an index of where each month begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Singles {
    list: Vec<Single>,
    /// Index of the first single of each month of birth, starting with the oldest.
    begins: Vec<u32>,
}

impl Singles {
    /// Sorts singles; ties of month and random number are broken by the key that `key` returns for a row.
    pub fn new(mut list: Vec<Single>, key: impl Fn(u32) -> u64 + Sync) -> Singles {
        list.par_sort_unstable_by_key(|single| (single.born, single.lot, key(single.row)));
        Singles::in_order(list)
    }

    /// These singles without some, and with others.
    pub(super) fn with(
        &self,
        without: impl Fn(u32) -> bool,
        others: impl Iterator<Item = Single>,
        key: impl Fn(u32) -> u64,
    ) -> Singles {
        let mut list: Vec<Single> = self.list.iter().filter(|single| !without(single.row)).copied().collect();
        for single in others {
            let place = (single.born, single.lot, key(single.row));
            let at = list.partition_point(|known| {
                (known.born, known.lot)
                    .cmp(&(single.born, single.lot))
                    .then_with(|| key(known.row).cmp(&place.2))
                    .is_lt()
            });
            list.insert(at, single);
        }
        Singles::in_order(list)
    }

    /// Singles that are in order.
    fn in_order(list: Vec<Single>) -> Singles {
        let mut begins = Vec::new();
        if let (Some(oldest), Some(youngest)) = (list.first(), list.last()) {
            let months = youngest.born.since(oldest.born) + 2;
            let month = |offset: i32| oldest.born.plus(offset);
            begins = (0..months).map(|m| list.partition_point(|single| single.born < month(m)) as u32).collect();
        }
        Singles { list, begins }
    }

    /// The singles in order.
    pub fn list(&self) -> &[Single] {
        &self.list
    }

    /// Index of the first single at or after a month of birth and a random number.
    #[inline]
    pub fn place(&self, born: Month, lot: u32) -> usize {
        let Some(oldest) = self.list.first() else { return 0 };
        let Ok(month) = usize::try_from(born.since(oldest.born)) else { return 0 };
        let (Some(from), Some(to)) = (self.begins.get(month), self.begins.get(month + 1)) else {
            return self.list.len();
        };
        let (from, to) = (*from as usize, *to as usize);
        // The random numbers are uniform, so interpolation gives a good first guess.
        let mut at = from + (((to - from) as u64 * u64::from(lot)) >> 32) as usize;
        while at > from && self.list[at - 1].lot >= lot {
            at -= 1;
        }
        while at < to && self.list[at].lot < lot {
            at += 1;
        }
        at
    }
}

/// A flag that a person carries until a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spell {
    /// The person.
    pub who: PersonId,
    /// Which.
    pub flag: Flag,
}
