//! Scenarios that are simulated beside their comparator, and hold only what differs.
//!
//! The comparator is the model without the changes of the scenario. A scenario in which many rows differ continues in a
//! simulation of its own from the next January on.

use std::time::Instant;

use rayon::prelude::*;

use crate::engine::{Beside, Engine, Follower, Simulation};
use crate::error::Result;
use crate::experiment::census::Census;
use crate::experiment::groups::follower_share;
use crate::experiment::plan::Unit;
use crate::outcomes::{DecemberCounts, Outcomes};
use crate::store::{Simulated, Timings};
use crate::tables::Table;
use crate::world::World;

/// Share of persons that differ from which a scenario is simulated in full from the next January on. Measured at scale
/// 0.05: a scenario beside the comparator costs .5 of one in full if .4 % of the persons differ, and another .2 for each
/// further per cent.
const MOST: f64 = 0.025;

/// A scenario beside its comparator.
struct Companion<'a> {
    unit: &'a Unit,
    engine: Engine,
    follower: Follower,
    outcomes: Outcomes,
    census: Census,
    timings: Timings,
}

/// The scenarios beside a comparator.
#[derive(Default)]
pub(super) struct Companions<'a>(Vec<Companion<'a>>);

/// A scenario that differs in so many rows that it continues in a simulation of its own.
pub(super) struct Parted<'a> {
    /// The unit.
    pub(super) unit: &'a Unit,
    /// The engine of its scenario.
    pub(super) engine: Engine,
    /// Its simulation from now on.
    pub(super) simulation: Simulation,
    /// Its outcomes so far.
    pub(super) outcomes: Outcomes,
    /// Its count of persons so far.
    pub(super) census: Census,
    /// Seconds of its own so far.
    pub(super) timings: Timings,
    /// How it was and is simulated.
    pub(super) simulated: Simulated,
}

/// A unit that was simulated beside its comparator to the end.
pub(super) struct Completed<'a> {
    /// The unit.
    pub(super) unit: &'a Unit,
    /// Its tables.
    pub(super) tables: Vec<Table>,
    /// Its count of persons.
    pub(super) census: Census,
    /// Seconds of its own. Those of its months are the comparator's: the months of all scenarios are simulated together.
    pub(super) timings: Timings,
    /// How it was simulated.
    pub(super) simulated: Simulated,
}

impl<'a> Companions<'a> {
    /// Cost of a month of all of them, as a share of a month in full.
    pub(super) fn share(&self) -> f64 {
        self.0.iter().map(|it| follower_share(it.unit.measures)).sum()
    }

    /// Whether there is no scenario beside the comparator.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a scenario that begins in the present month. `outcomes` are those of the comparator, with the prices of the
    /// scenario; `timings` is the time that its preparation took.
    pub(super) fn add(
        &mut self,
        unit: &'a Unit,
        engine: Engine,
        leader: &mut World,
        (outcomes, census): (Outcomes, Census),
        timings: Timings,
    ) {
        let lent = leader.lend();
        let follower = Follower::of(leader, &lent, &engine);
        leader.take_back(lent);
        self.0.push(Companion { unit, engine, follower, outcomes, census, timings });
    }

    /// Simulates a month of the comparator and of the scenarios beside it. The outcomes of all of them read it; `outcomes`
    /// are those of the comparator.
    pub(super) fn month(&mut self, simulation: &mut Simulation, engine: &Engine, outcomes: &mut Outcomes) {
        let mut beside: Vec<Beside<'_>> =
            self.0.iter_mut().map(|it| Beside { follower: &mut it.follower, engine: &it.engine }).collect();
        simulation.month_beside(engine, &mut beside);
        let counted = outcomes.december(&simulation.world);
        if !self.0.is_empty() {
            let leader = &mut simulation.world;
            let lent = leader.lend();
            self.0.par_iter_mut().for_each(|it| {
                it.follower.read_from(&lent);
                it.observe(leader, counted.as_ref());
                it.follower.let_go();
            });
            leader.take_back(lent);
        }
        outcomes.month(&simulation.world);
        if let Some(counted) = counted {
            outcomes.end_year(&simulation.world, counted);
        }
    }

    /// Takes out a scenario that differs in so many rows that it is cheaper in full, if there is one. Not in a January in
    /// which rows are put in order: a simulation that begins then would leave them.
    pub(super) fn part(&mut self, leader: &mut World) -> Option<Parted<'a>> {
        let year = leader.now().year();
        let leaves = |it: &Companion<'_>| it.follower.share_now() > MOST && !it.engine.orders_rows(year);
        let at = self.0.iter().position(leaves)?;
        Some(self.0.remove(at).alone(leader))
    }

    /// The tables of all scenarios, one after another. The comparator has reached the end.
    pub(super) fn complete(self, leader: &mut World) -> impl Iterator<Item = Result<Completed<'a>>> {
        self.0.into_iter().map(|it| it.complete(leader))
    }
}

impl<'a> Companion<'a> {
    /// Reads the month that has just been simulated. The follower reads its leader's rows; `counted` are the counts of the
    /// leader if it was a December.
    fn observe(&mut self, leader: &World, counted: Option<&DecemberCounts>) {
        self.follower.take_lists(leader, Outcomes::lists(counted.is_some()));
        let world = self.follower.world();
        self.outcomes.month(world);
        self.census.month(world);
        if let Some(counted) = counted {
            self.outcomes.year_beside(world, leader, counted, &self.follower.differing(leader));
        }
    }

    fn alone(mut self, leader: &mut World) -> Parted<'a> {
        let began = Instant::now();
        let full_from = leader.now().year();
        let lent = leader.lend();
        self.follower.read_from(&lent);
        let simulation = Simulation::new(self.follower.alone(leader), &self.engine);
        self.follower.let_go();
        leader.take_back(lent);
        let simulated = Simulated::BesideThenFull { differed: self.follower.share(), full_from };
        let Companion { unit, engine, outcomes, census, mut timings, .. } = self;
        timings.months_s += began.elapsed().as_secs_f64();
        Parted { unit, engine, simulation, outcomes, census, timings, simulated }
    }

    fn complete(self, leader: &mut World) -> Result<Completed<'a>> {
        let began = Instant::now();
        let Companion { unit, mut follower, outcomes, census, mut timings, .. } = self;
        let lent = leader.lend();
        follower.read_from(&lent);
        let tables = outcomes.finish(follower.world());
        follower.let_go();
        leader.take_back(lent);
        timings.write_s += began.elapsed().as_secs_f64();
        let simulated = Simulated::Beside { differed: follower.share() };
        Ok(Completed { unit, tables: tables?, census, timings, simulated })
    }
}
