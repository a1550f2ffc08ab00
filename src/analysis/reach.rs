//! Whom a measure reached: in how many lives it started, how often it started, and whether anything came of it at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::effects::{Effect, Effects, Place};
use super::pairs::{Mean, Pair};
use super::persons::SamePersons;
use super::{design, same_world};
use crate::error::Result;
use crate::store::Run;
use crate::table::Cell;

/// Whom a scenario's measures reached beyond its comparator, in simulated persons and starts, means over pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reach {
    /// Scenario.
    pub scenario: String,
    /// Its world is that of the comparator: all tables of all pairs hold the same.
    pub same_world: bool,
    /// Measures of the scenario that start with persons; empty where all of its measures work otherwise.
    pub programmes: Vec<String>,
    /// Persons with whom a measure started in its world and not, or not in the same month, in the comparator's; nothing
    /// without the table `lives`.
    pub persons: Option<f64>,
    /// Starts of measures, those of the comparator taken off; nothing without the table `chain`.
    pub starts: Option<f64>,
}

impl Reach {
    /// What is known best of how often measures started.
    pub fn known(&self) -> Option<f64> {
        self.starts.or(self.persons)
    }

    /// What one start of a measure cost, or each person reached where starts are not known: real euro of measures. Nothing
    /// where nobody was reached, or where measures cost no more than the comparator's.
    pub fn cost(&self, effects: &Effects, scale: f64) -> Option<f64> {
        let known = self.known().filter(|known| *known > 0.0)?;
        let is = |effect: &&Effect| effect.scenario == self.scenario && effect.measure == "euro_measures";
        let spent = effects.effects.iter().find(|effect| is(effect) && effect.place != Place::Exported)?;
        (spent.difference > 0.0).then(|| spent.difference / (known / scale))
    }

    /// Whether measures that start with persons started with nobody.
    pub fn nobody(&self) -> bool {
        !self.programmes.is_empty() && self.known() == Some(0.0) && self.persons.is_none_or(|persons| persons == 0.0)
    }
}

/// What a patch of an experiment (`set` of a scenario or variant) sets, by dotted key: tables within it may be nested.
pub fn patched(set: &Value) -> BTreeMap<String, &Value> {
    fn below<'a>(above: &str, value: &'a Value, all: &mut BTreeMap<String, &'a Value>) {
        match value {
            Value::Object(table) => {
                for (name, value) in table {
                    let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
                    below(&key, value, all);
                }
            }
            _ if above.is_empty() => {}
            value => {
                all.insert(above.to_owned(), value);
            }
        }
    }
    let mut all = BTreeMap::new();
    below("", set, &mut all);
    all
}

/// Measures that a scenario sets anything of and that start with persons.
fn programmes(run: &Run, scenario: &str) -> Vec<String> {
    let config = &run.manifest.config;
    let name = scenario.split('@').next().unwrap_or(scenario);
    let set = patched(&config["experiment"]["scenarios"][name]["set"]);
    let named = set.keys().filter_map(|key| key.strip_prefix("interventions.")?.split('.').next());
    let keys: BTreeSet<&str> = named.collect();
    let starts = |key: &&str| config["model"]["interventions"][*key]["programme"].is_object();
    keys.into_iter().filter(starts).map(str::to_owned).collect()
}

/// Starts of measures by scenario, draw and replicate; nothing without the table `chain`.
fn starts(run: &Run) -> Result<Option<BTreeMap<String, BTreeMap<Pair, f64>>>> {
    if !run.manifest.tables.contains_key("chain") {
        return Ok(None);
    }
    let measures = run.manifest.config["model"]["interventions"].as_object();
    let is_measure = |name: &str| measures.is_some_and(|all| all.contains_key(name));
    let mut found: BTreeMap<String, BTreeMap<Pair, f64>> = BTreeMap::new();
    let columns = ["scenario", "draw", "replicate", "city", "edge", "service", "passed"];
    run.scan("chain", &columns, |part| {
        for row in 0..part.rows() {
            let word = |column: &str| part.cell(row, column).and_then(Cell::as_text).unwrap_or_default();
            let whole = |column: &str| part.cell(row, column).and_then(Cell::as_int).unwrap_or(0);
            if word("city") != "G4" {
                continue;
            }
            let of = found.entry(word("scenario").to_owned()).or_default();
            let sum = of.entry((whole("draw"), whole("replicate"))).or_default();
            if word("edge") == "start" && is_measure(word("service")) {
                *sum += whole("passed") as f64;
            }
        }
        Ok(())
    })?;
    Ok(Some(found))
}

/// Whom the measures of each scenario reached.
///
/// # Errors
/// A table that is damaged.
pub(super) fn reaches(run: &Run, rivals: &[(String, String)], same: Option<&SamePersons>) -> Result<Vec<Reach>> {
    let starts = starts(run)?;
    let of = |(name, comparator): &(String, String)| {
        let mean = |values: BTreeMap<Pair, f64>| Mean::of(&values, design(run)).map(|mean| mean.mean);
        let persons = same
            .and_then(|same| same.tallies.get(name))
            .and_then(|pairs| mean(pairs.iter().map(|(pair, tally)| (*pair, tally.reached)).collect()));
        let starts = starts.as_ref().and_then(|all| {
            let (own, base) = (all.get(name)?, all.get(comparator)?);
            mean(own.iter().filter_map(|(pair, own)| Some((*pair, own - base.get(pair)?))).collect())
        });
        Reach {
            scenario: name.clone(),
            same_world: same_world(&run.manifest, name, comparator) == Some(true),
            programmes: programmes(run, name),
            persons,
            starts,
        }
    };
    Ok(rivals.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_may_have_dotted_keys_or_nested_tables() {
        let dotted = serde_json::json!({ "interventions.nhv.places": 3, "transmission.kappa": 0.5 });
        let nested =
            serde_json::json!({ "interventions": { "nhv": { "places": 3 } }, "transmission": { "kappa": 0.5 } });
        assert_eq!(patched(&dotted), patched(&nested));
        assert_eq!(patched(&dotted).keys().collect::<Vec<_>>(), ["interventions.nhv.places", "transmission.kappa"]);
        assert!(patched(&Value::Null).is_empty());
    }

    #[test]
    fn nobody_is_reached_only_where_somebody_could_be() {
        let nhv = || vec!["nhv".to_owned()];
        let of = |programmes: Vec<String>, persons: Option<f64>, starts: Option<f64>| {
            Reach { programmes, persons, starts, ..Reach::default() }.nobody()
        };
        assert!(of(nhv(), Some(0.0), None) && of(nhv(), Some(0.0), Some(0.0)) && of(nhv(), None, Some(0.0)));
        // A rule or beds start with nobody; of what the run cannot tell nothing is said.
        assert!(!of(vec![], Some(0.0), Some(0.0)) && !of(nhv(), None, None));
        assert!(!of(nhv(), Some(0.5), None) && !of(nhv(), Some(2.0), Some(0.0)));
    }
}
