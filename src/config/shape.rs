//! The shape of a passport in TOML: what distinguishes it from a table of parameters, and the columns of its rows.

use toml::{Table, Value};

/// Whether a table is a parameter with its passport (and not a table of parameters).
pub fn is_passport(table: &Table) -> bool {
    let has = |key: &str| table.contains_key(key);
    has("unit")
        || ((has("value") || has("rows")) && ["source", "year", "grade", "spread", "columns"].iter().any(|k| has(k)))
}

/// Names of the columns of a table of rates.
pub(crate) fn columns(passport: &Table) -> Vec<&str> {
    let columns = passport.get("columns").and_then(Value::as_array);
    columns.into_iter().flatten().map(|column| column.as_str().unwrap_or_default()).collect()
}
