//! The experiment and the model as recorded in a manifest: the only place that reads this JSON, besides `experiment`,
//! which can run it again.
//!
//! [`Recorded`] is read once, when a run is opened. Readers take typed fields from it, so that a missing or wrong entry
//! is one error with its key, and never a default value.

mod entries;
mod model;

use std::collections::BTreeMap;

use serde_json::Value;

use super::manifest::{Manifest, Scenario};
use crate::error::{Errors, Result};
pub use model::RecordedModel;

use entries::{Entries, dotted, flatten, integer, text};

/// First calendar year of every simulation.
pub const FIRST_YEAR: i32 = 2008;

/// The experiment of a run, as its manifest records it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Name of the model.
    pub model_name: String,
    /// Title of the experiment.
    pub title: String,
    /// Its title in Dutch; `None` when the experiment gives none.
    pub title_nl: Option<String>,
    /// Simulated persons per real person, above 0.
    pub scale: f64,
    /// First calendar year that is not simulated.
    pub until: i32,
    /// Number of replicates.
    pub replicates: u32,
    /// Number of parameter draws; 0 for one run at central values.
    pub draws: u32,
    /// Whether a replicate uses the same random numbers in all draws.
    pub crossed: bool,
    /// Months in which measures enrol people; `None` when they do so in all months.
    pub enrolment: Option<EnrolmentWindow>,
    /// Scenario that the others are compared with: the one that the experiment names, or else the first that is no
    /// removal.
    pub comparator: String,
    /// The scenarios of the experiment in order, without variants.
    pub scenarios: Vec<RecordedScenario>,
    /// The variants of the experiment in order.
    pub variants: Vec<RecordedVariant>,
    /// Entries of the experiment by dotted key, without title and scenarios.
    inputs: BTreeMap<String, Value>,
}

/// Months in which measures enrol people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnrolmentWindow {
    /// First month.
    pub from: YearMonth,
    /// Last month.
    pub until: YearMonth,
}

/// A month of the calendar, as written in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearMonth {
    /// Calendar year.
    pub year: i32,
    /// Month of the year, from 1 to 12.
    pub month: i32,
}

/// A scenario of the experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedScenario {
    /// Name, as in the column `scenario`.
    pub name: String,
    /// Names for display.
    pub labels: Labels,
    /// First month of its changes as written, or `founding`; `None` when the experiment gives none.
    pub from: Option<String>,
    /// Last month of its measures as written; `None` when the experiment gives none.
    pub until: Option<String>,
    /// Which causation it removes in order to measure it; `None` for measures and comparators.
    pub removes: Option<RemovedCause>,
    /// What it changes: new values by dotted key of the model.
    pub set: BTreeMap<String, Value>,
}

/// A variant of the experiment: other assumptions under which all scenarios are run.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedVariant {
    /// Name, after the `@` in the name of a scenario under it.
    pub name: String,
    /// Names for display.
    pub labels: Labels,
    /// What it changes: new values by dotted key of the model.
    pub set: BTreeMap<String, Value>,
}

/// Names of a scenario or variant for display.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// In the language of the experiment.
    pub label: Option<String>,
    /// In Dutch.
    pub label_nl: Option<String>,
}

/// Causation that a scenario removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedCause {
    /// All causal transmission from childhood to adult violence.
    Transmission,
    /// One pathway of it.
    Pathway,
}

impl Recorded {
    /// The experiment that a manifest records.
    ///
    /// # Errors
    /// Every entry that is missing or of the wrong type, with its key.
    pub fn of(manifest: &Manifest) -> Result<Recorded> {
        Recorded::read(&manifest.config, &manifest.scenarios)
    }

    /// Reads a configuration; `listed` are the scenarios of its run in order, with those under variants.
    pub(super) fn read(config: &Value, listed: &[Scenario]) -> Result<Recorded> {
        let mut faults = Vec::new();
        let mut top = Entries { table: config, at: "config".into(), faults: &mut faults };
        let model_name = top.required("model_name", "a text", text);
        let nothing = Value::Null;
        let experiment = config.get("experiment").unwrap_or(&nothing);
        let mut own = Entries { table: experiment, at: "config.experiment".into(), faults: &mut faults };
        let comparator = own.optional("comparator", "a text", text);
        let mut it = Recorded {
            model_name,
            title: own.required("title", "a text", text),
            title_nl: own.optional("title_nl", "a text", text),
            scale: own.required("scale", "a number above 0", |value| value.as_f64().filter(|scale| *scale > 0.0)),
            until: own.required("until", "a year after the first", |value| {
                integer(value).filter(|until| *until > FIRST_YEAR)
            }),
            replicates: own.required("replicates", "a number", integer),
            draws: own.required("draws", "a number", integer),
            crossed: own.required("crossed", "true or false", Value::as_bool),
            enrolment: own.optional("enrolment", "two months, `from` and `until`", window),
            comparator: String::new(),
            scenarios: scenarios(&mut own, listed),
            variants: variants(&mut own),
            inputs: inputs(experiment),
        };
        let first = || it.scenarios.iter().find(|scenario| scenario.removes.is_none());
        it.comparator = comparator.or_else(|| first().map(|it| it.name.clone())).unwrap_or_default();
        if faults.is_empty() { Ok(it) } else { Err(Errors(faults)) }
    }

    /// First and last calendar year that is simulated.
    pub fn years(&self) -> (i32, i32) {
        (FIRST_YEAR, self.until - 1)
    }

    /// Number of months that are simulated.
    pub fn months(&self) -> i32 {
        (self.until - FIRST_YEAR) * 12
    }

    /// A scenario of the experiment; one under a variant is found by the part of its name before the `@`.
    pub fn scenario(&self, name: &str) -> Option<&RecordedScenario> {
        let name = name.split('@').next().unwrap_or(name);
        self.scenarios.iter().find(|scenario| scenario.name == name)
    }

    /// Whether a scenario is a measure or the comparator: not under a variant, and not one that removes causation in
    /// order to measure it.
    pub fn is_measure(&self, name: &str) -> bool {
        !name.contains('@') && !self.removes_causation(name)
    }

    /// Whether a scenario, also under a variant, removes causation in order to measure it.
    pub fn removes_causation(&self, name: &str) -> bool {
        self.scenario(name).is_some_and(|scenario| scenario.removes.is_some())
    }

    /// Entries of the experiment that can change a result, by dotted key: all but its title and its scenarios.
    pub fn inputs(&self) -> &BTreeMap<String, Value> {
        &self.inputs
    }
}

impl RecordedScenario {
    /// Keys of the measures that it changes, each once, sorted.
    pub fn measures(&self) -> Vec<&str> {
        let named = self.set.keys().filter_map(|key| key.strip_prefix("interventions.")?.split('.').next());
        let mut named: Vec<&str> = named.collect();
        named.sort_unstable();
        named.dedup();
        named
    }
}

impl YearMonth {
    /// Reads a month as written, `2009-01`.
    fn parse(text: &str) -> Option<YearMonth> {
        let (year, month) = text.split_once('-')?;
        let it = YearMonth { year: year.parse().ok()?, month: month.parse().ok()? };
        (1..=12).contains(&it.month).then_some(it)
    }
}

fn scenarios(own: &mut Entries<'_, '_>, listed: &[Scenario]) -> Vec<RecordedScenario> {
    let tables = own.tables("scenarios");
    let names = listed.iter().map(|scenario| scenario.name.as_str()).filter(|name| !name.contains('@'));
    let mut all = Vec::new();
    for name in names {
        let key = format!("scenarios.{name}");
        let Some((_, table)) = tables.iter().find(|(known, _)| *known == name) else {
            own.fault(&key, "is missing, and the run has such a scenario".into());
            continue;
        };
        let mut it = own.within(&key, table);
        all.push(RecordedScenario {
            name: name.to_owned(),
            labels: labels(&mut it),
            from: it.optional("from", "a text", text),
            until: it.optional("until", "a text", text),
            removes: it.optional("removes", "`transmission` or `pathway`", removal),
            set: it.optional("set", "a table", dotted).unwrap_or_default(),
        });
    }
    all
}

fn variants(own: &mut Entries<'_, '_>) -> Vec<RecordedVariant> {
    let mut all = Vec::new();
    for (name, table) in own.tables("variants") {
        let mut it = own.within(&format!("variants.{name}"), table);
        let set = it.optional("set", "a table", dotted).unwrap_or_default();
        all.push(RecordedVariant { name: name.to_owned(), labels: labels(&mut it), set });
    }
    all
}

fn labels(it: &mut Entries<'_, '_>) -> Labels {
    Labels { label: it.optional("label", "a text", text), label_nl: it.optional("label_nl", "a text", text) }
}

fn removal(value: &Value) -> Option<RemovedCause> {
    match value.as_str()? {
        "transmission" => Some(RemovedCause::Transmission),
        "pathway" => Some(RemovedCause::Pathway),
        _ => None,
    }
}

fn window(value: &Value) -> Option<EnrolmentWindow> {
    let month = |key: &str| YearMonth::parse(value.get(key)?.as_str()?);
    Some(EnrolmentWindow { from: month("from")?, until: month("until")? })
}

fn inputs(experiment: &Value) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    flatten("", experiment, &mut all);
    all.retain(|key, _| key != "title" && !key.starts_with("scenarios."));
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config() -> Value {
        json!({
            "model_name": "g4",
            "experiment": {
                "title": "X", "scale": 0.1, "until": 2018, "replicates": 2, "draws": 0, "crossed": false,
                "enrolment": { "from": "2009-01", "until": "2012-06" },
                "panel": { "size": 10 },
                "scenarios": {
                    "nhv": { "label": "NHV", "from": "2010-01", "set": { "interventions.nhv.places": 3 } },
                    "off": { "removes": "transmission", "set": { "transmission": { "kappa": 0.0 } } },
                    "quo": {},
                },
                "variants": { "low": { "set": { "transmission.kappa": 0.2 } } },
            },
        })
    }

    fn listed() -> Vec<Scenario> {
        let scenario = |name: &str| Scenario { name: name.into(), label: None };
        ["off", "quo", "nhv", "off@low", "quo@low", "nhv@low"].map(scenario).into()
    }

    fn faults(change: &[(&str, Value)]) -> String {
        let mut config = config();
        for (pointer, value) in change {
            *config.pointer_mut(pointer).expect("an entry") = value.clone();
        }
        Recorded::read(&config, &listed()).map_or_else(|errors| errors.to_string(), |_| String::new())
    }

    #[test]
    fn the_experiment_is_read_as_typed_fields() {
        let it = Recorded::read(&config(), &listed()).expect("a complete experiment");
        assert_eq!((it.scale, it.years(), it.months(), it.crossed), (0.1, (2008, 2017), 120, false));
        assert_eq!(it.enrolment.map(|window| window.until), Some(YearMonth { year: 2012, month: 6 }));
        // The order is that of the run, and a removal is no comparator.
        let names: Vec<&str> = it.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        assert_eq!((names.as_slice(), it.comparator.as_str()), (&["off", "quo", "nhv"][..], "quo"));
        assert!(it.is_measure("nhv") && !it.is_measure("nhv@low") && !it.is_measure("off"));
        assert!(it.removes_causation("off@low") && !it.removes_causation("nhv@low"));
        let nhv = it.scenario("nhv@low").expect("a scenario");
        assert_eq!((nhv.labels.label.as_deref(), nhv.measures()), (Some("NHV"), vec!["nhv"]));
        assert_eq!(it.variants[0].set["transmission.kappa"], 0.2);
        assert_eq!(
            it.scenario("off").map(|off| off.set.keys().cloned().collect()),
            Some(vec!["transmission.kappa".to_owned()])
        );
        let keys: Vec<&String> = it.inputs().keys().collect();
        assert!(keys.iter().any(|key| *key == "panel.size") && keys.iter().all(|key| *key != "title"), "{keys:?}");
    }

    #[test]
    fn an_entry_that_is_missing_or_wrong_is_an_error_with_its_key() {
        assert_eq!(faults(&[]), "");
        assert_eq!(
            faults(&[("/experiment/scale", Value::Null)]),
            "config.experiment.scale: is missing; it is a number above 0; run the experiment again"
        );
        let both = faults(&[("/experiment/until", "2048".into()), ("/experiment/scenarios/nhv/set", 3.into())]);
        assert_eq!(
            both,
            "config.experiment.until: is \"2048\", not a year after the first; run the experiment again\n\
             config.experiment.scenarios.nhv.set: is 3, not a table; run the experiment again"
        );
        let none = faults(&[("/experiment", Value::Null)]);
        assert!(
            none.contains("config.experiment.until: is missing") && none.contains("scenarios.quo: is missing"),
            "{none}"
        );
        assert!(faults(&[("/experiment/enrolment/until", "2012-13".into())]).contains("not two months"));
    }
}
