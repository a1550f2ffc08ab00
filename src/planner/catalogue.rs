//! The measures of the model inside the program, as a mix needs them: cards, cities, kinds of places, and when a level
//! begins.

use std::collections::BTreeMap;

use super::mix::{MixLevel, MixLine};
use crate::config::{self, Merged, Parameter, Sources};
use crate::error::{Error, Kind, Result};
use crate::interventions::{Card, Path};
use crate::model::ModelFile;
use crate::units::{Count, Rows, Share};
use crate::world::{City, Month};

/// The model of all mixes.
pub(super) const MODEL: &str = "g4-2008";
/// Kind of the places that a measure with participants has itself.
pub const OWN_PLACES: &str = "own";
/// Months after the beginning of 2008 in which a level is looked for: a century.
const AHEAD: i32 = 1200;

/// A table of a card that has a value for each level, by city and month.
#[derive(Clone, Copy, Debug)]
pub(super) enum LevelTable<'a> {
    /// Share of the persons or cases concerned.
    Coverage(&'a Rows<Share>),
    /// Places.
    Places(&'a Rows<Count>),
}

impl LevelTable<'_> {
    /// Names of its columns.
    pub(super) fn columns(&self) -> &[String] {
        match self {
            LevelTable::Coverage(rows) => &rows.columns,
            LevelTable::Places(rows) => &rows.columns,
        }
    }

    /// Multiplier of all values.
    pub(super) fn multiplier(&self) -> f64 {
        match self {
            LevelTable::Coverage(rows) => rows.value,
            LevelTable::Places(rows) => rows.value,
        }
    }

    pub(super) fn path(&self, level: MixLevel, cities: usize) -> std::result::Result<Path, String> {
        match self {
            LevelTable::Coverage(rows) => Path::of(rows, level.of_card(), cities),
            LevelTable::Places(rows) => Path::of(rows, level.of_card(), cities),
        }
    }
}

/// A table of a card at each level, in the order of [`MixLevel::ALL`].
#[derive(Clone, Debug)]
struct LevelPaths([Path; 3]);

impl LevelPaths {
    fn at(&self, level: MixLevel) -> &Path {
        &self.0[level as usize]
    }
}

/// The measures that a mix is made of.
#[derive(Debug)]
pub struct Catalogue {
    model: ModelFile,
    merged: Merged,
    /// By card, the tables by level with their keys below the card.
    paths: BTreeMap<String, Vec<(String, LevelPaths)>>,
    /// All parameters with their passports.
    parameters: Vec<Parameter>,
    /// Hash of the files of the model.
    fingerprint: String,
}

impl Catalogue {
    /// The measures of the model inside the program.
    ///
    /// # Errors
    /// Faults of that model, which tests prevent.
    pub fn built_in() -> Result<Catalogue> {
        let sources = Sources::builtin(MODEL)?;
        let mut hash = blake3::Hasher::new();
        for file in sources.files.iter().chain(&sources.references) {
            hash.update(file.name.as_bytes()).update(&[0]).update(file.text.as_bytes()).update(&[0]);
        }
        let (model, merged) = ModelFile::load(&sources)?;
        let mut paths = BTreeMap::new();
        for (key, card) in &model.interventions {
            let of = |(table, rows): (String, LevelTable<'_>)| {
                let mut all = Vec::new();
                for level in MixLevel::ALL {
                    all.push(rows.path(level, model.places.cities.len())?);
                }
                let all = <[Path; 3]>::try_from(all).map_err(|_| "three levels".to_owned())?;
                Ok::<_, String>((table, LevelPaths(all)))
            };
            let tables: std::result::Result<Vec<_>, String> = tables(card).into_iter().map(of).collect();
            let tables = tables.map_err(|what| {
                Error::new(Kind::Internal, what, "report this fault").at_key(format!("interventions.{key}"))
            })?;
            paths.insert(key.clone(), tables);
        }
        let (parameters, fingerprint) = (config::parameters(&merged), hash.finalize().to_hex().to_string());
        Ok(Catalogue { model, merged, paths, parameters, fingerprint })
    }

    /// The model at its central values.
    pub fn model(&self) -> &ModelFile {
        &self.model
    }

    /// The model with the passports of its parameters.
    pub fn merged(&self) -> &Merged {
        &self.merged
    }

    /// All parameters of the model with their passports.
    pub(super) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Hash of the files of the model.
    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Names of the cities, in the order of the model.
    pub fn cities(&self) -> &[String] {
        &self.model.places.cities
    }

    /// The card of a measure.
    pub fn card(&self, key: &str) -> Option<&Card> {
        self.model.interventions.get(key)
    }

    /// Keys of all measures with their cards: by function of the chain, target group and key.
    pub fn cards(&self) -> Vec<(&str, &Card)> {
        let mut list: Vec<_> = self.model.interventions.iter().map(|(key, card)| (key.as_str(), card)).collect();
        list.sort_by_key(|(key, card)| (card.function, card.target, *key));
        list
    }

    /// Kinds of places that a measure adds: [`OWN_PLACES`], kinds of beds (`shelter_crisis`), services of 2008
    /// (`victim_help`). Empty for a measure without places.
    pub fn place_kinds(&self, key: &str) -> Vec<&str> {
        let Some(card) = self.card(key) else { return Vec::new() };
        let own = card.programme.as_ref().and_then(|programme| programme.places.as_ref()).map(|_| OWN_PLACES);
        own.into_iter()
            .chain(card.beds.keys().map(String::as_str))
            .chain(card.more_places.keys().map(String::as_str))
            .collect()
    }

    /// Number of places of a kind at a level in a city and month: unlimited is infinite. `None` for a kind that the
    /// measure does not have.
    pub fn places_at(&self, key: &str, kind: &str, level: MixLevel, city: City, month: Month) -> Option<f64> {
        Some(self.path(key, &table_of(self.card(key)?, kind)?, level)?.at(city, month))
    }

    /// Most places of a kind that a level has in a city in any month.
    pub fn most_places(&self, key: &str, kind: &str, level: MixLevel, city: City) -> Option<f64> {
        let path = self.path(key, &table_of(self.card(key)?, kind)?, level)?;
        Some(path.highest(city, Month(0), Month(0).plus(AHEAD)))
    }

    /// Coverage at a level in a city and month.
    pub fn coverage_at(&self, key: &str, level: MixLevel, city: City, month: Month) -> f64 {
        self.path(key, "coverage", level).map_or(0.0, |path| path.at(city, month))
    }

    /// First month in which the levels of a line go beyond the status quo as planned; `None` if they never do.
    pub fn planned_start(&self, key: &str, line: &MixLine) -> Option<Month> {
        let of = |(number, city): (usize, &String)| self.start_in(key, line.level_in(city), number);
        self.cities().iter().enumerate().filter_map(of).min()
    }

    /// First month in which a level goes beyond the status quo in a city as planned. A measure begins when its coverage
    /// does; one whose coverage is that of the status quo, when its places do.
    pub fn start_in(&self, key: &str, level: MixLevel, city: City) -> Option<Month> {
        let tables = self.paths.get(key)?;
        let first = |(_, paths): &(String, LevelPaths)| {
            let (own, before) = (paths.at(level), paths.at(MixLevel::StatusQuo));
            let months = [own, before].into_iter().filter_map(|path| path.steps().get(city)).flatten();
            let differs =
                months.map(|(month, _)| *month).filter(|month| own.at(city, *month) != before.at(city, *month));
            differs.min()
        };
        let (coverage, rest): (Vec<_>, Vec<_>) = tables.iter().partition(|(table, _)| table == "coverage");
        coverage.into_iter().find_map(first).or_else(|| rest.into_iter().filter_map(first).min())
    }

    /// Whether a mix can change the prices of a measure: it has prices, and nobody pays them under the status quo, so that
    /// the difference is what the mix costs.
    pub fn has_own_price(&self, key: &str) -> bool {
        let priced = self.card(key).is_some_and(|card| !card.costs.is_empty());
        let nothing = |(_, paths): &(String, LevelPaths)| {
            let path = paths.at(MixLevel::StatusQuo);
            (0..self.cities().len()).all(|city| path.highest(city, Month(0), Month(0).plus(AHEAD)) == 0.0)
        };
        // Without coverage nobody is offered the measure, whatever places there are.
        let tables = self.paths.get(key).map(Vec::as_slice).unwrap_or_default();
        priced && tables.iter().filter(|(table, _)| table == "coverage").all(nothing)
    }

    /// A table of a card at a level.
    pub(super) fn path(&self, key: &str, table: &str, level: MixLevel) -> Option<&Path> {
        let (_, paths) = self.paths.get(key)?.iter().find(|(own, _)| own == table)?;
        Some(paths.at(level))
    }
}

/// Tables of a card with a column for each level, by their keys below the card.
pub(super) fn tables(card: &Card) -> Vec<(String, LevelTable<'_>)> {
    let own = card.programme.as_ref().and_then(|programme| programme.places.as_ref());
    let named = |above: &str, key: &str| format!("{above}.{key}");
    std::iter::once(("coverage".to_owned(), LevelTable::Coverage(&card.coverage)))
        .chain(own.map(|rows| ("programme.places".to_owned(), LevelTable::Places(rows))))
        .chain(card.beds.iter().map(|(kind, rows)| (named("beds", kind), LevelTable::Places(rows))))
        .chain(card.more_places.iter().map(|(kind, rows)| (named("more_places", kind), LevelTable::Places(rows))))
        .collect()
}

/// The key below a card of the table of a kind of places; `None` if the card has none.
pub(super) fn table_of(card: &Card, kind: &str) -> Option<String> {
    if kind == OWN_PLACES {
        return card.programme.as_ref()?.places.as_ref().map(|_| "programme.places".to_owned());
    }
    match (card.beds.contains_key(kind), card.more_places.contains_key(kind)) {
        (true, _) => Some(format!("beds.{kind}")),
        (_, true) => Some(format!("more_places.{kind}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_begins_when_its_coverage_does_and_has_the_places_of_its_tables() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        let pilot = MixLine::at(MixLevel::Programme);
        assert_eq!(catalogue.planned_start("nhv", &pilot), Some(Month::january(2009)));
        assert_eq!(catalogue.start_in("nhv", MixLevel::Programme, 0), None, "the pilot is in Rotterdam");
        assert_eq!(catalogue.planned_start("nhv", &MixLine::at(MixLevel::StatusQuo)), None);
        assert_eq!(catalogue.place_kinds("nhv"), [OWN_PLACES]);
        assert_eq!(catalogue.place_kinds("shelter_capacity"), ["shelter_crisis"]);
        assert_eq!(catalogue.most_places("nhv", OWN_PLACES, MixLevel::Full, 1), Some(660.0));
        let beds = |month| catalogue.places_at("shelter_capacity", "shelter_crisis", MixLevel::Programme, 1, month);
        assert_eq!((beds(Month::january(2009)), beds(Month::january(2010))), (Some(0.0), Some(25.0)));
        assert_eq!(catalogue.places_at("shelter_capacity", "shelter_men", MixLevel::Full, 0, Month(0)), None);
    }

    #[test]
    fn every_card_has_a_path_for_each_of_its_tables() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        for (key, card) in catalogue.cards() {
            for (table, _) in tables(card) {
                assert!(catalogue.path(key, &table, MixLevel::Full).is_some(), "{key}.{table}");
            }
            for kind in catalogue.place_kinds(key) {
                assert!(table_of(card, kind).is_some(), "{key}: {kind}");
            }
        }
    }
}
