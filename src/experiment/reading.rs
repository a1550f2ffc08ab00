//! Reading an experiment: its file, its model, its patches, and all faults of the three at once.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use toml::{Table, Value};

use crate::config::{self, Change, Document, FilePlace, FilePlaces, Grammar, Merged, Sources};
use crate::error::{Error, Errors, Result};
use crate::experiment::file::{ExperimentFile, parts};

mod checks;
mod more_places;
mod plan_keys;

pub use checks::memory_estimate;

/// An experiment that was read and checked.
#[derive(Clone, Debug)]
pub struct Experiment<T> {
    /// Name: that of the file without `.toml`.
    pub name: String,
    /// The file as the user named it.
    pub place: String,
    /// Contents of the file, including `--set`.
    pub file: ExperimentFile,
    /// The files of its model.
    pub sources: Sources,
    /// The model at its central values, without scenario.
    pub model: T,
    /// The merged table of the model, without scenario and `--set`.
    pub merged: Merged,
    /// Changes that the file sets in every scenario.
    pub own: Vec<Change>,
    /// Patches of the scenarios, in file order.
    pub patches: Vec<(String, Vec<Change>)>,
    /// Patches of the variants, in file order.
    pub variants: Vec<(String, Vec<Change>)>,
    /// Changes of the model by `--set`.
    pub sets: Vec<Change>,
}

impl<T> Experiment<T> {
    /// The model of a draw without scenario and variant, as used before a scenario's first month.
    ///
    /// # Errors
    /// As [`Merged::with`] and [`config::draw`].
    pub fn base(&self, draw: u32) -> Result<Merged> {
        self.base_under(None, draw)
    }

    /// The same under a variant.
    ///
    /// # Errors
    /// As [`Experiment::base`]; [`Kind::Data`](crate::error::Kind::Data) for a variant that is not in the file.
    pub fn base_under(&self, variant: Option<&str>, draw: u32) -> Result<Merged> {
        self.drawn(variant, draw)?.with(&self.sets)
    }

    /// The model of a draw under a scenario, or `scenario@variant`. Applied in this order: model, draw, changes for all
    /// scenarios, variant, scenario, `--set`.
    ///
    /// # Errors
    /// As [`Merged::with`] and [`config::draw`]; [`Kind::Data`](crate::error::Kind::Data) for a scenario or
    /// variant that is not in the file.
    pub fn scenario(&self, name: &str, draw: u32) -> Result<Merged> {
        self.scenario_of(&self.drawn(parts(name).1, draw)?, name)
    }

    /// The same from the model of its draw and variant, as [`Experiment::drawn`] gives it.
    ///
    /// # Errors
    /// As [`Experiment::scenario`].
    pub fn scenario_of(&self, drawn: &Merged, name: &str) -> Result<Merged> {
        let patch = self.patch(&self.patches, parts(name).0, "scenario")?;
        drawn.with(&more_places::at_drawn_prices(patch, &self.merged, drawn))?.with(&self.sets)
    }

    /// The model of a draw under a variant before scenario and `--set`: the starting point of all scenarios.
    ///
    /// # Errors
    /// As [`Experiment::base_under`].
    pub fn drawn(&self, variant: Option<&str>, draw: u32) -> Result<Merged> {
        let (mut drawn, levels) = self.draws(variant, draw)?;
        drawn.retain(|change| !levels.iter().any(|level| level.key == change.key));
        drawn.extend(levels);
        let drawn = self.merged.with(&drawn)?.with(&self.own)?;
        match variant {
            Some(variant) => drawn.with(self.patch(&self.variants, variant, "variant")?),
            None => Ok(drawn),
        }
    }

    /// Changes of a draw under a variant: the uncertain parameters, and the levels of violence that follow from them
    /// and from the drawn targets.
    ///
    /// # Errors
    /// As [`config::draw`] and [`config::drawn_levels`].
    pub fn draws(&self, variant: Option<&str>, draw: u32) -> Result<(Vec<Change>, Vec<Change>)> {
        let drawing = self.file.drawing(variant);
        let drawn = config::draw(&self.merged, &drawing, draw)?;
        let levels = config::drawn_levels(&self.merged, &drawing, draw, &drawn, &self.held(variant)?)?;
        Ok((drawn, levels))
    }

    /// Values set in every scenario, which are therefore not drawn.
    ///
    /// # Errors
    /// A variant that is not in the file.
    pub fn held(&self, variant: Option<&str>) -> Result<Vec<&Change>> {
        let own = match variant {
            Some(variant) => self.patch(&self.variants, variant, "variant")?,
            None => &[],
        };
        Ok(self.own.iter().chain(own).chain(&self.sets).collect())
    }

    fn patch<'a>(&self, of: &'a [(String, Vec<Change>)], name: &str, what: &str) -> Result<&'a [Change]> {
        let Some((_, patch)) = of.iter().find(|(known, _)| known == name) else {
            let names = of.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            let cure = format!("{what}s are {names}");
            return Err(Error::data(format!("no {what} `{name}`"), cure).in_file(&self.place, None).into());
        };
        Ok(patch)
    }
}

/// The text of an experiment file and where it was found.
#[derive(Clone, Debug)]
pub struct ExperimentText {
    /// Name: that of the file without `.toml`.
    pub name: String,
    /// The file as the user named it.
    pub place: String,
    /// Content.
    pub text: String,
    /// Folder that paths in the file are relative to; none inside the program.
    pub folder: Option<PathBuf>,
}

impl ExperimentText {
    /// Reads an experiment file, or `builtin:NAME`.
    ///
    /// # Errors
    /// [`Kind::Missing`](crate::error::Kind::Missing) when it is missing or cannot be read,
    /// [`Kind::Data`](crate::error::Kind::Data) when it is not text.
    pub fn open(place: &str) -> Result<ExperimentText> {
        if let Some(name) = place.strip_prefix("builtin:") {
            let file = config::builtin_experiment(name)?;
            return Ok(ExperimentText { name: name.to_owned(), place: file.name, text: file.text, folder: None });
        }
        let path = Path::new(place);
        let file = config::read_text(path)?;
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let name = path.file_stem().map_or_else(|| "experiment".into(), |stem| stem.to_string_lossy().into_owned());
        Ok(ExperimentText { name, place: file.name, text: file.text, folder: Some(folder) })
    }

    /// The path of the model that the file names.
    fn model(&self, named: &str) -> String {
        match &self.folder {
            _ if named.starts_with("builtin:") => named.to_owned(),
            Some(folder) => config::tidy(&folder.join(named)).display().to_string(),
            // The built-in experiments name built-in models.
            None => format!("builtin:{}", named.rsplit('/').next().unwrap_or(named)),
        }
    }
}

/// Reads an experiment with its model. `sets` come from `--set` and apply to both; `outcomes` are the known tables.
///
/// # Errors
/// Every fault of the experiment file, the model files, the scenarios' patches and `--set`.
pub fn load<T: DeserializeOwned + JsonSchema>(
    place: &str,
    sets: &[Change],
    outcomes: &[&str],
) -> Result<Experiment<T>> {
    load_text(ExperimentText::open(place)?, sets, outcomes)
}

/// As [`load`], for a text that was already read.
///
/// # Errors
/// As [`load`].
pub fn load_text<T: DeserializeOwned + JsonSchema>(
    text: ExperimentText,
    sets: &[Change],
    outcomes: &[&str],
) -> Result<Experiment<T>> {
    match read_text(text, sets, outcomes)? {
        (Some(experiment), errors) if errors.is_empty() => Ok(experiment),
        (_, errors) => Err(Errors(errors)),
    }
}

/// As [`load_text`]. Besides the faults it returns the experiment without the faulty changes, if its file and model can
/// be read, for further checks.
///
/// # Errors
/// An invalid schema, which is an internal error.
pub fn read_text<T: DeserializeOwned + JsonSchema>(
    text: ExperimentText,
    sets: &[Change],
    outcomes: &[&str],
) -> Result<(Option<Experiment<T>>, Vec<Error>)> {
    let (document, broken) = Document::parse(&text.place, &text.text);
    let Document { mut table, mut places } = document;
    let keys = Grammar::of::<ExperimentFile>()?;
    let mut errors = broken.clone();
    let sets = settle(sets, &keys, &mut table, &mut places, &mut errors);
    let mut faults = checks::own_faults(&table, outcomes);

    let found = find_model(&text, &table, &places, &mut errors);
    let model = found.map(|sources| {
        let (merged, wrong) = config::read::<T>(&sources);
        (sources, merged, wrong)
    });
    let merged = model.as_ref().and_then(|(_, merged, _)| merged.as_ref());
    faults.extend(checks::scale_fault(&table, merged.and_then(persons)));
    faults.extend(merged.map(|merged| checks::programme_faults(&table, &merged.table)).unwrap_or_default());

    let said = config::schema_faults(&keys.faults(&table), &faults);
    faults.extend(said);
    if let Some(merged) = merged {
        faults.extend(plan_keys::write_out(&mut table, &mut places, &merged.table));
    }
    errors.extend(config::located(faults, &broken, |fault| config::place(&places, &text.place, fault)));
    let own = table.get("set").and_then(Value::as_table).map(|set| Change::from_table(set, &places, "/set"));
    let mut own = own.unwrap_or_default();
    let mut variants = patches(&table, &places, "variants");
    let mut patches = patches(&table, &places, "scenarios");
    let mut sets = sets;
    if let Some(merged) = merged {
        let all = patches.iter_mut().chain(&mut variants).map(|(_, changes)| changes).chain([&mut own, &mut sets]);
        all.for_each(|changes| keep_sound(merged, changes, &mut errors));
    }
    in_order(&mut errors, &text.place);
    let file = ExperimentFile::deserialize(Value::Table(table));
    let Some((sources, merged, wrong)) = model else { return Ok((None, errors)) };
    let sound = wrong.is_empty();
    errors.extend(wrong);
    in_order(&mut errors, &text.place);
    match (file, merged) {
        (Ok(file), Some(merged)) if sound => match merged.typed::<T>() {
            Ok(model) => {
                let (name, place) = (text.name, text.place);
                let experiment = Experiment { name, place, file, sources, model, merged, own, patches, variants, sets };
                Ok((Some(experiment), errors))
            }
            Err(wrong) => {
                errors.extend(wrong.0);
                Ok((None, errors))
            }
        },
        (Err(cause), _) if errors.is_empty() => {
            Ok((None, vec![config::place(&places, &text.place, &config::refused(&cause))]))
        }
        (_, _) => Ok((None, errors)),
    }
}

/// Reports the faults of a patch, and removes the faulty changes from it.
fn keep_sound(merged: &Merged, changes: &mut Vec<Change>, errors: &mut Vec<Error>) {
    let slips = merged.slips(changes);
    let wrong = merged.with(changes).err().map(|wrong| wrong.0).unwrap_or_default();
    if slips.is_empty() && wrong.is_empty() {
        return;
    }
    errors.extend(wrong);
    // Each change alone: a new entry then counts as incomplete, and is removed as a whole.
    changes.retain(|change| {
        let alone = std::slice::from_ref(change);
        merged.slips(alone).is_empty() && merged.with(alone).is_ok()
    });
    errors.extend(slips);
}

/// Sorts faults by file (the experiment first, then in order of occurrence) and line.
pub(super) fn in_order(errors: &mut [Error], first: &str) {
    let mut files: Vec<Option<String>> = vec![Some(first.to_owned())];
    for error in errors.iter() {
        if !files.contains(&error.file) {
            files.push(error.file.clone());
        }
    }
    errors.sort_by_key(|error| (files.iter().position(|file| *file == error.file), error.line));
}

/// The JSON schema of experiment files, with the names of the known tables.
pub fn experiment_schema(outcomes: &[&str]) -> Json {
    let mut schema = config::schema::<ExperimentFile>();
    if let Some(items) = schema.pointer_mut("/properties/outcomes/items").and_then(Json::as_object_mut) {
        items.insert("enum".into(), Json::from(outcomes.to_vec()));
    }
    schema
}

/// The text of a schema as in the folder `schema/`.
pub fn schema_text(schema: &Json) -> String {
    format!("{schema:#}\n")
}

/// Whether a TOML file has keys of an experiment.
pub(crate) fn looks_like_experiment(table: &Table) -> bool {
    ["scenarios", "outcomes", "model", "scale", "until", "replicates"].iter().any(|key| table.contains_key(*key))
}

/// Applies the changes that concern the experiment to its table, and returns those that concern the model.
fn settle(
    sets: &[Change],
    keys: &Grammar,
    table: &mut Table,
    places: &mut FilePlaces,
    errors: &mut Vec<Error>,
) -> Vec<Change> {
    let fields = keys.keys("");
    let mut rest = Vec::new();
    for set in sets {
        let steps = set.steps();
        let first = steps.first().map(String::as_str).unwrap_or_default();
        if fields.contains(&first) {
            insert(table, &steps, set, places);
            continue;
        }
        match config::nearest(first, fields.iter().copied()).filter(|_| steps.len() == 1) {
            Some(near) => {
                let cure = format!("did you mean `{near}`?");
                let error = Error::data("neither experiment nor model has such a key", cure);
                errors.push(error.at_key(&set.key).in_file(set.place.file.as_ref(), set.place.line));
            }
            None => rest.push(set.clone()),
        }
    }
    rest
}

fn insert(table: &mut Table, steps: &[String], set: &Change, places: &mut FilePlaces) {
    let mut here = table;
    let mut pointer = String::new();
    for (i, step) in steps.iter().enumerate() {
        pointer = config::push(&pointer, step);
        if i + 1 == steps.len() {
            here.insert(step.clone(), set.value.clone());
            return places.move_to(&pointer, &set.place);
        }
        let inner = here.entry(step.clone()).or_insert_with(|| Value::Table(Table::new()));
        if !inner.is_table() {
            *inner = Value::Table(Table::new());
        }
        let Value::Table(inner) = inner else { return };
        here = inner;
    }
}

fn find_model(text: &ExperimentText, table: &Table, places: &FilePlaces, errors: &mut Vec<Error>) -> Option<Sources> {
    let named = table.get("model")?.as_str()?;
    let place = places.find("/model").cloned().unwrap_or_else(|| FilePlace::named(&text.place));
    match Sources::open(&text.model(named)) {
        Ok(sources) => Some(sources),
        Err(wrong) => {
            errors.extend(wrong.0.into_iter().map(|error| {
                let where_from = error.file.as_deref().unwrap_or(named);
                let what = format!("model \"{named}\" ({where_from}): {}", error.what);
                Error { what, ..error }.at_key("model").in_file(place.file.as_ref(), place.line)
            }));
            None
        }
    }
}

/// Changes set by the scenarios or the variants of a file.
fn patches(table: &Table, places: &FilePlaces, of: &str) -> Vec<(String, Vec<Change>)> {
    let named = table.get(of).and_then(Value::as_table);
    let patch = |(name, one): (&String, &Value)| {
        let set = one.as_table().and_then(|one| one.get("set")).and_then(Value::as_table);
        let at = config::push(&config::push(&format!("/{of}"), name), "set");
        (name.clone(), set.map(|set| Change::from_table(set, places, &at)).unwrap_or_default())
    };
    named.into_iter().flatten().map(patch).collect()
}

/// Number of persons that the model represents: the sum of the value column of `places.population`, times its multiplier.
fn persons(merged: &Merged) -> Option<f64> {
    let population = merged.table.get("places")?.as_table()?.get("population")?.as_table()?;
    let column = population.get("columns")?.as_array()?.iter().position(|name| name.as_str() == Some("persons"))?;
    let rows = population.get("rows")?.as_array()?;
    let number = |value: &Value| match value {
        Value::Integer(whole) => Some(*whole as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    };
    let multiplier = population.get("value").and_then(number).unwrap_or(1.0);
    let cell = |row: &Value| number(row.as_array()?.get(column)?);
    Some(rows.iter().filter_map(cell).sum::<f64>() * multiplier)
}
