//! Entries of a configuration in JSON, read by key; faults carry the dotted key.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::Error;

/// A table of the configuration that is being read.
pub(super) struct Entries<'a, 'f> {
    pub(super) table: &'a Value,
    /// Its dotted key.
    pub(super) at: String,
    pub(super) faults: &'f mut Vec<Error>,
}

impl<'a> Entries<'a, '_> {
    pub(super) fn fault(&mut self, key: &str, what: String) {
        let fault = Error::data(what, "run the experiment again");
        self.faults.push(fault.at_key(below(&self.at, key)));
    }

    /// The value of a key; a fault if it is missing or is not what is wanted.
    pub(super) fn required<T: Default>(&mut self, key: &str, wanted: &str, read: impl Fn(&Value) -> Option<T>) -> T {
        if self.table.get(key).is_none_or(Value::is_null) {
            self.fault(key, format!("is missing; it is {wanted}"));
            return T::default();
        }
        self.optional(key, wanted, read).unwrap_or_default()
    }

    /// The value of a key, if it has one; a fault if it is not what is wanted.
    pub(super) fn optional<T>(&mut self, key: &str, wanted: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.table.get(key).filter(|value| !value.is_null())?;
        let found = read(value);
        if found.is_none() {
            self.fault(key, format!("is {value}, not {wanted}"));
        }
        found
    }

    /// The tables of a key by name, each with its own place.
    pub(super) fn tables(&mut self, key: &str) -> Vec<(&'a str, &'a Value)> {
        match self.table.get(key) {
            Some(Value::Object(tables)) => tables.iter().map(|(name, table)| (name.as_str(), table)).collect(),
            None | Some(Value::Null) => Vec::new(),
            Some(_) => {
                self.fault(key, "is not a table".into());
                Vec::new()
            }
        }
    }

    /// Reads a table of a key.
    pub(super) fn within(&mut self, key: &str, table: &'a Value) -> Entries<'a, '_> {
        Entries { table, at: below(&self.at, key), faults: self.faults }
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(super) fn integer<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    value.as_i64().and_then(|number| T::try_from(number).ok())
}

/// Dotted key of an entry of a table.
pub(super) fn below(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// The values of a table by dotted key; its tables may be nested. `None` if it is no table.
pub(super) fn dotted(table: &Value) -> Option<BTreeMap<String, Value>> {
    let mut all = BTreeMap::new();
    table.is_object().then(|| flatten("", table, &mut all))?;
    Some(all)
}

pub(super) fn flatten(at: &str, value: &Value, all: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(table) => table.iter().for_each(|(key, value)| flatten(&below(at, key), value, all)),
        Value::Null if at.is_empty() => {}
        _ => {
            all.insert(at.to_owned(), value.clone());
        }
    }
}
