//! `plan`, `work`, `status` and `collect`: one experiment on many machines.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use keten::error::{Error, Result};
use keten::experiment::{Conditions, ExperimentText};
use keten::shards::{self, Launcher, Objects, PlanFolder, PlanSettings, ShardEstimate, ShardState};
use keten::store::Store;
use serde_json::json;

use super::arguments::LanguageChoice;
use super::done::Done;
use super::progress::{LINES_EVERY, ProgressReport, RunParts, stop_on_interrupt};
use super::run::{plan, report, say_notes, stopped};
use super::runs::RUNS;
use super::shard_arguments::{CollectArguments, LauncherChoice, PlanArguments, StatusArguments, WorkArguments};
use super::talk::{Talk, duration};

/// `keten plan`
pub(super) fn plan_shards(what: &PlanArguments, talk: &Talk) -> Done {
    let plan = plan(ExperimentText::open(&what.experiment)?, &what.changing)?;
    say_notes(&plan, talk)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let settings = PlanSettings {
        shards: what.shards.get(),
        threads: what.threads.map_or(cores, std::num::NonZeroUsize::get),
        full: what.full,
        store: what.store.as_deref().map(absolute).transpose()?,
        launcher: what.launcher.map(launcher),
        partition: what.partition.clone(),
        // A job may start in a folder in which a relative path means something else.
        program: std::env::current_exe().unwrap_or_else(|_| "keten".into()),
    };
    let folder = shards::write_plan(&plan, &what.out, &settings)?;
    let of = |part: fn(&ShardEstimate) -> f64| folder.shards().iter().map(part);
    let (longest, memory) = (of(|it| it.seconds).fold(0.0, f64::max), of(|it| it.memory_bytes).fold(0.0, f64::max));
    let core_seconds: f64 = of(|it| it.core_seconds).sum();
    let place = folder.path().display();
    if talk.json {
        talk.line(json!({
            "plan": place.to_string(), "run": folder.run(), "id": folder.id(), "units": folder.units(),
            "threads": folder.threads(), "core_seconds": core_seconds, "shards": folder.shards(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    talk.line(&place);
    talk.line(format_args!(
        "  {} units in {} shards; they make {}",
        folder.units(),
        folder.shards().len(),
        folder.run()
    ));
    talk.line(format_args!(
        "  the longest shard takes about {} with {} threads, and {:.1} GB of memory; all take {} of one core",
        duration(longest),
        folder.threads(),
        memory / 1e9,
        duration(core_seconds),
    ));
    match settings.launcher {
        Some(launcher) => {
            let script = folder.path().join(launcher.file());
            let with = if launcher == Launcher::Slurm { "sbatch" } else { "bash" };
            talk.say(format_args!("next: {with} {}", script.display()));
        }
        None => talk.say(format_args!("next: keten work {place} --shard 1, and so on to {}", folder.shards().len())),
    }
    talk.say(format_args!("      keten status {place}"));
    talk.say(format_args!("      keten collect {place} --out {RUNS}"));
    Ok(ExitCode::SUCCESS)
}

fn launcher(choice: LauncherChoice) -> Launcher {
    match choice {
        LauncherChoice::Slurm => Launcher::Slurm,
        LauncherChoice::Hyperqueue => Launcher::HyperQueue,
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(path).map_err(|cause| Error::io(path, &cause))?)
}

/// The object store at an address.
#[cfg(feature = "objects")]
fn objects(address: &str) -> Result<Box<dyn Objects>> {
    Ok(Box::new(shards::ObjectFolder::at(address)?))
}

#[cfg(not(feature = "objects"))]
fn objects(address: &str) -> Result<Box<dyn Objects>> {
    let cure = "build keten with: cargo install --path . --locked --features objects";
    let what = format!("this keten was built without object stores, and cannot use {address}");
    Err(Error::data(what, cure).in_file("--objects", None).into())
}

/// Takes over what workers sent to an object store, if there is one.
fn fetch(folder: &PlanFolder, store: &Store, address: Option<&str>) -> Result<()> {
    let Some(address) = address else { return Ok(()) };
    shards::fetch_all(folder, store, &*objects(address)?).map(|_| ())
}

/// `keten work`
pub(super) fn work(what: &WorkArguments, talk: &Talk) -> Done {
    let folder = PlanFolder::open(&what.plan)?;
    let store = folder.store(what.store.as_deref())?;
    let parts = RunParts::unknown(LanguageChoice::En);
    let mut bar = ProgressReport::new(talk, what.progress.unwrap_or(LINES_EVERY), parts);
    let conditions = Conditions { threads: what.threads, stop: stop_on_interrupt()?, watch: &bar, full: false };
    let objects = what.objects.as_deref().map(objects).transpose()?;
    let done = shards::work(&folder, what.shard, &store, objects.as_deref(), &conditions);
    bar.done();
    let (kept, of) = done?;
    if talk.json {
        talk.line(
            json!({ "shard": what.shard, "done": kept, "units": of, "store": store.root().display().to_string() }),
        );
    }
    if kept < of {
        return Ok(stopped(kept, of, talk, LanguageChoice::En));
    }
    talk.say(format_args!("shard {} is done: {of} units are in {}", what.shard, store.root().display()));
    Ok(ExitCode::SUCCESS)
}

/// `keten status`
pub(super) fn status(what: &StatusArguments, talk: &Talk) -> Done {
    let folder = PlanFolder::open(&what.plan)?;
    let store = folder.store(what.store.as_deref())?;
    fetch(&folder, &store, what.objects.as_deref())?;
    let states = shards::states(&folder, &store)?;
    let (done, units) =
        (states.iter().map(|it| it.done).sum::<usize>(), states.iter().map(|it| it.units).sum::<usize>());
    let finished = states.iter().filter(|state| state.is_done()).count();
    if talk.json {
        talk.line(json!({
            "plan": folder.path().display().to_string(), "run": folder.run(), "units": units, "done": done, "shards": states,
        }));
    } else {
        talk.line(format_args!(
            "{finished} of {} shards are done, {done} of {units} units are stored",
            folder.shards().len()
        ));
        for state in states.iter().filter(|state| !state.is_done()) {
            let left = state.seconds * (state.units - state.done) as f64 / state.units.max(1) as f64;
            let at_work = if state.at_work { ", a worker is at work" } else { "" };
            talk.line(format_args!(
                "  shard {:<5} {:>6} of {:>6} units, about {} left{at_work}",
                state.shard,
                state.done,
                state.units,
                duration(left)
            ));
        }
    }
    if what.resubmit {
        return resubmit(&folder, &states, talk);
    }
    if finished == states.len() {
        talk.say(format_args!("next: keten collect {} --out {RUNS}", folder.path().display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Submits what nobody works on to Slurm.
fn resubmit(folder: &PlanFolder, states: &[ShardState], talk: &Talk) -> Done {
    let left: Vec<usize> =
        states.iter().filter(|state| !state.is_done() && !state.at_work).map(|it| it.shard).collect();
    let queued = shards::queued(folder);
    if queued.is_none() && !left.is_empty() {
        talk.say(
            "note: squeue does not answer; a shard that is in the queue already is submitted again, which does no harm",
        );
    }
    let queued = queued.unwrap_or_default();
    let left: Vec<usize> = left.into_iter().filter(|shard| !queued.contains(shard)).collect();
    if left.is_empty() {
        talk.say("nothing to submit: every shard is done, at work or in the queue");
        return Ok(ExitCode::SUCCESS);
    }
    let told = shards::submit(folder, &left)?;
    talk.say(format_args!("{} shards are submitted again: {told}", left.len()));
    Ok(ExitCode::SUCCESS)
}

/// `keten collect`
pub(super) fn collect(what: &CollectArguments, talk: &Talk) -> Done {
    let folder = PlanFolder::open(&what.plan)?;
    let store = folder.store(what.store.as_deref())?;
    let out = Store::at(what.out.as_deref().unwrap_or(Path::new(RUNS)))?;
    fetch(&folder, &store, what.objects.as_deref())?;
    let collected = shards::collect(&folder, &store, &out)?;
    report(&collected.run, talk);
    Ok(ExitCode::SUCCESS)
}
