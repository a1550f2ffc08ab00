//! Persons known to the chain from before 2008, as a result of earlier reports.
//!
//! In the burn-in population the chain has no effect, but violence and maltreatment are detected there month by month
//! with the probabilities of 2008, and reported persons are marked as known. January 2008 therefore begins with the
//! proportion of known families that is stable as long as nothing changes, and those with the highest probability of a
//! report are the known ones. (A fixed proportion drawn at random rose in the years after 2008, which let reports grow
//! faster than the underlying probabilities.)

use std::ops::Range;

use crate::engine::{Draws, Monthly, Step, Sweep};
use crate::units::RatePerYear;
use crate::world::{ADULT, ChainChange, Change, Changes, Flag, PersonId, World};

/// A sweep whose reports have only one effect: they mark victim and perpetrator as known.
struct MarkOnly(Box<dyn Sweep>);

/// Converts the sweeps among the steps to sweeps that only mark the persons whom a report would make known, and drops
/// other steps. Reports without maltreatment, at the rate `unfounded` per child, are added.
pub fn marking_only(steps: impl IntoIterator<Item = Step>, unfounded: RatePerYear) -> Vec<Step> {
    let marking = |step| match step {
        Step::Sweep(sweep) => Some(Step::Sweep(Box::new(MarkOnly(sweep)))),
        Step::Person(_) | Step::Meeting(_) | Step::Couple(_) | Step::Monthly(_) | Step::Drift(_) => None,
    };
    let mut marking: Vec<Step> = steps.into_iter().filter_map(marking).collect();
    marking.push(Step::Monthly(Box::new(MarkUnfounded(unfounded.get()))));
    marking
}

/// Reports without maltreatment, drawn each January for the whole year. They depend on age alone, and a separate hazard
/// would change the candidates of all other hazards of the burn-in population.
struct MarkUnfounded(f64);

impl Monthly for MarkUnfounded {
    fn name(&self) -> &'static str {
        "unfounded_reports"
    }

    fn identity(&self) -> u16 {
        54
    }

    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        if world.now.of_year() != 0 {
            return;
        }
        let chance = 1.0 - libm::exp(-self.0);
        for row in world.people.present() {
            let body = &world.people.body[row];
            if body.age_months(world.now) >= ADULT || !draws.of(body.key, 0).happens(0, chance) {
                continue;
            }
            for who in [PersonId(row as u32), body.home] {
                if who.row().is_some_and(|row| !world.people.body[row].has(Flag::InChain)) {
                    changes.push(Change::Flag { who, flag: Flag::InChain, on: true });
                }
            }
        }
    }
}

impl Sweep for MarkOnly {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn identity(&self) -> u16 {
        self.0.identity()
    }

    fn rows(&self, world: &World, draws: &Draws) -> usize {
        self.0.rows(world, draws)
    }

    fn sweep(&self, world: &World, rows: Range<usize>, draws: &Draws, changes: &mut Changes) {
        let mut made = Changes::default();
        self.0.sweep(world, rows, draws, &mut made);
        for change in made.list {
            let Change::Chain(ChainChange::Report(report)) = change else { continue };
            for row in [report.victim, report.perpetrator].into_iter().filter_map(PersonId::row) {
                if !world.people.body[row].has(Flag::InChain) {
                    changes.push(Change::Flag { who: PersonId(row as u32), flag: Flag::InChain, on: true });
                }
            }
        }
    }
}
