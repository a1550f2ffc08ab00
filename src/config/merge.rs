//! The merged table of a model: all its files combined, with passports and the place of every key.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::config::document::{Document, FilePlaces};
use crate::config::fault::{Fault, refused};
use crate::config::grammar::Grammar;
use crate::config::references::References;
use crate::config::shape::is_passport;
use crate::config::words::{self, dotted, push};
use crate::error::{Error, Errors, Result};

/// All files of a model in one table.
#[derive(Clone, Debug)]
pub struct Merged {
    /// Parameters with their passports, and plain settings.
    pub table: Table,
    /// Place of every key.
    pub places: FilePlaces,
    /// The reference list.
    pub references: Arc<References>,
    /// The model's folder as the user named it, or `builtin:NAME`.
    pub folder: Arc<str>,
    pub(crate) grammar: Grammar,
}

impl Merged {
    /// Adds the contents of a file; a key that already exists is a fault.
    pub(crate) fn take_in(&mut self, document: Document, faults: &mut Vec<Error>) {
        let Document { table, places } = document;
        let mut twice = Vec::new();
        join(&mut self.table, table, "", &mut twice);
        // A card that occurs twice is one fault, not one per field.
        let entries: Vec<String> = twice.iter().filter_map(|pointer| self.entry_of(pointer)).collect();
        let mut copies: Vec<String> = Vec::new();
        twice.retain(|pointer| {
            let several = |entry: &String| entries.iter().filter(|other| *other == entry).count() > 1;
            let Some(entry) = self.entry_of(pointer).filter(several) else { return true };
            if !copies.contains(&entry) {
                copies.push(entry);
            }
            false
        });
        for entry in copies {
            let name = words::steps(&entry).pop().unwrap_or_default();
            let first = self.places.find(&entry).map_or_else(String::new, |place| format!(" in {}", place.text()));
            let what = format!("`{name}` is also written{first}: in a copied card every key must be renamed");
            let cure = format!("replace `{name}` by another name in every [{}…]", dotted(&entry));
            faults.push(placed(Error::data(what, cure).at_key(dotted(&entry)), places.find(&entry)));
        }
        for pointer in twice {
            let first = self.places.find(&pointer).map_or_else(String::new, |place| format!(" in {}", place.text()));
            let error = Error::data(format!("it is also written{first}"), "keep one of the two");
            faults.push(placed(error.at_key(dotted(&pointer)), places.find(&pointer)));
        }
        self.places.extend(places);
    }

    /// The entry of a table of named things (for example a card) that contains a pointer.
    fn entry_of(&self, pointer: &str) -> Option<String> {
        let mut at = String::new();
        for step in words::steps(pointer) {
            at = push(&at, &step);
            if self.grammar.entry_needs(&at).is_some_and(|needs| !needs.is_empty()) {
                return Some(at);
            }
        }
        None
    }

    /// A fault with its file, line and key.
    pub(crate) fn place(&self, fault: &Fault) -> Error {
        place(&self.places, &self.folder, fault)
    }

    /// The typed model: passports stripped, then read by serde.
    ///
    /// # Errors
    /// The error of serde, with the key if it is known.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(Value::Table(strip(&self.table))).map_err(|cause| Errors(vec![self.place(&refused(&cause))]))
    }

    /// The table at a dotted key.
    pub(crate) fn table_at(&self, key: &str) -> Option<&Table> {
        key.split('.').try_fold(&self.table, |table, step| table.get(step)?.as_table())
    }

    /// The value of a parameter by its dotted key (for a table of rates: its multiplier).
    pub fn value(&self, key: &str) -> Option<f64> {
        let table = self.table_at(key)?;
        match table.get("value") {
            Some(value) => crate::config::words::number(value),
            None => table.contains_key("rows").then_some(1.0),
        }
    }
}

/// A fault with its place: that of its nearest ancestor with a place, or the folder.
pub(crate) fn place(places: &FilePlaces, folder: &str, fault: &Fault) -> Error {
    let mut error = Error::data(fault.what.clone(), fault.cure.clone());
    if !fault.at.is_empty() {
        error = error.at_key(key_of(&fault.at));
    }
    match places.find(&fault.at) {
        Some(place) => placed(error, Some(place)),
        None => error.in_file(folder, None),
    }
}

/// The dotted key of a pointer, without row and item numbers (the message contains them).
fn key_of(pointer: &str) -> String {
    let end = pointer.find("/rows/").unwrap_or(pointer.len());
    let mut pointer = &pointer[..end];
    while let Some((above, last)) = pointer.rsplit_once('/')
        && !above.is_empty()
        && !last.is_empty()
        && last.bytes().all(|sign| sign.is_ascii_digit())
    {
        pointer = above;
    }
    dotted(pointer)
}

fn placed(error: Error, place: Option<&crate::config::document::FilePlace>) -> Error {
    match place {
        Some(place) => error.in_file(place.file.as_ref(), place.line),
        None => error,
    }
}

fn join(into: &mut Table, from: Table, pointer: &str, twice: &mut Vec<String>) {
    for (key, value) in from {
        let inner = push(pointer, &key);
        match (into.get_mut(&key), value) {
            (None, value) => {
                into.insert(key, value);
            }
            (Some(Value::Table(here)), Value::Table(there)) if !is_passport(here) && !is_passport(&there) => {
                join(here, there, &inner, twice);
            }
            (Some(_), _) => twice.push(inner),
        }
    }
}

/// The table without passports, as the typed model reads it: a parameter becomes its value, a table of rates keeps
/// `value`, `columns` and `rows`.
///
/// ```
/// let table: toml::Table = "[a.b]\nvalue = 0.5\nunit = \"share\"\nsource = \"x\"".parse()?;
/// assert_eq!(keten::config::strip(&table).to_string(), "[a]\nb = 0.5\n");
/// # Ok::<(), toml::de::Error>(())
/// ```
pub fn strip(table: &Table) -> Table {
    let mut result = Table::new();
    for (key, value) in table {
        let value = match value {
            Value::Table(inner) if is_passport(inner) => stripped(inner),
            Value::Table(inner) => Value::Table(strip(inner)),
            other => other.clone(),
        };
        result.insert(key.clone(), value);
    }
    result
}

fn stripped(passport: &Table) -> Value {
    if passport.contains_key("rows") || passport.contains_key("columns") {
        let kept = ["value", "columns", "rows"].into_iter();
        return Value::Table(kept.filter_map(|key| Some((key.to_owned(), passport.get(key)?.clone()))).collect());
    }
    match passport.get("value") {
        Some(value) => value.clone(),
        None => Value::Table(Table::new()),
    }
}
