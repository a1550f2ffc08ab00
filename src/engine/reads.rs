//! What a process reads of the world beside its parameters.

use std::ops::BitOr;

macro_rules! parts {
    ($($(#[doc = $doc:literal])* $bit:literal $name:ident = $word:literal,)*) => {
        /// A set of parts of the world, seen from the subject of a process: the person or the couple for which it decides.
        ///
        /// The present month is in no set. [`STEPS`](crate::model::STEPS) declares the set of every process, and a test
        /// compares it with the rows that the process reads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Reads(u16);

        impl Reads {
            $($(#[doc = $doc])* pub const $name: Reads = Reads(1 << $bit);)*

            /// Nothing.
            pub const NOTHING: Reads = Reads(0);

            /// Every part with its word, in order.
            pub const PARTS: &[(Reads, &str)] = &[$((Reads::$name, $word),)*];
        }
    };
}

parts! {
    /// The subject's own row, its childhood record and the effects on it. Of a couple: the record of the union.
    0 OWN = "own row",
    /// The partner; of a birth also the father who is no longer the partner. Of a couple: both partners.
    1 PARTNER = "partner",
    /// The record of the union in which the subject, or another person that the process reads, lives or lived.
    2 COUPLE = "union",
    /// The adults in the home of the subject: the parent of record and that parent's partner.
    3 CARERS = "carers",
    /// The children of the subject and of the partner, wherever they live.
    4 CHILDREN = "children",
    /// Everybody in the home of the subject, and the children of its adults wherever they live.
    5 HOUSEHOLD = "household",
    /// Mother and father, wherever they live.
    6 KIN = "parents",
    /// Singles of the own city among whom the subject finds a partner.
    7 CANDIDATES = "candidates on the partner market",
    /// The areas of the cities: their sizes, deprivation and marks.
    8 AREA = "area and city",
    /// Cases of families, and decisions scheduled for them.
    9 CASE = "case",
    /// Services and measures: queues, places, and effects on a whole city.
    10 SYSTEM = "services and measures",
    /// Events of the month.
    11 EVENTS = "events of the month",
}

impl Reads {
    /// Whether every part of `other` is in this set.
    pub const fn has(self, other: Reads) -> bool {
        self.0 & other.0 == other.0
    }

    /// Union of two sets, for constants.
    pub const fn and(self, other: Reads) -> Reads {
        Reads(self.0 | other.0)
    }

    /// Words of the parts in this set, in order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Reads::PARTS.iter().filter(move |(part, _)| self.has(*part)).map(|(_, word)| *word)
    }
}

impl BitOr for Reads {
    type Output = Reads;

    fn bitor(self, other: Reads) -> Reads {
        self.and(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_parts_has_its_parts_and_their_words() {
        let reads = Reads::OWN | Reads::CARERS;
        assert!(reads.has(Reads::OWN) && !reads.has(Reads::OWN | Reads::PARTNER));
        assert_eq!(reads.words().collect::<Vec<_>>(), ["own row", "carers"]);
        let all = Reads::PARTS.iter().fold(Reads::OWN, |all, (part, _)| all.and(*part));
        assert_eq!(all.words().count(), Reads::PARTS.len(), "every part has a bit of its own");
    }
}
