//! Whom the chain knows from before 2008: the stock of families that reports have left behind.
//!
//! In the burn-in population nothing of the chain acts, but violence and maltreatment are seen there at the chances of 2008, month by
//! month, and who is reported is marked as known. So January 2008 begins with the share of known families at which it stays
//! when nothing changes, and known are those who were likeliest to be reported. (A fixed share drawn at random filled up
//! in the years after 2008, and let reports rise faster than the chances behind them.)

use std::ops::Range;

use crate::engine::{Draws, Step, Sweep};
use crate::units::RatePerYear;
use crate::world::{ADULT, ChainChange, Change, Changes, Flag, PersonId, World};

/// A sweep that makes reports, of which only the mark is kept that they leave on victim and perpetrator.
struct MarkOnly(Box<dyn Sweep>);

/// Turns the sweeps among the steps into such that only mark whom a report would make known; other steps are left out, but
/// reports without maltreatment, of so many children a year, mark too.
pub fn marking_only(steps: impl IntoIterator<Item = Step>, unfounded: RatePerYear) -> Vec<Step> {
    let marking = |step| match step {
        Step::Sweep(sweep) => Some(Step::Sweep(Box::new(MarkOnly(sweep)))),
        Step::Person(_) | Step::Meeting(_) | Step::Couple(_) | Step::Drift(_) => None,
    };
    let mut marking: Vec<Step> = steps.into_iter().filter_map(marking).collect();
    marking.push(Step::Sweep(Box::new(MarkUnfounded(unfounded.get()))));
    marking
}

/// Reports without maltreatment, a year of them each January: they hang on nothing but age, and a hazard of its own would give
/// all other hazards of the burn-in population other candidates.
struct MarkUnfounded(f64);

impl Sweep for MarkUnfounded {
    fn name(&self) -> &'static str {
        "unfounded_reports"
    }

    fn identity(&self) -> u16 {
        54
    }

    fn rows(&self, _: &World, _: &Draws) -> usize {
        0
    }

    fn sweep(&self, _: &World, _: Range<usize>, _: &Draws, _: &mut Changes) {}

    fn close(&self, world: &World, draws: &Draws, changes: &mut Changes) {
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
