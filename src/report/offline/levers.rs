//! The measures of a grid and their levels, from the scenarios that the run records.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::report::words::Language;
use crate::store::{RecordedScenario, Run};

/// Most measures of a page.
const MOST: usize = 8;
/// Characters of the levels of a mix.
const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// What a scenario sets, by measure and by key below its card.
type MeasureSets = BTreeMap<String, BTreeMap<String, Value>>;

/// The measures of a grid.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OfflineLevers {
    /// The measures, in the order of the model.
    levers: Vec<OfflineLever>,
    /// Levels of each scenario by the number of each measure's level; the comparator has zeros.
    pub(super) mixes: BTreeMap<Vec<usize>, String>,
}

/// A measure with its levels.
#[derive(Clone, Debug, PartialEq)]
struct OfflineLever {
    key: String,
    name: String,
    /// What a scenario sets at each level, and in words; the first is that of the comparator.
    levels: Vec<(BTreeMap<String, Value>, String)>,
}

impl OfflineLevers {
    /// The measures that the scenarios of a run change.
    ///
    /// # Errors
    /// A run without mixes, or with too many measures.
    pub(super) fn of(run: &Run, language: Language) -> Result<OfflineLevers> {
        let place = run.folder().display().to_string();
        let fault = |what: String, cure: &str| Error::data(what, cure).in_file(&place, None);
        let comparator = &run.recorded.comparator;
        let mixes: Vec<(&RecordedScenario, MeasureSets)> = run
            .recorded
            .scenarios
            .iter()
            .filter(|scenario| scenario.name != *comparator)
            .filter_map(|scenario| Some((scenario, measures_of(scenario)?)))
            .collect();
        let keys: BTreeSet<&String> = mixes.iter().flat_map(|(_, measures)| measures.keys()).collect();
        if keys.is_empty() {
            let what = "no scenario of this run is a mix: none changes levels of measures only".to_owned();
            let cure = "run a grid of mixes with `keten optimise FILE --grid`, or an experiment whose scenarios do";
            return Err(fault(what, cure).into());
        }
        if keys.len() > MOST {
            let what = format!("its mixes have {} measures", keys.len());
            return Err(fault(what, "a page has room for 8: run a grid of fewer measures").into());
        }
        let model = run.manifest.model();
        let name = |key: &str| {
            let card = model.card(key);
            let title = if language == Language::Nl { "dutch" } else { "title" };
            let named = card.and_then(|card| card[title].as_str().or_else(|| card["title"].as_str()));
            named.map_or_else(|| key.replace('_', " "), str::to_owned)
        };
        let mut levers: Vec<OfflineLever> = Vec::new();
        for key in keys {
            let mut sets: Vec<BTreeMap<String, Value>> = Vec::new();
            for set in mixes.iter().filter_map(|(_, measures)| measures.get(key)) {
                if !sets.contains(set) {
                    sets.push(set.clone());
                }
            }
            sets.sort_by_key(rank);
            let none = (BTreeMap::new(), words(None, language));
            let levels = std::iter::once(none).chain(sets.into_iter().map(|set| {
                let words = words(Some(&set), language);
                (set, words)
            }));
            levers.push(OfflineLever { key: key.clone(), name: name(key), levels: levels.collect() });
        }
        if levers.iter().any(|lever| lever.levels.len() > DIGITS.len()) {
            let what = format!("a measure has more than {} levels", DIGITS.len());
            return Err(fault(what, "run a grid with fewer levels").into());
        }
        let numbers = |measures: &MeasureSets| -> Vec<usize> {
            let level = |lever: &OfflineLever| {
                let own = measures.get(&lever.key)?;
                lever.levels.iter().position(|(set, _)| set == own)
            };
            levers.iter().map(|lever| level(lever).unwrap_or(0)).collect()
        };
        let mut named: BTreeMap<Vec<usize>, String> = BTreeMap::new();
        named.insert(vec![0; levers.len()], comparator.clone());
        for (scenario, measures) in &mixes {
            named.entry(numbers(measures)).or_insert_with(|| scenario.name.clone());
        }
        Ok(OfflineLevers { levers, mixes: named })
    }

    /// The mix as a key of the script: one character for the level of each measure.
    pub(super) fn key(mix: &[usize]) -> String {
        mix.iter().map(|level| DIGITS.get(*level).copied().map_or('z', char::from)).collect()
    }

    /// The mix in words; `nothing` if it changes nothing.
    pub(super) fn words(&self, mix: &[usize], nothing: &str) -> String {
        let active = self.levers.iter().zip(mix).filter(|(_, level)| **level > 0);
        let one = |(lever, level): (&OfflineLever, &usize)| {
            let level = lever.levels.get(*level).map_or("", |(_, words)| words.as_str());
            if lever.levels.len() > 2 { format!("{} ({level})", lever.name) } else { lever.name.clone() }
        };
        let all: Vec<String> = active.map(one).collect();
        if all.is_empty() { nothing.to_owned() } else { all.join(" + ") }
    }

    /// The controls for the template.
    pub(super) fn controls(&self) -> Value {
        self.json()
    }

    /// Names and levels for the script.
    pub(super) fn json(&self) -> Value {
        let lever = |lever: &OfflineLever| {
            let levels: Vec<&str> = lever.levels.iter().map(|(_, words)| words.as_str()).collect();
            json!({ "key": lever.key, "name": lever.name, "levels": levels })
        };
        self.levers.iter().map(lever).collect()
    }
}

/// What a scenario sets of each measure; `None` if it changes anything but the levels, means and cities of measures.
fn measures_of(scenario: &RecordedScenario) -> Option<MeasureSets> {
    let mut measures = MeasureSets::new();
    for (key, value) in &scenario.set {
        let (measure, rest) = key.strip_prefix("interventions.")?.split_once('.')?;
        let is_of_mix =
            ["level", "without_cities", "delay", "coverage.value"].contains(&rest) || rest.ends_with("places.value");
        if !is_of_mix {
            return None;
        }
        measures.entry(measure.to_owned()).or_default().insert(rest.to_owned(), value.clone());
    }
    let has_level = measures.values().all(|set| set.contains_key("level"));
    (has_level && !measures.is_empty()).then_some(measures)
}

/// Order of the levels of a measure: by level, then by means.
fn rank(set: &BTreeMap<String, Value>) -> (usize, u64, String) {
    let level = ["off", "status_quo", "programme", "full"];
    let at =
        level.iter().position(|word| set.get("level").and_then(Value::as_str) == Some(word)).unwrap_or(level.len());
    let means = means(set).unwrap_or(100);
    (at, means, format!("{set:?}"))
}

/// Share of the means, per cent.
fn means(set: &BTreeMap<String, Value>) -> Option<u64> {
    let share = set.iter().find(|(key, _)| key.ends_with(".value")).and_then(|(_, value)| value.as_f64())?;
    Some((share * 100.0).round().max(0.0) as u64)
}

/// A level in words; `None` is that of the comparator.
fn words(set: Option<&BTreeMap<String, Value>>, language: Language) -> String {
    let level = set.map_or("none", |set| set.get("level").and_then(Value::as_str).unwrap_or("full"));
    let word = match (level, language) {
        ("none", Language::En) => "as in 2008",
        ("none", Language::Nl) => "zoals in 2008",
        ("off", Language::En) => "off",
        ("off", Language::Nl) => "uit",
        ("programme", Language::En) => "as in the programme",
        ("programme", Language::Nl) => "zoals in het programma",
        (_, Language::En) => "full",
        (_, Language::Nl) => "volledig",
    };
    match set.and_then(means) {
        Some(means) if means != 100 => format!("{word}, {means}\u{a0}%"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Labels;

    fn scenario(set: &[(&str, Value)]) -> RecordedScenario {
        let set = set.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let (name, labels) = ("a".to_owned(), Labels::default());
        RecordedScenario { name, labels, from: None, until: None, removes: None, set }
    }

    #[test]
    fn a_mix_changes_levels_means_and_cities_of_measures_and_nothing_else() {
        let level = ("interventions.nhv.level", json!("full"));
        let half = ("interventions.nhv.programme.places.value", json!(0.5));
        let found = measures_of(&scenario(&[level.clone(), half.clone()])).expect("a mix");
        assert_eq!(words(found.get("nhv"), Language::Nl), "volledig, 50\u{a0}%");
        assert!(measures_of(&scenario(&[level.clone(), ("transmission.kappa", json!(0.1))])).is_none());
        assert!(measures_of(&scenario(&[half])).is_none(), "places without a level");
        assert!(measures_of(&scenario(&[level, ("interventions.nhv.costs.visit.price", json!(1.0))])).is_none());
        assert!(measures_of(&scenario(&[])).is_none());
    }

    #[test]
    fn levels_are_in_the_order_of_their_means() {
        let set = |level: &str, means: Option<f64>| -> BTreeMap<String, Value> {
            let means = means.map(|means| ("coverage.value".to_owned(), json!(means)));
            [("level".to_owned(), json!(level))].into_iter().chain(means).collect()
        };
        let mut sets = [set("full", None), set("full", Some(0.25)), set("programme", None)];
        sets.sort_by_key(rank);
        let said: Vec<String> = sets.iter().map(|set| words(Some(set), Language::En)).collect();
        assert_eq!(said, ["as in the programme", "full, 25\u{a0}%", "full"]);
    }
}
