//! The parameters of a run, as its manifest records them.

use serde_json::{Map, Value as Json, json};
use toml::{Table, Value};

use crate::config::{self, Change};
use crate::error::Result;
use crate::experiment::json::{changes_json, to_json};
use crate::experiment::plan::Plan;
use crate::experiment::reading::Experiment;
use crate::model::ModelFile;

/// Tables of a model that runs do not use directly: reference figures, and the response, whose result is stored per
/// draw.
const UNUSED: [&str; 2] = ["validation.", "response."];

impl Plan {
    /// Parameters as used: all values before any scenario begins (`base`, with `--set`), and the changes to them by
    /// scenarios and draws.
    ///
    /// # Errors
    /// As [`Experiment::base`]; cannot occur for a plan that was built.
    pub fn parameters(&self) -> Result<Json> {
        let experiment = &self.experiment;
        let base = experiment.base(0)?;
        let plain = config::strip(&base.table);
        let mut all = Map::new();
        for key in base.keys().into_iter().filter(|key| !UNUSED.iter().any(|room| key.starts_with(room))) {
            let value = lookup(&plain, &key).map_or(Json::Null, to_json);
            all.insert(key, value);
        }
        let of = |patches: &[(String, Vec<Change>)]| -> Map<String, Json> {
            patches.iter().map(|(name, patch)| (name.clone(), changes_json(patch))).collect()
        };
        let (mut draws, mut levels) = (Map::new(), Map::new());
        for draw in experiment.file.draw_numbers().filter(|draw| *draw > 0) {
            let (drawn, own) = experiment.draws(None, draw)?;
            draws.insert(draw.to_string(), changes_json(&drawn));
            if !own.is_empty() {
                levels.insert(draw.to_string(), changes_json(&own));
            }
        }
        let mut told = json!({
            "base": all,
            "scenarios": of(&experiment.patches),
            "draws": draws,
            "set": changes_json(&experiment.sets),
            "idle": self.idle()?,
        });
        if !levels.is_empty() {
            told["levels"] = levels.into();
        }
        if experiment.file.draws > 0 && experiment.model.response.is_some() {
            told["targets"] = targets(experiment)?;
        }
        if !experiment.variants.is_empty() {
            told["variants"] = of(&experiment.variants).into();
        }
        Ok(told)
    }
}

/// Targets of the levels of the draws: for each moment the central value, the 95 % interval over draws of the targets,
/// and the mean of the logarithm; and the covariance of the logarithms.
fn targets(experiment: &Experiment<ModelFile>) -> Result<Json> {
    let drawing = experiment.file.drawing(None);
    let Some(aimed) = config::target_intervals(&experiment.merged, &drawing, &experiment.held(None)?)? else {
        return Ok(Json::Null);
    };
    let of = |(name, it): (&str, config::AimedAt)| {
        let (low, high) = it.interval;
        (name.to_owned(), json!({ "central": it.central, "low": low, "high": high, "log_mean": it.log_mean }))
    };
    let moments: Map<_, _> = config::MOMENTS.into_iter().zip(aimed.moments).map(of).collect();
    Ok(json!({ "moments": moments, "log_covariance": aimed.log_covariance }))
}

fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let value = table.get(first)?;
    rest.map_or(Some(value), |rest| lookup(value.as_table()?, rest))
}
