//! The experiment as stored in a manifest, and reading it back from there alone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use toml::{Table, Value};

use crate::config::{self, Change, FilePlaces, Sources};
use crate::error::{Error, Errors, Kind, Result};
use crate::experiment::file::ExperimentFile;
use crate::experiment::json::to_json;
use crate::experiment::plan::Plan;
use crate::experiment::reading::Experiment;
use crate::model::ModelFile;
use crate::store::Manifest;

/// The merged configuration of a run: enough to run it again without its files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reading {
    /// The experiment file, `--set` included.
    pub experiment: ExperimentFile,
    /// Name of the model.
    pub model_name: String,
    /// All files of the model as one table, passports included, before draw, scenario and `--set`.
    pub model: Map<String, Json>,
    /// What `--set` changed in the model.
    pub set: Map<String, Json>,
}

impl Reading {
    /// The stored form of an experiment.
    pub fn of(experiment: &Experiment<ModelFile>) -> Reading {
        let table = |table: &Table| table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect();
        Reading {
            experiment: ExperimentFile { model: experiment.sources.name.clone(), ..experiment.file.clone() },
            model_name: experiment.sources.name.clone(),
            model: table(&experiment.merged.table),
            set: experiment.sets.iter().map(|change| (change.key.clone(), to_json(&change.value))).collect(),
        }
    }

    /// The experiment that a manifest records, ready to be run again. `place` is used in messages.
    ///
    /// # Errors
    /// A manifest whose configuration this version of keten cannot read.
    pub fn recorded(manifest: &Manifest, place: &str) -> Result<Experiment<ModelFile>> {
        let reading = Reading::deserialize(&manifest.config).map_err(|cause| {
            let cure = format!("use keten {}, which made it", manifest.keten_version.escape_debug());
            let fault = Error::data(format!("its configuration cannot be read: {cause}"), cure);
            fault.at_key("config").in_file(place, None)
        })?;
        reading.experiment(&manifest.experiment, place)
    }

    /// Reads the experiment back. `name` is that of its file, `place` is used in messages.
    ///
    /// # Errors
    /// Every fault of the configuration: an edited manifest, or one of another version of keten.
    pub fn experiment(self, name: &str, place: &str) -> Result<Experiment<ModelFile>> {
        let table = self.model.iter().map(|(key, value)| Ok((key.clone(), to_toml(value)?))).collect::<Result<Table>>();
        let table = table.map_err(|errors| at(errors, place))?;
        let text = toml::to_string(&table)
            .map_err(|cause| Error::data(format!("its model cannot be read: {cause}"), "").in_file(place, None))?;
        let sources = Sources::from_texts(&self.model_name, &[(place, &text), ("references.bib", &references(&table))]);
        let (model, merged) = config::load::<ModelFile>(&sources)?;
        let nowhere = FilePlaces::default();
        let patch = |name: &str, set: &Table| (name.to_owned(), Change::from_table(set, &nowhere, ""));
        let own = Change::from_table(&self.experiment.set, &nowhere, "");
        let patches = self.experiment.scenarios.0.iter().map(|(name, one)| patch(name, &one.set)).collect();
        let variants = self.experiment.variants.0.iter().map(|(name, one)| patch(name, &one.set)).collect();
        let sets = self.set.iter().map(|(key, value)| Ok(Change::new(key, to_toml(value)?, "--set")));
        let sets = sets.collect::<Result<Vec<Change>>>().map_err(|errors| at(errors, place))?;
        let (name, place) = (name.to_owned(), place.to_owned());
        Ok(Experiment { name, place, file: self.experiment, sources, model, merged, own, patches, variants, sets })
    }
}

fn at(errors: Errors, place: &str) -> Errors {
    Errors(errors.0.into_iter().map(|error| error.in_file(place, None)).collect())
}

/// The plan of a run, from its manifest alone.
///
/// # Errors
/// A manifest whose configuration this version of keten cannot read.
pub fn replicate(manifest: &Manifest, place: &str) -> Result<Plan> {
    Plan::of(Reading::recorded(manifest, place)?)
}

fn to_toml(value: &Json) -> Result<Value> {
    Ok(match value {
        Json::String(text) => Value::String(text.clone()),
        Json::Bool(answer) => Value::Boolean(*answer),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(number)) => Value::Float(number),
            (None, None) => return Err(Error::data("a number that cannot be read", "").into()),
        },
        Json::Array(items) => Value::Array(items.iter().map(to_toml).collect::<Result<_>>()?),
        Json::Object(map) => {
            Value::Table(map.iter().map(|(key, value)| Ok((key.clone(), to_toml(value)?))).collect::<Result<_>>()?)
        }
        Json::Null => {
            return Err(
                Error::new(Kind::Data, "an empty value where a model has none", "run the experiment again").into()
            );
        }
    })
}

/// A reference list with an entry for every source of a table; the entries have no effect on the run.
fn references(table: &Table) -> String {
    fn gather(table: &Table, keys: &mut BTreeSet<String>) {
        for (key, value) in table {
            match value {
                Value::String(source) if key == "source" => {
                    keys.insert(source.clone());
                }
                Value::Table(inner) => gather(inner, keys),
                _ => {}
            }
        }
    }
    let mut keys = BTreeSet::new();
    gather(table, &mut keys);
    keys.iter().map(|key| format!("@misc{{{key},\n  title = {{{key}}}\n}}\n")).collect()
}
