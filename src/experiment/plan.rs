//! The plan: the units of an experiment, and all that the content of each depends on.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::json;

use crate::config::Change;
use crate::error::{Error, Errors, Result};
use crate::experiment::file::parts;
use crate::experiment::models::{ScenarioModels, digest, models_of, pool_digest, too_late};
use crate::experiment::reading::{Experiment, ExperimentText, in_order, load_text, read_text};
use crate::model::ModelFile;
use crate::outcomes::Outcome;
use crate::store::{PoolId, UnitId, canonical};
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
    /// Persons at the start of a burn-in population, and its months.
    pool: (f64, f64),
    /// Persons simulated at the start of a unit.
    persons: f64,
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
    /// Hash of everything that determines its burn-in population.
    pub(super) pool: PoolId,
    /// Whether the scenario's own model already applies when the founding population is created.
    pub(super) own_founding: bool,
    /// Whether the scenario changes only what measures, the chain and prices read, so that it can be simulated beside the
    /// model without its changes.
    pub(super) may_follow: bool,
    /// Number of measures that the scenario changes.
    pub(super) measures: usize,
}

/// What the ids of all units of an experiment depend on.
struct SharedParts {
    /// Hash of the model as in its files, which decides the layers of candidates.
    reference: blake3::Hash,
    /// Hash of what acts of it in the burn-in population.
    reference_pool: blake3::Hash,
    /// Names of the tables, in file order.
    tables: Vec<&'static str>,
    /// Their columns.
    columns: String,
    /// Whether the settings of the panel have an effect.
    sampled: bool,
}

impl SharedParts {
    fn of(experiment: &Experiment<ModelFile>, outcomes: &[Outcome]) -> SharedParts {
        // The tables do not depend on the order in which the file names the outcomes.
        let mut outcomes = outcomes.to_vec();
        outcomes.sort_unstable();
        let tables: Vec<&str> = outcomes.iter().map(|outcome| outcome.word()).collect();
        let schemas: Vec<&Schema> = outcomes.iter().map(|outcome| outcome.schema()).collect();
        SharedParts {
            reference: digest(&experiment.merged),
            reference_pool: pool_digest(&experiment.merged),
            sampled: ["panel", "spells", "contacts"].iter().any(|table| tables.contains(table)),
            columns: UnitId::columns(&schemas),
            tables,
        }
    }
}

/// Increased by hand when the same sources give other results, for example after an update of a library used for draws.
const CONTENT_VERSION: u32 = 1;

/// What identifies the program that simulates: programs for which it is equal give the same content to the same unit.
pub fn program() -> String {
    format!("{CONTENT_VERSION}-{}", env!("KETEN_SOURCES"))
}

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
        let draws = experiment.file.draw_numbers().collect();
        Plan::of_draws(experiment, &draws)
    }

    /// The units of some draws of an experiment: those of [`Plan::of`] under these draws, with the same ids.
    ///
    /// # Errors
    /// As [`Plan::of`], for these draws.
    pub fn of_draws(experiment: Experiment<ModelFile>, draws: &BTreeSet<u32>) -> Result<Plan> {
        let outcomes = outcomes(&experiment)?;
        let mut faults: Vec<Error> =
            experiment.file.scenarios.names().flat_map(|name| too_late(&experiment, name)).collect();
        let draws: Vec<u32> = experiment.file.draw_numbers().filter(|draw| draws.contains(draw)).collect();
        let found: Vec<Result<Vec<ScenarioModels>>> =
            draws.into_par_iter().map(|draw| models_of(&experiment, draw)).collect();
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
        let shared = SharedParts::of(&experiment, &outcomes);
        let mut places = Vec::new();
        for name in experiment.file.branches() {
            for models in models.iter().filter(|models| models.scenario == name) {
                places.extend((1..=experiment.file.replicates).map(|number| (models, number)));
            }
        }
        let units = places.into_par_iter().map(|(models, number)| unit(&experiment, models, number, &shared)).collect();
        let model: ModelFile = experiment.base(0)?.typed()?;
        let pool = (model.founding.pool_size.get(), model.founding.pool_years.get() * 12.0);
        let persons = model.populations()?.iter().sum::<f64>() * experiment.file.scale;
        Ok(Plan { experiment, units, outcomes, pool, persons })
    }

    /// The same plan with some of its units only, in the same order.
    pub fn only(&self, ids: &BTreeSet<&str>) -> Plan {
        let units = self.units.iter().filter(|unit| ids.contains(unit.id.as_str())).cloned().collect();
        Plan { experiment: self.experiment.clone(), units, outcomes: self.outcomes.clone(), ..*self }
    }

    /// Person-months of one burn-in population, for the progress of a run.
    pub(super) fn pool_work(&self) -> f64 {
        self.pool.0 * self.pool.1
    }

    /// Persons at the start of a burn-in population.
    pub(super) fn pool_size(&self) -> f64 {
        self.pool.0
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

    /// Persons simulated at the start, with the settings of the experiment; a scenario with a founding of its own may have
    /// others.
    pub fn persons(&self) -> f64 {
        self.persons
    }
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

fn unit(experiment: &Experiment<ModelFile>, models: &ScenarioModels, replicate: u32, shared: &SharedParts) -> Unit {
    let file = &experiment.file;
    let luck_draw = if file.crossed { 0 } else { models.draw };
    let panel = shared.sampled.then_some(&file.panel);
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
        "tables": shared.tables,
        "panel": panel,
        "reference": shared.reference.to_string(),
        "model": models.past.to_string(),
    });
    let window = file.enrolment_of(&models.scenario).map(|(from, until)| [from.to_string(), until.to_string()]);
    let change = models.change.map(|(month, model)| json!([month.to_string(), model.to_string(), window]));
    let pool = PoolId::new(&json!({
        "content_version": CONTENT_VERSION,
        "sources": env!("KETEN_SOURCES"),
        "seed": file.seed,
        "luck_draw": luck_draw,
        "replicate": replicate,
        "reference": shared.reference_pool.to_string(),
        "model": models.pool.to_string(),
    }));
    Unit {
        scenario: models.scenario.clone(),
        draw: models.draw,
        replicate,
        id: UnitId::of(&json!({ "past": past, "change": change }), &shared.columns),
        from: models.change.map(|(month, _)| month),
        past: canonical(&past),
        pool,
        own_founding: models.own_founding,
        may_follow: models.may_follow,
        measures: measures_changed(experiment, &models.scenario),
    }
}

/// Number of measures that the patch of a scenario changes.
fn measures_changed(experiment: &Experiment<ModelFile>, scenario: &str) -> usize {
    let patch = experiment.patches.iter().find(|(name, _)| name == parts(scenario).0);
    let keys = patch.into_iter().flat_map(|(_, patch)| patch).map(|change| change.key.as_str());
    let measures = keys.filter_map(|key| key.strip_prefix("interventions.")?.split('.').next());
    measures.collect::<BTreeSet<_>>().len()
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

#[cfg(test)]
mod tests {
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
    fn some_draws_have_the_units_that_they_have_among_all() {
        let text = "draws = 3\nuncertainty = { block = 3 }\nreplicates = 2\noutcomes = [\"yearly\"]\n[scenarios.b]\n\
            [scenarios.a]\nset = { \"transmission.kappa\" = 0.1 }\n";
        let all = plan(text);
        let some = Plan::of_draws(all.experiment.clone(), &BTreeSet::from([1, 3])).expect("two draws");
        let expected: Vec<_> = all.units.iter().filter(|unit| unit.draw != 2).collect();
        assert_eq!(some.units.iter().collect::<Vec<_>>(), expected);
        let ids = BTreeSet::from([all.units[5].id.as_str(), all.units[2].id.as_str()]);
        assert_eq!(all.only(&ids).units, [all.units[2].clone(), all.units[5].clone()]);
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
