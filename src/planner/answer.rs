//! The answer of a mix: figures of its run beside the status quo, with what is known of each.

use serde::{Deserialize, Serialize};

use super::answer_cities::{MixCityFigure, cities};
use super::answer_figure::{FEWEST, HiddenFigure, KnownFigure};
use super::answer_places::{PlacesYear, places_by_year};
use super::file_text::{AnswerStage, SCENARIO};
use crate::analysis::places::{ProviderUse, needs_scale, places};
use crate::analysis::{Among, EffectPlace, Interval, ScenarioEffect, ScenarioEffects, effects, hidden};
use crate::error::Result;
use crate::store::Run;

/// Sizes of the answers of a mix, from a first look to one that is sure enough for the full report. Later ones use the draws
/// of earlier ones of the same scale again.
pub const STAGES: [AnswerStage; 4] = [
    AnswerStage { scale: 0.015, draws: 4 },
    AnswerStage { scale: 0.1, draws: 4 },
    AnswerStage { scale: 0.1, draws: 10 },
    AnswerStage { scale: 0.1, draws: 20 },
];

/// The answer of a mix at one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixAnswer {
    /// Size of the simulation.
    pub stage: AnswerStage,
    /// First and last year simulated.
    pub years: (i64, i64),
    /// Name of the run folder in the store.
    pub run: String,
    /// The mix changes nothing: every table equals that of the status quo.
    pub same: bool,
    /// Smallest scale at which effects can be shown, if this one is too small for a measure with few places.
    pub needs_scale: Option<f64>,
    /// Persons who started a measure of the mix and not, or in another month, under the status quo, in real persons;
    /// `None` if unknown, hidden or without such measures.
    pub persons: Option<f64>,
    /// Starts of measures beyond those under the status quo, in real numbers.
    pub starts: Option<f64>,
    /// Euro for each start, or for each person reached if starts are unknown.
    pub start_cost: Option<f64>,
    /// Figures, in the order of [`FIGURES`](crate::analysis::figures::FIGURES).
    pub figures: Vec<AnswerFigure>,
    /// Main figures by city.
    pub cities: Vec<MixCityFigure>,
    /// Places and queues by year.
    pub places: Vec<PlacesYear>,
}

/// One figure of an answer, summed over the years, in real numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerFigure {
    /// Key, as in `keten compare` and the report.
    pub key: String,
    /// Whether it is counted among persons who exist in both scenarios, so that births do not count.
    pub same_persons: bool,
    /// What is known; the reason why nothing is shown otherwise.
    pub known: std::result::Result<KnownFigure, HiddenFigure>,
}

impl MixAnswer {
    /// The answer in a run of the experiment of a mix. Its figures are those of [`effects`], which the report shows too.
    ///
    /// # Errors
    /// A damaged table of the run.
    pub fn of(run: &Run, stage: AnswerStage) -> Result<MixAnswer> {
        let scale = run.recorded.scale;
        let found = effects(run)?;
        let providers = places(run)?;
        let reach = found.reach(SCENARIO);
        let enough = |count: Option<f64>| count.filter(|count| count.abs() >= FEWEST).map(|count| count / scale);
        let programmes = reach.map(|reach| reach.programmes.as_slice()).unwrap_or_default();
        Ok(MixAnswer {
            stage,
            years: found.years,
            run: run.folder().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            same: reach.is_some_and(|reach| reach.same_world),
            needs_scale: needs_scale(&providers, SCENARIO, programmes, scale),
            persons: enough(reach.and_then(|reach| reach.persons)),
            starts: enough(reach.and_then(|reach| reach.starts)),
            start_cost: reach
                .filter(|reach| enough(reach.known()).is_some())
                .and_then(|reach| found.cost_of(reach, scale)),
            figures: figures(&found, &providers, scale),
            cities: cities(run)?,
            places: places_by_year(run)?,
        })
    }

    /// A figure by its key.
    pub fn figure(&self, key: &str) -> Option<&AnswerFigure> {
        self.figures.iter().find(|figure| figure.key == key)
    }

    /// What is known of a figure; `None` if it is hidden or the run does not have it.
    pub fn known(&self, key: &str) -> Option<&KnownFigure> {
        self.figure(key)?.known.as_ref().ok()
    }

    /// Number of years simulated.
    pub fn length(&self) -> f64 {
        (self.years.1 - self.years.0 + 1).max(1) as f64
    }
}

fn figures(found: &ScenarioEffects, providers: &[ProviderUse], scale: f64) -> Vec<AnswerFigure> {
    let reach = found.reach(SCENARIO);
    let here = |effect: &&ScenarioEffect| effect.scenario == SCENARIO && effect.place != EffectPlace::Exported;
    let figure = |effect: &ScenarioEffect| {
        let known = match hidden(effect, reach, Some(providers), scale) {
            Some(reason) => Err(reason.into()),
            None => Ok(KnownFigure {
                comparator: effect.comparator,
                difference: effect.difference,
                error: effect.error,
                limits: effect.limits,
                of_draws: effect.interval == Interval::Draws,
                sides: KnownFigure::sides_of(effect.sides),
            }),
        };
        AnswerFigure { key: effect.measure.to_owned(), same_persons: effect.among != Among::Everybody, known }
    };
    found.effects.iter().filter(here).map(figure).collect()
}
