//! The persons for whom a process may decide otherwise when the row of one person is another one.

use super::World;
use super::couple::Couple;
use super::ids::PersonId;

impl World {
    /// Calls `each` for every person whose decisions may depend on the row of this person: all for whom this person is
    /// the subject itself, the partner, a carer, a child, a member of the household, a child of an adult of the
    /// household, or a parent. Persons may be named several times.
    ///
    /// The reverse of what [`STEPS`](crate::model::STEPS) declares to be read.
    pub(crate) fn near(&self, row: usize, each: &mut dyn FnMut(usize)) {
        self.home_of(row, each);
        let kin = self.kin(row);
        for parent in [kin.mother, kin.father].into_iter().filter_map(PersonId::row) {
            self.home_of(parent, each);
        }
        for adult in [Some(row), self.partner_of(row)].into_iter().flatten() {
            for child in self.children(adult) {
                each(child);
                let kin = self.kin(child);
                for parent in [kin.mother, kin.father].into_iter().filter_map(PersonId::row) {
                    each(parent);
                    self.partner_of(parent).into_iter().for_each(&mut *each);
                }
            }
        }
    }

    /// Everybody in the home of a person.
    fn home_of(&self, row: usize, each: &mut dyn FnMut(usize)) {
        each(row);
        let head = self.householder(row);
        each(head);
        for adult in [Some(head), self.partner_of(head), self.partner_of(row)].into_iter().flatten() {
            each(adult);
            for child in self.children_at_home(adult) {
                self.with_descendants(child, each);
            }
        }
    }

    /// Rows of the two persons of a couple.
    pub(crate) fn both(couple: &Couple) -> impl Iterator<Item = usize> + use<> {
        couple.partners.into_iter().filter_map(PersonId::row)
    }
}
