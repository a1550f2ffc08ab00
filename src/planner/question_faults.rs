//! Faults of a question that its schema cannot express: measures, levels and cities that the model does not have, and
//! limits that contradict each other.

use super::catalogue::tables;
use super::mix::MixLevel;
use super::mix_space::MixLever;
use super::optimise_file::{CandidateMeasure, OptimiseFile};
use crate::config::{self, Fault, Merged};
use crate::interventions::{Card, Path};
use crate::model::ModelFile;
use crate::world::{City, Month};

/// Most levels of a measure, the status quo included: a scenario has one character for each.
const MOST_LEVELS: usize = 36;
/// Most measures: the name of a scenario has a character for each.
const MOST_MEASURES: usize = 50;
/// Months from 2008 on in which the tables of cards are compared: a century.
const AHEAD: i32 = 1200;

/// Where and when a level goes beyond the status quo: city, month, and the value in bits.
type BeyondSteps = Vec<(City, i32, u64)>;

/// All faults of a file whose schema has none, in a model that has what the file sets.
pub(super) fn of(file: &OptimiseFile, model: &ModelFile) -> Vec<Fault> {
    let mut checks = QuestionChecks { file, model, faults: Vec::new() };
    checks.city();
    checks.measures();
    checks.budget();
    checks.stages();
    checks.faults
}

/// The levers of a file without faults.
pub(super) fn levers(file: &OptimiseFile, model: &ModelFile, merged: &Merged) -> Vec<MixLever> {
    let lever = |(key, candidate): &(String, CandidateMeasure)| {
        let card = model.interventions.get(key)?;
        let table = super::catalogue::table_of(card, super::catalogue::OWN_PLACES);
        let table = table.unwrap_or_else(|| "coverage".to_owned());
        let multiplier = merged.value(&format!("interventions.{key}.{table}")).unwrap_or(1.0);
        Some(MixLever::of(key, card, multiplier, &levels(candidate), &candidate.means))
    };
    file.measures.0.iter().filter_map(lever).collect()
}

/// The measure, the city and the number of places of a candidate with the fewest places at its smallest share of the means,
/// for each candidate with places.
pub(super) fn fewest_places(file: &OptimiseFile, model: &ModelFile) -> Vec<(String, String, f64)> {
    let checks = QuestionChecks { file, model, faults: Vec::new() };
    let fewest = |(key, candidate): &(String, CandidateMeasure)| {
        let places = model.interventions.get(key)?.programme.as_ref()?.places.as_ref()?;
        let share = f64::from(candidate.means.iter().copied().min().unwrap_or(100)) / 100.0;
        let paths = levels(candidate)
            .into_iter()
            .filter_map(|level| Path::of(places, level.of_card(), model.places.cities.len()).ok());
        let paths: Vec<Path> = paths.collect();
        let highest = |path: &Path, city| share * path.highest(city, Month(0), Month(0).plus(AHEAD));
        let of_city =
            |city: City| paths.iter().map(|path| highest(path, city)).filter(|places| *places > 0.0).reduce(f64::min);
        let cities = checks.taken_in().into_iter();
        let (city, places) =
            cities.filter_map(|city| Some((city, of_city(city)?))).min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((key.clone(), model.places.cities.get(city)?.clone(), places))
    };
    file.measures.0.iter().filter_map(fewest).collect()
}

fn levels(candidate: &CandidateMeasure) -> Vec<MixLevel> {
    candidate.levels.iter().filter_map(|word| MixLevel::named(word)).collect()
}

struct QuestionChecks<'a> {
    file: &'a OptimiseFile,
    model: &'a ModelFile,
    faults: Vec<Fault>,
}

impl QuestionChecks<'_> {
    fn fault(&mut self, at: &str, what: impl Into<String>, cure: impl Into<String>) {
        self.faults.push(Fault::new(at, what, cure));
    }

    fn cities(&self) -> &[String] {
        &self.model.places.cities
    }

    fn unknown_city(&mut self, at: &str, city: &str) {
        let names = self.cities().iter().map(String::as_str);
        let cure = match config::nearest(city, names.clone()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("the cities are {}", names.collect::<Vec<_>>().join(", ")),
        };
        self.fault(at, format!("the model has no city \"{city}\""), cure);
    }

    fn city(&mut self) {
        if let Some(city) = self.file.city.clone().filter(|city| !self.cities().contains(city)) {
            self.unknown_city("/city", &city);
        }
    }

    /// Numbers of the cities in which measures are taken.
    fn taken_in(&self) -> Vec<City> {
        let own = self.file.city.as_ref();
        let cities = self.cities().iter().enumerate();
        cities.filter(|(_, city)| own.is_none_or(|own| own == *city)).map(|(at, _)| at).collect()
    }

    fn measures(&mut self) {
        let number = self.file.measures.0.len();
        if number > MOST_MEASURES {
            let cure = format!("give at most {MOST_MEASURES}");
            self.fault("/measures", format!("{number} measures are more than a search can compare"), cure);
        }
        for (key, candidate) in &self.file.measures.0 {
            let at = config::push("/measures", key);
            let Some(card) = self.model.interventions.get(key) else {
                let keys = self.model.interventions.keys().map(String::as_str);
                let cure = match config::nearest(key, keys) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`keten list interventions` has the keys".to_owned(),
                };
                self.fault(&at, format!("the model has no measure `{key}`"), cure);
                continue;
            };
            self.contradictions(key, card, &at);
            self.levels(key, card, candidate, &at);
            let levels = 1 + candidate.levels.len() * candidate.means.len();
            if levels > MOST_LEVELS {
                let what = format!("`{key}` has {levels} levels, the status quo included");
                self.fault(&at, what, format!("give fewer `means`: at most {MOST_LEVELS} levels"));
            }
        }
    }

    /// Settings of the file or of the model that hold a measure at a level.
    fn contradictions(&mut self, key: &str, card: &Card, at: &str) {
        let own = format!("interventions.{key}.");
        let held = ["level", "without_cities", "coverage", "programme.places"];
        let set = self.file.set.keys().find(|set| {
            set.strip_prefix(&own)
                .is_some_and(|rest| held.iter().any(|held| rest == *held || rest.starts_with(&format!("{held}."))))
        });
        if let Some(set) = set.cloned() {
            let what =
                format!("contradicts [measures.{key}]: the search itself changes the level and means of `{key}`");
            self.fault(&config::push("/set", &set), what, "take it out here, or take the measure out of `measures`");
        } else if card.level != crate::interventions::Level::StatusQuo {
            let what = format!("`{key}` is not at the status quo in the model itself");
            let cure = format!("set \"interventions.{key}.level\" = \"status_quo\" in the model");
            self.fault(at, what, cure);
        }
    }

    /// Levels that the card does not have, that do nothing here, or that are the same as another one.
    fn levels(&mut self, key: &str, card: &Card, candidate: &CandidateMeasure, at: &str) {
        let at = config::push(at, "levels");
        let mut known: Vec<(MixLevel, BeyondSteps)> = Vec::new();
        for (number, level) in levels(candidate).into_iter().enumerate() {
            let here = config::push(&at, &number.to_string());
            let steps = match self.beyond(card, level) {
                Ok(steps) => steps,
                Err(what) => {
                    self.fault(
                        &here,
                        format!("`{key}` has no level `{}`: {what}", level.word()),
                        "leave the level out",
                    );
                    continue;
                }
            };
            let place = self.file.city.clone().unwrap_or_else(|| "any city".to_owned());
            if steps.is_empty() {
                let what = format!("`{key}` at level `{}` does nothing beyond the status quo in {place}", level.word());
                self.fault(&here, what, "leave the level out, or choose another city");
            } else if let Some((same, _)) = known.iter().find(|(_, other)| *other == steps) {
                let what =
                    format!("`{key}` is the same at the levels `{}` and `{}` in {place}", same.word(), level.word());
                self.fault(&here, what, "leave one of them out");
            }
            known.push((level, steps));
        }
    }

    /// Where and when the tables of a card go beyond the status quo at a level: city, month and value, table by table.
    fn beyond(&self, card: &Card, level: MixLevel) -> Result<BeyondSteps, String> {
        let cities = self.cities().len();
        let mut found = Vec::new();
        for (_, table) in tables(card) {
            let own: Path = table.path(level, cities)?;
            let before = table.path(MixLevel::StatusQuo, cities)?;
            for city in self.taken_in() {
                for month in 0..AHEAD {
                    let month = Month(0).plus(month);
                    let value = own.at(city, month);
                    if value != before.at(city, month) {
                        found.push((city, i32::from(month.0), value.to_bits()));
                    }
                }
            }
        }
        Ok(found)
    }

    fn budget(&mut self) {
        let budget = &self.file.budget;
        for (number, euro) in budget.euro.iter().enumerate().filter(|(_, euro)| **euro <= 0.0) {
            let at = config::push("/budget/euro", &number.to_string());
            self.faults.push(Fault::new(
                at,
                format!("a budget of {euro} euro buys no measure"),
                "give more than 0 euro a year",
            ));
        }
        for city in budget.cities.keys() {
            let at = config::push("/budget/cities", city);
            if !self.cities().contains(city) {
                self.unknown_city(&at, city);
            } else if let Some(own) = self.file.city.as_ref().filter(|own| *own != city) {
                let what = format!("limits the money of {city}, and measures are taken in {own} only");
                self.fault(&at, what, "take it out, or leave `city` out to take measures in all cities");
            }
        }
        let sum: f64 = budget.least_share.values().sum();
        if sum > 1.0 + 1e-9 {
            let what = format!("the shares of the target groups add up to {}", (sum * 1000.0).round() / 1000.0);
            self.fault("/budget/least_share", what, "give shares that add up to at most 1");
        }
        for (group, share) in budget.least_share.iter().filter(|(_, share)| **share > 0.0) {
            let has = |key: &str| self.model.interventions.get(key).is_some_and(|card| card.target == *group);
            if !self.file.measures.names().any(has) {
                let at = config::push("/budget/least_share", group.word());
                let what = format!("a share of {share} for {}, and no measure of the file is for them", group.word());
                self.fault(&at, what, "add a measure for this target group, or take the share out");
            }
        }
    }

    fn stages(&mut self) {
        let last = self.file.stages.len().saturating_sub(1);
        let alone = self.file.stages.last().is_some_and(|stage| stage.draws == 0 && stage.replicates < 2);
        if alone {
            let what = "the last stage has one simulation of each mix, which gives no interval";
            let cure = "give `draws` or `replicates` of at least 2";
            self.fault(&config::push("/stages", &last.to_string()), what, cure);
        }
    }
}
