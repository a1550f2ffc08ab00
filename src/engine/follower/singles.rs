//! In which entries the lists of singles of a follower and its leader differ.

use crate::world::{City, Month, SinglesGroup};

/// Entries that only one of the lists of singles of a follower and its leader has, in order, by city, group, month of
/// birth and random number.
#[derive(Clone, Debug, Default)]
pub(super) struct OtherSingles(pub(super) Vec<(City, SinglesGroup, Month, u32)>);

impl OtherSingles {
    /// Whether any of them lies in a part of a list.
    pub(super) fn meets(
        &self,
        (city, group): (City, SinglesGroup),
        [(first, from), (last, to)]: [(Month, u32); 2],
    ) -> bool {
        let at = self.0.partition_point(|known| *known < (city, group, first, from));
        self.0.get(at).is_some_and(|known| *known <= (city, group, last, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_meets_the_parts_of_its_own_list_that_hold_it() {
        let [men, women, ..] = SinglesGroup::ALL;
        let other = OtherSingles(vec![(0, men, Month(5), 7), (1, women, Month(-3), 2)]);
        let meets = |list, from: (i16, u32), to: (i16, u32)| {
            other.meets(list, [from, to].map(|(month, lot)| (Month(month), lot)))
        };
        assert!(meets((0, men), (5, 7), (5, 7)) && meets((0, men), (i16::MIN, 0), (i16::MAX, u32::MAX)));
        assert!(!meets((0, men), (5, 8), (i16::MAX, u32::MAX)) && !meets((0, men), (-9, 0), (5, 6)));
        assert!(meets((1, women), (-4, 9), (-3, 2)) && !meets((1, men), (-4, 9), (-3, 2)));
        assert!(!meets((0, women), (-4, 9), (9, 2)));
    }
}
