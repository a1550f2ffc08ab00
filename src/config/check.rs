//! Reading a model: all faults of all files at once.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::config::document::{Document, FilePlaces};
use crate::config::fault::Fault;
use crate::config::grammar::Grammar;
use crate::config::merge::Merged;
use crate::config::passport;
use crate::config::references::References;
use crate::config::rows;
use crate::config::shape::is_passport;
use crate::config::source::Sources;
use crate::config::words::{self, misread, push, show};
use crate::error::{Error, Errors, Kind, Result};

/// Reads and checks the files of a model.
///
/// # Errors
/// Every fault found, sorted by file and line.
pub fn load<T: DeserializeOwned + JsonSchema>(sources: &Sources) -> Result<(T, Merged)> {
    let (merged, faults) = read::<T>(sources);
    match (merged, faults.is_empty()) {
        (Some(merged), true) => merged.typed().map(|model| (model, merged)),
        (_, _) => Err(Errors(faults)),
    }
}

/// Checks the files of a model folder (or `builtin:NAME`) and returns every fault.
pub fn check_folder<T: DeserializeOwned + JsonSchema>(folder: &str) -> Vec<Error> {
    match Sources::open(folder).and_then(|sources| load::<T>(&sources)) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.0,
    }
}

/// Reads the files of a model and returns the merged table together with every fault, for callers that continue in
/// spite of them (to check an experiment's patches as well). There is no table when keten's own schema is invalid.
pub fn read<T: DeserializeOwned + JsonSchema>(sources: &Sources) -> (Option<Merged>, Vec<Error>) {
    match Grammar::of::<T>() {
        Err(error) => (None, vec![error]),
        Ok(grammar) => {
            let (merged, mut faults) = merge(sources, grammar);
            // The messages of this last check are hard to understand, so it runs only when all others find nothing.
            if faults.is_empty()
                && let Err(errors) = merged.typed::<T>()
            {
                faults = errors.0;
            }
            (Some(merged), faults)
        }
    }
}

fn merge(sources: &Sources, grammar: Grammar) -> (Merged, Vec<Error>) {
    let mut faults = Vec::new();
    let references = match &sources.references {
        Some(file) => {
            let (references, wrong) = References::parse(&file.name, &file.text);
            faults.extend(wrong);
            references
        }
        None => {
            let error =
                Error::new(Kind::Missing, "the model has no references.bib", "add one: every source is a key in it");
            faults.push(error.in_file(sources.place.as_str(), None));
            References::default()
        }
    };
    let mut merged = Merged {
        table: Table::new(),
        places: FilePlaces::default(),
        references: Arc::new(references),
        folder: sources.place.as_str().into(),
        grammar,
    };
    let mut broken = Vec::new();
    for file in &sources.files {
        let (document, wrong) = Document::parse(&file.name, &file.text);
        broken.extend(wrong);
        merged.take_in(document, &mut faults);
    }
    rows::settle(&mut merged.table);
    let known = sources.references.is_some().then_some(merged.references.as_ref());
    let mut found = own_faults(&merged.table, &merged.grammar, known, None);
    found.extend(schema_faults(&merged.grammar.faults(&merged.table), &found));
    faults.extend(located(found, &broken, |fault| merged.place(fault)));
    faults.extend(broken);
    let order = |name: &str| sources.files.iter().position(|file| file.name == name);
    faults.sort_by_key(|error| (error.file.as_deref().map(order), error.line));
    (merged, faults)
}

/// Converts faults to errors, each once, without those that are consequences of syntax errors (a key lost on a broken
/// line).
pub(crate) fn located(faults: Vec<Fault>, broken: &[Error], place: impl Fn(&Fault) -> Error) -> Vec<Error> {
    let mut errors: Vec<Error> = Vec::new();
    for fault in faults.iter().filter(|fault| broken.is_empty() || !fault.missing) {
        let error = place(fault);
        let follows = broken.iter().any(|other| other.file == error.file && other.line == error.line);
        if !follows && !errors.contains(&error) {
            errors.push(error);
        }
    }
    errors
}

/// The faults found by a schema that the other checks have not reported already.
pub(crate) fn schema_faults(schema: &[Fault], own: &[Fault]) -> Vec<Fault> {
    schema.iter().filter(|fault| !own.iter().any(|known| known.at == fault.at)).cloned().collect()
}

/// Faults of a model that a schema cannot express: passports, bare numbers, dates. `only` are the keys at, below or around
/// which to look, as pointers; `None` for the whole model.
pub(crate) fn own_faults(
    table: &Table,
    grammar: &Grammar,
    references: Option<&References>,
    only: Option<&[&str]>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let cities = table.get("places").and_then(|places| places.get("cities")).and_then(Value::as_array);
    let cities: Vec<String> = cities.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let known = CheckContext { grammar, references, cities: &cities, only };
    for (key, value) in table {
        inspect(&push("", key), value, &known, &mut faults);
    }
    faults
}

/// What values are checked against, and where.
struct CheckContext<'a> {
    grammar: &'a Grammar,
    references: Option<&'a References>,
    cities: &'a [String],
    only: Option<&'a [&'a str]>,
}

impl CheckContext<'_> {
    /// Whether faults at or below a pointer are asked for.
    fn asks(&self, at: &str) -> bool {
        self.only.is_none_or(|only| only.iter().any(|other| words::related(at, other)))
    }
}

fn inspect(at: &str, value: &Value, known: &CheckContext<'_>, faults: &mut Vec<Fault>) {
    if !known.asks(at) {
        return;
    }
    let CheckContext { grammar, references, cities, .. } = *known;
    let unit = grammar.unit(at);
    match value {
        _ if grammar.node(at).is_none() => {} // an unknown key: reported once, not again for everything below it
        Value::Table(inner) if unit.is_some() || is_passport(inner) => {
            passport::check(at, inner, unit, references, cities, faults);
            if let Some(value) = inner.get("value").and_then(words::number)
                && let Some(cure) = grammar.limits(at).cure(value)
            {
                faults.push(Fault::new(push(at, "value"), format!("{value} is not valid here"), cure));
            }
        }
        Value::Table(inner) => {
            let fields = grammar.keys(at);
            for (key, value) in inner {
                // Names chosen by the user, for example of measures and their costs, appear in tables.
                if let Some(taken) = misread(key).filter(|_| !fields.contains(&key.as_str())) {
                    let what = format!("programs that read the tables take the name \"{key}\" for {taken}");
                    faults.push(Fault::new(push(at, key), what, "give another name, in small letters and `_`"));
                }
                inspect(&push(at, key), value, known, faults);
            }
        }
        Value::Integer(_) | Value::Float(_) if unit.is_none() && grammar.takes_number(at) => {
            faults.push(bare(at, value))
        }
        Value::Array(items) if unit.is_none() => {
            if items.iter().any(|item| words::number(item).is_some()) && grammar.takes_number(&push(at, "0")) {
                faults.push(bare(at, value));
            }
            if rows::lists_cities(at) {
                for (i, word) in items.iter().enumerate().filter_map(|(i, item)| Some((i, item.as_str()?))) {
                    let (what, cure) = rows::fault(at, "city", word, cities);
                    faults.push(Fault::new(push(at, &i.to_string()), what, cure));
                }
            }
            for (i, item) in items.iter().enumerate().filter(|(_, item)| item.is_table() || item.is_array()) {
                inspect(&push(at, &i.to_string()), item, known, faults);
            }
        }
        Value::Float(number) if !number.is_finite() => {
            faults.push(Fault::new(at, format!("{number} cannot be used in a model"), "give a finite number"));
        }
        Value::Datetime(date) => {
            faults.push(Fault::new(at, format!("{date} is a date"), "put it in \"quotes\" if it is meant as text"));
        }
        Value::Integer(_) | Value::Float(_) | Value::Array(_) | Value::String(_) | Value::Boolean(_) => {}
    }
}

fn bare(at: &str, value: &Value) -> Fault {
    let what = match value {
        Value::Array(_) => "bare numbers, without a passport".to_owned(),
        _ => format!("{} is a bare number, without a passport", show(value)),
    };
    let cure = format!("write it as a table with {}", passport::keys_of_passport());
    Fault::new(at, what, cure)
}
