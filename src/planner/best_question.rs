//! A question for the best mix as a page asks it: controls, their faults, and the file of `keten optimise` that answers it.
//!
//! `best.budget=5` is the budget in million euro a year, `best.city=rotterdam` the city, `best.effect=children_maltreated`
//! the figure that is to fall, `best.end=2039` the last year. Limits besides the budget, in million euro a year:
//! `best.payer.municipality=3`, `best.most.rotterdam=2`; in per cent of the money: `best.share.children=40`.
//! `best.measure.nhv=on` is a measure that a mix may have. Without one, the measures of the built-in question are taken.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::catalogue::{Catalogue, MODEL};
use super::controls::{MixFault, slug};
use super::mix::{FIRST_END, LAST_END, MixLevel, USUAL_END};
use super::optimise_file::{OptimiseFile, SearchStage};
use crate::analysis::figures::LESS_IS_BETTER;
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::experiment::ExperimentText;
use crate::money::Payer;
use crate::world::TargetGroup;

/// Sizes of the search of a page: many mixes in a small simulation, then the most promising ones in larger ones.
pub const BEST_STAGES: [SearchStage; 3] = [
    SearchStage { scale: 0.02, draws: 4, replicates: 1 },
    SearchStage { scale: 0.05, draws: 6, replicates: 1 },
    SearchStage { scale: 0.1, draws: 10, replicates: 1 },
];
/// Budget of a question that names none, million euro a year.
pub const USUAL_BUDGET: f64 = 5.0;
/// What all names of its controls begin with.
pub const BEST_PREFIX: &str = "best.";

/// The question inside the program whose measures a page tries unless others are chosen.
const USUAL_QUESTION: &str = "optimise/rotterdam";
/// Largest amount, million euro a year.
const MOST_MILLIONS: f64 = 1000.0;
const MILLION: f64 = 1e6;

/// A question for the best mix.
#[derive(Clone, Debug, PartialEq)]
pub struct BestQuestion {
    /// Budget, million euro a year in addition to the status quo.
    pub budget: f64,
    /// City in which measures are taken; all cities if `None`.
    pub city: Option<String>,
    /// Key of the figure that is to fall.
    pub effect: String,
    /// First year that is not simulated.
    pub end: i32,
    /// Most that a payer pays, million euro a year.
    pub payers: BTreeMap<Payer, f64>,
    /// Most that is spent in a city, million euro a year.
    pub cities: BTreeMap<String, f64>,
    /// Smallest share of the money for measures for a target group, per cent.
    pub shares: BTreeMap<TargetGroup, f64>,
    /// Keys of the measures that a mix may have; those of the built-in question if empty.
    pub measures: BTreeSet<String>,
}

impl Default for BestQuestion {
    fn default() -> Self {
        BestQuestion {
            budget: USUAL_BUDGET,
            city: None,
            effect: LESS_IS_BETTER[0].to_owned(),
            end: USUAL_END,
            payers: BTreeMap::new(),
            cities: BTreeMap::new(),
            shares: BTreeMap::new(),
            measures: BTreeSet::new(),
        }
    }
}

impl BestQuestion {
    /// Reads controls, and finds the faults of the question.
    pub fn from_controls(
        catalogue: &Catalogue,
        controls: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> (BestQuestion, Vec<MixFault>) {
        let (mut question, mut faults) = (BestQuestion::default(), Vec::new());
        for (name, value) in controls {
            let (name, value) = (name.as_ref(), value.as_ref().trim());
            if let Err(fault) = question.take(catalogue, name, value) {
                faults.push(fault);
            }
        }
        // The usual measures need not be named.
        let usual = usual();
        if question.measures.len() == usual.len() && usual.iter().all(|(key, _)| question.measures.contains(key)) {
            question.measures.clear();
        }
        faults.extend(question.faults(catalogue));
        (question, faults)
    }

    /// Reads one control; without a value it says nothing.
    fn take(&mut self, catalogue: &Catalogue, name: &str, value: &str) -> std::result::Result<(), MixFault> {
        if value.is_empty() {
            return Ok(());
        }
        let city = |word: &str| catalogue.cities().iter().find(|city| slug(city) == word).cloned();
        let unknown = || MixFault::unknown(name);
        let parts: Vec<&str> = name.strip_prefix(BEST_PREFIX).unwrap_or(name).split('.').collect();
        match parts[..] {
            ["budget"] => self.budget = amount(name, value)?,
            ["city"] if value == "all" => self.city = None,
            ["city"] => self.city = Some(city(value).ok_or_else(unknown)?),
            ["effect"] if LESS_IS_BETTER.contains(&value) => value.clone_into(&mut self.effect),
            ["end"] => {
                let year: i32 = value.parse().map_err(|_| not_a_number(name))?;
                self.end = year.saturating_add(1);
            }
            ["payer", word] => {
                let payer = Payer::ALL.into_iter().find(|payer| payer.word() == word).ok_or_else(unknown)?;
                self.payers.insert(payer, amount(name, value)?);
            }
            ["most", word] => {
                self.cities.insert(city(word).ok_or_else(unknown)?, amount(name, value)?);
            }
            ["share", word] => {
                let groups = TargetGroup::ALL.iter().copied();
                let group = groups.into_iter().find(|group| group.word() == word).ok_or_else(unknown)?;
                self.shares.insert(group, amount(name, value)?);
            }
            ["measure", key] if catalogue.card(key).is_some() => {
                self.measures.insert(key.to_owned());
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }

    /// The controls of the question, by name: what [`BestQuestion::from_controls`] reads.
    pub fn controls(&self) -> Vec<(String, String)> {
        let mut all = vec![
            ("budget".to_owned(), self.budget.to_string()),
            ("city".to_owned(), self.city.as_deref().map_or_else(|| "all".to_owned(), slug)),
            ("effect".to_owned(), self.effect.clone()),
        ];
        if self.end != USUAL_END {
            all.push(("end".to_owned(), (self.end - 1).to_string()));
        }
        all.extend(self.payers.iter().map(|(payer, most)| (format!("payer.{}", payer.word()), most.to_string())));
        all.extend(self.cities.iter().map(|(city, most)| (format!("most.{}", slug(city)), most.to_string())));
        all.extend(self.shares.iter().map(|(group, share)| (format!("share.{}", group.word()), share.to_string())));
        all.extend(self.measures.iter().map(|key| (format!("measure.{key}"), "on".to_owned())));
        all.into_iter().map(|(name, value)| (format!("{BEST_PREFIX}{name}"), value)).collect()
    }

    /// What contradicts itself in the question; empty for one that can be answered.
    fn faults(&self, catalogue: &Catalogue) -> Vec<MixFault> {
        let mut faults = Vec::new();
        let mut fault = |at: &str, english: String, dutch: String| {
            faults.push(MixFault::new(&format!("{BEST_PREFIX}{at}"), english, dutch));
        };
        if self.budget <= 0.0 {
            fault("budget", "Give more than 0 euro.".into(), "Geef meer dan 0 euro.".into());
        }
        if !(FIRST_END..=LAST_END).contains(&self.end) {
            let (first, last) = (FIRST_END - 1, LAST_END - 1);
            fault(
                "end",
                format!("The last year must be from {first} to {last}."),
                format!("Het laatste jaar moet liggen van {first} tot en met {last}."),
            );
        }
        for city in self.cities.keys().filter(|city| self.city.as_ref().is_some_and(|own| own != *city)) {
            fault(
                &format!("most.{}", slug(city)),
                "Measures are taken in another city only, so this limit does nothing. Clear it, or choose all cities."
                    .into(),
                "De maatregelen zijn alleen in een andere stad. Deze grens doet dus niets. Maak dit veld leeg, of kies alle \
                 steden."
                    .into(),
            );
        }
        if self.shares.values().sum::<f64>() > 100.0 {
            for group in self.shares.keys() {
                fault(
                    &format!("share.{}", group.word()),
                    "The shares add up to more than 100 per cent. Give smaller ones.".into(),
                    "De delen zijn samen meer dan 100 procent. Geef kleinere delen.".into(),
                );
            }
        }
        let candidates = candidates(catalogue, self);
        for (group, _) in self.shares.iter().filter(|(_, share)| **share > 0.0) {
            if !candidates.iter().any(|(key, _)| catalogue.card(key).is_some_and(|card| card.target == *group)) {
                fault(
                    &format!("share.{}", group.word()),
                    "None of the chosen measures is for this group. Choose one below, or clear this field.".into(),
                    "Geen van de gekozen maatregelen is voor deze groep. Kies er hieronder een, of maak dit veld leeg."
                        .into(),
                );
            }
        }
        if candidates.is_empty() {
            fault(
                "city",
                "None of the chosen measures does anything here. Choose other measures or another city.".into(),
                "Geen van de gekozen maatregelen doet hier iets. Kies andere maatregelen of een andere stad.".into(),
            );
        }
        faults
    }

    /// Keys of the measures that a mix may have.
    pub fn candidates(&self, catalogue: &Catalogue) -> Vec<String> {
        candidates(catalogue, self).into_iter().map(|(key, _)| key).collect()
    }

    /// The file of `keten optimise` that answers the question. The best mix is sought under half the budget, the budget,
    /// and twice the budget, so that the curve shows what less and more money give.
    ///
    /// # Errors
    /// An internal error when the file cannot be written.
    pub fn text(&self, catalogue: &Catalogue, stages: &[SearchStage]) -> Result<String> {
        let money = |millions: f64| Value::Float((millions * MILLION).round());
        let texts = |words: Vec<String>| Value::Array(words.into_iter().map(Value::String).collect());
        let mut table = Table::new();
        let [title, title_nl] = self.titles();
        table.insert("title".into(), Value::String(title));
        table.insert("title_nl".into(), Value::String(title_nl));
        table.insert("model".into(), Value::String(format!("builtin:{MODEL}")));
        table.insert("until".into(), Value::Integer(self.end.into()));
        table.insert("effect".into(), Value::String(self.effect.clone()));
        if let Some(city) = &self.city {
            table.insert("city".into(), Value::String(city.clone()));
        }
        let mut budget = Table::new();
        let budgets = self.budgets().map(Value::Float);
        budget.insert("euro".into(), Value::Array(budgets.to_vec()));
        let payers = self.payers.iter().map(|(payer, most)| (payer.word().to_owned(), money(*most)));
        let cities = self.cities.iter().map(|(city, most)| (city.clone(), money(*most)));
        let shares = self.shares.iter().map(|(group, share)| (group.word().to_owned(), Value::Float(share / 100.0)));
        let parts: [(&str, Table); 3] =
            [("payers", payers.collect()), ("cities", cities.collect()), ("least_share", shares.collect())];
        for (key, limits) in parts.into_iter().filter(|(_, limits)| !limits.is_empty()) {
            budget.insert(key.into(), Value::Table(limits));
        }
        table.insert("budget".into(), Value::Table(budget));
        let measure = |(key, (levels, means)): (String, CandidateLevels)| {
            let means = means.into_iter().map(|share| Value::Integer(share.into())).collect();
            (
                key,
                Value::Table(Table::from_iter([
                    ("levels".to_owned(), texts(levels)),
                    ("means".to_owned(), Value::Array(means)),
                ])),
            )
        };
        table.insert("measures".into(), Value::Table(candidates(catalogue, self).into_iter().map(measure).collect()));
        let search = [("breadth", 6), ("rounds", 2), ("keep", 10)];
        let search = search.map(|(key, number)| (key.to_owned(), Value::Integer(number)));
        table.insert("search".into(), Value::Table(Table::from_iter(search)));
        let stage = |stage: &SearchStage| {
            let mut table = Table::from_iter([("scale".to_owned(), Value::Float(stage.scale))]);
            table.insert("draws".into(), Value::Integer(stage.draws.into()));
            table.insert("replicates".into(), Value::Integer(stage.replicates.into()));
            Value::Table(table)
        };
        table.insert("stages".into(), Value::Array(stages.iter().map(stage).collect()));
        let set = Table::from_iter([("founding.pool_size".to_owned(), Value::Integer(POOL))]);
        table.insert("set".into(), Value::Table(set));
        let text = toml::to_string(&table).map_err(|cause| {
            Error::new(Kind::Internal, format!("the question cannot be written: {cause}"), "report this fault")
        })?;
        Ok(format!("# A question for the best mix, written by keten. Answer it with `keten optimise`.\n\n{text}"))
    }

    /// The same as a text that [`OptimiseQuestion`](super::question::OptimiseQuestion) reads.
    ///
    /// # Errors
    /// As [`BestQuestion::text`].
    pub(super) fn file(&self, catalogue: &Catalogue, stages: &[SearchStage]) -> Result<ExperimentText> {
        let text = self.text(catalogue, stages)?;
        Ok(ExperimentText { name: "best".into(), place: "best.toml".into(), text, folder: None })
    }

    /// Half the budget, the budget, and twice the budget, in euro a year.
    pub fn budgets(&self) -> [f64; 3] {
        [0.5, 1.0, 2.0].map(|times| (times * self.budget * MILLION).round())
    }

    /// The budget in euro a year.
    pub fn euro(&self) -> f64 {
        (self.budget * MILLION).round()
    }

    /// The question in English and in Dutch.
    fn titles(&self) -> [String; 2] {
        let words = [super::best_mix_words::MixWords(0), super::best_mix_words::MixWords(1)];
        let [en, nl] = words.map(|words| words.euro(self.euro()));
        match &self.city {
            Some(city) => {
                [format!("What does {city} get for {en} a year?"), format!("Wat krijgt {city} voor {nl} per jaar?")]
            }
            None => [
                format!("What do the four cities get for {en} a year?"),
                format!("Wat krijgen de vier steden voor {nl} per jaar?"),
            ],
        }
    }
}

/// Persons of a burn-in population: a quarter of the usual number, since every draw has its own.
const POOL: i64 = 20_000;

/// Levels beyond the status quo by their words, and shares of the means.
type CandidateLevels = (Vec<String>, Vec<u32>);

/// Measures that a page can try with their levels: those of the built-in question as they are there, all others at full
/// roll-out, or as in the programme where full roll-out does nothing.
fn candidates(catalogue: &Catalogue, question: &BestQuestion) -> Vec<(String, CandidateLevels)> {
    let usual = usual();
    let chosen = |key: &str| match question.measures.is_empty() {
        true => usual.iter().any(|(own, _)| own == key),
        false => question.measures.contains(key),
    };
    let acts = |key: &str, level: MixLevel| {
        let cities = catalogue.cities().iter().enumerate();
        let here = cities.filter(|(_, city)| question.city.as_ref().is_none_or(|own| own == *city));
        here.into_iter().any(|(number, _)| catalogue.start_in(key, level, number).is_some())
    };
    let of = |(key, _): (&str, &crate::interventions::Card)| {
        let own = usual.iter().find(|(own, _)| own == key).map(|(_, levels)| levels.clone());
        let known = |word: &String| MixLevel::named(word).is_some_and(|level| acts(key, level));
        let own = own.map(|(levels, means)| (levels.into_iter().filter(known).collect::<Vec<String>>(), means));
        let level = [MixLevel::Full, MixLevel::Programme].into_iter().find(|level| acts(key, *level));
        let other = || Some((vec![level?.word().to_owned()], vec![100]));
        Some((key.to_owned(), own.filter(|(levels, _)| !levels.is_empty()).or_else(other)?))
    };
    catalogue.cards().into_iter().filter(|(key, _)| chosen(key)).filter_map(of).collect()
}

/// The measures of the built-in question with their levels; none if it cannot be read, which a test prevents.
fn usual() -> Vec<(String, CandidateLevels)> {
    let text = config::builtin_experiment(USUAL_QUESTION).map(|file| file.text).unwrap_or_default();
    let file: Option<OptimiseFile> = toml::from_str(&text).ok();
    let measures = file.map(|file| file.measures.0).unwrap_or_default();
    measures.into_iter().map(|(key, own)| (key, (own.levels, own.means))).collect()
}

/// A number that is at least 0, with a decimal point or comma.
fn amount(name: &str, value: &str) -> std::result::Result<f64, MixFault> {
    let number: f64 = value.replace(',', ".").parse().map_err(|_| not_a_number(name))?;
    if (0.0..=MOST_MILLIONS).contains(&number) {
        return Ok(number);
    }
    Err(MixFault::new(
        name,
        format!("Give a number from 0 to {MOST_MILLIONS}."),
        format!("Geef een getal van 0 tot {MOST_MILLIONS}."),
    ))
}

fn not_a_number(name: &str) -> MixFault {
    MixFault::new(
        name,
        "This is not a number. Write for example 5 or 2.5.".into(),
        "Dit is geen getal. Schrijf bijvoorbeeld 5 of 2,5.".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::OptimiseQuestion;

    fn catalogue() -> Catalogue {
        Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn asked(pairs: &[(&str, &str)]) -> (BestQuestion, Vec<MixFault>) {
        BestQuestion::from_controls(&catalogue(), pairs.iter().copied())
    }

    #[test]
    fn controls_are_a_question_and_come_back() {
        let (question, faults) = asked(&[
            ("best.budget", "2,5"),
            ("best.city", "den-haag"),
            ("best.effect", "first_exposed"),
            ("best.end", "2029"),
            ("best.payer.municipality", "2"),
            ("best.share.children", "40"),
            ("best.measure.nhv", "on"),
            ("best.measure.advocacy", "on"),
        ]);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!((question.budget, question.city.as_deref(), question.end), (2.5, Some("Den Haag"), 2030));
        assert_eq!(question.budgets(), [1_250_000.0, 2_500_000.0, 5_000_000.0]);
        let (again, faults) = BestQuestion::from_controls(&catalogue(), question.controls());
        assert!(faults.is_empty() && again == question, "{again:?}");
    }

    #[test]
    fn the_usual_measures_are_not_named_in_an_address() {
        let names: Vec<String> = usual().into_iter().map(|(key, _)| format!("best.measure.{key}")).collect();
        assert_eq!(names.len(), 8);
        let all = BestQuestion::from_controls(&catalogue(), names.iter().map(|name| (name.as_str(), "on")));
        assert_eq!(all.0, BestQuestion::default());
        let fewer = BestQuestion::from_controls(&catalogue(), names[1..].iter().map(|name| (name.as_str(), "on")));
        assert_eq!(fewer.0.measures.len(), 7);
    }

    #[test]
    fn a_question_is_a_file_that_optimise_reads_with_the_same_limits() {
        let catalogue = catalogue();
        for city in ["all", "rotterdam", "utrecht"] {
            let (question, faults) =
                asked(&[("best.city", city), ("best.payer.rijk", "1.5"), ("best.share.victims", "25")]);
            assert!(faults.is_empty(), "{city}: {faults:?}");
            let file = question.file(&catalogue, &BEST_STAGES).expect("a text");
            let read = OptimiseQuestion::read(file).unwrap_or_else(|errors| panic!("{city}: {errors}"));
            assert_eq!(read.file.budget.payers.get(&Payer::Rijk), Some(&1_500_000.0));
            assert_eq!(read.file.budget.least_share.get(&TargetGroup::Victims), Some(&0.25));
            assert_eq!(read.file.budget.euro, question.budgets());
            assert_eq!(read.file.city, question.city);
            assert_eq!(read.space.levers.len(), usual().len(), "{city}");
        }
    }

    #[test]
    fn every_measure_can_be_tried_in_every_city_where_it_does_something() {
        let catalogue = catalogue();
        for city in ["all", "amsterdam", "rotterdam", "den-haag", "utrecht"] {
            let every: Vec<(String, String)> =
                catalogue.cards().iter().map(|(key, _)| (format!("best.measure.{key}"), "on".to_owned())).collect();
            let controls = every.into_iter().chain([("best.city".to_owned(), city.to_owned())]);
            let (question, faults) = BestQuestion::from_controls(&catalogue, controls);
            assert!(faults.is_empty(), "{city}: {faults:?}");
            let read = OptimiseQuestion::read(question.file(&catalogue, &BEST_STAGES).expect("a text"));
            let read = read.unwrap_or_else(|errors| panic!("{city}: {errors}"));
            assert!(read.space.levers.len() > 15, "{city}: {}", read.space.levers.len());
        }
    }

    #[test]
    fn contradictions_are_faults_at_their_controls() {
        let at = |pairs: &[(&str, &str)]| asked(pairs).1.into_iter().map(|fault| fault.at).collect::<Vec<_>>();
        assert_eq!(at(&[("best.budget", "much")]), ["best.budget"]);
        assert_eq!(at(&[("best.budget", "0")]), ["best.budget"]);
        assert_eq!(at(&[("best.budget", "nan")]), ["best.budget"]);
        assert_eq!(at(&[("best.city", "leiden")]), ["best.city"]);
        assert_eq!(at(&[("best.end", "1999")]), ["best.end"]);
        assert_eq!(at(&[("best.city", "utrecht"), ("best.most.rotterdam", "1")]), ["best.most.rotterdam"]);
        assert_eq!(
            at(&[("best.share.children", "60"), ("best.share.victims", "50")]),
            ["best.share.children", "best.share.victims"]
        );
        assert_eq!(at(&[("best.measure.nhv", "on"), ("best.share.perpetrators", "10")]), ["best.share.perpetrators"]);
        assert_eq!(at(&[("best.other", "1")]), ["best.other"]);
    }
}
