//! The plan: the units of an experiment, and all that the content of each depends on.

use rayon::prelude::*;
use serde_json::{Map, Value as Json, json};
use toml::{Table, Value};

use crate::config::{self, Change, Merged};
use crate::engine::Scope;
use crate::error::{Error, Errors, Result};
use crate::experiment::file::{Start, parts};
use crate::experiment::reading::{Experiment, ExperimentText, in_order, load_text, read_text};
use crate::model::ModelFile;
use crate::outcomes::Outcome;
use crate::store::{UnitId, canonical};
use crate::tables::Schema;
use crate::world::Month;

/// An experiment expanded into units.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment.
    pub experiment: Experiment<ModelFile>,
    /// Its units: scenario by scenario, draw by draw, replicate by replicate.
    pub units: Vec<Unit>,
    /// Tables that every unit has, in file order.
    pub outcomes: Vec<Outcome>,
    /// Person-months of one burn-in population.
    pool: f64,
}

/// One scenario under one draw and one replicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Name of the scenario.
    pub scenario: String,
    /// Number of the parameter draw, 0 for central values.
    pub draw: u32,
    /// Number of the replicate, from 1.
    pub replicate: u32,
    /// Hash of everything that determines its content.
    pub id: UnitId,
    /// First month in which the scenario's own model applies; `None` when one model applies from the founding on.
    pub from: Option<Month>,
    /// Units with an equal past share their founding population and their months until they branch.
    pub past: String,
    /// Whether the scenario's own model already applies when the founding population is created.
    pub(super) own_founding: bool,
}

/// The models that a scenario has under a draw, as hashes.
struct Models {
    scenario: String,
    draw: u32,
    past: blake3::Hash,
    own_founding: bool,
    change: Option<(Month, blake3::Hash)>,
}

/// Increased by hand when the same sources give other results, for example after an update of a library used for draws.
const CONTENT_VERSION: u32 = 1;

/// Tables of a model that runs do not use directly: reference figures, and the response, whose result is stored per
/// draw.
const UNUSED: [&str; 2] = ["validation.", "response."];

/// Tables of a model that are not used after 1 January 2008.
const FOUNDING_ONLY: [&str; 2] = ["founding", "places"];

impl Plan {
    /// Reads the experiment at a place (a file, or `builtin:NAME`) with changes as by `--set`, and expands it into units.
    ///
    /// # Errors
    /// As [`ExperimentText::open`] and [`plan_text`].
    pub fn open(place: &str, sets: &[Change]) -> Result<Plan> {
        plan_text(ExperimentText::open(place)?, sets)
    }

    /// The units of an experiment. Every model in it is built once, to check it.
    ///
    /// # Errors
    /// Every fault of the models that draws, scenarios and `--set` make together.
    pub fn of(experiment: Experiment<ModelFile>) -> Result<Plan> {
        let outcomes = outcomes(&experiment)?;
        let mut faults: Vec<Error> =
            experiment.file.scenarios.names().flat_map(|name| too_late(&experiment, name)).collect();
        let draws: Vec<u32> = experiment.file.draw_numbers().collect();
        let found: Vec<Result<Vec<Models>>> = draws.into_par_iter().map(|draw| models_of(&experiment, draw)).collect();
        let mut models = Vec::new();
        for result in found {
            match result {
                Ok(list) => models.extend(list),
                Err(errors) => faults.extend(errors.0),
            }
        }
        let mut told: Vec<Error> = Vec::new();
        for fault in faults {
            if !told.contains(&fault) {
                told.push(fault);
            }
        }
        if !told.is_empty() {
            return Err(Errors(told));
        }
        let reference = digest(&experiment.merged);
        let replicates = 1..=experiment.file.replicates;
        let mut units = Vec::new();
        for name in experiment.file.branches() {
            for models in models.iter().filter(|models| models.scenario == name) {
                units.extend(replicates.clone().map(|number| unit(&experiment, &outcomes, models, number, reference)));
            }
        }
        let pool = pool_work(&experiment.base(0)?.typed()?);
        Ok(Plan { experiment, units, outcomes, pool })
    }

    /// Person-months of one burn-in population, for the progress of a run.
    pub(super) fn pool_work(&self) -> f64 {
        self.pool
    }

    /// Schemas of the tables, in file order.
    pub fn schemas(&self) -> Vec<&'static Schema> {
        self.outcomes.iter().map(|outcome| outcome.schema()).collect()
    }

    /// First month that is not simulated.
    pub fn end(&self) -> Month {
        Month::january(self.experiment.file.until)
    }

    /// Number of the draw in the addresses of random numbers: all draws of a crossed ensemble use common random
    /// numbers.
    pub fn luck_draw(&self, unit: &Unit) -> u32 {
        if self.experiment.file.crossed { 0 } else { unit.draw }
    }

    /// The model at the start of a unit.
    ///
    /// # Errors
    /// As [`Experiment::base`]; cannot occur for a plan that was built.
    pub fn model_before(&self, unit: &Unit) -> Result<ModelFile> {
        if unit.own_founding {
            self.model_after(unit)
        } else {
            self.experiment.base_under(parts(&unit.scenario).1, unit.draw)?.typed()
        }
    }

    /// The model at the end of a unit.
    ///
    /// # Errors
    /// As [`Experiment::scenario`]; cannot occur for a plan that was built.
    pub fn model_after(&self, unit: &Unit) -> Result<ModelFile> {
        self.experiment.scenario(&unit.scenario, unit.draw)?.typed()
    }

    /// Persons simulated at the start.
    pub fn persons(&self) -> f64 {
        let populations = self.experiment.model.populations().unwrap_or_default();
        populations.iter().sum::<f64>() * self.experiment.file.scale
    }

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

fn outcomes(experiment: &Experiment<ModelFile>) -> Result<Vec<Outcome>> {
    let named = |name: &String| {
        Outcome::ALL.iter().copied().find(|outcome| outcome.word() == name).ok_or_else(|| {
            let cure = "see `keten list outcomes`";
            Error::data(format!("no outcome \"{name}\""), cure).at_key("outcomes").in_file(&experiment.place, None)
        })
    };
    experiment.file.outcomes.iter().map(|name| named(name).map_err(Errors::from)).collect()
}

/// Changes of a scenario that come too late to have an effect: the population of 2008 has been created by then.
fn too_late(experiment: &Experiment<ModelFile>, name: &str) -> Vec<Error> {
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
fn models_of(experiment: &Experiment<ModelFile>, draw: u32) -> Result<Vec<Models>> {
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

fn models_under(experiment: &Experiment<ModelFile>, variant: Option<&str>, draw: u32) -> Result<Vec<Models>> {
    let drawn = experiment.drawn(variant, draw)?;
    let base = drawn.with(&experiment.sets)?;
    let place =
        variant.map_or_else(|| experiment.place.clone(), |variant| format!("{}: variant {variant}", experiment.place));
    let given = variant.and_then(|name| experiment.variants.iter().find(|(known, _)| known == name));
    let changes =
        || experiment.own.iter().chain(given.into_iter().flat_map(|(_, patch)| patch)).chain(&experiment.sets);
    build(&base, &place).map_err(|errors| blamed(errors, experiment, changes()))?;
    let past = digest(&base);
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
            Ok::<_, Errors>((start, digest(&own)))
        });
        let models = |past, own_founding, change| Models { scenario: name.clone(), draw, past, own_founding, change };
        match built {
            Some(Err(errors)) => faults.extend(errors.0),
            Some(Ok((Start::Founding, own))) if own != past => all.push(models(own, true, None)),
            Some(Ok((Start::Month(month), own))) if own != past => all.push(models(past, false, Some((month, own)))),
            Some(Ok(_)) | None => all.push(models(past, false, None)),
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

fn unit(
    experiment: &Experiment<ModelFile>,
    outcomes: &[Outcome],
    models: &Models,
    replicate: u32,
    reference: blake3::Hash,
) -> Unit {
    let file = &experiment.file;
    let luck_draw = if file.crossed { 0 } else { models.draw };
    // The tables do not depend on the order in which the file names the outcomes.
    let mut outcomes = outcomes.to_vec();
    outcomes.sort_unstable();
    let tables: Vec<&str> = outcomes.iter().map(|outcome| outcome.word()).collect();
    let sampled = ["panel", "spells", "contacts"].iter().any(|table| tables.contains(table));
    let panel = sampled.then_some(&file.panel);
    let past = json!({
        "content_version": CONTENT_VERSION,
        "sources": env!("KETEN_SOURCES"),
        "seed": file.seed,
        "luck_draw": luck_draw,
        "draw": models.draw,
        "replicate": replicate,
        "scale": file.scale,
        "until": file.until,
        "enrolment": file.enrolment.map(|window| [window.from.to_string(), window.until.to_string()]),
        "tables": tables,
        "panel": panel,
        "reference": reference.to_string(),
        "model": models.past.to_string(),
    });
    let window = file.enrolment_of(&models.scenario).map(|(from, until)| [from.to_string(), until.to_string()]);
    let change = models.change.map(|(month, model)| json!([month.to_string(), model.to_string(), window]));
    let schemas: Vec<&Schema> = outcomes.iter().map(|outcome| outcome.schema()).collect();
    Unit {
        scenario: models.scenario.clone(),
        draw: models.draw,
        replicate,
        id: UnitId::new(&json!({ "past": past, "change": change }), &schemas),
        from: models.change.map(|(month, _)| month),
        past: canonical(&past),
        own_founding: models.own_founding,
    }
}

/// Hash of a model as its processes read it.
fn digest(merged: &Merged) -> blake3::Hash {
    blake3::hash(canonical(&to_json(&Value::Table(config::strip(&merged.table)))).as_bytes())
}

fn changes_json(changes: &[Change]) -> Json {
    changes.iter().map(|change| (change.key.clone(), to_json(&change.value))).collect::<Map<_, _>>().into()
}

fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let value = table.get(first)?;
    rest.map_or(Some(value), |rest| lookup(value.as_table()?, rest))
}

/// A value of a model file as JSON; a checked model has no number that JSON cannot represent.
pub(super) fn to_json(value: &Value) -> Json {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Integer(whole) => (*whole).into(),
        Value::Float(number) => (*number).into(),
        Value::Boolean(answer) => (*answer).into(),
        Value::Datetime(date) => date.to_string().into(),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Table(table) => {
            table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect::<Map<_, _>>().into()
        }
    }
}

/// Reads an experiment and expands it into units, for `keten check` and `keten run`. `sets` come from `--set`.
///
/// # Errors
/// Every fault of the experiment file, the model files, patches and `--set`, and of the resulting models.
pub fn plan_text(text: ExperimentText, sets: &[Change]) -> Result<Plan> {
    let first = text.place.clone();
    let (experiment, mut errors) = read_text::<ModelFile>(text, sets, &Outcome::WORDS)?;
    let Some(experiment) = experiment else { return Err(Errors(errors)) };
    match Plan::of(experiment) {
        Ok(plan) if errors.is_empty() => return Ok(plan),
        Ok(_) => {}
        Err(more) => {
            for error in more.0 {
                if !errors.contains(&error) {
                    errors.push(error);
                }
            }
        }
    }
    in_order(&mut errors, &first);
    Err(Errors(errors))
}

impl Experiment<ModelFile> {
    /// Reads an experiment with its model: [`load`](crate::experiment::load) for the models and tables of this crate,
    /// compiled once in the library.
    ///
    /// # Errors
    /// As [`load`](crate::experiment::load).
    pub fn open(place: &str, sets: &[Change]) -> Result<Self> {
        Self::of_text(ExperimentText::open(place)?, sets)
    }

    /// The same from a text that was already read.
    ///
    /// # Errors
    /// As [`load`](crate::experiment::load).
    pub fn of_text(text: ExperimentText, sets: &[Change]) -> Result<Self> {
        load_text(text, sets, &Outcome::WORDS)
    }
}

/// Person-months of the burn-in population, for the progress of a run.
fn pool_work(model: &ModelFile) -> f64 {
    model.founding.pool_size.get() * model.founding.pool_years.get() * 12.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::experiment::reading::ExperimentText;

    fn plan(text: &str) -> Plan {
        let text = format!("title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2011\n{text}");
        let text = ExperimentText { name: "x".into(), place: "x.toml".into(), text, folder: None };
        Experiment::of_text(text, &[]).and_then(Plan::of).expect("a sound experiment")
    }

    fn ids(plan: &Plan) -> BTreeSet<&UnitId> {
        plan.units.iter().map(|unit| &unit.id).collect()
    }

    #[test]
    fn units_stand_in_the_order_of_scenario_draw_and_replicate() {
        let plan = plan(
            "draws = 2\nuncertainty = { block = 2 }\nreplicates = 2\noutcomes = [\"yearly\"]\n[scenarios.b]\n[scenarios.a]\nset = { \"transmission.kappa\" = 0.1 }\n",
        );
        let order: Vec<_> = plan.units.iter().map(|unit| (unit.scenario.as_str(), unit.draw, unit.replicate)).collect();
        let all = |name| [(name, 1, 1), (name, 1, 2), (name, 2, 1), (name, 2, 2)];
        assert_eq!(order, [all("b"), all("a")].concat());
        assert_eq!(ids(&plan).len(), 8);
        assert!(plan.units.iter().all(|unit| plan.luck_draw(unit) == unit.draw));
        assert_eq!(
            plan.units[4].from,
            Some(Month::january(2009)),
            "a scenario begins in January 2009 unless said otherwise"
        );
        assert_eq!(plan.units[0].past, plan.units[4].past, "and has lived the same past");
    }

    #[test]
    fn an_id_depends_on_what_decides_the_content_and_on_nothing_else() {
        let of = |text: &str| plan(text).units.iter().map(|unit| unit.id.clone()).collect::<Vec<_>>();
        let one = of("outcomes = [\"fit\", \"yearly\"]\n[scenarios.a]\n");
        let same = [
            "outcomes = [\"yearly\", \"fit\"]\n[scenarios.other-name]\nlabel = \"x\"\n",
            "outcomes = [\"fit\", \"yearly\"]\npanel = { size = 9 }\ncomparator = \"a\"\n[scenarios.a]\nfrom = \"founding\"\n",
            "outcomes = [\"fit\", \"yearly\"]\n[scenarios.a]\nset = { \"transmission.kappa\" = 0.5 }\n",
        ];
        for text in same {
            assert_eq!(of(text), one, "{text}");
        }
        let others = [
            "outcomes = [\"fit\"]\n[scenarios.a]\n",
            "seed = 1\noutcomes = [\"fit\", \"yearly\"]\n[scenarios.a]\n",
            "draws = 1\nuncertainty = { design = \"random\" }\noutcomes = [\"fit\", \"yearly\"]\n[scenarios.a]\n",
            "outcomes = [\"fit\", \"yearly\"]\n[scenarios.a]\nset = { \"transmission.kappa\" = 0.4 }\n",
            "outcomes = [\"fit\", \"yearly\"]\n[scenarios.a]\nfrom = \"2010-02\"\nset = { \"transmission.kappa\" = 0.4 }\n",
            "outcomes = [\"fit\", \"yearly\"]\n[scenarios.a]\nfrom = \"founding\"\nset = { \"transmission.kappa\" = 0.4 }\n",
        ];
        let all: BTreeSet<UnitId> = others.into_iter().flat_map(of).chain(one).collect();
        assert_eq!(all.len(), 7);
    }

    #[test]
    fn what_the_file_sets_holds_everywhere_unless_a_variant_or_scenario_sets_it_otherwise() {
        let text = "draws = 2\nuncertainty = { block = 2 }\noutcomes = [\"yearly\"]\n\
            set = { \"transmission.kappa\" = 0.3, \"founding.pool_size\" = 2000 }\n[scenarios.a]\n\
            [scenarios.b]\nset = { \"transmission.kappa\" = 0.1 }\n[variants.high]\nset = { \"transmission.kappa\" = 0.8 }\n";
        let plan = plan(text);
        let kappa = |unit: &Unit| plan.model_after(unit).expect("a sound model").transmission.kappa.get();
        for unit in &plan.units {
            let expected = match unit.scenario.as_str() {
                "a" => 0.3,
                "a@high" => 0.8,
                _ => 0.1,
            };
            assert_eq!(kappa(unit), expected, "{} under draw {}", unit.scenario, unit.draw);
        }
        let years = plan.experiment.model.founding.pool_years.get();
        assert_eq!(plan.pool_work(), 2000.0 * years * 12.0);
        // The same by `--set`, and again from the manifest.
        let read = crate::experiment::record::Reading::of(&plan.experiment).experiment("x", "x").and_then(Plan::of);
        assert_eq!(ids(&read.expect("what was kept")), ids(&plan));
    }

    #[test]
    fn draws_of_a_crossed_ensemble_share_their_luck() {
        let plan =
            plan("draws = 2\nuncertainty = { block = 2 }\ncrossed = true\noutcomes = [\"yearly\"]\n[scenarios.a]\n");
        assert!(plan.units.iter().all(|unit| plan.luck_draw(unit) == 0));
        assert_eq!(ids(&plan).len(), 2);
    }

    #[test]
    fn levels_of_draws_are_kept_beside_them_and_what_a_user_sets_wins() {
        let of = |uncertainty: &str, more: &str| {
            plan(&format!(
                "draws = 2\nuncertainty = {{ block = 2{uncertainty} }}\noutcomes = [\"yearly\"]\n{more}[scenarios.a]\n"
            ))
        };
        let by_men = |plan: &Plan, unit: usize| {
            plan.model_after(&plan.units[unit]).expect("a sound model").violence.onset.by_men.get()
        };
        let usual = of("", "");
        let central = usual.experiment.model.violence.onset.by_men.get();
        let told = usual.parameters().expect("parameters");
        for (unit, draw) in ["1", "2"].into_iter().enumerate() {
            let level = told["levels"][draw]["violence.onset.by_men"].as_f64().expect("a level");
            assert_eq!(by_men(&usual, unit), level);
            assert_ne!(level, central);
            assert!(told["draws"][draw].get("violence.onset.by_men").is_none(), "what follows is no uncertain input");
            assert!(told["draws"][draw].get("targets.victims_year").is_some(), "its target is");
        }
        assert!(told["targets"]["moments"]["maltreated"]["low"].as_f64().is_some());
        // Again from the contents of the manifest.
        let read = crate::experiment::record::Reading::of(&usual.experiment).experiment("x", "x").and_then(Plan::of);
        assert_eq!(ids(&read.expect("what was kept")), ids(&usual));
        let held = of(", levels = \"held\"", "");
        assert_eq!((by_men(&held, 0), by_men(&held, 1)), (central, central));
        assert!(held.parameters().expect("parameters").get("levels").is_none());
        let set = of("", "set = { \"violence.onset.by_men\" = 0.005 }\n");
        assert_eq!((by_men(&set, 0), by_men(&set, 1)), (0.005, 0.005));
        let without = plan("outcomes = [\"yearly\"]\n[scenarios.a]\n");
        assert_eq!(by_men(&without, 0), central, "central values stay");
    }
}
