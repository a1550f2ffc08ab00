//! The results of a run: its tables, and differences with intervals.

use std::path::Path;

use super::frame::Frame;
use crate::analysis::{self, EffectPlace, ScenarioEffect, ScenarioEffects};
use crate::error::{Error, Result};
use crate::stats::Ensemble;
use crate::stats::pairs::Mean;
use crate::store::Run;

/// A complete run, ready to be read.
#[derive(Clone, Debug)]
pub struct Results {
    run: Run,
}

impl Results {
    /// Opens a run folder, as `keten run` prints it.
    ///
    /// # Errors
    /// As [`Run::open`].
    pub fn open(folder: &str) -> Result<Results> {
        Ok(Results::of(Run::open(folder)?))
    }

    pub(super) fn of(run: Run) -> Results {
        Results { run }
    }

    /// The run folder.
    pub fn folder(&self) -> &Path {
        self.run.folder()
    }

    /// The run itself: manifest, codebook and tables.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Simulated persons for each real person, by which counts are divided.
    pub fn scale(&self) -> f64 {
        self.run.recorded.scale
    }

    /// A table, with the columns `scenario`, `draw`, `replicate` and `city` first.
    ///
    /// # Errors
    /// As [`Run::table`].
    pub fn table(&self, name: &str) -> Result<Frame> {
        Ok(Frame::new(self.run.table(name)?))
    }

    /// All differences between scenarios and their comparator, with intervals.
    ///
    /// # Errors
    /// As [`analysis::effects`].
    pub fn effects(&self) -> Result<ScenarioEffects> {
        analysis::effects(&self.run)
    }

    /// The effect of a scenario on one figure in the four cities, or among persons who are followed if the run can count
    /// it by person: [`ScenarioEffect::difference`] with [`ScenarioEffect::limits`].
    ///
    /// # Errors
    /// As [`Results::effects`]; a scenario or figure without an effect in this run.
    pub fn effect(&self, scenario: &str, figure: &str) -> Result<ScenarioEffect> {
        let effects = self.effects()?.effects;
        let is = |effect: &&ScenarioEffect| effect.measure == figure && effect.place != EffectPlace::Exported;
        if let Some(effect) = effects.iter().filter(is).find(|effect| effect.scenario == scenario) {
            return Ok(effect.clone());
        }
        let list = |mut names: Vec<&str>| {
            names.sort_unstable();
            names.dedup();
            names.join(", ")
        };
        let scenarios = list(effects.iter().map(|effect| effect.scenario.as_str()).collect());
        let figures = list(effects.iter().map(|effect| effect.measure).collect());
        let what = format!("no effect of scenario `{scenario}` on `{figure}`");
        let cure = format!("this run has effects of {scenarios} on {figures}");
        Err(Error::data(what, cure).in_file(self.run.folder().display().to_string(), None).into())
    }

    /// The mean of a figure over draws and replicates, with its Monte Carlo error, the 95 % confidence limits of the
    /// mean, and the range in which 95 % of the parameter draws lie. It takes into account which draws and replicates
    /// have common random numbers in this run.
    ///
    /// # Errors
    /// A figure without values.
    pub fn mean(&self, figure: &Ensemble) -> Result<Mean> {
        Mean::of(figure, analysis::design(&self.run)).ok_or_else(|| {
            let cure = "select rows that the table has";
            Error::data("a figure without values has no mean", cure)
                .in_file(self.run.folder().display().to_string(), None)
                .into()
        })
    }

    /// The second figure minus the first, for example under two scenarios: differences of the same draw and replicate,
    /// which have common random numbers, and their mean as by [`Results::mean`].
    ///
    /// # Errors
    /// Figures without a draw and replicate in common.
    pub fn difference(&self, first: &Ensemble, second: &Ensemble) -> Result<Mean> {
        let of = |(unit, value): (&(i64, i64), &f64)| Some((*unit, second.get(unit)? - value));
        self.mean(&first.iter().filter_map(of).collect())
    }
}
