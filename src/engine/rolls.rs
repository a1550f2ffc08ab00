//! The persons and the couples of a world as subjects of a calendar.

use super::calendar::Roll;
use crate::world::{Flag, Month, PersonId, World};

/// The persons of a world as subjects of a calendar; the profile is the sex.
#[derive(Clone, Copy)]
pub struct PeopleRoll<'a>(pub &'a World);

impl Roll for PeopleRoll<'_> {
    fn len(&self) -> usize {
        self.0.rows().len()
    }
    #[inline]
    fn key(&self, row: usize) -> u64 {
        self.0.body(row).key
    }
    #[inline]
    fn profile(&self, row: usize) -> usize {
        self.0.body(row).sex() as usize
    }
    #[inline]
    fn origin(&self, row: usize) -> Month {
        self.0.body(row).born
    }
    #[inline]
    fn live(&self, row: usize) -> bool {
        self.0.body(row).has(Flag::Present)
    }
    #[inline]
    fn touch_bounds(&self, row: usize) -> u32 {
        self.0.body(row).state
    }
    #[inline]
    fn touch_rates(&self, row: usize) -> u32 {
        self.0.touch_row(row)
    }
}

/// The couples of a world as subjects of a calendar; age counts from the beginning of the union.
#[derive(Clone, Copy)]
pub struct CouplesRoll<'a>(pub &'a World);

impl Roll for CouplesRoll<'_> {
    fn len(&self) -> usize {
        self.0.couples().len()
    }
    #[inline]
    fn key(&self, row: usize) -> u64 {
        self.0.couple(row).key
    }
    #[inline]
    fn profile(&self, _: usize) -> usize {
        0
    }
    #[inline]
    fn origin(&self, row: usize) -> Month {
        self.0.couple(row).since
    }
    #[inline]
    fn live(&self, row: usize) -> bool {
        self.0.couple(row).present
    }
    #[inline]
    fn touch_bounds(&self, row: usize) -> u32 {
        let couple = self.0.couple(row);
        let partners = couple.partners.into_iter().filter_map(PersonId::row);
        partners.fold(0, |sum, partner| sum ^ self.0.touch_row(partner))
    }
}
