//! The models of the scenarios of an experiment under each draw: built to check them, and hashed to name units.

use serde_json::Value as Json;
use toml::Value;

use crate::acting::Idles;
use crate::config::{self, Change, Merged};
use crate::engine::Scope;
use crate::error::{Error, Errors, Result};
use crate::experiment::json::to_json;
use crate::experiment::reading::Experiment;
use crate::experiment::start::Start;
use crate::experiment::whole_steps::differ_in_whole_steps;
use crate::model::ModelFile;
use crate::store::canonical;
use crate::world::Month;

/// The models that a scenario has under a draw, as hashes.
pub(super) struct ScenarioModels {
    /// Name of the scenario, with that of its variant.
    pub(super) scenario: String,
    /// Number of the parameter draw.
    pub(super) draw: u32,
    /// The model before the scenario begins.
    pub(super) past: blake3::Hash,
    /// What acts in the burn-in population of that model.
    pub(super) pool: blake3::Hash,
    /// Whether the model of the scenario already applies at the founding; `past` is this model then.
    pub(super) own_founding: bool,
    /// First month of the scenario's own model, and that model; `None` if one model applies in all months.
    pub(super) change: Option<(Month, blake3::Hash)>,
    /// Whether the change concerns only parameters in which a scenario beside its comparator may differ.
    pub(super) may_follow: bool,
}

/// Tables of a model that are not used after 1 January 2008.
const FOUNDING_ONLY: [&str; 2] = ["founding", "places"];

/// Changes of a scenario that come too late to have an effect: the population of 2008 has been created by then.
pub(super) fn too_late(experiment: &Experiment<ModelFile>, name: &str) -> Vec<Error> {
    let Some(Start::Month(month)) = begins(experiment, name) else { return Vec::new() };
    let patch = experiment.patches.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, patch)| patch);
    let used_up = |change: &&Change| FOUNDING_ONLY.contains(&change.key.split('.').next().unwrap_or_default());
    let fault = |change: &Change| {
        let what = format!("this affects only the population of January 2008, and the scenario begins in {month}");
        let cure = format!("write from = \"founding\" in [scenarios.{name}]");
        Error::data(what, cure).at_key(&change.key).in_file(change.place.file.as_ref(), change.place.line)
    };
    patch.iter().filter(used_up).map(fault).collect()
}

/// When a scenario begins to differ from the base; `None` when it changes nothing.
fn begins(experiment: &Experiment<ModelFile>, name: &str) -> Option<Start> {
    let patch = experiment.patches.iter().find(|(known, _)| known == name).map(|(_, patch)| patch)?;
    (!patch.is_empty()).then(|| experiment.file.start_of(name))
}

/// All scenarios under one draw, without variant and under each.
pub(super) fn models_of(experiment: &Experiment<ModelFile>, draw: u32) -> Result<Vec<ScenarioModels>> {
    let mut all = Vec::new();
    let mut faults = Vec::new();
    for variant in std::iter::once(None).chain(experiment.file.variants.names().map(Some)) {
        match models_under(experiment, variant, draw) {
            Ok(models) => all.extend(models),
            Err(errors) => faults.extend(errors.0),
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(Errors(faults)) }
}

fn models_under(experiment: &Experiment<ModelFile>, variant: Option<&str>, draw: u32) -> Result<Vec<ScenarioModels>> {
    let drawn = experiment.drawn(variant, draw)?;
    let base = drawn.with(&experiment.sets)?;
    let place =
        variant.map_or_else(|| experiment.place.clone(), |variant| format!("{}: variant {variant}", experiment.place));
    let given = variant.and_then(|name| experiment.variants.iter().find(|(known, _)| known == name));
    let changes =
        || experiment.own.iter().chain(given.into_iter().flat_map(|(_, patch)| patch)).chain(&experiment.sets);
    build(&base, &place).map_err(|errors| blamed(errors, experiment, changes()))?;
    let (past, pool) = (digest(&base), pool_digest(&base));
    let plain = config::strip(&base.table);
    let mut faults = Vec::new();
    let mut all = Vec::new();
    for scenario in experiment.file.scenarios.names() {
        let name = variant.map_or_else(|| scenario.to_owned(), |variant| format!("{scenario}@{variant}"));
        let built = begins(experiment, scenario).map(|start| {
            let own = experiment.scenario_of(&drawn, &name)?;
            let patch = experiment.patches.iter().find(|(known, _)| known == scenario);
            let patch = patch.into_iter().flat_map(|(_, patch)| patch);
            build(&own, &format!("{place}: scenario {scenario}"))
                .map_err(|errors| blamed(errors, experiment, changes().chain(patch)))?;
            let own_pool = if start == Start::Founding { pool_digest(&own) } else { pool };
            let may_follow = differ_in_whole_steps(&plain, &config::strip(&own.table));
            Ok::<_, Errors>((start, digest(&own), own_pool, may_follow))
        });
        let unchanged = ScenarioModels {
            scenario: name.clone(),
            draw,
            past,
            pool,
            own_founding: false,
            change: None,
            may_follow: false,
        };
        match built {
            Some(Err(errors)) => faults.extend(errors.0),
            Some(Ok((Start::Founding, own, pool, _))) if own != past => {
                all.push(ScenarioModels { past: own, pool, own_founding: true, ..unchanged });
            }
            Some(Ok((Start::Month(month), own, _, may_follow))) if own != past => {
                all.push(ScenarioModels { change: Some((month, own)), may_follow, ..unchanged });
            }
            Some(Ok(_)) | None => all.push(unchanged),
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(Errors(faults)) }
}

/// Builds all processes of a model, so that an incomplete table is reported before anything is simulated. Faults name
/// the file and line of their key, or `place`.
///
/// # Errors
/// Every fault of the model's tables and cards.
pub fn build(merged: &Merged, place: &str) -> Result<()> {
    let model: ModelFile = merged.typed()?;
    let mut faults: Vec<Error> = model.places().err().into_iter().flat_map(|errors| errors.0).collect();
    faults.extend(model.steps(&Scope::default()).err().into_iter().flat_map(|errors| errors.0));
    let placed = |error: Error| {
        let pointer = error.key.as_ref().map(|key| format!("/{}", key.replace('.', "/")));
        match pointer.and_then(|pointer| merged.places.find(&pointer).cloned()) {
            Some(at) if error.file.is_none() => error.in_file(at.file.as_ref(), at.line),
            None if error.file.is_none() => error.in_file(place, None),
            _ => error,
        }
    };
    if faults.is_empty() { Ok(()) } else { Err(Errors(faults.into_iter().map(placed).collect())) }
}

/// Faults of a model that arise from changes to a sound one, each located at the change that shares the longest part of
/// its key. A sound model file is never blamed.
fn blamed<'a>(errors: Errors, experiment: &Experiment<ModelFile>, changes: impl Iterator<Item = &'a Change>) -> Errors {
    let own = build(&experiment.merged, &experiment.place).err().map(|errors| errors.0).unwrap_or_default();
    let changes: Vec<&Change> = changes.collect();
    let place = |error: Error| {
        let known = own.iter().any(|other| (&other.key, &other.what) == (&error.key, &error.what));
        let steps: Vec<&str> = error.key.as_deref().unwrap_or_default().split('.').collect();
        let shared = |change: &&&Change| {
            change.steps().iter().zip(&steps).take_while(|(own, other)| own.as_str() == **other).count()
        };
        // Of several changes the last one applies.
        match changes.iter().max_by_key(shared).filter(|change| !known && shared(change) > 0) {
            Some(change) => error.in_file(change.place.file.as_ref(), change.place.line),
            None => error,
        }
    };
    Errors(errors.0.into_iter().map(place).collect())
}

/// Hash of a model as its processes read it.
pub(super) fn digest(merged: &Merged) -> blake3::Hash {
    blake3::hash(canonical(&to_json(&Value::Table(config::strip(&merged.table)))).as_bytes())
}

/// Hash of the parameters of a model that act in the burn-in population.
pub(super) fn pool_digest(merged: &Merged) -> blake3::Hash {
    let mut model = to_json(&Value::Table(config::strip(&merged.table)));
    remove_idle(&mut model, "", &ModelFile::idle_in_pool());
    blake3::hash(canonical(&model).as_bytes())
}

/// Removes the idle keys below a dotted key.
fn remove_idle(model: &mut Json, above: &str, idle: &Idles) {
    let Json::Object(map) = model else { return };
    let key = |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
    map.retain(|name, _| idle.acts(&key(name)));
    for (name, inner) in map {
        remove_idle(inner, &key(name), idle);
    }
}
