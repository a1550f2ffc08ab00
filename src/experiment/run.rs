//! Running a plan: finds stored units, simulates the others, and assembles the run folder.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value as Json, json};

use crate::error::{Error, Errors, Kind, Result};
use crate::experiment::file::parts;
use crate::experiment::forecast::{self, Costs, panel_memory};
use crate::experiment::life;
use crate::experiment::plan::{Plan, Unit};
use crate::experiment::reading::memory_estimate;
use crate::experiment::record;
use crate::store::{Assembled, Assembly, AtWork, Manifest, Place, Run, Scenario, Standing, Store};
use crate::world::Month;

/// Observer of a run, such as a progress bar.
pub trait Watch: Sync {
    /// Called once with the total work, in the core-seconds of a forecast, and the expected seconds.
    fn begins(&self, work: f64, seconds: f64);
    /// Called when a part of the work is done.
    fn worked(&self, work: f64);
    /// Called with the number of units stored so far, and of all.
    fn units(&self, _kept: usize, _of: usize) {}
    /// Called when the activity changes.
    fn doing(&self, _what: &Doing<'_>) {}
    /// Called with a message, for example that a unit was stored.
    fn says(&self, what: &str);
}

/// A stage of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The closed burn-in population is simulated, to provide families and histories.
    Pool,
    /// The population of January 2008 is created.
    Founding,
    /// A year is simulated.
    Year(i32),
    /// The tables of a unit are written.
    Writing,
    /// The run folder is assembled from all units.
    Assembling,
}

/// Current activity of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doing<'a> {
    /// The stage.
    pub stage: Stage,
    /// The scenario; `None` while several share their past, or when all are concerned.
    pub scenario: Option<&'a str>,
    /// Number of the parameter draw, 0 for central values.
    pub draw: u32,
    /// Number of the replicate.
    pub replicate: u32,
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Watch for Quiet {
    fn begins(&self, _: f64, _: f64) {}
    fn worked(&self, _: f64) {}
    fn says(&self, _: &str) {}
}

/// Technical settings of a run; none of them changes its results.
#[derive(Clone, Copy)]
pub struct Conditions<'a> {
    /// Threads to use; all cores when not given.
    pub threads: Option<NonZeroUsize>,
    /// Set to true by the caller to stop the run after the current month.
    pub stop: &'a AtomicBool,
    /// Observer of the run.
    pub watch: &'a dyn Watch,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// All units are stored and the run folder is complete.
    Whole(Box<Run>),
    /// Stopped by the caller; the same command continues from the stored units.
    Stopped {
        /// Units stored, including those found at the start.
        kept: usize,
        /// Units of the plan.
        of: usize,
    },
}

impl Conditions<'_> {
    /// Whether the run may go on.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the run was asked to stop.
    pub(super) fn go_on(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Interrupted, "stopped", "run the same command again").into());
        }
        Ok(())
    }

    fn threads(&self) -> usize {
        self.threads.map_or_else(all_cores, NonZeroUsize::get)
    }
}

/// Threads that the machine offers.
pub(super) fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// From this scale on, one population uses the whole machine: units run one after another, each on all threads.
const LARGE: f64 = 0.2;
/// Share of the free memory that a run may use.
const MEMORY_SHARE: f64 = 0.7;

/// Runs a plan into a store.
///
/// Stored units are not simulated again. Units with a common past simulate it once. A complete run folder is left
/// unchanged.
///
/// # Errors
/// Faults of the model's tables; a full, read-only or failing disk; a folder in the way that is not this run.
pub fn run(plan: &Plan, store: &Store, conditions: &Conditions<'_>) -> Result<Ending> {
    let began = Instant::now();
    // Other processes see that a run is active until the run folder is complete.
    let _at_work = match live(plan, store, conditions)? {
        Lived::Whole(at_work) => at_work,
        Lived::Stopped { kept, of } => return Ok(Ending::Stopped { kept, of }),
    };
    conditions.watch.doing(&Doing { stage: Stage::Assembling, scenario: None, draw: 0, replicate: 0 });
    let Assembled { run, standing } = assembly(plan, conditions.threads(), began, |assembly| store.assemble(assembly))?;
    match standing {
        Standing::Made => {}
        Standing::AsItWas => {
            let folder = run.folder().display();
            conditions.watch.says(&format!("{folder} is complete: nothing was written again"));
        }
        Standing::Repaired(files) => {
            let (folder, files) = (run.folder().display(), files.join(", "));
            conditions.watch.says(&format!("{folder} was incomplete: {files} written again, nothing else changed"));
        }
    }
    Ok(Ending::Whole(Box::new(run)))
}

/// Result of a plan that was run for its content hashes only.
#[derive(Clone, Debug)]
pub enum Contents {
    /// All units are stored; the manifest of the run that they would form, without hashes of files.
    Whole(Box<Manifest>),
    /// Stopped by the caller.
    Stopped,
}

/// Runs a plan into a store for its content hashes: no run folder is created.
///
/// # Errors
/// As [`run`].
pub fn contents(plan: &Plan, store: &Store, conditions: &Conditions<'_>) -> Result<Contents> {
    let began = Instant::now();
    match live(plan, store, conditions)? {
        Lived::Whole(_at_work) => {
            let manifest = assembly(plan, conditions.threads(), began, |assembly| store.account(assembly))?;
            Ok(Contents::Whole(Box::new(manifest)))
        }
        Lived::Stopped { .. } => Ok(Contents::Stopped),
    }
}

/// Number of units of a plan that are stored, and of all.
pub fn kept_of(plan: &Plan, store: &Store) -> (usize, usize) {
    (kept(plan, store).len(), distinct(plan))
}

/// Result of simulating the units of a plan.
enum Lived {
    /// All are stored; other processes see that a run is active as long as this value exists.
    Whole(Option<AtWork>),
    /// Stopped by the caller.
    Stopped { kept: usize, of: usize },
}

/// Simulates the units of a plan that are not stored.
fn live(plan: &Plan, store: &Store, conditions: &Conditions<'_>) -> Result<Lived> {
    store.prepare()?;
    let at_work = store.at_work();
    let threads = conditions.threads();
    let pool = rayon_pool(threads)?;
    let ready: BTreeSet<&str> = pool.install(|| kept(plan, store));
    let groups = groups(plan, &ready);
    let costs = Costs::of(plan);
    let slow = if groups.is_empty() { 1.0 } else { forecast::slowness(threads, forecast::SHORT) };
    let expected = forecast::seconds(plan, &groups, threads, slow);
    conditions.watch.begins(groups.iter().map(|group| costs.group(group)).sum(), expected);
    conditions.watch.units(ready.len(), distinct(plan));
    if !ready.is_empty() {
        conditions.watch.says(&format!("{} of {} units are kept already", ready.len(), distinct(plan)));
    }
    let lived = live_all(plan, store, conditions, &groups, ready.len(), pool);
    if let Err(errors) = lived {
        if errors.0.iter().all(|error| error.kind == Kind::Interrupted) {
            return Ok(Lived::Stopped { kept: kept(plan, store).len(), of: distinct(plan) });
        }
        return Err(errors);
    }
    Ok(Lived::Whole(at_work))
}

fn rayon_pool(threads: usize) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|cause| {
        Error::new(Kind::Internal, format!("{threads} threads cannot be started: {cause}"), "give fewer --threads")
            .into()
    })
}

pub(super) fn distinct(plan: &Plan) -> usize {
    plan.units.iter().map(|unit| unit.id.as_str()).collect::<BTreeSet<_>>().len()
}

/// Ids of the units that are stored and undamaged.
pub(super) fn kept<'a>(plan: &'a Plan, store: &Store) -> BTreeSet<&'a str> {
    plan.units.iter().filter(|unit| store.find(&unit.id).is_some()).map(|unit| unit.id.as_str()).collect()
}

/// Units still to be simulated, each id once, grouped by common past.
pub(super) fn groups<'a>(plan: &'a Plan, ready: &BTreeSet<&str>) -> Vec<Vec<&'a Unit>> {
    let mut seen = ready.clone();
    let mut groups: Vec<Vec<&Unit>> = Vec::new();
    let mut by_past: BTreeMap<&str, usize> = BTreeMap::new();
    for unit in &plan.units {
        if !seen.insert(unit.id.as_str()) {
            continue;
        }
        let at = *by_past.entry(&unit.past).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(unit),
            None => groups.push(vec![unit]),
        }
    }
    groups
}

/// Number of groups that may be simulated in parallel.
pub(super) fn abreast(plan: &Plan, groups: &[Vec<&Unit>], threads: usize) -> usize {
    let file = &plan.experiment.file;
    if file.scale >= LARGE {
        return 1;
    }
    let each = memory_of_group(plan, groups);
    let fit = free_memory_bytes().map_or(usize::MAX, |free| (free as f64 * MEMORY_SHARE / each) as usize);
    threads.min(groups.len()).min(fit).max(1)
}

/// Largest memory of a group, in bytes: a population at the end and, where units branch, the copy of their common past.
pub(super) fn memory_of_group(plan: &Plan, groups: &[Vec<&Unit>]) -> f64 {
    let (persons, outcomes) = (plan.persons(), &plan.outcomes[..]);
    let years = |month: Month| f64::from(month.since(Month(0))) / 12.0;
    let branching = groups.iter().filter(|group| group.len() > 1).flatten().filter_map(|unit| unit.from).max();
    let past = branching
        .map_or(0.0, |month| memory_estimate(persons, years(month), outcomes) - memory_estimate(0.0, 0.0, outcomes));
    memory_estimate(persons, years(plan.end()), outcomes) + past + panel_memory(plan)
}

/// Memory available for new work, in bytes; `None` if the system does not report it (Linux does).
pub(super) fn free_memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Simulates all groups, in parallel as far as memory allows.
fn live_all(
    plan: &Plan,
    store: &Store,
    conditions: &Conditions<'_>,
    groups: &[Vec<&Unit>],
    ready: usize,
    whole: rayon::ThreadPool,
) -> Result<()> {
    let threads = conditions.threads();
    let all_kept = AtomicUsize::new(ready);
    let abreast = abreast(plan, groups, threads);
    let failed = AtomicBool::new(false);
    let faults: Mutex<Vec<(usize, Errors)>> = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let take_turns = |pool: &rayon::ThreadPool| {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(group) = groups.get(at).filter(|_| !failed.load(Ordering::Relaxed)) else { break };
            let mut keep = |unit: &Unit, tables: &[crate::table::Table], account| {
                let kept = store.keep(&unit.id, tables, account)?;
                let seconds = kept.record.account.timings;
                conditions.watch.units(all_kept.fetch_add(1, Ordering::Relaxed) + 1, distinct(plan));
                tracing::info!(unit = %unit.id, scenario = unit.scenario, draw = unit.draw, replicate = unit.replicate,
                    burn_in_s = seconds.burn_in_s, founding_s = seconds.founding_s, months_s = seconds.months_s, "kept");
                Ok(())
            };
            if let Err(errors) = pool.install(|| life::live(plan, group, conditions, &mut keep)) {
                failed.store(true, Ordering::Relaxed);
                faults.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, errors));
                break;
            }
        }
    };
    if abreast == 1 {
        take_turns(&whole);
    } else {
        drop(whole);
        let share = |worker: usize| threads / abreast + usize::from(worker < threads % abreast);
        let pools: Vec<rayon::ThreadPool> =
            (0..abreast).map(|worker| rayon_pool(share(worker))).collect::<Result<_>>()?;
        std::thread::scope(|scope| {
            for pool in &pools {
                scope.spawn(|| take_turns(pool));
            }
        });
    }
    let mut faults = faults.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    faults.sort_by_key(|(at, _)| *at);
    // Other faults are reported before an interruption.
    faults.sort_by_key(|(_, errors)| errors.0.iter().all(|error| error.kind == Kind::Interrupted));
    faults.into_iter().next().map_or(Ok(()), |(_, errors)| Err(errors))
}

/// Collects the inputs of a run folder.
fn assembly<T>(
    plan: &Plan,
    threads: usize,
    began: Instant,
    take: impl FnOnce(&Assembly<'_>) -> Result<T>,
) -> Result<T> {
    let experiment = &plan.experiment;
    let scenario = |name: &str| Scenario {
        name: name.to_owned(),
        label: experiment.file.scenarios.get(parts(name).0).and_then(|scenario| scenario.label.clone()),
    };
    let scenarios: Vec<Scenario> = experiment.file.branches().iter().map(|name| scenario(name)).collect();
    let place = |unit: &Unit| Place {
        scenario: unit.scenario.clone(),
        draw: unit.draw,
        replicate: unit.replicate,
        unit: unit.id.clone(),
    };
    let places: Vec<Place> = plan.units.iter().map(place).collect();
    let config: Json = json!(record::Reading::of(experiment));
    let parameters = plan.parameters()?;
    take(&Assembly {
        experiment: &experiment.name,
        title: &experiment.file.title,
        commit: option_env!("KETEN_COMMIT").filter(|commit| !commit.is_empty()),
        seed: experiment.file.seed,
        threads,
        scenarios: &scenarios,
        config: &config,
        parameters: &parameters,
        plan: &places,
        schemas: &plan.schemas(),
        wall_s: began.elapsed().as_secs_f64(),
    })
}
