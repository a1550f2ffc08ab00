//! Differences between the inputs of two runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::store::{Manifest, Recorded, Run};

/// Part of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputPart {
    /// The program: version and commit.
    Keten,
    /// The experiment: seed, scale, end, replicates, draws, tables.
    Experiment,
    /// The model: parameters as used before any scenario begins, `--set` included.
    Model,
    /// The scenarios: names, start months, and changes.
    Scenarios,
}

/// An input that differs between two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputDifference {
    /// Part that it belongs to.
    pub part: InputPart,
    /// Dotted key.
    pub key: String,
    /// Unit, if the key is a parameter with a passport.
    pub unit: Option<String>,
    /// Value in the first run; null if absent.
    pub first: Value,
    /// Value in the second run; null if absent.
    pub second: Value,
}

/// A parameter with different values in draws of the same number in the two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawnOtherwise {
    /// Dotted key.
    pub key: String,
    /// Unit.
    pub unit: Option<String>,
    /// Number of draws in which it differs.
    pub draws: usize,
    /// Number of draws that both runs have.
    pub of: usize,
}

/// Parameters that can change a run: those of its model that the manifest does not list as idle, with their passports.
///
/// All counts of grades, shares that rest on assumptions, tornados and values of research refer to these.
pub fn acting(manifest: &Manifest) -> BTreeMap<String, &Value> {
    let mut found = manifest.model().passports();
    let idle: BTreeSet<&str> =
        manifest.parameters["idle"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    // Manifests of older versions list no idle keys; these two tables never change a run.
    let never = |key: &str| key.starts_with("targets.") || key.starts_with("validation.");
    found.retain(|key, _| if idle.is_empty() { !never(key) } else { !idle.contains(key.as_str()) });
    found
}

/// Parameters of one grade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// All of them.
    pub all: usize,
    /// Those of them with a spread.
    pub with_spread: usize,
}

/// Number of parameters that can change a run, by evidence grade.
pub fn acting_by_grade(manifest: &Manifest) -> BTreeMap<String, Counted> {
    let mut grades: BTreeMap<String, Counted> = BTreeMap::new();
    for passport in acting(manifest).into_values() {
        let Some(grade) = passport["grade"].as_str() else { continue };
        let counted = grades.entry(grade.to_owned()).or_default();
        let fixed = passport.get("spread").is_none_or(|spread| spread["law"] == "fixed");
        counted.all += 1;
        counted.with_spread += usize::from(!fixed);
    }
    grades
}

/// Whether a scenario is identical to its comparator: every unit has the same content as the comparator's unit with the
/// same draw and replicate. `None` when the run lacks one of the two.
pub fn same_world(manifest: &Manifest, scenario: &str, comparator: &str) -> Option<bool> {
    let of = |name: &str| -> BTreeMap<(u32, u32), Vec<(&String, &String)>> {
        let places = manifest.plan.iter().filter(|place| place.scenario == name);
        let content = |place: &crate::store::Place| {
            let unit = manifest.units.get(place.unit.as_str())?;
            let hashes = unit.tables.iter().map(|(table, file)| (table, &file.content_hash)).collect();
            Some(((place.draw, place.replicate), hashes))
        };
        places.filter_map(content).collect()
    };
    let (own, other) = (of(scenario), of(comparator));
    (!own.is_empty() && !other.is_empty()).then(|| own == other)
}

/// The inputs of a run: what its manifest records.
#[derive(Clone, Copy)]
pub(super) struct InputSource<'a> {
    manifest: &'a Manifest,
    recorded: &'a Recorded,
}

impl<'a> InputSource<'a> {
    pub(super) fn of(run: &'a Run) -> InputSource<'a> {
        InputSource { manifest: &run.manifest, recorded: &run.recorded }
    }
}

/// Reads one part of the inputs.
type PartReader = fn(&InputSource<'_>) -> InputValues;

/// All differences between the inputs of two runs, in order of part and key.
///
/// Titles and labels are not inputs.
pub(super) fn differences(first: &InputSource<'_>, second: &InputSource<'_>) -> Vec<InputDifference> {
    let parts: [(InputPart, PartReader); 4] = [
        (InputPart::Keten, keten),
        (InputPart::Experiment, experiment),
        (InputPart::Model, |run| keyed(&run.manifest.parameters["base"])),
        (InputPart::Scenarios, scenarios),
    ];
    let mut found = Vec::new();
    for (part, of) in parts {
        let (a, b) = (of(first), of(second));
        let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for key in keys {
            let value = |inputs: &InputValues| inputs.get(key).cloned().unwrap_or_default();
            let (first_value, second_value) = (value(&a), value(&b));
            if first_value != second_value {
                let unit = unit(first.manifest, second.manifest, key, part);
                found.push(InputDifference { part, key: key.clone(), unit, first: first_value, second: second_value });
            }
        }
    }
    found
}

/// Parameters with different values in draws that both runs have.
pub(super) fn drawn_otherwise(first: &Manifest, second: &Manifest) -> Vec<DrawnOtherwise> {
    let nothing = serde_json::Map::new();
    let (a, b) = (in_use(first), in_use(second));
    let shared: Vec<&String> = a.keys().filter(|draw| b.contains_key(*draw)).collect();
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for &draw in &shared {
        let (one, other) = (a[draw].as_object().unwrap_or(&nothing), b[draw].as_object().unwrap_or(&nothing));
        let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for key in keys.into_iter().filter(|key| one.get(*key) != other.get(*key)) {
            *counts.entry(key).or_default() += 1;
        }
    }
    let told = |(key, draws): (&String, usize)| {
        let unit = unit(first, second, key, InputPart::Model);
        DrawnOtherwise { key: key.clone(), unit, draws, of: shared.len() }
    };
    counts.into_iter().map(told).collect()
}

/// Values in use in each draw: the parameters drawn, and the levels that follow from them.
fn in_use(run: &Manifest) -> serde_json::Map<String, Value> {
    let mut all = run.parameters["draws"].as_object().cloned().unwrap_or_default();
    for (draw, levels) in run.parameters["levels"].as_object().into_iter().flatten() {
        let own = all.entry(draw.clone()).or_insert_with(|| Value::Object(serde_json::Map::new()));
        if let Some(own) = own.as_object_mut() {
            own.extend(keyed(levels));
        }
    }
    all
}

/// Inputs by dotted key.
type InputValues = BTreeMap<String, Value>;

fn keten(run: &InputSource<'_>) -> InputValues {
    let run = run.manifest;
    let commit = run.commit.as_deref().map_or(Value::Null, Value::from);
    InputValues::from([("version".into(), run.keten_version.as_str().into()), ("commit".into(), commit)])
}

fn experiment(run: &InputSource<'_>) -> InputValues {
    run.recorded.inputs().clone()
}

/// The entries of an object, unchanged.
fn keyed(object: &Value) -> InputValues {
    object.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Scenarios as written: each with its months and its changes.
fn scenarios(run: &InputSource<'_>) -> InputValues {
    let mut inputs = InputValues::new();
    for scenario in &run.manifest.scenarios {
        let name = &scenario.name;
        inputs.insert(name.clone(), "there".into());
        if let Some(written) = run.recorded.scenarios.iter().find(|scenario| scenario.name == *name) {
            for (month, value) in [("from", &written.from), ("until", &written.until)] {
                inputs.extend(value.as_deref().map(|value| (format!("{name}.{month}"), value.into())));
            }
        }
        for (key, value) in keyed(&run.manifest.parameters["scenarios"][name.as_str()]) {
            inputs.insert(format!("{name}.set.{key}"), value);
        }
    }
    inputs
}

/// The unit in the passport of a parameter, in either run.
fn unit(first: &Manifest, second: &Manifest, key: &str, part: InputPart) -> Option<String> {
    let key = match part {
        InputPart::Keten | InputPart::Experiment => return None,
        InputPart::Model => key,
        InputPart::Scenarios => key.split_once(".set.")?.1,
    };
    let of = |run: &Manifest| run.model().entry(key)?.get("unit").and_then(Value::as_str).map(str::to_owned);
    of(first).or_else(|| of(second))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest(change: &[(&str, Value)]) -> Manifest {
        let mut run = json!({
            "id": "0", "experiment": "x", "title": "X", "keten_version": "0.1.0", "minimum_keten_version": "0.1.0",
            "schema_version": 1, "commit": null, "seed": 1, "threads": 1,
            "scenarios": [{ "name": "a", "label": null }],
            "config": {
                "model_name": "x",
                "experiment": {
                    "title": "X", "scale": 0.1, "until": 2018, "replicates": 1, "draws": 2, "crossed": false,
                    "panel": { "size": 10 }, "scenarios": { "a": { "from": "2009-01", "set": {} } },
                },
                "model": { "birth": { "share": { "value": 0.5, "unit": "share" } } },
            },
            "parameters": {
                "base": { "birth.share": 0.5, "trend": "flat" },
                "scenarios": { "a": { "birth.share": 0.1 } },
                "draws": { "1": { "birth.share": 0.4 }, "2": { "birth.share": 0.6 } },
            },
            "tables": {}, "plan": [], "units": {}, "person_months": 0, "person_months_elsewhere": 0, "peak_memory_bytes": null,
            "timings": { "founding_s": 0.0, "burn_in_s": 0.0, "months_s": 0.0, "write_s": 0.0, "wall_s": 0.0 },
        });
        for (pointer, value) in change {
            *run.pointer_mut(pointer).expect("a place in the manifest") = value.clone();
        }
        serde_json::from_value(run).expect("a manifest")
    }

    fn told(change: &[(&str, Value)]) -> Vec<String> {
        let line = |d: InputDifference| format!("{:?} {} {:?}: {} {}", d.part, d.key, d.unit, d.first, d.second);
        different(&manifest(&[]), &manifest(change)).into_iter().map(line).collect()
    }

    fn different(first: &Manifest, second: &Manifest) -> Vec<InputDifference> {
        let [one, other] = [first, second].map(|run| Recorded::of(run).expect("a complete experiment"));
        let source = |manifest, recorded| InputSource { manifest, recorded };
        differences(&source(first, &one), &source(second, &other))
    }

    #[test]
    fn only_what_differs_is_told_with_its_unit() {
        assert_eq!(told(&[]), Vec::<String>::new());
        assert_eq!(
            told(&[("/title", "Y".into()), ("/config/experiment/title", "Y".into()), ("/threads", 8.into())]),
            Vec::<String>::new()
        );
        let found = told(&[
            ("/commit", "abc".into()),
            ("/config/experiment/panel/size", 20.into()),
            ("/parameters/base/birth.share", 0.7.into()),
            ("/parameters/scenarios/a/birth.share", 0.2.into()),
            ("/config/experiment/scenarios/a/from", "2010-01".into()),
        ]);
        assert_eq!(
            found,
            [
                "Keten commit None: null \"abc\"",
                "Experiment panel.size None: 10 20",
                "Model birth.share Some(\"share\"): 0.5 0.7",
                "Scenarios a.from None: \"2009-01\" \"2010-01\"",
                "Scenarios a.set.birth.share Some(\"share\"): 0.1 0.2",
            ]
        );
    }

    #[test]
    fn a_scenario_of_one_run_only_is_told_with_all_that_it_changes() {
        let own = json!({ "b": { "set": {} } });
        let found = told(&[("/scenarios/0/name", "b".into()), ("/config/experiment/scenarios", own)]);
        let expected = [
            "Scenarios a None: \"there\" null",
            "Scenarios a.from None: \"2009-01\" null",
            "Scenarios a.set.birth.share Some(\"share\"): 0.1 null",
            "Scenarios b None: null \"there\"",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn parameters_drawn_otherwise_are_counted_over_the_draws_of_both() {
        let other =
            manifest(&[("/parameters/draws", json!({ "2": { "birth.share": 0.7 }, "3": { "birth.share": 0.9 } }))]);
        let found = drawn_otherwise(&manifest(&[]), &other);
        assert_eq!(found, [DrawnOtherwise { key: "birth.share".into(), unit: Some("share".into()), draws: 1, of: 1 }]);
        assert_eq!(drawn_otherwise(&other, &other), []);
        // Levels that follow from a draw count as parameters in use.
        let levels = |level: f64| {
            let mut run = manifest(&[]);
            run.parameters["levels"] = json!({ "1": { "onset": level } });
            run
        };
        let found = drawn_otherwise(&levels(0.1), &levels(0.2));
        assert_eq!(found, [DrawnOtherwise { key: "onset".into(), unit: None, draws: 1, of: 2 }]);
    }

    #[test]
    fn a_manifest_without_model_and_parameters_differs_and_breaks_nothing() {
        let empty = manifest(&[("/config/model", Value::Null), ("/parameters", json!([1]))]);
        assert!(!different(&manifest(&[]), &empty).is_empty());
        assert_eq!(drawn_otherwise(&manifest(&[]), &empty), []);
    }
}
