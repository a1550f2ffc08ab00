//! One unit of a study, simulated in memory with processes and observers of the caller's own.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use super::frame::Frame;
use crate::error::{Error, Result};
use crate::experiment::{self, Additions, Conditions, OwnProcess, Plan, Quiet};
use crate::tables::Table;
use crate::world::World;

/// The simulation of one scenario under one draw and one replicate, before it runs.
///
/// The same unit in another scenario, or with another process of the same name, uses common random numbers.
pub struct UnitSimulation<'a> {
    plan: &'a Plan,
    threads: Option<NonZeroUsize>,
    scenario: String,
    draw: u32,
    replicate: u32,
    additions: Additions<'a>,
}

impl<'a> UnitSimulation<'a> {
    pub(super) fn new(plan: &'a Plan, scenario: &str, threads: Option<NonZeroUsize>) -> UnitSimulation<'a> {
        let draw = *plan.experiment.file.draw_numbers().start();
        let additions = Additions::default();
        UnitSimulation { plan, threads, scenario: scenario.into(), draw, replicate: 1, additions }
    }

    /// Another parameter draw of the experiment, from 1; 0 stands for central values, and is there only without draws.
    #[must_use]
    pub fn draw(mut self, draw: u32) -> Self {
        self.draw = draw;
        self
    }

    /// Another replicate of the experiment, from 1: other random numbers.
    #[must_use]
    pub fn replicate(mut self, replicate: u32) -> Self {
        self.replicate = replicate;
        self
    }

    /// Adds a process to the month of the cities.
    #[must_use]
    pub fn process(mut self, process: OwnProcess) -> Self {
        self.additions.processes.push(process);
        self
    }

    /// Adds an observer, called after each month with the world and its events; `world.now` is the month that follows.
    #[must_use]
    pub fn each_month(mut self, observer: &'a mut (dyn FnMut(&World) + Send)) -> Self {
        self.additions.observers.push(observer);
        self
    }

    /// Simulates the unit to the end of the experiment. Nothing is stored.
    ///
    /// # Errors
    /// A scenario, draw or replicate that the experiment does not have; a process whose name is taken, or that follows
    /// a process that is not there.
    pub fn run(mut self) -> Result<UnitTables> {
        let plan = self.plan;
        let (draw, replicate) = (self.draw, self.replicate);
        let place = (self.scenario.as_str(), draw, replicate);
        let Some(unit) = plan.units.iter().find(|unit| (unit.scenario.as_str(), unit.draw, unit.replicate) == place)
        else {
            let file = &plan.experiment.file;
            let draws = if file.draws == 0 { "0".to_owned() } else { format!("1 to {}", file.draws) };
            let what = format!("no unit of scenario `{}`, draw {draw}, replicate {replicate}", self.scenario);
            let cure = format!(
                "scenarios are {}; draws {draws}; replicates 1 to {}",
                file.branches().join(", "),
                file.replicates
            );
            return Err(Error::data(what, cure).in_file(&plan.experiment.place, None).into());
        };
        let stop = AtomicBool::new(false);
        let conditions = Conditions { threads: self.threads, stop: &stop, watch: &Quiet, full: false };
        Ok(UnitTables { tables: experiment::simulate(plan, unit, &conditions, &mut self.additions)? })
    }
}

/// The tables of one unit.
#[derive(Clone, Debug)]
pub struct UnitTables {
    tables: Vec<Table>,
}

impl UnitTables {
    /// A table; it has no column `scenario`.
    ///
    /// # Errors
    /// A table that is not among the `outcomes` of the experiment.
    pub fn table(&self, name: &str) -> Result<Frame> {
        let table = self.tables.iter().find(|table| table.name() == name).ok_or_else(|| {
            let names: Vec<&str> = self.tables.iter().map(Table::name).collect();
            let cure = format!("its tables are {}; add it to `outcomes` of the experiment", names.join(", "));
            Error::data(format!("the unit has no table `{name}`"), cure)
        })?;
        Ok(Frame::new(table.clone()))
    }
}
