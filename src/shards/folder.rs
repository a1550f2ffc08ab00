//! The plan folder: writing, opening and checking it.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::script::script;
use super::settings::{LOGS, PlanSettings, ShardEstimate};
use crate::error::{Error, Errors, Kind, Result};
use crate::experiment::{self, Experiment, Plan, Reading, WorkShare};
use crate::model::ModelFile;
use crate::store::{KETEN_VERSION, Place, Store, new_folder, read_sealed, write_sealed, write_whole};

/// Version of the layout of plan folders.
const LAYOUT: u32 = 1;
const PLAN: &str = "plan.json";
const SHARDS: &str = "shards";
const LOCKS: &str = "locks";

/// The file `plan.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct PlanFile {
    /// Version of the layout.
    layout: u32,
    /// Id of the run that the plan makes.
    id: String,
    /// Name of its folder.
    run: String,
    /// Version of keten that planned.
    keten_version: String,
    /// What identifies the program: see [`experiment::program`].
    program: String,
    /// Name of the experiment.
    experiment: String,
    /// Where its file was.
    place: String,
    /// Number of distinct units.
    units: usize,
    threads: usize,
    full: bool,
    store: Option<PathBuf>,
    shards: Vec<ShardEstimate>,
    /// The experiment with its model: a [`Reading`].
    config: Value,
}

/// The file of a shard.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ShardFile {
    /// Id of the run.
    plan: String,
    /// Number of the shard, from 1.
    shard: usize,
    /// Number of all shards.
    of: usize,
    /// Its units.
    units: Vec<Place>,
}

/// A plan folder that was opened and checked.
#[derive(Clone, Debug)]
pub struct PlanFolder {
    path: PathBuf,
    file: PlanFile,
}

/// Divides a plan into shards and writes the plan folder, which must not exist yet or be empty.
///
/// # Errors
/// More shards than groups of units; a folder in the way; a full, read-only or failing disk.
pub fn write_plan(plan: &Plan, folder: &Path, settings: &PlanSettings) -> Result<PlanFolder> {
    let shares = experiment::shares(plan, settings.shards, settings.threads, settings.full)?;
    let (id, run) = experiment::run_name(plan)?;
    // A short measurement; a plan is the same without it but for the seconds.
    let slowness = experiment::slowness(settings.threads.min(64), 3);
    let file = PlanFile {
        layout: LAYOUT,
        id: id.clone(),
        run,
        keten_version: KETEN_VERSION.into(),
        program: experiment::program(),
        experiment: plan.experiment.name.clone(),
        place: plan.experiment.place.clone(),
        units: shares.iter().map(|share| share.units.len()).sum(),
        threads: settings.threads,
        full: settings.full,
        store: settings.store.clone(),
        shards: shares.iter().map(|share| estimate(share, slowness)).collect(),
        config: json!(Reading::of(&plan.experiment)),
    };
    new_folder(folder, |draft| {
        for inner in [SHARDS, LOCKS, LOGS] {
            fs::create_dir(draft.join(inner)).map_err(|cause| Error::io(draft.join(inner), &cause))?;
        }
        for (at, share) in shares.iter().enumerate() {
            let units = share.units.iter().map(|unit| Place {
                scenario: unit.scenario.clone(),
                draw: unit.draw,
                replicate: unit.replicate,
                unit: unit.id.clone(),
            });
            let shard = ShardFile { plan: id.clone(), shard: at + 1, of: shares.len(), units: units.collect() };
            write_sealed(&draft.join(shard_file(at + 1)), &shard)?;
        }
        if let Some(launcher) = settings.launcher {
            let place = absolute(folder)?;
            let text = script(launcher, &place, &id, &file.shards, settings);
            write_whole(&draft.join(launcher.file()), text.as_bytes())?;
        }
        write_sealed(&draft.join(PLAN), &file)
    })?;
    Ok(PlanFolder { path: folder.into(), file })
}

/// The absolute path of a folder that need not exist.
fn absolute(folder: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(folder).map_err(|cause| Error::io(folder, &cause))?)
}

fn estimate(share: &WorkShare<'_>, slowness: f64) -> ShardEstimate {
    ShardEstimate {
        units: share.units.len(),
        groups: share.groups,
        core_seconds: share.core_seconds,
        seconds: share.seconds * slowness,
        memory_bytes: share.memory_bytes,
    }
}

/// Name of the file of a shard in the plan folder.
fn shard_file(shard: usize) -> PathBuf {
    Path::new(SHARDS).join(format!("{shard:04}.json"))
}

/// Reads a file of a plan folder, whose seal must agree.
fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    const CURE: &str = "plan the experiment again, in a new folder: stored units are not simulated again";
    let with_cure = |error: Error| Error { cure: CURE.into(), ..error };
    match read_sealed::<T>(path) {
        Ok((file, true)) => Ok(file),
        Ok((_, false)) => {
            let what = "changed or damaged since it was written";
            Err(Error::data(what, CURE).in_file(path.display().to_string(), None).into())
        }
        Err(Errors(errors)) => Err(Errors(errors.into_iter().map(with_cure).collect())),
    }
}

impl PlanFolder {
    /// Opens a plan folder, and checks that this program may work on it.
    ///
    /// # Errors
    /// A folder that is no plan; a damaged plan; one that another version of keten made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<PlanFolder> {
        let path = folder.into();
        let place = path.join(PLAN);
        if !place.is_file() {
            let cure = "make one with keten plan EXPERIMENT --shards N --out PLAN";
            return Err(Error::new(Kind::Missing, "no plan is here", cure)
                .in_file(place.display().to_string(), None)
                .into());
        }
        // Another version may have other entries, so these are looked at first.
        let value: Value = read(&place)?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or("unknown").to_owned();
        if value.get("layout") != Some(&json!(LAYOUT)) || text("program") != experiment::program() {
            let (made, this) = (text("keten_version"), KETEN_VERSION);
            let what = format!(
                "made by keten {} (sources {}), and this is keten {this} (sources {}): their units must not be mixed",
                made.escape_debug(),
                short(&text("program")),
                short(&experiment::program()),
            );
            let cure = "use the program that made the plan on every machine, or plan again with this one";
            return Err(Error::data(what, cure).in_file(place.display().to_string(), None).into());
        }
        let file: PlanFile = read(&place)?;
        Ok(PlanFolder { path, file })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Id of the run that the plan makes.
    pub fn id(&self) -> &str {
        &self.file.id
    }

    /// Name of the run folder that the plan makes.
    pub fn run(&self) -> &str {
        &self.file.run
    }

    /// Number of units of all shards.
    pub fn units(&self) -> usize {
        self.file.units
    }

    /// Threads of a worker that the estimates assume.
    pub fn threads(&self) -> usize {
        self.file.threads
    }

    /// Whether every scenario is simulated in full.
    pub fn full(&self) -> bool {
        self.file.full
    }

    /// The estimates of the shards, in order.
    pub fn shards(&self) -> &[ShardEstimate] {
        &self.file.shards
    }

    /// The folder in which the workers store units: `given`, or that of the plan.
    ///
    /// # Errors
    /// As [`Store::at`].
    pub fn store(&self, given: Option<&Path>) -> Result<Store> {
        let own = || self.file.store.clone().unwrap_or_else(|| self.path.join("store"));
        Store::at(given.map_or_else(own, Path::to_path_buf))
    }

    /// The units of a shard, numbered from 1.
    ///
    /// # Errors
    /// A number without a shard; a file that is missing, damaged, or of another plan.
    pub fn shard(&self, shard: usize) -> Result<Vec<Place>> {
        let of = self.file.shards.len();
        if shard == 0 || shard > of {
            let cure = format!("give a shard from 1 to {of}");
            return Err(Error::data(format!("the plan has no shard {shard}"), cure).at_key("--shard").into());
        }
        let path = self.path.join(shard_file(shard));
        let file: ShardFile = read(&path)?;
        if (file.plan.as_str(), file.shard, file.of) != (self.id(), shard, of) {
            let cure = "plan the experiment again, in a new folder: stored units are not simulated again";
            let what = format!("this is shard {} of {} of another plan", file.shard, file.of);
            return Err(Error::data(what, cure).in_file(path.display().to_string(), None).into());
        }
        Ok(file.units)
    }

    /// The experiment that was planned.
    ///
    /// # Errors
    /// Cannot occur for a plan of this program.
    pub fn experiment(&self) -> Result<Experiment<ModelFile>> {
        let place = self.path.join(PLAN).display().to_string();
        let reading = Reading::deserialize(&self.file.config).map_err(|cause| {
            Error::data(format!("its experiment cannot be read: {cause}"), "plan again").in_file(&place, None)
        })?;
        let experiment = reading.experiment(&self.file.experiment, &place)?;
        Ok(Experiment { place: self.file.place.clone(), ..experiment })
    }

    /// Name of the packs of a shard, without their number.
    pub(super) fn label(&self, shard: usize) -> String {
        format!("p{}-{shard:04}", self.id().get(..8).unwrap_or_default())
    }

    /// Locks a shard for as long as the value exists or the process lives. `None` where files cannot be locked or written:
    /// two workers on one shard are a waste, and nothing worse.
    ///
    /// # Errors
    /// Another process has the lock.
    pub(super) fn lock(&self, shard: usize) -> Result<Option<File>> {
        const TRIES: usize = 20;
        let path = self.lock_file(shard);
        let Ok(file) = File::options().create(true).append(true).open(&path) else { return Ok(None) };
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::Error(_)) => return Ok(None),
                // `states` holds the lock for a moment.
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
        let what = format!("another process is at work on shard {shard}");
        let cure = "wait until it has finished; its lock ends with it, even when it is killed";
        Err(Error::new(Kind::Io, what, cure).in_file(path.display().to_string(), None).into())
    }

    /// Whether a worker on a machine that this one can see is at work on a shard.
    pub(super) fn is_locked(&self, shard: usize) -> bool {
        let Ok(file) = File::open(self.lock_file(shard)) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    fn lock_file(&self, shard: usize) -> PathBuf {
        self.path.join(LOCKS).join(format!("{shard:04}"))
    }
}

fn short(program: &str) -> String {
    let hash = program.split('-').next_back().unwrap_or_default();
    hash.chars().take(8).collect::<String>().escape_debug().to_string()
}
