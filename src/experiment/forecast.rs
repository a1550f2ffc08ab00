//! Forecast of a run: number of units, time, memory, disk space.
//!
//! Time is the sum over the parts of a run, each with a measured cost: a burn-in population, a founding population, the
//! months, the tables of a unit, the run folder. The costs are those of a machine that takes 82 ns per person-month
//! ([`MONTH`]); a short benchmark measures how much slower this machine is ([`slowness`]). `cargo run --release
//! --example costs` measures the costs again and prints them beside these constants.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::Instant;

use serde::Serialize;

use crate::error::Result;
use crate::experiment::groups::{UnitGroup, distinct, groups, kept};
use crate::experiment::machine::{abreast, all_cores, free_memory_bytes, memory_of_group};
use crate::experiment::plan::Plan;
use crate::experiment::sizes::{grown, panel_rows, rows_of};
use crate::outcomes::Outcome;
use crate::random::{Luck, normal};
use crate::store::{POOLS_LIMIT, Store};
use crate::world::Month;

/// Expected resources of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Scenarios, parameter draws (1 for central values) and replicates.
    pub scenarios: usize,
    /// Parameter draws, or 1 for the central values.
    pub draws: usize,
    /// Replicates.
    pub replicates: u32,
    /// Distinct units; scenarios that change nothing share one.
    pub units: usize,
    /// Of these, already in the store.
    pub kept: usize,
    /// Of the units that are not stored: those simulated beside their comparator.
    pub beside: usize,
    /// Number of populations to be founded and simulated; units with a common past share one.
    pub foundings: usize,
    /// Number of burn-in populations to be simulated: the others are stored, or shared by several foundings.
    pub burn_ins: usize,
    /// Persons simulated at the start of each unit.
    pub persons: f64,
    /// Groups of units that are simulated in parallel.
    pub abreast: usize,
    /// Seconds on this machine, at its present speed.
    pub seconds: f64,
    /// Peak memory, in bytes.
    pub memory_bytes: f64,
    /// Free memory, in bytes; `None` if the system does not report it.
    pub free_memory_bytes: Option<u64>,
    /// Disk space, in bytes, for the units still to be simulated and the run folder.
    pub disk_bytes: f64,
}

/// Core-seconds per person-month, relative to the initial number of persons, without population growth.
const MONTH: f64 = 82e-9;
/// Core-seconds per person-month of the burn-in population.
const POOL: f64 = 40e-9;
/// Core-seconds per person-month of the burn-in population to read it, or to share it, instead of simulating it.
const STORED_POOL: f64 = 1e-9;
/// Bytes on disk of the burn-in population per person at its start.
const POOL_BYTES: f64 = 60.0;
/// Core-seconds to create the founding population: a fixed part for the weights, and a part per simulated person.
const FOUNDING: (f64, f64) = (0.15, 0.7e-6);
/// Core-seconds per unit besides its months and tables: building its models.
const UNIT: f64 = 0.05;
/// Core-seconds to build, sort, compress and write a byte of the tables of a unit.
const WRITE: f64 = 90e-9;
/// Seconds per unit, and per byte of it, to assemble the run folder.
const ASSEMBLE: (f64, f64) = (0.03, 40e-9);
/// Additional cost of a person-month at scale 1, where the rows do not fit in the caches.
const LARGE_COSTS: f64 = 0.4;
/// Share of a month that is serial: two threads on one population gain less than twice the speed.
const SERIAL: f64 = 0.18;
/// Seconds per piece of the benchmark on the reference machine.
const PROBE: f64 = 2.2e-3;

/// Core-seconds of the parts of a plan's groups, on the reference machine. Progress reports use the same parts, so that
/// they add up to the total.
#[derive(Clone, Copy, Debug)]
pub(super) struct Costs {
    persons: f64,
    each: f64,
    pool_work: f64,
    unit_bytes: f64,
    end: Month,
}

impl Costs {
    /// Costs of a plan.
    pub(super) fn of(plan: &Plan) -> Costs {
        // Time of the outcomes that read all rows each month or year.
        let outcomes: f64 = plan.outcomes.iter().map(|outcome| outcome.size().time).sum();
        Costs {
            persons: plan.persons(),
            each: MONTH * (1.0 + LARGE_COSTS * plan.experiment.file.scale) * (1.0 + outcomes),
            pool_work: plan.pool_work(),
            unit_bytes: unit_bytes(plan),
            end: plan.end(),
        }
    }

    /// Cost of the burn-in population of a group.
    pub(super) fn pool(&self, group: &UnitGroup<'_>) -> f64 {
        self.pool_work * if group.burns_in { POOL } else { STORED_POOL }
    }

    /// Cost of creating the population of January 2008.
    pub(super) fn founding(&self) -> f64 {
        FOUNDING.0 + FOUNDING.1 * self.persons
    }

    /// Cost of a month.
    pub(super) fn month(&self, month: Month) -> f64 {
        self.each * self.persons * grown(f64::from(month.0) / 12.0)
    }

    /// Cost of a unit besides its months.
    pub(super) fn unit(&self) -> f64 {
        UNIT + WRITE * self.unit_bytes
    }

    /// Cost of a group of units with a common past: the months of the past, of the comparator and of scenarios in full, and
    /// a share of the months of scenarios beside the comparator.
    pub(super) fn group(&self, group: &UnitGroup<'_>) -> f64 {
        let units = &group.units;
        let months = |from: Month, to: Month| (from.0..to.0).map(|month| self.month(Month(month))).sum::<f64>();
        let last = units.iter().map(|unit| unit.from.unwrap_or(self.end)).max().unwrap_or(Month(0));
        // The comparator is simulated as long as scenarios are beside it.
        let last = if group.has_followers() { self.end } else { last };
        let own: f64 = units
            .iter()
            .map(|unit| unit.from.map_or(0.0, |from| group.share(unit) * months(from, self.end)) + self.unit())
            .sum();
        self.pool(group) + self.founding() + months(Month(0), last) + own
    }
}

/// Seconds on a machine slower than the reference by a factor, with a number of threads. Populations simulated in
/// parallel do not wait for each other; within one, Amdahl's law applies. Near the end of a run some threads are idle.
pub(super) fn seconds(plan: &Plan, groups: &[UnitGroup<'_>], threads: usize, slowness: f64) -> f64 {
    let assembling = plan.units.len() as f64 * (ASSEMBLE.0 + ASSEMBLE.1 * unit_bytes(plan));
    if groups.is_empty() {
        return assembling * slowness;
    }
    let costs = Costs::of(plan);
    let all: f64 = groups.iter().map(|group| costs.group(group)).sum();
    let side_by_side = abreast(plan, groups, threads).max(1);
    (working(all, groups.len(), threads, side_by_side) + assembling) * slowness
}

/// Seconds of groups that cost a number of core-seconds together, on the reference machine with a number of threads and of
/// groups in parallel.
pub(super) fn working(core_seconds: f64, groups: usize, threads: usize, side_by_side: usize) -> f64 {
    let each = (threads as f64 / side_by_side as f64).max(1.0);
    let turns = groups.div_ceil(side_by_side) as f64;
    turns * core_seconds / groups.max(1) as f64 * (SERIAL + (1.0 - SERIAL) / each)
}

/// How many times slower this machine is at present than the reference, with this number of threads: the time of a
/// number of pieces of work that resemble a month (random numbers for rows in memory), on all threads at once. A piece
/// takes a few milliseconds. The mean is used, so that other load slows the benchmark as it will slow the run.
pub fn slowness(threads: usize, pieces: usize) -> f64 {
    const ROWS: usize = 1 << 16;
    let work = || {
        let luck = Luck::new(2008, 0, 0);
        let mut rows = vec![0.0_f64; ROWS];
        let pieces = pieces.max(1);
        let began = Instant::now();
        for piece in 0..pieces {
            for at in 0..ROWS {
                // An odd factor visits every row once, far from the previous one.
                let row = at.wrapping_mul(40_503) % ROWS;
                let block = luck.block(row as u64, 1, piece as u32, 0);
                rows[row] += normal(block.unit(0)) * libm::exp(-block.unit(1));
            }
        }
        (began.elapsed().as_secs_f64() / pieces as f64, rows.iter().sum::<f64>())
    };
    let times: Vec<f64> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads.clamp(1, 64)).map(|_| scope.spawn(work)).collect();
        let ended = all.into_iter().filter_map(|thread| thread.join().ok());
        // The sums are used, so that the compiler cannot remove the work.
        ended.filter(|(_, sum)| sum.is_finite()).map(|(seconds, _)| seconds).collect()
    });
    let mean = times.iter().sum::<f64>() / times.len().max(1) as f64;
    if mean > 0.0 { mean / PROBE } else { 1.0 }
}

/// Number of benchmark pieces before a run, and for a requested forecast.
pub(super) const SHORT: usize = 3;
const LONG: usize = 24;

impl Forecast {
    /// The forecast of a plan in a store, on this machine; `full` if every scenario is simulated in full.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn of(plan: &Plan, store: &Store, threads: Option<NonZeroUsize>, full: bool) -> Result<Forecast> {
        let number = threads.map_or_else(all_cores, NonZeroUsize::get);
        Forecast::at(plan, store, number, slowness(number, LONG), full)
    }

    /// The forecast of a plan in a store, with a number of threads, on a machine slower than the reference by a factor.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn at(plan: &Plan, store: &Store, threads: usize, slowness: f64, full: bool) -> Result<Forecast> {
        let ready = kept(plan, store);
        let groups = groups(plan, store, &ready, full);
        let side_by_side = if groups.is_empty() { 0 } else { abreast(plan, &groups, threads) };
        let left: BTreeSet<&str> = groups.iter().flat_map(|group| &group.units).map(|unit| unit.id.as_str()).collect();
        let beside = |group: &UnitGroup<'_>| group.units.iter().filter(|unit| group.follows(unit)).count();
        let burn_ins = groups.iter().filter(|group| group.burns_in).count();
        let file = &plan.experiment.file;
        let pool_bytes = (POOL_BYTES * plan.pool_size() * burn_ins as f64).min(POOLS_LIMIT as f64);
        Ok(Forecast {
            scenarios: file.branches().len(),
            draws: file.draw_numbers().count(),
            replicates: file.replicates,
            units: distinct(plan),
            kept: ready.len(),
            beside: groups.iter().map(beside).sum(),
            foundings: groups.len(),
            burn_ins,
            persons: plan.persons(),
            abreast: side_by_side,
            seconds: seconds(plan, &groups, threads, slowness),
            memory_bytes: memory_of_group(plan, &groups) * side_by_side as f64,
            free_memory_bytes: free_memory_bytes(),
            disk_bytes: unit_bytes(plan) * (left.len() + plan.units.len()) as f64 + pool_bytes,
        })
    }
}

/// Bytes of the tables of one unit on disk.
fn unit_bytes(plan: &Plan) -> f64 {
    let years = f64::from(plan.end().since(Month(0))) / 12.0;
    let persons = plan.persons();
    let rows = panel_rows(&plan.experiment.file.panel, persons, plan.end());
    plan.outcomes.iter().map(|outcome| bytes(*outcome, years, rows, persons)).sum()
}

/// Size of a table of one unit on disk in bytes, as measured at scale 1 (most tables have the same length at any scale).
fn bytes(outcome: Outcome, years: f64, panel_rows: f64, persons: f64) -> f64 {
    /// Bytes of a table of the panel without rows.
    const EMPTY: f64 = 3e3;
    let size = outcome.size();
    let of_panel = size.panel.map_or(0.0, |table| EMPTY + table.disk * rows_of(&table, panel_rows, years));
    of_panel + years * (size.disk_year + size.disk_person_year * persons)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Change;
    use crate::experiment::load;

    fn told(experiment: &str, changes: &[(&str, toml::Value)], threads: usize, slowness: f64) -> Forecast {
        let changes: Vec<Change> =
            changes.iter().map(|(key, value)| Change::new(*key, value.clone(), "a test")).collect();
        let plan = load(experiment, &changes, &Outcome::WORDS).and_then(Plan::of).expect("a sound experiment");
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path()).expect("a store");
        Forecast::at(&plan, &store, threads, slowness, false).expect("a forecast")
    }

    #[test]
    fn the_forecast_lies_within_a_factor_of_one_and_a_half_of_what_runs_took() {
        // As measured in release builds on two cores (docs/performance.md); the ensemble on a day when they were 1.5 times
        // slower.
        let draws = [("draws", 20.into())];
        for (experiment, changes, slowness, took) in [
            ("builtin:g4-baseline", &[][..], 1.0, 148.0),
            ("builtin:uncertainty", &draws[..], 1.5, 2678.0 / 5.0),
            ("builtin:first-run", &[][..], 1.0, 4.3),
        ] {
            let seconds = told(experiment, changes, 2, slowness).seconds;
            assert!((1.0 / 1.5..1.5).contains(&(seconds / took)), "{experiment}: {seconds:.1} s told, {took} s taken");
        }
    }

    #[test]
    fn a_machine_of_half_the_speed_takes_twice_the_time_and_two_threads_less_than_one() {
        let small = [("scale", 0.002.into()), ("until", 2012.into())];
        let of = |threads, slowness| told("builtin:first-run", &small, threads, slowness).seconds;
        assert!((of(1, 2.0) / of(1, 1.0) - 2.0).abs() < 1e-9);
        assert!(of(2, 1.0) < of(1, 1.0));
        let slow = super::slowness(2, 1);
        assert!(slow.is_finite() && slow > 0.0, "{slow}");
    }

    #[test]
    fn what_a_run_tells_as_done_adds_up_to_the_whole() {
        use std::sync::Mutex;
        use std::sync::atomic::AtomicBool;

        use crate::experiment::{Conditions, Ending, Watch, run};

        #[derive(Default)]
        struct Told(Mutex<(f64, f64, Vec<usize>)>);
        impl Watch for Told {
            fn begins(&self, work: f64, seconds: f64) {
                assert!(seconds > 0.0);
                self.0.lock().expect("a lock").0 = work;
            }
            fn worked(&self, work: f64) {
                self.0.lock().expect("a lock").1 += work;
            }
            fn units(&self, kept: usize, of: usize) {
                assert_eq!(of, 3);
                self.0.lock().expect("a lock").2.push(kept);
            }
            fn says(&self, _: &str) {}
        }

        let text = "title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2011\noutcomes = [\"fit\"]\n\
            set = { \"founding.pool_size\" = 1000, \"founding.pool_years\" = 20 }\n[scenarios.a]\n[scenarios.b]\n\
            from = \"2009-07\"\nset = { \"transmission.kappa\" = 0.1 }\n[scenarios.c]\nfrom = \"2009-03\"\n\
            set = { \"interventions.nhv.level\" = \"full\" }\n";
        let text = crate::experiment::ExperimentText {
            name: "x".into(),
            place: "x.toml".into(),
            text: text.into(),
            folder: None,
        };
        let experiment = crate::experiment::load_text(text, &[], &Outcome::WORDS).expect("a sound experiment");
        let plan = Plan::of(experiment).expect("a plan");
        let folder = tempfile::tempdir().expect("a folder");
        let whole = [false, true].map(|full| {
            let (told, stop) = (Told::default(), AtomicBool::new(false));
            let conditions = Conditions { threads: None, stop: &stop, watch: &told, full };
            let store = Store::at(folder.path().join(full.to_string())).expect("a store");
            let forecast = Forecast::at(&plan, &store, 1, 1.0, full).expect("a forecast");
            assert_eq!(forecast.beside, usize::from(!full), "the scenario of a measure, and not that of kappa");
            let ending = run(&plan, &store, &conditions).expect("a run");
            assert!(matches!(ending, Ending::Whole(_)));
            let (all, done, kept) = told.0.into_inner().expect("a lock");
            assert!(all > 0.0 && (done / all - 1.0).abs() < 1e-9, "{done} of {all}");
            assert_eq!(kept, [0, 1, 2, 3]);
            all
        });
        assert!(whole[0] < whole[1], "{whole:?}");
    }
}
