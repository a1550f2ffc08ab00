//! The conditions of a run, which do not change its results: threads, a wish to stop, and an observer of its progress.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Kind, Result};
use crate::experiment::machine::all_cores;

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
    /// Simulates every scenario in full, instead of beside its comparator.
    pub full: bool,
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

    pub(super) fn threads(&self) -> usize {
        self.threads.map_or_else(all_cores, NonZeroUsize::get)
    }
}
