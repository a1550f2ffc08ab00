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
        let value = value_of(value).map_err(|wrong| match wrong {
            Unreadable::Empty => fault(format!("no value for `{key}`"), "put one after the `=`"),
            Unreadable::Broken(message) => {
                let cure = "write the value as in a TOML file, and put the whole in quotes for the shell";
                fault(format!("{key}: {value} cannot be read: {message}"), cure)
            }
        })?;
        Ok(Change { key: key.to_owned(), value, place: FilePlace::named("--set") })
    }

    /// A change from a key and its value as text, parsed as by [`Change::from_set`]. `origin` names the place of the
    /// change in messages.
    ///
    /// # Errors
    /// When the key is not a dotted key, or the value is empty or invalid.
    pub fn from_text(key: &str, value: &str, origin: &str) -> std::result::Result<Self, Error> {
        let fault = |what: String, cure: &str| Error::data(what, cure).in_file(origin, None);
        let (key, value) = (key.trim(), value.trim());
        if key_steps(key).is_none() {
            return Err(fault(format!("`{key}` is not a dotted key"), "give a key such as transmission.kappa"));
        }
        let value = value_of(value).map_err(|wrong| match wrong {
            Unreadable::Empty => fault(format!("no value for `{key}`"), "give a number, a word or another TOML value"),
            Unreadable::Broken(message) => {
                fault(format!("{key}: {value} cannot be read: {message}"), "write the value as in a TOML file")
            }
        })?;
        Ok(Change { key: key.to_owned(), value, place: FilePlace::named(origin) })
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

/// Why a text is no value.
enum Unreadable {
    /// There is nothing in it.
    Empty,
    /// It begins like a TOML value and is none; with the message of the parser.
    Broken(String),
}

/// The value in a text, parsed as TOML; a bare word is text.
fn value_of(text: &str) -> std::result::Result<Value, Unreadable> {
    if text.is_empty() {
        return Err(Unreadable::Empty);
    }
    match Document::one_value(text) {
        (Some(value), None) => Ok(value),
        (_, Some(message)) if text.starts_with(['"', '\'', '[', '{']) => Err(Unreadable::Broken(message)),
        (_, _) => Ok(Value::String(text.to_owned())),
    }
}

/// The parts of a dotted key, or `None` when it is invalid.
pub(super) fn key_steps(key: &str) -> Option<Vec<String>> {
    let steps: Vec<String> = toml_edit::Key::parse(key).ok()?.iter().map(|part| part.get().to_owned()).collect();
    (!steps.is_empty() && steps.len() <= 32).then_some(steps)
}
