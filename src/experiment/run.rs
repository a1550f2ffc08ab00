//! Running a plan: finds stored units, simulates the others, and assembles the run folder.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value as Json, json};

use crate::error::{Error, Errors, Kind, Result};
use crate::experiment::additions::Additions;
use crate::experiment::file::parts;
use crate::experiment::forecast::{self, Costs};
use crate::experiment::groups::{UnitGroup, distinct, groups, kept};
use crate::experiment::life;
use crate::experiment::machine::abreast;
use crate::experiment::plan::{Plan, Unit};
use crate::experiment::pools::Pools;
use crate::experiment::record;
use crate::experiment::watch::{Conditions, Doing, Stage};
use crate::store::{
    Assembled, Assembly, AtWork, Manifest, Place, Run, Scenario, Standing, Store, Unit as StoredUnit, UnitSink,
};
use crate::tables::Table;

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
    let _at_work = match live(plan, store, store, conditions)? {
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

/// Simulates the units of a plan that are not stored, and passes each to `sink`, which may write them in another way than
/// the store does by itself. No run folder is made. Returns how many are stored now, and how many the plan has.
///
/// # Errors
/// As [`run`].
pub fn work(plan: &Plan, store: &Store, sink: &dyn UnitSink, conditions: &Conditions<'_>) -> Result<(usize, usize)> {
    match live(plan, store, sink, conditions)? {
        Lived::Whole(_at_work) => Ok((distinct(plan), distinct(plan))),
        Lived::Stopped { kept, of } => Ok((kept, of)),
    }
}

/// Makes the run folder of a plan in a store from units by id, which may be those of another store. `threads` is recorded in
/// the manifest.
///
/// # Errors
/// As [`Store::assemble_from`].
pub fn assemble_from(
    plan: &Plan,
    store: &Store,
    units: &BTreeMap<String, StoredUnit>,
    threads: usize,
) -> Result<Assembled> {
    assembly(plan, threads, Instant::now(), |assembly| store.assemble_from(assembly, units))
}

/// The id of the run that a plan makes, and the name of its folder.
///
/// # Errors
/// As [`Plan::parameters`].
pub fn run_name(plan: &Plan) -> Result<(String, String)> {
    assembly(plan, 1, Instant::now(), |assembly| Ok((assembly.id(), assembly.folder_name())))
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
    match live(plan, store, store, conditions)? {
        Lived::Whole(_at_work) => {
            let manifest = assembly(plan, conditions.threads(), began, |assembly| store.account(assembly))?;
            Ok(Contents::Whole(Box::new(manifest)))
        }
        Lived::Stopped { .. } => Ok(Contents::Stopped),
    }
}

/// Simulates one unit of a plan in memory, with additions, and returns its tables in the order of the outcomes; they
/// have no column `scenario`. Nothing is stored: the hash of a unit does not cover what is added to it.
///
/// # Errors
/// Faults of the model's tables and of added processes; [`Kind::Interrupted`] when the caller asked to stop.
pub fn simulate(
    plan: &Plan,
    unit: &Unit,
    conditions: &Conditions<'_>,
    additions: &mut Additions<'_>,
) -> Result<Vec<Table>> {
    let group = UnitGroup { units: vec![unit], pool: &unit.pool, burns_in: true, full: true };
    let pools = Pools::of(&[], None, conditions.watch);
    rayon_pool(conditions.threads())?.install(|| {
        let mut found = Vec::new();
        life::live(plan, &group, &pools, conditions, additions, &mut |_, tables, _| {
            found = tables.to_vec();
            Ok(())
        })?;
        Ok(found)
    })
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
fn live(plan: &Plan, store: &Store, sink: &dyn UnitSink, conditions: &Conditions<'_>) -> Result<Lived> {
    store.prepare()?;
    let at_work = store.at_work();
    let threads = conditions.threads();
    let pool = rayon_pool(threads)?;
    let ready: BTreeSet<&str> = pool.install(|| kept(plan, store));
    let groups = groups(plan, store, &ready, conditions.full);
    let costs = Costs::of(plan);
    let slow = if groups.is_empty() { 1.0 } else { forecast::slowness(threads, forecast::SHORT) };
    let expected = forecast::seconds(plan, &groups, threads, slow);
    conditions.watch.begins(groups.iter().map(|group| costs.group(group)).sum(), expected);
    conditions.watch.units(ready.len(), distinct(plan));
    if !ready.is_empty() {
        conditions.watch.says(&format!("{} of {} units are kept already", ready.len(), distinct(plan)));
    }
    let lived = live_all(plan, (store, sink), conditions, &groups, ready.len(), pool);
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

/// Simulates all groups, in parallel as far as memory allows.
fn live_all(
    plan: &Plan,
    (store, sink): (&Store, &dyn UnitSink),
    conditions: &Conditions<'_>,
    groups: &[UnitGroup<'_>],
    ready: usize,
    whole: rayon::ThreadPool,
) -> Result<()> {
    let threads = conditions.threads();
    let all_kept = AtomicUsize::new(ready);
    let abreast = abreast(plan, groups, threads);
    let failed = AtomicBool::new(false);
    let faults: Mutex<Vec<(usize, Errors)>> = Mutex::new(Vec::new());
    let pools = Pools::of(groups, Some(store), conditions.watch);
    let left: Mutex<VecDeque<usize>> = Mutex::new((0..groups.len()).collect());
    let next = || {
        let mut left = left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let at = pools.next(&mut left, groups).filter(|_| !failed.load(Ordering::Relaxed))?;
        Some((at, groups.get(at)?))
    };
    let take_turns = |worker: &rayon::ThreadPool| {
        while let Some((at, group)) = next() {
            let mut keep = |unit: &Unit, tables: &[Table], account| {
                let seconds = sink.keep(&unit.id, tables, account)?.account.timings;
                conditions.watch.units(all_kept.fetch_add(1, Ordering::Relaxed) + 1, distinct(plan));
                tracing::info!(unit = %unit.id, scenario = unit.scenario, draw = unit.draw, replicate = unit.replicate,
                    burn_in_s = seconds.burn_in_s, founding_s = seconds.founding_s, months_s = seconds.months_s, "kept");
                Ok(())
            };
            if let Err(errors) =
                worker.install(|| life::live(plan, group, &pools, conditions, &mut Additions::default(), &mut keep))
            {
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
        let workers: Vec<rayon::ThreadPool> =
            (0..abreast).map(|worker| rayon_pool(share(worker))).collect::<Result<_>>()?;
        std::thread::scope(|scope| {
            for worker in &workers {
                scope.spawn(|| take_turns(worker));
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
