//! One change to a model: a key, its new value, and where this is written.

use toml::{Table, Value};

use crate::config::document::{Document, FilePlace, FilePlaces};
use crate::config::shape::is_passport;
use crate::config::words::push;
use crate::error::Error;

/// One change: a dotted key and its new value.
///
/// For a parameter, `a.b = x` sets its value (for a table of rates: its multiplier); `a.b = { value = …, unit = …, … }`
/// replaces it with its passport; `a.b.rows = [[…]]` and other keys of the passport can be changed too.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Dotted key, for example `transmission.kappa`.
    pub key: String,
    /// The new value.
    pub value: Value,
    /// Where it is written.
    pub place: FilePlace,
}

impl Change {
    /// A change that is not from a file, for example by a draw.
    pub fn new(key: impl Into<String>, value: impl Into<Value>, origin: &str) -> Self {
        Change { key: key.into(), value: value.into(), place: FilePlace::named(origin) }
    }

    /// A change from `--set key=value`. The value is parsed as TOML; a bare word is text.
    ///
    /// # Errors
    /// When there is no `=`, the key is not a dotted key, or the value is invalid.
    pub fn from_set(text: &str) -> std::result::Result<Self, Error> {
        let fault = |what: String, cure: &str| Error::data(what, cure).in_file("--set", None);
        let example = "write --set key=value, for example --set transmission.kappa=0.5";
        let Some((key, value)) = text.split_once('=') else {
            return Err(fault(format!("`{text}` has no `=`"), example));
        };
        let (key, value) = (key.trim(), value.trim());
        if key_steps(key).is_none() {
            return Err(fault(format!("`{key}` is not a dotted key"), example));
        }
        if value.is_empty() {
            return Err(fault(format!("no value for `{key}`"), "put one after the `=`"));
        }
        let (document, wrong) = Document::one_value(value);
        let value = match (document, wrong) {
            (Some(value), None) => value,
            (_, Some(message)) if value.starts_with(['"', '\'', '[', '{']) => {
                let cure = "write the value as in a TOML file, and put the whole in quotes for the shell";
                return Err(fault(format!("{key}: {value} cannot be read: {message}"), cure));
            }
            (_, _) => Value::String(value.to_owned()),
        };
        Ok(Change { key: key.to_owned(), value, place: FilePlace::named("--set") })
    }

    /// The changes in a table, as under `[scenarios.x.set]`: nested tables become dotted keys, passports are kept
    /// whole. `places` and `at` locate the table itself.
    pub fn from_table(table: &Table, places: &FilePlaces, at: &str) -> Vec<Change> {
        fn gather(table: &Table, places: &FilePlaces, at: &str, key: &str, changes: &mut Vec<Change>) {
            for (name, value) in table {
                let here = push(at, name);
                let joined = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                match value {
                    Value::Table(inner) if !is_passport(inner) => gather(inner, places, &here, &joined, changes),
                    _ => {
                        let place = places.find(&here).cloned().unwrap_or_else(|| FilePlace::named("patch"));
                        changes.push(Change { key: joined, value: value.clone(), place });
                    }
                }
            }
        }
        let mut changes = Vec::new();
        gather(table, places, at, "", &mut changes);
        changes
    }

    /// The parts of the key; empty when it is not a dotted key.
    pub(crate) fn steps(&self) -> Vec<String> {
        key_steps(&self.key).unwrap_or_default()
    }

    pub(super) fn error(&self, what: impl Into<String>, cure: impl Into<String>) -> Error {
        Error::data(what, cure).at_key(self.key.as_str()).in_file(self.place.file.as_ref(), self.place.line)
    }

    /// Pointer of the key, without a closing `.value`.
    pub(super) fn pointer(&self) -> Option<String> {
        let steps = key_steps(&self.key)?;
        let steps = match steps.as_slice() {
            [rest @ .., last] if last == "value" && !rest.is_empty() => rest,
            all => all,
        };
        Some(steps.iter().fold(String::new(), |at, step| push(&at, step)))
    }
}

/// The parts of a dotted key, or `None` when it is invalid.
pub(super) fn key_steps(key: &str) -> Option<Vec<String>> {
    let steps: Vec<String> = toml_edit::Key::parse(key).ok()?.iter().map(|part| part.get().to_owned()).collect();
    (!steps.is_empty() && steps.len() <= 32).then_some(steps)
}
