//! The library in four calls: open an experiment, set what differs, run it, and read its tables.
//!
//! Every function here is concrete: what reads models and experiments is compiled once, in the library, and not again in
//! each program that uses it. Settings are texts and numbers as after `--set` on the command line.
//!
//! ```no_run
//! use keten::study::Study;
//! let run = Study::open("builtin:demo")?.set("scale", &0.005)?.set("until", &2018)?.run("runs")?;
//! let births = run.table("yearly")?.only("city", "G4")?.array("births")?;
//! println!("{} births, in all scenarios and draws", births.sum());
//! let effect = run.effect("pregnancy-support", "children_maltreated")?;
//! println!("{:+.0} years of maltreatment; 95 % interval {:?}", effect.difference, effect.limits);
//! # Ok::<(), keten::error::Errors>(())
//! ```
//!
//! [`Study::unit`] simulates one unit in memory, with processes and observers of the program's own. [`Study::prior`] and
//! [`Study::sample`] sample uncertain parameters.

mod frame;
mod results;
mod unit;

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use ndarray::Array2;
use rand_distr::Distribution;

use crate::config::{Change, Prior};
use crate::error::{Error, Errors, Kind, Result};
use crate::experiment::{self, Conditions, Ending, ExperimentText, Plan, Quiet};
use crate::random::Luck;
use crate::store::Store;

pub use frame::Frame;
pub use results::Results;
pub use unit::{UnitSimulation, UnitTables};

/// An experiment with the settings of a program, before it runs.
#[derive(Debug)]
pub struct Study {
    text: ExperimentText,
    changes: Vec<Change>,
    threads: Option<NonZeroUsize>,
    /// The plan, once it is asked for.
    plan: OnceLock<Plan>,
}

impl Study {
    /// Opens an experiment file, or `builtin:NAME`; for a name that is not built in, the error lists those that are.
    ///
    /// # Errors
    /// A file that is missing or is not text; a name that is not built in. Faults in the file are found when it is
    /// planned or run.
    pub fn open(place: &str) -> Result<Study> {
        Ok(Study::of(ExperimentText::open(place)?))
    }

    /// A study from the text of an experiment; `name` stands in the name of the run folder. The model must be built in
    /// (`model = "builtin:NAME"`).
    pub fn from_text(name: &str, text: &str) -> Study {
        Study::of(ExperimentText { name: name.into(), place: format!("{name}.toml"), text: text.into(), folder: None })
    }

    fn of(text: ExperimentText) -> Study {
        Study { text, changes: Vec::new(), threads: None, plan: OnceLock::new() }
    }

    /// Sets a key of the experiment or of the model in all scenarios, as `--set key=value` does; of two settings of one
    /// key the later holds. The value is written as in a TOML file: a number, a word, or for example `["yearly"]`.
    ///
    /// # Errors
    /// A key that is not dotted, or a value that cannot be read. Whether experiment and model have the key is checked
    /// when the study is planned or run, together with all other settings.
    pub fn set(self, key: &str, value: &dyn Display) -> Result<Study> {
        Ok(self.change(Change::from_text(key, &value.to_string(), "Study::set")?))
    }

    /// Applies a change that the program read itself, as [`Study::set`] does; messages name the place that it carries.
    #[must_use]
    pub fn change(mut self, change: Change) -> Study {
        self.changes.retain(|earlier| earlier.key != change.key);
        self.changes.push(change);
        self.plan = OnceLock::new();
        self
    }

    /// Sets the number of threads; all cores without it. It changes no result.
    #[must_use]
    pub fn threads(mut self, threads: NonZeroUsize) -> Study {
        self.threads = Some(threads);
        self
    }

    /// The units of the study, and the experiment with its model.
    ///
    /// # Errors
    /// Every fault of the experiment, the model and the settings, each with its place and remedy.
    pub fn plan(&self) -> Result<&Plan> {
        if let Some(plan) = self.plan.get() {
            return Ok(plan);
        }
        let plan = experiment::plan_text(self.text.clone(), &self.changes)?;
        Ok(self.plan.get_or_init(|| plan))
    }

    /// Runs the study into a folder of runs. Units that are stored there already are not simulated again.
    ///
    /// # Errors
    /// As [`Study::plan`]; a disk that is full, read-only or failing.
    pub fn run(&self, folder: &str) -> Result<Results> {
        self.run_watched(
            folder,
            &Conditions { threads: self.threads, stop: &AtomicBool::new(false), watch: &Quiet, full: false },
        )
    }

    /// The same under conditions of the caller: threads, an observer of the progress, and a flag that stops the run.
    ///
    /// # Errors
    /// As [`Study::run`]; [`Kind::Interrupted`] when the flag stopped it. Units that are complete are stored, and a
    /// later run goes on from there.
    pub fn run_watched(&self, folder: &str, conditions: &Conditions<'_>) -> Result<Results> {
        match experiment::run(self.plan()?, &Store::at(folder)?, conditions)? {
            Ending::Whole(run) => Ok(Results::of(*run)),
            Ending::Stopped { kept, of } => {
                let what = format!("stopped; {kept} of {of} units are stored");
                let cure = "run the study again: it goes on from the stored units";
                Err(Error::new(Kind::Interrupted, what, cure).in_file(folder, None).into())
            }
        }
    }

    /// One unit of the study, to be simulated in memory: a scenario under the first parameter draw (central values without
    /// draws) and replicate 1.
    ///
    /// # Errors
    /// As [`Study::plan`].
    pub fn unit(&self, scenario: &str) -> Result<UnitSimulation<'_>> {
        Ok(UnitSimulation::new(self.plan()?, scenario, self.threads))
    }

    /// The distribution of an uncertain parameter by its passport, for a program that samples parameters itself.
    /// Settings of the study do not change it.
    ///
    /// # Errors
    /// As [`Study::plan`] and [`Prior::of`].
    pub fn prior(&self, key: &str) -> Result<Prior> {
        Prior::of(&self.plan()?.experiment.merged, key)
    }

    /// Independent samples of some parameters: a row for each sample, a column for each key. The column of a key
    /// depends on the seed and on that key only.
    ///
    /// # Errors
    /// As [`Study::prior`], for all keys at once.
    pub fn sample(&self, keys: &[&str], samples: usize, seed: u64) -> Result<Array2<f64>> {
        let mut values = Array2::zeros((samples, keys.len()));
        let mut faults = Vec::new();
        for (key, mut column) in keys.iter().zip(values.columns_mut()) {
            match self.prior(key) {
                Ok(prior) => {
                    let mut rng = Luck::new(seed, 0, 0).keyed_rng(subject(key), 0);
                    column.iter_mut().for_each(|value| *value = prior.sample(&mut rng));
                }
                Err(errors) => faults.extend(errors.0),
            }
        }
        if faults.is_empty() { Ok(values) } else { Err(Errors(faults)) }
    }
}

/// The address of a parameter among random numbers.
fn subject(key: &str) -> u64 {
    let mut bytes = [0_u8; 8];
    bytes.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}
