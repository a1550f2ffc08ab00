//! An experiment with the settings of a program.

use std::num::NonZeroUsize;

use keten::config::Change;
use keten::error::{Errors, Result};
use keten::experiment::Forecast;
use keten::store::Store;
use keten::study;
use pyo3::prelude::*;

use crate::batch::Batch;
use crate::columns::Columns;
use crate::errors::raised;
use crate::results::Results;
use crate::watching::{self, Settings};
use crate::workers::on_threads;

/// An experiment and what is set in it.
#[pyclass(frozen, module = "keten._keten")]
pub(crate) struct Study {
    study: study::Study,
}

/// What a study will simulate, and what it takes.
#[pyclass(frozen, get_all, module = "keten._keten")]
pub(crate) struct Planned {
    /// Title of the experiment.
    title: String,
    /// Scenarios; under a variant `scenario@variant`.
    scenarios: Vec<String>,
    /// Parameter draws; 0 for central values.
    draws: usize,
    /// Replicates.
    replicates: u32,
    /// Distinct units.
    units: usize,
    /// Of these, units that are stored already.
    kept: usize,
    /// Persons at the start of a unit.
    persons: f64,
    /// Seconds on this machine.
    seconds: f64,
    /// Peak memory, in bytes.
    memory_bytes: f64,
    /// Disk space, in bytes.
    disk_bytes: f64,
    /// Remarks, for example settings without effect.
    notes: Vec<String>,
}

/// A key, its value as text, and where it is set.
type Setting = (String, String, String);

fn open(place: &str, text: Option<&str>, settings: &[Setting]) -> Result<study::Study> {
    let study = match text {
        Some(text) => study::Study::from_text(place, text),
        None => study::Study::open(place)?,
    };
    let (mut changes, mut faults) = (Vec::new(), Vec::new());
    for (key, value, place) in settings {
        match Change::from_text(key, value, place) {
            Ok(change) => changes.push(change),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(Errors(faults));
    }
    Ok(changes.into_iter().fold(study, study::Study::change))
}

#[pymethods]
impl Study {
    /// Opens the experiment at a place (a file, or `builtin:NAME`), or the one in `text`, of which `place` is the name.
    #[new]
    fn new(py: Python<'_>, place: &str, text: Option<&str>, settings: Vec<Setting>) -> PyResult<Study> {
        open(place, text, &settings).map(|study| Study { study }).map_err(|errors| raised(py, errors))
    }

    /// Remarks on the experiment, for example settings without effect.
    fn notes(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let notes = || Ok(self.study.plan()?.notes()?.iter().map(ToString::to_string).collect());
        py.detach(|| on_threads(notes)).map_err(|errors| raised(py, errors))
    }

    /// What a run into a folder will simulate.
    fn plan(&self, py: Python<'_>, out: &str, threads: Option<NonZeroUsize>, full: bool) -> PyResult<Planned> {
        let planned = || {
            let plan = self.study.plan()?;
            let forecast = Forecast::of(plan, &Store::at(out)?, threads, full)?;
            let file = &plan.experiment.file;
            Ok(Planned {
                title: file.title.clone(),
                scenarios: file.branches(),
                draws: file.draw_numbers().filter(|draw| *draw > 0).count(),
                replicates: forecast.replicates,
                units: forecast.units,
                kept: forecast.kept,
                persons: forecast.persons,
                seconds: forecast.seconds,
                memory_bytes: forecast.memory_bytes,
                disk_bytes: forecast.disk_bytes,
                notes: plan.notes()?.iter().map(ToString::to_string).collect(),
            })
        };
        py.detach(|| on_threads(planned)).map_err(|errors| raised(py, errors))
    }

    /// Runs the study into a folder of runs; see [`watching::run`].
    fn run(
        &self,
        py: Python<'_>,
        out: &str,
        threads: Option<NonZeroUsize>,
        full: bool,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Results> {
        watching::run(py, &self.study, out, &Settings { threads, full, progress }).map(Results::of)
    }

    /// The distribution of a parameter: central value, lowest and highest possible value, whether it is fixed, and its
    /// quantiles at some levels.
    fn prior(&self, py: Python<'_>, key: &str, levels: Vec<f64>) -> PyResult<(f64, f64, f64, bool, Vec<f64>)> {
        let prior = py.detach(|| on_threads(|| self.study.prior(key))).map_err(|errors| raised(py, errors))?;
        let (least, most) = prior.range();
        let quantile = |level: f64| if prior.is_fixed() { prior.value() } else { prior.quantile(level) };
        Ok((prior.value(), least, most, prior.is_fixed(), levels.into_iter().map(quantile).collect()))
    }

    /// Independent samples of some parameters: a column for each key.
    fn sample(&self, py: Python<'_>, keys: Vec<String>, samples: usize, seed: u64) -> PyResult<Batch> {
        let sampled = || {
            let names: Vec<&str> = keys.iter().map(String::as_str).collect();
            let values = self.study.sample(&names, samples, seed)?;
            let columns = values.columns();
            let all = names.iter().zip(columns).fold(Columns::default(), |all, (name, column)| {
                all.numbers(name, column.iter().map(|value| Some(*value)))
            });
            all.table()
        };
        py.detach(|| on_threads(sampled)).map(Batch::new).map_err(|errors| raised(py, errors))
    }
}
