//! A question about the best mix, read and checked against its model, and the experiments that answer it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::{Table, Value};

use super::frontier::{MixChoice, MixLimit, SearchSettings};
use super::mix_space::MixSpace;
use super::optimise_file::{CountedMoney, OptimiseFile, SearchStage};
use super::question_faults;
use crate::analysis::figures::Figure;
use crate::analysis::{CostCategory, MoneyLine};
use crate::config::{self, Document, FilePlaces, Grammar};
use crate::error::{Error, Errors, Result};
use crate::experiment::{Experiment, ExperimentText};
use crate::model::ModelFile;
use crate::money::Payer;
use crate::world::TargetGroup;

/// Name of the comparator in the experiments of a question.
pub(super) const STATUS_QUO: &str = "status-quo";
/// The four cities together, in the column `city` of tables.
const ALL_CITIES: &str = "G4";
/// First year in which the plan spends money beyond the status quo.
const FIRST_BUDGET_YEAR: i32 = 2009;

/// A question with all that its answer needs of the model.
#[derive(Clone, Debug)]
pub struct OptimiseQuestion {
    /// The file as it was read.
    pub file: OptimiseFile,
    /// Name: that of the file without `.toml`.
    pub name: String,
    /// The figure that is to fall.
    pub effect: &'static Figure,
    /// The mixes that are allowed.
    pub space: MixSpace,
    /// Names of the cities, in the order of the model.
    pub cities: Vec<String>,
    /// Years over which the money of a mix is spread.
    pub years: f64,
    text: ExperimentText,
    places: FilePlaces,
    /// Target group of measures and services, by key.
    groups: BTreeMap<String, TargetGroup>,
    /// Services of 2008 to which a measure of the file adds places.
    added_to: BTreeSet<String>,
    /// Measure, city and number of places of candidates where they have the fewest.
    fewest_places: Vec<(String, String, f64)>,
}

impl OptimiseQuestion {
    /// Whether a place has a file of `keten optimise`, by the tables in it; an experiment file has neither.
    pub fn is_at(place: &str) -> bool {
        ExperimentText::open(place).is_ok_and(|text| {
            let (document, _) = Document::parse(&text.place, &text.text);
            ["measures", "budget"].iter().all(|key| document.table.contains_key(*key))
        })
    }

    /// Reads a file of `keten optimise`, or `builtin:NAME` for one inside the program.
    ///
    /// # Errors
    /// As [`OptimiseQuestion::read`]; a file that is missing or is not text.
    pub fn open(place: &str) -> Result<OptimiseQuestion> {
        OptimiseQuestion::read(ExperimentText::open(place)?)
    }

    /// Reads the text of a file, with the model that it names.
    ///
    /// # Errors
    /// Every fault of the file, and of the model with what the file sets in it, each with its place and cure.
    pub fn read(text: ExperimentText) -> Result<OptimiseQuestion> {
        let (document, broken) = Document::parse(&text.place, &text.text);
        let Document { table, places } = document;
        let grammar = Grammar::of::<OptimiseFile>()?;
        let wrong = |faults: Vec<config::Fault>| {
            let mut errors = broken.clone();
            errors.extend(config::located(faults, &broken, |fault| config::place(&places, &text.place, fault)));
            errors.sort_by_key(|error| error.line);
            errors
        };
        let mut numbers = Vec::new();
        table.iter().for_each(|(key, value)| config::finite(&config::push("", key), value, &mut numbers));
        let said = config::schema_faults(&grammar.faults(&table), &numbers);
        let errors = wrong(numbers.into_iter().chain(said).collect());
        if !errors.is_empty() {
            return Err(Errors(errors));
        }
        let file = OptimiseFile::deserialize(Value::Table(table))
            .map_err(|cause| Errors(wrong(vec![config::refused(&cause)])))?;
        let Some(first) = file.stages.first().copied() else { return Err(Errors(wrong(Vec::new()))) };
        let name = text.name.rsplit('/').next().unwrap_or(&text.name).to_owned();
        let experiment = experiment_text(&text, &name, &file, (&first, 0), Table::new(), &tables_of(&file, false))?;
        let experiment =
            Experiment::of_text(experiment, &[]).map_err(|errors| at_home(errors, &places, &text.place))?;
        let faults = question_faults::of(&file, &experiment.model);
        if !faults.is_empty() {
            return Err(Errors(wrong(faults)));
        }
        Ok(OptimiseQuestion::checked(file, name, text, places, &experiment))
    }

    fn checked(
        file: OptimiseFile,
        name: String,
        text: ExperimentText,
        places: FilePlaces,
        experiment: &Experiment<ModelFile>,
    ) -> OptimiseQuestion {
        let model = &experiment.model;
        let cities = model.places.cities.clone();
        let levers = question_faults::levers(&file, model, &experiment.merged);
        let outside = |city: &&String| file.city.as_ref().is_some_and(|own| own != *city);
        let without_cities = cities.iter().filter(outside).cloned().collect();
        let cards = model.chain.services.iter().chain(&model.interventions);
        let groups = cards.map(|(key, card)| (key.clone(), card.target)).collect();
        let candidates = file.measures.names().filter_map(|key| model.interventions.get(key));
        let added = candidates.flat_map(|card| card.more_places.keys());
        let added_to = added.filter(|key| model.chain.services.contains_key(*key)).cloned().collect();
        let until = file.until;
        let window = file.enrolment.map(|window| window.until.year() - window.from.year() + 1);
        let years = file
            .budget
            .over_years
            .map_or_else(|| f64::from(window.unwrap_or(until - FIRST_BUDGET_YEAR).max(1)), f64::from);
        let effect = Figure::named(&file.effect).expect("the schema of the file allows known figures only");
        let space = MixSpace { levers, without_cities, until };
        let fewest_places = question_faults::fewest_places(&file, model);
        OptimiseQuestion { file, name, effect, space, cities, years, text, places, groups, added_to, fewest_places }
    }

    /// The city that is counted, as in the column `city` of tables.
    pub fn counted_city(&self) -> &str {
        self.file.city.as_deref().unwrap_or(ALL_CITIES)
    }

    /// The question in English or Dutch (0 or 1).
    pub fn title(&self, language: usize) -> &str {
        self.file.title_nl.as_ref().filter(|_| language == 1).unwrap_or(&self.file.title)
    }

    /// What makes an answer less certain than it looks: measures with less than one simulated place in a city in a stage, so
    /// that rounding decides who starts.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (number, stage) in (1..).zip(&self.file.stages) {
            for (key, city, places) in self.few_places(stage.scale) {
                let (scale, least) = (stage.scale, (1000.0 / places).ceil() / 1000.0);
                notes.push(format!(
                    "stage {number}: `{key}` has less than one place in {city} at scale {scale}, so rounding decides who \
                     starts; a scale of {least} is enough"
                ));
            }
        }
        notes
    }

    /// Measures with less than one simulated place in a city at a scale: their keys, the city, and the number of places.
    pub fn few_places(&self, scale: f64) -> impl Iterator<Item = (&str, &str, f64)> {
        let few = move |(.., places): &&(String, String, f64)| places * scale < 1.0;
        self.fewest_places.iter().filter(few).map(|(key, city, places)| (key.as_str(), city.as_str(), *places))
    }

    /// Settings of the search.
    pub fn settings(&self) -> SearchSettings {
        let size = self.file.search;
        let budgets = self.file.budget.euro.clone();
        SearchSettings { budgets, limits: self.limits(), breadth: size.breadth, rounds: size.rounds }
    }

    /// The limits of the file besides its budgets, over the parts of [`OptimiseQuestion::parts`].
    pub fn limits(&self) -> Vec<MixLimit> {
        let parts = self.parts();
        let only = |part: &MoneyPart| parts.iter().map(|own| f64::from(u8::from(own == part))).collect::<Vec<f64>>();
        let budget = &self.file.budget;
        let payers = budget.payers.iter().map(|(payer, most)| (MoneyPart::Payer(*payer), *most));
        let cities = budget.cities.iter().map(|(city, most)| (MoneyPart::City(city.clone()), *most));
        let mut limits: Vec<MixLimit> =
            payers.chain(cities).map(|(part, most)| MixLimit { weights: only(&part), most }).collect();
        for (group, share) in budget.least_share.iter().filter(|(_, share)| **share > 0.0) {
            // At least this share: the share of all groups together less the money of the group is at most 0.
            let weight = |part: &MoneyPart| match part {
                MoneyPart::Group(own) => share - f64::from(u8::from(own == group)),
                MoneyPart::Payer(_) | MoneyPart::City(_) => 0.0,
            };
            limits.push(MixLimit { weights: parts.iter().map(weight).collect(), most: 0.0 });
        }
        limits
    }

    /// The parts of the money of a mix, in the order of its outcome: payers, cities, target groups.
    pub fn parts(&self) -> Vec<MoneyPart> {
        let payers = Payer::ALL.into_iter().map(MoneyPart::Payer);
        let cities = self.cities.iter().cloned().map(MoneyPart::City);
        payers.chain(cities).chain(TargetGroup::ALL.iter().copied().map(MoneyPart::Group)).collect()
    }

    /// Whether a line of costs counts against the budget.
    pub(super) fn counts(&self, line: &MoneyLine) -> bool {
        let is_added = || line.category == CostCategory::Service && self.added_to.contains(&line.item);
        match self.file.budget.counts {
            CountedMoney::Measures => line.category == CostCategory::Programme || is_added(),
            CountedMoney::Help => line.category != CostCategory::Societal,
            CountedMoney::Society => true,
        }
    }

    /// Whether a part of the money has a line of costs. Target groups share the money of measures, and of services to which
    /// measures add places.
    pub(super) fn is_part(&self, part: &MoneyPart, line: &MoneyLine) -> bool {
        match part {
            MoneyPart::Payer(payer) => *payer == line.payer,
            MoneyPart::City(city) => *city == line.city,
            MoneyPart::Group(group) => self.groups.get(&line.item) == Some(group),
        }
    }

    /// The experiment of some mixes in a stage: the status quo, and a scenario for each mix that changes something. `what` is
    /// added to the name; the last stage also has the tables of the report.
    ///
    /// # Errors
    /// An internal error when the experiment cannot be written.
    pub fn experiment(&self, stage: usize, mixes: &[MixChoice], what: &str) -> Result<ExperimentText> {
        let last = self.file.stages.len() - 1;
        let at = self.file.stages.get(stage.min(last)).copied().unwrap_or(SearchStage {
            scale: 1.0,
            draws: 0,
            replicates: 1,
        });
        let mut scenarios = Table::new();
        for mix in mixes {
            let set = self.space.changes(mix);
            if set.is_empty() {
                continue;
            }
            let mut scenario = Table::new();
            scenario.insert("label".into(), Value::String(self.space.words(mix, 0)));
            scenario.insert("label_nl".into(), Value::String(self.space.words(mix, 1)));
            // Tables of cards say when a measure begins.
            scenario.insert("from".into(), Value::String("2008-01".into()));
            scenario.insert("set".into(), Value::Table(set));
            scenarios.insert(self.space.name(mix), Value::Table(scenario));
        }
        let seed = (last - stage.min(last)) as u64;
        let tables = tables_of(&self.file, stage >= last);
        let name = format!("{}{what}", self.name);
        experiment_text(&self.text, &name, &self.file, (&at, seed), scenarios, &tables)
    }

    /// A fault at a key of the file.
    pub(super) fn fault(&self, pointer: &str, what: impl Into<String>, cure: impl Into<String>) -> Error {
        let fault = Error::data(what, cure).at_key(config::dotted(pointer));
        match self.places.find(pointer) {
            Some(place) => fault.in_file(place.file.as_ref(), place.line),
            None => fault.in_file(&self.text.place, None),
        }
    }
}

/// A part of the money of a mix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MoneyPart {
    /// What a payer pays.
    Payer(Payer),
    /// What is spent in a city.
    City(String),
    /// What is spent on measures for a target group.
    Group(TargetGroup),
}

impl MoneyPart {
    /// The word used in files: a payer, the name of a city, or a target group.
    pub fn word(&self) -> &str {
        match self {
            MoneyPart::Payer(payer) => payer.word(),
            MoneyPart::City(city) => city,
            MoneyPart::Group(group) => group.word(),
        }
    }
}

/// Tables that a stage writes: those of effect and money; for the report of the last stage some more.
fn tables_of(file: &OptimiseFile, last: bool) -> Vec<String> {
    let figure = Figure::named(&file.effect).map_or("yearly", Figure::table);
    let mut tables = vec!["yearly", "costs", figure];
    if last {
        tables.extend(["fit", "chain", "capacity"]);
        tables.extend(file.outcomes.iter().map(String::as_str));
    }
    let mut each: Vec<String> = Vec::new();
    for table in tables {
        if !each.iter().any(|known| known == table) {
            each.push(table.to_owned());
        }
    }
    each
}

/// The text of an experiment of the question with these scenarios besides the status quo; `(stage, added)` is the stage and
/// what is added to the seed.
fn experiment_text(
    home: &ExperimentText,
    name: &str,
    file: &OptimiseFile,
    (stage, added): (&SearchStage, u64),
    mixes: Table,
    tables: &[String],
) -> Result<ExperimentText> {
    let text = |text: &str| Value::String(text.to_owned());
    let whole = |number: u64| Value::Integer(number.cast_signed());
    let mut table = Table::new();
    table.insert("title".into(), text(&file.title));
    if let Some(title) = &file.title_nl {
        table.insert("title_nl".into(), text(title));
    }
    table.insert("model".into(), text(&file.model));
    table.insert("seed".into(), whole(file.seed + added));
    table.insert("scale".into(), Value::Float(stage.scale));
    table.insert("until".into(), Value::Integer(file.until.into()));
    table.insert("replicates".into(), whole(stage.replicates.into()));
    table.insert("draws".into(), whole(stage.draws.into()));
    table.insert("outcomes".into(), Value::Array(tables.iter().map(|name| text(name)).collect()));
    table.insert("comparator".into(), text(STATUS_QUO));
    if stage.draws > 0 {
        let block = Table::from_iter([
            ("design".to_owned(), text("latin_hypercube")),
            ("block".to_owned(), whole(stage.draws.into())),
        ]);
        table.insert("uncertainty".into(), Value::Table(block));
    }
    if let Some(window) = file.enrolment {
        let months = [("from", window.from), ("until", window.until)];
        let months = months.map(|(key, month)| (key.to_owned(), Value::String(month.to_string())));
        table.insert("enrolment".into(), Value::Table(Table::from_iter(months)));
    }
    table.insert("set".into(), Value::Table(file.set.clone()));
    let label = [("label", "status quo of 2008"), ("label_nl", "situatie van 2008")];
    let quo = Table::from_iter(label.map(|(key, label)| (key.to_owned(), text(label))));
    let scenarios = std::iter::once((STATUS_QUO.to_owned(), Value::Table(quo))).chain(mixes);
    table.insert("scenarios".into(), Value::Table(scenarios.collect()));
    let text = toml::to_string(&table).map_err(|cause| {
        let what = format!("the experiment of the mixes cannot be written: {cause}");
        Error::new(crate::error::Kind::Internal, what, "report this fault").in_file(&home.place, None)
    })?;
    Ok(ExperimentText { name: name.to_owned(), place: home.place.clone(), text, folder: home.folder.clone() })
}

/// Faults of the experiment of a question at their lines in the file of the question, which has the same keys.
fn at_home(errors: Errors, places: &FilePlaces, place: &str) -> Errors {
    let moved = |mut error: Error| {
        if error.file.as_deref() == Some(place) {
            let key = error.key.clone().unwrap_or_default();
            let by_steps = key.split('.').fold(String::new(), |at, step| config::push(&at, step.trim_matches('"')));
            let found = places.exact(&config::push("/set", &key)).or_else(|| {
                // A scale belongs to the first stage.
                let scale = (key == "scale").then(|| places.find("/stages/0/scale")).flatten();
                scale.or_else(|| places.find(&by_steps))
            });
            error.line = found.and_then(|place| place.line);
        }
        error
    };
    Errors(errors.0.into_iter().map(moved).collect())
}
