//! Persons known to the chain from before 2008, as a result of earlier reports.
//!
//! In the burn-in population the chain has no effect, but violence and maltreatment are detected there month by month
//! with the probabilities of 2008, and reported persons are marked as known. January 2008 therefore begins with the
//! proportion of known families that is stable as long as nothing changes, and those with the highest probability of a
//! report are the known ones. (A fixed proportion drawn at random rose in the years after 2008, which let reports grow
//! faster than the underlying probabilities.)

use std::ops::Range;

use crate::engine::{Draws, Monthly, Process, Scope, Sweep};
use crate::units::RatePerYear;
use crate::world::{ADULT, ChainChange, Change, Changes, Flag, PersonId, World};

/// A sweep whose reports have only one effect: they mark victim and perpetrator as known.
struct MarkOnly<S>(S);

/// The process of a sweep that reports. In the burn-in population it only marks the persons whom a report makes known.
pub(super) fn reports_of(sweep: impl Sweep + 'static, scope: &Scope) -> Process {
    Process::Sweep(if scope.pool { Box::new(MarkOnly(sweep)) } else { Box::new(sweep) })
}

/// In the burn-in population: reports without maltreatment, at the rate `unfounded` per child, mark as known.
pub fn mark_unfounded(unfounded: RatePerYear) -> Process {
    Process::Monthly(Box::new(MarkUnfounded(unfounded.get())))
}

/// Reports without maltreatment, drawn each January for the whole year. They depend on age alone, and a separate hazard
/// would change the candidates of all other hazards of the burn-in population.
struct MarkUnfounded(f64);

impl Monthly for MarkUnfounded {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        if world.now().of_year() != 0 {
            return;
        }
        let chance = 1.0 - libm::exp(-self.0);
        for row in world.present() {
            let body = world.body(row);
            if body.age_months(world.now()) >= ADULT || !draws.of(body.key, 0).happens(0, chance) {
                continue;
            }
            for who in [PersonId(row as u32), body.home] {
                if who.row().is_some_and(|row| !world.body(row).has(Flag::InChain)) {
                    changes.push(Change::Flag { who, flag: Flag::InChain, on: true });
                }
            }
        }
    }
}

impl<S: Sweep> Sweep for MarkOnly<S> {
    fn rows(&self, world: &World, draws: &Draws) -> usize {
        self.0.rows(world, draws)
    }

    fn sweep(&self, world: &World, rows: Range<usize>, draws: &Draws, changes: &mut Changes) {
        let mut made = Changes::default();
        self.0.sweep(world, rows, draws, &mut made);
        for change in made.list {
            let Change::Chain(ChainChange::Report(report)) = change else { continue };
            for row in [report.victim, report.perpetrator].into_iter().filter_map(PersonId::row) {
                if !world.body(row).has(Flag::InChain) {
                    changes.push(Change::Flag { who: PersonId(row as u32), flag: Flag::InChain, on: true });
                }
            }
        }
    }
}
