//! What a run will take, told before it starts: units, time, memory, disk.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use serde::Serialize;

use crate::error::Result;
use crate::experiment::plan::Plan;
use crate::experiment::run::{abreast, all_cores, distinct, free_memory_bytes, groups, kept, memory_of_group, work};
use crate::outcomes::Outcome;
use crate::store::Store;

/// What a run will take, as far as can be told beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Scenarios, parameter draws (1 for central values) and replicates.
    pub scenarios: usize,
    /// Parameter draws, or 1 for the central values.
    pub draws: usize,
    /// Replicates.
    pub replicates: u32,
    /// Units with a content of their own; scenarios that change nothing share one.
    pub units: usize,
    /// Of these, kept already.
    pub kept: usize,
    /// Populations founded and lived anew; units of one past share theirs.
    pub foundings: usize,
    /// Persons simulated at the start of each unit.
    pub persons: f64,
    /// Groups of units that live side by side.
    pub abreast: usize,
    /// Seconds, on a machine like the one the figures of the README come from.
    pub seconds: f64,
    /// Most memory at once, in bytes.
    pub memory_bytes: f64,
    /// Memory that is free, in bytes; nothing where the system does not tell.
    pub free_memory_bytes: Option<u64>,
    /// Space on disk, in bytes, for the units still to be lived and the run folder.
    pub disk_bytes: f64,
}

/// Seconds of one thread for a person-month as [`work`] counts them, of persons of the start, while nobody has come yet.
const SECONDS: f64 = 82e-9;
/// How much more a month takes on average for every year that is simulated: births, newcomers and those followed elsewhere make
/// of 100 persons 210 on average over 40 years, and 350 over 92.
const GROWTH: f64 = 0.027;
/// What a person-month costs more at scale 1, where the rows do not fit the caches.
const LARGE_COSTS: f64 = 0.4;
/// What two threads on one population gain less than twice the speed: the share of a month that one thread does alone.
const SERIAL: f64 = 0.18;

impl Forecast {
    /// What a plan will take in a store.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn of(plan: &Plan, store: &Store, threads: Option<NonZeroUsize>) -> Result<Forecast> {
        let threads = threads.map_or_else(all_cores, NonZeroUsize::get);
        let ready = kept(plan, store);
        let groups = groups(plan, &ready);
        let side_by_side = if groups.is_empty() { 0 } else { abreast(plan, &groups, threads) };
        let persons = plan.persons();
        let all: f64 = groups.iter().map(|group| work(plan, group)).sum();
        let each = threads as f64 / side_by_side.max(1) as f64;
        // Amdahl's law within a population; populations side by side do not wait for each other.
        let speed = side_by_side.max(1) as f64 / (SERIAL + (1.0 - SERIAL) / each.max(1.0));
        let left: BTreeSet<&str> = groups.iter().flatten().map(|unit| unit.id.as_str()).collect();
        let file = &plan.experiment.file;
        let years = f64::from(plan.end().since(crate::world::Month(0))) / 12.0;
        let unit_bytes: f64 =
            plan.outcomes.iter().map(|outcome| bytes(*outcome, years, file.panel.size, persons)).sum();
        Ok(Forecast {
            scenarios: file.branches().len(),
            draws: file.draw_numbers().count(),
            replicates: file.replicates,
            units: distinct(plan),
            kept: ready.len(),
            foundings: groups.len(),
            persons,
            abreast: side_by_side,
            seconds: all * SECONDS * (1.0 + GROWTH * years) * (1.0 + LARGE_COSTS * file.scale) / speed,
            memory_bytes: memory_of_group(plan, &groups) * side_by_side as f64,
            free_memory_bytes: free_memory_bytes(),
            disk_bytes: unit_bytes * (left.len() + plan.units.len()) as f64,
        })
    }
}

/// Bytes of a table of one unit on disk, as measured at scale 1 (most tables are as long at any scale; lives grow with the
/// persons).
fn bytes(outcome: Outcome, years: f64, panel: u32, persons: f64) -> f64 {
    let forty = match outcome {
        Outcome::Cohorts => 1.9e6,
        Outcome::Costs => 310e3,
        Outcome::Recidivism => 215e3,
        Outcome::Capacity | Outcome::Chain => 200e3,
        Outcome::Yearly => 120e3,
        Outcome::Transmission => 24e3,
        Outcome::Lineages => 9e3,
        Outcome::Fit => 7e3,
        Outcome::Lives => 63.0 * persons,
        Outcome::LifeCosts => 28.0 * persons,
        Outcome::Selection => 60e3,
        // One thousand persons with their households.
        Outcome::Panel => 4e6 * f64::from(panel) / 1000.0,
    };
    forty * years / 40.0
}
