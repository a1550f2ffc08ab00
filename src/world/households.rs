//! Who lives with whom: unions, children at home, households, carers and placements.

use super::World;
use super::childhood::ADULT;
use super::couple::{Couple, Side};
use super::ids::PersonId;
use super::time::Month;
use super::traits::Flag;

impl World {
    /// The couple that a person lives in, if any.
    #[inline]
    pub fn couple_of(&self, row: usize) -> Option<&Couple> {
        self.body(row).couple.row().map(|couple| self.couple(couple))
    }

    /// Row of the partner this person lives with.
    #[inline]
    pub fn partner_of(&self, row: usize) -> Option<usize> {
        let couple = self.couple(self.body(row).couple.row()?);
        couple.partner_of(PersonId(row as u32)).row()
    }

    /// Whether a person lives with a partner and is the second of the two. Lists of households name each couple once, by
    /// its first partner.
    #[inline]
    pub fn is_second_partner(&self, row: usize) -> bool {
        let side = self.couple_of(row).and_then(|couple| couple.side_of(PersonId(row as u32)));
        side == Some(Side::Second)
    }

    /// Rows of the children of a parent, youngest first.
    pub fn children(&self, parent: usize) -> Children<'_> {
        let mother = self.body(parent).has(Flag::Female);
        Children { world: self, next: self.kin(parent).youngest, mother }
    }

    /// Rows of the children (of any age) who live in the household of which this adult is the carer of record.
    pub fn children_at_home(&self, parent: usize) -> impl Iterator<Item = usize> + '_ {
        let id = PersonId(parent as u32);
        self.children(parent).filter(move |child| {
            let body = self.body(*child);
            body.home == id && body.has(Flag::Present)
        })
    }

    /// Rows of the children at home with an adult or with that adult's partner.
    pub fn children_of_household(&self, adult: usize) -> impl Iterator<Item = usize> + '_ {
        let partner = self.partner_of(adult);
        self.children_at_home(adult).chain(partner.into_iter().flat_map(|partner| self.children_at_home(partner)))
    }

    /// Whether a child under 18 lives with an adult or the adult's partner.
    pub fn has_minor_at_home(&self, adult: usize) -> bool {
        self.children_of_household(adult).any(|child| self.body(child).age_months(self.now) < ADULT)
    }

    /// The adult who heads the household of this person: a parent for a person who lives at home, else the person.
    pub fn householder(&self, row: usize) -> usize {
        self.body(row).home.row().unwrap_or(row)
    }

    /// All members of the household of an adult: the adult, the partner, the children at home, and the children of a
    /// daughter who still lives there.
    pub fn household(&self, adult: usize) -> Vec<usize> {
        let mut members = vec![adult];
        members.extend(self.partner_of(adult));
        for child in self.children_of_household(adult) {
            self.with_descendants(child, &mut |row| members.push(row));
        }
        members
    }

    /// Calls `each` for a person and all descendants who live in the same home.
    pub(crate) fn with_descendants(&self, row: usize, each: &mut dyn FnMut(usize)) {
        each(row);
        for child in self.children_at_home(row) {
            self.with_descendants(child, each);
        }
    }

    /// Whether a minor has no carer in the world, and so lives with a foster family or in an institution. The children
    /// of a minor mother who is placed are placed with her.
    ///
    /// Different from a placement out of the home by a judge ([`Due::PlacementEnds`](super::Due::PlacementEnds)), which leaves a child in its
    /// household.
    #[inline]
    pub fn is_placed(&self, row: usize) -> bool {
        self.is_placed_in(row, self.now)
    }

    /// The same for a minor of that month. Yearly tables judge December when the world is already in January.
    #[inline]
    pub fn is_placed_in(&self, row: usize, month: Month) -> bool {
        let mut at = row;
        while let Some(parent) = self.body(at).home.row() {
            at = parent;
        }
        self.body(at).age_months(month) < ADULT && self.body(row).has(Flag::Present)
    }

    /// Adults in the home of a child: the parent of record and that parent's partner.
    #[inline]
    pub fn carers(&self, child: usize) -> (Option<usize>, Option<usize>) {
        let Some(parent) = self.body(child).home.row() else { return (None, None) };
        (Some(parent), self.partner_of(parent))
    }
}

/// The children of one parent, youngest first; see [`World::children`].
#[derive(Clone, Debug)]
pub struct Children<'a> {
    world: &'a World,
    next: PersonId,
    mother: bool,
}

impl Iterator for Children<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let row = self.next.row()?;
        let kin = self.world.kin(row);
        self.next = if self.mother { kin.older_of_mother } else { kin.older_of_father };
        Some(row)
    }
}
