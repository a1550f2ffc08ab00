//! A run beside the interpreter: another thread works, this one handles signals and shows the progress.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keten::error::{Errors, Kind};
use keten::experiment::{Conditions, Doing, Stage, Watch};
use keten::study::{self, Study};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

use crate::errors::raised;
use crate::workers::on_threads;

/// Time between two looks at signals and progress.
const BETWEEN: Duration = Duration::from_millis(50);

/// Technical settings of a run from Python.
pub(crate) struct Settings<'py> {
    /// Threads; all cores without it.
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// Simulates every scenario in full.
    pub(crate) full: bool,
    /// Called with the share of the work that is done, the number of units stored and of all, and the present activity.
    pub(crate) progress: Option<Bound<'py, PyAny>>,
}

/// How far a run is.
#[derive(Clone, Default)]
struct Standing {
    total: f64,
    worked: f64,
    kept: usize,
    of: usize,
    doing: String,
}

#[derive(Default)]
struct Observer {
    standing: Mutex<Standing>,
}

impl Observer {
    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Observer {
    fn begins(&self, work: f64, _: f64) {
        self.standing().total = work;
    }

    fn worked(&self, work: f64) {
        self.standing().worked += work;
    }

    fn units(&self, kept: usize, of: usize) {
        let mut standing = self.standing();
        (standing.kept, standing.of) = (kept, of);
    }

    fn doing(&self, what: &Doing<'_>) {
        let stage = match what.stage {
            Stage::Pool => "burn-in population".to_owned(),
            Stage::Founding => "population of 2008".to_owned(),
            Stage::Year(year) => year.to_string(),
            Stage::Writing => "writing tables".to_owned(),
            Stage::Assembling => "assembling the run".to_owned(),
        };
        self.standing().doing = match what.scenario {
            Some(scenario) => format!("{scenario}, {stage}"),
            None => stage,
        };
    }

    fn says(&self, _: &str) {}
}

/// Set when the run has ended.
#[derive(Default)]
struct End {
    ended: Mutex<bool>,
    waiting: Condvar,
}

impl End {
    fn reached(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.waiting.notify_all();
    }

    /// Waits a little; returns whether the run has ended.
    fn wait(&self) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.waiting.wait_timeout_while(ended, BETWEEN, |ended| !*ended);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Tells that the run has ended, also after a panic.
struct Ends<'a>(&'a End);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.reached();
    }
}

/// Runs a study into a folder. The interpreter is released. A signal whose handler raises, such as Ctrl-C, stops the
/// run after the current month, and so does an exception of `progress`; units that are complete are stored.
///
/// # Errors
/// Faults of the run as `keten.Error`; the exception of the handler or of `progress`.
pub(crate) fn run(py: Python<'_>, study: &Study, out: &str, settings: &Settings<'_>) -> PyResult<study::Results> {
    let (stop, observer, end) = (AtomicBool::new(false), Observer::default(), End::default());
    // The callback stays on this thread.
    let (threads, full) = (settings.threads, settings.full);
    let work = || {
        let _ends = Ends(&end);
        on_threads(|| study.plan().map(|_| ()))?;
        study.run_watched(out, &Conditions { threads, stop: &stop, watch: &observer, full })
    };
    let mut exception: Option<PyErr> = None;
    let ending = std::thread::scope(|scope| {
        let worker = scope.spawn(work);
        loop {
            let ended = py.detach(|| end.wait());
            if exception.is_none()
                && let Err(raised) = py.check_signals().and_then(|()| show(&observer, settings.progress.as_ref()))
            {
                stop.store(true, Ordering::Relaxed);
                exception = Some(raised);
            }
            if ended {
                break;
            }
        }
        py.detach(|| worker.join())
    });
    let ending = ending.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    match (exception, ending) {
        (Some(exception), Err(errors)) if exception.is_instance_of::<PyKeyboardInterrupt>(py) && stopped(&errors) => {
            Err(PyKeyboardInterrupt::new_err(errors.to_string()))
        }
        (Some(exception), _) => Err(exception),
        (None, Ok(results)) => Ok(results),
        (None, Err(errors)) => Err(raised(py, errors)),
    }
}

fn stopped(errors: &Errors) -> bool {
    errors.0.iter().all(|error| error.kind == Kind::Interrupted)
}

fn show(observer: &Observer, progress: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let Some(progress) = progress else { return Ok(()) };
    let standing = observer.standing().clone();
    let share = if standing.total > 0.0 { (standing.worked / standing.total).min(1.0) } else { 0.0 };
    progress.call1((share, standing.kept, standing.of, standing.doing)).map(|_| ())
}
