//! The pass over the rows in December.

use super::groups::{AGES, Adults, ExposureGroups, GROUPS, REGIONS, SUFFERED, USED};
use crate::outcomes::scene::Seen;
use crate::outcomes::settings::Pathway;
use crate::world::{ADULT, Childhood, ELSEWHERE, Flag, Month, PersonId, World, YearFlag};

/// Counts of a pass over the rows in December.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outcomes) struct December {
    pub(super) adults: Vec<Adults>,
    /// Pairs of parent and child.
    pub(super) parents: ExposureGroups,
}

impl Default for December {
    fn default() -> Self {
        December {
            adults: vec![Adults::default(); REGIONS.len() * 2 * GROUPS * GROUPS],
            parents: ExposureGroups::default(),
        }
    }
}

impl December {
    /// Counts one person: an adult by the events of the year, a child with the parents at home.
    #[inline]
    pub(super) fn count(&mut self, seen: &Seen<'_>) {
        if !seen.lives {
            return;
        }
        if seen.is_adult() {
            self.count_adult(seen);
        } else if seen.body.at_parents() {
            self.count_child(seen);
        }
    }

    #[inline]
    fn count_adult(&mut self, seen: &Seen<'_>) {
        let [witnessed, _, exposed] = seen.childhood().map_or([0; 3], groups);
        let place = (region(seen.place) * 2 + seen.body.sex() as usize) * GROUPS;
        let adults = &mut self.adults[(place + witnessed) * GROUPS + exposed];
        adults.persons += 1;
        if seen.past.year != 0 {
            adults.cases[USED] += u64::from(seen.marked(YearFlag::Used));
            adults.cases[SUFFERED] += u64::from(seen.marked(YearFlag::Suffered));
        }
        let age = seen.age_months();
        if (ADULT..ADULT + 12).contains(&age) && seen.is_followed() {
            adults.eighteen.count(seen.world.attitude(seen.row), seen.world.coping(seen.row));
        }
        let turned = AGES.iter().position(|from| (*from..from + 12).contains(&age));
        if let Some(turned) = turned.filter(|_| seen.is_followed()) {
            let before = |first: Month| u64::from(first.has_come() && first.since(seen.body.born) < AGES[turned]);
            adults.reaching[turned] += 1;
            adults.before[turned][USED] += before(seen.past.used);
            adults.before[turned][SUFFERED] += before(seen.past.suffered);
        }
    }

    fn count_child(&mut self, seen: &Seen<'_>) {
        let world = seen.world;
        let (parent, partner) = world.carers(seen.row);
        for carer in [parent, partner].into_iter().flatten() {
            let body = world.body(carer);
            if is_pair(world, seen.row, carer) {
                let exposure = exposure(world, carer)[1];
                let group = self.parents.at(region(seen.place), body.sex(), Pathway::MaltreatedMaltreats, exposure);
                group.persons += 1;
                group.cases += u64::from(seen.marked(YearFlag::Maltreated));
            }
        }
    }

    /// Adds the counts of another block of rows.
    pub(super) fn add(&mut self, other: &December) {
        for (adults, more) in self.adults.iter_mut().zip(&other.adults) {
            adults.persons += more.persons;
            for index in 0..2 {
                adults.cases[index] += more.cases[index];
                adults.reaching[index] += more.reaching[index];
                adults.before[index][USED] += more.before[index][USED];
                adults.before[index][SUFFERED] += more.before[index][SUFFERED];
            }
            adults.eighteen.add(&more.eighteen);
        }
        self.parents.add(&other.parents);
    }
}

impl December {
    /// Takes away the counts of some of these persons.
    pub(super) fn less(&mut self, other: &December) {
        for (adults, less) in self.adults.iter_mut().zip(&other.adults) {
            adults.persons -= less.persons;
            for index in 0..2 {
                adults.cases[index] -= less.cases[index];
                adults.reaching[index] -= less.reaching[index];
                adults.before[index][USED] -= less.before[index][USED];
                adults.before[index][SUFFERED] -= less.before[index][SUFFERED];
            }
            adults.eighteen.less(&less.eighteen);
        }
        self.parents.less(&other.parents);
    }
}

/// Groups of a childhood by first witnessing, by first maltreatment and by the first of either.
fn groups(childhood: &Childhood) -> [usize; 3] {
    // The windows of a kind are the four bytes of a number; the first window is the lowest byte.
    let first = |windows: u32| if windows == 0 { 0 } else { windows.trailing_zeros() as usize / 8 + 1 };
    let witnessed = u32::from_le_bytes(childhood.witnessed);
    let maltreated = childhood.maltreated.iter().fold(0, |any, kind| any | u32::from_le_bytes(*kind));
    [first(witnessed), first(maltreated), first(witnessed | maltreated)]
}

/// Groups of the childhood of a person, as [`groups`].
pub(super) fn exposure(world: &World, row: usize) -> [usize; 3] {
    if world.past(row).exposed.has_come() { groups(world.childhood(row)) } else { [0; 3] }
}

/// Whether a carer is a parent of the child and a person of the study population: a pair of the last pathway.
pub(super) fn is_pair(world: &World, child: usize, carer: usize) -> bool {
    let (kin, id) = (world.kin(child), PersonId(carer as u32));
    (kin.mother == id || kin.father == id) && !world.body(carer).has(Flag::Outsider)
}

/// Index in [`REGIONS`] of a place.
pub(super) fn region(place: usize) -> usize {
    usize::from(place == ELSEWHERE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::WINDOWS;

    #[test]
    fn the_first_window_with_any_month_is_the_group() {
        let first = |met: &dyn Fn(usize) -> bool| (0..WINDOWS.len()).find(|window| met(*window)).map_or(0, |at| at + 1);
        // Months by window: none, few, many.
        let months =
            |number: usize| -> [u8; 4] { std::array::from_fn(|at| [0, 1, 240][number / 3_usize.pow(at as u32) % 3]) };
        for number in 0..81 * 81 {
            let mut childhood = Childhood { witnessed: months(number / 81), ..Childhood::default() };
            childhood.maltreated[number % 4] = months(number % 81);
            childhood.maltreated[3][3] |= u8::from(number % 7 == 0);
            let witnessed = |window: usize| childhood.witnessed[window] > 0;
            let maltreated = |window: usize| childhood.maltreated.iter().any(|kind| kind[window] > 0);
            let expected =
                [first(&witnessed), first(&maltreated), first(&|window| witnessed(window) || maltreated(window))];
            assert_eq!(groups(&childhood), expected, "{childhood:?}");
        }
    }
}
